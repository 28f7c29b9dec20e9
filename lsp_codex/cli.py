"""argv to a subcommand and an exit code; no logic of its own."""

from __future__ import annotations


def main() -> int:
    """Run the command line."""
    return 2
