"""PKCE (RFC 7636, S256), the state nonce and the authorize address; pure, randomness is an argument."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from lsp_codex.auth.tokens import CLIENT_ID
from lsp_codex.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

ORIGINATOR = "lsp_codex"
SCOPES = "openid profile email offline_access api.connectors.read api.connectors.invoke"
CALLBACK_PATH = "/auth/callback"
VERIFIER_BYTES = 64
NONCE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Pkce:
    """A verifier (86 characters, secret until the exchange) and its challenge (43 characters)."""

    verifier: Secret
    challenge: str


def new_pkce(random: Callable[[int], bytes] = secrets.token_bytes) -> Pkce:
    """A fresh pair; ``random`` gives that many random bytes (spec/auth.md 1.1)."""
    verifier = _base64url(random(VERIFIER_BYTES))
    return Pkce(Secret(verifier), _base64url(hashlib.sha256(verifier.encode("ascii")).digest()))


def new_nonce(random: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """43 characters nobody can guess: the ``state`` of one attempt, or the owner id of one login."""
    return _base64url(random(NONCE_BYTES))


def redirect_uri(port: int) -> str:
    """Where the browser brings the code; the issuer accepts ports 1455 and 1457 only (spec/auth.md 0, 1.1)."""
    return f"http://127.0.0.1:{port}{CALLBACK_PATH}"


def authorize_url(issuer: str, redirect: str, challenge: str, state: str, workspaces: str | None = None) -> str:
    """The address a person opens: parameters in the order and encoding of the Codex CLI (spec/auth.md 1.1).

    ``workspaces`` are the ids that may be signed in to, joined by commas.
    """
    query = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": redirect,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "state": state,
        "scope": SCOPES,
        "id_token_add_organizations": "true",
        "codex_cli_simplified_flow": "true",
        "originator": ORIGINATOR,
    }
    if workspaces is not None:
        query["allowed_workspace_id"] = workspaces
    return f"{issuer}/oauth/authorize?{urlencode(query)}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
