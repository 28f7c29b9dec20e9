"""Editor: what we may ask of the client at the other end, each by what it said it can do."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lsp_codex.server.protocol import CodexServer

log = logging.getLogger(__name__)

# How long each client itself waits after a key before it asks (seconds; spec/editors.md section 3, verified there).
# The engine's own wait is never added on top of it.
CLIENT_WAITS = (("Neovim", 0.2), ("emacs", 2.0))
# Clients that show ghost text without announcing it (rule 1 there).
GHOST_TEXT = ("emacs",)
# These cancel the older request at a key, and only then ask anew (spec/editors.md section 3): for so many seconds a
# cancelled request may still be joined. For all others a cancelled stream is closed at once.
CANCEL_BEFORE_ASKING = ("Visual Studio Code", "VSCodium", "Cursor", "code-server", "Code - OSS")
LINGER = 0.05

# Clients that run a command and show nothing of its answer, and that cut a message off at the end of one line, but
# show all of a question (seen in Helix 25.07).
OF_ONE_LINE = frozenset({"helix"})
LINE = 80


class Editor:
    """The client of this session, seen through its capabilities."""

    def __init__(self, server: CodexServer) -> None:
        self._server = server
        self._capabilities = lsp.ClientCapabilities()
        self._name = ""
        self.wants_notifications = False
        self.experimental = False
        self._speaks_account_api = False
        self._unwanted: frozenset[str] = frozenset()
        self._wants_menu: bool | None = None

    def introduce(
        self,
        params: lsp.InitializeParams,
        *,
        wants_notifications: bool,
        experimental: bool = False,
        unwanted: frozenset[str] = frozenset(),
        wants_menu: bool | None = None,
    ) -> None:
        """Remember who the client is and what it can do; called once, by ``initialize``.

        ``experimental``: it speaks the experimental part of the account API. ``unwanted`` are notifications by name.
        ``wants_menu`` is None where the client does not say.
        """
        self._capabilities = params.capabilities
        self._name = params.client_info.name if params.client_info else ""
        self.wants_notifications = wants_notifications
        self.experimental = self._speaks_account_api = experimental
        self._unwanted = unwanted
        self._wants_menu = wants_menu

    @property
    def name(self) -> str:
        """What the client calls itself."""
        return self._name

    @property
    def wants_menu(self) -> bool:
        """Whether suggestions come as entries of a menu: where it was asked for, else where there is no ghost text.

        Where both were offered both would appear.
        """
        documents = self._capabilities.text_document
        if documents is None or documents.completion is None:
            return False
        if self._wants_menu is not None:
            return self._wants_menu
        return documents.inline_completion is None and self._name not in GHOST_TEXT

    @property
    def completion_wait(self) -> float:
        """Seconds that this client has already waited when its automatic completion request arrives."""
        return next((wait for name, wait in CLIENT_WAITS if name == self._name), 0.0)

    @property
    def shows_content(self) -> bool:
        """Whether it opens documents whose text we give (LSP 3.18, ``workspace/textDocumentContent``)."""
        workspace, window = self._capabilities.workspace, self._capabilities.window
        knows = workspace is not None and workspace.text_document_content is not None
        return knows and window is not None and window.show_document is not None and window.show_document.support

    async def show_document(self, uri: str) -> bool:
        """Ask the client to open the document ``uri`` beside what the user does; whether it said that it did."""
        return await self._shown(lsp.ShowDocumentParams(uri=uri, external=False, take_focus=False))

    def content_changed(self, uri: str, done: Callable[[], None] | None = None) -> None:
        """Tell the client that the text we give for ``uri`` is another now; ``done`` hears when it has taken note."""
        params = lsp.TextDocumentContentRefreshParams(uri)
        asked = self._server.protocol.send_request(lsp.WORKSPACE_TEXT_DOCUMENT_CONTENT_REFRESH, params)
        if done is not None:
            asked.add_done_callback(lambda _: done())

    @property
    def completion_linger(self) -> float:
        """Seconds that a completion request which this client has cancelled may still be joined by its next one."""
        return LINGER if self._name.startswith(CANCEL_BEFORE_ASKING) else 0.0

    def tell(self, message: str, kind: lsp.MessageType = lsp.MessageType.Info) -> None:
        """Show a message to the user."""
        self._server.window_show_message(lsp.ShowMessageParams(type=kind, message=message))

    def warn(self, message: str) -> None:
        """Show a warning to the user."""
        self.tell(message, lsp.MessageType.Warning)

    @property
    def shows_results(self) -> bool:
        """Whether what a command answers comes before the user's eyes, by the client or by glue of ours."""
        return self._name not in OF_ONE_LINE

    def answer(self, message: str, kind: lsp.MessageType = lsp.MessageType.Info) -> None:
        """Tell the user what they have just asked for: whole, even where a message is cut off.

        Not for what comes unasked: there it is a question with one button, which takes the keys away from typing.
        """
        self.tell(message, kind)
        if self._name in OF_ONE_LINE and len(message) > LINE:
            question = lsp.ShowMessageRequestParams(type=kind, message=message, actions=[lsp.MessageActionItem("OK")])
            self._server.protocol.send_request(lsp.WINDOW_SHOW_MESSAGE_REQUEST, question, callback=lambda _: None)

    def speaks_account_api(self) -> None:
        """The client has called an ``account/*`` method: from now on it gets our notifications in that form."""
        self.wants_notifications = self._speaks_account_api = True

    def notify(self, method: str, params: Mapping[str, object], **beside: object) -> None:
        """Send one of our own notifications, if the client asked for them: plain clients log each unknown one.

        ``beside`` are members of the message beside its params, which only the account API knows: JSON-RPC has none,
        and Emacs' jsonrpc.el signals an error at each.
        """
        if self.wants_notifications and method not in self._unwanted:
            self._server.protocol.notify(method, params, **(beside if self._speaks_account_api else {}))

    async def open_url(self, url: str) -> bool:
        """Ask the client to open ``url`` in a browser; whether it said that it did."""
        window = self._capabilities.window
        if window is None or window.show_document is None or not window.show_document.support:
            return False
        return await self._shown(lsp.ShowDocumentParams(uri=url, external=True))

    async def _shown(self, params: lsp.ShowDocumentParams) -> bool:
        try:
            answer: lsp.ShowDocumentResult | None = await self._server.window_show_document_async(params)
        except JsonRpcException as error:
            log.info("the client could not show a document: %s", error)
            return False
        return answer is not None and bool(answer.success)
