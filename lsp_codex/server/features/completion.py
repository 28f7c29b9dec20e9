"""``textDocument/completion``: the same suggestion as one entry of a menu, for clients without ghost text."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from lsp_codex.server.offer import accepted
from lsp_codex.server.place import place_at
from lsp_codex.text import Span

if TYPE_CHECKING:
    from lsp_codex.completion.engine import Suggestion
    from lsp_codex.server.place import Place
    from lsp_codex.server.session import Session

PATIENCE = 1.0
"""Seconds until a client gets an empty menu, since it may hold its own back for ours; the next key asks again."""
PATIENT = (("helix", 10.0),)
"""Clients that show what others say meanwhile, and drop a late answer themselves (spec/editors.md 3, rule 8)."""
DRAWS_MARKDOWN = ("helix",)
"""Clients that take what is said to be plain text for Markdown: code would lose its indentation."""
LONGEST_LABEL = 60


async def provide(session: Session, params: lsp.CompletionParams) -> lsp.CompletionList:
    """One item at most. The menu is incomplete as long as another key may bring something."""
    place = place_at(session.server, params.text_document.uri, params.position)
    if place is None or not session.editor.wants_menu:
        return nothing()
    # Clients say "invoked" for every word that is typed: nobody can be taken to have asked by hand.
    asking = session.tasks.spawn(session.ghost_text.suggestions(place, invoked=False), "menu")
    patience = next((seconds for name, seconds in PATIENT if name == session.editor.name), PATIENCE)
    try:
        await asyncio.wait({asking}, timeout=patience)
    except asyncio.CancelledError:
        asking.cancel()
        raise
    if not asking.done():
        # It goes on: what it brings answers the next key from the cache.
        return lsp.CompletionList(is_incomplete=True, items=[])
    found = asking.result()[:1]
    offer = session.ghost_text.offered(place, found)
    items = [item(place, each, offer, fenced=session.editor.name in DRAWS_MARKDOWN) for each in found]
    return lsp.CompletionList(is_incomplete=session.ghost_text.may_offer(place.snapshot), items=items)


def nothing() -> lsp.CompletionList:
    """The empty menu, to which no key adds anything."""
    return lsp.CompletionList(is_incomplete=False, items=[])


def item(
    place: Place, suggestion: Suggestion, offer: str | None = None, *, fenced: bool = False
) -> lsp.CompletionItem:
    """The entry: it replaces the word before the cursor, by which clients filter, and what the suggestion covers.

    ``fenced``: what does not fit into its line is shown as a block of code in Markdown.
    """
    text, span = place.snapshot.text, suggestion.replace
    word = _word_before(text, place.row_start, place.offset)
    whole = word + suggestion.text
    lines = [line.strip() for line in whole.split("\n") if line.strip()]
    # A suggestion that begins on the next line is known by that one.
    label = f"{lines[0]} ↵ {lines[1]}" if lines[0] == word and lines[1:] else lines[0]
    cut = len(label) > LONGEST_LABEL or len(lines) > 1 + (label != lines[0])
    shown = f"{label[:LONGEST_LABEL]}…" if cut else label
    return lsp.CompletionItem(
        label=shown,
        kind=lsp.CompletionItemKind.Text,
        detail="Codex",
        documentation=_shown(whole, place.snapshot.language if fenced else None) if len(lines) > 1 or cut else None,
        # Only where no word is begun: else the client's own entry for that word stays the first choice.
        preselect=not word or None,
        sort_text="\x7f" if word else "\0",
        filter_text=label,
        insert_text_format=lsp.InsertTextFormat.PlainText,
        insert_text_mode=lsp.InsertTextMode.AsIs,
        text_edit=lsp.TextEdit(place.range_of(Span(place.offset - len(word), span.end)), whole),
        command=accepted(offer),
    )


def _shown(text: str, language: str | None) -> lsp.MarkupContent:
    """``text`` as it is, or as a block of code of ``language``, whatever it holds itself."""
    if language is None:
        return lsp.MarkupContent(lsp.MarkupKind.PlainText, text)
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return lsp.MarkupContent(lsp.MarkupKind.Markdown, f"{fence}{language}\n{text}\n{fence}")


def _word_before(text: str, row_start: int, offset: int) -> str:
    """The part of a word that stands before the cursor."""
    start = offset
    while start > max(row_start, offset - 200) and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    return text[start:offset]
