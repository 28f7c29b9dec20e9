"""The kept code of lsprotocol: the same as fresh code, trusted only where it may be, and never in the way."""

from __future__ import annotations

import hashlib
import marshal
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from attr import _make

from lsp_codex.server.warm_start import cache_folder, kept_code, warm_start

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

ROOT = Path(__file__).parent.parent.parent
MAGIC = b"lsp-codex generated code 1\n"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def define(name: str = "Sample") -> Any:
    """A class as lsprotocol has them, made by attrs now."""
    plain = type(name, (), {"__module__": "lsprotocol.types", "__annotations__": {"number": int}})
    return attrs.define(plain)


def defined_in(folder: Path, name: str = "Sample", *, write: bool = True) -> Any:
    """A class that attrs made with the kept code of ``folder``; it works as such classes do."""
    with kept_code(folder, write=write):
        made = define(name)
    assert repr(made(5)) == f"{name}(number=5)"
    assert made(5) == made(5) != made(6)
    return made


def the_file(folder: Path) -> Path:
    """The only file there."""
    (only,) = folder.iterdir()
    return only


def holding(entries: dict[bytes, CodeType]) -> bytes:
    """A whole file."""
    return whole(marshal.dumps(entries))


def whole(payload: bytes) -> bytes:
    """A file with the right digest."""
    return MAGIC + hashlib.sha256(payload).digest() + payload


def entries_of(file: Path) -> dict[bytes, CodeType]:
    """What a whole file holds."""
    found: dict[bytes, CodeType] = marshal.loads(file.read_bytes()[len(MAGIC) + 32 :])  # noqa: S302 — our own
    return found


