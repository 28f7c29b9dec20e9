"""Every rule of the house can fail: each finds its offence in a small false tree, and nothing in a clean one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import house, state
from tests.harness.house import Layer, Table
from tests.harness.source import parse

if TYPE_CHECKING:
    from tests.harness.source import Module

LAYERS = (
    Layer("0", ("errors", "text"), ("errors", "text")),
    Layer("1 auth", ("auth",), ("", "errors", "auth"), ("httpx2", "filelock@auth/lock.py")),
    Layer("2", ("completion",), ("errors", "completion", "backend.request")),
    Layer("1 backend", ("backend",), ("errors", "backend")),
    Layer("S", ("sandbox",), ("sandbox",)),
)
FILTERS = Table("completion/postprocess", "PIPELINE")
FROZEN = "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Row:\n    x: object\n"
LISTED = "from lsp_codex.completion.postprocess import indent\nfrom .repeat import cut\n"


def layering(modules: tuple[Module, ...]) -> list[str]:
    """The layers of this file."""
    return house.layering(modules, LAYERS)


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        ({"errors.py": "from lsp_codex.auth import store"}, "errors.py:1: layer 0 must not import lsp_codex.auth"),
        ({"errors.py": "import lsp_codex.auth.store"}, "must not import lsp_codex.auth.store"),
        ({"errors.py": "def f():\n    import httpx2"}, "errors.py:2: layer 0 must not import httpx2"),
        ({"errors.py": "if TYPE_CHECKING:\n    import attrs"}, "errors.py:2: layer 0 must not import attrs"),
        ({"auth/x.py": "import filelock"}, "must not import filelock"),
        ({"auth/x.py": "from lsp_codex.backend import http", "backend/http.py": ""}, "lsp_codex.backend.http"),
        ({"auth/x.py": "from lsp_codex import backend", "backend/__init__.py": ""}, "import lsp_codex.backend"),
        ({"auth/x.py": "from ..backend import http"}, "must not import lsp_codex.backend"),
        ({"completion/x.py": "from lsp_codex.backend.http import Pool"}, "import lsp_codex.backend.http"),
        ({"completion/x.py": "from lsp_codex.backend.request_more import A"}, "lsp_codex.backend.request_more"),
        ({"sandbox/x.py": "from lsp_codex import __version__"}, "layer S must not import lsp_codex"),
        ({"sandbox/x.py": "from lsp_codex.errors import E"}, "layer S must not import lsp_codex.errors"),
        ({"stray.py": ""}, "stray stands in no layer"),
        ({"__init__.py": "import os"}, "the package itself imports os"),
    ],
)
def test_a_forbidden_import_is_found(files: dict[str, str], finding: str) -> None:
    """Upwards, sideways, hidden in a function or for types only: the import is named with its line."""
    assert finding in "\n".join(layering(parse(files)))


@pytest.mark.parametrize(
    "files",
    [
        {"errors.py": "import os\nfrom lsp_codex.text import Span"},
        {"auth/lock.py": "def f():\n    import filelock"},
        {"auth/x.py": "import httpx2\nfrom lsp_codex import __version__\nfrom . import store\nfrom .store import a"},
        {"auth/x.py": "from lsp_codex import errors", "errors.py": ""},
        {"completion/x.py": "from lsp_codex.backend.request import Message"},
        {"completion/x.py": "from lsp_codex.backend import request", "backend/request.py": ""},
    ],
)
def test_an_allowed_import_is_left_alone(files: dict[str, str]) -> None:
    """Downwards, within the package, the standard library, and a third party at home."""
    assert layering(parse(files)) == []


@pytest.mark.parametrize(
    "bad",
    ["", "# note\n'''Owns.'''", "import os", "'''Owns something'''", "'''\n\nOwns.'''\nx = 1", "x = '''Owns.'''"],
)
def test_a_module_without_its_sentence_is_found(bad: str) -> None:
    """The docstring stands on line 1 and its first paragraph is a sentence; an empty file needs none."""
    findings = house.undocumented(parse({"x.py": bad}))
    assert findings == (
        [] if not bad or "\n\nOwns" in bad else ["x.py:1: begins without a docstring of one sentence on line 1"]
    )
    assert house.undocumented(parse({"x.py": '"""Owns the store,\nand nothing else.\n\nMore."""'})) == []


def test_a_long_file_is_found() -> None:
    """One line more than allowed is too many."""
    assert house.too_long(parse({"x.py": "\n" * 11}), 10) == ["x.py:1: 11 lines, at most 10"]
    assert house.too_long(parse({"x.py": "\n" * 10}), 10) == []


def test_a_long_function_is_found_unless_it_says_why() -> None:
    """The reason may stand above the function, above its decorators, or in its first lines."""
    body = "".join(f"    x = {n}\n" for n in range(50))
    why = "# longer than 50 lines because it is a table\n"
    assert "f has 51 lines" in house.long_functions(parse({"x.py": f"def f():\n{body}"}), 50)[0]
    assert "g has 51 lines" in house.long_functions(parse({"x.py": f"class C:\n async def g():\n{body}"}), 50)[0]
    for good in (f"{why}def f():\n{body}", f"{why}@a\ndef f():\n{body}", f"def f():\n    {why}{body}"):
        assert house.long_functions(parse({"x.py": good}), 50) == []


@pytest.mark.parametrize(
    "bad",
    [
        "A = []", "A = {}", "A = {1}", "A: list[int] = [1]", "A = [x for x in B]", "A = dict()", "A = list()",
        "A = (1, [2])", "A = Session()", "A = os.environ.get('X')", "A = (Session(),)", "A, B = [], 1",
        "if X:\n    A = {}", "try:\n    A = {}\nfinally:\n    pass", "class C:\n    a = []",
        "class C:\n    a: dict = {}",
        "def f():\n    global A", "@cache\ndef f(): ...", "@functools.lru_cache(maxsize=1)\ndef f(): ...",
        FROZEN + "A = Row([1])", FROZEN + "A = (Row({}),)", "A = b or []", "A = (x for x in B)",
    ],
)  # fmt: skip
def test_state_that_can_change_is_found(bad: str) -> None:
    """Displays, constructors, comprehensions, globals and caches, at module or class level."""
    assert len(state.mutable_state(parse({"x.py": bad}))) == 1


@pytest.mark.parametrize(
    "good",
    [
        "A = 1", "A = 'x'", "A = (1, ('a', None))", "A = frozenset({1})", "A = MappingProxyType({'a': 1})",
        "log = logging.getLogger(__name__)", "T = TypeVar('T')", "A = re.compile('x')", "A = B | C",
        "A = dict[str, int]",
        "A = 60 * 60.0", "A = f'{B}'", "def f():\n    a = []", "class C:\n    a: int = field(default_factory=list)",
        "__all__ = ['a']", "class C:\n    __slots__ = ['a']", FROZEN + "A = (Row(1), Row(lsp.Options()))",
        FROZEN + "R = Row\nA = (R(1),)", "class N(NamedTuple):\n    x: int\nA = N(1)", "A: int",
        "A = tuple(x for x in B)", "A = lambda: []", "class E(Enum):\n    A = 'a'",
    ],
)  # fmt: skip
def test_constants_are_left_alone(good: str) -> None:
    """Values that do not change, loggers, type aliases, and tables of frozen rows."""
    assert state.mutable_state(parse({"x.py": good})) == []


def test_printing_is_found() -> None:
    """Outside the files named, and inside functions too."""
    files = {
        "cli.py": "print(1)",
        "terminal/a.py": "print(1)",
        "auth/x.py": "def f():\n    print(2)",
        "text.py": "fingerprint(3)",
    }
    assert house.printing(parse(files), ("cli", "terminal")) == ["auth/x.py:2: prints; stdout is the protocol"]


@pytest.mark.parametrize(
    ("handler", "caught"),
    [
        ("try: ...\nexcept Exception: ...", "Exception"),
        ("try: ...\nexcept (ValueError, Exception) as e: ...", "Exception"),
        ("try: ...\nexcept: ...", "everything"),
        ("try: ...\nexcept BaseException: ...", "BaseException"),
        ("with contextlib.suppress(Exception): ...", "Exception"),
    ],
)
def test_a_handler_for_everything_is_found(handler: str, caught: str) -> None:
    """Whatever its spelling; a named exception is left alone."""
    found = house.broad_excepts(parse({"auth/x.py": handler, "tasks.py": handler}), ("tasks.py",))
    assert len(found) == 1
    assert found[0].endswith(f"catches {caught}")
    assert house.broad_excepts(parse({"auth/x.py": "try: ...\nexcept ValueError: ..."}), ()) == []


@pytest.mark.parametrize(
    "handler",
    [
        "try: ...\nexcept asyncio.CancelledError: ...",
        "try: ...\nexcept (OSError, CancelledError): ...",
        "with suppress(asyncio.CancelledError): ...",
        "try: ...\nexcept BaseException: ...",
        "try: ...\nexcept: ...",
    ],
)
def test_a_caught_cancellation_is_found(handler: str) -> None:
    """In the named packages, by name or through a base; elsewhere it is allowed."""
    modules = parse({"auth/x.py": handler, "server/x.py": handler})
    assert [f.split(":")[0] for f in house.cancellation_caught(modules, frozenset({"auth"}))] == ["auth/x.py"]
    quiet = parse({"auth/x.py": "try: ...\nexcept Exception: ...\nfinally: ..."})
    assert house.cancellation_caught(quiet, frozenset({"auth"})) == []


def test_a_revealed_secret_is_found() -> None:
    """A call or a bare reference, outside the files named."""
    files = {"auth/store.py": "a.reveal()", "server/x.py": "f(a.b.reveal)", "text.py": "reveal(1)"}
    assert house.revealing(parse(files), ("auth/store.py",)) == ["server/x.py:1: reveals a secret"]


@pytest.mark.parametrize(
    ("table", "missing"),
    [
        (LISTED + "PIPELINE = (indent.fix, cut)", []),
        (LISTED + "PIPELINE: tuple[F, ...] = (indent.fix, Row('x', cut))", []),
        ("PIPELINE = (Later('postprocess.indent'), Later('postprocess.repeat', 'cut'))", []),
        (
            "PIPELINE = (Later('indent'), Later('other.repeat', 'cut'))",
            [f"completion/postprocess/{name}.py" for name in ("indent", "repeat")],
        ),
        (LISTED + "PIPELINE = (*indent.ALL,)", ["completion/postprocess/repeat.py"]),
        (LISTED, ["completion/postprocess/__init__.py"]),
        ("", ["completion/postprocess/__init__.py"]),
        ("PIPELINE = ()", ["completion/postprocess/indent.py", "completion/postprocess/repeat.py"]),
    ],
)
def test_a_file_that_stands_in_no_table_is_found(table: str, missing: list[str]) -> None:
    """Lying in the folder, or being imported, is not being listed."""
    files = {f"completion/postprocess/{name}.py": "" for name in ("indent", "repeat")}
    found = house.unlisted(parse({**files, "completion/postprocess/__init__.py": table}), FILTERS)
    assert [finding.split(":")[0] for finding in found] == missing


def test_a_folder_with_files_and_no_package_is_found() -> None:
    """Without an ``__init__.py`` there is no table either; an absent folder needs none."""
    assert len(house.unlisted(parse({"completion/postprocess/indent.py": ""}), FILTERS)) == 1
    assert house.unlisted(parse({"text.py": ""}), FILTERS) == []


def test_a_module_without_test_file_is_found() -> None:
    """Next to its package or deeper; packages without a table and exempt files need none."""
    names = ("text.py", "auth/store.py", "auth/__init__.py", "completion/postprocess/indent.py", "__main__.py")
    modules = parse({**dict.fromkeys(names, ""), "completion/postprocess/__init__.py": "PIPELINE = ()"})
    tests = ["test_text.py", "completion/test_indent.py", "completion/test_postprocess.py", "test_store.py"]
    found = house.untested(modules, parse(dict.fromkeys(tests, "")), ("__main__.py",), (FILTERS,))
    assert [finding.split(":")[0] for finding in found] == ["auth/store.py"]
    none = house.untested(modules, (), ("__main__.py",), (FILTERS,))
    assert [finding.split(":")[0] for finding in none] == [
        "auth/store.py", "completion/postprocess/__init__.py", "completion/postprocess/indent.py", "text.py",
    ]  # fmt: skip
