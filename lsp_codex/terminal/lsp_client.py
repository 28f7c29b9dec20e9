"""LspClient: a server process and the conversation with it, as an editor would have it."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self

from lsp_codex.terminal.rpc import Peer, RequestError, ServerEnded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

ENDING = 3.0


class LspClient(Peer):
    """A conversation over the standard input and output of a process that ends with the block."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        super().__init__(self._write)
        self._process = process
        self._reader = asyncio.create_task(self._read(), name="read the server's output")

    @classmethod
    @asynccontextmanager
    async def start(
        cls, command: Sequence[str], environ: Mapping[str, str], stderr: int | None = None
    ) -> AsyncIterator[Self]:
        """Start ``command``; at the end the server is asked to stop, and killed if it does not within 3 s."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            env=dict(environ),
        )
        client = cls(process)
        try:
            yield client
        finally:
            await client._end()

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The server's process."""
        return self._process

    def _write(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        assert self._process.stdin is not None  # noqa: S101 — opened above
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 — opened above
        output = self._process.stdout
        try:
            while header := await output.readuntil(b"\r\n\r\n"):
                length = int(header.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                self.take(json.loads(await output.readexactly(length)))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.end()

    async def _end(self) -> None:
        if self._process.returncode is None:
            try:
                async with asyncio.timeout(ENDING):
                    await self.request("shutdown")
                    self.notify("exit")
                    await self._process.wait()
            except (TimeoutError, ServerEnded, RequestError, ConnectionError):
                if self._process.returncode is None:
                    self._process.kill()
                await self._process.wait()
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        # Closes the pipes now instead of at the garbage collector's leisure.
        self._process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 — asyncio offers no other way
