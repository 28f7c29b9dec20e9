"""What the languages that we know more of are like: comments, strings, documentation, names; a table, pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Language:
    """A language: ``name`` for people, comment marks, string delimiters (longest first), how it documents.

    ``fences`` are the words behind a Markdown fence that mean it; ``prose`` is text for people, where brackets and
    quotes say nothing.
    """

    name: str
    line: tuple[str, ...] = ()
    block: tuple[tuple[str, str], ...] = ()
    quotes: tuple[str, ...] = ('"',)
    docs: str = "the language's usual documentation comment, directly above"
    fences: tuple[str, ...] = ()
    prose: bool = field(default=False, kw_only=True)


_C_BLOCK = (("/*", "*/"),)
_JSDOC = "a JSDoc comment (/** … */ with @param and @returns), directly above"
_JAVADOC = "a Javadoc comment (/** … */ with @param and @return), directly above"
_DOXYGEN = "a Doxygen comment (/** … */ with @param and @return), directly above"
_SCRIPT_QUOTES = ("`", '"', "'")
_SCRIPT = ("js", "jsx", "javascript", "mjs", "cjs", "node")
_TYPED = ("ts", "tsx", "typescript")
PYTHON = "python"

UNKNOWN = Language("this language", ("#", "//"), _C_BLOCK)

LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        PYTHON: Language(
            "Python",
            ("#",),
            (),
            ('"""', "'''", '"', "'"),
            "a docstring as PEP 257 has it",
            ("py", "python", "python3"),
        ),
        "javascript": Language("JavaScript", ("//",), _C_BLOCK, _SCRIPT_QUOTES, _JSDOC, _SCRIPT),
        "javascriptreact": Language("JavaScript", ("//",), _C_BLOCK, _SCRIPT_QUOTES, _JSDOC, _SCRIPT),
        "typescript": Language("TypeScript", ("//",), _C_BLOCK, _SCRIPT_QUOTES, _JSDOC, (*_TYPED, *_SCRIPT)),
        "typescriptreact": Language("TypeScript", ("//",), _C_BLOCK, _SCRIPT_QUOTES, _JSDOC, (*_TYPED, *_SCRIPT)),
        "java": Language("Java", ("//",), _C_BLOCK, ('"""', '"', "'"), _JAVADOC, ("java",)),
        "kotlin": Language(
            "Kotlin", ("//",), _C_BLOCK, ('"""', '"', "'"), "a KDoc comment, directly above", ("kotlin", "kt")
        ),
        "csharp": Language(
            "C#",
            ("//",),
            _C_BLOCK,
            ('"""', '"', "'"),
            "an XML documentation comment (///), directly above",
            ("csharp", "cs", "c#"),
        ),
        "c": Language("C", ("//",), _C_BLOCK, ('"', "'"), _DOXYGEN, ("c", "h")),
        "cpp": Language("C++", ("//",), _C_BLOCK, ('"', "'"), _DOXYGEN, ("cpp", "c++", "cc", "hpp", "c", "h")),
        "go": Language(
            "Go",
            ("//",),
            _C_BLOCK,
            ("`", '"', "'"),
            "a Go doc comment (// beginning with the name), directly above",
            ("go", "golang"),
        ),
        "rust": Language(
            "Rust", ("//",), _C_BLOCK, ('"', "'"), "a rustdoc comment (///), directly above", ("rust", "rs")
        ),
        "swift": Language(
            "Swift",
            ("//",),
            _C_BLOCK,
            ('"""', '"'),
            "a documentation comment (///), directly above",
            ("swift",),
        ),
        "php": Language(
            "PHP", ("//", "#"), _C_BLOCK, ('"', "'"), "a PHPDoc comment (/** … */), directly above", ("php",)
        ),
        "ruby": Language("Ruby", ("#",), (), ('"', "'"), "a YARD comment (#), directly above", ("ruby", "rb")),
        "lua": Language(
            "Lua",
            ("--",),
            (("--[[", "]]"),),
            ('"', "'"),
            "an LDoc comment (--- with @param and @return), directly above",
            ("lua",),
        ),
        "shellscript": Language(
            "shell", ("#",), (), ('"', "'"), "a comment, directly above", ("sh", "bash", "shell", "zsh")
        ),
        "sql": Language("SQL", ("--",), _C_BLOCK, ("'", '"'), "a comment, directly above", ("sql",)),
        "yaml": Language("YAML", ("#",), (), ('"', "'"), "a comment, directly above", ("yaml", "yml")),
        "toml": Language("TOML", ("#",), (), ('"""', "'''", '"', "'"), "a comment, directly above", ("toml",)),
        "css": Language("CSS", (), _C_BLOCK, ('"', "'"), "a comment, directly above", ("css",)),
        "html": Language("HTML", (), (("<!--", "-->"),), (), "a comment, directly above", ("html",), prose=True),
        "diff": Language("a diff", quotes=(), fences=("diff", "patch", "udiff")),
        "markdown": Language("Markdown", (), (("<!--", "-->"),), (), "", ("markdown", "md"), prose=True),
        "plaintext": Language("plain text", (), (), (), "", ("text", "txt"), prose=True),
        "latex": Language("LaTeX", ("%",), (), (), "", ("latex", "tex"), prose=True),
        "restructuredtext": Language("reStructuredText", (), (), (), "", ("rst", "restructuredtext"), prose=True),
    }
)

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "js": "javascript",
        "ts": "typescript",
        "tsx": "typescriptreact",
        "jsx": "javascriptreact",
        "sh": "shellscript",
        "bash": "shellscript",
        "zsh": "shellscript",
        "text": "plaintext",
        "tex": "latex",
        "rst": "restructuredtext",
        "c++": "cpp",
        "cs": "csharp",
        "py": PYTHON,
    }
)
"""Editors that name languages after their file types or modes (Neovim's ``sh``, ``cs``, ``tex``)."""


def of(language_id: str) -> Language:
    """The language of an LSP language id; what we do not know has comments as many have them."""
    word = language_id.lower()
    return LANGUAGES.get(ALIASES.get(word, word), UNKNOWN)


def is_python(language_id: str) -> bool:
    """Whether Python's own parser can be asked."""
    return of(language_id) is LANGUAGES[PYTHON]


def meant(fence: str) -> Language | None:
    """The language that a word behind a Markdown fence names; None: we do not know the word."""
    word = fence.lower().strip("{}. ")
    return next((language for language in LANGUAGES.values() if word in language.fences), None)
