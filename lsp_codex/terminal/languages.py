"""The language of a file by its name, where no editor says it."""

from __future__ import annotations

LANGUAGES = (
    (".py", "python"), (".js", "javascript"), (".ts", "typescript"), (".go", "go"), (".rs", "rust"),
    (".c", "c"), (".cpp", "cpp"), (".lua", "lua"), (".rb", "ruby"), (".java", "java"), (".sh", "shellscript"),
)  # fmt: skip


def language_of(name: str) -> str:
    """The language id of LSP; ``plaintext`` if nothing is known."""
    return next((word for suffix, word in LANGUAGES if name.endswith(suffix)), "plaintext")
