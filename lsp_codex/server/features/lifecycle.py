"""``initialize``, ``workspace/didChangeConfiguration``, ``didOpen``, ``didClose``: what begins, changes, ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from lsp_codex.config import SECTION
from lsp_codex.server.plain import plain

if TYPE_CHECKING:
    from lsp_codex.server.session import Session


async def initialize(session: Session, params: lsp.InitializeParams) -> None:
    """Meet the client and take its first settings."""
    options = plain(params.initialization_options)
    section = options.get(SECTION, options) if isinstance(options, dict) else {}
    section = section if isinstance(section, dict) else {}
    unwanted = section.get("optOutNotificationMethods")
    names = unwanted if isinstance(unwanted, list) else []
    menu = section.get("menuCompletion")
    session.editor.introduce(
        params,
        wants_notifications=section.get("notifications") is True,
        experimental=section.get("experimentalApi") is True,
        unwanted=frozenset(each for each in names if isinstance(each, str)),
        wants_menu=menu if isinstance(menu, bool) else None,
    )
    if not session.editor.wants_menu:
        session.server.protocol.unannounced = frozenset({lsp.TEXT_DOCUMENT_COMPLETION})
    await session.open(options)


async def did_change_configuration(session: Session, params: lsp.DidChangeConfigurationParams) -> None:
    """Take new settings; clients that only announce a change (``null``) keep the old ones."""
    settings = plain(params.settings)
    if isinstance(settings, dict):
        # Clients push all of their settings or our section alone; another tool's settings are not ours to read.
        await session.configure({SECTION: settings.get(SECTION, {})})


async def did_open(session: Session, params: lsp.DidOpenTextDocumentParams) -> None:
    """Get ready for the first request of ghost text."""
    session.document_opened()
    session.tasks.start(session.ghost_text.opened(params.text_document.uri), "look at a document")


async def did_change(session: Session, params: lsp.DidChangeTextDocumentParams) -> None:
    """Remember where the user works."""
    session.ghost_text.changed(params)


async def did_close(session: Session, params: lsp.DidCloseTextDocumentParams) -> None:
    """Forget what was suggested for the document, and stop asking for it."""
    session.ghost_text.closed(params.text_document.uri)
    services = await session.services()
    services.completions.forget(params.text_document.uri)
