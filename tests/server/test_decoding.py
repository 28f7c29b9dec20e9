"""What is tolerated of clients and what is not."""

from __future__ import annotations

from typing import Any

import pytest
from lsprotocol import types as lsp

from lsp_codex.server.decoding import MISFITS, converter, misfit

CONVERTER = converter()


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (lsp.InlineCompletionTriggerKind, 1, lsp.InlineCompletionTriggerKind.Invoked),
        (lsp.InlineCompletionTriggerKind, 9, 9),
        (lsp.MarkupKind, "asciidoc", "asciidoc"),
        (lsp.Position, {"line": 1, "character": 2**32 - 1}, lsp.Position(1, 2**31 - 1)),
        (lsp.Position, {"line": 1.0, "character": float("inf")}, lsp.Position(1, 2**31 - 1)),
        (
            lsp.DidChangeTextDocumentParams,
            {"textDocument": {"uri": "a", "version": 1}, "contentChanges": [{"range": None, "text": "x"}]},
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(1, "a"), (lsp.TextDocumentContentChangeWholeDocument("x"),)
            ),
        ),
    ],
)
def test_what_is_tolerated(kind: Any, value: object, expected: object) -> None:
    """New enumeration values, positions beyond every end, a null range."""
    assert CONVERTER.structure(value, kind) == expected


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (lsp.InlineCompletionTriggerKind, "secret", ""),
        (lsp.MarkupKind, 5, ""),
        (lsp.Position, {"line": -1, "character": 0}, "invalid value"),
        (lsp.Position, {"line": True, "character": 0}, "invalid value"),
        (lsp.Position, {"line": 0}, "required field missing"),
        (lsp.Position, "secret", "invalid value"),
        (lsp.TextDocumentIdentifier, {"uri": None}, "invalid value, expected str @ params.uri"),
        (lsp.TextDocumentIdentifier, {}, "required field missing @ params.uri"),
        (lsp.TextDocumentIdentifier, ["secret"], "invalid value"),
        (lsp.TextDocumentItem, {"uri": "a", "languageId": 5, "version": 1, "text": "c"}, "params.language"),
        (lsp.TextDocumentItem, {"uri": "a", "languageId": "b", "version": "secret", "text": "c"}, "params.version"),
    ],
)
def test_what_is_refused(kind: Any, value: object, said: str) -> None:
    """What does not fit is named by its place, never quoted."""
    with pytest.raises(MISFITS) as caught:
        CONVERTER.structure(value, kind)
    assert said in misfit(caught.value)
    assert "secret" not in misfit(caught.value)


@pytest.mark.parametrize(
    "message",
    [
        lsp.ShowMessageNotification(lsp.ShowMessageParams(lsp.MessageType.Info, "é")),
        lsp.ShowDocumentRequest(1, lsp.ShowDocumentParams("file:///a", external=True)),
        lsp.ProgressNotification(lsp.ProgressParams("t", lsp.WorkDoneProgressBegin(title="x", percentage=3))),
        lsp.ApplyWorkspaceEditRequest(
            1,
            lsp.ApplyWorkspaceEditParams(
                lsp.WorkspaceEdit(
                    document_changes=[
                        lsp.TextDocumentEdit(
                            lsp.OptionalVersionedTextDocumentIdentifier("a", 1),
                            [lsp.TextEdit(lsp.Range(lsp.Position(0, 0), lsp.Position(0, 1)), "x")],
                        ),
                        lsp.CreateFile("b"),
                    ]
                )
            ),
        ),
        lsp.InlineCompletionResponse(1, lsp.InlineCompletionList([lsp.InlineCompletionItem(lsp.StringValue("x$0"))])),
        lsp.InlineCompletionResponse(1, [lsp.InlineCompletionItem("x")]),
        lsp.HoverResponse(1, None),
        lsp.ShutdownResponse(1, None),
        lsp.CompletionResponse(
            1, lsp.CompletionList(False, [lsp.CompletionItem("a", kind=lsp.CompletionItemKind.Text)])
        ),
    ],
)
def test_params_and_results_alone_are_those_of_the_whole_message(message: Any) -> None:
    """We write the frame of a message ourselves; what is inside is as lsprotocol writes it."""
    whole = CONVERTER.unstructure(message)
    part = "result" if hasattr(message, "result") else "params"
    assert CONVERTER.unstructure(getattr(message, part)) == whole[part]
