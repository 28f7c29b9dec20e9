"""Sentinels: how a credential looks in these tests, so that one that shows can be seen anywhere; no I/O.

Every token, key, code and verifier that the sandbox and the tests make has one of these shapes, and nothing else has.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MARK = "s3ntinel"
"""Eight characters that base64url text may begin with: a PKCE verifier does, see :func:`marked`."""

_MARK_BYTES = base64.urlsafe_b64decode(MARK)
VERIFIER_BYTES = 64

# Most texts hold none of these, and looking for them costs next to nothing.
HINTS = ("eyJ", "rt-", "sk-", "at-", "code-", "dev-", MARK)
SHAPE = re.compile(
    r"eyJ[\w-]{8,}"  # any JWT, also the beginning of one that was cut
    r"|(?<![\w-])(?:rt|sk)-\w[\w.-]*"
    r"|(?<![\w-])(?:at|code|dev)-(?:opaque|sandbox|fake)[\w-]*"
    rf"|{MARK}[\w-]*"
)


PLANTED = "pl4nted-secret-of-a-document"
"""What stands in documents that must not leave the machine; :mod:`tests.harness.editor` opens one in each test."""

# The person's browser is played by httpx2, too; nothing of ours ever asks for such an address.
_BROWSER = re.compile(r"https?://[\w.:\[\]]+/(?:auth|deviceauth)/callback\?[^\s'\"]*")


def found(text: str, where: str = "") -> list[str]:
    """The credentials that show in ``text``, which was seen ``where``."""
    if not any(hint in text for hint in HINTS):
        return []
    shown = SHAPE.findall(_BROWSER.sub("", text) if where.startswith("log of http") else text)
    # VS Code and what drives it talk base64 of JSON of their own; there a token is known by its header, {"alg"…
    other = where == "output of a process"
    shown = [each for each in shown if not each.startswith("eyJ") or _is_json(each)]
    return [each for each in shown if not (other and each.startswith("eyJ") and not each.startswith("eyJhbGciOi"))]


def _is_json(shown: str) -> bool:
    """Whether base64url text begins as JSON does; the random key of a WebSocket's handshake may be eyJ…, too."""
    begin = shown[: min(len(shown), 40) // 4 * 4]
    return base64.urlsafe_b64decode(begin).isascii() and base64.urlsafe_b64decode(begin).decode().isprintable()


def marked(random: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """``random``, but as many bytes as only a verifier is made of begin so that their base64url begins with MARK."""

    def give(count: int) -> bytes:
        if count != VERIFIER_BYTES:
            return random(count)
        return _MARK_BYTES + random(count - len(_MARK_BYTES))

    return give
