"""The filter ``fences``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.fences import unwrap
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("fences"), ids=lambda golden: golden.name)
def test_unwrap_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, unwrap)
