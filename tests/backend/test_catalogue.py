"""The model list: asked for rarely, shared by all, and never a reason to wait twice."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from lsp_codex.backend.catalogue import FRESH, PAUSE, Catalogue, Listing
from lsp_codex.backend.models import BUNDLED, Model, to_json
from lsp_codex.errors import (
    Blocked,
    LspCodexError,
    Overloaded,
    RequestRefused,
    SignInRequired,
    TimedOut,
    Unanswered,
    Unreadable,
)
from lsp_codex.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ONE, TWO = (Model("one", "One"),), (Model("two", "Two"),)


class Service:
    """Gives one answer after another, each after ``takes`` seconds; repeats the last one."""

    def __init__(self, *answers: tuple[Model, ...] | LspCodexError, takes: float = 1.0) -> None:
        self.answers = answers
        self.takes = takes
        self.etag: str | None = "e1"
        self.asked = 0

    async def fetch(self) -> Listing:
        """The next answer."""
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        await asyncio.sleep(self.takes)
        if isinstance(answer, LspCodexError):
            raise answer
        return Listing(answer, self.etag, asyncio.get_running_loop().time())


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
    """Nothing runs on after its owner; who waits for it was not cancelled, and is told why there is no answer."""
    service = Service(ONE, takes=1_000)
    async with opened(service) as catalogue:
        waiting = asyncio.create_task(catalogue.models())
        await asyncio.sleep(1)
    with pytest.raises(Unanswered, match="setting was changed"):
        await waiting


async def test_another_edition_is_fetched_at_once_and_the_same_one_is_fresh_again() -> None:
    """``x-models-etag`` of an answer names the current edition (spec/backend.md 4)."""
    service = Service(ONE, TWO)
    async with opened(service) as catalogue:
        await catalogue.models()
        await asyncio.sleep(FRESH - 10)
        catalogue.noticed("e1")
        catalogue.noticed(None)
        await asyncio.sleep(FRESH - 10)
        assert await catalogue.models() == ONE
        assert service.asked == 1
        service.etag = "e2"
        catalogue.noticed("e2")
        await asyncio.sleep(2)
        assert await catalogue.models() == TWO
        assert service.asked == 2


async def test_editions_that_never_agree_are_not_fetched_with_every_answer() -> None:
    """A service whose two names differ would be asked with each keystroke."""
    service = Service(ONE)
    async with opened(service) as catalogue:
        await catalogue.models()
        for _ in range(100):
            catalogue.noticed("other")
            await asyncio.sleep(0.1)
        assert service.asked == 1
        await asyncio.sleep(PAUSE)
        catalogue.noticed("other")
        await asyncio.sleep(2)
        assert service.asked == 2


async def test_a_list_from_the_disk_saves_the_wait() -> None:
    """A fresh one the question too; an old one serves while the new one is on its way; each new one is kept."""
    kept: list[Listing] = []

    async def keep(listing: Listing) -> None:
        kept.append(listing)

    for age, asked in ((FRESH - 1, 0), (FRESH + 1, 1), (-100_000.0, 0)):
        service, now = Service(TWO), asyncio.get_running_loop().time

        async def recall(age: float = age) -> Listing | None:
            return Listing(ONE, "e0", asyncio.get_running_loop().time() - age)

        async with Tasks() as tasks:
            catalogue = Catalogue(service.fetch, tasks, now, recall=recall, keep=keep)
            assert await catalogue.models() == ONE
            await asyncio.sleep(2)
            assert service.asked == asked
            if age < 0:  # from a clock that was set back: fresh for five minutes at most
                await asyncio.sleep(FRESH)
                await catalogue.models()
                await asyncio.sleep(2)
                assert service.asked == 1
    assert [listing.models for listing in kept] == [TWO, TWO]


async def test_what_is_kept_can_be_read_again() -> None:
    """All of a model; a row of another version of us is left out."""
    listing = Listing(BUNDLED, "e1", 5.0)
    assert Listing.from_json(listing.to_json()) == listing
    rows = [{**to_json(BUNDLED)[0], "new": 1}, 3, to_json(BUNDLED)[1]]
    found = Listing.from_json({"models": rows, "etag": None, "fetched_at": 5})
    assert found == Listing(BUNDLED[1:2], None, 5.0)
    unreadable: tuple[object, ...] = (None, [], {"models": []}, {"models": [3], "etag": None, "fetched_at": 1})
    for row in unreadable:
        assert Listing.from_json(row) is None
    for name, value in (("priority", "1"), ("efforts", "low"), ("slug", 3), ("lite", None), ("context_window", "1")):
        row = {**to_json(BUNDLED)[0], name: value}
        assert Listing.from_json({"models": [row], "etag": None, "fetched_at": 1}) is None


async def test_in_a_pause_an_old_list_is_good_enough() -> None:
    """Nothing goes out of itself then, and the list is no reason."""
    service, quiet = Service(ONE, TWO), [False]
    async with Tasks() as tasks:
        catalogue = Catalogue(service.fetch, tasks, asyncio.get_running_loop().time, quiet=lambda: quiet[0])
        await catalogue.models()
        quiet[0] = True
        await asyncio.sleep(FRESH + 1)
        assert await catalogue.models() == ONE
        await asyncio.sleep(2)
        assert service.asked == 1
        quiet[0] = False
        await catalogue.models()
        await asyncio.sleep(2)
        assert await catalogue.models() == TWO


async def test_a_list_is_renewed_when_it_must_be() -> None:
    """Whoever needs the truth now waits for it, and gets the last one if it cannot be had."""
    async with opened(Service(ONE, TWO, TimedOut("x"))) as catalogue:
        assert await catalogue.models() == ONE
        assert await catalogue.renewed() == TWO
        assert await catalogue.renewed() == TWO


async def test_a_clock_that_is_set_back_does_not_keep_an_old_list() -> None:
    """The list is asked for again, not in a year; a number that is none in the cache is no list."""
    now, asked = [1e9], 0

    async def fetch() -> Listing:
        nonlocal asked
        asked += 1
        return Listing((Model("m", "M"),))

    tasks = Tasks()
    catalogue = Catalogue(fetch, tasks, lambda: now[0])
    await catalogue.models()
    await catalogue.models()
    assert asked == 1
    now[0] -= 365 * 86_400.0
    await catalogue.models()
    await asyncio.sleep(0)
    assert asked == 2
    await tasks.aclose()
    assert Listing.from_json({"models": to_json(BUNDLED), "etag": None, "fetched_at": 10**400}) is None
