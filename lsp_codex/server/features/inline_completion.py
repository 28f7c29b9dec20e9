"""``textDocument/inlineCompletion``: ghost text. Never an error, never ``null``: clients keep stale text on both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from lsp_codex.server.offer import accepted
from lsp_codex.server.place import place_at

if TYPE_CHECKING:
    from lsp_codex.completion.engine import Suggestion
    from lsp_codex.server.place import Place
    from lsp_codex.server.session import Session


async def provide(session: Session, params: lsp.InlineCompletionParams) -> lsp.InlineCompletionList:
    """Ghost text at a position of an open document, or the empty list."""
    # Before the first await: the text must be the one that the request speaks about.
    place = place_at(session.server, params.text_document.uri, params.position)
    if place is None:
        return nothing()
    invoked = params.context.trigger_kind == lsp.InlineCompletionTriggerKind.Invoked
    suggestions = await session.ghost_text.suggestions(place, invoked=invoked)
    offer = session.ghost_text.offered(place, suggestions)
    return lsp.InlineCompletionList(items=[_item(place, each, offer) for each in suggestions])


def nothing() -> lsp.InlineCompletionList:
    """The empty answer."""
    return lsp.InlineCompletionList(items=[])


def _item(place: Place, suggestion: Suggestion, offer: str | None) -> lsp.InlineCompletionItem:
    span = suggestion.replace
    return lsp.InlineCompletionItem(
        insert_text=suggestion.text,
        filter_text=place.snapshot.text[span.start : span.end] + suggestion.text,
        range=place.range_of(span),
        command=accepted(offer),
    )
