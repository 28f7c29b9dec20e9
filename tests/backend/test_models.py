"""The catalogue, and which model is the fast one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lsp_codex.backend.models import (
    BUNDLED,
    MOST,
    Choice,
    Model,
    choose,
    choose_fast,
    choose_tier,
    default,
    find,
    overview,
    parse,
    parse_api,
)
from tests.backend.helpers import recorded


def model(slug: str, priority: int = 1, *efforts: str, **more: Any) -> Model:
    """An entry with what a test needs."""
    return Model(slug, slug.upper(), efforts=efforts or ("low", "high"), priority=priority, lite=True, **more)


LISTED = (model("gpt-7-sol", 1), model("gpt-7-terra", 2), model("gpt-7-luna", 4), model("gpt-6-luna", 9))
SPARK = model("gpt-7-codex-spark", 50)

CASES: dict[str, tuple[tuple[Model, ...], str | None, str | None, Choice]] = {
    "a small name wins over priority": (LISTED, None, None, Choice("gpt-7-luna", "low", lite=True)),
    "spark wins over luna": ((*LISTED, SPARK), None, None, Choice(SPARK.slug, "low", lite=True)),
    "not if it is hidden": (
        (*LISTED, replace(SPARK, visible=False)),
        None,
        None,
        Choice("gpt-7-luna", "low", lite=True),
    ),
    "a description that says fast": (
        (model("a"), model("b", 2, description="Fast and affordable.")),
        None,
        None,
        Choice("b", "low", lite=True),
    ),
    "breakfast is not fast": (
        (model("a"), model("b", 2, description="Breakfast")),
        None,
        None,
        Choice("a", "low", lite=True),
    ),
    "a part of a word is not the word": (
        (model("a"), model("b-illuminate", 2)),
        None,
        None,
        Choice("a", "low", lite=True),
    ),
    "without a hint, the first": ((model("b", 2), model("a", 1)), None, None, Choice("a", "low", lite=True)),
    "all hidden": ((model("a", visible=False),), None, None, Choice("a", "low", lite=True)),
    "no list at all": ((), None, None, Choice("gpt-6-luna", "low", lite=True, window=272_000)),
    "the user's model": (LISTED, "gpt-7-sol", None, Choice("gpt-7-sol", "low", lite=True)),
    "the user's effort": (LISTED, None, "high", Choice("gpt-7-luna", "high", lite=True)),
    "an effort that is not listed": (LISTED, None, "none", Choice("gpt-7-luna", "low", lite=True)),
    "ultra is no effort on the wire": (
        (model("a", 1, "ultra", "max"),),
        None,
        "ultra",
        Choice("a", "max", lite=True),
    ),
    "the least effort, however listed": (
        (model("a", 1, "max", "medium", "minimal"),),
        None,
        None,
        Choice("a", "minimal", lite=True),
    ),
    "unknown efforts come last": ((model("a", 1, "weird", "high"),), None, None, Choice("a", "high", lite=True)),
    "only unknown efforts": ((model("a", 1, "weird", "odd"),), None, None, Choice("a", "weird", lite=True)),
    "no efforts": ((Model("a", "A"),), None, "low", Choice("a", None, lite=False)),
    "a model that nobody listed": (LISTED, "new-model", "low", Choice("new-model", "low", lite=False)),
    "a dated model": (LISTED, "gpt-7-sol-2027-01-01", None, Choice("gpt-7-sol-2027-01-01", "low", lite=True)),
}


@pytest.mark.parametrize(("models", "slug", "effort", "expected"), CASES.values(), ids=CASES.keys())
def test_the_fast_model(models: tuple[Model, ...], slug: str | None, effort: str | None, expected: Choice) -> None:
    """The rule in the docstring of choose_fast, case by case."""
    assert choose_fast(models, slug, effort) == expected


def test_the_real_catalogue_gives_luna() -> None:
    """Of the recorded catalogue, and of the last-resort list: "fast and affordable", at low, as lite."""
    luna = Choice("gpt-6-luna", "low", lite=True, window=272_000)
    assert choose_fast(parse(recorded("models-bundled"))) == luna
    assert choose_fast(BUNDLED) == luna


def test_the_last_resort_says_what_the_recording_says() -> None:
    """The facts in the code are those of the reference client's own list, without its prose."""
    listed = [replace(entry, description="") for entry in parse(recorded("models-bundled"))]
    assert sorted(listed, key=lambda entry: entry.priority) == list(BUNDLED)


