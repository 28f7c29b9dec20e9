"""The model list: asked for rarely, shared by all, and never a reason to wait twice."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from lsp_codex.backend.catalogue import FRESH, PAUSE, Catalogue
from lsp_codex.backend.models import BUNDLED, Model
from lsp_codex.errors import Blocked, LspCodexError, Overloaded, RequestRefused, SignInRequired, TimedOut, Unreadable
from lsp_codex.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ONE, TWO = (Model("one", "One"),), (Model("two", "Two"),)


class Service:
    """Gives one answer after another, each after ``takes`` seconds; repeats the last one."""

    def __init__(self, *answers: tuple[Model, ...] | LspCodexError, takes: float = 1.0) -> None:
        self.answers = answers
        self.takes = takes
        self.asked = 0

    async def fetch(self) -> tuple[Model, ...]:
        """The next answer."""
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        await asyncio.sleep(self.takes)
        if isinstance(answer, LspCodexError):
            raise answer
        return answer


@asynccontextmanager
async def opened(service: Service) -> AsyncIterator[Catalogue]:
    """A catalogue on the virtual clock."""
    async with Tasks() as tasks:
        yield Catalogue(service.fetch, tasks, asyncio.get_running_loop().time)


async def test_a_list_is_used_for_five_minutes() -> None:
    """One question, however many ask; the next one after 300 s."""
    service = Service(ONE, TWO)
    async with opened(service) as catalogue:
        assert await asyncio.gather(*(catalogue.models() for _ in range(20))) == [ONE] * 20
        await asyncio.sleep(FRESH - 1)
        assert await catalogue.models() == ONE
        assert service.asked == 1
        await asyncio.sleep(2)
        await catalogue.models()
        await asyncio.sleep(2)
        assert service.asked == 2


async def test_an_old_list_serves_while_the_new_one_is_on_its_way() -> None:
    """A keystroke never waits for the catalogue once there is one."""
    service = Service(ONE, TWO)
    async with opened(service) as catalogue:
        await catalogue.models()
        await asyncio.sleep(FRESH + 1)
        before = asyncio.get_running_loop().time()
        assert [await catalogue.models(), await catalogue.models()] == [ONE, ONE]
        assert asyncio.get_running_loop().time() == before
        await asyncio.sleep(service.takes + 1)
        assert await catalogue.models() == TWO
    assert service.asked == 2


async def test_a_cancelled_caller_does_not_end_the_question() -> None:
    """Each keystroke cancels the one before; the list must arrive all the same."""
    service = Service(ONE)
    async with opened(service) as catalogue:
        for _ in range(4):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await catalogue.models()
        assert await catalogue.models() == ONE
    assert service.asked == 1


@pytest.mark.parametrize("trouble", [TimedOut("x"), Overloaded("x"), Unreadable("x"), RequestRefused(404, "x"), ()])
async def test_without_a_list_the_bundled_one_serves(trouble: LspCodexError | tuple[Model, ...]) -> None:
    """A service that does not answer, or answers nothing, is asked again after a pause and not with every key."""
    service = Service(trouble, ONE)
    async with opened(service) as catalogue:
        assert await catalogue.models() == BUNDLED
        await asyncio.sleep(PAUSE - 1)
        assert await catalogue.models() == BUNDLED
        assert service.asked == 1
        await asyncio.sleep(2)
        assert await catalogue.models() == ONE


async def test_the_last_good_list_is_better_than_the_bundled_one() -> None:
    """Trouble later does not bring back models that the account may not have."""
    service = Service(ONE, TimedOut("x"), (), TWO)
    async with opened(service) as catalogue:
        after = []
        for _ in range(4):
            await catalogue.models()
            await asyncio.sleep(service.takes + 1)
            after.append(await catalogue.models())
            await asyncio.sleep(FRESH + 1)
    assert after == [ONE, ONE, ONE, TWO]


@pytest.mark.parametrize("refusal", [SignInRequired(), RequestRefused(403, "x"), RequestRefused(401, "x"), Blocked()])
async def test_a_refusal_of_the_user_is_not_hidden(refusal: LspCodexError) -> None:
    """It is about the login or the way, so every caller hears it, and the next one asks anew."""
    service = Service(refusal, refusal, ONE)
    async with opened(service) as catalogue:
        for _ in range(2):
            with pytest.raises(type(refusal)) as caught:
                await catalogue.models()
            assert caught.value is refusal
        assert await catalogue.models() == ONE


async def test_a_refusal_in_the_background_shows_with_the_next_question() -> None:
    """The list of a login that is gone is not used any longer."""
    refusal = RequestRefused(403, "x")
    async with opened(Service(ONE, refusal)) as catalogue:
        await catalogue.models()
        await asyncio.sleep(FRESH + 1)
        assert await catalogue.models() == ONE
        await asyncio.sleep(2)
        with pytest.raises(RequestRefused):
            await catalogue.models()


async def test_closing_ends_the_question() -> None:
    """Nothing runs on after its owner."""
    service = Service(ONE, takes=1_000)
    async with opened(service) as catalogue:
        waiting = asyncio.create_task(catalogue.models())
        await asyncio.sleep(1)
    with pytest.raises(asyncio.CancelledError):
        await waiting
