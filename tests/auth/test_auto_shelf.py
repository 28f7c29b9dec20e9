"""Rules of lsp_codex/auth/auto_shelf.py: the table of spec/auth.md 6.3, row ``auto``, and keyrings that come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.auth.auto_shelf import AutoShelf
from lsp_codex.auth.disk import Disk
from lsp_codex.auth.home import Home
from lsp_codex.auth.keychain import Keychain
from lsp_codex.auth.keyring_shelf import KeyringShelf
from lsp_codex.auth.sealed import SealedFile
from lsp_codex.auth.shelf import FileShelf
from lsp_codex.errors import Garbled, KeyringFailed, StoreError
from tests.auth.backends import BlockingKeyring, FlakyKeyring, NoKeyring

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real_time

EARLY = {"who": "early", "last_refresh": "2026-11-20T10:00:00.000000000Z"}
LATE = {"who": "late", "last_refresh": "2026-11-20T11:30:00+01:00"}
TIMELESS = {"who": "key"}


class Site:
    """A home with a keyring that may fail."""

    def __init__(self, home: Home, backend: Any) -> None:
        self.home = home
        self.backend = backend
        self.file = FileShelf(home.file, Disk())
        home.folder.mkdir()

    def opened(self) -> AutoShelf:
        """As a new process opens it."""
        chain = Keychain(self.home, lambda: self.backend, first=0.05, later=0.05)
        return AutoShelf(KeyringShelf(self.home, chain, Disk(), SealedFile(self.home, Disk()), None), self.file)

    async def put(self, in_keyring: dict[str, Any] | None, in_file: dict[str, Any] | None) -> None:
        """What the two hold."""
        if in_keyring is not None:
            await KeyringShelf(self.home, Keychain(self.home, lambda: self.backend), Disk(), None, None).save(
                in_keyring
            )
        if in_file is not None:
            await self.file.save(in_file)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A keyring that works until it is told not to."""
    return Site(Home(tmp_path / "login"), FlakyKeyring())


@pytest.mark.parametrize(
    ("in_keyring", "in_file", "expected", "kind"),
    [
        (None, None, None, "auto"),
        (EARLY, None, EARLY, "keyring"),
        (None, EARLY, EARLY, "file"),
        (LATE, EARLY, LATE, "keyring"),
        (EARLY, {**EARLY, "who": "same time"}, EARLY, "keyring"),
        (EARLY, LATE, LATE, "file"),
        (EARLY, TIMELESS, TIMELESS, "file"),
        (TIMELESS, EARLY, EARLY, "file"),
        (TIMELESS, {"who": "other key"}, TIMELESS, "keyring"),
        ({"last_refresh": 5}, {"last_refresh": "yesterday"}, {"last_refresh": 5}, "keyring"),
    ],
)
async def test_which_record_counts(
    in_keyring: dict[str, Any] | None, in_file: dict[str, Any] | None, expected: object, kind: str, site: Site
) -> None:
    """The keyring's, unless the file's is later: the keyring's refresh token is spent then."""
    await site.put(in_keyring, in_file)
    shelf = site.opened()
    assert await shelf.load() == expected
    assert shelf.kind == kind


async def test_a_login_in_the_file_moves_to_the_keyring_with_the_next_save(site: Site) -> None:
    """Loading moves nothing; saving does, and removes the file."""
    await site.put(None, EARLY)
    shelf = site.opened()
    assert await shelf.load() == EARLY
    assert site.home.file.exists()
    await shelf.save(LATE)
    assert not site.home.file.exists()
    assert await site.opened().load() == LATE
    assert shelf.kind == "keyring"


async def test_a_keyring_that_fails_at_a_renewal_and_comes_back(site: Site) -> None:
    """The renewed tokens go to the file, count for everyone, and the next save brings them home."""
    shelf = site.opened()
    await shelf.save(EARLY)
    site.backend.works = False
    await shelf.save(LATE)
    assert shelf.kind == "file"
    assert await shelf.load() == await site.opened().load() == LATE
    site.backend.works = True
    assert await shelf.load() == await site.opened().load() == LATE
    await shelf.save({**LATE, "last_refresh": "2026-11-20T12:00:00Z"})
    assert not site.home.file.exists()


async def test_a_keyring_that_fails_is_not_an_empty_one(site: Site) -> None:
    """Who has seen the login there must not take the failure for a sign-out; who has not, goes on with the file."""
    shelf = site.opened()
    await shelf.save(EARLY)
    site.backend.works = False
    with pytest.raises(KeyringFailed):
        await shelf.load()
    assert await site.opened().load() is None
    site.backend.works = True
    assert await shelf.load() == EARLY


async def test_deleting_empties_both(site: Site) -> None:
    """And the file even if the keyring fails, which is said."""
    await site.put(EARLY, LATE)
    shelf = site.opened()
    await shelf.delete()
    assert await shelf.load() is None
    assert shelf.kind == "auto"
    await site.put(EARLY, LATE)
    site.backend.works = False
    with pytest.raises(KeyringFailed):
        await shelf.delete()
    assert not site.home.file.exists()


async def test_no_keyring_holds_nothing(tmp_path: Path) -> None:
    """Where there is none at all, deleting the file is enough."""
    site = Site(Home(tmp_path / "login"), NoKeyring())
    shelf = site.opened()
    await shelf.save(EARLY)
    assert await shelf.load() == EARLY
    await shelf.delete()
    assert await shelf.load() is None


async def test_a_prompt_that_nobody_answers_leads_to_the_file(tmp_path: Path) -> None:
    """Load, save and load again, each in time; nothing is lost when the prompt is answered at last."""
    backend = BlockingKeyring()
    site = Site(Home(tmp_path / "login"), backend)
    shelf = site.opened()
    assert await shelf.load() is None
    await shelf.save(EARLY)
    assert await shelf.load() == EARLY
    assert shelf.kind == "file"
    backend.unlock()
    assert await site.opened().load() == EARLY


async def test_what_cannot_be_read_is_not_nothing(site: Site) -> None:
    """A garbled entry or file is an error while there is nothing else to read."""
    site.backend.entries[site.home.service, site.home.account] = "garbled"
    with pytest.raises(Garbled):
        await site.opened().load()
    await site.file.save(EARLY)
    assert await site.opened().load() == EARLY
    site.home.file.write_text("garbled")
    with pytest.raises(Garbled, match=r"auth\.json"):
        await site.opened().load()
    await site.put(LATE, None)
    assert await site.opened().load() == LATE


async def test_only_the_file_is_set_aside(site: Site) -> None:
    """It may be somebody's; an entry of the keyring is replaced."""
    site.home.file.write_text("garbled")
    shelf = site.opened()
    with pytest.raises(StoreError):
        await shelf.load()
    await shelf.set_aside()
    assert [path.name.partition("-")[0] for path in site.home.folder.iterdir()] == ["auth.json.unreadable"]


async def test_a_file_that_cannot_be_removed_is_only_a_warning(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """The keyring has the newer tokens, and they count."""
    site.home.file.mkdir()
    shelf = site.opened()
    await shelf.save(LATE)
    assert "the keyring has newer ones" in caplog.text
    assert await shelf.load() == LATE
