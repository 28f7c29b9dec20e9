"""COMMANDS, the table."""

from __future__ import annotations

import inspect

from lsp_codex.server.commands import COMMANDS
from lsp_codex.server.handlers import Later


def test_every_command_has_its_own_id_and_a_title_for_menus() -> None:
    """``codex.`` ids, none twice; titles that begin with the product's name."""
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    for command in COMMANDS:
        assert command.id.startswith("codex.")
        assert command.title.startswith("Codex: ")


def test_every_handler_is_async_and_takes_the_session_first() -> None:
    """Handlers are coroutines of (session, argument): nothing blocks the loop, nothing is injected."""
    for command in COMMANDS:
        handler = command.handler.find() if isinstance(command.handler, Later) else command.handler
        assert inspect.iscoroutinefunction(handler)
        assert next(iter(inspect.signature(handler).parameters)) == "session"
