"""The request of a turn: golden files, what goes first where the window is small, and what the backend accepts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from lsp_codex.backend.models import Choice
from lsp_codex.backend.request import Message, body
from lsp_codex.backend.window import estimate
from lsp_codex.chat.prompt import INSTRUCTIONS, build
from lsp_codex.chat.question import Question
from lsp_codex.chat.thread import Thread, Turn
from lsp_codex.errors import Unanswered
from lsp_codex.text import Snapshot, Span
from tests.chat.fakes import APP, THOUGHT
from tests.harness.bodies import faults

GOLDEN = Path(__file__).parent / "golden"
LITE = Choice("gpt-6.1-sol", "low", lite=True, window=272_000)
NEW = Thread("11111111-2222-4333-8444-555555555555", "anna")
UTIL = Snapshot("file:///home/anna/demo/src/util.go", "go", 1, "package util\n")


def turn(prompt: str, text: str, tokens: int = 50, shown: frozenset[str] = frozenset()) -> Turn:
    """A turn whose answer was thought about."""
    answered = (
        Message("assistant", "Looking.", "commentary", (THOUGHT,)),
        Message("assistant", text, "final_answer"),
    )
    return Turn(prompt, Message("user", prompt), answered, text, tokens, shown)


CASES = {
    "plain": (NEW, Question("What is a monad?"), LITE),
    "selection": (NEW, Question("Why?", APP, Span(12, 23), (UTIL,)), LITE),
    "document": (NEW, Question("Why?", APP), Choice("gpt-5.5", "medium", lite=False, window=272_000)),
    "follow-up": (NEW.after(turn("Why?", "Because.")), Question("And then?"), LITE),
}


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    """The whole body, to the letter (``GOLDEN=write`` writes them anew, to be read in the diff)."""
    thread, question, model = CASES[name]
    made = body(build(thread, question, model, "priority" if name == "plain" else None).request)
    path = GOLDEN / f"{name}.json"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert made == json.loads(path.read_text(encoding="utf-8"))
    assert faults(made) == []


def sent(thread: Thread, question: Question, window: int | None) -> list[dict[str, Any]]:
    """The items of the request where the window has ``window`` tokens."""
    made = body(build(thread, question, Choice("m", None, lite=False, window=window)).request)
    return list(made["input"])


def test_a_turn_begins_as_the_one_before_did() -> None:
    """Nothing of what was sent is changed, for the prompt cache: the same items, and then new ones."""
    first = build(NEW, Question("Why?", APP, Span(12, 23)), LITE)
    thread = NEW.after(Turn("Why?", first.asked, (Message("assistant", "So."),), "So.", first.tokens, first.shown))
    second = build(thread, Question("And?", APP), LITE)
    assert second.request.input[: len(first.request.input)] == first.request.input
    assert second.request.cache_key == first.request.cache_key
    assert second.asked.text == "And?", "the document was shown already"


def test_old_turns_give_way_to_the_question() -> None:
    """The newest stay; the question and the selection go whole."""
    thread = NEW
    for number in range(20):
        thread = thread.after(turn(f"q{number}", f"a{number}", tokens=100))
    items = sent(thread, Question("Why?", APP, Span(12, 23)), 3_000)
    asked = [item["content"][0]["text"] for item in items if item.get("role") == "user"]
    assert asked[-2] == "q19"
    assert 2 < len(asked) < 20
    assert asked[-1].endswith("</selection>\n\nWhy?")
    assert len(sent(thread, Question("Why?"), None)) == 81, "without a limit all of them go"


def test_everything_fits_the_window() -> None:
    """Whatever its size, beside the quarter that is left for the answer."""
    long = Snapshot("file:///p/long.py", "python", 1, "some line of code\n" * 100_000)
    thread = NEW.after(turn("before", "so", tokens=2_000))
    for window in (2_000, 5_000, 20_000, 272_000):
        items = sent(thread, Question("Why?", long, Span(900_000, 900_100), (long,)), window)
        texts = [part["text"] for item in items for part in item.get("content", ())]
        assert sum(map(estimate, (INSTRUCTIONS, *texts))) <= window * 0.75
        assert texts[-1].endswith("Why?")


@pytest.mark.parametrize(
    "question",
    [Question("why " * 10_000), Question("Why?", Snapshot("file:///a", "", 1, "x" * 50_000), Span(0, 50_000))],
)
def test_what_cannot_fit_is_refused(question: Question) -> None:
    """It is said before anything is sent, and what to do."""
    with pytest.raises(Unanswered, match="longer than m can read"):
        build(NEW, question, Choice("m", None, lite=False, window=8_000))


def test_ten_megabytes_are_refused_without_being_counted() -> None:
    """A selection of a whole log."""
    counted: list[int] = []

    def measure(text: str) -> int:
        counted.append(len(text))
        return estimate(text)

    log = Snapshot("file:///a.log", "", 1, "x" * 10_000_000)
    with pytest.raises(Unanswered):
        build(NEW, Question("Why?", log, Span(0, 10_000_000)), LITE, measure=measure)
    assert sum(counted) < 10_000
