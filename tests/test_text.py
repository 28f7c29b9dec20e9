"""Snapshot, Span, Edit: offsets are code points and nothing changes in place."""

from __future__ import annotations

import dataclasses

import pytest

from lsp_codex.text import Edit, Snapshot, Span, shown_path


@pytest.mark.parametrize(
    ("source", "edit", "result"),
    [
        ("abc", Edit(Span.at(0), "x"), "xabc"),
        ("abc", Edit(Span.at(3), "x"), "abcx"),
        ("abc", Edit(Span(1, 2), ""), "ac"),
        ("abc", Edit(Span(0, 3), "x\ny"), "x\ny"),
        ("a😀c", Edit(Span(1, 2), "b"), "abc"),
        ("", Edit(Span.at(0), "x"), "x"),
    ],
)
def test_an_edit_replaces_its_span(source: str, edit: Edit, result: str) -> None:
    """Insertion, deletion and replacement; an astral character is one offset wide."""
    assert edit.apply(source) == result


def test_spans_are_ordered_by_where_they_start() -> None:
    """So that edits can be sorted; the empty span comes before a longer one at the same place."""
    assert sorted([Span(2, 3), Span(0, 4), Span.at(2)]) == [Span(0, 4), Span(2, 2), Span(2, 3)]


def test_a_snapshot_never_changes() -> None:
    """A request works on the text it came with."""
    snapshot = Snapshot("file:///a.py", "python", 1, "x")
    with pytest.raises(dataclasses.FrozenInstanceError):
        snapshot.text = "y"  # type: ignore[misc]  # the assignment is the subject


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("file:///home/anna/project/src/app.py", "src/app.py"),
        ("file:///home/anna/app.py", "app.py"),
        ("file:///Users/Anna/app.py", "app.py"),
        ("file:///c%3A/Users/anna/app.py", "app.py"),
        ("file:///C:/Users/anna/a%20b/app.py", "a b/app.py"),
        ("file:///root/app.py", "app.py"),
        ("file:///home/anna/users/models/app.py", "models/app.py"),
        ("vscode-remote://ssh-remote%2Bbox/home/anna/app.py", "app.py"),
        ("vscode-notebook-cell:/home/anna/n/a.ipynb#W0sZ", "n/a.ipynb"),
        ("untitled:Untitled-1", "Untitled-1"),
        ("file://[/home/anna/app.py", "app.py"),
        ("", ""),
    ],
)
def test_the_path_that_is_shown(uri: str, shown: str) -> None:
    """Two parts of it at most, and never the home folder."""
    assert shown_path(uri) == shown
