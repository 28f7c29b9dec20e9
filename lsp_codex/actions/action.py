"""Action and Task: an entry of the menu, and what one run of it works on; values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from lsp_codex.actions.outcome import Nothing

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp_codex.actions.outcome import Outcome
    from lsp_codex.actions.place import Block, Finding, Place
    from lsp_codex.text import Span


class Kind(Enum):
    """The kinds of the menu; the value is LSP's word ("" where only the menu without a filter shows it)."""

    QUICKFIX = "quickfix"
    REWRITE = "refactor.rewrite"
    REFACTOR = "refactor"
    OTHER = ""


class Form(Enum):
    """What the model is asked to answer with; the value is that part of its instructions."""

    TARGET = (
        "Answer with the whole new text of the target, ready to stand between the marks, and nothing else: no "
        "explanation, no markdown fence, no marks, nothing left out or abbreviated. If nothing needs to change, "
        "answer with the target as it is."
    )
    DOCS = (
        "Answer with the documentation alone, delimiters included, as it stands in the source, and nothing else: no "
        "code, no explanation, no markdown fence, no marks."
    )
    INSERTION = (
        "Answer with exactly the text to insert between the marks and nothing else: no explanation, no markdown "
        "fence, no marks, nothing that already stands before or after them."
    )
    FILE = "Answer with the whole text of the new file and nothing else: no explanation, no markdown fence."


@dataclass(frozen=True, slots=True)
class Offer:
    """A line of the menu; ``findings`` are what it is about, ``refused`` why it cannot be chosen here."""

    title: str
    findings: tuple[Finding, ...] = ()
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One run: do ``wanted`` to ``target``, which is ``block`` if it is one; ``form`` is what comes back."""

    place: Place
    target: Span
    wanted: str
    form: Form = Form.TARGET
    block: Block | None = None

    @property
    def region(self) -> str:
        """The text of the target."""
        return self.place.text[self.target.start : self.target.end]


@dataclass(frozen=True, slots=True)
class Question:
    """A run that asks instead: the prompt of ``codex.ask`` and the span that it is about."""

    prompt: str
    target: Span


@dataclass(frozen=True, slots=True)
class Action:
    """An entry of the menu.

    ``offers`` runs at every cursor movement and asks nobody; ``task`` says what a run works on, or why there is
    nothing to do; ``outcome`` makes an edit of the answer. ``unasked``: worth a light bulb that nobody asked for.
    ``asks``: it needs the user's instruction. ``new_file``: it makes a file.
    """

    id: str
    kind: Kind
    offers: Callable[[Place], tuple[Offer, ...]]
    task: Callable[[Place], Task | Question | Nothing]
    outcome: Callable[[Task, str], Outcome]
    unasked: bool = False
    asks: bool = False
    new_file: bool = False


NOTHING_HERE = Nothing("There is no code here for that: put the cursor into a function, or select something.")
