"""What is told while a question is answered, and the answer itself; values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Begun:
    """The question goes out, in this thread."""

    thread_id: str


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer; all pieces joined are the answer."""

    thread_id: str
    piece: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, in Markdown, by which model, and the tokens of prompt and answer if the service said so."""

    thread_id: str
    text: str
    model: str
    tokens: tuple[int, int] | None = None
