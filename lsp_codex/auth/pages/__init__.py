"""The two pages a browser shows at the end of a sign-in: templates beside this file, every inserted text escaped."""

from __future__ import annotations

import html
import secrets
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from lsp_codex.errors import SignInFailed, SignInFailure

if TYPE_CHECKING:
    from lsp_codex.auth.tokens import Account

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Page:
    """A finished page and the headers it needs: it loads nothing, may not be framed and is not kept."""

    body: bytes
    headers: tuple[tuple[str, str], ...]


def success(account: Account) -> Page:
    """You are signed in, as whom, and where to go on."""
    who = account.email or "your ChatGPT account"
    return _page("success.html", who=who, plan=_plan(account.plan))


def failure(error: SignInFailed) -> Page:
    """What happened, what to do about it, and the details for whoever asks."""
    kept = error.reason is SignInFailure.NOT_SAVED
    detail = f"{error.detail.rstrip('.')}." if error.detail else ""
    return _page(
        "error.html",
        tone="note" if kept else "bad",
        what=error.reason.value,
        heading=error.reason.value.replace("-", "-\N{WORD JOINER}"),  # no line ends in "sign-"
        advice=_advice(error.reason),
        detail=detail,
        hidden="" if detail else " hidden",
    )


def _advice(reason: SignInFailure) -> str:
    match reason:
        case SignInFailure.NOT_SAVED:
            return "You can close this tab and work on; after a restart you have to sign in again."
        case SignInFailure.UNREACHABLE:
            return "Check this computer's network and proxy, then start again from your editor."
        case SignInFailure.TAKEN_OVER:
            return "You can close this tab. Finish it there, or start again from your editor."
        case _:
            return "You can close this tab and start again from your editor."


def _plan(plan: str) -> str:
    known = "" if plan == "unknown" else plan.replace("_", " ")
    return f"ChatGPT {known[:1].upper()}{known[1:]}".strip()


def _page(name: str, **texts: str) -> Page:
    nonce = secrets.token_urlsafe(18)
    template = Template((FOLDER / name).read_text(encoding="utf-8"))
    style = (FOLDER / "style.css").read_text(encoding="utf-8")
    escaped = {key: html.escape(text) for key, text in texts.items()}
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("Cache-Control", "no-store"),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    )
    return Page(template.substitute(escaped, style=style, nonce=nonce).encode(), headers)
