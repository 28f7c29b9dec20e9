"""Rules of lsp_codex/auth/callback.py: strict about what counts, patient with everything else."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from lsp_codex.auth.callback import Arrival, CallbackListener, Code, Refused
from lsp_codex.auth.pages import Page
from lsp_codex.errors import SignInFailed, SignInFailure
from lsp_codex.secret import Secret

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.real_time

STATE = "right-state"
PAGE = Page(b"<p>done</p>", (("Content-Type", "text/html; charset=utf-8"),))
GOOD = f"/auth/callback?code=the-code&scope=openid&state={STATE}"


@asynccontextmanager
async def listening(*ports: int) -> AsyncIterator[CallbackListener]:
    """A listener on one of ``ports``, or on any free one."""
    listener = CallbackListener(Secret(STATE))
    await listener.open(ports or (0,))
    try:
        yield listener
    finally:
        await listener.aclose()


async def send(listener: CallbackListener, data: bytes, host: str = "127.0.0.1") -> bytes:
    """Everything the listener answers to ``data``."""
    reader, writer = await asyncio.open_connection(host, listener.port)
    try:
        writer.write(data)
        await writer.drain()
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def get(listener: CallbackListener, target: str, host: str = "127.0.0.1", method: str = "GET") -> bytes:
    """The answer to one request."""
    return await send(listener, f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())


async def finish(listener: CallbackListener, target: str = GOOD) -> tuple[Arrival, bytes]:
    """Bring ``target`` as the browser would; what arrived, and the answer after the page was shown."""
    browser = asyncio.create_task(get(listener, target))
    async with asyncio.timeout(5):
        arrival = await listener.arrival()
    assert not browser.done()
    listener.show(PAGE)
    return arrival, await browser


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def test_whoever_is_cancelled_while_ports_are_bound_leaves_none_behind() -> None:
    """At every turn of the loop: a listener that nobody holds would keep the port as long as the process lives."""
    for turns in range(30):
        port = free_port()
        listener = CallbackListener(Secret(STATE))
        opening = asyncio.create_task(listener.open([port]))
        for _ in range(turns):
            await asyncio.sleep(0)
        finished = opening.done()
        opening.cancel()
        await asyncio.wait({opening})
        await listener.aclose()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        if finished:
            return
    raise AssertionError("the ports were never bound")


async def test_the_code_arrives_and_the_browser_waits_for_its_page() -> None:
    """The page is sent when it is shown, not before: success is success only after everything is saved."""
    async with listening() as listener:
        arrival, answer = await finish(listener)
    assert arrival == Code(Secret("the-code"))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\n<p>done</p>")
    assert b"Connection: close\r\n" in answer


NOISE = {
    "root": (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
    "favicon": (b"GET /favicon.ico HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
    "trailing slash": (b"GET /auth/callback/ HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
    "success called by anybody": (b"GET /success HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
    "another authority": (f"GET //x{GOOD} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), b"404"),
    "head": (f"HEAD {GOOD} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), b"200"),
    "post": (f"POST {GOOD} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc".encode(), b"405"),
    "preflight": (f"OPTIONS {GOOD} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), b"405"),
    "foreign host": (f"GET {GOOD} HTTP/1.1\r\nHost: evil.example\r\n\r\n".encode(), b"403"),
    "rebound host": (f"GET {GOOD} HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n".encode(), b"403"),
    "no host": (f"GET {GOOD} HTTP/1.1\r\n\r\n".encode(), b"400"),
    "two hosts": (f"GET {GOOD} HTTP/1.1\r\nHost: localhost\r\nHost: x\r\n\r\n".encode(), b"400"),
    "absolute target": (f"GET http://127.0.0.1{GOOD} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), b"400"),
    "nonsense": (b"nonsense\r\n\r\n", b"400"),
    "no state": (b"GET /auth/callback?code=x HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
    "wrong state": (b"GET /auth/callback?code=x&state=bad HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
    "empty state": (b"GET /auth/callback?code=x&state= HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
    "state of other letters": (b"GET /auth/callback?code=x&state=%C3%A9 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
    "two states": (f"GET {GOOD}&state=bad HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), b"400"),
    "error with a wrong state": (b"GET /auth/callback?error=x&state=bad HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
    "too many fields": (f"GET {GOOD}{'&a=b' * 100} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), b"400"),
    "100 KB of path": (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"431"),
    "100 KB of header": (b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a" * 100_000 + b"\r\n\r\n", b"431"),
    "5 MB of body": (b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n" + bytes(5_000_000), b"405"),
    "tls": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), b""),
    "zeros": (bytes(1000), b""),
}


@pytest.mark.parametrize(("data", "status"), NOISE.values(), ids=NOISE)
async def test_nothing_but_the_callback_ends_the_wait(data: bytes, status: bytes) -> None:
    """Each is answered at once in its own way, and the true callback is still taken (field-notes pain 22)."""
    async with listening() as listener:
        answer = await send(listener, data)
        assert answer.split(b" ")[1:2] == ([status] if status else [])
        assert b"the-code" not in answer
        arrival, _ = await finish(listener)
    assert arrival == Code(Secret("the-code"))


async def test_a_head_request_gets_no_body() -> None:
    """An answer to HEAD ends with its head."""
    async with listening() as listener:
        assert (await get(listener, "/nothing", method="HEAD")).endswith(b"\r\n\r\n")


async def test_silent_and_slow_peers_do_not_hold_up_the_browser() -> None:
    """Idle, half-open and dripping connections stay aside while the callback is taken."""
    async with listening() as listener:
        idle = [await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(20)]
        for _, writer in idle[:10]:
            writer.write(b"GET /auth/callback?code=evil")
        idle[0][1].transport.abort()
        arrival, answer = await finish(listener)
        for _, writer in idle:
            writer.close()
    assert arrival == Code(Secret("the-code"))
    assert answer.endswith(b"<p>done</p>")


async def test_too_many_connections_are_turned_away() -> None:
    """A flood ends at a limit; who is turned away can come again."""
    async with listening() as listener:
        flood = [await asyncio.open_connection("127.0.0.1", listener.port) for _ in range(70)]
        turned_away = [reader async for reader in _ended([reader for reader, _ in flood])]
        assert turned_away
        for _, writer in flood:
            writer.close()
        await asyncio.sleep(0.05)
        arrival, _ = await finish(listener)
    assert arrival == Code(Secret("the-code"))


async def _ended(readers: list[asyncio.StreamReader]) -> AsyncIterator[asyncio.StreamReader]:
    for reader in readers[-3:]:
        async with asyncio.timeout(5):
            try:
                if await reader.read(1) == b"":
                    yield reader
            except ConnectionError:
                yield reader


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("error=access_denied&error_description=No+way", Refused("access_denied", "No way")),
        ("error=access_denied", Refused("access_denied")),
        ("error=&code=x", Refused("")),
        ("error=server_error&code=x", Refused("server_error")),
        ("code=", Refused("missing_authorization_code")),
        ("scope=openid", Refused("missing_authorization_code")),
        ("code=a&code=b", Refused("missing_authorization_code")),
        ("code=a%2Fb+c", Code(Secret("a/b c"))),
    ],
)
async def test_what_the_right_state_brings(query: str, expected: Arrival) -> None:
    """With the right state the request decides: error before code, a missing code is an error."""
    async with listening() as listener:
        arrival, _ = await finish(listener, f"/auth/callback?{query}&state={STATE}")
    assert arrival == expected


async def test_the_first_arrival_counts() -> None:
    """A browser that loads the address twice sees the same page; the code is taken once, a later error ignored."""
    async with listening() as listener:
        first = asyncio.create_task(get(listener, GOOD))
        await listener.arrival()
        second = asyncio.create_task(get(listener, f"/auth/callback?error=x&state={STATE}"))
        await asyncio.sleep(0.05)
        listener.show(PAGE)
        answers = await asyncio.gather(first, second)
        assert await listener.arrival() == Code(Secret("the-code"))
    assert all(answer.endswith(b"<p>done</p>") for answer in answers)


async def test_a_browser_that_leaves_changes_nothing() -> None:
    """The code has arrived; that nobody reads the page is no error."""
    async with listening() as listener:
        _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(f"GET {GOOD} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert await listener.arrival() == Code(Secret("the-code"))
        writer.transport.abort()
        listener.show(PAGE)


async def test_the_port_is_free_at_once() -> None:
    """After the end, with idle connections and one in the middle of its page, the port can be bound again."""
    async with listening() as listener:
        port = listener.port
        _, idle = await asyncio.open_connection("127.0.0.1", port)
        browser = asyncio.create_task(get(listener, GOOD))
        await listener.arrival()
        listener.show(PAGE)
    assert (await browser).endswith(b"<p>done</p>")
    async with asyncio.timeout(1), listening(port) as again:
        assert again.port == port
    idle.close()


async def test_closing_takes_no_time_when_nobody_is_answered() -> None:
    """Idle connections and a browser without a page do not delay the end."""
    loop = asyncio.get_running_loop()
    listener = CallbackListener(Secret(STATE))
    await listener.open((0,))
    _, idle = await asyncio.open_connection("127.0.0.1", listener.port)
    browser = asyncio.create_task(get(listener, GOOD))
    await listener.arrival()
    began = loop.time()
    await listener.aclose()
    assert loop.time() - began < 0.5
    assert await browser == b""
    idle.close()


async def test_the_second_port_when_the_first_is_taken() -> None:
    """1455 held means 1457, and the listener says which it is."""
    second = free_port()
    async with listening() as holder, listening(holder.port, second) as listener:
        assert listener.port == second


async def test_no_third_port() -> None:
    """Both held ends the attempt with the cause; no other port is tried."""
    async with listening() as one, listening() as two:
        listener = CallbackListener(Secret(STATE))
        with pytest.raises(SignInFailed) as caught:
            await listener.open((one.port, two.port))
        assert caught.value.reason is SignInFailure.PORT_BUSY
        await listener.aclose()


async def test_only_loopback_is_bound() -> None:
    """127.0.0.1, and ::1 where it exists (field-notes pain 20)."""
    async with listening() as listener:
        bound = {name[0] for server in listener._servers for name in (s.getsockname() for s in server.sockets)}
    assert "127.0.0.1" in bound
    assert bound <= {"127.0.0.1", "::1"}


async def test_ipv6_reaches_the_same_listener() -> None:
    """A browser that takes ``localhost`` for ::1 arrives too, if the machine has IPv6."""
    async with listening() as listener:
        if len(listener._servers) < 2:
            pytest.skip("no IPv6 loopback here")
        answer = await send(listener, b"GET /x HTTP/1.1\r\nHost: [::1]:1455\r\n\r\n", host="::1")
    assert answer.startswith(b"HTTP/1.1 404")


async def test_a_missing_ipv6_is_not_a_busy_port() -> None:
    """Where ::1 cannot be bound, for whatever reason, 127.0.0.1 is enough."""
    port = free_port()
    with socket.socket(socket.AF_INET6) as other:
        try:
            other.bind(("::1", port))
        except OSError:
            pytest.skip("no IPv6 loopback here")
        other.listen()
        async with listening(port) as listener:
            assert listener.port == port
            arrival, _ = await finish(listener)
    assert arrival == Code(Secret("the-code"))


async def test_nothing_is_logged_above_debug(caplog: pytest.LogCaptureFixture) -> None:
    """Noise on the port is not worth a word, and the code never is."""
    caplog.set_level("DEBUG", logger="lsp_codex")
    async with listening() as listener:
        for data, _ in NOISE.values():
            await send(listener, data)
        await finish(listener)
    assert not caplog.records


async def test_a_stray_browser_is_told_of() -> None:
    """Another sign-in's answer ends nothing, and whoever asked hears of it; other noise is not worth it."""
    strays: list[str] = []
    listener = CallbackListener(Secret(STATE), lambda: strays.append("stray"))
    await listener.open((0,))
    await get(listener, "/auth/callback?code=x&state=other")
    await get(listener, "/favicon.ico")
    assert strays == ["stray"]
    await listener.aclose()


async def test_what_is_pasted_counts_as_what_a_browser_brings() -> None:
    """The right state decides; another one changes nothing."""
    listener = CallbackListener(Secret(STATE))
    assert not listener.bring("code=x&state=other")
    assert not listener.bring("nonsense")
    assert listener.bring(f"code=pasted&state={STATE}")
    assert listener.bring(f"code=again&state={STATE}")
    assert await listener.arrival() == Code(Secret("pasted"))
