"""Routing: what the account API says of the selected workspace, strictly read; the texts of its errors; pure.

``workspace.py`` reads the same answer leniently, for requests that must go on; this is for who asks about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lsp_codex.backend.workspace import NONE, OVERRIDES
from lsp_codex.errors import AuthError, LspCodexError, RoutingFailed, TimedOut

if TYPE_CHECKING:
    from collections.abc import Mapping

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

FAILED = "workspace routing discovery failed"
UNAUTHORIZED = "workspace routing discovery unauthorized (401)"
TIMED_OUT = "workspace routing discovery timed out"
NO_ACCOUNT = "workspace routing requires a ChatGPT account id"
MISSING = "selected workspace missing from routing discovery"
DUPLICATE = "duplicate workspace in routing discovery"
NO_ORIGIN = "workspace routing discovery missing backend origin"
BAD_OVERRIDE = "workspace routing discovery has invalid account routing override"
NOT_HTTPS = "workspace backend must use an HTTPS origin without credentials"
NOT_AN_ORIGIN = "workspace backend must return an origin"


@dataclass(frozen=True, slots=True)
class Routing:
    """One workspace: its name, the origin its requests go to, and a word for the routing header or NO_CONSTRAINT."""

    account_id: str
    origin: str
    override: str
    name: str | None = None


def parse(answer: Mapping[str, object], account_id: str, base: str) -> Routing:
    """The row of ``account_id`` in the answer of ``wham/accounts/check``; ``base`` is the ChatGPT base address.

    Raises :class:`RoutingFailed`. An http origin is taken where ``base`` itself is on this machine: the sandbox.
    """
    rows = answer.get("accounts")
    if not isinstance(rows, list):
        raise RoutingFailed(FAILED)
    mine = [row for row in rows if isinstance(row, dict) and row.get("id") == account_id]
    if len(mine) != 1:
        raise RoutingFailed(DUPLICATE if mine else MISSING, final=True)
    row = mine[0]
    override = row.get("account_routing_override") or NONE
    if override != NONE and override not in OVERRIDES:
        raise RoutingFailed(BAD_OVERRIDE, final=True)
    found = row.get("workspace_backend_origin")
    if not isinstance(found, str) or not found:
        raise RoutingFailed(NO_ORIGIN, final=True)
    name = row.get("name")
    origin = _origin(base, ours=True) if found == NONE else _origin(found, ours=False)
    return Routing(account_id, origin, override, name if isinstance(name, str) else None)


def _origin(address: str, *, ours: bool) -> str:
    """The origin of an ``address``; ``ours``: of the settings, which have been checked."""
    try:
        parts = urlsplit(address)
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        raise RoutingFailed(NOT_AN_ORIGIN, final=True) from None
    host = parts.hostname or ""
    safe = parts.scheme == "https" or (ours and host in LOOPBACK)
    if not safe or "@" in parts.netloc:
        raise RoutingFailed(NOT_HTTPS, final=True)
    if not host or (not ours and (parts.path not in ("", "/") or parts.query or parts.fragment)):
        raise RoutingFailed(NOT_AN_ORIGIN, final=True)
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def failed(error: LspCodexError) -> RoutingFailed:
    """What a question for the routing that got no answer is called."""
    if isinstance(error, RoutingFailed):
        return error
    if error.http_status == 401 or isinstance(error, AuthError):
        return RoutingFailed(UNAUTHORIZED)
    return RoutingFailed(TIMED_OUT if isinstance(error, TimedOut) else FAILED)
