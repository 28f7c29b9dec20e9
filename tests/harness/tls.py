"""A private certificate authority, and a server certificate of its own for ``localhost`` and the names asked for."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class PrivateTls:
    """What a server needs, as a context and as the file it was read from; the file that a client must be told of."""

    server: ssl.SSLContext
    certificate: Path
    authority: Path


def private_tls(folder: Path, *names: str) -> PrivateTls:
    """A new authority whose certificate lies in ``folder``; nobody else knows it."""
    authority = trustme.CA()
    path = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    certificate = folder / "server.pem"
    authority.issue_cert("localhost", "127.0.0.1", *names).private_key_and_cert_chain_pem.write_to_path(
        str(certificate)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return PrivateTls(context, certificate, path)
