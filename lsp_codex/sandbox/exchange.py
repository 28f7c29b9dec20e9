"""One HTTP exchange without a framework: what came in, what goes out, and what is remembered of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping


class CutOff(Exception):
    """The answer breaks off here, as when a connection is lost in the middle of a body; ``clean``: with a goodbye."""

    def __init__(self, *, clean: bool = False) -> None:
        super().__init__()
        self.clean = clean


@dataclass(slots=True)
class Seen:
    """One request as it came in. ``path`` is without the query; header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict)
    answered: bool = False
    """The last thing there was to say has been handed over."""
    client_left: bool = False
    """The client went away before that."""
    framed: bool = False
    """It came in a frame of a WebSocket, and stands for a POST (spec/backend.md 2.6)."""

    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def form(self) -> dict[str, str]:
        """The body as a form; empty if it is none."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def bearer(self) -> str | None:
        """The token of the ``authorization`` header."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" and token else None


def seen(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Seen:
    """A request from its parts; ``target`` is a path with its query, or a whole address."""
    parts = urlsplit(target)
    return Seen(
        method=method.upper(),
        path=parts.path or "/",
        headers={name.lower(): value for name, value in headers.items()},
        body=body,
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
    )


class Body(AsyncIterator[bytes]):
    """The chunks of a streamed answer; notes in its :class:`Seen` when the client leaves before the end."""

    def __init__(self, chunks: AsyncGenerator[bytes, None], request: Seen) -> None:
        self._chunks = chunks
        self._seen = request

    async def __anext__(self) -> bytes:
        ended_by_us = False
        try:
            chunk = await anext(self._chunks)
            ended_by_us = True
        except (StopAsyncIteration, CutOff):
            ended_by_us = self._seen.answered = True
            raise
        finally:
            if not ended_by_us:  # cancelled while it waited for the next chunk
                self._leave()
        return chunk

    async def aclose(self) -> None:
        """The client closes the answer; what is still to come is not made."""
        self._leave()
        await self._chunks.aclose()

    def _leave(self) -> None:
        if not self._seen.answered:
            self._seen.client_left = True


class Wire(Protocol):
    """The bytes of a connection that has stopped speaking HTTP."""

    async def read(self, most: int, /) -> bytes:
        """Some bytes; none at the end."""
        ...

    async def write(self, data: bytes, /) -> None:
        """Send all of ``data``."""
        ...

    def end(self) -> None:
        """Close it, from whichever task."""
        ...


class Upgraded(Protocol):
    """What is spoken after status 101."""

    async def run(self, wire: Wire, /) -> None:
        """Until either side ends it."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a status, headers in lower case, and a body that is known, streamed, or another protocol."""

    status: int
    headers: Mapping[str, str]
    body: bytes | Body | Upgraded = b""


def json_answer(status: int, value: object, **headers: str) -> Answer:
    """``value`` as JSON; header names are given with ``_`` for ``-``."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, {"content-type": "application/json", **named}, json.dumps(value).encode())


def redirect(location: str) -> Answer:
    """302 to ``location``."""
    return Answer(302, {"location": location, "cache-control": "no-store"})
