"""Documents that never leave this machine: the default, gitignore syntax, addresses of every kind."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lsp_codex.exclusion import DEFAULT, check, excluded

ROOT = "file:///home/anna/demo"


@pytest.mark.parametrize(
    "name",
    [
        ".env", ".env.local", "deploy/.env.production", "prod.env", "server.pem", "tls/server.key", "a.p12", "ID_RSA",
        "id_ed25519.pub", ".ssh/config", ".netrc", ".npmrc", ".aws/credentials", ".docker/config.json", "auth.json",
        "secrets.yaml", "secrets.yml", "credentials.json", "terraform.tfstate", "cert.CRT",
    ],
)  # fmt: skip
def test_the_default_covers_keys_certificates_environments_and_credentials(name: str) -> None:
    """In any folder, and in capitals too: some systems do not tell them apart."""
    assert excluded(f"{ROOT}/{name}", DEFAULT, [ROOT])
    assert excluded(f"file:///elsewhere/{name}", DEFAULT, [ROOT])


@pytest.mark.parametrize("name", ["app.py", "environment.py", "keys.py", "src/credentials.py", "README.md", "key.rs"])
def test_the_default_leaves_code_alone(name: str) -> None:
    """A word in a name is no secret."""
    assert not excluded(f"{ROOT}/{name}", DEFAULT, [ROOT])


@pytest.mark.parametrize(
    ("patterns", "uri", "expected"),
    [
        (["/private/"], f"{ROOT}/private/a.py", True),
        (["/private/"], f"{ROOT}/src/private/a.py", False),
        (["private/"], f"{ROOT}/src/private/a.py", True),
        (["*.py", "!keep.py"], f"{ROOT}/keep.py", False),
        (["*.py", "!keep.py"], f"{ROOT}/a.py", True),
        (["*.py", "!Keep.py"], f"{ROOT}/Keep.py", False),
        (["a b.py"], f"{ROOT}/a%20b.py", True),
        (["/src/*.py"], "file:///c%3A/work/src/a.py", False),
        (["work/src/"], "file:///c%3A/work/src/a.py", True),
        (["Untitled-*"], "untitled:Untitled-1", True),
        (["*.ipynb"], "vscode-notebook-cell:/home/anna/demo/n.ipynb#W0", True),
        (["**"], "file://[/broken", True),
        ([], f"{ROOT}/.env", False),
    ],
)
def test_patterns(patterns: list[str], uri: str, expected: bool) -> None:
    """As git reads them, from the folder of the workspace."""
    assert excluded(uri, patterns, [ROOT]) is expected


@pytest.mark.parametrize("pattern", ["!", "a\\", "[z-a]"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    """When the setting is read, not when a document is to be kept here."""
    with pytest.raises(ValueError):
        check([pattern])
    check([*DEFAULT, "a[", ""])


THREADS = """
import sys, threading, time

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("pathspec"):
            time.sleep(0.02)

sys.meta_path.insert(0, Slow())
from lsp_codex.completion import exclude
from lsp_codex import exclusion

begin, failed = threading.Barrier(2), []
threading.excepthook = lambda args: failed.append(args.exc_value)

def ask():
    begin.wait()
    exclusion.excluded("file:///a/b", ("*.x",))

def read():
    begin.wait()
    time.sleep(0.03)
    exclude.rules(["*.x"], "kind", "origin")

threads = [threading.Thread(target=ask), threading.Thread(target=read)]
for each in threads: each.start()
for each in threads: each.join()
print(failed)
"""


@pytest.mark.real_time
def test_two_threads_that_need_the_library_first_get_all_of_it() -> None:
    """A question and a completion right after the start, on a slow disk: neither finds half a module."""
    done = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
