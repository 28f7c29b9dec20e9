"""The sandbox's model catalogue: the entries of 0.169.0's bundle in outline (spec/backend.md 4), texts our own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

EFFORTS = ("low", "medium", "high", "xhigh", "max", "ultra")
ETAG = 'W/"sandbox-models-1"'


@dataclass(frozen=True, slots=True)
class Entry:
    """One model as the sandbox serves it; ``minimum`` is the oldest client version it is shown to."""

    slug: str
    priority: int
    default_effort: str
    efforts: tuple[str, ...]
    context: tuple[int, int] = (272_000, 872_000)
    tier: str | None = "1.5x speed"
    default_tier: str | None = None
    lite: bool = True
    visible: bool = True
    minimum: tuple[int, ...] = (0,)

    @property
    def wire_efforts(self) -> tuple[str, ...]:
        """What the service takes: ``ultra`` is a preset of clients (spec/backend.md 4)."""
        return tuple(effort for effort in self.efforts if effort != "ultra")

    def payload(self) -> dict[str, Any]:
        """The entry with every field a client must find in it, and those that say how to call the model."""
        tiers = [] if self.tier is None else [{"id": "priority", "name": "Fast", "description": self.tier}]
        return {
            "slug": self.slug,
            "display_name": self.slug.replace("gpt", "GPT").title().replace("Gpt", "GPT"),
            "description": "A stand-in of this name: the sandbox answers.",
            "default_reasoning_level": self.default_effort,
            "supported_reasoning_levels": [
                {"effort": effort, "description": f"{effort} effort"} for effort in self.efforts
            ],
            "shell_type": "unified_exec",
            "visibility": "list" if self.visible else "hide",
            "supported_in_api": True,
            "priority": self.priority,
            "additional_speed_tiers": ["fast"] if tiers else [],
            "service_tiers": tiers,
            "default_service_tier": self.default_tier,
            "availability_nux": None,
            "upgrade": None,
            "default_reasoning_summary": "none",
            "support_verbosity": True,
            "default_verbosity": "low",
            "truncation_policy": {"mode": "tokens", "limit": 10_000},
            "context_window": self.context[0],
            "max_context_window": self.context[1],
            "effective_context_window_percent": 95,
            "experimental_supported_tools": [],
            "input_modalities": ["text", "image"],
            "use_responses_lite": self.lite,
            "base_instructions": "You are the sandbox.",
            "minimal_client_version": ".".join(map(str, self.minimum)),
        }


CATALOGUE: tuple[Entry, ...] = (
    Entry("gpt-6-astra", 2, "low", EFFORTS, tier="2x speed"),
    Entry("gpt-6.1-sol", 1, "low", EFFORTS, tier="2x speed"),
    Entry("gpt-6.1-terra", 7, "low", EFFORTS, context=(500_000, 872_000)),
    Entry("gpt-6-sol", 3, "medium", EFFORTS, default_tier="priority", minimum=(0, 155, 0)),
    Entry("gpt-6-luna", 4, "medium", EFFORTS[:5], default_tier="priority", minimum=(0, 155, 0)),
    Entry("gpt-5.6-sol", 5, "low", EFFORTS, minimum=(0, 144, 1)),
    Entry("gpt-5.6-terra", 8, "medium", EFFORTS, minimum=(0, 144, 1)),
    Entry("gpt-5.6-luna", 9, "medium", EFFORTS[:5], minimum=(0, 144, 1)),
    Entry("gpt-5.5", 13, "medium", EFFORTS[:4], context=(272_000, 272_000), lite=False),
    Entry("codex-auto-review", 43, "medium", EFFORTS[:5], visible=False),
)


def version(text: str | None) -> tuple[int, ...] | None:
    """A client version as numbers, without a pre-release part; None if there is none to read."""
    try:
        return tuple(int(part) for part in (text or "").partition("-")[0].split("."))
    except ValueError:
        return None
