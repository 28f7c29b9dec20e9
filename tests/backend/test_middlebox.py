"""Sockets where something in between, or somebody who signs in meanwhile, plays tricks on them; time is virtual."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2
import pytest

from lsp_codex.backend import held
from lsp_codex.errors import CredentialsRejected
from lsp_codex.sandbox import replies
from tests.backend.helpers import ASK, COMPLETED, client_of, delta, stream_of
from tests.backend.test_held import SOCKET, site
from tests.backend.test_websocket import Far, agree

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Middlebox:
    """Lets every upgrade pass and then plays ``far``; a request over SSE is answered. ``upgrades`` counts."""

    far: Callable[[], Far]
    upgrades: int = 0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        """One request."""
        if "upgrade" in request.headers:
            self.upgrades += 1
            return agree(self.far())(request)
        return stream_of(delta("over SSE"), COMPLETED) if request.method == "POST" else httpx2.Response(404)


async def test_sockets_that_end_at_once_are_not_opened_for_ever() -> None:
    """After a few, none for a while; requests are answered meanwhile."""

    def ended() -> Far:
        far = Far()
        far.say(b"")
        return far

    box = Middlebox(ended)
    async with client_of(box, transport="auto") as client:
        for _ in range(100):
            client.make_ready()
            await asyncio.sleep(1)
        assert box.upgrades <= held.DEAD + 1
        assert await client.text(ASK) == "over SSE"
        await asyncio.sleep(held.PAUSE)
        client.make_ready()
        await asyncio.sleep(1)
        assert box.upgrades > held.DEAD + 1


@pytest.mark.parametrize("patient", [True, False])
async def test_a_way_that_swallows_frames_is_left(*, patient: bool) -> None:
    """One request waits for as long as that takes, or many that the next key supersedes do; then SSE answers."""
    box = Middlebox(Far)
    async with client_of(box, transport="auto") as client:
        clock = asyncio.get_running_loop().time
        began = clock()
        for _ in range(1 if patient else 20):
            client.make_ready()
            await asyncio.sleep(0.1)
            with suppress(TimeoutError):
                async with asyncio.timeout(None if patient else 0.9):
                    assert await client.text(ASK) == "over SSE"
        assert clock() - began < 2 * held.SILENT
        assert box.upgrades <= (held.OPEN if patient else 20)
        began = clock()
        client.make_ready()
        await asyncio.sleep(0.1)
        assert await client.text(ASK) == "over SSE"
        assert clock() - began < 1


async def test_a_request_of_one_account_never_takes_the_socket_of_another() -> None:
    """It waits for its next try while somebody else signs in, and does not go out in that one's name."""
    async with site("websocket") as here:
        assert await here.ask() is SOCKET
        here.codex.script(replies.failed("server_error", "once more"))
        asking = asyncio.create_task(here.client.text(ASK))
        await asyncio.sleep(0.1)
        here.source.account = here.codex.person.account_id
        assert await here.ask("for the other") is SOCKET
        before = len(here.answers)
        with pytest.raises(CredentialsRejected):
            await asking
        assert len(here.answers) == before