def is_whole(file: Path) -> bool:
    """Whether its digest is that of its content."""
    data = file.read_bytes().removeprefix(MAGIC)
    return hashlib.sha256(data[32:]).digest() == data[:32]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with kept code that nobody can overlook: it raises."""
    place = tmp_path / "cache" / "lsp-codex"
    defined_in(place)
    code = compile("raise RuntimeError('kept code ran')", "<planted>", "exec")
    file = the_file(place)
    file.write_bytes(holding(dict.fromkeys(entries_of(file), code)))
    return place


def test_kept_code_is_used(folder: Path) -> None:
    """The control of all tests below: what is planted where the user alone can write does run."""
    with pytest.raises(RuntimeError, match="kept code ran"):
        defined_in(folder)


def other_names(folder: Path) -> Path:
    """A link of the folder under another name."""
    link = folder.parent / "link"
    link.symlink_to(folder)
    return link


def linked_file(folder: Path) -> Path:
    """The file is a link to the same file elsewhere."""
    file = the_file(folder)
    elsewhere = folder.parent / "elsewhere"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    return folder


def permitted(mode: int, *, of_file: bool) -> Callable[[Path], Path]:
    """Others may do something with the folder or the file."""

    def change(folder: Path) -> Path:
        (the_file(folder) if of_file else folder).chmod(mode)
        return folder

    return change


def foreign(*, of_file: bool) -> Callable[[Path], Path]:
    """Another user owns the folder or the file."""

    def change(folder: Path) -> Path:
        os.chown(the_file(folder) if of_file else folder, 12345, -1)
        return folder

    return change


def too_large(folder: Path) -> Path:
    """Nobody reads 9 MB."""
    with the_file(folder).open("ab") as file:
        file.truncate(9 * 1024 * 1024)
    return folder


def pipe(folder: Path) -> Path:
    """A pipe in its place, that nobody writes to."""
    file = the_file(folder)
    file.unlink()
    os.mkfifo(file, 0o600)
    return folder


def subfolder(folder: Path) -> Path:
    """A folder in its place."""
    file = the_file(folder)
    file.unlink()
    file.mkdir()
    return folder


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(other_names, id="linked folder"),
        pytest.param(linked_file, id="linked file"),
        pytest.param(permitted(0o770, of_file=False), id="folder of a group"),
        pytest.param(permitted(0o1777, of_file=False), id="folder of everybody"),
        pytest.param(permitted(0o620, of_file=True), id="file of a group"),
        pytest.param(permitted(0o602, of_file=True), id="file of everybody"),
        pytest.param(foreign(of_file=False), id="foreign folder", marks=as_root),
        pytest.param(foreign(of_file=True), id="foreign file", marks=as_root),
        pytest.param(too_large, id="too large"),
        pytest.param(pipe, id="pipe"),
        pytest.param(subfolder, id="folder for a file"),
    ],
)
def test_code_that_others_may_have_written_never_runs(folder: Path, change: Callable[[Path], Path]) -> None:
    """Then it is compiled as ever."""
    defined_in(change(folder))


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data[:20], id="cut in the head"),
        pytest.param(lambda data: data[:-1], id="cut"),
        pytest.param(lambda data: data + b"x", id="longer"),
        pytest.param(lambda data: data.replace(b"code 1", b"code 0"), id="another form"),
        pytest.param(lambda data: data[:100] + bytes([data[100] ^ 1]) + data[101:], id="one bit"),
        pytest.param(lambda data: data[: len(MAGIC)] + bytes(32) + data[len(MAGIC) + 32 :], id="no digest"),
        pytest.param(lambda data: whole(marshal.dumps([1, 2])), id="whole, but no entries"),
        pytest.param(lambda data: whole(b"\xffjunk"), id="whole, but no code"),
    ],
)
def test_a_damaged_file_is_replaced(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    """Nothing of it runs; afterwards there is a whole one."""
    file = the_file(folder)
    file.write_bytes(damage(file.read_bytes()))
    defined_in(folder)
    assert is_whole(file)
    assert len(entries_of(file)) == 1


def test_it_is_kept_for_the_user_alone(tmp_path: Path) -> None:
    """0600 in a folder of 0700."""
    place = tmp_path / "a" / "b" / "lsp-codex"
    defined_in(place)
    assert place.stat().st_mode & 0o777 == 0o700
    assert the_file(place).stat().st_mode & 0o777 == 0o600


def test_another_source_is_compiled_and_the_file_is_written_as_a_whole(folder: Path) -> None:
    """A class that changed is not served with its old code, and the old code goes."""
    before = set(entries_of(the_file(folder)))
    with kept_code(folder):
        made = define("Another")
    assert made(1) == made(1)
    assert before.isdisjoint(entries_of(the_file(folder)))


def test_classes_of_others_are_none_of_ours(tmp_path: Path) -> None:
    """Their source may be another in each process; nothing of it is kept."""
    with kept_code(tmp_path / "cache"):
        made = attrs.make_class("Other", ["number"], frozen=True)
    assert hash(made(1)) == hash(made(1))
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("why", ["byte code is forbidden", "a file is in the way", "the disk is read only"])
def test_what_cannot_be_kept_is_not_missed(why: str, tmp_path: Path) -> None:
    """lsprotocol is imported as ever, and nothing is left behind."""
    place = tmp_path / "cache"
    if why == "a file is in the way":
        place.write_text("")
    if why == "the disk is read only":
        place = Path("/proc/self/cache")
    defined_in(place, write=why != "byte code is forbidden")
    assert not place.is_dir()


@as_root
def test_nothing_is_made_in_the_home_of_another(tmp_path: Path) -> None:
    """As root in a user's home we would leave a folder that its user cannot use."""
    os.chown(tmp_path, 12345, -1)
    defined_in(tmp_path / ".cache" / "lsp-codex")
    assert not (tmp_path / ".cache").exists()


def test_files_of_older_versions_go(folder: Path) -> None:
    """Four at most are kept, the newest."""
    for age in range(10):
        old = folder / f"{age:016}.code"
        old.write_bytes(b"")
        os.utime(old, (1_000_000 - age, 1_000_000 - age))
    (folder / "notes").write_text("not ours")
    defined_in(folder, "Another")
    names = {file.name for file in folder.iterdir()}
    assert len(names) == 5
    assert names >= {"notes", *(f"{age:016}.code" for age in range(3))}


def test_attrs_is_left_as_it_was(folder: Path) -> None:
    """Afterwards, after an error, and inside of another: nothing of ours is in attrs."""
    before = dict(vars(_make))
    with pytest.raises(RuntimeError):
        defined_in(folder)
    assert vars(_make) == before
    with kept_code(folder.parent / "other"), kept_code(folder):
        define()
    assert vars(_make) == before


