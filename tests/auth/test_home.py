"""Rules of lsp_codex/auth/home.py."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from lsp_codex.auth.home import Home, codex_folder, codex_store, home_of

if TYPE_CHECKING:
    from pathlib import Path


def test_the_account_is_computed_as_the_codex_cli_does(tmp_path: Path) -> None:
    """``cli|`` and 16 hex digits of the SHA-256 of the canonical folder (spec/auth.md 6.4)."""
    folder, link = tmp_path / "real", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    expected = "cli|" + hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    assert Home(folder).account == Home(link).account == expected


def test_a_folder_that_does_not_exist_is_taken_as_given(tmp_path: Path) -> None:
    """There is nothing to canonicalise yet."""
    folder = tmp_path / "no" / "such"
    assert Home(folder).account == "cli|" + hashlib.sha256(str(folder).encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("home", "profile", "environ", "shared"),
    [
        (".codex", "default", {}, True),
        ("elsewhere", "default", {}, False),
        (".codex", "work", {}, False),
        (".codex", "default", {"CODEX_HOME": ""}, True),
        (".codex", "default", {"CODEX_HOME": "{home}/elsewhere"}, False),
        ("elsewhere", "default", {"CODEX_HOME": "{home}/elsewhere"}, True),
        ("link", "default", {}, True),
    ],
)
def test_only_the_codex_clis_own_folder_is_shared(
    home: str, profile: str, environ: dict[str, str], shared: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There the keyring's service is the CLI's; everywhere else, other profiles included, it is our own."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (".codex", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "link").symlink_to(tmp_path / ".codex")
    found = home_of(tmp_path / home, profile, {key: value.format(home=tmp_path) for key, value in environ.items()})
    assert (found.shared, found.service) == (shared, "Codex Auth" if shared else "lsp-codex")


def test_profiles_have_folders_of_their_own(tmp_path: Path) -> None:
    """``auth.json`` in the home, and for another profile in ``profiles/<name>/``, with other locks and accounts."""
    default, work = home_of(tmp_path, "default", {}), home_of(tmp_path, "work", {})
    assert default.file == tmp_path / "auth.json"
    assert work.file == tmp_path / "profiles" / "work" / "auth.json"
    assert default.account != work.account
    assert not set(default.locks) & set(work.locks)


def test_the_locks_are_the_codex_clis_in_its_order(tmp_path: Path) -> None:
    """``auth.lock`` in the folder first, then the one beside the real file (spec/auth.md 4.7, 6.2)."""
    (tmp_path / "auth.json").symlink_to(tmp_path / "elsewhere" / "real.json")
    assert Home(tmp_path).locks == (tmp_path / "auth.lock", tmp_path / "elsewhere" / "real.json.lock")


def test_the_codex_clis_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``CODEX_HOME``, else ``.codex`` in the user's home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert codex_folder({}) == tmp_path / ".codex"
    assert str(codex_folder({"CODEX_HOME": "/x/y"})) == "/x/y"


@pytest.mark.parametrize(
    ("config", "word"),
    [
        (None, "file"),
        ("", "file"),
        ('model = "x"', "file"),
        ('cli_auth_credentials_store = "keyring"', "keyring"),
        ('cli_auth_credentials_store = "auto"', "auto"),
        ('cli_auth_credentials_store = "ephemeral"', "ephemeral"),
        ('cli_auth_credentials_store = "cloud"', "file"),
        ("cli_auth_credentials_store = 1", "file"),
        ("cli_auth_credentials_store = [", "file"),
        ("\udcff", "file"),
    ],
)
def test_where_the_codex_cli_keeps_its_login(config: str | None, word: str, tmp_path: Path) -> None:
    """As its configuration says; what it would refuse is not guessed at."""
    if config is not None:
        (tmp_path / "config.toml").write_bytes(config.encode(errors="surrogateescape"))
    assert codex_store(tmp_path) == word


def test_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As in a container that runs as any number: the folder that is given is used."""
    monkeypatch.setenv("HOME", "~")  # what Python makes of a user that the system does not know
    assert home_of(tmp_path, "default", {}) == Home(tmp_path)
