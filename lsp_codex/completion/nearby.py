"""Nearby owns what is known around the places of a session: outlines, visits, and what was sent before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsp_codex.completion import budget, related
from lsp_codex.completion.diagnoses import Diagnoses
from lsp_codex.completion.surroundings import Surroundings
from lsp_codex.completion.visits import Visits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp_codex.completion.context import CompletionContext
    from lsp_codex.completion.related import Indexed, OpenDocument
    from lsp_codex.completion.surroundings import Piece

DOCUMENTS = 20
"""Other documents looked at, those opened or visited last first."""
TYPED = 40
"""Changes of the document at hand after which its own outline is made anew."""


class Nearby:
    """One for a session; its caller says which documents it may use."""

    def __init__(self) -> None:
        self.visits = Visits()
        self.diagnoses = Diagnoses()
        self._indexed: dict[str, Indexed] = {}
        self._sent: dict[str, tuple[tuple[Piece, int | None], ...]] = {}

    def prepare(self, document: OpenDocument) -> None:
        """Look through a document that was opened, before anybody waits for it."""
        self._index(document)

    def edited(self, uri: str, first: int, last: int, rows: int) -> None:
        """What stood in the rows from ``first`` to ``last`` (from 0) was replaced by a text of ``rows`` rows."""
        self.visits.edited(uri, first, last, rows)
        self.diagnoses.edited(uri, first + 1, last + 1, rows)

    def closed(self, uri: str) -> None:
        """The document is no longer open."""
        self._indexed.pop(uri, None)
        self.diagnoses.closed(uri)
        self._sent.pop(uri, None)
        self.visits.closed(uri)

    def gather(
        self, place: CompletionContext, own: OpenDocument, row: int, others: Sequence[OpenDocument], instructions: str
    ) -> Surroundings:
        """What a request for ``place``, in ``row`` (from 0) of ``own``, says beside the document.

        Parts of ``own`` and of the ``others`` are used, and of no other document.
        """
        order = {visit.uri: number for number, visit in enumerate(reversed(self.visits.places()))}
        used = sorted(others, key=lambda each: -order.get(each.uri, -1))[:DOCUMENTS]
        indexed = self._up_to_date((*used, own), own)
        first = row - place.prefix.count("\n")
        window = range(first, row + place.suffix.count("\n") + 1)
        pieces: tuple[Piece, ...] = ()
        if others or len(window) < own.line_count:
            found = related.candidates(place, own, indexed, self.visits.places(), window)
            chosen = budget.fit(found, place)
            pieces = budget.steady(chosen, self._still_true(place.uri, chosen, others))
        versions = {each.uri: each.version for each in others}
        self._sent[place.uri] = tuple((piece, versions.get(piece.uri)) for piece in pieces)
        return Surroundings(pieces, self.diagnoses.near(place.uri, row + 1), instructions)

    def _up_to_date(self, documents: Sequence[OpenDocument], own: OpenDocument) -> list[Indexed]:
        """The documents with their outlines; one at most is looked through anew, for that takes milliseconds."""
        found: list[Indexed] = []
        anew = 1
        for document in documents:
            known = self._indexed.get(document.uri)
            # Where one types the outline is a little old: its rows are checked before they are used.
            late = known is None or abs(document.version - known.version) >= (TYPED if document is own else 1)
            if late and anew:
                known, anew = self._index(document), anew - 1
            if known is not None:
                found.append(known)
        return found

    def _index(self, document: OpenDocument) -> Indexed:
        self._indexed[document.uri] = found = related.index(document)
        return found

    def _still_true(self, uri: str, chosen: Sequence[Piece], others: Sequence[OpenDocument]) -> list[Piece]:
        """What was sent the last time for a document and could be sent again as it is."""
        versions = {each.uri: each.version for each in others}
        sent = self._sent.get(uri, ())
        return [
            piece
            for piece, version in sent
            if piece in chosen or (version is not None and versions.get(piece.uri) == version)
        ]
