"""Exclusion: which documents never leave this machine, by patterns in gitignore syntax; pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT = (
    ".env*", "*.env", ".dev.vars", ".vault-token",
    "*.pem", "*.key", "*.p12", "*.pfx", "*.p8", "*.jks", "*.keystore", "*.kdbx", "*.ppk",
    "*.crt", "*.cer", "*.der", "*.gpg", "*.pgp", "*.ovpn",
    "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", ".ssh/", ".gnupg/",
    ".netrc", "_netrc", ".pgpass", ".my.cnf", ".npmrc", ".pypirc", ".git-credentials", ".htpasswd",
    "credentials", "credentials.json", "credentials.toml", "auth.json",
    "credentials.y*ml",
    "secrets.json", "secrets.y*ml", "secrets.toml", "client_secret*.json", "service-account*.json",
    ".aws/", ".azure/", ".kube/", "**/.docker/config.json", "*.tfvars", "*.tfstate",
)  # fmt: skip
"""Keys, certificates, environments and credential files."""

_DRIVE = re.compile(r"^/?[A-Za-z]:/")


def check(patterns: Iterable[str]) -> None:
    """Raises ``ValueError`` if one of ``patterns`` is none."""
    import pathspec

    try:
        pathspec.GitIgnoreSpec.from_lines(patterns)
    except re.error as error:
        raise ValueError(str(error)) from None


def excluded(uri: str, patterns: Iterable[str], roots: Iterable[str] = ()) -> bool:
    """Whether a pattern names the document; one with a slash counts from the folder of ``roots`` it lies in (URIs).

    What cannot be read as an address is matched as it is. What no pattern names is matched in lower case too: there
    are systems on which that is the same file. Patterns are those that :func:`check` lets pass.
    """
    import pathspec  # 56 ms, with the first question

    spec = pathspec.GitIgnoreSpec.from_lines(patterns)
    path = _path(uri)
    inside = [path[len(root) :] for each in roots if path.startswith(root := _path(each).rstrip("/") + "/")]
    shown = min(inside, key=len, default=path)
    relative = _DRIVE.sub("", shown).lstrip("/")
    named = spec.check_file(relative).include
    return bool(named) if named is not None else spec.match_file(relative.lower())


def _path(uri: str) -> str:
    try:
        return unquote(urlsplit(uri).path).replace("\\", "/")
    except ValueError:
        return uri
