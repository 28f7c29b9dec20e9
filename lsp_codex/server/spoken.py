"""The answers of commands in one or two sentences, for editors that show nothing of an answer themselves (pure)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

_LENGTHS = ((10080, "week"), (1440, "days"), (60, "h"), (1, "min"))


def status(answer: Mapping[str, Any]) -> str:
    """The answer of ``codex.status``: who is signed in, which model, how fast, and why there is no ghost text."""
    who = _state(answer["state"])
    account = answer["account"] or {}
    if account.get("email"):
        who = f"{who} as {account['email']}"
        if account.get("planType"):
            who = f"{who} ({account['planType']})"
    parts = [who]
    if answer["model"]:
        parts.append(f"model {answer['model']}")
    if answer["latency"]["firstTokenMs"] is not None:
        parts.append(f"first token after {answer['latency']['firstTokenMs']:.0f} ms")
    why = answer["completion"]["reason"]
    if why and why != "not signed in":
        parts.append(f"no suggestions: {why}")
    return f"{'Codex (sandbox)' if answer['sandbox'] else 'Codex'}: {', '.join(parts)}"


def usage(answer: Mapping[str, Any], zone: tzinfo | None = None) -> str:
    """The answer of ``codex.usage``: each window, its use and its end in ``zone``, the user's own by default."""
    windows = [_window(answer[name], zone) for name in ("primary", "secondary") if answer[name]]
    return f"Codex: {'; '.join(windows) or 'the plan has no usage windows'}"


def models(answer: Mapping[str, Any]) -> str:
    """The answer of ``codex.models``: the names, and which two are taken unasked."""
    names = ", ".join(each["slug"] for each in answer["models"])
    return f"Codex: {names}; for questions {answer['default']}, for suggestions {answer['completion']['model']}"


def toggled(answer: Mapping[str, Any]) -> str:
    """The answer of ``codex.toggleCompletion``: what is in force now."""
    by_hand = ", when asked for by hand" if answer["trigger"] == "manual" else ""
    return f"Codex: ghost text is {'on' if answer['enabled'] else 'off'}{by_hand}"


def explained(answer: Mapping[str, Any]) -> str:
    """The answer of ``codex.explainCompletion`` without what was sent and received."""
    outcome, now = answer["outcome"], answer["now"]
    same = now is None or outcome.partition(": ")[2] == now.partition(": ")[2]
    return f"Codex: {outcome}" if same else f"Codex: {outcome} Now: {now}"


def _state(word: str) -> str:
    match word:
        case "signedOut":
            return "signed out"
        case "signingIn":
            return "signing in"
        case "failed":
            return "please sign in again"
        case _:
            return "signed in"


def _window(window: Mapping[str, Any], zone: tzinfo | None) -> str:
    said = f"{_length(window['windowMinutes'])}{window['usedPercent']:.0f} % used"
    if window["resetsAt"] is None:
        return said
    anew = datetime.fromtimestamp(window["resetsAt"], UTC).astimezone(zone)
    return f"{said}, anew on {anew:%a %d %b at %H:%M}"


def _length(minutes: float | None) -> str:
    if not minutes:
        return ""
    each, name = next((each, name) for each, name in _LENGTHS if minutes % each == 0 or each == 1)
    return "week: " if minutes == each == 10080 else f"{minutes / each:.0f} {'weeks' if name == 'week' else name}: "
