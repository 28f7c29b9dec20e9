"""What became of the last answers."""

from __future__ import annotations

from lsp_codex.completion.context import gather
from lsp_codex.completion.postprocess import explain
from lsp_codex.completion.recent import Last, Recent
from lsp_codex.text import Snapshot


def _last(uri: str, answer: str = "1") -> Last:
    place = gather(Snapshot(uri, "python", 1, "x = "), 4)
    return Last(place, (explain(answer, place),), complete=True)


def test_the_last_answer_of_each_document_is_kept() -> None:
    """A newer one replaces it."""
    recent = Recent()
    recent.put(_last("a", "1"))
    recent.put(_last("b", "2"))
    recent.put(_last("a", "3"))
    assert [(found := recent.get(uri)) and found.outcomes[0].text for uri in "abc"] == ["3", "2", None]


def test_it_is_bounded_and_forgets() -> None:
    """What is kept is source text: the oldest goes, and what is closed."""
    recent = Recent(size=2)
    for uri in "abc":
        recent.put(_last(uri))
    recent.forget("c")
    recent.forget("d")
    assert [recent.get(uri) is not None for uri in "abc"] == [False, True, False]
