"""Home: the folder of one login, its lock files, and the names under which the keyring knows it; pure but for links.

The keyring's account is computed as the Codex CLI computes it, from the folder. The service is the CLI's only when
the folder *is* the CLI's: there the user has decided that both share one login, and an entry that the CLI cannot find
would be a second login with the same refresh token, of which only one survives the next renewal. Everywhere else the
service is our own: no mistake of ours can then overwrite what the CLI relies on, and people who look into their
keyring see whose entry it is.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_NAME = "auth.json"
DEFAULT_PROFILE = "default"


@dataclass(frozen=True, slots=True)
class Home:
    """Where one login lives; ``shared`` means with the Codex CLI, by whose rules it is kept."""

    folder: Path
    shared: bool = False

    @property
    def file(self) -> Path:
        """The record, when it is kept in a file (spec/auth.md 6.1)."""
        return self.folder / FILE_NAME

    @property
    def sealed(self) -> Path:
        """The record, when it is too long for the keyring: encrypted, its key in the keyring."""
        return self.folder / "auth.sealed"

    @property
    def service(self) -> str:
        """The keyring's name for whose entry it is (spec/auth.md 6.4)."""
        return "Codex Auth" if self.shared else "lsp-codex"

    @property
    def account(self) -> str:
        """The keyring's name for which entry it is: from the canonical folder, or as given if there is none."""
        return f"cli|{hashlib.sha256(os.fsencode(canonical(self.folder))).hexdigest()[:16]}"

    @property
    def locks(self) -> tuple[Path, Path]:
        """The CLI's lock files in its order: ``auth.lock``, and ``auth.json.lock`` beside the real file.

        Seen with codex-cli 0.169.0: it waits for the first without limit and for the second 5 s, and takes the first
        before the second. Who holds both for the time of a renewal makes the CLI wait, not fail.
        """
        target = Path(os.path.realpath(self.file))
        return self.folder / "auth.lock", target.with_name(f"{target.name}.lock")


def home_of(base: Path, profile: str, environ: Mapping[str, str]) -> Home:
    """The home of one profile in the folder ``base``; other profiles than the default are no business of the CLI."""
    if profile != DEFAULT_PROFILE:
        return Home(base / "profiles" / profile)
    theirs = codex_folder(environ)
    return Home(base, shared=theirs is not None and canonical(base) == canonical(theirs))


def codex_folder(environ: Mapping[str, str]) -> Path | None:
    """The Codex CLI's own folder (spec/auth.md 8); ``None`` for a user without a home, as in some containers."""
    if given := environ.get("CODEX_HOME", ""):
        return Path(given)
    try:
        return Path.home() / ".codex"
    except RuntimeError:
        return None


def codex_store(folder: Path) -> str:
    """Where the Codex CLI keeps its login by its ``config.toml``; ``file`` if that is silent (spec/auth.md 6.3)."""
    try:
        found = tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # the CLI refuses to start with a broken one
        return "file"
    word = found.get("cli_auth_credentials_store")
    return word if word in ("file", "keyring", "auto", "ephemeral") else "file"


def canonical(folder: Path) -> Path:
    """``folder`` without links; as given if it does not exist."""
    try:
        return folder.resolve(strict=True)
    except (OSError, RuntimeError):
        return folder
