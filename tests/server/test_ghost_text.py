"""What goes out with a request for ghost text, and what does not go out at all, as editor and service see it."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.limits import Limits, Window
from lsp_codex.server.ghost_text import FIRST_USE, TOLD, _first
from tests.harness.editor import FakeEditor, editing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

CALL = "from shop import Cart\n\n\ndef total(cart: Cart) -> int:\n    ┃\n"
SHOP = "class Cart:\n    items: list[int]\n\n    def add(self, item: int) -> None:\n        self.items.append(item)\n"


def bodies(codex: SandboxCodex) -> list[dict[str, Any]]:
    """What the model was asked, over HTTP and over WebSockets."""
    found = [request.json() for request in codex.requests if request.path.endswith("/responses")]
    return [body for body in found if body.get("generate", True)]


def texts(codex: SandboxCodex) -> str:
    """All that the model was told."""
    return str(bodies(codex))


def open_other(editor: FakeEditor, uri: str, text: str, language: str = "python") -> None:
    """Open a second document."""
    document = {"uri": uri, "languageId": language, "version": 1, "text": text}
    editor.client.notify("textDocument/didOpen", {"textDocument": document})


@asynccontextmanager
async def clocked(codex: SandboxCodex, **options: Any) -> AsyncIterator[FakeEditor]:
    """An editor whose server's wall clock goes with the virtual one."""
    loop = asyncio.get_running_loop()
    since = time.time() - loop.time()
    async with editing(codex, world={"now": lambda: since + loop.time()}, options=options) as editor:
        yield editor


async def test_what_the_code_names_comes_along_from_open_documents() -> None:
    """The class that the document imports, in a reference before the document."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        open_other(editor, "file:///work/shop.py", SHOP)
        editor.open(CALL)
        await editor.complete(kind=1)
    (body,) = bodies(codex)
    references, document = (item["content"][0]["text"] for item in body["input"])
    assert '<reference path="work/shop.py" language="python" line="1"' in references
    assert "def add(self, item: int) -> None:" in references
    assert document.startswith("<document ")


async def test_open_documents_stay_out_where_the_setting_says_so() -> None:
    """The document at hand is all that goes out."""
    codex = SandboxCodex()
    async with editing(codex, options={"context": {"openDocuments": False}}) as editor:
        open_other(editor, "file:///work/shop.py", SHOP)
        editor.open(CALL)
        await editor.complete(kind=1)
    assert "def total" in texts(codex)
    assert "def add" not in texts(codex)


@pytest.mark.parametrize("how", ["closed", "named by the setting", "on the list"])
async def test_a_document_that_is_closed_or_excluded_is_not_quoted(how: str) -> None:
    """Not even where it defines what the code names."""
    codex = SandboxCodex()
    uri = "file:///work/.env.py" if how == "on the list" else "file:///work/shop.py"
    context = {"exclude": ["shop.py"]} if how == "named by the setting" else {}
    async with editing(codex, options={"context": context}) as editor:
        open_other(editor, uri, SHOP)
        editor.open(CALL)
        if how == "closed":
            editor.client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        await editor.complete(kind=1)
    assert "def total" in texts(codex)
    assert "def add" not in texts(codex)


@pytest.mark.parametrize("kind", [1, 2])
async def test_an_excluded_document_gets_no_request(tmp_path: Path, kind: int) -> None:
    """Neither while typing nor by hand; a setting that changes is in force at once."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        (tmp_path / ".codexignore").write_text("demo.py\n")
        editor.uri = (tmp_path / "demo.py").as_uri()
        editor.open(CALL)
        assert await editor.complete(kind) == []
        (tmp_path / ".codexignore").unlink()
        await asyncio.sleep(3)
        await editor.complete(kind)
        assert len(bodies(codex)) == 1
        settings = {"codex": {"context": {"exclude": ["demo.py"]}}}
        editor.client.notify("workspace/didChangeConfiguration", {"settings": settings})
        editor.type("x")
        await editor.complete(kind)
    assert len(bodies(codex)) == 1


