"""Questions through real processes: ``codex.ask`` over stdio, ``lsp-codex ask`` in a pipe and in a terminal."""

from __future__ import annotations

import asyncio
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lsp_codex.terminal.lsp_client import LspClient

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(60)]

ASK = (sys.executable, "-m", "lsp_codex", "ask")
HERE = str(Path(__file__))


def test_the_sandbox_answers_in_a_pipe() -> None:
    """Exit code 0, plain Markdown on standard output, nothing else."""
    done = subprocess.run(
        [*ASK, "What is it?", f"{HERE}:1-5", "--sandbox"], capture_output=True, text=True, check=False, timeout=50
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("`e2e/test_ask.py:1` holds 5 lines of Python.")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("Why?",), 3, "Sign in with lsp-codex login."),
        (("Why?", "missing.py"), 1, "missing.py cannot be read"),
        ((), 2, "usage:"),
    ],
)
def test_exit_codes(arguments: tuple[str, ...], code: int, words: str) -> None:
    """As the contract has them, with one line on standard error."""
    done = subprocess.run([*ASK, *arguments], capture_output=True, text=True, check=False, timeout=50)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr


def in_terminal(*arguments: str, interrupt_at: str | None = None) -> tuple[int, str]:
    """Exit code and output of the command in a terminal; Ctrl-C is pressed when ``interrupt_at`` is seen."""
    pid, screen = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(sys.executable, [*ASK, *arguments])  # noqa: S606 — the child of the terminal
    output, pressed, until = b"", False, time.monotonic() + 50
    try:
        while time.monotonic() < until:
            if not select.select([screen], [], [], 0.1)[0]:
                continue
            try:
                chunk = os.read(screen, 65_536)
            except OSError:  # the other end is closed: the process has ended
                break
            output += chunk
            if interrupt_at is not None and not pressed and interrupt_at.encode() in output:
                pressed = True
                os.write(screen, b"\x03")
        else:
            os.kill(pid, signal.SIGKILL)
    finally:
        os.close(screen)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), output.decode()


def test_a_terminal_gets_it_rendered() -> None:
    """Code without its back quotes, the cursor back at the end."""
    code, output = in_terminal("What is it?", f"{HERE}:1-5", "--sandbox")
    assert code == 0
    last = output.rpartition("\x1b[?25h")[2]
    assert "This is the sandbox" in last
    assert "*This is" not in last
    assert "\x1b[1;36me2e/test_ask.py:1\x1b[0m" in output


def test_ctrl_c_ends_it_at_once() -> None:
    """130 as for any program, the cursor back, no traceback."""
    code, output = in_terminal("What is it?", HERE, "--sandbox", interrupt_at="holds")
    assert code == 130
    assert "Traceback" not in output
    assert output.count("\x1b[?25l") == output.count("\x1b[?25h")


async def test_codex_ask_over_stdio() -> None:
    """A server process with the sandbox behind it: asked, streamed, asked on in the thread."""
    command = (sys.executable, "-m", "lsp_codex", "serve", "--sandbox")
    async with asyncio.timeout(50), LspClient.start(command, os.environ) as client:
        await client.request("initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": {}})
        client.notify("initialized", {})
        document = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": "def add(a, b):\n    pass\n"}
        client.notify("textDocument/didOpen", {"textDocument": document})
        thread: dict[str, Any] = {}
        for number in (1, 2):
            argument = {"prompt": "What is it?", "uri": "file:///a.py", **thread}
            params = {"command": "codex.ask", "arguments": [argument], "partialResultToken": number}
            answer = await client.request("workspace/executeCommand", params)
            assert "`add(a, b)`" in answer["text"]
            streamed = ""
            while streamed != answer["text"]:
                given = await client.next("$/progress")
                assert (given["token"], given["value"]["threadId"]) == (number, answer["threadId"])
                streamed += given["value"]["text"]
            thread = {"threadId": answer["threadId"]}
