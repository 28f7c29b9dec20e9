"""COMMANDS: every command, with the title that menus show."""

from __future__ import annotations

from lsp_codex.server import spoken
from lsp_codex.server.commands import (
    accepted,
    apply_action,
    ask,
    cancel_sign_in,
    complete_sign_in,
    explain_completion,
    models,
    sign_in,
    sign_out,
    status,
    toggle_completion,
    usage,
)
from lsp_codex.server.handlers import Command

COMMANDS = (
    Command("codex.signIn", "Codex: Sign in", sign_in.run),
    Command("codex.completeSignIn", "Codex: Finish the sign-in with a pasted address", complete_sign_in.run),
    Command("codex.cancelSignIn", "Codex: Cancel the sign-in", cancel_sign_in.run),
    Command("codex.signOut", "Codex: Sign out", sign_out.run),
    Command("codex.status", "Codex: Status", status.run, spoken.status),
    Command("codex.usage", "Codex: Usage of your plan", usage.run, spoken.usage),
    Command("codex.models", "Codex: Models", models.run, spoken.models),
    Command("codex.toggleCompletion", "Codex: Ghost text on or off", toggle_completion.run),
    Command("codex.explainCompletion", "Codex: Why this ghost text, or none", explain_completion.run),
    Command("codex.accepted", "Codex: A suggestion was accepted", accepted.run, internal=True),
    Command("codex.ask", "Codex: Ask", ask.run),
    Command("codex.applyAction", "Codex: Apply a code action", apply_action.run),
)
