"""``codex.models``: the models of the account, as shown to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsp_codex.backend.models import choose_fast, overview

if TYPE_CHECKING:
    from lsp_codex.server.session import Session


async def run(session: Session, argument: dict[str, Any]) -> dict[str, Any]:
    """Answer ``{models, default, completion}``: the visible ones in order, and which two are taken unasked."""
    services = await session.services()
    settings = session.config.completion
    found = await services.client.models()
    return overview(found, choose_fast(found, settings.model, settings.reasoning_effort))
