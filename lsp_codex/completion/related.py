"""What of the open documents may help at a place: definitions of the names there, where the user has been; pure.

Everything is looked up by name in outlines made before, so that the cost does not depend on how much is open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from lsp_codex.completion.outline import HOLDER_LINES, LONGEST_LINE, Definition, definitions, excerpt
from lsp_codex.completion.surroundings import Piece, Source
from lsp_codex.text import shown_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from lsp_codex.completion.context import CompletionContext
    from lsp_codex.completion.visits import Visit

ROWS = 20_000
"""Of a document with more rows nothing is looked through."""
BEFORE, AFTER = 1_500, 400
"""Characters around the cursor whose names are looked up."""
HEAD = 150
"""Rows at the top of a document in which its imports stand."""
AROUND = 7
"""Rows above and below a place where the user has been."""
HOMONYMS = 4
"""A name that more definitions have says nothing, unless it is imported."""
MOST = 24
BODY = 120
"""Rows after a header in which the end of what it defines is looked for."""

_NAME = re.compile(r"[^\W\d]\w{2,}")
_IMPORT = re.compile(
    r"\s*(?:import|from|use|using|#\s*include|require|export\b.*\bfrom|(?:const|let|var)\b.*\brequire)\b"
)
_ALIKE = MappingProxyType(
    {
        **dict.fromkeys(
            ("javascript", "typescript", "javascriptreact", "typescriptreact", "vue", "svelte"), "script"
        ),
        **dict.fromkeys(("c", "cpp", "objective-c", "objective-cpp", "cuda-cpp"), "c"),
    }
)


class OpenDocument(Protocol):
    """What is needed of a document that the editor has opened."""

    @property
    def uri(self) -> str: ...
    @property
    def language_id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def line_count(self) -> int: ...
    @property
    def text(self) -> str: ...
    def rows(self, first: int, last: int) -> list[str]:
        """The rows from ``first`` up to and without ``last``, without line ends."""
        ...


@dataclass(frozen=True, slots=True)
class Indexed:
    """An open document with what it defines, by name; ``path`` is as it is sent, ``stem`` the last of it."""

    document: OpenDocument
    version: int
    path: str
    stem: str
    outline: tuple[Definition, ...]
    by_name: Mapping[str, tuple[Definition, ...]]


def index(document: OpenDocument) -> Indexed:
    """Look through the whole document once; milliseconds for thousands of lines, nothing for more than that."""
    source = document.line_count <= ROWS
    outline = definitions(document.text, document.language_id) if source else ()
    by_name: dict[str, tuple[Definition, ...]] = {}
    for each in outline:
        by_name[each.name] = (*by_name.get(each.name, ()), each)
    path = shown_path(document.uri)
    return Indexed(document, document.version, path, path.rpartition("/")[2].partition(".")[0], outline, by_name)


def candidates(
    place: CompletionContext,
    own: OpenDocument,
    indexed: Sequence[Indexed],
    visits: Sequence[Visit],
    window: range,
) -> Iterator[Piece]:
    """Pieces of the ``indexed`` documents, the best first; nothing of the rows of ``own`` that are in ``window``.

    Each is made when it is asked for, since few are taken.
    """
    imports = " ".join(line[:LONGEST_LINE] for line in own.rows(0, HEAD) if _IMPORT.match(line))
    imported = frozenset(_NAME.findall(imports))
    hidden = {own.uri: window}
    found = _ranked(names_near(place), own, indexed, imported, hidden)
    defined = (_definition(*row[1:], Source.DEFINITION) for row in found if row[0])
    only_imported = (_definition(*row[1:], Source.IMPORTED) for row in found if not row[0])
    by_uri = {each.document.uri: each.document for each in indexed}
    edited = _visited((each for each in visits if each.edited), by_uri, hidden, Source.EDITED)
    viewed = _visited((each for each in visits if not each.edited), by_uri, hidden, Source.VIEWED)
    for pieces, most in ((defined, 4), (edited, 2), (defined, 4), (only_imported, 4), (viewed, 2), (edited, 2)):
        yield from islice(pieces, most)


def names_near(place: CompletionContext) -> dict[str, float]:
    """The names around the cursor, each with a weight: 1 on its line, less and less the more lines lie between."""
    weights: dict[str, float] = {}
    before = place.prefix[-BEFORE:].split("\n")
    after = place.suffix[:AFTER].split("\n")
    for distance, line in [*enumerate(reversed(before)), *enumerate(after, start=1)]:
        for name in _NAME.findall(line):
            weights[name] = max(weights.get(name, 0.0), 1.0 / (1 + distance))
    return weights


def _ranked(
    near: Mapping[str, float],
    own: OpenDocument,
    indexed: Sequence[Indexed],
    imported: frozenset[str],
    hidden: Mapping[str, range],
) -> list[tuple[float, Indexed, Definition]]:
    """The definitions of the names near the cursor, the best first, then those of names that are only imported."""
    group = _ALIKE.get(own.language_id, own.language_id)
    wanted = near.keys() | imported
    by_name: dict[str, list[tuple[float, Indexed, Definition]]] = {}
    for each in indexed:
        document = each.document
        if _ALIKE.get(document.language_id, document.language_id) != group:
            continue
        shown, told = hidden.get(document.uri, ()), each.stem in imported
        for name in wanted & each.by_name.keys():
            weight = near.get(name, 0.0)
            score = weight and weight + 0.5 * (name in imported) + 0.5 * told
            rows = [(score, each, one) for one in each.by_name[name] if one.row not in shown]
            # A name that is neither near nor imported from here says nothing.
            by_name.setdefault(name, []).extend(rows if score or told else ())
    found = []
    for rows in by_name.values():
        found += [row for row in rows if len(rows) <= HOMONYMS or row[1].stem in imported]
    found.sort(key=lambda row: -row[0])
    return [row for row in found[:MOST] if _stands(*row[1:])]


def _stands(each: Indexed, definition: Definition) -> bool:
    """Whether the header is still where it was when the document was looked through."""
    return definition.name in "".join(each.document.rows(definition.row, definition.row + 1))


def _definition(each: Indexed, definition: Definition, source: Source) -> Piece:
    rows = each.document.rows(definition.row, definition.row + BODY)
    inside = [other for other in each.outline if definition.row < other.row < definition.row + BODY]
    if definition.holder:
        inside = inside[: 4 * HOLDER_LINES]
    text = excerpt(rows, definition, inside)
    uri = each.document.uri
    return Piece(uri, each.path, each.document.language_id, definition.row + 1, text, source)


def _visited(
    visits: Iterable[Visit], documents: Mapping[str, OpenDocument], hidden: Mapping[str, range], source: Source
) -> Iterator[Piece]:
    for visit in visits:
        document = documents.get(visit.uri)
        if document is None or visit.row in hidden.get(visit.uri, ()):
            continue
        first, last = max(0, visit.row - AROUND), min(document.line_count, visit.row + AROUND + 1)
        if own := hidden.get(visit.uri):
            first, last = (max(first, own.stop), last) if visit.row >= own.stop else (first, min(last, own.start))
        rows = [row[:LONGEST_LINE].rstrip() for row in document.rows(first, last)]
        while rows and not rows[0]:
            rows, first = rows[1:], first + 1
        if text := "\n".join(rows).rstrip():
            yield Piece(visit.uri, shown_path(visit.uri), document.language_id, first + 1, text, source)
