"""``lsp-codex login``: sign in from a terminal, in any of the ways, on this machine or over SSH."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from types import MappingProxyType
from typing import TYPE_CHECKING

from lsp_codex.auth.login import Method
from lsp_codex.auth.opener import open_address
from lsp_codex.errors import LspCodexError, SignInFailed, SignInFailure
from lsp_codex.secret import Secret
from lsp_codex.tasks import Tasks
from lsp_codex.terminal.account import in_terminal, opened
from lsp_codex.terminal.paint import columns, wrapped
from lsp_codex.terminal.waiting import waiting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from lsp_codex.auth.login import Invitation, Login
    from lsp_codex.auth.manager import AuthManager
    from lsp_codex.auth.tokens import Account

PASTE = "If the browser cannot reach this machine, paste the address that it ends on here and press Enter."
BEGINNING = MappingProxyType(
    {Method.DEVICE_CODE: "Asking for a code", Method.BROWSER: "Waiting for the port that the browser comes back to"}
)
CHUNK = 4096
MOST_READ = 1 << 20


class NotSignedIn(LspCodexError):
    """The sign-in did not end with a login that is kept; the text says why and what to do."""


def run(*, device_code: bool, browser: bool) -> int:
    """Sign in and say as whom. Raises ``LspCodexError``."""
    method = Method.DEVICE_CODE if device_code else Method.BROWSER
    asyncio.run(_run(method, browser=browser))
    return 0


async def _run(method: Method, *, browser: bool) -> None:
    async with opened(os.environ) as place:
        account = await login(place.manager, method, lines(0), os.environ if browser else None)
        print(f"Signed in as {account.in_words()}.")


async def login(
    manager: AuthManager, method: Method, pasted: AsyncIterator[str], environ: Mapping[str, str] | None
) -> Account:
    """Sign in with what a person sees and pastes; ``environ`` names the browser to open, ``None`` opens none.

    Raises :class:`NotSignedIn`.
    """
    try:
        async with waiting(BEGINNING[method]):
            started = await manager.start_login(method)
        print(wrapped(invitation(started.invitation), columns(sys.stdout)), flush=True)
        if environ is not None and method is Method.BROWSER and started.invitation.trouble is None:
            await open_address(started.address, environ, sys.platform)
        async with Tasks() as tasks:
            if method is Method.BROWSER:
                tasks.start(_take(pasted, started), "read what is pasted")
            return await started.wait()
    except SignInFailed as failure:
        raise NotSignedIn(_said(failure)) from failure


def invitation(asked: Invitation) -> str:
    """What the person is told to do."""
    if asked.method is Method.DEVICE_CODE:
        return (
            f"Open this address in any browser:\n\n  {asked.address}\n\nand enter this code, good for 15 minutes:\n\n"
            f"  {asked.user_code}\n\n"
            "Enter it there only if you started this yourself just now, and give it to nobody.\nWaiting."
        )
    address = f"Open this address in a browser to sign in:\n\n  {asked.address}\n"
    if asked.trouble is not None:
        return f"{in_terminal(asked.trouble.for_person())}\n\n{address}"
    return f"{address}\nWaiting for the browser. {PASTE}"


async def _take(pasted: AsyncIterator[str], started: Login) -> None:
    async for line in pasted:
        if line.strip():
            try:
                started.complete(line)
            except SignInFailed as failure:
                print(f"lsp-codex: {in_terminal(failure.for_person())}", file=sys.stderr, flush=True)


def _said(failure: SignInFailed) -> str:
    if failure.reason is SignInFailure.NOT_SAVED:  # no session goes on after this
        return f"You signed in, but the login could not be saved: {failure.detail}"
    return in_terminal(failure.for_person())


async def lines(descriptor: int) -> AsyncIterator[str]:
    """The lines of an open file as they come, until its end; one that is closed has none."""
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    # A thread that nobody waits for, and no buffered reader: both would hold up the end of the process.
    reading = (descriptor, loop, queue)
    threading.Thread(target=_read, args=reading, name="read what is pasted", daemon=True).start()
    rest = b""
    while chunk := await queue.get():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace")
    if rest:
        yield rest.decode("utf-8", "replace")


def _read(descriptor: int, loop: asyncio.AbstractEventLoop, queue: asyncio.Queue[bytes]) -> None:
    try:
        while chunk := os.read(descriptor, CHUNK):
            loop.call_soon_threadsafe(queue.put_nowait, chunk)
        loop.call_soon_threadsafe(queue.put_nowait, b"")
    except (OSError, RuntimeError):  # not open; or the sign-in has ended, and with it the loop
        return


def run_with_api_key() -> int:
    """Keep the API key that standard input brings. Raises ``LspCodexError``."""
    if sys.stdin is None:  # closed by whoever started us
        key = ""
    elif sys.stdin.isatty():
        from getpass import getpass

        key = getpass("API key: ")
    else:  # one line, whatever its bytes: they are looked at as those of every key
        key = sys.stdin.buffer.readline(MOST_READ).decode("utf-8", "replace")
    asyncio.run(with_api_key(Secret(key.strip()), os.environ))
    return 0


async def with_api_key(key: Secret, environ: Mapping[str, str]) -> None:
    """Keep ``key`` as the login. Raises :class:`NotSignedIn`."""
    async with opened(environ) as place:
        try:
            await place.manager.use_api_key(key)
        except SignInFailed as failure:
            raise NotSignedIn(_said(failure)) from failure
        print("The API key is saved; it was not tried. Each request is billed to it, not to a plan.")
