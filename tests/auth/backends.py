"""Keyrings in memory: one that works, and one for each way in which real ones do not."""

from __future__ import annotations

import threading
from typing import Any

from lsp_codex.auth.disk import Disk


class WorkingKeyring:
    """Keeps what it is given, by service and account; remembers every call."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.calls: list[tuple[str, str, str]] = []

    def get_password(self, service: str, username: str, /) -> str | None:
        self.calls.append(("get", service, username))
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str, /) -> None:
        self.calls.append(("set", service, username))
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str, /) -> None:
        self.calls.append(("delete", service, username))
        if (service, username) not in self.entries:
            raise PasswordDeleteError("No such password!")
        del self.entries[service, username]


class PasswordDeleteError(Exception):
    """As ``keyring`` has it."""


class NoKeyringError(Exception):
    """As ``keyring`` has it."""


class SmallKeyring(WorkingKeyring):
    """Refuses what is longer than ``most``, as Windows does, with an error that nobody knows."""

    def __init__(self, most: int = 1_280) -> None:
        super().__init__()
        self.most = most

    def set_password(self, service: str, username: str, password: str, /) -> None:
        if len(password.encode("utf-16-le")) // 2 > self.most:
            raise OSError(1783, "CredWrite", f"The stub received bad data: {password}")
        super().set_password(service, username, password)


class CuttingKeyring(WorkingKeyring):
    """Keeps the first 1,280 characters and says nothing."""

    def set_password(self, service: str, username: str, password: str, /) -> None:
        super().set_password(service, username, password[:1_280])


class NoKeyring:
    """As keyring.backends.fail."""

    def get_password(self, service: str, username: str, /) -> str | None:
        raise NoKeyringError("No recommended backend was available.")

    def set_password(self, service: str, username: str, password: str, /) -> None:
        raise NoKeyringError("No recommended backend was available.")

    def delete_password(self, service: str, username: str, /) -> None:
        raise NoKeyringError("No recommended backend was available.")


class NullKeyring:
    """As keyring.backends.null: accepts everything, keeps nothing."""

    def get_password(self, service: str, username: str, /) -> str | None:
        return None

    def set_password(self, service: str, username: str, password: str, /) -> None:
        pass

    def delete_password(self, service: str, username: str, /) -> None:
        pass


class BlockingKeyring(WorkingKeyring):
    """Waits for its prompt in every call, until ``unlock`` is called."""

    def __init__(self) -> None:
        super().__init__()
        self._prompt = threading.Event()

    def unlock(self) -> None:
        """The user answers the prompt."""
        self._prompt.set()

    def lock(self) -> None:
        """The next call asks again."""
        self._prompt.clear()

    def get_password(self, service: str, username: str, /) -> str | None:
        self._wait()
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str, /) -> None:
        self._wait()
        super().set_password(service, username, password)

    def delete_password(self, service: str, username: str, /) -> None:
        self._wait()
        super().delete_password(service, username)

    def _wait(self) -> None:
        if not self._prompt.wait(15):
            raise TimeoutError


class FlakyKeyring(WorkingKeyring):
    """Works while ``works`` is true."""

    def __init__(self) -> None:
        super().__init__()
        self.works = True

    def get_password(self, service: str, username: str, /) -> str | None:
        self._check()
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str, /) -> None:
        self._check()
        super().set_password(service, username, password)

    def delete_password(self, service: str, username: str, /) -> None:
        self._check()
        super().delete_password(service, username)

    def _check(self) -> None:
        if not self.works:
            raise ConnectionError("the bus is gone")


class Crash(Exception):
    """The process died here."""


class Fuse:
    """Burns through at the ``n``-th call of a primitive (from 0); after that nothing works, not even cleaning up."""

    def __init__(self, n: int) -> None:
        self.left = n
        self.burnt = False

    def passes(self) -> bool:
        """Whether this primitive is still carried out; the one at which it burns is carried out half."""
        if self.burnt:
            raise Crash
        self.left -= 1
        self.burnt = self.left < 0
        return not self.burnt


class FusedDisk(Disk):
    """A disk on which the process dies at one of the primitives that change something: before, half way, or after."""

    def __init__(self, fuse: Fuse, moment: str) -> None:
        self._fuse = fuse
        self._moment = moment

    def create(self, path: Any, data: bytes, like: Any) -> None:
        if not self._fuse.passes():
            if self._moment != "before":
                path.write_bytes(data[: len(data) // 2] if self._moment == "half" else data)
            raise Crash
        super().create(path, data, like)

    def replace(self, source: Any, target: Any) -> None:
        if not self._fuse.passes():
            if self._moment == "after":
                super().replace(source, target)
            raise Crash
        super().replace(source, target)

    def remove(self, path: Any) -> None:
        if not self._fuse.passes():
            if self._moment == "after":
                super().remove(path)
            raise Crash
        super().remove(path)

    def settle(self, folder: Any) -> None:
        if not self._fuse.passes():
            raise Crash
        super().settle(folder)


class FusedKeyring:
    """The same for a keyring, whose primitives have no half way."""

    def __init__(self, keyring: WorkingKeyring, fuse: Fuse, moment: str) -> None:
        self._keyring = keyring
        self._fuse = fuse
        self._moment = moment

    def get_password(self, service: str, username: str, /) -> str | None:
        if self._fuse.burnt:
            raise Crash
        return self._keyring.get_password(service, username)

    def set_password(self, service: str, username: str, password: str, /) -> None:
        whole = self._fuse.passes()
        if whole or self._moment == "after":
            self._keyring.set_password(service, username, password)
        if not whole:
            raise Crash

    def delete_password(self, service: str, username: str, /) -> None:
        whole = self._fuse.passes()
        if whole or self._moment == "after":
            self._keyring.delete_password(service, username)
        if not whole:
            raise Crash
