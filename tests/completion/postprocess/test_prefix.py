"""The filter ``prefix``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.prefix import drop_repeated
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("prefix"), ids=lambda golden: golden.name)
def test_drop_repeated_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, drop_repeated)
