"""The models: the catalogue's entries as values, the last-resort list, and which model answers fastest; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from lsp_codex.backend import details

if TYPE_CHECKING:
    from lsp_codex.backend.details import Details

EFFORT_ORDER = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""Reasoning efforts from least to most. ``ultra`` is a preset of the reference client, no effort on the wire."""

FAST_NAMES = ("spark", "luna", "mini")
"""Words in a slug that name a small model, fastest first (spec/backend.md 7)."""


MOST = 1_000
"""Models of a list: it is gone through with every key that is typed."""

LARGEST_WINDOW = 10**9


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the catalogue; ``priority`` orders it for people (lowest first), ``tiers`` are service tiers.

    ``details`` are what the live list said beside; they do not outlive the session.
    """

    slug: str
    name: str
    description: str = ""
    efforts: tuple[str, ...] = ()
    default_effort: str | None = None
    context_window: int | None = None
    lite: bool = False
    tiers: tuple[str, ...] = ()
    priority: int = 1_000
    visible: bool = True
    details: Details | None = field(default=None, compare=False)


KEPT = tuple(field.name for field in fields(Model) if field.name != "details")
"""What of a model outlives the session."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a request says about its model; ``window`` is what prompt and answer have room in, in tokens."""

    slug: str
    effort: str | None
    lite: bool
    window: int | None = None


def choose_fast(models: tuple[Model, ...], slug: str | None = None, effort: str | None = None) -> Choice:
    """The model for ghost text: ``slug`` and ``effort`` if the user set them, else the fastest at its least effort.

    The catalogue has no speed field, so the rule goes by what it says in words, among the listed models:
    1. a slug with a word of ``FAST_NAMES``, in that order;  2. a description that says "fast";  3. any other;
    in each of these the one with the lowest ``priority``.
    An effort that the model does not list would be refused (spec/backend.md 1.7): the least listed one replaces it.
    """
    if slug:
        model = find(models, slug)
        return _chosen(slug, model, effort) if model else Choice(slug, effort, lite=False)
    model = min([m for m in models if m.visible] or models or BUNDLED, key=_slowness)
    return _chosen(model.slug, model, effort)


def choose(models: tuple[Model, ...], slug: str | None = None, effort: str | None = None) -> Choice:
    """The model for actions and questions: what the user set, else the catalogue's defaults.

    An effort that the model does not list would be refused (spec/backend.md 1.7): its default replaces it.
    """
    model = find(models, slug) if slug else default(models)
    if model is None:
        return Choice(slug or "", effort, lite=False)
    wanted = effort if effort in model.efforts and effort != "ultra" else model.default_effort
    return _chosen(slug or model.slug, model, wanted)


def choose_tier(models: tuple[Model, ...], slug: str, wanted: str | None) -> str | None:
    """The service tier to ask ``slug`` with: ``wanted`` if the catalogue lists it, ``flex`` in any case; else none.

    ``fast`` is the reference client's other word for ``priority`` (spec/backend.md 1.2).
    """
    tier = "priority" if wanted == "fast" else wanted
    model = find(models, slug)
    return tier if tier == "flex" or (model is not None and tier in model.tiers) else None


def find(models: tuple[Model, ...], slug: str) -> Model | None:
    """The entry for ``slug``: the same, else the longest that it begins with, after one ``namespace/`` (spec 4)."""
    for name in (slug, slug.partition("/")[2]):
        matches = [model for model in models if name.startswith(model.slug)]
        if matches:
            return max(matches, key=lambda model: len(model.slug))
    return None


def parse(answer: object) -> tuple[Model, ...]:
    """The entries of GET codex/models; one that cannot be read is left out and the others stay."""
    rows = answer.get("models") if isinstance(answer, Mapping) else None
    found = (_model(row) for row in (rows if isinstance(rows, list) else ()) if isinstance(row, Mapping))
    return tuple(islice((model for model in found if model), MOST))


def parse_api(answer: object) -> tuple[Model, ...]:
    """The entries of GET models of the OpenAI API or a compatible server, which says no more of each than its id.

    Of the ids that we know facts of, those are taken; a server that lists none of them has models of its own, and
    all of these are taken as they are.
    """
    rows = answer.get("data") if isinstance(answer, Mapping) else None
    found = (row.get("id") for row in (rows if isinstance(rows, list) else ()) if isinstance(row, Mapping))
    ids = dict.fromkeys(islice((slug for slug in found if isinstance(slug, str) and slug), MOST))
    known = tuple(model for model in BUNDLED if model.slug in ids)
    return known or tuple(Model(slug, slug) for slug in ids)


def default(models: tuple[Model, ...]) -> Model:
    """The model for whoever names none: the visible one with the lowest ``priority`` (spec/backend.md 4)."""
    return min([model for model in models if model.visible] or models or BUNDLED, key=lambda model: model.priority)


def overview(models: tuple[Model, ...], fast: Choice) -> dict[str, Any]:
    """The visible models as a person wants them, in their order, and the two that are taken without being named."""
    first = default(models)
    visible = sorted((model for model in models if model.visible), key=lambda model: model.priority)
    rows = [
        {
            "slug": model.slug,
            "name": model.name,
            "description": model.description,
            "efforts": list(model.efforts),
            "defaultEffort": model.default_effort,
            "serviceTiers": list(model.tiers),
            "contextWindow": model.context_window,
        }
        for model in visible
    ]
    return {"models": rows, "default": first.slug, "completion": {"model": fast.slug, "reasoningEffort": fast.effort}}


