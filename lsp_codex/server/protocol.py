"""CodexProtocol: pygls' protocol on our own dispatch: every request is answered, once, and without tracebacks."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import logging
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, assert_never, cast

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams, JsonRpcMethodNotFound
from pygls.lsp.server import LanguageServer
from pygls.protocol import lsp_method

from lsp_codex.server import messages
from lsp_codex.server.asked import Asked
from lsp_codex.server.connection import Connection
from lsp_codex.server.decoding import MISFITS, converter, misfit
from lsp_codex.server.messages import Invalid, Message, MessageId, Notification, Request, Response
from lsp_codex.server.phases import Phase, Phases

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from concurrent.futures import Future

    from lsp_codex.server.documents import Documents
    from lsp_codex.server.inbox import Reply
    from lsp_codex.server.phases import Ended, Watch
    from lsp_codex.server.transport import Transport

    OwnTypes = Mapping[str, tuple[type | None, type | None]]

log = logging.getLogger(__name__)


class CodexProtocol(Phases):
    """Incoming messages are tasks of the loop, in the order in which they came; handlers are ours or pygls' own.

    From pygls come the table of handlers, the built-in ones, the capabilities and the typed methods of the server.
    """

    _server: CodexServer

    def __init__(self, server: CodexServer, decoder: Any) -> None:
        self._connection = Connection(self._take, self._overtake)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._running: dict[MessageId, asyncio.Task[Any]] = {}
        self._afterwards: dict[MessageId, list[Callable[[], object]]] = {}
        self._current: contextvars.ContextVar[Request | Notification | None] = contextvars.ContextVar(
            "message", default=None
        )
        self._asked = Asked(
            self._connection.send, decoder, lambda method: server.own_types.get(method, (None, None))[1]
        )
        super().__init__(server, decoder)

    # The connection

    def connect(self, transport: Transport, ended: Ended, watch: Watch) -> None:
        """Speak over ``transport``; ``ended`` is told of ``exit``, ``watch`` of the editor's process."""
        self._connection.over(transport)
        self.attend(ended, watch)

    def data_received(self, data: bytes) -> None:
        """Take bytes from the editor, in any pieces."""
        self._connection.data_received(data)

    async def drain(self, seconds: float) -> None:
        """Begin on everything that has come before the input ended, for at most ``seconds``."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._connection.inbox.emptied(), seconds)

    async def aclose(self) -> None:
        """Stop everything that runs for the editor; what was asked of it fails."""
        self._connection.inbox.clear()
        self._asked.give_up()
        running = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=1.0)

    def raw_params(self) -> Any:
        """The params of the message that is being handled, as the client sent them: with its vendor fields."""
        current = self._current.get()
        return None if current is None else current.params

    @property
    def msg_id(self) -> MessageId | None:
        """The id of the request that is being handled."""
        current = self._current.get()
        return current.id if isinstance(current, Request) else None

    # What we send

    def notify(self, method: str, params: Any = None, **beside: object) -> None:
        """Send a notification; ``beside`` are members of the message beside its params."""
        message: dict[str, object] = {"jsonrpc": "2.0", "method": method, **beside}
        if params is not None:
            message["params"] = self._converter.unstructure(params)
        self._connection.send(message)

    def send_request(
        self,
        method: str,
        params: Any = None,
        callback: Callable[[Any], None] | None = None,
        msg_id: MessageId | None = None,
    ) -> Future[Any]:
        """Ask the editor; cancelling the future tells it so, and a late answer is ignored."""
        future = self._asked.ask(method, self._converter.unstructure(params), msg_id)
        if callback is not None:
            future.add_done_callback(partial(_tell, callback))
        return future

    def let_go(self, future: Future[Any]) -> None:
        """Wait no longer for what was asked with :meth:`send_request`, without a word to the editor."""
        self._asked.let_go(future)

    def afterwards(self, then: Callable[[], object]) -> None:
        """Call ``then`` when the request that is being handled has been answered; at once if there is none."""
        current = self._current.get()
        if isinstance(current, Request) and current.id in self._running:
            self._afterwards.setdefault(current.id, []).append(then)
        else:
            then()

    # What we get

    def _overtake(self, message: Message) -> bool:
        """Handle now what need not keep its place among the others."""
        match message:
            case Response():
                self._asked.answered(message)
            case Notification(lsp.CANCEL_REQUEST, {"id": int() | str() as number}):
                self._cancel(number)
            case Notification(lsp.EXIT) if self.phase is Phase.INITIALISING:
                self._take(message, self._connection.write)
            case _:
                return False
        return True

    def _cancel(self, number: MessageId) -> None:
        if (reply := self._connection.inbox.withdraw(number)) is not None:
            reply(_cancelled(number))
        elif (task := self._running.get(number)) is not None:
            task.cancel()

    def _take(self, message: Message, reply: Reply) -> None:
        """Handle the message whose turn it is."""
        match message:
            case Invalid(number, reason):
                reply(messages.refusal(number, messages.INVALID_REQUEST, f"Invalid request: {reason}"))
            case Request():
                self._take_request(message, reply)
            case Notification() if message.method == lsp.EXIT or self.phase is Phase.READY:
                self._start(message).add_done_callback(partial(self._notification_done, message))
            case Notification(method):
                log.debug("%s was ignored: it does not belong here", method)
            case Response():
                self._asked.answered(message)
            case _:
                assert_never(message)

    def _take_request(self, request: Request, reply: Reply) -> None:
        if (refused := self.refused(request.method)) is not None:
            reply(messages.refusal(request.id, *refused))
            return
        if request.method == lsp.INITIALIZE:
            self._connection.inbox.hold()
        task = self._start(request)
        self._running[request.id] = task
        task.add_done_callback(partial(self._request_done, request, reply))

    def _start(self, message: Request | Notification) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(self._handle(message), name=message.method)
        self._tasks.add(task)
        return task

    async def _handle(self, message: Request | Notification) -> Any:
        self._current.set(message)
        handler = self.fm.builtin_features.get(message.method) or self.fm.features.get(message.method)
        if handler is None:
            raise JsonRpcMethodNotFound.of(message.method)
        return await _call(handler, self._params(message))

    def _params(self, message: Request | Notification) -> Any:
        own = self._server.own_types.get(message.method)
        kind: Any = own[0] if own else lsp.METHOD_TO_TYPES.get(message.method, (None, None, None))[2]
        if kind is None:
            return message.params
        try:
            return self._converter.structure({} if message.params is None else message.params, kind)
        except MISFITS as error:
            raise JsonRpcInvalidParams(f"Invalid params of {message.method}: {misfit(error)}") from None

    def _request_done(self, request: Request, reply: Reply, task: asyncio.Task[Any]) -> None:
        self._reply(request, reply, task)
        for then in self._afterwards.pop(request.id, ()):
            then()

    def _reply(self, request: Request, reply: Reply, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if self._running.get(request.id) is task:
            del self._running[request.id]
        if request.method == lsp.INITIALIZE:
            self.initialised(done=not task.cancelled() and task.exception() is None)
            self._connection.inbox.go_on()
        if task.cancelled():
            reply(_cancelled(request.id))
        elif (error := task.exception()) is not None:
            reply(_failed(request, error))
        else:
            reply(self._answer(request, task.result()))

    def _answer(self, request: Request, result: object) -> str:
        try:
            return messages.answer(request.id, self._converter.unstructure(result))
        except MISFITS as error:
            return _failed(request, error)

    def _notification_done(self, message: Notification, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, JsonRpcMethodNotFound):
            log.debug("%s is none of ours", message.method)
        elif isinstance(error, JsonRpcException):
            log.warning("%s", error)
        else:
            log.error("%s failed", message.method, exc_info=error)
        match message:
            case Notification(lsp.TEXT_DOCUMENT_DID_CHANGE, {"textDocument": {"uri": str() as uri}}):
                # Its text is no longer the editor's: better none than edits in the wrong place.
                self.workspace.remove_text_document(uri)

    def cancel_running(self) -> None:
        """Cancel every running request but the one that is being handled."""
        for number, task in list(self._running.items()):
            if number != self.msg_id:
                task.cancel()

    @lsp_method(lsp.WORKSPACE_EXECUTE_COMMAND)
    def lsp_workspace__execute_command(self, params: lsp.ExecuteCommandParams) -> Generator[Any, Any, Any]:
        """Call the command with its arguments as plain JSON, in the request's own task: cancelling reaches it."""
        handler = self.fm.commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams(f"There is no command {params.command}")
        arguments = tuple(params.arguments or ())
        try:
            inspect.signature(handler).bind(*arguments)
        except TypeError as error:
            raise JsonRpcInvalidParams(f"{params.command}: {error}") from None
        return (yield handler, arguments, None)


