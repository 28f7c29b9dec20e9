"""``codex.applyAction``: run a code action and apply its edit, for what a client cannot resolve or must ask for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from lsp_codex.server import acting, action_data

if TYPE_CHECKING:
    from lsp_codex.server.session import Session

log = logging.getLogger(__name__)

REFUSED = "Codex: the editor did not apply the edit"


async def run(session: Session, argument: dict[str, Any]) -> dict[str, Any]:
    """``{action, uri, range, version?, problems?, instruction?}`` to ``{applied, message}``.

    ``message`` is what the user was told where nothing was applied, else null. How long the user takes to agree to
    the edit is the user's affair: nothing ends that wait but a cancel.
    """
    data = action_data.read(argument)
    params = session.server.protocol.raw_params()
    token = params.get("workDoneToken") if isinstance(params, dict) else None
    known = isinstance(token, int | str) and not isinstance(token, bool)
    done = await acting.act(session, data, token if known else None)
    if isinstance(done, acting.Told):
        return {"applied": False, "message": done.message}
    why = await _apply(session, done)
    if why is not None:
        session.editor.answer(why, lsp.MessageType.Warning)
        return {"applied": False, "message": why}
    if done.created is not None:
        await session.editor.show_document(done.created)
    return {"applied": True, "message": None}


async def _apply(session: Session, ready: acting.Ready) -> str | None:
    """Why the edit was not applied; None if it was."""
    params = lsp.ApplyWorkspaceEditParams(ready.edit, label=ready.title)
    try:
        answer: lsp.ApplyWorkspaceEditResult | None = await session.server.workspace_apply_edit_async(params)
    except JsonRpcException as error:
        return f"{REFUSED}: {error.message}"
    if answer is not None and answer.applied:
        return None
    reason = answer.failure_reason if answer is not None else None
    return f"{REFUSED}: {reason}" if reason else f"{REFUSED}."
