"""``workspace/textDocumentContent``: the text of our virtual documents, which show conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from lsp_codex.server.showing import thread_of

if TYPE_CHECKING:
    from lsp_codex.server.session import Session

GONE = "This conversation is not known any more.\n"


async def provide(session: Session, params: lsp.TextDocumentContentParams) -> lsp.TextDocumentContentResult:
    """A page as it is; a conversation as it is now, with what has arrived of a running answer."""
    if (page := session.pages.text(params.uri)) is not None:
        return lsp.TextDocumentContentResult(page)
    services = await session.services()
    thread_id = thread_of(params.uri)
    text = None if thread_id is None else services.chats.markdown(thread_id)
    return lsp.TextDocumentContentResult(GONE if text is None else text)
