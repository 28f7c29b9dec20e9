"""The filter ``quotes``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.quotes import close
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("quotes"), ids=lambda golden: golden.name)
def test_close_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, close)
