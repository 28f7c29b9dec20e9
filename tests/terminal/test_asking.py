"""``lsp-codex ask``: places, what is sent, what is printed; the process in a terminal: tests/e2e/test_ask.py."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from lsp_codex.auth.store import MemoryStore
from lsp_codex.errors import SignInRequired, Unanswered
from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.transport import SandboxTransport
from lsp_codex.server.world import World
from lsp_codex.terminal.asking import parse_place, run
from lsp_codex.text import Span
from tests.harness.editor import demo_login

if TYPE_CHECKING:
    from pathlib import Path

CODE = "import os\n\n\ndef area(width):\n    return width\n"


def world(codex: SandboxCodex, *, signed_in: bool = True) -> World:
    """A world whose service is ``codex``."""
    store = MemoryStore(demo_login(codex) if signed_in else None)
    return World(environ={}, transport=SandboxTransport(codex), store=store)


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A file with code."""
    path = tmp_path / "area.py"
    path.write_text(CODE)
    return str(path)


@pytest.mark.real_time
def test_the_answer_is_printed_as_it_is_and_the_lines_are_sent(file: str) -> None:
    """To a pipe, to the letter, with a newline at its end."""
    codex, out = SandboxCodex(), io.StringIO()
    codex.script(replies.text("It **is**."))
    assert run("Why?", f"{file}:4-5", world=world(codex), stream=out) == 0
    assert out.getvalue() == "It **is**.\n"
    sent = codex.requests[-1].json()["input"][-1]["content"][0]["text"]
    assert sent.endswith('lines="4-5">\ndef area(width):\n    return width\n</selection>\n\nWhy?')


@pytest.mark.real_time
def test_json_is_one_document(file: str) -> None:
    """With the model, the place, and what it cost."""
    codex, out = SandboxCodex(), io.StringIO()
    run("", f"{file}:4", as_json=True, world=world(codex), stream=out)
    shown = json.loads(out.getvalue())
    assert "Explain the selected code" in codex.requests[-1].body.decode()
    assert list(shown) == ["text", "model", "file", "lines", "tokens"]
    assert (shown["model"], shown["lines"]) == ("gpt-6.1-sol", [4, 4])
    assert shown["tokens"]["answer"] > 0


@pytest.mark.real_time
def test_failures_are_errors_with_what_to_do(file: str, tmp_path: Path) -> None:
    """Signed out, an excluded file, no question at all, an answer that breaks off after its first words."""
    codex = SandboxCodex()
    with pytest.raises(SignInRequired):
        run("Why?", file, world=world(codex, signed_in=False), stream=io.StringIO())
    (tmp_path / ".env").write_text("PASSWORD=x")
    with pytest.raises(Unanswered, match=r"context\.exclude"):
        run("Why?", str(tmp_path / ".env"), world=world(codex), stream=io.StringIO())
    with pytest.raises(Unanswered, match="the question is empty"):
        run(" ", None, world=world(codex), stream=io.StringIO())
    out = io.StringIO()
    codex.script(replies.failed("invalid_prompt", "No.", "Half an"))
    with pytest.raises(Exception, match="No"):
        run("Why?", None, world=world(codex), stream=out)
    assert out.getvalue() == "Half an\n", "what came is shown"


@pytest.mark.real_time
@pytest.mark.parametrize(
    ("name", "why"), [("secret.py", r"\.gitignore"), ("own.py", r"\.codexignore"), ("notes.txt", r"context\.exclude")]
)
def test_what_the_project_keeps_here_stays_here(name: str, why: str, tmp_path: Path) -> None:
    """As in an editor: by the ignore files, and also behind a link with a harmless name."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("secret.py\n")
    (tmp_path / ".codexignore").write_text("own.py\n")
    for each in (".env", "secret.py", "own.py"):
        (tmp_path / each).write_text("PASSWORD = 1\n")
    (tmp_path / "notes.txt").symlink_to(".env")
    codex = SandboxCodex()
    with pytest.raises(Unanswered, match=why):
        run("Why?", str(tmp_path / name), world=world(codex), stream=io.StringIO())
    assert not [request for request in codex.requests if request.path.endswith("/responses")]


@pytest.mark.parametrize(
    ("suffix", "lines", "text"),
    [
        ("", None, CODE),
        (":1", (1, 1), "import os"),
        (":4-5", (4, 5), "def area(width):\n    return width"),
        (":4-999", (4, 5), "def area(width):\n    return width"),
    ],
)
def test_places(file: str, suffix: str, lines: tuple[int, int] | None, text: str) -> None:
    """Lines are counted from one, both ends included."""
    place = parse_place(file + suffix)
    assert place.lines == lines
    assert place.snapshot.language == "python"
    span = place.span or Span(0, len(CODE))
    assert place.snapshot.text[span.start : span.end] == text


@pytest.mark.parametrize("suffix", [":0", ":6", ":5-4", ":4-", ":x", ":4-5-6", ":99999999999"])
def test_a_place_that_is_none_is_named(file: str, suffix: str) -> None:
    """And what is one."""
    with pytest.raises(Unanswered, match=r"area\.py") as caught:
        parse_place(file + suffix)
    assert "FILE:FIRST-LAST" in caught.value.for_person()


def test_files_that_are_no_text_and_names_that_are_no_files(tmp_path: Path) -> None:
    """A folder, bytes, a name that is too long or has a zero; a name that ends like lines wins."""
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for name in (str(tmp_path), str(tmp_path / "bytes"), "x" * 5_000, "a\0b", "missing.py"):
        with pytest.raises(Unanswered, match="cannot be read"):
            parse_place(name)
    (tmp_path / "log:12").write_text("x")
    assert parse_place(str(tmp_path / "log:12")).lines is None
