"""Planted secrets: nothing of a document that is excluded, closed or was never opened is in any request.

``tests/harness/editor.py`` opens an excluded document in every test, and ``tests/harness/leaks.py`` looks for its
text in every body that goes out; here are the documents that ask for trouble, and every way to ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from tests.harness.editor import FakeEditor, editing
from tests.harness.sentinels import PLANTED
from tests.harness.wire import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

NAMES = (".env", "sub/.env.local", "server.pem", "id_rsa", "ignored/a.py", "named.py", "link.py", "gone.py")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with secrets on the disk, in the names of its folders, and behind a link."""
    root = tmp_path / PLANTED / "deep" / "project"
    (root / ".git").mkdir(parents=True)
    (root / ".gitignore").write_text("ignored/\n")
    for name in (*NAMES[:-2], "unopened.py"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(f"total = '{PLANTED}'\n")
    (root / "link.py").symlink_to(root / ".env")
    return root


def open_all(editor: FakeEditor, project: Path) -> None:
    """Open what is to stay here; all of it defines what the code at the cursor names."""
    for name in NAMES:
        text = f"from other import total\n\n\ndef total(a):\n    return '{PLANTED}'\n"
        document = {"uri": (project / name).as_uri(), "languageId": "python", "version": 1, "text": text}
        editor.client.notify("textDocument/didOpen", {"textDocument": document})
        where = {"line": 4, "character": 0}
        change = {"range": {"start": where, "end": where}, "text": "    "}
        changed = {"uri": document["uri"], "version": 2}
        editor.client.notify("textDocument/didChange", {"textDocument": changed, "contentChanges": [change]})
    editor.client.notify("textDocument/didClose", {"textDocument": {"uri": (project / "gone.py").as_uri()}})


@pytest.mark.parametrize("transport", ["sse", "websocket"])
async def test_no_request_says_anything_of_them(project: Path, transport: str) -> None:
    """Ghost text, a question about the document at hand, and one about a document that must stay here."""
    codex = SandboxCodex()
    options = {
        "context": {"exclude": ["/named.py"]},  # beside the default
        "backend": {"transport": transport},
    }
    async with editing(codex, options=options) as editor:
        folder = {"uri": project.as_uri(), "name": "project"}
        editor.client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}})
        open_all(editor, project)
        editor.uri = (project / "main.py").as_uri()
        editor.open("from named import total\n\n\nprint(total(┃\n")
        for kind in (2, 1):
            await editor.complete(kind)
            editor.type("x, ")
        await editor.run("codex.ask", {"prompt": "What does total do?", "uri": editor.uri})
        for name in NAMES:
            uri = (project / name).as_uri()
            editor.uri, editor.cursor = uri, 0
            assert await editor.complete(1) == []
            argument: dict[str, Any] = {"prompt": "What is this?", "uri": uri}
            if name != "gone.py":
                with pytest.raises(RefusedError):
                    await editor.run("codex.ask", argument)
    asked = [request for request in codex.requests if request.path.endswith("/responses") and request.body]
    assert len(asked) >= 3
    assert not any(PLANTED in request.body.decode() for request in asked)


async def test_the_check_sees_what_is_sent(project: Path) -> None:
    """Without the setting and the ignore files the text does go out: the test above can fail."""
    codex = SandboxCodex()
    async with editing(codex, options={"context": {"exclude": []}}) as editor:
        (project / ".gitignore").unlink()
        document = {"uri": (project / "named.py").as_uri(), "languageId": "python", "version": 1}
        text = "def total(a):\n    return 'nothing to hide'\n"
        editor.client.notify("textDocument/didOpen", {"textDocument": {**document, "text": text}})
        editor.uri = (project / "main.py").as_uri()
        editor.open("from named import total\n\n\nprint(total(┃\n")
        await editor.complete(1)
    assert any("nothing to hide" in request.body.decode() for request in codex.requests)
