"""The running numbers."""

from __future__ import annotations

from collections import deque

from lsp_codex.completion.measure import MEASURED, Counts, median_ms


def test_the_median_is_in_milliseconds() -> None:
    """One slow answer does not change what is usual."""
    assert median_ms(deque([0.2, 9.0, 0.3])) == 300.0
    assert median_ms(deque()) is None


def test_only_the_last_requests_count() -> None:
    """A slow morning is forgotten in the afternoon."""
    counts = Counts()
    counts.total.extend([9.0] * MEASURED + [0.1] * MEASURED)
    assert median_ms(counts.total) == 100.0
