"""Warm start: the code that attrs generates for lsprotocol, kept between starts in the user's cache folder.

lsprotocol defines its types as 554 attrs classes, and attrs writes Python source for the methods of each and compiles
it, at every import: a third of the time from the start of a server to its answer to ``initialize``. Neither offers
anything against it (lsprotocol#441), so the ``compile`` that attrs calls is ours while lsprotocol is imported: it
looks the result up, and compiles what it does not find.

Is that right? What ``compile`` returns depends on the source text, the file name, the flags and the interpreter, and
on nothing else. Each entry is kept under the SHA-256 of the first three, the file under a name made of the fourth and
of the versions installed; so code of another version, or half of one, is never found. A file that lacks something is
written anew as a whole, and put in its place at once.

Is it safe? Who can write the file can run code as the user, as with any ``__pycache__``. Therefore the same people
may: the folder and the file must be the user's own, writable by nobody else and no symbolic links, or they are not
used; a file that was damaged is known by its digest before ``marshal``, which must not see such data, gets it. Where
the system has no owners and modes to look at (Windows), nothing is kept. Whoever forbids Python to write byte code
(``PYTHONDONTWRITEBYTECODE``) forbids this too. Whatever goes wrong, lsprotocol is imported as ever.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import importlib.util
import logging
import marshal
import os
import stat
import sys
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import CodeType

    Entries = dict[bytes, CodeType]

log = logging.getLogger(__name__)

_MAGIC = b"lsp-codex generated code 1\n"
_DIGEST = 32
_OWNER = " lsprotocol."
# It is 1 MB.
_LARGEST = 8 * 1024 * 1024
# As many installations as a user may have side by side; the files of older ones go.
_KEPT = 4
_SUFFIX = ".code"

# The flags by which "from __future__ import" changes what compile makes of the same text; a caller's are inherited.
_FUTURES = 0x1FE0000

# Objects made before the collector looks at the young ones, and never at the old: nothing that importing makes old
# becomes garbage, and the default looks at all of it five times.
_YOUNG_ONLY = (5_000, 1_000, 1_000)


@contextlib.contextmanager
def warm_start(folder: Path | None = None) -> Iterator[None]:
    """Import the server inside of this; ``folder`` instead of the user's cache folder. Never raises by itself."""
    if folder is None:
        folder = cache_folder(sys.platform, os.environ)
    keeping = kept_code(folder, write=not sys.dont_write_bytecode) if folder else contextlib.nullcontext()
    with _young_collections(), keeping:
        yield


@contextlib.contextmanager
def kept_code(folder: Path, *, write: bool = True) -> Iterator[None]:
    """While this lasts attrs compiles only what ``folder`` does not hold; with ``write`` it holds it from then on."""
    target = _attrs()
    if target is None:
        yield
        return
    flags = _flags(target)
    name = _file_name()
    kept = _load(folder, name)
    used: Entries = {}

    def compiled(source: str, filename: str, mode: str) -> CodeType:
        if _OWNER not in filename:  # source for hashing is another in each process
            return _compile(source, filename, mode, flags)
        key = _key(source, filename, mode, flags)
        code = kept.get(key)
        if code is None:
            code = _compile(source, filename, mode, flags)
        used[key] = code
        return code

    linecache = target.linecache
    vars(target).update(compile=compiled, linecache=_NoLines)
    try:
        yield
    finally:
        del vars(target)["compile"]
        target.linecache = linecache
    if write and not used.keys() <= kept.keys():
        _save(folder, name, used)


class _NoLines:
    """In the place of ``linecache``, where attrs puts its source for debuggers: 1.8 MB that nobody looks at."""

    class cache:  # noqa: N801 — as it is called there
        """A dictionary that does not remember."""

        @staticmethod
        def setdefault(_name: str, lines: object) -> object:
            """As if it were the first of this name."""
            return lines


def cache_folder(platform: str, environ: Mapping[str, str]) -> Path | None:
    """Where caches of this user belong; ``None`` for a user without a home, as in containers.

    By hand, because importing platformdirs costs a fifth of what is gained.
    """
    given = environ.get("XDG_CACHE_HOME", "")
    if platform != "darwin" and Path(given).is_absolute():
        return Path(given) / "lsp-codex"
    try:
        home = Path.home()
    except RuntimeError:  # neither HOME nor an entry among the users
        return None
    return home / ("Library/Caches" if platform == "darwin" else ".cache") / "lsp-codex"


@contextlib.contextmanager
def _young_collections() -> Iterator[None]:
    usual = gc.get_threshold()
    gc.set_threshold(*_YOUNG_ONLY)
    try:
        yield
    finally:
        # What was imported stays to the end: no collection need look at it again, which takes 15 ms each time.
        gc.freeze()
        gc.set_threshold(*usual)


