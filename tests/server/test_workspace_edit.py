"""Edits in the forms that clients take."""

from __future__ import annotations

from typing import Any

from lsp_codex.actions.outcome import Change, NewFile
from lsp_codex.server import workspace_edit
from lsp_codex.server.action_forms import Forms
from lsp_codex.server.decoding import converter
from lsp_codex.server.documents import Document
from lsp_codex.server.units import units_of
from lsp_codex.text import Edit, Span

URI = "file:///a.py"
DOCUMENT = Document(URI, "python", 7, "é = 1\nb = 2\n", units_of("utf-8"))
CHANGE = Change((Edit(Span(4, 5), "3"), Edit(Span(10, 11), "4")))


def wire(edit: object) -> Any:
    """As JSON."""
    return converter().unstructure(edit)


def test_versioned_and_annotated() -> None:
    """The version that was looked at, the client's units, an annotation that asks."""
    made = wire(workspace_edit.of_change(CHANGE, DOCUMENT, "Codex: X", Forms(versioned=True, confirms=True)))
    (change,) = made["documentChanges"]
    assert change["textDocument"] == {"uri": URI, "version": 7}
    assert [(e["range"]["start"], e["newText"], e["annotationId"]) for e in change["edits"]] == [
        ({"line": 0, "character": 5}, "3", "codex"),
        ({"line": 1, "character": 4}, "4", "codex"),
    ]
    assert made["changeAnnotations"]["codex"]["needsConfirmation"] is True
    assert "changes" not in made


def test_plain() -> None:
    """What every client takes."""
    made = wire(workspace_edit.of_change(CHANGE, DOCUMENT, "X", Forms()))
    assert [each["newText"] for each in made["changes"][URI]] == ["3", "4"]
    assert set(made) == {"changes"}


def test_a_new_file() -> None:
    """Created, and never over another; its text belongs to no version."""
    made = wire(
        workspace_edit.of_file(NewFile("/t.py", "x\n"), "file:///t.py", "X", Forms(versioned=True, creates=True))
    )
    create, text = made["documentChanges"]
    assert create == {
        "kind": "create",
        "uri": "file:///t.py",
        "options": {"overwrite": False, "ignoreIfExists": False},
    }
    assert text["textDocument"] == {"uri": "file:///t.py", "version": None}
    assert text["edits"][0]["newText"] == "x\n"
