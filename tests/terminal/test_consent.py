"""The browser's part of a sandbox sign-in."""

from __future__ import annotations

import asyncio

import pytest

from lsp_codex.sandbox import loopback
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.terminal import consent


@pytest.mark.real_time
async def test_a_page_without_a_form_is_an_error_that_says_so() -> None:
    """An address that is not the consent page ends with what was found there."""
    async with loopback.serve(SandboxCodex()) as address:
        with pytest.raises(consent.ConsentFailed, match="no consent form"):
            await consent.agree(f"{address}/oauth/authorize?response_type=code")


@pytest.mark.real_time
async def test_agreeing_ends_at_the_callback_with_a_code_and_the_state() -> None:
    """The form is submitted with its hidden fields, and the redirect is followed to the listener."""
    seen: list[str] = []

    async def listener(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(listener, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, loopback.serve(SandboxCodex(redirect_ports=(port,))) as address:
        query = (
            f"response_type=code&client_id=app_EMoamEEZ73f0CkXaXp7hrann&state=nonce&scope=openid+offline_access"
            f"&redirect_uri=http%3A%2F%2F127.0.0.1%3A{port}%2Fauth%2Fcallback"
            f"&code_challenge={'c' * 43}&code_challenge_method=S256"
        )
        await consent.agree(f"{address}/oauth/authorize?{query}")
    assert seen[0].startswith("GET /auth/callback?")
    assert "state=nonce" in seen[0]
    assert "code=" in seen[0]
