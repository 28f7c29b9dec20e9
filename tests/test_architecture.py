"""The rules of the house, checked on our own sources; ``tests/harness/test_house.py`` shows that each can fail."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import house, source, state
from tests.harness.house import Layer, Table

ROOT = Path(__file__).parent.parent
MODULES = source.read(ROOT / "lsp_codex")
TESTS = source.read(ROOT / "tests")

FOUNDATION = (
    "advice", "errors", "config", "exclusion", "kinds", "proxy", "restriction", "credentials", "secret", "text",
    "tasks", "times", "logs",
)  # fmt: skip
LAYERS = (
    Layer("0 foundation", FOUNDATION, FOUNDATION, ("pathspec@exclusion.py",)),
    Layer(
        "1 auth",
        ("auth",),
        ("", *FOUNDATION, "auth"),
        (
            "httpx2",
            "jwt",
            "filelock@auth/lock.py",
            "platformdirs@auth/store.py",
            "keyring@auth/keychain.py",
            "cryptography@auth/sealed.py",
        ),
    ),
    Layer(
        "1 backend",
        ("backend",),
        ("", *FOUNDATION, "backend"),
        (
            "httpx2",
            "httpcore2@backend/websocket.py",
            "httpcore2@backend/dialling.py",
            "websockets@backend/websocket.py",
            "tiktoken@backend/tokens.py",
            "tiktoken_ext@backend/tokens.py",
        ),
    ),
    Layer(
        "2 actions",
        ("actions",),
        (*FOUNDATION, "actions", "backend.request", "backend.models", "backend.window"),
    ),
    Layer(
        "2 completion",
        ("completion",),
        (
            *FOUNDATION,
            "completion",
            "backend.request",
            "backend.events",
            "backend.client",
            "backend.models",
            "backend.window",
        ),
    ),
    Layer(
        "2 chat",
        ("chat",),
        (
            *FOUNDATION,
            "chat",
            "backend.request",
            "backend.asking",
            "backend.client",
            "backend.models",
            "backend.tokens",
            "backend.window",
        ),
    ),
    Layer(
        "3 server",
        ("server",),
        ("", *FOUNDATION, "auth", "backend", "completion", "actions", "chat", "server"),
        ("pygls", "lsprotocol", "attrs", "cattrs", "httpx2", "attr@server/warm_start.py"),
    ),
    Layer(
        "4 shell",
        ("cli", "__main__", "terminal", "doctor", "docs"),
        (
            "",
            *FOUNDATION,
            "auth",
            "backend",
            "completion",
            "actions",
            "chat",
            "server",
            "sandbox",
            "cli",
            "terminal",
            "doctor",
            "docs",
        ),
        (
            "httpx2@terminal/consent.py",
            "httpx2@doctor/network.py",
            "rich@terminal/markdown.py",
            "markdown_it@terminal/markdown.py",
        ),
    ),
    Layer("S sandbox", ("sandbox",), ("sandbox",), ("httpx2@sandbox/transport.py", "httpcore2@sandbox/transport.py")),
)

TABLES = (
    Table("completion/postprocess", "PIPELINE"),
    Table("actions/menu", "ACTIONS"),
    Table("server/features", "FEATURES"),
    Table("server/commands", "COMMANDS"),
)

# ``python -m lsp_codex`` is three lines around cli.main(); tests/test_cli.py and tests/e2e run it.
WITHOUT_TEST_FILE = ("__main__.py",)
PRINTING = ("cli", "terminal")
BROAD_EXCEPTS = ("cli.py", "tasks.py", "server/handlers.py", "auth/keychain.py", "doctor/unawaited.py")
REVEALING = (
    "secret.py",
    "proxy.py",
    "credentials.py",
    "auth/oauth.py",
    "auth/store.py",
    "auth/tokens.py",
)
NEVER_CATCH_CANCELLATION = frozenset({*FOUNDATION, "auth", "backend", "completion", "actions", "chat"})


def report(findings: list[str]) -> str:
    """What a failure prints."""
    return "\n" + "\n".join(findings)


def test_imports_follow_the_layers() -> None:
    """Nobody imports upwards, sideways, or a third party that belongs to another layer."""
    findings = house.layering(MODULES, LAYERS)
    table = "\n".join(f"  {row.name}: imports {', '.join(row.ours)}; others {row.others or 'none'}" for row in LAYERS)
    assert not findings, f"{report(findings)}\n\nThe layers:\n{table}"


def test_every_module_says_what_it_owns() -> None:
    """Line 1 of every module is a docstring of one sentence."""
    assert not (findings := house.undocumented(MODULES)), report(findings)


def test_no_file_is_longer_than_400_lines() -> None:
    """A file that outgrows 400 lines owns two things; split it."""
    assert not (findings := house.too_long(MODULES + TESTS, 400)), report(findings)


def test_no_function_is_longer_than_50_lines() -> None:
    """A longer function says why in a comment."""
    assert not (findings := house.long_functions(MODULES + TESTS, 50)), report(findings)


def test_no_module_holds_state_that_can_change() -> None:
    """State has an owner with a lifetime; modules hold constants."""
    assert not (findings := state.mutable_state(MODULES)), report(findings)


def test_only_the_command_line_prints() -> None:
    """Stdout is the protocol."""
    assert not (findings := house.printing(MODULES, PRINTING)), report(findings)


def test_everything_is_caught_at_the_borders_only() -> None:
    """Elsewhere a handler names what it can deal with; the keyring's backends are other people's code as well."""
    assert not (findings := house.broad_excepts(MODULES, BROAD_EXCEPTS)), report(findings)


def test_cancellation_passes_through_the_inner_layers() -> None:
    """Layers 0 to 2 clean up with finally and async with, and never stop a CancelledError."""
    assert not (findings := house.cancellation_caught(MODULES, NEVER_CATCH_CANCELLATION)), report(findings)


def test_secrets_are_revealed_for_the_wire_and_the_store_only() -> None:
    """``.reveal`` appears in the few files that send or save a secret."""
    assert not (findings := house.revealing(MODULES, REVEALING)), report(findings)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_file_stands_in_its_table(table: Table) -> None:
    """A feature, a command, a filter exists when its table names it, and not by lying in the folder."""
    assert not (findings := house.unlisted(MODULES, table)), report(findings)


def test_every_module_has_its_test_file() -> None:
    """``lsp_codex/auth/store.py`` is tested in ``tests/auth/test_store.py``."""
    assert not (findings := house.untested(MODULES, TESTS, WITHOUT_TEST_FILE, TABLES)), report(findings)


def test_every_test_states_its_rule() -> None:
    """The docstring of a test is the sentence that must hold."""
    findings = [
        module.at(node, f"{node.name} has no docstring")
        for module in TESTS
        for node in ast.walk(module.tree)
        if isinstance(node, house.Function) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert not findings, report(findings)


def test_no_test_patches_our_code_or_sleeps() -> None:
    """What must vary is an argument, and time is the virtual clock's."""
    refused = {"monkeypatch.setattr", "mock.patch", "time.sleep", "unittest.mock.patch", "patch.object"}
    findings = [
        module.at(node, f"calls {ast.unparse(node.func)}")
        for module in TESTS
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in refused
    ]
    assert not findings, report(findings)


