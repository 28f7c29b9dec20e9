"""The requests that we put to the editor and that it has not answered yet."""

from __future__ import annotations

import itertools
import logging
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException, JsonRpcInternalError

from lsp_codex.server.decoding import MISFITS, misfit

if TYPE_CHECKING:
    from collections.abc import Callable

    from cattrs import Converter

    from lsp_codex.server.messages import MessageId, Response

    Send = Callable[[dict[str, object]], None]

log = logging.getLogger(__name__)


class Gone(JsonRpcException):
    """The connection has ended before the answer came."""


class Asked:
    """Each is answered by the editor, cancelled by us (and the editor told), or fails when the connection ends."""

    def __init__(self, send: Send, decoder: Converter, result_type: Callable[[str], type | None]) -> None:
        self._send = send
        self._decoder = decoder
        self._result_type = result_type
        self._numbers = itertools.count(1)
        self._open: dict[MessageId, tuple[str, Future[Any]]] = {}

    def ask(self, method: str, params: object, message_id: MessageId | None = None) -> Future[Any]:
        """Send a request whose ``params`` are JSON; cancelling the future sends ``$/cancelRequest``."""
        number = f"codex-{next(self._numbers)}" if message_id is None else message_id
        future: Future[Any] = Future()
        self._open[number] = (method, future)
        future.add_done_callback(partial(self._done, number))
        message: dict[str, object] = {"jsonrpc": "2.0", "id": number, "method": method}
        if params is not None:
            message["params"] = params
        self._send(message)
        return future

    def answered(self, response: Response) -> None:
        """Give the editor's answer to who waits; nobody waits for a late one or for one we never asked for."""
        asked = self._open.pop(response.id, None)
        if asked is None:
            log.debug("an answer that nobody waits for was ignored")
            return
        method, future = asked
        if "error" in response.message:
            future.set_exception(_error(response.message["error"]))
            return
        try:
            result = self._decode(method, response.message)
        except MISFITS as error:
            future.set_exception(JsonRpcInternalError(f"The editor's answer to {method}: {misfit(error)}"))
        else:
            future.set_result(result)

    def let_go(self, future: Future[Any]) -> None:
        """Wait no longer, and do not tell: a late answer is ignored."""
        for number, (_, open_one) in list(self._open.items()):
            if open_one is future:
                del self._open[number]

    def give_up(self) -> None:
        """The connection has ended: nobody will answer."""
        for method, future in list(self._open.values()):
            if not future.done():
                future.set_exception(Gone(f"The editor has gone without an answer to {method}"))
        self._open.clear()

    def _decode(self, method: str, message: dict[str, Any]) -> Any:
        own = self._result_type(method)
        if own is not None:
            return self._decoder.structure(message.get("result"), own)
        known = lsp.METHOD_TO_TYPES.get(method)
        if known is None or known[1] is None:
            return message.get("result")
        return self._decoder.structure({"result": None, **message}, known[1]).result

    def _done(self, number: MessageId, future: Future[Any]) -> None:
        waiting = self._open.pop(number, None)
        if future.cancelled() and waiting is not None:
            self._send({"jsonrpc": "2.0", "method": lsp.CANCEL_REQUEST, "params": {"id": number}})


def _error(error: Any) -> JsonRpcException:
    if not isinstance(error, dict):
        return JsonRpcException("The editor refused without saying why")
    code = error.get("code")
    return JsonRpcException(str(error.get("message")), code if isinstance(code, int) else None, error.get("data"))
