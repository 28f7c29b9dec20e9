"""The filter ``brackets``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.brackets import balance
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("brackets"), ids=lambda golden: golden.name)
def test_balance_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, balance)
