"""What a row of the two tables is, Feature and Command, and the wrapper that every handler gets."""

from __future__ import annotations

import importlib
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from pygls.exceptions import JsonRpcException

from lsp_codex.errors import LspCodexError
from lsp_codex.server.errors import invalid_params, to_json_rpc

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lsp_codex.server.session import Session

Handler: TypeAlias = "Callable[[Session, Any], Awaitable[object]]"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Later:
    """The handler ``name`` of ``server.module``, imported with the first call: ``initialize`` needs none of it."""

    module: str
    name: str = "run"

    async def __call__(self, session: Session, params: Any) -> object:
        """Call the handler."""
        return await self.find()(session, params)

    def find(self) -> Handler:
        """The handler itself."""
        handler: Handler = getattr(importlib.import_module(f"lsp_codex.server.{self.module}"), self.name)
        return handler


@dataclass(frozen=True, slots=True)
class Feature:
    """A method, who handles it, the options that announce it, and the answer when a bug of ours keeps it from one."""

    method: str
    handler: Handler
    options: object | None = None
    otherwise: Callable[[], object] | None = None

    def bound(self, session: Session) -> Callable[..., Awaitable[object]]:
        """The handler as pygls calls it: with the params alone."""

        async def call(params: Any = None) -> object:
            try:
                return await run(self.method, self.handler, session, params)
            except JsonRpcException:
                raise
            except Exception:
                if self.otherwise is None:
                    raise
                log.exception("%s failed", self.method)
                return self.otherwise()

        return call


@dataclass(frozen=True, slots=True)
class Command:
    """A command, its title as menus show it, and who handles it with its one JSON object.

    ``in_words`` makes a message of the answer, for clients that show nothing of it themselves.
    An ``internal`` one is for what we send to clients, and belongs in no menu.
    """

    id: str
    title: str
    handler: Handler
    in_words: Callable[[Any], str] | None = None
    internal: bool = False

    def bound(self, session: Session) -> Callable[..., Awaitable[object]]:
        """The handler as pygls calls it: with the arguments as the client sent them."""

        async def call(*arguments: Any) -> object:
            argument = arguments[0] if arguments and arguments[0] is not None else {}
            if not isinstance(argument, dict) or len(arguments) > 1:
                raise invalid_params(f"{self.id} takes one JSON object, or nothing.")
            answer = await run(self.id, self.handler, session, argument)
            if self.in_words is not None and not session.editor.shows_results:
                session.editor.answer(self.in_words(answer))
            return answer

        return call


async def run(name: str, handler: Handler, session: Session, params: Any) -> object:
    """Call ``handler``: its time in the log, our errors mapped once; a bug goes up to the protocol, which logs it."""
    start = time.perf_counter()
    try:
        return await handler(session, params)
    except LspCodexError as error:
        log.info("%s failed: %s", name, error)
        raise to_json_rpc(error) from None
    finally:
        log.debug("%s took %.1f ms", name, (time.perf_counter() - start) * 1000)
