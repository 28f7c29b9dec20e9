"""The filter ``next_line``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.next_line import drop_if_equal
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("next_line"), ids=lambda golden: golden.name)
def test_drop_if_equal_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, drop_if_equal)
