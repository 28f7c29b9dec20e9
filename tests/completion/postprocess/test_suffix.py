"""The filter ``suffix``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.suffix import drop_overlap
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("suffix"), ids=lambda golden: golden.name)
def test_drop_overlap_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, drop_overlap)
