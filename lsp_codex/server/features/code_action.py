"""``textDocument/codeAction`` and ``codeAction/resolve``: the menu, without asking anybody; then the one chosen."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lsprotocol import types as lsp

from lsp_codex.errors import LspCodexError
from lsp_codex.server import acting, action_data, convert
from lsp_codex.server.action_data import ActionData
from lsp_codex.server.action_forms import forms
from lsp_codex.server.documents import find_document
from lsp_codex.server.plain import plain
from lsp_codex.text import OWN_SCHEME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lsp_codex.actions.action import Action, Offer, Question
    from lsp_codex.actions.place import Place
    from lsp_codex.server.action_data import Problem
    from lsp_codex.server.action_forms import Forms
    from lsp_codex.server.documents import Document
    from lsp_codex.server.session import Session

log = logging.getLogger(__name__)

APPLY, ASK = "codex.applyAction", "codex.ask"


async def offer(session: Session, params: lsp.CodeActionParams) -> list[lsp.Command | lsp.CodeAction]:
    """What can be done here, in the order of the menu and in the forms that the client takes."""
    document = find_document(session.server, params.text_document.uri)
    if document is None or document.uri.startswith(f"{OWN_SCHEME}:"):  # nobody edits what we show
        return []
    session.ghost_text.diagnosed(document.uri, params.range, params.context.diagnostics)
    from lsp_codex.actions.menu import ACTIONS

    can = forms(session.server.protocol.client_capabilities)
    problems = tuple(map(action_data.problem, params.context.diagnostics))
    data = ActionData("", document.uri, document.version, params.range, problems)
    place = acting.place_of(document, data)
    automatic = params.context.trigger_kind == lsp.CodeActionTriggerKind.Automatic
    found: list[lsp.Command | lsp.CodeAction] = []
    for action in ACTIONS:
        # A light bulb at every place would be none.
        if automatic and not action.unasked and not place.selected:
            continue
        if _is_wanted(action, params.context.only):
            found += _entries(action, place, data, can, params.context.diagnostics, document)
    return found


async def resolve(session: Session, params: lsp.CodeAction) -> lsp.CodeAction:
    """The chosen entry with its edit; without one if there is none to make, and then the user was told why."""
    value = plain(params.data)
    if value is None:
        return params  # its command does it
    data = action_data.read(value)
    try:
        done = await acting.act(session, data)
    except LspCodexError as error:
        # What clients show of an error at this place differs from nothing to "unknown error".
        log.info("no edit: %s", error)
        session.editor.answer(f"Codex: {error.for_person()}", lsp.MessageType.Warning)
        return params
    if isinstance(done, acting.Ready):
        params.edit = done.edit
    return params


def _is_wanted(action: Action, only: object) -> bool:
    """Whether the kinds that the client asks for hold the action's (LSP 3.18, ``CodeActionContext.only``)."""
    if not isinstance(only, list | tuple) or not only:  # some clients send an empty list for no wish
        return True
    kind = action.kind.value
    words = [word.value if isinstance(word, lsp.CodeActionKind) else str(word) for word in only]
    return any(not word or kind == word or kind.startswith(f"{word}.") for word in words)


def _entries(
    action: Action,
    place: Place,
    data: ActionData,
    can: Forms,
    diagnostics: Sequence[lsp.Diagnostic],
    document: Document,
) -> Iterator[lsp.Command | lsp.CodeAction]:
    from lsp_codex.actions.action import Question

    for each in action.offers(place):
        about = tuple(data.problems[place.findings.index(finding)] for finding in each.findings)
        own = ActionData(action.id, data.uri, data.version, data.range, about)
        if action.id == "explain":
            question = action.task(acting.place_of(document, own))
            if isinstance(question, Question):
                yield _with_command(action, each, _question(question, document), can)
        elif each.refused is not None:
            if can.disabled:
                yield lsp.CodeAction(
                    each.title, kind=action.kind.value, disabled=lsp.CodeActionDisabled(each.refused)
                )
        elif not can.offers(action):
            continue
        elif can.resolves and not action.asks and not action.new_file:
            solved = _solved(about, diagnostics)
            yield lsp.CodeAction(each.title, kind=action.kind.value, diagnostics=solved, data=own.to_json())
        else:
            command = lsp.Command(title=each.title, command=APPLY, arguments=[own.to_json(asks=action.asks)])
            yield _with_command(action, each, command, can)


def _question(question: Question, document: Document) -> lsp.Command:
    where = action_data.range_json(convert.range_of(document, question.target))
    return lsp.Command(
        title="Codex: Explain",
        command=ASK,
        arguments=[{"prompt": question.prompt, "uri": document.uri, "range": where}],
    )


def _solved(about: tuple[Problem, ...], diagnostics: Sequence[lsp.Diagnostic]) -> list[lsp.Diagnostic] | None:
    """The client's own diagnostics that an entry is about."""
    return [each for each in diagnostics if action_data.problem(each) in about] or None


def _with_command(action: Action, offer: Offer, command: lsp.Command, can: Forms) -> lsp.Command | lsp.CodeAction:
    command.title = offer.title
    if not can.literals:
        return command
    kind = action.kind.value or None
    return lsp.CodeAction(offer.title, kind=kind, command=command)
