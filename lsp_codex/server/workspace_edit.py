"""From an action's outcome to the edit that the client applies: versioned, annotated, in the form that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from lsp_codex.server.convert import text_edit

if TYPE_CHECKING:
    from lsp_codex.actions.outcome import Change, NewFile
    from lsp_codex.server.action_forms import Forms
    from lsp_codex.server.documents import Document

ANNOTATION = "codex"

Edits = list["lsp.TextEdit | lsp.AnnotatedTextEdit | lsp.SnippetTextEdit"]


def of_change(change: Change, document: Document, title: str, forms: Forms) -> lsp.WorkspaceEdit:
    """The edits of ``document``, which is as it was when they were made."""
    plain = [text_edit(document, edit) for edit in change.edits]
    if not forms.versioned:
        return lsp.WorkspaceEdit(changes={document.uri: plain})
    identifier = lsp.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    changes = [lsp.TextDocumentEdit(identifier, _annotated(plain, forms))]
    return lsp.WorkspaceEdit(document_changes=changes, change_annotations=_annotations(title, forms))


def of_file(file: NewFile, uri: str, title: str, forms: Forms) -> lsp.WorkspaceEdit:
    """The file ``uri``, created with its text; it fails if the file is there."""
    start = lsp.Position(0, 0)
    edits = _annotated([lsp.TextEdit(lsp.Range(start, start), file.text)], forms)
    create = lsp.CreateFile(
        uri,
        options=lsp.CreateFileOptions(overwrite=False, ignore_if_exists=False),
        annotation_id=ANNOTATION if forms.confirms else None,
    )
    filled = lsp.TextDocumentEdit(lsp.OptionalVersionedTextDocumentIdentifier(uri, None), edits)
    return lsp.WorkspaceEdit(document_changes=[create, filled], change_annotations=_annotations(title, forms))


def _annotated(plain: list[lsp.TextEdit], forms: Forms) -> Edits:
    if not forms.confirms:
        return list(plain)
    return [lsp.AnnotatedTextEdit(ANNOTATION, each.range, each.new_text) for each in plain]


def _annotations(title: str, forms: Forms) -> dict[str, lsp.ChangeAnnotation] | None:
    if not forms.confirms:
        return None
    return {ANNOTATION: lsp.ChangeAnnotation(title, needs_confirmation=True, description="Suggested by a model")}
