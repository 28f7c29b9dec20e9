"""The status object of ``codex.status`` and ``codex/didChangeStatus``, built from a session's parts (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from lsp_codex import __version__
from lsp_codex.auth.state import External, Failed, SignedIn, SignedOut
from lsp_codex.auth.tokens import ApiKey

if TYPE_CHECKING:
    from lsp_codex.auth.state import AuthState
    from lsp_codex.auth.tokens import Account
    from lsp_codex.backend.limits import RateLimits, Usage, Window
    from lsp_codex.completion.engine import Statistics
    from lsp_codex.completion.offers import Tally
    from lsp_codex.config import Config
    from lsp_codex.errors import BackendError, CompletionPaused


def status(
    state: AuthState,
    config: Config,
    *,
    store: str,
    signing_in: bool,
    limits: RateLimits | None,
    statistics: Statistics,
    held: BackendError | None = None,
    trouble: str | None = None,
    guard: CompletionPaused | None = None,
    tally: Tally | None = None,
) -> dict[str, Any]:
    """The object of design/contract.md section 4, ``codex.status``.

    ``store`` is the one really in use, ``held`` what automatic requests wait for, ``trouble`` why the last ghost
    text failed, ``guard`` why automatic ghost text pauses.
    """
    word, account = _auth(state)
    why = _why_not(state)
    return {
        "state": "signingIn" if signing_in else word,
        "account": account,
        "profile": config.auth.profile,
        "store": store,
        "model": statistics.model,
        "completion": {**_completion(config, why, held, trouble, guard), "counts": _counts(tally)},
        "usage": None if limits is None else usage(limits),
        "latency": {"firstTokenMs": statistics.first_token_ms, "totalMs": statistics.total_ms},
        "sandbox": config.sandbox,
        "version": __version__,
    }


def _counts(tally: Tally | None) -> dict[str, int]:
    """What became of the suggestions of this session; nobody else is told."""
    if tally is None:
        return dict.fromkeys(("shown", "accepted", "partlyAccepted", "rejected"), 0)
    return {
        "shown": tally.shown,
        "accepted": tally.accepted,
        "partlyAccepted": tally.partly_accepted,
        "rejected": tally.rejected,
    }


def usage(limits: RateLimits) -> dict[str, Any]:
    """The plan's windows: use in percent, length in minutes, reset as Unix seconds; a missing window is null."""
    return {"planType": limits.plan, **_windows(limits)}


def whole_usage(found: Usage) -> dict[str, Any]:
    """As :func:`usage`, with credits, what limit stopped a request if one did, and the limits of single models."""
    bought = found.main.credits
    return {
        **usage(found.main),
        "credits": bought
        and {"hasCredits": bought.has_credits, "unlimited": bought.unlimited, "balance": bought.balance},
        "reached": found.main.reached,
        "others": [{"limitId": each.limit_id, "name": each.name, **_windows(each)} for each in found.others],
    }


def _windows(limits: RateLimits) -> dict[str, Any]:
    return {"primary": _window(limits.primary), "secondary": _window(limits.secondary)}


def _window(window: Window | None) -> dict[str, Any] | None:
    if window is None:
        return None
    return {"usedPercent": window.used_percent, "windowMinutes": window.minutes, "resetsAt": window.resets_at}


def _auth(state: AuthState) -> tuple[str, dict[str, Any] | None]:
    match state:
        case SignedOut():
            return "signedOut", None
        case SignedIn(account=account):
            return "signedIn", _account(account)
        case ApiKey():
            return "signedIn", {"type": "apiKey", "email": None, "planType": None, "accountId": None}
        case External(account=account):
            return "external", _account(account)
        case Failed(account=account):
            return "failed", _account(account)
        case _:
            assert_never(state)


def _why_not(state: AuthState) -> str | None:
    """Why this login gives no ghost text, or ``None``."""
    match state:
        case SignedOut(why):
            return why or "not signed in"
        case SignedIn() | ApiKey() | External():
            return None
        case Failed(error=error):
            return error.for_person()
        case _:
            assert_never(state)


def _account(account: Account) -> dict[str, Any]:
    return {
        "type": "chatgpt",
        "email": account.email,
        "planType": account.plan,
        "accountId": account.account_id,
    }


def _completion(
    config: Config, why: str | None, held: BackendError | None, trouble: str | None, guard: CompletionPaused | None
) -> dict[str, Any]:
    trigger = config.completion.trigger
    paused = why
    if paused is None and trigger == "off":
        paused = "switched off by the setting codex.completion.trigger, or by codex.toggleCompletion"
    if paused is None and held is not None:
        paused = str(held)
    if paused is None and guard is not None and trigger == "automatic":
        paused = str(guard)
    # After a failure the next key asks again: there is a reason, and nothing is paused.
    return {"trigger": trigger, "paused": paused is not None, "reason": paused or trouble}
