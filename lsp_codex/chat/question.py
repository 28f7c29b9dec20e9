"""Question: what a person wants to know, and the text that may be shown to the model for it; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lsp_codex.text import OWN_SCHEME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp_codex.text import Snapshot, Span


@dataclass(frozen=True, slots=True)
class Question:
    """``prompt`` in the person's words, the document and the part of it that it is about, and other open documents.

    Everything is as it was at the time of asking. ``others`` come in the order in which they are told.
    """

    prompt: str
    about: Snapshot | None = None
    selection: Span | None = None
    others: tuple[Snapshot, ...] = ()


def question(
    prompt: str,
    about: Snapshot | None,
    selection: Span | None,
    opened: Sequence[Snapshot] = (),
) -> Question:
    """The question with what of ``opened``, the documents in the order in which they were opened, may be of use.

    Which of the documents may leave the machine is for the caller to say.
    """
    others = [
        document
        for document in reversed(opened)
        if (about is None or document.uri != about.uri)
        and not document.uri.startswith(f"{OWN_SCHEME}:")  # what was answered is in the thread already
        and document.text.strip()
    ]
    # Whoever names a file means it; the order of opening is kept otherwise, the last one first.
    others.sort(key=lambda document: not _named(document.uri, prompt))
    return Question(
        prompt, about, selection if selection and selection.start < selection.end else None, tuple(others)
    )


def _named(uri: str, prompt: str) -> bool:
    name = urlsplit(uri).path.rpartition("/")[2] if "/" in uri else uri
    return bool(name) and name in prompt
