"""Editor: what we may ask of the client at the other end, each by what it said it can do."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pygls.lsp.server import LanguageServer

log = logging.getLogger(__name__)

# How long each client itself waits after a key before it asks (seconds; spec/editors.md section 3, verified there).
# The engine's own wait is never added on top of it.
CLIENT_WAITS = (("Neovim", 0.2), ("emacs", 2.0))
# These cancel the older request at a key, and only then ask anew (spec/editors.md section 3): for so many seconds a
# cancelled request may still be joined. For all others a cancelled stream is closed at once.
CANCEL_BEFORE_ASKING = ("Visual Studio Code", "VSCodium", "Cursor", "code-server", "Code - OSS")
LINGER = 0.05


class Editor:
    """The client of this session, seen through its capabilities."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server
        self._capabilities = lsp.ClientCapabilities()
        self._name = ""
        self._wants_notifications = False

    def introduce(self, params: lsp.InitializeParams, *, wants_notifications: bool) -> None:
        """Remember who the client is and what it can do; called once, by ``initialize``."""
        self._capabilities = params.capabilities
        self._name = params.client_info.name if params.client_info else ""
        self._wants_notifications = wants_notifications

    @property
    def completion_wait(self) -> float:
        """Seconds that this client has already waited when its automatic completion request arrives."""
        return next((wait for name, wait in CLIENT_WAITS if name == self._name), 0.0)

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

    def notify(self, method: str, params: Mapping[str, object]) -> None:
        """Send one of our own notifications, if the client asked for them: plain clients log each unknown one."""
        if self._wants_notifications:
            self._server.protocol.notify(method, params)

    async def open_url(self, url: str) -> bool:
        """Ask the client to open ``url`` in a browser; whether it said that it did."""
        window = self._capabilities.window
        if window is None or window.show_document is None or not window.show_document.support:
            return False
        try:
            answer: lsp.ShowDocumentResult | None = await self._server.window_show_document_async(
                lsp.ShowDocumentParams(uri=url, external=True)
            )
        except JsonRpcException as error:
            log.info("the client could not open a browser: %s", error)
            return False
        return answer is not None and bool(answer.success)
