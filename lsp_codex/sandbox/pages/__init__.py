"""The sandbox's pages for a browser: templates beside this file, every inserted text escaped."""

from __future__ import annotations

import base64
import hashlib
import html
from pathlib import Path
from string import Template
from types import MappingProxyType

from lsp_codex.sandbox.exchange import Answer

FOLDER = Path(__file__).parent
# The redirect after a form counts as its target in some browsers, hence the loopback addresses.
POLICY = (
    "default-src 'none'; style-src 'sha256-{}'; img-src data:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self' http://127.0.0.1:* http://localhost:*"
)
IN_WORDS = MappingProxyType(
    {
        "openid": "Know which account you are",
        "profile": "See your name",
        "email": "See your e-mail address",
        "offline_access": "Stay signed in until you sign out",
        "api.connectors.read": "See and use your connectors",
        "api.connectors.invoke": "See and use your connectors",
    }
)


def in_words(scope: str) -> tuple[str, ...]:
    """What a scope (names with spaces between them) asks for, each once; an unknown name is shown as it is."""
    return tuple(dict.fromkeys(IN_WORDS.get(name, name) for name in scope.split()))


def page(name: str, status: int, **texts: str | tuple[str, ...]) -> Answer:
    """The template ``name`` with ``texts`` in it, several as items of a list. It loads nothing, may not be framed."""
    template = Template((FOLDER / name).read_text(encoding="utf-8"))
    style = (FOLDER / "style.css").read_text(encoding="utf-8")
    escaped = {key: _markup(text) for key, text in texts.items()}
    body = template.substitute(escaped, style=style)
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": POLICY.format(base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()),
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return Answer(status, headers, body.encode())


def _markup(text: str | tuple[str, ...]) -> str:
    if isinstance(text, str):
        return html.escape(text)
    return "\n".join(f"<li>{html.escape(item)}</li>" for item in text)
