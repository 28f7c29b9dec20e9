"""For the process of ``forward_proxy``: whatever name a client asks for is 127.0.0.1."""

from __future__ import annotations

from proxy.http.proxy import HttpProxyBasePlugin


class ToThisMachine(HttpProxyBasePlugin):
    """A resolver that knows one address."""

    def resolve_dns(self, host: str, port: int) -> tuple[str, None]:
        """The address for ``host``."""
        return "127.0.0.1", None
