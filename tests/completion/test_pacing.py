"""How long to wait before asking, and where not to ask."""

from __future__ import annotations

import pytest

from lsp_codex.completion.context import CompletionContext, gather
from lsp_codex.completion.pacing import LONGEST, SHORTEST, USUAL_INTERVAL, Rhythm, wait, wanted
from lsp_codex.text import Snapshot


def _at(document: str) -> CompletionContext:
    return gather(Snapshot("file:///a.py", "python", 1, document.replace("┃", "")), document.index("┃"))


def _typed(interval: float, keys: int = 50) -> Rhythm:
    rhythm = Rhythm()
    for number in range(keys):
        rhythm = rhythm.key(100.0 + number * interval)
    return rhythm


@pytest.mark.parametrize("interval", [0.06, 0.09, 0.12, 0.2])
@pytest.mark.parametrize("document", ["foo┃", "foo(┃"])
def test_whoever_keeps_typing_is_not_asked_for(interval: float, document: str) -> None:
    """The wait is longer than the time to the next key of a steady typist, and not by much."""
    assert interval < wait(_at(document), _typed(interval), None, 0.0) <= max(2 * interval, SHORTEST)


def test_a_word_may_still_grow() -> None:
    """Inside of a word the next key is likelier than after it."""
    assert wait(_at("foo┃"), Rhythm(), None, 0.0) > wait(_at("foo(┃"), Rhythm(), None, 0.0)


@pytest.mark.parametrize("interval", [0.01, 0.9])
def test_the_wait_has_bounds(interval: float) -> None:
    """However fast or slow somebody types."""
    assert SHORTEST <= wait(_at("a┃"), _typed(interval), None, 0.0) <= LONGEST


@pytest.mark.parametrize("gap", [0.0, 0.004, 1.0, 60.0])
def test_pauses_and_doubles_say_nothing_about_the_rhythm(gap: float) -> None:
    """A pause to think, and an editor that asks twice for one key."""
    assert Rhythm().key(5.0).key(5.0 + gap).interval == USUAL_INTERVAL


@pytest.mark.parametrize(
    ("fixed_ms", "client_wait", "seconds"),
    [(0.0, 0.0, 0.0), (300.0, 0.0, 0.3), (300.0, 0.2, 0.1), (300.0, 2.0, 0.0), (None, 0.2, 0.0), (None, 2.0, 0.0)],
)
def test_the_clients_own_wait_counts(fixed_ms: float | None, client_wait: float, seconds: float) -> None:
    """Both together are as long as the setting says; nothing is added on top of what the client waited."""
    assert wait(_at("foo┃"), Rhythm(), fixed_ms, client_wait) == pytest.approx(seconds)


def test_the_rhythm_of_a_waiting_client_is_not_the_users() -> None:
    """It asks in pauses only, which would look like slow typing."""
    assert wait(_at("foo┃"), _typed(0.9), None, 0.2) == 0.0


@pytest.mark.parametrize(("document", "asks"), [("fo┃o", False), ("foo┃", True), ("┃foo", True), ("", True)])
def test_nothing_is_asked_unasked_inside_of_a_word(document: str, asks: bool) -> None:
    """Whatever came would tear it apart."""
    assert wanted(_at(document or "┃")) is asks
