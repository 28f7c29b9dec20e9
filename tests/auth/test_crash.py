"""A process that dies at any step of a save or a delete leaves the old login or the new one, never a mix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.auth.auto_shelf import AutoShelf
from lsp_codex.auth.disk import Disk
from lsp_codex.auth.home import Home
from lsp_codex.auth.keychain import Keychain
from lsp_codex.auth.keyring_shelf import KeyringShelf
from lsp_codex.auth.sealed import SealedFile
from lsp_codex.auth.shelf import FileShelf
from lsp_codex.auth.store import ShelfStore
from tests.auth.backends import Fuse, FusedDisk, FusedKeyring, NullKeyring, SmallKeyring, WorkingKeyring
from tests.harness.accounts import FakeAccount

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lsp_codex.auth.shelf import Shelf
    from lsp_codex.auth.tokens import Kept

pytestmark = pytest.mark.real_time

OLD = FakeAccount()
NEW = OLD.but(tag="N" * 4_000, refresh_token="rt-new", last_refresh=1_800_000_000.0)
SHORT = OLD.but(access_token="opaque")
MOMENTS = ("before", "half", "after")
MOST_STEPS = 30


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store keeps things; it can be opened anew, as by the next process."""

    home: Home
    keyring: WorkingKeyring
    shelf: Callable[[Home, Disk, Any], Shelf]
    file_only: bool = False

    def store(self, disk: Disk, keyring: object) -> ShelfStore:
        """The store over a disk and a keyring."""
        return ShelfStore(self.home, self.shelf(self.home, disk, keyring))

    def whole(self) -> ShelfStore:
        """The store over what survives."""
        return self.store(Disk(), NullKeyring() if self.file_only else self.keyring)

    def fused(self, fuse: Fuse, moment: str) -> ShelfStore:
        """The store of a process that will die."""
        keyring = NullKeyring() if self.file_only else FusedKeyring(self.keyring, fuse, moment)
        return self.store(FusedDisk(fuse, moment), keyring)


def file(home: Home, disk: Disk, _: Any) -> Shelf:
    """The file alone."""
    return FileShelf(home.file, disk)


def keyring(home: Home, disk: Disk, backend: Any) -> Shelf:
    """The keyring, with the encrypted file for what is too long."""
    return KeyringShelf(home, Keychain(home, lambda: backend), disk, SealedFile(home, disk), None)


def windows(home: Home, disk: Disk, backend: Any) -> Shelf:
    """The same where the most is known."""
    return KeyringShelf(home, Keychain(home, lambda: backend), disk, SealedFile(home, disk), 1_280)


def auto(home: Home, disk: Disk, backend: Any) -> Shelf:
    """The keyring, else the file."""
    return AutoShelf(keyring(home, disk, backend), file(home, disk, backend))


STORES: dict[str, tuple[Callable[[Home, Disk, Any], Shelf], Callable[[], WorkingKeyring], bool]] = {
    "file": (file, WorkingKeyring, True),
    "keyring": (keyring, WorkingKeyring, False),
    "small keyring": (keyring, SmallKeyring, False),
    "windows": (windows, SmallKeyring, False),
    "auto": (auto, WorkingKeyring, False),
    "auto with a small keyring": (auto, SmallKeyring, False),
    "auto without a keyring": (auto, WorkingKeyring, True),
}


@pytest.fixture(params=STORES, ids=lambda name: name)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Place]:
    """Makes a place of this kind."""
    shelf, backend, file_only = STORES[request.param]
    return lambda name: Place(Home(tmp_path / name), backend(), shelf, file_only)


async def outcomes(
    opened: Callable[[str], Place], before: FakeAccount | None, after: FakeAccount | None
) -> list[Any]:
    """What is found after each possible death between ``before`` and ``after``; the last one is of no death."""
    found: list[Kept | None] = []
    for moment in MOMENTS:
        for step in range(MOST_STEPS):
            place = opened(f"{moment} {step}")
            if before is not None:
                await place.whole().save(before.tokens())
            fuse = Fuse(step)
            died = False
            try:
                dying = place.fused(fuse, moment)
                await (dying.delete() if after is None else dying.save(after.tokens()))
            except Exception as error:  # noqa: BLE001 — whatever a dying process raises, nobody sees it
                assert fuse.burnt, error
                died = True
            found.append(await place.whole().load())
            await the_next_save_works(place)
            if not died and not fuse.burnt:
                break
        else:
            pytest.fail("a save has an end")
    return found


async def the_next_save_works(place: Place) -> None:
    """Whatever a crash left, the next process can go on, and after a sign-out nothing is left."""
    store = place.whole()
    await store.save(SHORT.tokens())
    assert await place.whole().load() == SHORT.tokens()
    await store.delete()
    assert list(place.home.folder.iterdir()) == []
    assert place.keyring.entries == {}


@pytest.mark.parametrize("before", [None, OLD, SHORT, NEW.but(refresh_token="rt-before")])
@pytest.mark.parametrize("after", [OLD.but(refresh_token="rt-after", last_refresh=1_800_000_000.0), NEW])
async def test_a_death_while_saving(
    opened: Callable[[str], Place], before: FakeAccount | None, after: FakeAccount
) -> None:
    """At every step, before, half way and after it: the old login or the new one is whole."""
    allowed = [None if before is None else before.tokens(), after.tokens()]
    found = await outcomes(opened, before, after)
    assert all(one in allowed for one in found)
    assert found[-1] == after.tokens()
    assert len(found) > len(MOMENTS), "it died at least once"
    assert allowed[0] in found


@pytest.mark.parametrize("before", [OLD, NEW])
async def test_a_death_while_deleting(opened: Callable[[str], Place], before: FakeAccount) -> None:
    """The login is there, or it is not."""
    found = await outcomes(opened, before, None)
    assert all(one in (before.tokens(), None) for one in found)
    assert found[-1] is None
    assert before.tokens() in found
