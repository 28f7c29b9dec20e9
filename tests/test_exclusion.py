"""Exclusion: gitignore syntax as git itself understands it, and addresses of every form."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pathspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lsp_codex.exclusion import DEFAULT, Rules, check, excluded_by, linear, path_parts, rules

if TYPE_CHECKING:
    from pathlib import Path


def always(*more: str) -> list[Rules]:
    """The rules of the setting."""
    made = rules((*DEFAULT, *more), "setting", "the setting", fold=True)
    return [made] if made else []


@pytest.mark.parametrize(
    "path",
    [
        "/w/.env", "/w/.env.local", "/w/prod.env", "/w/.envrc", "/w/.ENV", "/w/sub/.Env.Production", "/w/key.pem",
        "/w/ID_RSA", "/home/a/.ssh/config", "/home/a/.aws/credentials", "/w/server.key", "/w/cert.crt",
        "/w/auth.json", "/w/.npmrc", "/w/secrets.yaml", "/w/credentials.yml", "/w/terraform.tfvars",
        "/w/client_secret_123.json", "/w/.env/x.py", "/w/store.kdbx", "/home/a/.kube/config",
    ],
)  # fmt: skip
def test_keys_certificates_and_credentials_are_on_the_list(path: str) -> None:
    """Whatever their case and wherever they lie."""
    assert excluded_by(path_parts(f"file://{path}"), always()) == "the setting"


@pytest.mark.parametrize(
    "path",
    [
        "/w/environment.py", "/w/keys.py", "/w/credentials.py", "/w/secrets.py", "/w/src/env.ts", "/w/pem.md",
        "/w/auth.py", "/w/authors.json", "/w/tokens.rs", "/w/certificate.go", "/w/.github/workflows/ci.yml",
    ],
)  # fmt: skip
def test_source_about_secrets_is_source(path: str) -> None:
    """A module that is called after what it does is no credential file."""
    assert excluded_by(path_parts(f"file://{path}"), always()) is None


def test_the_user_takes_one_back_and_adds_others() -> None:
    """The last pattern that says something counts, as in a .gitignore."""
    mine = always("!.env.example", "/srv/private/", "*.secret")
    assert excluded_by(path_parts("file:///w/.env.example"), mine) is None
    assert excluded_by(path_parts("file:///w/.env"), mine) is not None
    assert excluded_by(path_parts("file:///srv/private/a/b.py"), mine) is not None
    assert excluded_by(path_parts("file:///w/a.SECRET"), mine) is not None


@pytest.mark.parametrize(
    ("uri", "parts"),
    [
        ("file:///w/a%20b.py", ("w", "a b.py")),
        ("file:///w/%2eenv", ("w", ".env")),
        ("file:///w/x/../.env", ("w", ".env")),
        ("file:///w//./.env", ("w", ".env")),
        ("file:///c%3A/w/.env", ("c:", "w", ".env")),
        ("file://server/share/.env", ("share", ".env")),
        ("git:/w/.env?%7B%22ref%22%3A%22HEAD%22%7D", ("w", ".env")),
        ("vscode-notebook-cell:/w/n.ipynb#W0sZmlsZQ", ("w", "n.ipynb")),
        ("vscode-remote://ssh-remote+host/w/.env", ("w", ".env")),
        ("untitled:Untitled-1", ("Untitled-1",)),
        ("/w/.env", ("w", ".env")),
        ("file:///w/x/..\\.env", ("w", ".env")),
        ("file:///w/cafe%CC%81.py", ("w", "caf\u00e9.py")),
        ("", ()),
    ],
)
def test_the_path_of_an_address_is_found_whatever_its_form(uri: str, parts: tuple[str, ...]) -> None:
    """No way of writing an address makes another file of it."""
    assert path_parts(uri) == parts


@pytest.mark.parametrize("line", ["!", "/", "[", "[z-a]", "***", "\\", "# comment", "", "   "])
def test_a_line_that_is_no_pattern_does_no_harm(line: str) -> None:
    """The other lines count."""
    made = rules([line, "*.secret"], "setting", "it")
    assert made is not None
    assert excluded_by(("w", "a.secret"), [made]) == "it"


@pytest.mark.parametrize("pattern", ["!", "a\\", "[z-a]"])
def test_what_is_no_pattern_is_refused_in_the_setting(pattern: str) -> None:
    """When the setting is read, not when a document is to be kept here."""
    with pytest.raises(ValueError):
        check([pattern])
    check([*DEFAULT, "a[", ""])


AT_ONCE = """
import sys, threading, time
from lsp_codex.exclusion import check, rules

