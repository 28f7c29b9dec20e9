"""Other Codex programs at the sign-in port: ask one to let go of it, and know one that asks us (spec/auth.md 1.3)."""

from __future__ import annotations

import asyncio
import errno
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.auth.http1 import Request

CANCEL_PATH = "/cancel"
ANSWER_SECONDS = 1.0
ANSWER_LIMIT = 4096

# What every browser sends of itself, in one or the other version; the Codex CLI sends Host and Connection only.
FROM_BROWSERS = frozenset({"origin", "referer", "cookie", "accept-language", "upgrade-insecure-requests"})

# Bound without permission, which on Windows means: reserved by the system (WSAEACCES).
DENIED = frozenset({errno.EACCES, errno.EPERM, 10013})


async def ask_to_leave(port: int) -> bool:
    """Send ``GET /cancel`` to whoever holds ``port``; whether a Codex sign-in was there and ended."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(
                    f"GET {CANCEL_PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()
                )
                await writer.drain()
                status = await reader.readline()
                body = await reader.read(ANSWER_LIMIT)
            finally:
                writer.close()
    except (OSError, TimeoutError, ValueError):
        return False
    return b" 200 " in status and b"cancelled" in body.lower()


def is_program(request: Request) -> bool:
    """Whether a program asks, and no page in a browser: only a program may end a sign-in (field-notes D4)."""
    from_browser = any(name in FROM_BROWSERS or name.startswith("sec-") for name in request.headers)
    return not from_browser and "mozilla" not in request.headers.get("user-agent", "").lower()


def why(error: OSError) -> str:
    """Why a port cannot be had, in words."""
    if error.errno in DENIED:
        return "reserved by the system"
    return "in use" if error.errno == errno.EADDRINUSE else error.strerror or "not to be had"
