"""The filter ``afterword``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.afterword import drop_end
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("afterword"), ids=lambda golden: golden.name)
def test_drop_end_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, drop_end)
