"""The command that an item carries, which clients run when it was accepted."""

from __future__ import annotations

from lsprotocol import types as lsp

ACCEPTED = "codex.accepted"


def accepted(offer: str | None, *, partly: bool = False) -> lsp.Command | None:
    """The command for an item of ``offer``; ``partly`` for one that is only the beginning of another."""
    if offer is None:
        return None
    argument = {"offer": offer, "partly": partly} if partly else {"offer": offer}
    return lsp.Command(title="Codex: A suggestion was accepted", command=ACCEPTED, arguments=[argument])