async def test_wishes_come_from_the_setting_or_from_the_file(tmp_path: Path) -> None:
    """The setting wins."""
    codex = SandboxCodex()
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex" / "completions.md").write_text("Wishes from the file.")
    async with editing(codex) as editor:
        folder = {"uri": tmp_path.as_uri(), "name": "work"}
        event = {"event": {"added": [folder], "removed": []}}
        editor.client.notify("workspace/didChangeWorkspaceFolders", event)
        editor.uri = (tmp_path / "demo.py").as_uri()
        editor.open(CALL)
        await editor.complete(kind=1)
        assert "Wishes from the file." in bodies(codex)[0]["instructions"]
        settings = {"codex": {"completion": {"instructions": "Wishes from the setting."}}}
        editor.client.notify("workspace/didChangeConfiguration", {"settings": settings})
        editor.type("x = ")
        await editor.complete(kind=1)
    assert "Wishes from the setting." in bodies(codex)[1]["instructions"]
    assert "file" not in bodies(codex)[1]["instructions"]


@pytest.mark.parametrize(
    ("completion", "kind"),
    [
        ({"trigger": "off"}, 1),
        ({"trigger": "manual"}, 2),
        ({"languages": {"python": False}}, 1),
        ({"languages": {"*": False}}, 2),
    ],
)
async def test_what_is_switched_off_asks_nothing(completion: dict[str, Any], kind: int) -> None:
    """The answer is the empty list."""
    codex = SandboxCodex()
    async with editing(codex, options={"completion": completion}) as editor:
        editor.open(CALL)
        assert await editor.complete(kind) == []
    assert bodies(codex) == []


async def test_above_the_percentage_it_pauses_says_so_once_and_goes_on_by_itself() -> None:
    """By hand it works meanwhile; the status says why and until when, and so does one message."""
    codex = SandboxCodex(limits=Limits(primary=Window(85.0, 300, 3_600.0)))
    async with clocked(codex) as editor:
        editor.open("def add(a, b):\n    ┃\n")
        assert await editor.complete(kind=1) != []  # whose answer says how much is used
        editor.type("x = 1\n    ")
        assert await editor.complete() == []
        assert await editor.complete() == []
        (told,) = editor.messages
        assert "pauses until" in told
        assert "85 %" in told
        status = (await editor.run("codex.status"))["completion"]
        assert status["paused"]
        assert "85 %" in status["reason"]
        count = len(bodies(codex))
        await editor.complete(kind=1)
        assert len(bodies(codex)) == count + 1
        editor.type("y = 2\n    ")
        assert await editor.complete() == []
        assert len(editor.messages) == 1
        await asyncio.sleep(3_700)
        assert not (await editor.run("codex.status"))["completion"]["paused"]
        count = len(bodies(codex))
        await editor.complete()
        assert len(bodies(codex)) == count + 1


async def test_so_many_requests_in_an_hour_then_it_pauses_for_the_rest_of_it() -> None:
    """What was shown can still be typed through, and an hour later it goes on."""
    codex = SandboxCodex()
    async with clocked(codex, completion={"maxRequestsPerHour": 1}) as editor:
        editor.open("def add(a, b):\n    ┃\n")
        (item,) = await editor.complete()
        editor.type(item["insertText"][:6])
        assert [each["insertText"] for each in await editor.complete()] == [item["insertText"][6:]]
        assert editor.messages == []
        editor.type("nothing of the kind\n    ")
        assert await editor.complete() == []
        assert "maxRequestsPerHour" in editor.messages[0]
        editor.statuses.clear()
        await asyncio.sleep(3_601)
        assert not editor.statuses[-1]["completion"]["paused"]
        await editor.complete()
        assert len(bodies(codex)) == 2


