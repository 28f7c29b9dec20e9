"""Peer: the client's side of one JSON-RPC conversation, whatever carries its messages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class ServerEnded(Exception):
    """The conversation ended while an answer was awaited."""


class RequestError(Exception):
    """The server answered with a JSON-RPC error; ``code`` is its number."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(str(error.get("message", "no message")))
        self.code = error.get("code")
        self.data = error.get("data")


class Peer:
    """Requests with answers, notifications in a queue, server requests answered by the functions in ``answers``."""

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        self._send = send
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._next_id = 1
        self.notifications: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.answers: dict[str, Callable[[Any], Any]] = {}

    async def request(self, method: str, params: Any = None) -> Any:
        """Send a request and wait for its result. Raises :class:`RequestError`, :class:`ServerEnded`.

        Cancelling the wait sends ``$/cancelRequest``.
        """
        identity = self._next_id
        self._next_id += 1
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[identity] = future
        self._send(_message(method, params, identity))
        try:
            return await future
        finally:
            if self._waiting.pop(identity, None) is not None:
                self.notify("$/cancelRequest", {"id": identity})

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        self._send(_message(method, params))

    async def command(self, name: str, argument: Any = None) -> Any:
        """Run a command of the server with its one JSON object."""
        params = {"command": name, "arguments": [] if argument is None else [argument]}
        return await self.request("workspace/executeCommand", params)

    async def next(self, method: str) -> Any:
        """The params of the next notification ``method``; others before it are dropped."""
        while True:
            name, params = await self.notifications.get()
            if name == method:
                return params

    def take(self, message: Mapping[str, Any]) -> None:
        """Handle a message from the server."""
        if "method" not in message:
            self._answered(message)
        elif "id" in message:
            answer = self.answers.get(message["method"])
            result = None if answer is None else answer(message.get("params"))
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": result})
        else:
            self.notifications.put_nowait((message["method"], message.get("params")))

    def end(self) -> None:
        """No answer will come any more."""
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(ServerEnded("the server process ended"))
        self._waiting.clear()

    def _answered(self, message: Mapping[str, Any]) -> None:
        future = self._waiting.pop(message["id"], None)
        if future is None or future.done():
            return
        if "error" in message:
            future.set_exception(RequestError(message["error"]))
        else:
            future.set_result(message.get("result"))


def _message(method: str, params: Any, identity: int | None = None) -> dict[str, Any]:
    message: dict[str, Any] = {"jsonrpc": "2.0", "method": method}
    if identity is not None:
        message["id"] = identity
    if params is not None:
        message["params"] = params
    return message
