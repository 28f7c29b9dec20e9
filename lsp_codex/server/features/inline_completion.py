"""``textDocument/inlineCompletion``: ghost text. Never an error, never ``null``: clients keep stale text on both."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from lsp_codex.errors import CredentialsRejected, LspCodexError, Rejection, SignInRequired
from lsp_codex.server.place import place_at
from lsp_codex.text import Edit

if TYPE_CHECKING:
    from lsp_codex.completion.engine import Suggestion
    from lsp_codex.server.place import Place
    from lsp_codex.server.session import Session

log = logging.getLogger(__name__)


async def provide(session: Session, params: lsp.InlineCompletionParams) -> lsp.InlineCompletionList:
    """Ghost text at a position of an open document, or the empty list."""
    # Before the first await: the text must be the one that the request speaks about.
    place = place_at(session.server, params.text_document.uri, params.position)
    if place is None:
        return nothing()
    invoked = params.context.trigger_kind == lsp.InlineCompletionTriggerKind.Invoked
    if not _wanted(session.config.completion.trigger, invoked=invoked):
        return nothing()
    services = await session.services()
    # While the typing pauses a handshake runs, if one is needed; the same after a request that was given up.
    session.expect_request(services)
    from lsp_codex.completion.engine import Trigger  # the services have imported it, after the start

    try:
        suggestions = await services.completions.complete(
            place.snapshot,
            place.offset,
            Trigger.INVOKED if invoked else Trigger.AUTOMATIC,
            session.config.completion,
            client_wait=session.editor.completion_wait,
            linger=session.editor.completion_linger,
            selected=_selected(place, params.context.selected_completion_info),
        )
    except LspCodexError as error:
        if not _told_already(error):
            log.info("no ghost text: %s", error)
            session.trouble = error.for_person()
            session.notices.once(type(error).__name__, f"Codex: {error.for_person()}")
        return nothing()
    else:
        # From the cache there are suggestions during a pause too; what began it was told and is not told again.
        if suggestions and services.client.held is None:
            session.trouble = None
            session.notices.settled()
    finally:
        session.expect_request(services)
        session.changed()
    return lsp.InlineCompletionList(items=[_item(place, each) for each in suggestions])


def nothing() -> lsp.InlineCompletionList:
    """The empty answer."""
    return lsp.InlineCompletionList(items=[])


def _selected(place: Place, info: lsp.SelectedCompletionInfo | None) -> Edit | None:
    """What the client's own menu would insert on the cursor's line."""
    span = place.span_of(info.range) if info else None
    return Edit(span, info.text) if info and span else None


def _told_already(error: LspCodexError) -> bool:
    """Whoever never signed in is not told at every key; the end of a login was told when it ended, a key has none."""
    match error:
        case CredentialsRejected(reason=reason):
            return reason is not Rejection.KEY
        case _:
            return isinstance(error, SignInRequired)


def _wanted(setting: str, *, invoked: bool) -> bool:
    return setting == "automatic" or (setting == "manual" and invoked)


def _item(place: Place, suggestion: Suggestion) -> lsp.InlineCompletionItem:
    span = suggestion.replace
    return lsp.InlineCompletionItem(
        insert_text=suggestion.text,
        filter_text=place.snapshot.text[span.start : span.end] + suggestion.text,
        range=place.range_of(span),
    )
