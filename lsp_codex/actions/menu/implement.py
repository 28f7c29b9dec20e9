"""Implement: code for a stub, or for what a comment or a TODO says is to be done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsp_codex.actions import blocks, comments, keeping, lines, rewriting
from lsp_codex.actions.action import Action, Kind, Offer, Task
from lsp_codex.actions.outcome import Nothing
from lsp_codex.actions.place import BlockKind

if TYPE_CHECKING:
    from lsp_codex.actions.outcome import Outcome
    from lsp_codex.actions.place import Block, Place

NOTHING_TO_DO = Nothing("There is no stub, comment or TODO here that says what is to be implemented.")

_TODO = re.compile(r"\b(?:TODO|FIXME|XXX|IMPLEMENT)\b")
_STUB = re.compile(
    r"(?:pass|\.\.\.|raise NotImplementedError\b.*|todo!\(.*\)|unimplemented!\(.*\)|panic!?\(.*\)|TODO\(.*\)"
    r"|throw new (?:\w*Error|\w*Exception)\(.*[Nn]ot [Ii]mplemented.*\)|return (?:nil|null|None|undefined|0|\"\"))?;?"
)


def offers(place: Place) -> tuple[Offer, ...]:
    """On a stub, and on a comment that says what is to be done."""
    if place.selected or place.language.prose:
        return ()
    block = blocks.near(place)
    if block is not None and block.kind is BlockKind.FUNCTION and is_stub(place, block):
        return (Offer(f"Codex: Implement {block.name}"),)
    comment = comments.at(place)
    if comment is None or not comment.standalone:
        return ()
    todo = _TODO.search(place.text[comment.span.start : comment.span.end])
    return (Offer("Codex: Implement this TODO" if todo else "Codex: Implement what this comment says"),)


def task(place: Place) -> Task | Nothing:
    """Work on the stub, or on the function around the comment, or on the comment itself."""
    block = blocks.enclosing(place)
    comment = comments.at(place)
    if block is not None and block.kind is BlockKind.FUNCTION and is_stub(place, block):
        wanted = (
            f"{block.name} is a stub. Write its body so that it does what its name, its signature, its documentation "
            "and the code around it say. Keep the signature and the documentation. If it needs imports, begin the "
            "answer with the import lines."
        )
        return Task(place, block.span, wanted, block=block)
    if comment is None or not comment.standalone:
        return NOTHING_TO_DO
    said = comment.words(place)
    wanted = (
        f"Write the code for what the comment “{said}” says, where it stands. Drop the comment if the code says as "
        "much."
    )
    if block is not None and block.kind is BlockKind.FUNCTION:
        return Task(place, block.span, wanted, block=block)
    return Task(place, lines.whole(place.text, comment.span), wanted)


def outcome(task: Task, said: str) -> Outcome:
    """The signature stays."""
    return rewriting.rewritten(task, said, keeping.interface)


def is_stub(place: Place, block: Block) -> bool:
    """Whether nothing but documentation and a placeholder stands in ``block``."""
    text = place.text[block.span.start : block.span.end]
    if len(text) > 4_000:
        return False
    body = comments.without(text, place.language)
    if place.is_python:
        body = re.sub(r'"""(?:\\.|[^\\])*?"""|\'\'\'(?:\\.|[^\\])*?\'\'\'', "", body, flags=re.DOTALL)
        found = re.search(r"\b(?:def)\b[^\n(]*\(", body)
        end = re.search(r":[ \t]*(?:\n|$)|:[ \t]*(?=\.\.\.|pass\b)", body[found.end() :]) if found else None
        return (
            found is not None and end is not None and bool(_STUB.fullmatch(body[found.end() + end.end() :].strip()))
        )
    opened = body.find("{", body.find(block.name))
    closed = body.rfind("}")
    return 0 <= opened < closed and bool(_STUB.fullmatch(body[opened + 1 : closed].strip()))


ACTION = Action("implement", Kind.REWRITE, offers, task, outcome, unasked=True)
