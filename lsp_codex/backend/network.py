"""The way out of this machine: which proxy for which address, which certificate authorities; pure.

Settings win over the environment; ``NO_PROXY`` names exceptions for both, and this machine is always one.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from lsp_codex import proxy
from lsp_codex.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lsp_codex.config import Network
    from lsp_codex.proxy import ProxyAddress

LOOPBACK = ("all://127.0.0.0/8", "all://localhost", "all://*.localhost", "all://[::1]")

VARIABLES = (("https://", "HTTPS_PROXY"), ("http://", "HTTP_PROXY"), ("all://", "ALL_PROXY"))

AUTHORITIES = ("CODEX_CA_CERTIFICATE", "SSL_CERT_FILE")
"""The first that is set counts (contract 2)."""


@dataclass(frozen=True, slots=True)
class WayOut:
    """Proxies by httpx2's URL patterns, where None is "directly"; a file of further authorities and who named it."""

    proxies: Mapping[str, ProxyAddress | None] = field(default_factory=lambda: MappingProxyType({}))
    authorities: Path | None = None
    named_by: str = ""


def way_out(settings: Network, environ: Mapping[str, str]) -> WayOut:
    """What settings and environment say. Raises ``Unreachable`` for a proxy in the environment that is none."""
    path, named_by = settings.ca_certificate, "the setting codex.network.caCertificate"
    if path is None:
        named_by = next((name for name in AUTHORITIES if environ.get(name)), "")
        path = Path(environ[named_by]) if named_by else None
    found: dict[str, ProxyAddress | None] = {}
    if settings.proxy is not None:
        found["all://"] = settings.proxy
    else:
        found |= dict(_from_environment(environ))
    if found:
        exceptions = _exceptions(_variable(environ, "NO_PROXY")[1])
        if exceptions is None:
            found = {}
        else:
            found |= dict.fromkeys(exceptions)
    return WayOut(MappingProxyType(found | dict.fromkeys(LOOPBACK)), path, named_by)


def with_system(
    environ: Mapping[str, str], platform: str, system: Callable[[], Mapping[str, str]]
) -> Mapping[str, str]:
    """``environ``, with the proxies of the system's own settings where there are such and it names none itself.

    ``system`` gives them by scheme, as ``urllib.request.getproxies`` does.
    """
    if platform not in {"darwin", "win32"} or any(_variable(environ, upper)[1] for _, upper in VARIABLES):
        return environ
    return {f"{scheme}_proxy": address for scheme, address in system().items()} | dict(environ)


def _from_environment(environ: Mapping[str, str]) -> Iterator[tuple[str, ProxyAddress]]:
    for pattern, upper in VARIABLES:
        name, value = _variable(environ, upper)
        if value:
            try:
                yield pattern, proxy.parse(value)
            except ValueError:
                # Not a word of the value: a password may stand in it.
                what = f"The proxy that the variable {name} names cannot be used: it takes {proxy.Proxy().allowed}"
                raise Unreachable(what.removesuffix(", or null")) from None


def _variable(environ: Mapping[str, str], upper: str) -> tuple[str, str]:
    """Name and value of a variable that is written in small or capital letters; the small ones win, as in curl."""
    for name in (upper.lower(), upper):
        if value := environ.get(name, "").strip():
            return name, value
    return upper, ""


def _exceptions(no_proxy: str) -> list[str] | None:
    """The patterns for a ``NO_PROXY``: names with their subdomains, addresses, networks; None: no proxy at all."""
    patterns = []
    for entry in (part.strip().lower() for part in no_proxy.split(",")):
        if entry == "*":
            return None
        if not entry or "://" in entry:
            continue
        address, slash, size = entry.strip("[]").replace("]/", "/").partition("/")
        try:
            ipaddress.ip_network(address + slash + size, strict=False)
        except ValueError:
            if not slash:
                # ".example.com" and "*.example.com" mean subdomains, "example.com" means itself too.
                dotted = entry.removeprefix("*")
                patterns.append(f"all://*{dotted}")
        else:
            patterns.append(f"all://{f'[{address}]' if ':' in address else address}{slash}{size}")
    return patterns