GOOD = {
    "slug": "m",
    "display_name": "M",
    "description": "d",
    "default_reasoning_level": "low",
    "supported_reasoning_levels": [{"effort": "low", "description": "x"}],
    "service_tiers": [{"id": "priority"}],
    "context_window": 1000,
    "use_responses_lite": True,
    "priority": 3,
    "visibility": "list",
}


def test_an_entry_is_read() -> None:
    """Every field that we use."""
    assert parse({"models": [GOOD]}) == (Model("m", "M", "d", ("low",), "low", 1000, True, ("priority",), 3, True),)


@pytest.mark.parametrize("bad", [None, 1, "m", [], {}, {"slug": None}, {"slug": ""}, {"display_name": "no slug"}])
def test_one_bad_entry_does_not_cost_the_others(bad: object) -> None:
    """The reference client drops the whole list then; we drop the entry."""
    assert [entry.slug for entry in parse({"models": [bad, GOOD, bad]})] == ["m"]


@pytest.mark.parametrize("answer", [None, [], {}, {"models": None}, {"models": {}}, "models"])
def test_an_answer_without_a_list_is_empty(answer: object) -> None:
    """Who asked falls back on what it knows."""
    assert parse(answer) == ()


@pytest.mark.parametrize("field", [name for name in GOOD if name != "slug"])
@pytest.mark.parametrize("value", [None, 7, "x", [], {}, [None, 7, {}]])
def test_an_odd_field_does_not_cost_the_entry(field: str, value: object) -> None:
    """The slug is all that is needed."""
    assert [entry.slug for entry in parse({"models": [GOOD | {field: value}]})] == ["m"]


@pytest.mark.parametrize(("visibility", "visible"), [("list", True), ("hide", False), ("none", False)])
def test_hidden_models_are_kept_but_not_visible(visibility: str, visible: bool) -> None:
    """A person may name one in a setting."""
    assert parse({"models": [GOOD | {"visibility": visibility}]})[0].visible is visible


@pytest.mark.parametrize(
    ("slug", "found"),
    [
        ("gpt-7-luna", "gpt-7-luna"),
        ("gpt-7-luna-fast", "gpt-7-luna"),
        ("openai/gpt-7-luna", "gpt-7-luna"),
        ("a/b/gpt-7-luna", None),
        ("gpt-7", None),
    ],
)
def test_an_entry_is_found_by_its_longest_beginning(slug: str, found: str | None) -> None:
    """As the reference client matches: the longest known prefix, or that after one namespace (spec/backend.md 4)."""
    entry = find((*LISTED, model("gpt-7-l")), slug)
    assert (entry.slug if entry else None) == found


def test_the_public_api_lists_ids_only() -> None:
    """What we know facts of is taken with them; embeddings and voices are not offered for code."""
    ids = ("text-embedding-3-large", "gpt-5.5", "gpt-6-luna", "whisper-1")
    found = parse_api({"data": [{"id": slug} for slug in ids]})
    assert [model.slug for model in found] == ["gpt-6-luna", "gpt-5.5"]
    assert all(model.efforts for model in found)


def test_a_server_with_models_of_its_own_lists_them_all() -> None:
    """In its order, without efforts, classic; the first one answers unless a name says that it is fast."""
    found = parse_api({"data": [{"id": "qwen"}, {"id": "llama"}, {"id": "qwen"}, {"id": ""}, 3, {}]})
    assert found == (Model("qwen", "qwen"), Model("llama", "llama"))
    assert choose_fast(found) == Choice("qwen", None, lite=False)


