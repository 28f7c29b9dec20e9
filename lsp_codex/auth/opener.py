"""Opening an address in a graphical browser of this machine, without lending it our standard streams."""

from __future__ import annotations

import asyncio
import logging
import shlex
import shutil
import subprocess
import threading
from concurrent.futures import Future
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

log = logging.getLogger(__name__)

# The module webbrowser is not used: what it starts inherits standard input and output, which are the protocol, and
# it falls back to browsers that draw on the terminal.
DRAW_ON_THE_TERMINAL = frozenset(
    {"www-browser", "w3m", "lynx", "links", "links2", "elinks", "browsh", "carbonyl", "chawan", "cha"}
)
FAILS_WITHIN = 1.5


async def open_address(address: str, environ: Mapping[str, str], platform: str) -> bool:
    """Start a browser with ``address``; whether one was there and did not fail at once.

    ``platform`` is ``sys.platform``. The browser belongs to nobody: it lives on when we end.
    """
    command = opener(address, environ, platform)
    if command is None:
        return False
    ended: Future[bool] = Future()
    # A thread and not a task, and none of asyncio's: it may have to wait for as long as the browser runs.
    threading.Thread(target=_run, args=(command, environ, ended), name="browser", daemon=True).start()
    try:
        async with asyncio.timeout(FAILS_WITHIN):
            return await asyncio.wrap_future(ended)
    except TimeoutError:
        return True


def opener(
    address: str, environ: Mapping[str, str], platform: str, which: Callable[..., str | None] = shutil.which
) -> tuple[str, ...] | None:
    """The command that shows ``address``, or ``None`` where nothing graphical is known to be."""
    if given := environ.get("BROWSER", "").strip():
        return _chosen(address, given)
    if platform in {"darwin", "win32"}:
        if "SSH_CONNECTION" in environ:  # its screen is not the one the person looks at
            return None
        return ("open", address) if platform == "darwin" else ("rundll32", "url.dll,FileProtocolHandler", address)
    path = environ.get("PATH")
    if environ.get("WSL_DISTRO_NAME") or environ.get("WSL_INTEROP"):
        if found := which("wslview", path=path):
            return (found, address)
        if found := which("powershell.exe", path=path):
            quoted = address.replace("'", "''")
            return (found, "-NoProfile", "-NonInteractive", "-Command", f"Start-Process '{quoted}'")
    has_screen = environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")
    if has_screen and (found := which("xdg-open", path=path)):
        return (found, address)
    return None


def _chosen(address: str, given: str) -> tuple[str, ...] | None:
    """The first command of ``BROWSER`` (several are separated by colons) that needs no terminal."""
    for entry in given.split(":"):
        try:
            words = shlex.split(entry.rstrip("& "))
        except ValueError:
            continue
        if not words or PurePath(words[0]).name in DRAW_ON_THE_TERMINAL:
            continue
        filled = tuple(word.replace("%s", address) for word in words)
        return filled if filled != tuple(words) else (*filled, address)
    return None


def _run(command: tuple[str, ...], environ: Mapping[str, str], ended: Future[bool]) -> None:
    try:
        process = subprocess.Popen(  # noqa: S603 — the address was made by us, the command is known or the user's own
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=dict(environ),
        )
    except OSError as error:
        log.info("no browser was opened: %s: %s", command[0], error.strerror)
        code = 1
    else:
        code = process.wait()
    if ended.set_running_or_notify_cancel():
        ended.set_result(code == 0)
