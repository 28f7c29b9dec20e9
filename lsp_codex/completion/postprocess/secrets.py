"""Drops an answer that holds a key or a token: what a model remembers of somebody else's is not offered as code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsp_codex.completion.context import CompletionContext

_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"  # a JWT
    r"|\b(?:sk|rk|pk)[-_](?:live|test|proj|ant|or|svcacct)?[-_]?[A-Za-z0-9_-]{20,}"
    r"|\b(?:gh[oprsu]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{20,})"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bAIza[\w-]{35}"
    r"|\bxox[abeoprs]-[\w-]{10,}"
    r"|\b(?:npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,}|hf_[A-Za-z0-9]{30,}|SG\.[\w-]{20,}\.[\w-]{20,})"
    r"|://[^\s/:@]+:[^\s/:@{}$<>]{6,}@"  # a password in an address
)


def drop_if_secret(text: str, place: CompletionContext) -> str:
    """Nothing if ``text`` together with the line before it holds what only its owner should write."""
    begun = place.line_before[-80:]
    return "" if any(found.end() > len(begun) for found in _SECRET.finditer(begun + text)) else text
