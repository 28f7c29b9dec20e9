"""The filter ``marker``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.marker import drop_ours
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("marker"), ids=lambda golden: golden.name)
def test_drop_ours_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, drop_ours)
