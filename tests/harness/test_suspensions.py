"""Interrupter: it reaches every suspension, of every task, once."""

from __future__ import annotations

import asyncio

from tests.harness.suspensions import Interrupter


async def flow(log: list[str]) -> None:
    """Three suspensions of its own and two of a task that it starts."""

    async def inner() -> None:
        for step in ("inner 1", "inner 2"):
            await asyncio.sleep(1)
            log.append(step)

    await asyncio.sleep(0)
    log.append("outer 1")
    await asyncio.create_task(inner())
    await asyncio.sleep(1)
    log.append("outer 2")


async def test_every_suspension_is_reached_in_order() -> None:
    """Five places, then none: the interrupt sees one step more each time, and runs before the flow goes on."""
    seen: list[list[str]] = []
    places: list[str] = []
    for moment in range(1, 20):
        log: list[str] = []

        async def interrupt(log: list[str] = log) -> None:
            seen.append(list(log))

        with Interrupter(moment, interrupt) as interrupter:
            await asyncio.create_task(flow(log))
        if interrupter.task is None:
            break
        await interrupter.task
        places.append(interrupter.where.partition(":")[0])
        assert log == ["outer 1", "inner 1", "inner 2", "outer 2"]
    assert places == ["flow", "flow", "inner", "inner", "flow"]
    assert [len(log) for log in seen] == [0, 1, 1, 2, 3]
