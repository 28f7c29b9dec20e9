"""Details: what a model list says of a model for whoever chooses one, beside what requests need; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tier:
    """A service tier as people see it."""

    id: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Details:
    """``efforts`` are pairs of a reasoning effort and what is said of it, ``upgrade`` the slug of a better model."""

    efforts: tuple[tuple[str, str], ...] = ()
    modalities: tuple[str, ...] = ("text", "image")
    tiers: tuple[Tier, ...] = ()
    speed_tiers: tuple[str, ...] = ()
    default_tier: str | None = None
    upgrade: str | None = None
    upgrade_text: str | None = None
    news: str | None = None
    agents: str | None = None


def parse(row: Mapping[str, object]) -> Details:
    """The details in one entry of GET codex/models (spec/account-api.md 9); what cannot be read is left out."""
    upgrade, news = _table(row.get("upgrade")), _table(row.get("availability_nux"))
    levels = [_table(level) for level in _list(row.get("supported_reasoning_levels"))]
    modalities = tuple(word for word in _texts(row.get("input_modalities")) if word in ("text", "image", "audio"))
    tiers = (_table(tier) for tier in _list(row.get("service_tiers")))
    agents = _text(row.get("multi_agent_version"))
    return Details(
        efforts=tuple(
            (e, _text(level.get("description")) or "") for level in levels if (e := _text(level.get("effort")))
        ),
        modalities=modalities or ("text", "image"),
        tiers=tuple(
            Tier(i, _text(t.get("name")) or i, _text(t.get("description")) or "")
            for t in tiers
            if (i := _text(t.get("id")))
        ),
        speed_tiers=_texts(row.get("additional_speed_tiers")),
        default_tier=_text(row.get("default_service_tier")),
        upgrade=_text(upgrade.get("model")),
        upgrade_text=_text(upgrade.get("migration_markdown")),
        news=_text(news.get("message")),
        agents=agents if agents in ("disabled", "v1", "v2") else None,
    )


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for text in _list(value) if isinstance(text, str))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