def to_json(models: tuple[Model, ...]) -> list[dict[str, Any]]:
    """Our own form of a list, for the cache on disk."""
    rows = (asdict(replace(model, details=None)) for model in models)
    lists = ({"efforts": list(model.efforts), "tiers": list(model.tiers)} for model in models)
    return [
        {name: value for name, value in (row | those).items() if name in KEPT}
        for row, those in zip(rows, lists, strict=True)
    ]


def from_json(rows: object) -> tuple[Model, ...]:
    """What :func:`to_json` made, as far as it can be read."""
    return tuple(model for row in (rows if isinstance(rows, list) else ()) if (model := _kept(row)))


def _kept(row: object) -> Model | None:
    if not isinstance(row, Mapping) or tuple(row) != KEPT:
        return None
    match [row[name] for name in KEPT]:
        case [
            str(slug), str(name), str(description), list(efforts), str() | None as default_effort,
            int() | None as window, bool(lite), list(tiers), int(priority), bool(visible),
        ]:  # fmt: skip
            return Model(
                slug, name, description, _names(efforts, ""), default_effort, window, lite, _names(tiers, ""),
                priority, visible,
            )  # fmt: skip
        case _:
            return None


def _chosen(slug: str, model: Model, effort: str | None) -> Choice:
    return Choice(slug, _effort(model, effort), model.lite, model.context_window)


def _slowness(model: Model) -> tuple[int, int]:
    words = re.split(r"[^a-z]+", model.slug.lower())
    for rank, name in enumerate(FAST_NAMES):
        if name in words:
            return rank, model.priority
    says_fast = re.search(r"\bfast", model.description, re.IGNORECASE)
    return len(FAST_NAMES) + (0 if says_fast else 1), model.priority


def _effort(model: Model, wanted: str | None) -> str | None:
    usable = [effort for effort in model.efforts if effort != "ultra"]
    if wanted in usable:
        return wanted
    return min(usable, key=lambda e: EFFORT_ORDER.index(e) if e in EFFORT_ORDER else len(EFFORT_ORDER), default=None)


def _model(row: Mapping[str, object]) -> Model | None:
    slug = row.get("slug")
    if not isinstance(slug, str) or not slug:
        return None
    name, description = row.get("display_name"), row.get("description")
    default, window, priority = row.get("default_reasoning_level"), row.get("context_window"), row.get("priority")
    return Model(
        slug=slug,
        name=name if isinstance(name, str) and name else slug,
        description=description if isinstance(description, str) else "",
        efforts=_names(row.get("supported_reasoning_levels"), "effort"),
        default_effort=default if isinstance(default, str) and default else None,
        context_window=_window(window),
        lite=row.get("use_responses_lite") is True,
        tiers=_names(row.get("service_tiers"), "id"),
        priority=priority if isinstance(priority, int) else 1_000,
        visible=row.get("visibility", "list") == "list",
        details=details.parse(row),
    )


def _window(value: object) -> int | None:
    good = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_WINDOW
    return value if good and isinstance(value, int) else None


def _names(value: object, key: str) -> tuple[str, ...]:
    rows = value if isinstance(value, list) else []
    names = (row.get(key) if isinstance(row, Mapping) else row for row in rows)
    return tuple(name for name in names if isinstance(name, str) and name)


_TO_MAX = ("low", "medium", "high", "xhigh", "max")
_TO_ULTRA = (*_TO_MAX, "ultra")
_PRIORITY = ("priority",)
_FAST_FIRST = details.Details(default_tier="priority")

# Facts of codex-cli 0.169.0's catalogue (recorded/backend-models-bundled.json), hidden models too, for when the live
# one cannot be had.
BUNDLED = (
    Model("gpt-6.1-sol", "GPT-6.1-Sol", "", _TO_ULTRA, "low", 272_000, True, _PRIORITY, 1),
    Model("gpt-6-astra", "GPT-6-Astra", "", _TO_ULTRA, "low", 272_000, True, _PRIORITY, 2),
    Model("gpt-6-sol", "GPT-6-Sol", "", _TO_ULTRA, "medium", 272_000, True, _PRIORITY, 3, details=_FAST_FIRST),
    Model("gpt-6-luna", "GPT-6-Luna", "", _TO_MAX, "medium", 272_000, True, _PRIORITY, 4, details=_FAST_FIRST),
    Model("gpt-5.6-sol", "GPT-5.6-Sol", "", _TO_ULTRA, "low", 272_000, True, _PRIORITY, 5),
    Model("gpt-6.1-terra", "GPT-6.1 Terra", "", _TO_ULTRA, "low", 500_000, True, _PRIORITY, 7),
    Model("gpt-5.6-terra", "GPT-5.6-Terra", "", _TO_ULTRA, "medium", 272_000, True, _PRIORITY, 8),
    Model("gpt-5.6-luna", "GPT-5.6-Luna", "", _TO_MAX, "medium", 272_000, True, _PRIORITY, 9),
    Model("gpt-daybreak-blue-latest", "Daybreak Blue", "", _TO_ULTRA, "low", 272_000, True, (), 11, visible=False),
    Model("gpt-daybreak-red-latest", "Daybreak Red", "", _TO_ULTRA, "medium", 372_000, True, (), 12, visible=False),
    Model("gpt-5.5", "GPT-5.5", "", _TO_MAX[:-1], "medium", 272_000, False, _PRIORITY, 13),
    Model(
        "codex-auto-review", "Codex Auto Review", "", _TO_MAX, "medium", 272_000, True, _PRIORITY, 43, visible=False
    ),
)
