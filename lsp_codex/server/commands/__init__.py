"""COMMANDS: every command, with the title that menus show."""

from __future__ import annotations

from lsp_codex.server import spoken
from lsp_codex.server.handlers import Command, Later

COMMANDS = (
    Command("codex.signIn", "Codex: Sign in", Later("commands.sign_in")),
    Command(
        "codex.completeSignIn", "Codex: Finish the sign-in with a pasted address", Later("commands.complete_sign_in")
    ),
    Command("codex.cancelSignIn", "Codex: Cancel the sign-in", Later("commands.cancel_sign_in")),
    Command("codex.signOut", "Codex: Sign out", Later("commands.sign_out")),
    Command("codex.status", "Codex: Status", Later("commands.status"), spoken.status),
    Command("codex.usage", "Codex: Usage of your plan", Later("commands.usage"), spoken.usage),
    Command("codex.models", "Codex: Models", Later("commands.models"), spoken.models),
    Command(
        "codex.toggleCompletion", "Codex: Ghost text on or off", Later("commands.toggle_completion"), spoken.toggled
    ),
    Command(
        "codex.explainCompletion",
        "Codex: Why this ghost text, or none",
        Later("commands.explain_completion"),
        spoken.explained,
    ),
    Command("codex.accepted", "Codex: A suggestion was accepted", Later("commands.accepted"), internal=True),
    Command("codex.ask", "Codex: Ask", Later("commands.ask")),
    Command("codex.applyAction", "Codex: Apply a code action", Later("commands.apply_action")),
)
