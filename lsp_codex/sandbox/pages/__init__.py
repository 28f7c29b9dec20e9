"""The sandbox's pages for a browser: templates beside this file, every inserted text escaped."""

from __future__ import annotations

import html
from pathlib import Path
from string import Template

from lsp_codex.sandbox.exchange import Answer

FOLDER = Path(__file__).parent
# The redirect after a form counts as its target in some browsers, hence the loopback addresses.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self' http://127.0.0.1:* http://localhost:*"
)


def page(name: str, status: int, **texts: str) -> Answer:
    """The template ``name`` with ``texts`` in it. It loads nothing and may not be framed."""
    template = Template((FOLDER / name).read_text(encoding="utf-8"))
    style = (FOLDER / "style.css").read_text(encoding="utf-8")
    escaped = {key: html.escape(text) for key, text in texts.items()}
    body = template.substitute(escaped, style=style)
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": POLICY,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return Answer(status, headers, body.encode())