class Slow:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("pathspec"):
            time.sleep(0.02)

sys.meta_path.insert(0, Slow())
begin, failed = threading.Barrier(8), []
threading.excepthook = lambda args: failed.append(args.exc_value)

def work(number):
    begin.wait()
    time.sleep(0.02 * number)
    rules(["*.x"], "kind", "origin") if number % 2 else check(["*.x"])

threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
for each in threads: each.start()
for each in threads: each.join()
print(failed)
"""


@pytest.mark.real_time
def test_threads_that_need_the_library_first_get_all_of_it() -> None:
    """A setting is read while the disk is asked, right after the start, on a slow disk: none finds half a module."""
    done = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_pattern_takes_longer_than_a_moment() -> None:
    """Ignore files are strangers': as pathspec has them, either of these would hold up all of Python for minutes."""
    hostile = rules(["*a" * 40 + "b", "/".join(["**", "a"] * 12) + "/b", "*[ab]?*" * 20 + "c"], "kind", "origin")
    assert hostile is not None
    assert excluded_by(("a" * 250, *("a",) * 300, "a" * 250 + ".py"), [hostile]) is None
    assert excluded_by(("x" + "a" * 250 + "b",), [hostile]) == "origin"
    assert excluded_by((*("a",) * 300, "b"), [hostile]) == "origin"


STARRED = st.lists(
    st.sampled_from(["a", "b", ".", "*", "*", "?", "[ab]", "[!a]", "/", "/**/"]), min_size=2, max_size=14
)
BELOW = st.lists(st.text("ab.", min_size=1, max_size=6), min_size=1, max_size=8)


@given(pattern=STARRED, path=BELOW)
def test_a_match_that_is_found_sooner_is_the_same(pattern: list[str], path: list[str]) -> None:
    """Whatever pathspec's own expression names; not where it lets a negated class be a slash."""
    made = pathspec.patterns.gitignore.basic.GitIgnoreBasicPattern("".join(pattern))
    if made.regex is not None and "[^a]" not in made.regex.pattern:
        text = "/".join(path)
        assert bool(linear(made.regex).fullmatch(text)) == bool(made.regex.fullmatch(text))
        assert bool(linear(made.regex).match(text)) == bool(made.regex.match(text))


NAME = st.text(st.sampled_from("abAB.x-"), min_size=1, max_size=3).filter(lambda name: name.strip(".") != "")
PATTERN = st.builds(
    lambda bang, lead, names, end: bang + lead + "/".join(names) + end,
    st.sampled_from(["", "", "!"]),
    st.sampled_from(["", "", "/", "**/"]),
    st.lists(
        NAME | st.sampled_from(["*", "a*", "*.x", "?", "[ab]", "**", "*a*b*", "*a*?x", "a*b*.x"]),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(["", "", "/", "/*", "/**"]),
)


@pytest.mark.skipif(
    shutil.which("git") is None and os.environ.get("CI", "").lower() != "true", reason="no git to compare with"
)
@example(top=["**/*/**/"], below=[], files=[["a"], ["b", "c"], ["b", "d", "e"], ["b", "d", "f", "g"]])
@example(top=["*/**/"], below=[], files=[["a"], ["b", "c"], ["b", "d", "e"], ["b", "d", "f", "g"]])
@given(
    top=st.lists(PATTERN, max_size=4),
    below=st.lists(PATTERN, max_size=3),
    files=st.lists(st.lists(NAME, min_size=1, max_size=4), min_size=1, max_size=8),
)
def test_it_says_what_git_says(
    tmp_path_factory: pytest.TempPathFactory, top: list[str], below: list[str], files: list[list[str]]
) -> None:
    """For random patterns at two levels and random files ``git check-ignore`` agrees."""
    root: Path = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", root], check=True)
    (root / ".gitignore").write_text("\n".join(top) + "\n")
    (root / "a").mkdir()
    (root / "a" / ".gitignore").write_text("\n".join(below) + "\n")
    names = sorted({"/".join(file) for file in files} | {"a/" + "/".join(file) for file in files})
    names = [name for name in names if name != "a"]  # which is a folder there
    asked = ["git", "-C", str(root), "check-ignore", "--no-index", "--stdin"]
    done = subprocess.run(asked, input="\n".join(names), capture_output=True, text=True, check=False)
    ignored = set(done.stdout.split("\n")) - {""}
    made = (rules(top, "git", "top"), rules(below, "git", "below", ("a",)))
    ours = {name for name in names if excluded_by(name.split("/"), [each for each in made if each])}
    assert ours == ignored, (top, below, ours ^ ignored, done.stderr)