@pytest.mark.parametrize("answer", [None, [], {}, {"data": None}, {"data": {}}])
def test_an_answer_of_the_api_without_a_list_is_empty(answer: object) -> None:
    """The bundled list then serves."""
    assert parse_api(answer) == ()


def test_the_default_is_the_visible_one_with_the_lowest_priority() -> None:
    """Hidden ones count only if there is nothing else."""
    assert default((model("a", 3), model("b", 2), model("c", 1, visible=False))).slug == "b"
    assert default((model("c", 1, visible=False),)).slug == "c"
    assert default(()).slug == "gpt-6.1-sol"


def test_a_person_sees_what_may_be_set() -> None:
    """In the order of the catalogue, without what is hidden."""
    listed = (model("b", 2, "low"), model("a", 1, "low", "high"), model("c", 0, visible=False))
    shown = overview(listed, Choice("b", "low", lite=False))
    assert [row["slug"] for row in shown["models"]] == ["a", "b"]
    assert shown["models"][0]["efforts"] == ["low", "high"]
    assert shown["default"] == "a"
    assert shown["completion"] == {"model": "b", "reasoningEffort": "low"}


SOL = model("gpt-7-sol", 1, "low", "medium", "high", default_effort="medium", context_window=9, tiers=("priority",))
TERRA = model("gpt-7-terra", 2, "low", "high")


@pytest.mark.parametrize(
    ("slug", "effort", "expected"),
    [
        (None, None, Choice("gpt-7-sol", "medium", lite=True, window=9)),
        (None, "high", Choice("gpt-7-sol", "high", lite=True, window=9)),
        (None, "none", Choice("gpt-7-sol", "medium", lite=True, window=9)),
        (None, "ultra", Choice("gpt-7-sol", "medium", lite=True, window=9)),
        ("gpt-7-terra", None, Choice("gpt-7-terra", "low", lite=True)),
        ("gpt-7-sol-2027", "low", Choice("gpt-7-sol-2027", "low", lite=True, window=9)),
        ("unheard-of", "high", Choice("unheard-of", "high", lite=False)),
    ],
)
def test_the_model_for_questions(slug: str | None, effort: str | None, expected: Choice) -> None:
    """What the user set, else the first of the catalogue at its own default effort."""
    assert choose((TERRA, SOL), slug, effort) == expected


@pytest.mark.parametrize(
    ("slug", "wanted", "expected"),
    [
        ("gpt-7-sol", None, None),
        ("gpt-7-sol", "priority", "priority"),
        ("gpt-7-sol", "fast", "priority"),
        ("gpt-7-sol", "auto", None),
        ("gpt-7-terra", "priority", None),
        ("gpt-7-terra", "flex", "flex"),
        ("unheard-of", "priority", None),
    ],
)
def test_a_tier_is_asked_for_if_it_is_listed(slug: str, wanted: str | None, expected: str | None) -> None:
    """What the catalogue does not list would be refused (spec/backend.md 1.7)."""
    assert choose_tier((TERRA, SOL), slug, wanted) == expected


@pytest.mark.parametrize("window", [True, 0, -1, 10**400, 1.5, "272000"])
def test_a_window_that_is_none_is_not_known(window: object) -> None:
    """A prompt is cut to it: ``true`` would leave one token, and nothing can be reckoned with 400 digits."""
    assert parse({"models": [{"slug": "m", "context_window": window}]})[0].context_window is None


def test_a_list_has_an_end() -> None:
    """It is gone through with every key."""
    assert len(parse({"models": [{"slug": f"m-{n}"} for n in range(MOST + 9)]})) == MOST
    assert len(parse_api({"data": [{"id": f"m-{n}"} for n in range(MOST + 9)]})) == MOST
