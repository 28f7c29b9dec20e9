"""Rules of lsp_codex/auth/vault.py."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from lsp_codex.auth.vault import Unsaved, Vault
from lsp_codex.errors import StoreError
from lsp_codex.tasks import Tasks
from tests.auth.issuer import BrokenStore
from tests.harness.accounts import FakeAccount

A, B, C = (FakeAccount(tag=tag, refresh_token=f"rt-{tag}").tokens() for tag in "ABC")
FAILURE = StoreError("save failed")


class Told:
    """Remembers what the user was told."""

    def __init__(self) -> None:
        self.errors: list[StoreError] = []

    def __call__(self, error: StoreError) -> None:
        self.errors.append(error)


async def test_a_change_by_another_process_is_seen_once() -> None:
    """What we loaded or saved ourselves is no change; what another wrote or deleted is."""
    store = BrokenStore(A)
    vault = Vault(store, Tasks(), Told())
    assert await vault.load() == A
    assert await vault.changed() == (False, A)
    await store.save(B)
    assert await vault.changed() == (True, B)
    assert await vault.changed() == (False, B)
    await vault.save(C)
    assert await vault.changed() == (False, C)
    await store.delete()
    assert await vault.changed() == (True, None)
    assert await vault.changed() == (False, None)


async def test_short_operations_do_not_wait_for_a_reservation() -> None:
    """While a refresh holds the cross-process lock, a sign-out of the same process gets its turn."""
    vault = Vault(BrokenStore(A), Tasks(), Told())
    async with vault.reserved(), asyncio.timeout(1), vault.alone():
        await vault.delete()
    assert await vault.load() is None


async def test_a_reservation_ends_after_those_who_relied_on_it() -> None:
    """Who entered under a reservation is served before the lock is given back."""
    order: list[str] = []
    vault = Vault(BrokenStore(A), Tasks(), Told())

    async def short() -> None:
        async with vault.alone():
            order.append("short begins")
            await asyncio.sleep(1)
            order.append("short ends")

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(vault.reserved())
        task = asyncio.create_task(short())
        await asyncio.sleep(0)
    order.append("reservation over")
    await task
    assert order == ["short begins", "short ends", "reservation over"]


async def test_our_own_tasks_take_turns() -> None:
    """Two short operations never overlap."""
    inside = 0
    vault = Vault(BrokenStore(A), Tasks(), Told())

    async def work() -> None:
        nonlocal inside
        async with vault.alone():
            inside += 1
            assert inside == 1
            await asyncio.sleep(1)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(3)))


async def test_a_failed_save_is_told_once_and_tried_again() -> None:
    """One message, further tries at growing distances, and then it is saved (field-notes pain 7)."""
    store, told = BrokenStore(A, "save"), Told()
    async with Tasks() as tasks:
        vault = Vault(store, tasks, told)
        await vault.load()
        vault.save_later(B, FAILURE)
        vault.save_later(C, FAILURE)
        assert vault.ahead
        await asyncio.sleep(20)
        assert store.saves >= 2
        store.failing.clear()
        await asyncio.sleep(30)
    assert told.errors == [FAILURE]
    assert await store.load() == C
    assert not vault.ahead


async def test_the_tries_have_an_end() -> None:
    """A store that is broken for good is left alone after about a quarter of an hour."""
    store = BrokenStore(A, "save")
    async with Tasks() as tasks:
        vault = Vault(store, tasks, Told())
        await vault.load()
        vault.save_later(B, FAILURE)
        await asyncio.sleep(100_000)
    assert store.saves == 5


async def test_a_late_save_never_overwrites_another_process() -> None:
    """Whoever wrote or deleted meanwhile knows better."""
    for other in (C, None):
        store = BrokenStore(A, "save")
        async with Tasks() as tasks:
            vault = Vault(store, tasks, Told())
            await vault.load()
            vault.save_later(B, FAILURE)
            store.failing.clear()
            await (store.delete() if other is None else store.save(other))
            await asyncio.sleep(100)
        assert await store.load() == other


async def test_what_is_forgotten_is_not_saved() -> None:
    """After a sign-out no late save brings the login back."""
    store = BrokenStore(A, "save")
    async with Tasks() as tasks:
        vault = Vault(store, tasks, Told())
        await vault.load()
        vault.save_later(B, FAILURE)
        vault.forget_unsaved()
        store.failing.clear()
        await asyncio.sleep(100)
        await vault.flush()
    assert await store.load() == A


async def test_the_last_try_is_at_the_end() -> None:
    """Before the process ends, what could not be saved is tried once more."""
    store = BrokenStore(A, "save")
    async with Tasks() as tasks:
        vault = Vault(store, tasks, Told())
        await vault.load()
        vault.save_later(B, FAILURE)
        store.failing.clear()
        await vault.flush()
    assert await store.load() == B


async def test_an_unreadable_store_is_an_error_unless_memory_is_ahead() -> None:
    """Tokens that never reached the store are not judged by it."""
    store = BrokenStore(A, "load", "save")
    async with Tasks() as tasks:
        vault = Vault(store, tasks, Told())
        with pytest.raises(StoreError):
            await vault.changed()
        vault.save_later(B, FAILURE)
        assert await vault.changed() == (False, None)


async def test_what_could_not_be_saved_is_handed_on() -> None:
    """The vault that comes after saves it as soon as that is possible, and until then it is what counts."""
    store = BrokenStore(A)
    async with Tasks() as tasks:
        vault = Vault(store, tasks, Told())
        await vault.load()
        store.failing |= {"save", "load"}
        vault.save_later(B, FAILURE)
        await vault.flush()
    assert vault.unsaved == Unsaved(B, A)
    async with Tasks() as tasks:
        after = Vault(store, tasks, Told(), vault.unsaved)
        assert await after.valid() == B
        store.failing.clear()
        await asyncio.sleep(2)
        assert await store.load() == B
        assert after.unsaved is None


async def test_what_another_process_saved_meanwhile_counts() -> None:
    """It is newer than what was left over, which nobody saves any more."""
    store = BrokenStore(C)
    async with Tasks() as tasks:
        vault = Vault(store, tasks, Told(), Unsaved(B, A))
        assert await vault.valid() == C
        assert vault.unsaved is None
        await asyncio.sleep(2)
        assert await store.load() == C
