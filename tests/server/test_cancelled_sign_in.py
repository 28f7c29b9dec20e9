"""A request of the account API that is cancelled, at every await: what has come of it all the same is told."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.auth.store import MemoryStore
from lsp_codex.auth.tokens import ApiKey
from lsp_codex.sandbox.codex import SandboxCodex
from tests.conformance.checklist import BROWSER, CANCEL, DEVICE, DONE, KEY, LENT, LOGOUT, START, UPDATED
from tests.conformance.program import program, token
from tests.harness.editor import demo_login
from tests.harness.suspensions import Interrupter
from tests.harness.wire import RefusedError

if TYPE_CHECKING:
    from lsp_codex.auth.tokens import Kept
    from tests.conformance.program import Program

MODES = {None: None, "apiKey": "apikey", "chatgpt": "chatgpt"}
MOST = 200


class LikeAThread(MemoryStore):
    """A store whose writes go on when nobody waits for them any more, as those of a thread do."""

    async def save(self, tokens: Kept) -> None:
        async def later() -> None:
            await asyncio.sleep(0.01)
            await MemoryStore.save(self, tokens)

        await asyncio.shield(asyncio.create_task(later()))

    async def delete(self) -> bool:
        async def later() -> bool:
            await asyncio.sleep(0.01)
            return await MemoryStore.delete(self)

        return await asyncio.shield(asyncio.create_task(later()))


async def cancelled_at(moment: int, it: Program, method: str, params: Any) -> Interrupter:
    """Send the request and cancel it at the ``moment``-th suspension from then on; when all is quiet again."""
    number, answer = it.client.start(method, params)

    async def cancel() -> None:
        it.client.cancel(number)

    with Interrupter(moment, cancel) as interrupter, suppress(RefusedError):
        await answer
    await asyncio.sleep(5)
    return interrupter


async def held(it: Program) -> str | None:
    """Who is signed in, in the words of ``account/updated``."""
    status = await it.call("workspace/executeCommand", {"command": "codex.status"})
    kind = status["account"] and status["account"]["type"]
    return "chatgptAuthTokens" if status["state"] == "external" else MODES[kind]


@pytest.mark.parametrize("asked", [(START, KEY), (START, LENT), (LOGOUT, None), (START, BROWSER), (START, DEVICE)])
@pytest.mark.parametrize("pending", [None, BROWSER, DEVICE], ids=["nothing pends", "browser", "device"])
@pytest.mark.parametrize("signed_in", [False, True])
async def test_nothing_happens_behind_the_back_of_a_program(asked: Any, pending: Any, signed_in: bool) -> None:
    """The last ``account/updated`` is the truth, what is stored is what is in force, an ended login is told once."""
    for moment in range(1, MOST):
        codex = SandboxCodex(device_interval=1000)
        codex.lend(token())
        store = LikeAThread(demo_login(codex) if signed_in else None)
        async with program(codex, world={"store": store}) as it:
            await it.read()
            old = (await it.call(START, pending))["loginId"] if pending else None
            interrupter = await cancelled_at(moment, it, *asked)
            where = f"{moment}: {interrupter.where}"
            truth = await held(it)
            told = [said["authMode"] for _, said in it.heard(UPDATED)]
            assert (told or [None])[-1] == truth, where
            stored = await store.load()
            assert truth == "chatgptAuthTokens" or (stored is None) is (truth is None), where
            assert isinstance(stored, ApiKey) is (truth == "apikey"), where
            ends = sum(said["loginId"] == old for _, said in it.heard(DONE)) if old else 0
            still = old is not None and (await it.call(CANCEL, {"loginId": old}))["status"] == "canceled"
            assert ends == (old is not None and not still), where
        if interrupter.task is None:
            return
    raise AssertionError("it never ended")
