"""Findings are values."""

from __future__ import annotations

from lsp_codex.doctor.report import Finding, Verdict, failed, good, unknown, warning


def test_each_verdict_has_its_maker_and_its_word() -> None:
    """The words are what the JSON document says (contract 1)."""
    made = (good("a"), warning("a", "b"), failed("a", "b"), unknown("a"))
    assert [each.verdict for each in made] == [*Verdict]
    assert [each.verdict.value for each in made] == ["ok", "warning", "failed", "unknown"]
    assert made[1] == Finding(Verdict.WARNING, "a", "b")
