"""The journal told: one case for each last entry (with a server: server/commands/test_explain_completion.py)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lsp_codex.backend.models import Choice
from lsp_codex.completion.explain import NEVER, explain
from lsp_codex.completion.journal import Entry, Received, Remembered, Sent, Unasked
from lsp_codex.completion.postprocess import explain as explained
from lsp_codex.completion.prompt import build
from tests.completion.desk import Opened

PLACE = Opened("file:///a.py", "x = ┃\n").place
REQUEST = build(PLACE, Choice("gpt-test", "low", lite=False))
SENT = Sent(PLACE, REQUEST)


def received(answer: str) -> Received:
    """An answer, with what the filters make of it."""
    return Received(PLACE, REQUEST, answer, (explained(answer, PLACE),))


ANSWERED = received("123")


@pytest.mark.parametrize(
    ("entries", "outcome", "sent", "shown"),
    [
        ((), NEVER, False, None),
        ((SENT, ANSWERED, Unasked(PLACE, "of a reason")), "Nothing was asked: of a reason.", False, None),
        ((SENT,), "no whole answer", True, None),
        ((SENT, ANSWERED), "what is left of the answer", True, "123"),
        ((SENT, Received(PLACE, REQUEST, "999", led_on=False)), "did not fit", True, None),
        ((SENT, received("")), "nothing to say", True, None),
        ((SENT, replace(ANSWERED, complete=False)), "the lines that had come", True, "123"),
        ((SENT, replace(received(""), complete=False)), "nothing is left of the lines", True, None),
        ((SENT, received("   \n")), "nothing to say", True, None),
        ((SENT, ANSWERED, Remembered(PLACE, "3")), "earlier suggestion", True, "3"),
        ((Remembered(PLACE, "3"),), "earlier suggestion", False, "3"),
        ((SENT, received(""), Remembered(PLACE, "")), "a moment ago", False, None),
    ],
)
def test_the_last_entry_decides(entries: tuple[Entry, ...], outcome: str, sent: bool, shown: str | None) -> None:
    """Every kind of it has its sentence."""
    told = explain(entries)
    assert outcome in told["outcome"]
    assert (told["sent"] is not None, told["shown"]) == (sent, shown)
