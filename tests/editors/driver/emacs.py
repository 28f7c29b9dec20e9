"""Emacs as a person has it: in a terminal, with a home, an init.el and a PATH of its own."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.editors.driver.desk import capture, sweep
from tests.editors.driver.neovim import ROOT
from tests.editors.driver.run import ProgramFailed, eventually, run
from tests.editors.driver.terminal import Terminal, terminal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tests.editors.driver.neovim import Desk

FOLDER = ROOT / "editors" / "emacs"
EXAMPLES = FOLDER / "examples"


@dataclass(frozen=True, slots=True)
class EmacsPrograms:
    """The programs that are driven."""

    emacs: Path
    emacsclient: Path
    tmux: Path


class Emacs:
    """One running Emacs: keys in, screen and state out."""

    def __init__(
        self,
        programs: EmacsPrograms,
        socket: Path,
        desk: Desk,
        screen: Terminal,
        environ: Mapping[str, str],
        file: str,
    ) -> None:
        self._client = (str(programs.emacsclient), "-s", str(socket))
        self._environ = environ
        self._file = file
        self.desk = desk
        self.terminal = screen

    async def ask(self, expression: str) -> Any:
        """The value of a Lisp expression inside the file's buffer, as JSON allows it."""
        here = f'(with-current-buffer (or (get-file-buffer "{self._file}") (current-buffer)) {expression})'
        answer = await run(*self._client, "--eval", f"(json-encode {here})", environ=self._environ)
        return json.loads(json.loads(answer))

    async def answers(self) -> bool:
        """Whether Emacs is up and takes questions."""
        try:
            return bool(await self.ask("(bound-and-true-p after-init-time)"))
        except ProgramFailed:
            return False

    async def attached(self) -> None:
        """Wait until Codex serves the file."""
        await eventually(lambda: self.ask("(bound-and-true-p lsp-codex-mode)"), "Codex serves the buffer", 20.0)

    async def command(self, name: str) -> None:
        """Run a command by its name, as with M-x."""
        await self.terminal.press("M-x")
        await self.terminal.paste(name)
        await self.terminal.press("Enter")

    async def text(self) -> str:
        """The text of the file's buffer."""
        return str(await self.ask("(buffer-substring-no-properties (point-min) (point-max))"))

    async def lighter(self) -> str:
        """What the mode line says of Codex."""
        return str(await self.ask("(lsp-codex-lighter)")).strip()

    async def messages(self) -> str:
        """What Emacs has told its user so far."""
        return str(await self.ask('(with-current-buffer "*Messages*" (buffer-string))'))

    async def pid(self) -> int:
        """The process that is the parent of the language server."""
        return int(await self.ask("(emacs-pid)"))

    async def capture(self, name: str) -> str:
        """Keep what is on the screen as NAME.txt and NAME.ansi beside the desk; answers the text."""
        return await capture(self.desk, self.terminal, name)


@asynccontextmanager
async def emacs(
    programs: EmacsPrograms, desk: Desk, init: str, file: str, text: str, more: Mapping[str, str]
) -> AsyncIterator[Emacs]:
    """Emacs with ``init`` as the user's init.el and ``file`` of the project open until the block ends.

    Without ``text`` the file does not exist yet.
    """
    desk.lay_out()
    if text:
        (desk.project / file).write_text(text)
    config = desk.home / ".config" / "emacs"
    config.mkdir(parents=True)
    (config / "init.el").write_text(init)
    # A screen to open a browser on, as far as anybody asks; what draws is the terminal.
    environ = {name: value for name, value in desk.environ({"DISPLAY": ":99", **more}).items() if value}
    sockets = Path(tempfile.mkdtemp(prefix="codex-emacs-"))  # short: a socket's path has at most 107 characters
    serve = f'(progn (require \'server) (setq server-socket-dir "{sockets}" server-name "emacs") (server-start))'
    command = (str(programs.emacs), "-nw", "--eval", serve, file)
    try:
        async with terminal(programs.tmux, sockets / "tmux", command, desk.project, environ) as screen:
            editor = Emacs(programs, sockets / "emacs", desk, screen, environ, str(desk.project / file))
            try:
                await eventually(editor.answers, "Emacs is up")
                yield editor
            except BaseException:
                await _leave_evidence(editor)
                raise
    finally:
        sweep(desk)
        shutil.rmtree(sockets, ignore_errors=True)


async def _leave_evidence(editor: Emacs) -> None:
    try:
        await editor.capture("failed")
        print(await editor.messages())  # noqa: T201 — for the report of the failed test
    except ProgramFailed as error:
        print(error)  # noqa: T201 — the terminal is gone; so say it
