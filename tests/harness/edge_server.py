"""A server with nothing of ours above the edge, for tests of the edge: a few features that do as they are told.

Run as a script it serves over stdio, or over TCP with ``--tcp``; what happens is told on standard error.
"""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp

from lsp_codex.server import serve
from lsp_codex.server.protocol import CodexServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

log = logging.getLogger("edge")


def edge_server(events: list[str] | None = None, **options: Any) -> CodexServer:
    """The server; ``events`` gets a line for each thing that happens in a handler."""
    server = CodexServer("edge", "1.0", **options)
    told: list[str] = [] if events is None else events

    async def hover(params: lsp.HoverParams) -> lsp.Hover:
        document = server.workspace.get_text_document(params.text_document.uri)
        return lsp.Hover(contents=f"{document.version}:{document.text}")

    async def wait(argument: Any = None) -> Any:
        told.append("wait began")
        try:
            await asyncio.sleep(float(argument or 3600))
        except asyncio.CancelledError:
            told.append("wait cancelled")
            raise
        told.append("wait ended")
        return argument

    async def fail(*_: Any) -> Any:
        secret = "a line of the user's source"
        raise ValueError(secret)

    async def echo(argument: Any = None) -> Any:
        return argument

    async def noise() -> Any:
        print("a stray print")  # noqa: T201 — what is tested
        await asyncio.to_thread(subprocess.run, ["echo", "a child's output"], check=True)
        child = await asyncio.to_thread(subprocess.run, ["cat"], check=True, capture_output=True)
        return len(child.stdout)

    async def flood(size: Any) -> Any:
        return "x" * size

    server.feature(lsp.TEXT_DOCUMENT_HOVER)(hover)
    for name, command in (("wait", wait), ("fail", fail), ("echo", echo), ("noise", noise), ("flood", flood)):
        server.command(f"edge.{name}")(command)
    return server


@asynccontextmanager
async def build() -> AsyncIterator[CodexServer]:
    """A server whose resources say when they are closed."""
    try:
        yield edge_server()
    finally:
        if "--hang" in sys.argv:
            await asyncio.sleep(3600)
        os.write(2, b"closed\n")


def main() -> int:
    """Serve as the arguments say."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    if "--tcp" in sys.argv:
        return serve.run_tcp(build, "127.0.0.1", 0, ready=lambda *bound: log.info("%s %d", *bound))
    return serve.run_stdio(build)


if __name__ == "__main__":
    sys.exit(main())
