"""ACTIONS: every code action, in the order of the menu."""

from __future__ import annotations

from lsp_codex.actions.menu import (
    document,
    explain,
    fix,
    fix_all,
    implement,
    proceed,
    rename,
    rewrite,
    simplify,
    tests,
    translate,
    types,
)

ACTIONS = (
    fix.ACTION,
    fix_all.ACTION,
    implement.ACTION,
    rewrite.ACTION,
    explain.ACTION,
    document.ACTION,
    simplify.ACTION,
    types.ACTION,
    rename.ACTION,
    tests.ACTION,
    translate.ACTION,
    proceed.ACTION,
)
