"""The filter ``scope``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.scope import keep_wanted
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("scope"), ids=lambda golden: golden.name)
def test_keep_wanted_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, keep_wanted)
