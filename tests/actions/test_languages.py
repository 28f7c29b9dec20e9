"""The table of languages."""

from __future__ import annotations

import pytest

from lsp_codex.actions import languages


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("python", "Python"),
        ("py", "Python"),
        ("sh", "shell"),
        ("cs", "C#"),
        ("TypeScript", "TypeScript"),
        ("x", "this language"),
    ],
)
def test_editors_name_languages_in_their_ways(word: str, name: str) -> None:
    """Language ids of LSP and what Neovim makes of file types; an unknown one is dealt with as many are."""
    assert languages.of(word).name == name


@pytest.mark.parametrize(
    ("fence", "name"),
    [("python", "Python"), ("JS", "JavaScript"), ("c++", "C++"), ("rs", "Rust"), ("diff", "a diff"), ("zig", None)],
)
def test_fences_name_languages(fence: str, name: str | None) -> None:
    """A word that we do not know says nothing."""
    found = languages.meant(fence)
    assert (found.name if found else None) == name


def test_only_python_has_a_parser() -> None:
    """Under any of its names."""
    assert languages.is_python("py")
    assert not languages.is_python("cython")


def test_every_alias_leads_somewhere() -> None:
    """To an entry of the table."""
    assert set(languages.ALIASES.values()) <= set(languages.LANGUAGES)


def test_code_is_no_prose() -> None:
    """Where brackets say nothing an edit is not checked, so only texts for people may be such."""
    prose = {language.name for language in languages.LANGUAGES.values() if language.prose}
    assert prose == {"HTML", "Markdown", "plain text", "LaTeX", "reStructuredText"}