def _attrs() -> Any:
    """The module of attrs that compiles, or ``None`` if it does not do so as it did."""
    try:
        from attr import _make
    except ImportError:
        return None
    caller = getattr(_make, "_compile_and_eval", None)
    known = isinstance(caller, FunctionType) and "compile" in caller.__code__.co_names
    return _make if known and "compile" not in vars(_make) and "linecache" in vars(_make) else None


def _flags(target: Any) -> int:
    flags: int = target._compile_and_eval.__code__.co_flags  # noqa: SLF001 — see _attrs
    return flags & _FUTURES


def _compile(source: str, filename: str, mode: str, flags: int) -> CodeType:
    code: CodeType = compile(source, filename, mode, flags, dont_inherit=True)
    return code


def _key(source: str, filename: str, mode: str, flags: int) -> bytes:
    head = f"{mode}\0{flags}\0{filename}\0".encode()
    return hashlib.sha256(head + source.encode("utf-8", "surrogatepass")).digest()


def _file_name() -> str:
    parts = (sys.version, repr(sys.flags.optimize), *_versions())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16] + _SUFFIX


def _versions() -> tuple[str, ...]:
    """The installed attrs, cattrs and lsprotocol; ``importlib.metadata`` would take 20 ms to say it."""
    spec = importlib.util.find_spec("lsprotocol")
    if spec is None or spec.origin is None:
        return ()
    place = Path(spec.origin).parent.parent
    wanted = ("attrs-", "cattrs-", "lsprotocol-")
    try:
        return tuple(sorted(entry.name for entry in place.iterdir() if entry.name.startswith(wanted)))
    except OSError:
        return (str(place),)


def _load(folder: Path, name: str) -> Entries:
    """What the file holds; empty if there is none, or one that is not to be trusted."""
    try:
        with _opened(folder) as place:
            data = _read(place, name)
    except OSError as error:
        log.debug("no kept code: %s", error)
        return {}
    payload = memoryview(data)[len(_MAGIC) + _DIGEST :]
    if data[: len(_MAGIC)] != _MAGIC or hashlib.sha256(payload).digest() != data[len(_MAGIC) :][:_DIGEST]:
        log.debug("the kept code is damaged")
        return {}
    try:
        found = marshal.loads(payload)  # noqa: S302 — the user's own file and whole, see above
    except (ValueError, TypeError, EOFError) as error:
        log.debug("the kept code is none: %s", error)
        return {}
    return found if isinstance(found, dict) else {}


def _save(folder: Path, name: str, entries: Entries) -> None:
    """Put a new file in the place of the old; of several that do so at once, one wins."""
    try:
        _make_folder(folder)
        with _opened(folder) as place:
            payload = marshal.dumps(entries)
            if len(payload) < _LARGEST:
                _write(place, name, _MAGIC + hashlib.sha256(payload).digest() + payload)
                _tidy(place, name)
    except OSError as error:
        log.debug("the generated code was not kept: %s", error)


def _make_folder(folder: Path) -> None:
    if folder.exists():
        return
    above = next(parent for parent in folder.parents if parent.exists())
    # Not in the home of another, where sudo may have brought us: its owner could not use it.
    if _owner_allowed(above.stat()):
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """A descriptor of the folder. Raises ``OSError`` unless it is the user's alone."""
    if not hasattr(os, "geteuid") or os.geteuid() != os.getuid():
        raise PermissionError("who may write it cannot be told")
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _refuse_foreign(os.fstat(descriptor), stat.S_ISDIR)
        yield descriptor
    finally:
        os.close(descriptor)


def _read(place: int, name: str) -> bytes:
    # Without O_NONBLOCK opening a FIFO would wait for a writer.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(name, flags, dir_fd=place), "rb") as file:
        status = os.fstat(file.fileno())
        _refuse_foreign(status, stat.S_ISREG)
        if status.st_size > _LARGEST:
            raise OSError(f"{name} is too large")
        return file.read(_LARGEST)


def _write(place: int, name: str, data: bytes) -> None:
    unfinished = f"{os.urandom(8).hex()}.part"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(unfinished, flags, 0o600, dir_fd=place), "wb") as file:
            file.write(data)
        os.replace(unfinished, name, src_dir_fd=place, dst_dir_fd=place)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(unfinished, dir_fd=place)
        raise


def _tidy(place: int, name: str) -> None:
    """Remove the oldest files of other versions, and what others left unfinished."""
    others = [entry for entry in os.listdir(place) if entry.endswith((_SUFFIX, ".part")) and entry != name]
    others.sort(key=lambda entry: os.stat(entry, dir_fd=place, follow_symlinks=False).st_mtime, reverse=True)
    for entry in others[_KEPT - 1 :]:
        os.unlink(entry, dir_fd=place)


def _refuse_foreign(status: os.stat_result, kind: Callable[[int], bool]) -> None:
    if not kind(status.st_mode) or not _owner_allowed(status) or status.st_mode & 0o022:
        raise PermissionError("others may have written it")


def _owner_allowed(status: os.stat_result) -> bool:
    return status.st_uid == os.geteuid()
