"""What a model list says beside what requests need."""

from __future__ import annotations

from lsp_codex.backend.details import Details, Tier, parse
from lsp_codex.backend.models import from_json, to_json
from lsp_codex.backend.models import parse as models

ROW = {
    "slug": "m",
    "supported_reasoning_levels": [{"effort": "low", "description": "quick"}, 7, {"description": "x"}],
    "service_tiers": [{"id": "priority", "name": "Fast", "description": "2x"}, {"name": "x"}],
    "additional_speed_tiers": ["fast", 7],
    "input_modalities": ["text", "smell"],
    "default_service_tier": "priority",
    "upgrade": {"model": "n", "migration_markdown": "Go"},
    "availability_nux": {"message": "New"},
    "multi_agent_version": "v2",
}


def test_all_of_it() -> None:
    """Every member; what is odd is left out."""
    assert parse(ROW) == Details(
        (("low", "quick"),),
        ("text",),
        (Tier("priority", "Fast", "2x"),),
        ("fast",),
        "priority",
        "n",
        "Go",
        "New",
        "v2",
    )


def test_nothing_and_nonsense() -> None:
    """Neither is an error."""
    odd = dict.fromkeys(ROW, 7)
    assert parse({}) == parse(odd) == Details()


def test_details_do_not_outlive_the_session() -> None:
    """The list is kept without them, and can be read again."""
    found = models({"models": [ROW]})
    [again] = from_json(to_json(found))
    assert (again, again.details, found[0].details is None) == (found[0], None, False)
