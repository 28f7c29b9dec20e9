"""Where a login is kept, as the user meets it: keyrings that do not work, profiles, and the Codex CLI's folder."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.terminal import consent
from tests.auth.backends import BlockingKeyring, NoKeyring, NullKeyring, WorkingKeyring
from tests.harness.ports import free_ports
from tests.harness.site import editing_at_site

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from tests.harness.editor import FakeEditor

pytestmark = [pytest.mark.real_time, pytest.mark.timeout(40)]

BODY = 'def add(a, b):\n    """Return the sum of a and b."""\n    ┃\n'


class ReadOnlyKeyring(WorkingKeyring):
    """Takes nothing new while ``refuses`` is true."""

    refuses = False

    def set_password(self, service: str, username: str, password: str, /) -> None:
        if self.refuses:
            raise PermissionError
        super().set_password(service, username, password)


class User:
    """A user's machine: a home, a keyring and a Codex, on which servers come and go."""

    def __init__(self, home: Path, keyring: Any) -> None:
        self.home = home
        self.keyring = keyring
        self.ports = free_ports()
        self.codex = SandboxCodex(redirect_ports=self.ports)

    def editor(self, store: str = "auto") -> AbstractAsyncContextManager[FakeEditor]:
        """A new server, as after a restart of the editor."""
        parts: dict[str, Any] = {"store": None, "open_keyring": lambda: self.keyring, "ports": self.ports}
        options = {"auth": {"home": str(self.home), "store": store}}
        return editing_at_site(self.codex, options=options, **parts)


async def signed_in(editor: FakeEditor) -> dict[str, Any]:
    """Sign in through the browser; how it ended."""
    started = await editor.run("codex.signIn")
    await consent.agree(started["authUrl"])

    def ends() -> list[dict[str, Any]]:
        found = [p for m, p in editor.client.notifications if m == "account/login/completed"]
        return [end for end in found if end["loginId"] == started["loginId"]]

    await editor.eventually(lambda: bool(ends()), what="the end of the sign-in")
    return ends()[0]


async def shown(editor: FakeEditor) -> tuple[str, str, str]:
    """State, store and profile of the status."""
    status = await editor.run("codex.status")
    return status["state"], status["store"], status["profile"]


@pytest.mark.parametrize("keyring", [NoKeyring(), NullKeyring()], ids=["none", "forgetful"])
async def test_no_usable_keyring_and_the_keyring_is_asked_for(keyring: Any, tmp_path: Path) -> None:
    """The sign-in holds for this session, one message names the cause and the setting (field-notes pain 4)."""
    user = User(tmp_path / "login", keyring)
    async with user.editor("keyring") as editor:
        end = await signed_in(editor)
        assert end["success"] is False
        assert await shown(editor) == ("signedIn", "keyring", "default")
        editor.open(BODY)
        assert [item["insertText"] for item in await editor.complete()] == ["return a + b"]
        told = [message for message in editor.messages if "keyring" in message]
    assert len(told) == 1
    assert "for this session" in told[0]
    assert 'codex.auth.store = "file"' in told[0]
    async with user.editor("keyring") as editor:
        assert (await shown(editor))[0] == "signedOut"
    async with user.editor("file") as editor:
        assert (await signed_in(editor))["success"] is True
    async with user.editor("file") as editor:
        assert await shown(editor) == ("signedIn", "file", "default")


@pytest.mark.parametrize("keyring", [NoKeyring(), NullKeyring()], ids=["none", "forgetful"])
async def test_no_usable_keyring_and_nothing_is_asked_for(keyring: Any, tmp_path: Path) -> None:
    """``auto`` uses the file without a word, and the next session finds the login."""
    user = User(tmp_path / "login", keyring)
    async with user.editor() as editor:
        assert (await signed_in(editor))["success"] is True
        assert await shown(editor) == ("signedIn", "file", "default")
        assert not [message for message in editor.messages if "keyring" in message]
    async with user.editor() as editor:
        assert await shown(editor) == ("signedIn", "file", "default")


@pytest.mark.parametrize("store", ["auto", "keyring"])
async def test_a_keyring_that_waits_for_its_prompt_holds_up_nothing(store: str, tmp_path: Path) -> None:
    """``initialize`` answers in time, and so does everything after it; nobody hears of a prompt he can see."""
    keyring = BlockingKeyring()
    user = User(tmp_path / "login", keyring)
    user.home.mkdir(mode=0o700)
    loop = asyncio.get_running_loop()
    begin = loop.time()
    async with user.editor(store) as editor:
        assert loop.time() - begin < 1.0
        assert (await shown(editor))[0] == "signedOut"
        assert loop.time() - begin < 3.0
        if store == "auto":  # the login goes to the file, at once: the keyring is known to be waiting
            assert (await signed_in(editor))["success"] is True
            assert await shown(editor) == ("signedIn", "file", "default")
    keyring.unlock()


