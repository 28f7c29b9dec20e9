"""The sign-in port between several Codex programs: asked for politely, given up politely (callback.py, peer.py)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lsp_codex.auth.callback import CallbackListener, Code, TakenOver
from lsp_codex.errors import SignInFailed
from lsp_codex.secret import Secret
from tests.auth.test_callback import GOOD, PAGE, STATE, finish, free_port, get, listening, send
from tests.auth.test_peer import Holder, held

pytestmark = pytest.mark.real_time

CANCEL = b"GET /cancel HTTP/1.1\r\nHost: 127.0.0.1:1455\r\nConnection: close\r\n\r\n"


async def test_another_codex_program_may_take_over() -> None:
    """Its request is answered as the Codex CLI answers, and ends the wait (spec/auth.md 1.2, 1.3)."""
    async with listening() as listener:
        answer = await send(listener, CANCEL)
        assert await listener.arrival() == TakenOver()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\nLogin cancelled")


@pytest.mark.parametrize(
    "request_",
    [
        CANCEL.replace(b"\r\nConn", b"\r\nOrigin: null\r\nConn"),
        CANCEL.replace(b"\r\nConn", b"\r\nSec-Fetch-Mode: no-cors\r\nConn"),
        CANCEL.replace(b"GET", b"HEAD"),
        CANCEL.replace(b"127.0.0.1", b"evil.example"),
        CANCEL.replace(b"/cancel", b"/cancel/"),
    ],
    ids=["origin", "fetch metadata", "head", "foreign host", "path"],
)
async def test_a_page_may_not(request_: bytes) -> None:
    """Whatever a browser can send leaves the sign-in waiting (field-notes D4)."""
    async with listening() as listener:
        assert b" 200 " not in await send(listener, request_)
        arrival, _ = await finish(listener)
    assert arrival == Code(Secret("the-code"))


async def test_after_the_code_nobody_takes_over() -> None:
    """The exchange is under way: the other program is told that there is nothing."""
    async with listening() as listener:
        browser = asyncio.create_task(get(listener, GOOD))
        await listener.arrival()
        assert b" 404 " in await send(listener, CANCEL)
        listener.show(PAGE)
        await browser
        assert await listener.arrival() == Code(Secret("the-code"))


async def test_a_codex_sign_in_on_the_first_port_lets_go_of_it() -> None:
    """It is asked once, and the port is ours within a moment (spec/auth.md 1.3)."""
    async with held(Holder()) as holder, listening(holder.port, free_port()) as listener:
        assert listener.port == holder.port
        assert len(holder.heard) == 1


@pytest.mark.parametrize(
    "holder", [Holder(b"HTTP/1.1 404 x\r\n\r\n", leaves=False), Holder(leaves=False), Holder(None, leaves=False)]
)
async def test_who_stays_costs_less_than_three_seconds(holder: Holder) -> None:
    """A foreign server, a Codex that answers and stays, one that never answers: then it is the second port."""
    loop, second = asyncio.get_running_loop(), free_port()
    began = loop.time()
    async with held(holder), listening(holder.port, second) as listener:
        assert listener.port == second
    assert loop.time() - began < 3


async def test_nobody_on_the_second_port_is_asked() -> None:
    """Both held: the causes are named, and the second port's holder heard nothing (spec/auth.md 1.3)."""
    first, second = Holder(b"", leaves=False), Holder()
    async with held(first), held(second):
        listener = CallbackListener(Secret(STATE))
        with pytest.raises(SignInFailed, match=f"port {first.port} is in use, port {second.port} is in use"):
            await listener.open((first.port, second.port))
    assert (len(first.heard), second.heard) == (1, [])


async def test_a_reserved_port_is_not_asked_and_not_a_crash() -> None:
    """Windows denies access to ports it reserves (10013): the next port, at once; none left, with the cause."""
    asked: list[int] = []

    async def reserved(client: Any, host: str, port: int, **options: Any) -> asyncio.Server:
        asked.append(port)
        if len(asked) < 2:
            raise PermissionError(10013, "An attempt was made to access a socket in a way forbidden")
        return await asyncio.start_server(client, host, port, **options)

    ports = (free_port(), free_port())
    listener = CallbackListener(Secret(STATE), start=reserved)
    await listener.open(ports)
    assert (listener.port, asked[:2]) == (ports[1], list(ports))
    await listener.aclose()
    asked.clear()
    listener = CallbackListener(Secret(STATE), start=reserved)
    with pytest.raises(SignInFailed, match=f"port {ports[0]} is reserved by the system"):
        await listener.open(ports[:1])