async def test_the_first_use_is_told_once() -> None:
    """Completions count toward the plan; whoever only signs in, or uses the sandbox, is not told."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        editor.open("def add(a, b):\n    ┃\n")
        assert FIRST_USE not in editor.every_message
        await editor.complete()
        editor.type("x = ")
        await editor.complete()
        await editor.eventually(lambda: FIRST_USE in editor.every_message, what="the notice")
        assert editor.every_message.count(FIRST_USE) == 1


async def test_a_place_edited_a_moment_ago_comes_along() -> None:
    """What was changed in another document, with the lines around it as they are now."""
    codex = SandboxCodex()
    lines = [f"line_{number} = {number}" for number in range(60)]
    other = "file:///work/other.py"
    async with editing(codex) as editor:
        open_other(editor, other, "\n".join(lines))
        where = {"line": 30, "character": 0}
        change = {"range": {"start": where, "end": where}, "text": "changed_here = 1\n"}
        params = {"textDocument": {"uri": other, "version": 2}, "contentChanges": [change]}
        editor.client.notify("textDocument/didChange", params)
        editor.open("x = ┃\n")
        await editor.complete(kind=1)
    said = texts(codex)
    assert "changed_here = 1" in said
    assert "line_29 = 29" in said
    assert "line_50 = 50" not in said


async def test_the_beginning_stays_the_same_from_key_to_key() -> None:
    """New names add references at the end; those that were sent stay where they are, for the prompt cache."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        open_other(editor, "file:///work/shop.py", SHOP)
        open_other(editor, "file:///work/bank.py", "def transfer(amount: int) -> None:\n    pass\n")
        editor.open(CALL)
        await editor.complete(kind=1)
        editor.type("transfer(")
        await editor.complete(kind=1)
        editor.type("1)\n\n\n\n\n\n\n\n\n")
        await editor.complete(kind=1)
    first, second, third = (body["input"][0]["content"][0]["text"] for body in bodies(codex))
    assert second.startswith(first)
    assert "def transfer" in second[len(first) :]
    assert third == second


@pytest.mark.parametrize(
    ("document", "asked"),
    [
        ("# so this┃\n", False),
        ("x = 'half a ┃\n", False),
        ('"""A docstring\n┃\n"""\n', False),
        ("x = 1  # done\ny = ┃\n", True),
        ("x = '# no comment' + ┃\n", True),
    ],
)
@pytest.mark.parametrize("kind", [1, 2])
async def test_comments_and_strings_are_left_alone_where_the_setting_says_so(
    document: str, asked: bool, kind: int
) -> None:
    """A mark in a string is no comment."""
    codex = SandboxCodex()
    async with editing(codex, options={"completion": {"inComments": False}}) as editor:
        editor.open(document)
        await editor.complete(kind)
    assert bool(bodies(codex)) == asked


def test_the_first_use_is_remembered_between_sessions(tmp_path: Path) -> None:
    """Where nothing can be kept it is told again."""
    assert _first(tmp_path / "home" / TOLD)
    assert not _first(tmp_path / "home" / TOLD)
    (tmp_path / "file").write_text("x")
    assert _first(tmp_path / "file" / TOLD)


async def test_lines_and_service_tier_are_the_users() -> None:
    """As the settings are now."""
    codex = SandboxCodex()
    options = {"completion": {"maxLines": 1, "serviceTier": "fast"}}
    async with editing(codex, options=options) as editor:
        codex.script(replies.text("if cart:\n        return 1\n    return 0\n"))
        editor.open(CALL)
        assert [item["insertText"] for item in await editor.complete()] == ["if cart:"]
        where = {"uri": editor.uri, "position": editor.position(editor.cursor)}
        told = await editor.run("codex.explainCompletion", where)
        assert told["sent"]["serviceTier"] == "priority"
    (body,) = bodies(codex)
    assert body["service_tier"] == "priority"


async def test_what_checkers_say_about_lines_nearby_comes_along() -> None:
    """A server learns it with a request for code actions; errors and warnings, no hints."""
    codex = SandboxCodex()
    async with editing(codex) as editor:
        editor.open(CALL)

        def row(line: int) -> dict[str, Any]:
            return {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 4}}

        said = [
            {"range": row(0), "message": "Cart is unused", "severity": 2},
            {"range": row(0), "message": "shop is unknown"},
            {"range": row(0), "message": "it could be shorter", "severity": 4},
        ]
        asked = {"textDocument": {"uri": editor.uri}, "range": row(0), "context": {"diagnostics": said}}
        await editor.client.request("textDocument/codeAction", asked)
        await editor.complete(kind=1)
    told = texts(codex)
    assert "4 lines above the cursor: warning: Cart is unused" in told
    assert "4 lines above the cursor: error: shop is unknown" in told
    assert "shorter" not in told


async def test_signed_out_nothing_is_shown_that_was_known() -> None:
    """What the model said to somebody who has left is not shown to the next one."""
    codex = SandboxCodex()
    codex.script(replies.text("total"))
    async with editing(codex) as editor:
        editor.open("x = ┃\n")
        assert len(await editor.complete()) == 1
        await editor.run("codex.signOut")
        assert await editor.complete() == []
    assert len(bodies(codex)) == 1
