"""A thousand completions while everything goes wrong: none hangs, none is answered twice, nothing grows."""

from __future__ import annotations

import pytest

from tests.harness import soak

BLOCKS = 3_600
"""Blocks of memory, four for each completion: a request or a task that stays behind is some hundred of them."""

DESCRIPTORS = 8
"""Connections that are kept, and those that are on their way out."""


@pytest.mark.real_time
@pytest.mark.timeout(120)
async def test_a_thousand_completions_with_random_faults() -> None:
    """Acceptance 6 of the backend; ``python -m tests.harness.soak 300`` for five minutes of it."""
    report = await soak.run(count=1_000, seed=5)
    assert report.asked >= 1_000
    assert report.with_text > 100, "the faults leave enough that works"
    assert (report.unanswered, report.answered_twice) == (0, 0)
    assert report.blocks_grown < BLOCKS
    assert report.descriptors_grown <= DESCRIPTORS
