"""What an editor does with code actions and edits: ask for the menu, choose, resolve, apply to its own text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.harness.editor import URI

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.harness.editor import FakeEditor

RESOLVES: dict[str, Any] = {
    "textDocument": {
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix", "refactor"]}},
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        }
    },
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]},
    },
    "window": {"workDoneProgress": True},
}
"""A client that resolves, takes versioned edits and creates files, but is not asked to confirm."""


async def menu(
    editor: FakeEditor,
    diagnostics: tuple[dict[str, Any], ...] = (),
    *,
    selected: str = "",
    **context: Any,
) -> list[dict[str, Any]]:
    """The menu at the cursor, or over ``selected``, a text that the document has."""
    at = editor.text.index(selected) if selected else editor.cursor
    where = {"start": editor.position(at), "end": editor.position(at + len(selected))}
    params = {
        "textDocument": {"uri": URI},
        "range": where,
        "context": {"diagnostics": list(diagnostics), **context},
    }
    found: list[dict[str, Any]] = await editor.client.request("textDocument/codeAction", params)
    return found


def entry(found: list[dict[str, Any]], title: str) -> dict[str, Any]:
    """The one entry whose title begins so."""
    (one,) = [each for each in found if each["title"].startswith(title)]
    return one


async def resolved(editor: FakeEditor, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """``chosen`` as the server completes it."""
    made: dict[str, Any] = await editor.client.request("codeAction/resolve", dict(chosen))
    return made


def applied(text: str, edit: Mapping[str, Any], uri: str = URI) -> str:
    """``text`` after what ``edit`` does to ``uri``; positions count code points."""
    changes = edit.get("documentChanges") or [
        {"textDocument": {"uri": each}, "edits": edits} for each, edits in edit.get("changes", {}).items()
    ]
    for change in changes:
        if "textDocument" in change and change["textDocument"]["uri"] == uri:
            for each in sorted(change["edits"], key=lambda one: _key(one["range"]["start"]), reverse=True):
                start, end = (_offset(text, each["range"][which]) for which in ("start", "end"))
                text = text[:start] + each["newText"] + text[end:]
    return text


def _key(position: Mapping[str, int]) -> tuple[int, int]:
    return position["line"], position["character"]


def _offset(text: str, position: Mapping[str, int]) -> int:
    rows = text.split("\n")
    return sum(len(row) + 1 for row in rows[: position["line"]]) + position["character"]
