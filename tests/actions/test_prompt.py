"""What is told to the model, beside the golden files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_codex.actions import prompt
from lsp_codex.actions.action import Task
from lsp_codex.backend.models import Choice
from lsp_codex.backend.request import ResponsesRequest
from tests.actions.scripted import action, place

if TYPE_CHECKING:
    from lsp_codex.actions.outcome import Nothing


def built(marked: str, window: int | None = None, **more: str) -> ResponsesRequest | Nothing:
    """The request to simplify."""
    task = action("simplify").task(place(marked, **more))
    assert isinstance(task, Task)
    return prompt.build("simplify", task, Choice("model", None, lite=False, window=window))


def test_marks_are_none_of_the_document() -> None:
    """A document that speaks of marks gets others."""
    assert prompt.marks("x") == ("<|target|>", "<|/target|>")
    assert prompt.marks("<|target|> <|/target-3|>") == ("<|target-4|>", "<|/target-4|>")


def test_a_small_window_loses_what_is_far_away() -> None:
    """The target stays whole; the document around it is cut from its ends."""
    made = built("".join(f"x{number} = 1\n" for number in range(3_000)) + "def f():\n    return┃ 1\n", 2_000)
    assert isinstance(made, ResponsesRequest)
    text = made.input[0].text
    assert "def f():\n    return 1" in text
    assert "x2999 = 1" in text
    assert "x1 = 1" not in text


def test_a_target_that_does_not_fit_is_refused() -> None:
    """Half a target would be an answer to something else."""
    assert built("├" + "x = 1\n" * 9_000 + "┤", 2_000) == prompt.TOO_LONG


def test_the_lane_is_silent_about_the_path() -> None:
    """The same for every request about one document, and safe in a header, whatever the URI holds."""
    one, other = built("def f():\n    x┃\n"), built("def g():\n    y┃\n")
    odd = built("def f():\n    x┃\n", uri="file:///\udce4.py")
    assert isinstance(one, ResponsesRequest)
    assert isinstance(other, ResponsesRequest)
    assert isinstance(odd, ResponsesRequest)
    assert one.cache_key == other.cache_key != odd.cache_key
    assert "demo" not in one.cache_key


def test_names_cannot_break_out_of_their_attribute() -> None:
    """Quotes, angles and line ends in a path are text."""
    assert prompt.value('a"><b>\n&') == "a&quot;&gt;&lt;b&gt;&amp;"
