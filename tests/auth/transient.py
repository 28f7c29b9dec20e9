"""Every answer of the token endpoint, and every lack of one, after which the login is as good as before (pain 6)."""

from __future__ import annotations

import httpx2

TRANSIENT = [
    httpx2.Response(403, text="<html>cloudflare</html>"),
    httpx2.Response(403, json={"error": {"code": "unsupported_country_region_territory"}}),
    httpx2.Response(429, json={}),
    httpx2.Response(500, text="boom"),
    httpx2.ReadError("reset"),
    httpx2.Response(200, text="zzz"),
    httpx2.Response(302, headers={"location": "https://elsewhere.invalid"}),
    httpx2.Response(400, json={"error": "invalid_client"}),
    {"id_token": "no jwt"},
]

LOST = [
    httpx2.ReadTimeout("slow"),
    httpx2.ConnectTimeout("slower"),
    httpx2.WriteTimeout("stuck"),
    httpx2.ConnectError("refused"),
    httpx2.WriteError("broken pipe"),
    httpx2.RemoteProtocolError("closed without an answer"),
    httpx2.ProxyError("the proxy says no"),
]
