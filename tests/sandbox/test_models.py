"""The sandbox's catalogue: the entries themselves; the contract test compares them with the recorded bundle."""

from __future__ import annotations

import pytest

from lsp_codex.sandbox.models import CATALOGUE, Entry, version

REQUIRED = [
    "slug",
    "display_name",
    "supported_reasoning_levels",
    "shell_type",
    "visibility",
    "supported_in_api",
    "priority",
    "base_instructions",
    "support_verbosity",
    "truncation_policy",
    "experimental_supported_tools",
]


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.slug)
def test_every_entry_has_what_a_client_must_find(entry: Entry) -> None:
    """One field less makes the whole answer unusable for the real client (spec/backend.md 4)."""
    payload = entry.payload()
    assert set(REQUIRED) <= payload.keys()
    assert payload["default_reasoning_level"] in entry.efforts
    assert "ultra" not in entry.wire_efforts


def test_the_default_is_the_visible_model_with_the_lowest_priority() -> None:
    """As in the bundle of 0.169.0."""
    visible = [entry for entry in CATALOGUE if entry.visible]
    assert min(visible, key=lambda entry: entry.priority).slug == "gpt-6.1-sol"
    assert len({entry.priority for entry in CATALOGUE}) == len(CATALOGUE)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("0.169.0", (0, 169, 0)), ("0.147.0-alpha.6.6", (0, 147, 0)), ("new", None), ("", None), (None, None)],
)
def test_versions_are_read_without_their_pre_release_part(text: str | None, numbers: tuple[int, ...] | None) -> None:
    """What is no version is not guessed."""
    assert version(text) == numbers
