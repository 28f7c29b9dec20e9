"""The command of an item."""

from __future__ import annotations

from lsp_codex.server.commands import COMMANDS
from lsp_codex.server.offer import ACCEPTED, accepted


def test_it_names_the_offer_and_is_a_command_that_is_there() -> None:
    """Clients refuse one that was not announced; a part says so."""
    whole, part = accepted("7"), accepted("7", partly=True)
    assert whole is not None
    assert part is not None
    assert (whole.arguments, part.arguments) == ([{"offer": "7"}], [{"offer": "7", "partly": True}])
    assert ACCEPTED in {command.id for command in COMMANDS}
    assert accepted(None) is None
