"""The two tables."""

from __future__ import annotations

import inspect

from lsp_codex.server.commands import COMMANDS
from lsp_codex.server.features import FEATURES


def test_every_row_has_its_own_name() -> None:
    """No method and no command is listed twice."""
    methods = [feature.method for feature in FEATURES]
    commands = [command.id for command in COMMANDS]
    assert len(set(methods)) == len(methods)
    assert len(set(commands)) == len(commands)


def test_every_handler_is_async_and_takes_the_session_first() -> None:
    """Handlers are coroutines of (session, params): nothing blocks the loop, nothing is injected."""
    for row in (*FEATURES, *COMMANDS):
        assert inspect.iscoroutinefunction(row.handler)
        assert next(iter(inspect.signature(row.handler).parameters)) == "session"


def test_every_command_has_a_title_for_menus() -> None:
    """``codex.`` ids, titles that begin with the product's name."""
    for command in COMMANDS:
        assert command.id.startswith("codex.")
        assert command.title.startswith("Codex: ")
