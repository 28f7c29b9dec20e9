"""The words of a question that nobody wrote."""

from __future__ import annotations

import pytest

from lsp_codex.chat.explain import LONGEST_DIAGNOSTIC, MOST_DIAGNOSTICS, explain


@pytest.mark.parametrize(
    ("diagnostics", "selected", "expected"),
    [
        ((), True, "Explain the selected code: what it does, how, and what is easy to get wrong about it."),
        ((), False, "Explain this file: what it does, how, and what is easy to get wrong about it."),
        (
            ("undefined name 'x'", "line\n  too long"),
            True,
            "Explain what is meant by this about the selected code, why it is so here, and how to put it right:\n"
            "- undefined name 'x'\n- line too long",
        ),
    ],
)
def test_what_is_explained(diagnostics: tuple[str, ...], selected: bool, expected: str) -> None:
    """A selection, a file, or what tools say about it, each message on a line."""
    assert explain(diagnostics, selected=selected) == expected


def test_what_tools_say_is_bounded() -> None:
    """In number and in length."""
    prompt = explain(["x" * 10_000] * 100)
    assert prompt.count("\n- ") == MOST_DIAGNOSTICS
    assert max(map(len, prompt.split("\n"))) <= LONGEST_DIAGNOSTIC + 2
