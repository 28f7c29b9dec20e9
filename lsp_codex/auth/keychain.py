"""Keychain: the system's keyring behind time limits, so that a prompt nobody answers holds up nothing.

Every call runs in a daemon thread of its own, one at a time: such a call can block until a person unlocks the keyring
(jaraco/keyring#735), a thread cannot be cancelled, and one of an executor would hold up the end of the process.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import Executor, Future
from contextlib import closing
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from lsp_codex.errors import KeyringFailed, KeyringTrouble

if TYPE_CHECKING:
    from collections.abc import Callable

    from lsp_codex.auth.home import Home

T = TypeVar("T")

FIRST_SECONDS = 1.0  # at the start the editor waits
SECONDS = 5.0  # later a person does, perhaps at the prompt
MOST_COPIES = 5


class Backend(Protocol):
    """What we need of a keyring, in the words of the ``keyring`` package; may block, may raise anything."""

    def get_password(self, service: str, username: str, /) -> str | None: ...

    def set_password(self, service: str, username: str, password: str, /) -> None: ...

    def delete_password(self, service: str, username: str, /) -> None: ...


class Keychain:
    """One entry of the keyring, that of ``home``. Every method raises :class:`KeyringFailed` and nothing else.

    ``open_backend`` is called in the thread, for it imports and asks around (100 to 200 ms). ``first`` and ``later``
    are the limits in seconds: of the first question, for which an editor waits, and of everything else.
    """

    def __init__(
        self,
        home: Home,
        open_backend: Callable[[], Backend],
        *,
        first: float = FIRST_SECONDS,
        later: float = SECONDS,
    ) -> None:
        self._home = home
        self._first = first
        self._later = later
        self._open_backend = open_backend
        self._backend: Backend | None = None
        self._threads = _DaemonThreads()
        self._turn = asyncio.Lock()
        self._running: asyncio.Future[Any] | None = None
        self._asked = False

    async def get(self) -> str | None:
        """The value, or ``None``."""
        limit, self._asked = (self._later if self._asked else self._first), True
        return await self._call(self._get, limit)

    async def put(self, value: str) -> None:
        """Keep ``value``, and look whether it is there: there are keyrings that say yes and keep nothing."""
        await self._call(lambda backend: self._put(backend, value), self._later)

    async def delete(self) -> None:
        """Keep nothing, and look whether it is gone."""
        await self._call(self._delete, self._later)

    def _get(self, backend: Backend) -> str | None:
        return backend.get_password(self._home.service, self._home.account)

    def _put(self, backend: Backend, value: str) -> None:
        backend.set_password(self._home.service, self._home.account, value)
        if self._get(backend) != value:
            raise KeyringFailed(KeyringTrouble.FORGETFUL)

    def _delete(self, backend: Backend) -> None:
        for _ in range(MOST_COPIES):  # two programs with different attributes make two items of one name
            if self._get(backend) is None:
                return
            backend.delete_password(self._home.service, self._home.account)
        if self._get(backend) is not None:
            raise KeyringFailed(KeyringTrouble.REFUSED, "it still has the entry")

    async def _call(self, what: Callable[[Backend], T], limit: float) -> T:
        async with self._turn:
            if self._running is not None and not self._running.done():
                raise KeyringFailed(KeyringTrouble.SILENT)  # the call before is still waiting
            loop = asyncio.get_running_loop()
            running = loop.run_in_executor(self._threads, self._guarded, what)
            running.add_done_callback(_retrieve)
            self._running = running
            try:
                async with asyncio.timeout(limit):
                    return await asyncio.shield(running)
            except TimeoutError:
                raise KeyringFailed(KeyringTrouble.SILENT) from None

    def _guarded(self, what: Callable[[Backend], T]) -> T:
        try:
            if self._backend is None:
                self._backend = self._open_backend()
            return what(self._backend)
        except KeyringFailed:
            raise
        except Exception as error:  # noqa: BLE001 — a border: backends are other people's code and raise what they like
            raise _failure(error) from None


class _DaemonThreads(Executor):
    """Starts a thread per call; the interpreter does not wait for it at its end."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        call = _Call(future, lambda: fn(*args, **kwargs))
        threading.Thread(target=call.run, name="keyring", daemon=True).start()
        return future


class _Call:
    """One call and who waits for it."""

    def __init__(self, future: Future[Any], work: Callable[[], Any]) -> None:
        self._future = future
        self._work = work

    def run(self) -> None:
        try:
            result = self._work()
        except KeyringFailed as error:
            self._future.set_exception(error)
        else:
            self._future.set_result(result)


def _retrieve(done: asyncio.Future[Any]) -> None:
    """Nobody may wait any more for how it ended; that is no news to log."""
    if not done.cancelled():
        done.exception()


def _failure(error: Exception) -> KeyringFailed:
    """The cause in words of ours; the text of a foreign error could quote the value it was given."""
    match type(error).__name__:  # by name: these classes belong to an import that may be what failed
        case "NoKeyringError" | "ImportError" | "ModuleNotFoundError":
            return KeyringFailed(KeyringTrouble.ABSENT)
        case "KeyringLocked":
            return KeyringFailed(KeyringTrouble.LOCKED)
        case "InitError":
            return KeyringFailed(KeyringTrouble.LOCKED, "its prompt was dismissed, or it could not be reached")
        case name:
            return KeyringFailed(KeyringTrouble.REFUSED, name)


def system_keyring() -> Backend:
    """The keyring of this machine and user, as ``keyring`` chooses it."""
    import keyring  # 87 ms, and as much again for the choice: in the thread, with the first question

    return keyring.get_keyring()


class CodexItems:
    """The Secret Service as the Codex CLI uses it (spec/auth.md 6.4), over ``keyring``'s backend for it.

    ``keyring`` would write a second item beside the CLI's, for the two disagree about the attribute ``application``,
    and the CLI would go on reading its own. So an item that is there gets a new value and keeps its attributes.
    """

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def get_password(self, service: str, username: str, /) -> str | None:
        for item in self._found(service, username):
            self._backend.unlock(item)
            return str(item.get_secret().decode())
        return None

    def set_password(self, service: str, username: str, password: str, /) -> None:
        for item in self._found(service, username):
            self._backend.unlock(item)
            item.set_secret(password.encode(), "text/plain")
            return
        collection = self._backend.get_preferred_collection()
        with closing(collection.connection):
            attributes = {"service": service, "username": username, "target": "default", "application": "lsp-codex"}
            collection.create_item(f"{username}@{service}:default", attributes, password.encode(), replace=True)

    def delete_password(self, service: str, username: str, /) -> None:
        for item in self._found(service, username):
            item.delete()

    def _found(self, service: str, username: str) -> Any:
        collection = self._backend.get_preferred_collection()
        with closing(collection.connection):
            named = {"service": service, "username": username}
            # The order of the CLI's own look-up: first as it writes, then any of that name.
            for attributes in ({**named, "target": "default"}, named):
                yield from list(collection.search_items(attributes))


def shared_keyring(open_backend: Callable[[], Backend], platform: str = sys.platform) -> Backend:
    """The keyring in which the Codex CLI would find what we write. Raises :class:`KeyringFailed` if there is none.

    On Windows the two libraries name their entries differently, and the CLI keeps an encrypted file there.
    """
    found = open_backend()
    if platform == "darwin":
        return found
    for each in (found, *getattr(found, "backends", ())):  # a chain of several
        if platform != "win32" and hasattr(each, "get_preferred_collection"):
            return CodexItems(each)
    raise KeyringFailed(KeyringTrouble.ABSENT, "none that the Codex CLI would share")
