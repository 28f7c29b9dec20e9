"""The Codex language server; this module owns the version and imports nothing."""

__version__ = "0.1.0"
