"""The filter ``secrets``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.secrets import drop_if_secret
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("secrets"), ids=lambda golden: golden.name)
def test_drop_if_secret_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, drop_if_secret)
