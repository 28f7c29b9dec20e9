"""The filter ``trailing``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.trailing import drop_blanks
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("trailing"), ids=lambda golden: golden.name)
def test_drop_blanks_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, drop_blanks)
