"""Running a code action for the editor: what is asked, shown and checked between the menu and the edit."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from lsp_codex.advice import Advice
from lsp_codex.errors import Unanswered
from lsp_codex.server import action_data, convert, workspace_edit
from lsp_codex.server.action_forms import forms
from lsp_codex.server.documents import find_document
from lsp_codex.server.errors import invalid_params
from lsp_codex.server.progress import showing

if TYPE_CHECKING:
    from lsprotocol import types as lsp

    from lsp_codex.actions.action import Action, Question
    from lsp_codex.actions.outcome import Outcome
    from lsp_codex.actions.place import Place
    from lsp_codex.server.action_data import ActionData
    from lsp_codex.server.documents import Document
    from lsp_codex.server.session import Session

CHANGED = "Codex: the document has changed meanwhile, so nothing was done. Ask again."
CLOSED = "Codex: the document is no longer open, so nothing was done to it."


@dataclass(frozen=True, slots=True)
class Ready:
    """An edit to be applied; ``created`` is the URI of a new file in it."""

    edit: lsp.WorkspaceEdit
    title: str
    created: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """No edit: the user was told ``message``."""

    message: str


def action_of(data: ActionData) -> Action:
    """The action that ``data`` names. Raises ``InvalidParams`` for one that there is not."""
    from lsp_codex.actions.menu import ACTIONS

    found = next((action for action in ACTIONS if action.id == data.action), None)
    if found is None:
        raise invalid_params(f"There is no code action {data.action!r}.")
    return found


def place_of(document: Document, data: ActionData) -> Place:
    """Where ``data`` says, in ``document`` as it is now."""
    from lsp_codex.actions.place import Finding, Place

    findings = tuple(
        Finding(convert.span_of(document, each.range), each.message, each.code, each.source) for each in data.problems
    )
    selection = convert.span_of(document, data.range)
    return Place(convert.snapshot_of(document), selection, findings, data.instruction)


async def act(session: Session, data: ActionData, token: lsp.ProgressToken | None = None) -> Ready | Told:
    """Run the action; the user sees it happen and may stop it. An answer that cannot be applied is shown.

    Raises an ``LspCodexError`` if the model cannot be asked.
    """
    # Before the first await: the text must be the one that the client speaks of.
    action, document = action_of(data), find_document(session.server, data.uri)
    if document is None:
        return _told(session, CLOSED)
    if not action_data.is_current(document, data):
        return _told(session, CHANGED)
    place = place_of(document, data)
    title = title_of(action, place)
    await session.privacy.check(data.uri, session.config.context.exclude)
    with showing(session.server, title, token=token, message="Starting") as progress:
        services = await session.services()
        from lsp_codex.actions.run import Wish, run  # the services have imported it, after the start

        config = session.config
        if action.new_file:
            place = await _with_new_file(place)
        try:
            outcome = await run(
                action,
                place,
                services.client,
                Wish(config.model, config.reasoning_effort, config.service_tier),
                progress,
            )
        finally:
            session.changed()
        if await session.services() is not services:
            raise Unanswered("A connection setting was changed while the answer came", Advice.AGAIN)
    return _done(session, outcome, place, title)


def title_of(action: Action, place: Place) -> str:
    """What the menu called it."""
    offers = action.offers(place)
    return offers[0].title if offers else f"Codex: {action.id}"


def _done(session: Session, outcome: Outcome | Question, place: Place, title: str) -> Ready | Told:
    from lsp_codex.actions.action import Question
    from lsp_codex.actions.outcome import Answered, Change, NewFile, Nothing
    from lsp_codex.server.showing import show_unused

    can = forms(session.server.protocol.client_capabilities)
    match outcome:
        case Change():
            document = find_document(session.server, place.snapshot.uri)
            if document is None:
                return _told(session, CLOSED)
            if document.text != place.text:
                return _told(session, CHANGED)
            return Ready(workspace_edit.of_change(outcome, document, title, can), title)
        case NewFile(path=path):
            uri = Path(path).as_uri()
            return Ready(workspace_edit.of_file(outcome, uri, title, can), title, uri)
        case Answered(why=why):
            # Beside the answer to the editor: some open nothing before they have it.
            showing_it = show_unused(session, title, outcome, place.snapshot.language)
            session.tasks.start(showing_it, "show an answer that is no edit")
            return Told(f"Codex: nothing was changed, as {why}.")
        case Nothing(why=why):
            return _told(session, f"Codex: {why[:1].lower()}{why[1:]}")
        case Question():
            raise invalid_params("An explanation is asked for with codex.ask.")
        case _:
            assert_never(outcome)


def _told(session: Session, message: str) -> Told:
    session.editor.answer(message)
    return Told(message)


async def _with_new_file(place: Place) -> Place:
    from pygls.uris import to_fs_path

    path = to_fs_path(place.snapshot.uri)
    if path is None or not Path(path).is_absolute():
        return place
    return await asyncio.to_thread(_new_file, place, path)


def _new_file(place: Place, path: str) -> Place:
    from lsp_codex.actions import blocks, conventions

    block = blocks.enclosing(place)
    path = path.replace(os.sep, "/")
    return replace(
        place,
        new_file=conventions.new_test_file(path, block.name if block else "", _names),
        import_name=conventions.import_name(path, _names),
    )


def _names(folder: str) -> frozenset[str]:
    try:
        return frozenset(each.name for each in Path(folder).iterdir())
    except OSError:
        return frozenset()