def test_an_attrs_that_works_otherwise_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What we lean on is looked for, not assumed (this changes attrs, not our code)."""
    inside = _make._compile_and_eval

    def elsewhere(*arguments: Any) -> None:
        inside(*arguments)

    monkeypatch.setitem(vars(_make), "_compile_and_eval", elsewhere)
    defined_in(folder)


@pytest.mark.parametrize(
    ("platform", "given", "expected"),
    [
        ("linux", "/somewhere", "/somewhere/lsp-codex"),
        ("linux", "", "~/.cache/lsp-codex"),
        ("linux", "relative", "~/.cache/lsp-codex"),
        ("darwin", "/somewhere", "~/Library/Caches/lsp-codex"),
    ],
)
def test_where_caches_belong(platform: str, given: str, expected: str) -> None:
    """The folder of the base directory specification, which says to ignore a relative one; Apple's on macOS."""
    assert cache_folder(platform, {"XDG_CACHE_HOME": given}) == Path(expected).expanduser()


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs a user that the system does not know")
def test_a_user_without_a_home_is_served() -> None:
    """As containers run them: no HOME, and a number that is nobody's. Nothing is kept."""
    unknown = ["unshare", "--user", "--map-user=54321", "--map-group=54321"]
    if subprocess.run([*unknown, "true"], check=False, capture_output=True).returncode:
        pytest.skip("user namespaces are forbidden here")
    environ = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_CACHE_HOME")}
    program = "from lsp_codex.server.warm_start import warm_start\nwith warm_start(): from lsprotocol import types"
    command = [*unknown, sys.executable, "-c", program]
    done = subprocess.run(command, check=False, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


# Everything that attrs made: the fields and the code of every method of every class, in one digest.
PROGRAM = """
import gc, hashlib, re, sys
from contextlib import nullcontext
from pathlib import Path
from lsp_codex.server.warm_start import warm_start
with warm_start(Path(sys.argv[1])) if len(sys.argv) > 1 else nullcontext():
    from lsprotocol import types
digest = hashlib.sha256()
def add(code):
    digest.update(repr((code.co_name, code.co_qualname, code.co_filename, code.co_varnames, code.co_names)).encode())
    digest.update(code.co_code + code.co_linetable + code.co_exceptiontable)
    for constant in code.co_consts:
        add(constant) if hasattr(constant, "co_code") else digest.update(repr(constant).encode())
count = 0
for name, kind in sorted(vars(types).items()):
    if hasattr(kind, "__attrs_attrs__"):
        count += 1
        digest.update(re.sub(" at 0x[0-9a-f]+", "", f"{name} {kind.__attrs_attrs__}").encode())
        for what in sorted(vars(kind)):
            method = getattr(kind, what)
            if hasattr(method, "__code__"):
                add(method.__code__)
print(count, digest.hexdigest(), gc.get_threshold(), gc.get_freeze_count() > 0)
"""


def program(*arguments: object, **environment: str) -> subprocess.Popen[str]:
    """lsprotocol imported in a process of its own."""
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    values = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    values |= {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "random", **environment}
    return subprocess.Popen(command, env=values, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def said(process: subprocess.Popen[str]) -> list[str]:
    """What a program printed, and nothing else."""
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    return output.split()


@pytest.mark.real_time
@pytest.mark.timeout(60)
def test_kept_lsprotocol_is_lsprotocol(tmp_path: Path) -> None:
    """Every field and every method of every class, without us, when nothing is kept, and kept; written once."""
    place = tmp_path / "cache"
    plain, cold = said(program()), said(program(place))
    written = the_file(place).stat()
    warm = said(program(place))
    assert plain[:2] == cold[:2] == warm[:2]
    assert int(plain[0]) > 500
    assert the_file(place).stat().st_mtime_ns == written.st_mtime_ns, (
        "a second start finds everything, so it writes nothing"
    )
    assert written.st_size < 2_000_000
    assert warm[2:-1] == plain[2:-1], "the collector is as it was"
    assert (plain[-1], warm[-1]) == ("False", "True"), "and what was imported is frozen"


@pytest.mark.real_time
@pytest.mark.timeout(60)
def test_another_interpreter_has_a_file_of_its_own(tmp_path: Path) -> None:
    """Optimised code is other code."""
    said(program(tmp_path / "cache"))
    said(program(tmp_path / "cache", PYTHONOPTIMIZE="2"))
    assert len(list((tmp_path / "cache").iterdir())) == 2


@pytest.mark.real_time
@pytest.mark.timeout(120)
def test_several_may_start_at_once(tmp_path: Path) -> None:
    """All work, and one whole file remains."""
    place = tmp_path / "cache"
    starting = [program(place) for _ in range(6)]
    assert len({tuple(said(each)) for each in starting}) == 1
    file = the_file(place)
    assert is_whole(file)


def test_a_user_without_a_home_starts_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs as any number."""
    monkeypatch.setenv("HOME", "~")  # what Python makes of a user that the system does not know
    monkeypatch.delenv("XDG_CACHE_HOME")
    with warm_start():
        began = True
    assert began
