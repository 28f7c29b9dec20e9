"""Where the session is between the first message and ``exit``, and what each place permits."""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.protocol import LanguageServerProtocol, lsp_method

from lsp_codex.server.documents import Documents
from lsp_codex.server.messages import INVALID_REQUEST, NOT_INITIALISED
from lsp_codex.server.transport import Ending

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from pygls.lsp.server import LanguageServer

    Ended = Callable[[Ending], None]
    Watch = Callable[[int], None]


class Phase(Enum):
    """Where the session is (LSP 3.18, "Server lifecycle")."""

    NEW = auto()
    INITIALISING = auto()
    READY = auto()
    SHUT_DOWN = auto()


class Phases(LanguageServerProtocol):
    """pygls' ``initialize``, ``shutdown`` and ``exit`` done otherwise; who serves the session closes everything."""

    def __init__(self, server: LanguageServer, decoder: Any) -> None:
        self.phase = Phase.NEW
        # Set when ``initialize`` is answered: whoever waits for it goes on after the answer has left.
        self.answered = asyncio.Event()
        # Methods that we can do and that this client is not told of.
        self.unannounced: frozenset[str] = frozenset()
        self._ended: Ended | None = None
        self._watch: Watch | None = None
        super().__init__(server, decoder)

    def attend(self, ended: Ended, watch: Watch) -> None:
        """Tell ``ended`` of ``exit``, and ``watch`` the number of the editor's process."""
        self._ended = ended
        self._watch = watch

    @property
    def exit_code(self) -> int:
        """What the process is to end with: 0 after ``shutdown``, otherwise 1 (LSP 3.18, "Exit Notification")."""
        return 0 if self.phase is Phase.SHUT_DOWN else 1

    def refused(self, method: str) -> tuple[int, str] | None:
        """Why a request does not belong here: code and reason; a proper ``initialize`` begins here."""
        match self.phase:
            case Phase.NEW if method == lsp.INITIALIZE:
                self.phase = Phase.INITIALISING
                return None
            case Phase.NEW:
                return NOT_INITIALISED, "The server is not initialised yet"
            case Phase.SHUT_DOWN:
                return INVALID_REQUEST, "The server is shutting down"
            case Phase.READY | Phase.INITIALISING if method == lsp.INITIALIZE:
                return INVALID_REQUEST, "initialize is sent once"
            case _:
                return None

    def initialised(self, *, done: bool) -> None:
        """``initialize`` was answered; if it failed, the editor may try again."""
        self.phase = Phase.READY if done else Phase.NEW
        if done:
            self.answered.set()

    def cancel_running(self) -> None:
        """Cancel every running request but the one that is being handled."""
        raise NotImplementedError

    @lsp_method(lsp.INITIALIZE)
    def lsp_initialize(self, params: lsp.InitializeParams) -> Generator[Any, Any, lsp.InitializeResult]:
        """Open the workspace, let our handler see the params, say what we can do."""
        self._server.process_id = params.process_id
        if params.process_id is not None and self._watch is not None:
            self._watch(params.process_id)
        self.client_capabilities = params.capabilities
        encoding = ServerCapabilitiesBuilder.choose_position_encoding(params.capabilities)
        sync = lsp.TextDocumentSyncKind.Incremental
        self._workspace = Documents(params.root_uri, sync, params.workspace_folders or [], encoding)
        if (handler := self.fm.features.get(lsp.INITIALIZE)) is not None:
            yield handler, (params,), None
        builder: Any = ServerCapabilitiesBuilder(
            params.capabilities,
            {*self.fm.features, *self.fm.builtin_features} - self.unannounced,
            self.fm.feature_options,
            list(self.fm.commands),
            sync,
            None,
            encoding,
        )
        self.server_capabilities = builder.build()
        # pygls does not announce it by itself.
        content: Any = self.fm.feature_options.get(lsp.WORKSPACE_TEXT_DOCUMENT_CONTENT)
        if content is not None and self.server_capabilities.workspace is not None:
            self.server_capabilities.workspace.text_document_content = content
        return lsp.InitializeResult(capabilities=self.server_capabilities, server_info=self.server_info)

    @lsp_method(lsp.SHUTDOWN)
    def lsp_shutdown(self, *_args: object) -> Generator[Any, Any, None]:
        """Refuse what comes from now on, cancel what runs."""
        self.phase = Phase.SHUT_DOWN
        if (handler := self.fm.features.get(lsp.SHUTDOWN)) is not None:
            yield handler, (None,), None
        self.cancel_running()

    @lsp_method(lsp.EXIT)
    def lsp_exit(self, *_args: object) -> Generator[Any, Any, None]:
        """Say that the session is over; whoever serves it closes everything."""
        if (handler := self.fm.features.get(lsp.EXIT)) is not None:
            yield handler, (None,), None
        if self._ended is not None:
            self._ended(Ending.EXIT)
