"""Golden files: what each action asks, and what becomes of seven answers, from good to refusing."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

import pytest

from lsp_codex.actions import prompt
from lsp_codex.actions.action import Task
from lsp_codex.actions.menu import ACTIONS
from lsp_codex.actions.outcome import Answered, Change, NewFile, Nothing
from lsp_codex.actions.rewriting import applied
from lsp_codex.backend.models import Choice
from lsp_codex.backend.request import ResponsesRequest
from tests.actions.scripted import action, outcome, place

if TYPE_CHECKING:
    from lsp_codex.actions.place import Place

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.toml"))
KINDS = {"good", "fenced", "chatty", "partial", "foreign", "empty", "refusing"}
FACTS = {"action", "source"}


def place_of(golden: dict[str, Any]) -> Place:
    """The place that a golden file describes."""
    facts = {key: value for key, value in golden.items() if key not in KINDS | FACTS}
    return place(golden["source"], facts.pop("language"), **facts)


def shown(name: str, at: Place) -> str:
    """What the model is told, as a golden file has it."""
    task = action(name).task(at)
    assert isinstance(task, Task)
    request = prompt.build(name, task, Choice("model", None, lite=False))
    assert isinstance(request, ResponsesRequest)
    return f"{request.instructions}\n\n--- user ---\n{request.input[0].text}\n"


def cases() -> list[Any]:
    """Every answer of every file."""
    return [pytest.param(path, kind, id=f"{path.stem}-{kind}") for path in GOLDEN for kind in sorted(KINDS)]


@pytest.mark.parametrize(("path", "kind"), cases())
def test_an_answer_becomes_what_the_file_says(path: Path, kind: str) -> None:
    """An edit for what is usable, however it is wrapped; the answer as text, or a sentence, for what is not."""
    golden = tomllib.loads(path.read_text("utf-8"))
    case, at = golden[kind], place_of(golden)
    made = outcome(golden["action"], at, case["said"])
    match made:
        case Change():
            assert {"after": applied(at.text, made.edits)} == _expected(case)
        case NewFile():
            assert {"file": made.text} == _expected(case)
            assert made.path == golden["new_file"]
        case Answered():
            assert {"answered": made.why} == _expected(case)
            assert made.text == case["said"]
        case Nothing():
            assert {"nothing": made.why} == _expected(case)
        case _:
            assert_never(made)


def _expected(case: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in case.items() if key != "said"}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_prompt_is_what_the_file_says(path: Path) -> None:
    """Every word that the model is told can be read in one place."""
    golden = tomllib.loads(path.read_text("utf-8"))
    assert shown(golden["action"], place_of(golden)) == path.with_suffix(".prompt.txt").read_text("utf-8")


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_action_is_offered_there(path: Path) -> None:
    """What a file shows can be chosen."""
    golden = tomllib.loads(path.read_text("utf-8"))
    assert action(golden["action"]).offers(place_of(golden))


def test_every_action_has_its_files() -> None:
    """Each entry of the menu that makes an edit has its golden file, with all seven answers."""
    files = [tomllib.loads(path.read_text("utf-8")) for path in GOLDEN]
    assert {each.id for each in ACTIONS} - {"explain"} == {each["action"] for each in files}
    for golden in files:
        assert set(golden) >= KINDS
        assert all("after" in golden[kind] or "file" in golden[kind] for kind in ("good", "fenced", "chatty"))
        assert not any("after" in golden[kind] or "file" in golden[kind] for kind in ("partial", "foreign", "empty"))
        assert "answered" in golden["refusing"]
