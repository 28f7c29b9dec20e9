"""The little HTTP/1.1 that the sign-in listener speaks: read one request head, answer it, close."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Mapping

HEAD_LIMIT = 64 * 1024  # a browser sends along every cookie that other local servers ever set
LINGER_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Request:
    """What a request head says; ``host`` is the name without the port, header names are in lower case."""

    method: str
    path: str
    query: str
    host: str | None
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a body and the headers beside the fixed ones."""

    status: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/plain; charset=utf-8"),)


EMPTY = Answer("200 OK")
BAD_REQUEST = Answer("400 Bad Request", b"Bad Request")
FORBIDDEN = Answer("403 Forbidden", b"Forbidden")
NOT_FOUND = Answer("404 Not Found", b"Not Found")
NOT_ALLOWED = Answer("405 Method Not Allowed", b"Method Not Allowed", (("Allow", "GET, HEAD"),))
TOO_LARGE = Answer("431 Request Header Fields Too Large", b"Request Header Fields Too Large")


async def read_head(reader: StreamReader, seconds: float) -> bytes | None:
    """Everything up to the empty line; ``None`` if it is no HTTP; ``b""`` if it is longer than ``HEAD_LIMIT``.

    Raises ``TimeoutError`` after ``seconds``, ``IncompleteReadError`` or ``OSError`` if the peer goes away.
    """
    async with asyncio.timeout(seconds):
        first = await reader.readexactly(1)
        if not first.isalpha():  # a TLS greeting; closing at once tells the browser to try without
            return None
        try:
            return first + await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            return b""


def parse(head: bytes) -> Request | None:
    """The request, or ``None`` if it is malformed: one request line, an origin-form target, exactly one ``Host``."""
    line, *fields = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    match line.split(" "):
        case [method, target, "HTTP/1.1" | "HTTP/1.0"] if target.startswith("/"):
            path, _, query = target.partition("?")
        case _:
            return None
    headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in fields)]
    hosts = [value for name, value in headers if name == "host"]
    if len(hosts) != 1:
        return None
    return Request(method, path, query, _host_name(hosts[0]), dict(headers))


async def respond(reader: StreamReader, writer: StreamWriter, head: bytes, answer: Answer, seconds: float) -> None:
    """Answer the request with this ``head`` and end the connection. Raises ``TimeoutError`` or ``OSError``."""
    fields = (*answer.headers, ("Content-Length", str(len(answer.body))), ("Connection", "close"))
    lines = [f"HTTP/1.1 {answer.status}", *(f"{name}: {value}" for name, value in fields)]
    body = b"" if head.startswith(b"HEAD ") else answer.body
    async with asyncio.timeout(seconds):
        writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    # A close while the peer still sends would reset the connection, and the answer would be lost.
    async with asyncio.timeout(LINGER_SECONDS):
        while await reader.read(HEAD_LIMIT):
            pass


def _host_name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
