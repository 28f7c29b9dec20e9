"""The corpus: what is read of an archive, and that a wrong one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.eval import corpus


def test_the_folder_follows_the_environment(tmp_path: Path) -> None:
    """The cache folder of the user, with a name for each revision."""
    assert corpus.folder({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "lsp-codex-eval" / corpus.REVISION


def test_a_missing_archive_is_said(tmp_path: Path) -> None:
    """Half a corpus would be another selection of places."""
    assert corpus.read({"XDG_CACHE_HOME": str(tmp_path)}) is None


def test_a_client_that_fails_is_said(tmp_path: Path) -> None:
    """With the names of what it could not bring."""
    with pytest.raises(corpus.CorpusMissing, match="node-gyp"):
        corpus.fetch({"XDG_CACHE_HOME": str(tmp_path), "PATH": str(tmp_path)})


@pytest.mark.parametrize(
    ("path", "pattern", "matches"),
    [
        ("lib/a.js", "lib/**/*.js", True),
        ("lib/b/a.js", "lib/**/*.js", True),
        ("a.rb", "*.rb", True),
        ("b/a.rb", "*.rb", False),
    ],
)
def test_patterns_select_files(path: str, pattern: str, matches: bool) -> None:
    """``**`` stands for any folders, also none."""
    assert corpus._matches(Path(path), pattern) is matches
