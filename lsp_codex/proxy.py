"""ProxyAddress: a proxy as a person writes it, its password kept secret; and the kind of setting that takes one."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from lsp_codex.secret import Secret

SCHEMES = ("http", "https", "socks5", "socks5h")


@dataclass(frozen=True, slots=True)
class ProxyAddress:
    """Where the proxy is; ``url`` holds neither user nor password, so it may be shown."""

    url: str
    user: str = ""
    password: Secret | None = None

    def credentials(self) -> tuple[str, str] | None:
        """User and password for the proxy itself, if it wants any."""
        if not self.user and self.password is None:
            return None
        return self.user, self.password.reveal() if self.password is not None else ""


def parse(text: str) -> ProxyAddress:
    """``[scheme://][user:password@]host[:port]``, percent signs in user and password decoded; http without a scheme.

    Raises ``ValueError`` without the text, in which a password may stand.
    """
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port
    except ValueError:
        raise ValueError("not the address of a proxy") from None
    host = parts.hostname or ""
    if parts.scheme not in SCHEMES or not host or any(c.isspace() for c in text) or parts.query or parts.fragment:
        raise ValueError("not the address of a proxy")
    if port == 0 or parts.path not in {"", "/"}:
        raise ValueError("not the address of a proxy")
    where = f"[{host}]" if ":" in host else host
    password = None if parts.password is None else Secret(unquote(parts.password))
    url = f"{parts.scheme}://{where}" + (f":{port}" if port else "")
    return ProxyAddress(url, unquote(parts.username or ""), password)


@dataclass(frozen=True, slots=True)
class Proxy:
    """The address of a proxy; a value that is refused is never repeated, as a password may stand in it."""

    allowed: str = "an address such as http://user:password@host:port (http, https, socks5 or socks5h), or null"
    hidden: bool = True

    def parse(self, value: object) -> object:
        if isinstance(value, str) and value.strip():
            return parse(value)
        raise ValueError

    def schema(self) -> dict[str, object]:
        return {"type": ["string", "null"]}
