"""Emacs as a person has it: in a terminal, with a home, an init.el and a PATH of its own."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.editors.driver.desk import ROOT, sockets
from tests.editors.driver.run import ProgramFailed, eventually, run
from tests.editors.driver.seat import Seat, seated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from tests.editors.driver.desk import Desk
    from tests.editors.driver.terminal import Terminal

FOLDER = ROOT / "editors" / "emacs"
EXAMPLES = FOLDER / "examples"


@dataclass(frozen=True, slots=True)
class EmacsPrograms:
    """The programs that are driven."""

    emacs: Path
    emacsclient: Path
    tmux: Path


class Emacs(Seat):
    """One running Emacs: keys in, screen and state out."""

    def __init__(
        self, client: Path, socket: Path, desk: Desk, screen: Terminal, environ: Mapping[str, str], file: str
    ) -> None:
        super().__init__(desk, screen)
        self._client = (str(client), "-s", str(socket))
        self._environ = environ
        self._file = str(desk.project / file)

    async def ask(self, expression: str) -> Any:
        """The value of a Lisp expression inside the file's buffer, as JSON allows it."""
        here = f'(with-current-buffer (or (get-file-buffer "{self._file}") (current-buffer)) {expression})'
        answer = await run(*self._client, "--eval", f"(json-encode {here})", environ=self._environ)
        return json.loads(json.loads(answer))

    async def up(self) -> bool:
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

    async def evidence(self) -> str:
        """Its messages."""
        return await self.messages()


@asynccontextmanager
async def emacs(
    programs: EmacsPrograms, desk: Desk, init: str, file: str, more: Mapping[str, str], text: str = ""
) -> AsyncIterator[Emacs]:
    """Emacs with ``init`` as the user's init.el and ``file`` of the project open until the block ends.

    Without ``text`` the file does not exist yet.
    """
    desk.lay_out({".config/emacs/init.el": init}, file, text)
    # A screen to open a browser on, as far as anybody asks; what draws is the terminal.
    environ = {name: value for name, value in desk.environ({"DISPLAY": ":99", **more}).items() if value}
    # After M-x Emacs looks for a shorter name of the command, half a second in which it does nothing else.
    quick = "(setq extended-command-suggest-shorter nil)"
    with sockets() as folder:
        serve = f'(progn (require \'server) (setq server-socket-dir "{folder}" server-name "emacs") (server-start))'
        command = (str(programs.emacs), "-nw", "--eval", quick, "--eval", serve, file)

        def made(screen: Terminal) -> Emacs:
            return Emacs(programs.emacsclient, folder / "emacs", desk, screen, environ, file)

        async with seated(programs.tmux, folder / "tmux", command, environ, desk, made) as editor:
            yield editor