HEAVY = ("httpx2", "websockets", "jwt", "filelock", "keyring", "cryptography", "tiktoken", "mcp", "pathspec", "rich")


@pytest.mark.parametrize(
    ("module", "refused"),
    [
        ("lsp_codex.cli", (*HEAVY, "pygls", "lsprotocol", "attrs", "argparse", "asyncio")),
        ("lsp_codex.server.app", (*HEAVY, "lsp_codex.server.services", "lsp_codex.completion.engine", "statistics")),
        ("lsp_codex.auth.manager", HEAVY),
        ("lsp_codex.completion.engine", HEAVY),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(module: str, refused: tuple[str, ...]) -> None:
    """Starting costs what starting needs: the HTTP client, JWT and locks come with their first use."""
    program = f"import sys, {module}; print(*[name for name in {refused!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [], f"importing {module} also imports {done.stdout}"


BEFORE_INITIALIZE = (
    r"(advice|config|errors|kinds|proxy|restriction|secret|tasks|text|times)",
    r"server(\.(app|asked|commands|connection|decoding|documents|editor|errors|features|features\.lifecycle|framing"
    r"|handlers|inbox|messages|notices|phases|plain|protocol|serve|session|spoken|transport|units))?",
)
"""What of ours a server is made of until its first answer; each module more makes every editor's start later."""


def test_what_initialize_does_not_need_is_imported_after_it() -> None:
    """A feature, a command or a backend that nobody asked for yet costs no start anything."""
    program = "import sys, lsp_codex.server.app, lsp_codex.server.serve; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    ours = {name.removeprefix("lsp_codex.") for name in done.stdout.split() if name.startswith("lsp_codex.")}
    allowed = re.compile("|".join(BEFORE_INITIALIZE))
    assert {name for name in ours if not allowed.fullmatch(name)} == set()
