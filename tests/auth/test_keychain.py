"""Rules of lsp_codex/auth/keychain.py: keyrings of every kind, and the Codex CLI's items in the Secret Service."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import secretstorage
from keyring.backends import SecretService

from lsp_codex.auth.home import Home
from lsp_codex.auth.keychain import CodexItems, Keychain, shared_keyring, system_keyring
from lsp_codex.errors import KeyringFailed, KeyringTrouble
from tests.auth.backends import BlockingKeyring, NoKeyring, NullKeyring, SmallKeyring, WorkingKeyring

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lsp_codex.auth.keychain import Backend
    from tests.harness import secret_service as secrets

pytestmark = pytest.mark.real_time


def service() -> Any:
    """The backend of ``keyring`` for the Secret Service; it is not typed."""
    return SecretService.Keyring()  # type: ignore[no-untyped-call]


def keychain(backend: Any, path: Path, *, limit: float = 5.0) -> Keychain:
    """The entry of the home ``path``."""
    return Keychain(Home(path), lambda: backend, first=limit, later=limit)


async def test_a_value_is_kept_and_deleted(tmp_path: Path) -> None:
    """Under our own service and the account of the home; deleting nothing is no error."""
    backend = WorkingKeyring()
    chain = keychain(backend, tmp_path)
    assert await chain.get() is None
    await chain.put("value")
    assert backend.entries == {("lsp-codex", Home(tmp_path).account): "value"}
    assert await chain.get() == "value"
    await chain.delete()
    await chain.delete()
    assert await chain.get() is None


class Doubled(WorkingKeyring):
    """Two programs have written an item each under one name."""

    copies = 2

    def delete_password(self, service: str, username: str, /) -> None:
        self.copies -= 1
        if self.copies == 0:
            super().delete_password(service, username)


class Sticky(WorkingKeyring):
    """Says that it deletes and does not."""

    def delete_password(self, service: str, username: str, /) -> None:
        pass


def unusable() -> Backend:
    """An installation that lacks a module."""
    raise ModuleNotFoundError


def odd() -> Backend:
    """What no keyring should do."""
    raise ZeroDivisionError("secret-value")


@pytest.mark.parametrize(
    ("open_backend", "reason", "detail"),
    [
        (NoKeyring, KeyringTrouble.ABSENT, ""),
        (NullKeyring, KeyringTrouble.FORGETFUL, ""),
        (lambda: SmallKeyring(3), KeyringTrouble.REFUSED, "(OSError)"),
        (unusable, KeyringTrouble.ABSENT, ""),
        (odd, KeyringTrouble.REFUSED, "(ZeroDivisionError)"),
    ],
)
async def test_why_a_keyring_is_of_no_use(
    open_backend: Callable[[], Backend], reason: KeyringTrouble, detail: str, tmp_path: Path
) -> None:
    """The message names the cause and the setting for the file, and never the value."""
    with pytest.raises(KeyringFailed) as caught:
        await Keychain(Home(tmp_path), open_backend).put("secret-value")
    assert caught.value.reason is reason
    said = caught.value.for_person()
    assert reason.value in said
    assert detail in said
    assert 'codex.auth.store = "file"' in said
    assert "secret-value" not in said
    assert caught.value.__cause__ is None


async def test_every_copy_is_deleted(tmp_path: Path) -> None:
    """And a keyring that keeps its entry all the same is found out."""
    for backend, gone in ((Doubled(), True), (Sticky(), False)):
        chain = keychain(backend, tmp_path)
        await chain.put("value")
        if gone:
            await chain.delete()
            assert await chain.get() is None
        else:
            with pytest.raises(KeyringFailed, match="still has the entry"):
                await chain.delete()


async def test_a_prompt_that_nobody_answers_holds_up_nothing(tmp_path: Path) -> None:
    """The first question ends in time, the next at once, one thread waits; once it is answered all works again."""
    backend = BlockingKeyring()
    chain = Keychain(Home(tmp_path), lambda: backend, first=0.05, later=5.0)
    loop, ticks = asyncio.get_running_loop(), 0
    begin = loop.time()
    asking = asyncio.create_task(chain.get())
    while not asking.done():
        ticks += 1
        await asyncio.sleep(0.005)
    with pytest.raises(KeyringFailed, match="does not answer"):
        await asking
    with pytest.raises(KeyringFailed, match="does not answer"):
        await chain.put("value")
    assert loop.time() - begin < 2
    assert ticks > 3, "the loop went on"
    assert sum(thread.name == "keyring" for thread in threading.enumerate()) == 1
    backend.unlock()
    async with asyncio.timeout(5):
        while True:
            try:
                await chain.put("value")
            except KeyringFailed:
                await asyncio.sleep(0.01)
            else:
                break
    assert await chain.get() == "value"


async def test_who_goes_away_leaves_no_second_call(tmp_path: Path) -> None:
    """A cancelled caller's call still runs: the next one does not start beside it."""
    backend = BlockingKeyring()
    chain = keychain(backend, tmp_path)
    asking = asyncio.create_task(chain.get())
    await asyncio.sleep(0.05)
    asking.cancel()
    await asyncio.wait({asking})
    assert asking.cancelled()
    with pytest.raises(KeyringFailed, match="does not answer"):
        await chain.get()
    backend.unlock()