async def test_the_keyring_holds_the_login_from_session_to_session(tmp_path: Path) -> None:
    """``auto`` where there is one: the status says so, and no file holds a token; signing out empties it."""
    user = User(tmp_path / "login", WorkingKeyring())
    async with user.editor() as editor:
        assert (await signed_in(editor))["success"] is True
        assert await shown(editor) == ("signedIn", "keyring", "default")
    assert {path.name for path in entries(user.home)} == {"auth.lock", "auth.json.lock"}
    async with user.editor() as editor:
        assert await shown(editor) == ("signedIn", "keyring", "default")
        await editor.run("codex.signOut")
    assert user.keyring.entries == {}


async def test_a_renewal_that_cannot_be_saved_is_told_once(tmp_path: Path) -> None:
    """Ghost text goes on with the new token, and one message says what it means (field-notes pain 7)."""
    user = User(tmp_path / "login", ReadOnlyKeyring())
    async with user.editor("keyring") as editor:
        await signed_in(editor)
        user.keyring.refuses = True
        for name in ("add", "plus"):
            user.codex.expire_access_tokens()
            editor.open(BODY.replace("add", name))
            assert await editor.complete()
            editor.close()
        told = [message for message in editor.messages if "keyring" in message]
        user.keyring.refuses = False
    assert len(told) == 1
    assert "for this session only" in told[0]


async def test_two_accounts_side_by_side(tmp_path: Path) -> None:
    """Switching needs no new sign-in; renewal and sign-out of one leave the other's file as it is (pain 23)."""
    user = User(tmp_path / "login", NoKeyring())
    default, work = user.home / "auth.json", user.home / "profiles" / "work" / "auth.json"
    async with user.editor("file") as editor:

        async def switch(profile: str) -> tuple[str, str, str]:
            auth = {"home": str(user.home), "store": "file", "profile": profile}
            editor.client.notify("workspace/didChangeConfiguration", {"settings": {"codex": {"auth": auth}}})
            return await shown(editor)

        await signed_in(editor)
        assert await switch("work") == ("signedOut", "file", "work")
        await signed_in(editor)
        before = [file.read_bytes() for file in (default, work)]
        assert before[0] != before[1]
        assert await switch("default") == ("signedIn", "file", "default")
        user.codex.expire_access_tokens()
        editor.open(BODY)
        assert await editor.complete()
        assert default.read_bytes() != before[0]
        assert work.read_bytes() == before[1]
        await editor.run("codex.signOut")
        assert work.read_bytes() == before[1]
        assert await switch("work") == ("signedIn", "file", "work")


async def test_a_profile_with_a_wrong_name_is_a_settings_problem(tmp_path: Path) -> None:
    """It is named, and the old one stays."""
    user = User(tmp_path / "login", NoKeyring())
    async with user.editor("file") as editor:
        auth = {"home": str(user.home), "store": "file", "profile": "../other"}
        editor.client.notify("workspace/didChangeConfiguration", {"settings": {"codex": {"auth": auth}}})
        assert (await shown(editor))[2] == "default"
        assert any("codex.auth.profile" in message for message in editor.messages)


def entries(folder: Path) -> list[Path]:
    """What lies in a folder."""
    return list(folder.iterdir())


def pictured(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Everything below ``folder``: mode, time of change in nanoseconds, content."""
    found = {}
    for path in (folder, *folder.rglob("*")):
        status = path.stat()
        found[str(path)] = (status.st_mode, status.st_mtime_ns, path.read_bytes() if path.is_file() else b"")
    return found


def folder_of_the_codex_cli() -> Path:
    """A ``~/.codex`` that is in use."""
    folder = Path(os.environ["HOME"]) / ".codex"
    folder.mkdir(mode=0o700)
    for name, text in (("auth.json", '{"tokens": {}}'), ("config.toml", 'cli_auth_credentials_store = "keyring"')):
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("store", ["file", "auto", "keyring", "ephemeral"])
async def test_the_codex_clis_login_is_left_alone(store: str, tmp_path: Path) -> None:
    """Sign-in, renewal, restart, sign-out: not a byte, not a time in ~/.codex changes, nor its keyring entry."""
    folder = folder_of_the_codex_cli()
    before = pictured(folder)
    user = User(tmp_path / "login", WorkingKeyring())
    async with user.editor(store) as editor:
        assert (await signed_in(editor))["success"] is True
        user.codex.expire_access_tokens()
        editor.open(BODY)
        assert await editor.complete()
    async with user.editor(store) as editor:
        await editor.run("codex.signOut")
        await editor.run("codex.signOut")
    assert pictured(folder) == before
    assert {service for _, service, _ in user.keyring.calls} <= {"lsp-codex"}
    assert bool(user.keyring.calls) == (store in {"auto", "keyring"})
