"""``textDocument/inlineCompletion``: ghost text. Never an error, never ``null``: clients keep stale text on both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from lsp_codex.server.ghost_text import is_part
from lsp_codex.server.offer import accepted
from lsp_codex.server.place import place_at
from lsp_codex.text import Edit

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
    selected = _selected(place, params.context.selected_completion_info)
    suggestions = await session.ghost_text.suggestions(place, invoked=invoked, selected=selected)
    offer = session.ghost_text.offered(place, suggestions)
    return lsp.InlineCompletionList(
        items=[_item(place, each, accepted(offer, partly=is_part(each, suggestions))) for each in suggestions]
    )


def nothing() -> lsp.InlineCompletionList:
    """The empty answer."""
    return lsp.InlineCompletionList(items=[])


def _selected(place: Place, info: lsp.SelectedCompletionInfo | None) -> Edit | None:
    """What the client's own menu would insert on the cursor's line."""
    span = place.span_of(info.range) if info else None
    return Edit(span, info.text) if info and span else None


def _item(place: Place, suggestion: Suggestion, command: lsp.Command | None) -> lsp.InlineCompletionItem:
    span = suggestion.replace
    return lsp.InlineCompletionItem(
        insert_text=suggestion.text,
        filter_text=place.snapshot.text[span.start : span.end] + suggestion.text,
        range=place.range_of(span),
        command=command,
    )
