"""A desk: the home, the programs and the project of one editor, what happens there, an end without remains."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[3]
# -P: as the installed program, it imports nothing from the project that is edited.
SERVER = f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -P -m lsp_codex "$@"'


@dataclass(frozen=True, slots=True)
class Desk:
    """The folder in which one editor lives: its home, its programs, the project it edits.

    ``installed``: the server is there already, as the editor's page says.
    """

    folder: Path
    installed: bool = False

    @property
    def home(self) -> Path:
        """What ``~`` is."""
        return self.folder / "home"

    @property
    def project(self) -> Path:
        """The folder that is edited in."""
        return self.folder / "project"

    @property
    def opened(self) -> Path:
        """The addresses a browser was asked to open, one a line."""
        return self.folder / "opened"

    @property
    def login(self) -> Path:
        """The file that holds the login."""
        return self.home / "codex" / "auth.json"

    def lay_out(self, configuration: Mapping[str, str], file: str, text: str) -> None:
        """Make home and project, with this checkout where the READMEs have it, and the server in the PATH.

        ``configuration`` are the texts of files below home, by their paths; ``file`` is one of the project, which
        does not exist yet where it has no ``text``.
        """
        for made in (self.home, self.project / ".git"):
            made.mkdir(parents=True, exist_ok=True)
        for name, lines in configuration.items():
            path = self.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(lines)
        if text:
            (self.project / file).write_text(text)
        if not self.installed:
            (self.home / "lsp-codex").symlink_to(ROOT)
            self.program("lsp-codex", SERVER)
        # Editors open addresses with xdg-open; this one is the user who looks at the address bar.
        self.program("xdg-open", f'echo "$1" >> "{self.opened}"')

    def program(self, name: str, line: str) -> None:
        """A program in the PATH: one line of shell."""
        script(self.folder / "bin" / name, line)

    def environ(self, more: Mapping[str, str]) -> dict[str, str]:
        """The whole environment of an editor: nothing of the developer's own."""
        installed = f"{self.home / '.local' / 'bin'}:" if self.installed else ""
        return {
            "HOME": str(self.home),
            "PATH": f"{installed}{self.folder / 'bin'}:/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            # Two Neovims that start at once race for the folder of the log, and the loser waits for a key.
            "NVIM_LOG_FILE": str(self.folder / "nvim.log"),
            "TERM": "xterm-256color",
            "LSP_CODEX_HOME": str(self.home / "codex"),
            "LSP_CODEX_LOG": "debug",
            **more,
        }

    def processes(self) -> list[int]:
        """Every live process whose environment has this home."""
        mark = f"HOME={self.home}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            with suppress(OSError):  # not ours, or it ended while we looked
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
        return found

    def servers(self) -> list[int]:
        """The language servers that run here."""
        return [pid for pid in self.processes() if any(map(_names_the_server, _command(pid)))]

    def sweep(self) -> None:
        """End every process of this desk."""
        for pid in self.processes():
            with suppress(ProcessLookupError):  # it may have ended by itself
                os.kill(pid, signal.SIGKILL)

    def locked(self) -> list[Path]:
        """The lock files that some process holds."""
        held = []
        for path in self.home.rglob("*.lock"):
            with path.open() as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    held.append(path)
        return held

    async def gone(self, port: int | None = None) -> bool:
        """Whether nothing remains: no language server, nobody who listens on ``port``, no lock that is held."""
        return not self.servers() and not (port and listens(port)) and not self.locked()

    async def asked_to_open(self) -> str:
        """The last address that a browser was asked to open, or nothing."""
        return self.opened.read_text().splitlines()[-1] if self.opened.exists() else ""

    async def signed_out(self) -> bool:
        """Whether no login is kept here."""
        return not await asyncio.to_thread(self.login.exists)


def script(path: Path, line: str) -> None:
    """A program of one line of shell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


def listens(port: int) -> bool:
    """Whether somebody accepts connections on the loopback ``port``."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def endpoints(address: str) -> dict[str, str]:
    """The environment that points a server at the sandbox at ``address``."""
    return {"LSP_CODEX_ISSUER": address, "LSP_CODEX_CHATGPT_BASE_URL": f"{address}/backend-api"}


@contextmanager
def sockets() -> Iterator[Path]:
    """A folder for sockets until the block ends: short, as a socket's path has at most 107 characters."""
    made = Path(tempfile.mkdtemp(prefix="codex-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _names_the_server(word: bytes) -> bool:
    return word == b"lsp_codex" or word.endswith(b"/bin/lsp-codex")


def _command(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []  # it ended while we looked
