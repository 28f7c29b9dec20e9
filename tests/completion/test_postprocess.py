"""The whole pipeline, by golden files and by properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.completion.context import gather
from lsp_codex.completion.cover import covered
from lsp_codex.completion.postprocess import PIPELINE, clean, opening
from lsp_codex.text import Snapshot
from tests.completion.golden import HERE, Golden, load

TEXT = st.text(alphabet=st.sampled_from("ab_ (){}[]\"'`:;,.#=\t\r\n😀é"), max_size=60)


@pytest.mark.parametrize("golden", load("pipeline"), ids=lambda golden: golden.name)
def test_answers_become_suggestions_as_shown(golden: Golden) -> None:
    """Each golden file states its own rule; here the span is drawn too."""
    text = clean(golden.answer, golden.place)
    assert golden.drawn(text, covered(text, golden.place.line_after)) == golden.shown, golden.rule


def test_every_filter_has_golden_files() -> None:
    """A filter is read by its examples first."""
    for apply in PIPELINE:
        assert load(apply.__module__.rpartition(".")[2])
    assert len(list(HERE.iterdir())) == len(PIPELINE) + len(("pipeline", "prompt"))


@given(document=TEXT, answer=TEXT, data=st.data())
def test_nothing_comes_from_nothing(document: str, answer: str, data: st.DataObject) -> None:
    """No filter fails on any text; a result is never blank, and what is nothing to one filter stays nothing."""
    place = gather(Snapshot("file:///a", "python", 1, document), data.draw(st.integers(0, len(document))))
    text = clean(answer, place)
    assert text == "" or text.strip()
    assert all(apply("", place) == "" for apply in PIPELINE)


@given(document=TEXT, answer=TEXT, data=st.data())
def test_a_line_stays_a_line_where_text_follows(document: str, answer: str, data: st.DataObject) -> None:
    """Before other text on the line, no newline is ever inserted."""
    place = gather(Snapshot("file:///a", "python", 1, document), data.draw(st.integers(0, len(document))))
    if not place.at_line_end:
        assert not {"\r", "\n"} & set(clean(answer, place))


def test_the_opening_is_the_answer_without_its_wrapping() -> None:
    """What early stopping looks at has no fence and no repeated line, but still all lines."""
    place = gather(Snapshot("file:///a", "python", 1, "x = "), 4)
    assert opening("```python\nx = 1\ny = 2", place) == "1\ny = 2"


PLACES = st.sampled_from(["┃", "def f():┃", "f() {┃", "x = ┃", "f(┃)", "int main() {\n  ┃\n}\n", "foo({\n  ┃\n"])
CODE = st.lists(
    st.sampled_from(["a()", "\n", "  ", "}", "{", ":", "(", "if (x) {\n", "  a();\n", "});\n"]), max_size=25
)


@given(document=PLACES, pieces=CODE, most=st.integers(1, 4), language=st.sampled_from(["c", "python"]))
def test_no_filter_makes_more_lines_than_are_wanted(
    document: str, pieces: list[str], most: int, language: str
) -> None:
    """What is cut for its length is not closed on a line beyond: there the next suggestion goes on."""
    snapshot = Snapshot("file:///a", language, 1, document.replace("┃", ""))
    text = clean("".join(pieces), gather(snapshot, document.index("┃"), most))
    assert sum(bool(line.strip()) for line in text.split("\n")) <= most