class CodexServer(LanguageServer):
    """The server that features and commands are put on.

    ``own_types`` maps a method to the types of its params and its result: our own methods, and LSP's where a field
    of a vendor is read. A method without types gets and gives plain JSON.
    """

    protocol: CodexProtocol

    def __init__(self, name: str, version: str, *, own_types: OwnTypes = MappingProxyType({})) -> None:
        self.own_types = own_types
        super().__init__(name, version, protocol_cls=CodexProtocol, converter_factory=converter)

    @property
    def workspace(self) -> Documents:
        """What the editor has opened. Raises ``RuntimeError`` before ``initialize``."""
        return cast("Documents", self.protocol.workspace)

    def report_server_error(self, error: Exception, source: object) -> None:
        """Log; pygls would put a message box before the user."""
        log.error("out of band: %s", error)


async def _call(handler: Callable[..., Any], *arguments: Any) -> Any:
    """Run a handler of ours, or a built-in of pygls: a generator that yields the handlers it wants to be run."""
    result: Any = handler(*arguments)
    if not inspect.isgenerator(result):
        return await result if inspect.isawaitable(result) else result
    steps: Any = result
    value = None
    while True:
        try:
            inner, inner_arguments, _ = steps.send(value)
        except StopIteration as end:
            return end.value
        value = await _call(inner, *(inner_arguments or ()))


def _tell(callback: Callable[[Any], None], future: Future[Any]) -> None:
    if not future.cancelled() and future.exception() is None:
        callback(future.result())


def _cancelled(number: MessageId) -> str:
    return messages.refusal(number, messages.REQUEST_CANCELLED, "The request was cancelled")


def _failed(request: Request, error: BaseException) -> str:
    if isinstance(error, JsonRpcException):
        return messages.refusal(request.id, error.code, error.message, error.data)
    log.error("%s failed", request.method, exc_info=error)
    return messages.refusal(request.id, messages.INTERNAL_ERROR, "Internal error, see the log")
