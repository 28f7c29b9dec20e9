"""``codex.ask``: a question about code, streamed as it is answered; without words of its own it is "explain this"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lsp_codex.server import showing
from lsp_codex.server.convert import read_range, snapshot_of, span_of
from lsp_codex.server.documents import find_document
from lsp_codex.server.errors import invalid_params
from lsp_codex.server.progress import showing as shown_progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lsprotocol import types as lsp

    from lsp_codex.chat.question import Question
    from lsp_codex.server.session import Session

TITLE = "Codex"


async def run(session: Session, argument: dict[str, Any]) -> dict[str, Any]:
    """``{prompt?, uri?, range?, diagnostics?, threadId?}`` to ``{threadId, text}``.

    Without ``prompt`` the range, or what LSP ``diagnostics`` say about it, is explained. A token of the client gets
    the text as it comes (``server/showing.py``); its cancel, of the request or of the progress, ends everything.
    """
    # Before the first await: the texts must be those that the question was asked about.
    question = _question(session, argument)
    thread_id = argument.get("threadId")
    if not isinstance(thread_id, str | None):
        raise invalid_params("codex.ask takes threadId as a string.")
    params = session.server.protocol.raw_params()
    partial, work = _token(params, "partialResultToken"), _token(params, "workDoneToken")
    question = await _kept_here(session, question)
    services = await session.services()
    way = showing.way(session.editor, partial, work)
    with shown_progress(session.server, TITLE, token=work, message="Thinking") as progress:
        view = showing.shown(way, session, progress)
        try:
            answer = await services.chats.ask(question, session.config, view.tell, thread_id)
        finally:
            session.changed()
        await view.finish(answer)
    return {"threadId": answer.thread_id, "text": answer.text}


async def _kept_here(session: Session, question: Question) -> Question:
    """The question without what is excluded. Raises ``Unanswered`` if it is about that."""
    patterns = session.config.context.exclude
    if question.about is not None:
        await session.privacy.check(question.about.uri, patterns)
    await session.privacy.look_around(patterns)
    return replace(question, others=tuple(each for each in question.others if session.privacy.may_send(each.uri)))


def _question(session: Session, argument: Mapping[str, Any]) -> Question:
    from lsp_codex.chat.explain import explain
    from lsp_codex.chat.question import question

    prompt, uri, given = argument.get("prompt"), argument.get("uri"), argument.get("range")
    diagnostics = argument.get("diagnostics") or []
    if not isinstance(prompt, str | None) or not isinstance(uri, str | None):
        raise invalid_params("codex.ask takes prompt and uri as strings.")
    if not isinstance(diagnostics, list):
        raise invalid_params("codex.ask takes diagnostics as LSP has them: a list of objects with a message.")
    if uri is None and (given is not None or not prompt or not prompt.strip()):
        raise invalid_params("codex.ask takes a prompt, or a uri with or without a range to explain.")
    about = selection = None
    if uri is not None:
        document = find_document(session.server, uri)
        if document is None:
            raise invalid_params("codex.ask takes the uri of a document that the editor has opened; this is none.")
        about = snapshot_of(document)
        selection = None if given is None else span_of(document, _range(given))
    if not prompt or not prompt.strip():
        prompt = explain([_message(each) for each in diagnostics], selected=selection is not None)
    opened = session.server.workspace.opened if session.config.context.open_documents else ()
    return question(prompt.strip(), about, selection, [snapshot_of(document) for document in opened])


def _range(value: object) -> lsp.Range:
    found = read_range(value)
    if found is None:
        raise invalid_params("codex.ask takes range as LSP has it: start and end with line and character.")
    return found


def _message(diagnostic: object) -> str:
    match diagnostic:
        case {"message": str(message)}:
            return message
        case _:
            raise invalid_params("codex.ask takes diagnostics as LSP has them: a list of objects with a message.")


def _token(params: object, name: str) -> lsp.ProgressToken | None:
    """A token as the client sent it; ``partialResultToken`` is not among what LSP 3.18 gives this request."""
    value = params.get(name) if isinstance(params, dict) else None
    return value if isinstance(value, int | str) and not isinstance(value, bool) else None
