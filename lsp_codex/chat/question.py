"""Question: what a person wants to know, and the text that may be shown to the model for it; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lsp_codex.advice import Advice
from lsp_codex.errors import Unanswered
from lsp_codex.exclusion import excluded
from lsp_codex.text import OWN_SCHEME, Snapshot, Span, shown_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lsp_codex.config import Context


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
    opened: Sequence[Snapshot],
    settings: Context,
    roots: Sequence[str] = (),
) -> Question:
    """The question with what the settings allow of ``opened``, the documents in the order in which they were opened.

    ``roots`` are the folders of the workspace, as URIs. Raises ``Unanswered`` if ``about`` may not leave the machine.
    """
    if about is not None and excluded(about.uri, settings.exclude, roots):
        raise Unanswered(
            f"{shown_path(about.uri)} is not shown to the model, because codex.context.exclude names it",
            Advice.CHANGE_SETTING,
        )
    allowed = [
        document
        for document in reversed(opened if settings.open_documents else ())
        if (about is None or document.uri != about.uri)
        and not document.uri.startswith(f"{OWN_SCHEME}:")  # what was answered is in the thread already
        and document.text.strip()
        and not excluded(document.uri, settings.exclude, roots)
    ]
    # Whoever names a file means it; the order of opening is kept otherwise, the last one first.
    allowed.sort(key=lambda document: not _named(document.uri, prompt))
    return Question(
        prompt, about, selection if selection and selection.start < selection.end else None, tuple(allowed)
    )


def _named(uri: str, prompt: str) -> bool:
    name = urlsplit(uri).path.rpartition("/")[2] if "/" in uri else uri
    return bool(name) and name in prompt
