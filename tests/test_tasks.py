"""Tasks: background work ends with its owner, and a failure is seen."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from lsp_codex.errors import Unanswered
from lsp_codex.tasks import Tasks, shared

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def forever() -> None:
    """Work that ends only by being cancelled."""
    await asyncio.Event().wait()


async def fail() -> None:
    """Work that fails."""
    raise LookupError("no such thing")


async def test_leaving_the_block_cancels_what_runs() -> None:
    """Nothing is left behind, and the block ends only when the tasks have."""
    ended: list[str] = []
    before = asyncio.all_tasks()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(3)
            ended.append("work")

    async with Tasks() as tasks:
        task = tasks.spawn(work(), "work")
        await asyncio.sleep(0)
    assert ended == ["work"]
    assert task.cancelled()
    assert asyncio.all_tasks() == before


async def test_an_error_of_the_block_passes_through() -> None:
    """The tasks end first, then the owner's own error goes its way."""
    with pytest.raises(KeyError):
        async with Tasks() as tasks:
            task = tasks.spawn(forever(), "forever")
            raise KeyError
    assert task.cancelled()


async def test_what_must_not_be_left_half_done_goes_on_without_its_caller(caplog: pytest.LogCaptureFixture) -> None:
    """A caller that waits gets the result or the error, which is then no failure to be logged."""
    done: list[str] = []

    async def work() -> str:
        await asyncio.sleep(1)
        done.append("work")
        return "done"

    async with Tasks() as tasks:
        assert await tasks.whole(work(), "work") == "done"
        with pytest.raises(LookupError):
            await tasks.whole(fail(), "fail")
        assert caplog.records == []
        caller = asyncio.create_task(tasks.whole(work(), "work"))
        await asyncio.sleep(0.5)
        caller.cancel()
        await asyncio.wait({caller})
        assert (caller.cancelled(), done) == (True, ["work"])
        await asyncio.sleep(1)
        assert done == ["work", "work"]


async def test_what_goes_on_without_its_caller_ends_with_its_owner_and_is_not_silent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A failure that nobody waits for any more is logged; closing cancels the rest."""

    async def later() -> None:
        await asyncio.sleep(1)
        await fail()

    tasks = Tasks()
    for work in (later(), forever()):
        caller = asyncio.create_task(tasks.whole(work, "orphan"))
        await asyncio.sleep(0.5)
        caller.cancel()
    await asyncio.sleep(2)
    assert [record.getMessage() for record in caplog.records] == ["background task orphan failed: LookupError"]
    await tasks.aclose()


async def test_a_task_gives_its_result_to_who_awaits_it() -> None:
    """A spawned task is an ordinary one, with the name it was given."""
    async with Tasks() as tasks:
        task = tasks.spawn(asyncio.sleep(5, "done"), "sleeper")
        assert task.get_name() == "sleeper"
        assert await task == "done"


async def test_a_started_task_runs_and_ends_like_any_other() -> None:
    """``start`` is for work whose end nobody waits for; the owner still does."""
    seen: list[str] = []

    async def work() -> None:
        seen.append("begun")
        try:
            await forever()
        finally:
            seen.append("ended")

    async with Tasks() as tasks:
        tasks.start(work(), "work")
        await asyncio.sleep(1)
        assert seen == ["begun"]
    assert seen == ["begun", "ended"]


async def test_a_failure_is_logged_under_its_name(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody waits for a background task, so the log has to know; the other tasks go on."""
    async with Tasks() as tasks:
        tasks.start(fail(), "the failing one")
        other = tasks.spawn(asyncio.sleep(1, "alive"), "other")
        assert await other == "alive"
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == "background task the failing one failed: LookupError"
    assert record.exc_info is not None


async def test_a_cancelled_task_is_not_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    """Cancelling is the normal case."""
    async with Tasks() as tasks:
        tasks.spawn(forever(), "one").cancel()
        await asyncio.sleep(1)
        tasks.start(forever(), "two")
    assert caplog.records == []


async def test_what_a_task_starts_while_it_ends_ends_too() -> None:
    """Closing looks again until nothing runs."""
    tasks = Tasks()
    late: list[asyncio.Task[None]] = []

    async def work() -> None:
        try:
            await forever()
        finally:
            late.append(tasks.spawn(forever(), "late"))

    tasks.start(work(), "work")
    await asyncio.sleep(0)
    await tasks.aclose()
    assert late[0].cancelled()


async def test_a_failure_while_closing_is_logged_and_the_rest_still_ends(caplog: pytest.LogCaptureFixture) -> None:
    """A broken clean-up does not keep the others from theirs."""

    async def broken() -> None:
        try:
            await forever()
        finally:
            raise LookupError

    async with Tasks() as tasks:
        tasks.start(broken(), "broken")
        other = tasks.spawn(forever(), "other")
        await asyncio.sleep(0)
    assert other.cancelled()
    assert [record.getMessage() for record in caplog.records] == ["background task broken failed: LookupError"]


@pytest.mark.parametrize("times", [1, 2])
async def test_closing_twice_or_without_tasks_is_nothing(times: int) -> None:
    """An owner may close in any order."""
    tasks = Tasks()
    for _ in range(times):
        await tasks.aclose()


async def test_a_task_may_close_its_own_owner() -> None:
    """The task that closes is not cancelled by it and is not waited for."""
    tasks = Tasks()
    other = tasks.spawn(forever(), "other")
    close: Callable[[], Awaitable[None]] = tasks.aclose

    async def closer() -> str:
        await close()
        return "closed"

    assert await tasks.spawn(closer(), "closer") == "closed"
    assert other.cancelled()


async def test_a_shared_task_outlives_who_waits_and_ends_as_its_owner_says() -> None:
    """A caller that is cancelled leaves it running; when its owner ends it, nobody who waits was cancelled."""
    async with Tasks() as tasks:
        task = tasks.spawn(asyncio.sleep(60, "done"), "sleeps")
        leaving, staying = (asyncio.create_task(shared(task)) for _ in range(2))
        await asyncio.sleep(1)
        leaving.cancel()
        await asyncio.wait({leaving})
        assert leaving.cancelled()
        assert not task.done()
    with pytest.raises(Unanswered, match="setting was changed"):
        await staying
    async with Tasks() as tasks:
        assert await shared(tasks.spawn(asyncio.sleep(60, "done"), "sleeps")) == "done"