async def test_calls_take_turns(tmp_path: Path) -> None:
    """Two callers, one after the other; neither is refused."""
    chain = keychain(WorkingKeyring(), tmp_path)
    await asyncio.gather(*(chain.put("value") for _ in range(5)))
    assert await chain.get() == "value"


PROGRAM = """
import asyncio, threading
from pathlib import Path
from lsp_codex.auth.home import Home
from lsp_codex.auth.keychain import Keychain

async def main():
    try:
        await Keychain(Home(Path("/x")), threading.Event().wait, first=0.05).get()
    except Exception as error:
        print(error)

asyncio.run(main())
"""


def test_a_blocked_call_does_not_hold_up_the_end_of_the_process() -> None:
    """The editor is gone; nobody will ever answer that prompt."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 0, done.stderr
    assert "does not answer" in done.stdout


def test_the_systems_keyring_is_keyrings_choice() -> None:
    """Its own settings hold: here the environment variable that keeps tests away from the developer's."""
    assert type(system_keyring()).__module__ == "keyring.backends.fail"


# --- shared with the Codex CLI ------------------------------------------------------------------------------------


class Chain:
    """As keyring.backends.chainer: several in one."""

    def __init__(self, *backends: Any) -> None:
        self.backends = backends


@pytest.mark.parametrize(
    ("backend", "platform", "expected"),
    [
        (service(), "linux", CodexItems),
        (Chain(WorkingKeyring(), service()), "linux", CodexItems),
        (WorkingKeyring(), "darwin", WorkingKeyring),
        (WorkingKeyring(), "linux", None),
        (WorkingKeyring(), "win32", None),
        (NoKeyring(), "linux", None),
    ],
)
def test_which_keyring_the_codex_cli_would_share(backend: Any, platform: str, expected: type | None) -> None:
    """The Secret Service on Linux, the Keychain of macOS; nothing else, for the CLI would not find it."""
    if expected is None:
        with pytest.raises(KeyringFailed, match="that the Codex CLI would share"):
            shared_keyring(lambda: backend, platform)
    else:
        assert isinstance(shared_keyring(lambda: backend, platform), expected)


CLI_ATTRIBUTES = {"service": "Codex Auth", "username": "cli|1", "target": "default", "application": "rust-keyring"}


@pytest.fixture
def items(secret_service: secrets.SecretService, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Any]]:
    """Lists attributes and value of the items named ``cli|1``; there are none at first."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", secret_service.address)

    def listed() -> list[Any]:
        with closing(secretstorage.dbus_init()) as connection:
            found = secretstorage.get_default_collection(connection).search_items({"username": "cli|1"})
            return [(item.get_attributes(), item.get_secret().decode()) for item in found]

    CodexItems(service()).delete_password("Codex Auth", "cli|1")
    assert listed() == []
    return listed


def write_as_the_cli(value: str) -> None:
    """An item with the attributes that codex-cli 0.169.0 gives it (spec/recorded/auth-keyring.json)."""
    with closing(secretstorage.dbus_init()) as connection:
        collection = secretstorage.get_default_collection(connection)
        collection.create_item("cli|1@Codex Auth:default (keyring v3.6.3)", CLI_ATTRIBUTES, value.encode())


def test_the_codex_clis_item_is_changed_and_not_doubled(items: Callable[[], list[Any]]) -> None:
    """It keeps the attributes by which the CLI finds it; ``keyring`` itself would write another beside it."""
    write_as_the_cli("old")
    shared = CodexItems(service())
    assert shared.get_password("Codex Auth", "cli|1") == "old"
    shared.set_password("Codex Auth", "cli|1", "new")
    ((attributes, value),) = items()
    assert value == "new"
    assert CLI_ATTRIBUTES.items() <= attributes.items()
    shared.delete_password("Codex Auth", "cli|1")
    assert items() == []


def test_a_new_item_is_one_that_the_codex_cli_looks_for(items: Callable[[], list[Any]]) -> None:
    """By service, username and target (spec/auth.md 6.4); a second save changes the same one."""
    shared = CodexItems(service())
    for value in ("one", "two"):
        shared.set_password("Codex Auth", "cli|1", value)
    ((attributes, value),) = items()
    assert value == "two"
    assert {"service": "Codex Auth", "username": "cli|1", "target": "default"}.items() <= attributes.items()
