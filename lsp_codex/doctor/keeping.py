"""Checks of where the login is kept: the home and its rights, its lock, the keyring, the login itself."""

from __future__ import annotations

import asyncio
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from lsp_codex.auth.home import Home, home_of
from lsp_codex.auth.keychain import Keychain
from lsp_codex.auth.lock import locked
from lsp_codex.auth.state import External, Failed, SignedIn, SignedOut
from lsp_codex.auth.store import home_folder
from lsp_codex.auth.tokens import ApiKey, Freshness, freshness
from lsp_codex.config import wrong_place
from lsp_codex.doctor.report import SEE_SETTINGS, failed, good, unknown, warning
from lsp_codex.errors import (
    CredentialsRejected,
    KeyringFailed,
    KeyringTrouble,
    LspCodexError,
    SignInRequired,
    StoreError,
    TimedOut,
    Unreachable,
)
from lsp_codex.terminal.account import in_terminal

if TYPE_CHECKING:
    from lsp_codex.auth.keychain import Backend
    from lsp_codex.doctor.patient import Patient
    from lsp_codex.doctor.report import Finding

SIGN_IN = "Sign in: lsp-codex login"
SEE_HOME = "Mend first what the check home says"
NAME_HOME = "Set LSP_CODEX_HOME to a folder of yours"
LOCK_SECONDS = 0.5
FILE_INSTEAD = 'set codex.auth.store to "file" for a file that only you can read'


async def home(patient: Patient) -> Finding:
    """The folder can be written, and by nobody else read."""
    try:
        return await asyncio.to_thread(_home, patient)
    except OSError as error:  # already its name is too long, or a folder above it is closed to us
        return failed(f"the home cannot be looked at: {error.strerror} ({error.filename})", NAME_HOME)


def _home(patient: Patient) -> Finding:
    try:
        folder = _place(patient).folder
    except StoreError as error:
        return failed(str(error), NAME_HOME)
    standing = folder
    while not standing.exists() and standing != standing.parent:
        standing = standing.parent
    step = f"Make {standing} a folder that you may write to, or set LSP_CODEX_HOME to another"
    if not standing.is_dir() or not os.access(standing, os.W_OK | os.X_OK):
        return failed(f"{folder} cannot be written: {standing} does not allow it", step)
    if standing != folder:
        return good(f"{folder} does not exist yet; it can be created")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return failed(f"{folder} cannot be written: {error.strerror}", step)
    for path in (folder, folder / "auth.json"):
        if os.name == "posix" and path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            mode = "700" if path.is_dir() else "600"
            return warning(f"other users of this machine may open {path}", f"chmod {mode} {path}")
    return good(f"{folder}, for you alone")


async def lock(patient: Patient) -> Finding:
    """Nobody keeps the login locked for long."""
    try:
        paths = [path for path in _place(patient).locks if path.exists()]
    except (StoreError, OSError) as error:
        return unknown(f"not looked at: {error}", SEE_HOME)
    for path in paths:
        try:
            async with locked(path, LOCK_SECONDS):
                pass
        except StoreError as error:
            return warning(
                f"{path}: {error}",
                "Wait a minute and look again; if it stays so, close the editors and Codex programs that run",
            )
    return good("nobody holds the lock" if paths else "no lock yet; the first sign-in makes it")


async def keyring(patient: Patient) -> Finding:
    """The system's keyring answers, if it is wanted at all."""
    kind = patient.config.auth.store
    if kind in {"file", "ephemeral"}:
        return good(f"not used: codex.auth.store is {kind}")
    opened: list[str] = []

    def open_and_note() -> Backend:
        backend = patient.world.open_keyring()
        opened.append(f"{type(backend).__module__}.{type(backend).__qualname__}")
        return backend

    try:
        place = _place(patient)
    except StoreError as error:
        return unknown(f"not looked at: {error}", SEE_HOME)
    try:
        await Keychain(place, open_and_note, first=LOCK_SECONDS * 6).get()
    except KeyringFailed as error:
        named = f"{error}{f' ({opened[0]})' if opened else ''}"
        if kind == "auto" and error.reason is KeyringTrouble.ABSENT:
            return good("this machine offers none; the login is kept in a file that only you can read")
        if kind == "auto":
            return warning(
                f"{named}; the login is kept in a file instead", f"Start or unlock the keyring, or {FILE_INSTEAD}"
            )
        return failed(named, f"Start or unlock the keyring, or {FILE_INSTEAD}")
    return good(f"{opened[0]} answers")


async def login(patient: Patient) -> Finding:
    """What is kept can be read and may be used; nobody is asked."""
    from lsp_codex.server.services import open_services

    if (why := wrong_place(patient.config)) is not None:
        return unknown(f"not looked at: {why}", SEE_SETTINGS)
    async with open_services(patient.config, patient.world, _nobody, _nobody) as services:
        try:
            await services.store.load()
        except StoreError as error:
            # The manager would say "signed out" of what is only broken.
            return failed(
                str(error), "Sign in again: lsp-codex login; what cannot be read is kept beside the new one"
            )
        await services.auth.load()
        state = services.auth.state
    match state:
        case SignedIn(tokens, account):
            who = f"signed in as {account.in_words()}"
            if freshness(tokens, patient.world.now()) is Freshness.EXPIRED:
                return warning(
                    f"{who}; the access token has expired",
                    "Nothing: the next request renews it. If the account check fails, sign in: lsp-codex login",
                )
            return good(who)
        case ApiKey():
            return good("signed in with an API key; each request is billed to it, not to a plan")
        case External(account=account):
            return good(f"a program lends the login of {account.in_words()}")
        case SignedOut(why):
            return warning(f"nobody is signed in{f': {why}' if why else ''}", SIGN_IN)
        case Failed(error=rejected):
            return failed(str(rejected), SIGN_IN)
        case _:
            assert_never(state)


async def account(patient: Patient) -> Finding:
    """The backend takes the login: one question about usage, with one renewal if it needs one."""
    from lsp_codex.server.services import open_services

    async with open_services(patient.config, patient.world, _nobody, _nobody) as services:
        await services.auth.load()
        if isinstance(services.auth.state, ApiKey):
            return unknown("not tried: an API key has no plan whose usage can be asked for")
        try:
            found = await services.client.usage()
        except SignInRequired:
            return unknown("not tried: nobody is signed in")
        except CredentialsRejected as error:
            return failed(str(error), SIGN_IN)
        except (Unreachable, TimedOut) as error:
            return unknown(f"not tried: {error}")
        except LspCodexError as error:
            what, _, todo = in_terminal(error.for_person()).rpartition(". ")
            return failed(what or str(error), todo)
    plan = found.main.plan
    return good(f"the backend takes the login{f', plan {plan}' if plan else ''}")


def _place(patient: Patient) -> Home:
    auth = patient.config.auth
    return home_of(Path(home_folder(auth)), auth.profile, patient.world.environ)


def _nobody(_news: object) -> None:
    """A check tells what it saw, and nothing else."""
