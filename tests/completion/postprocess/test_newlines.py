"""The filter ``newlines``, by its golden files."""

from __future__ import annotations

import pytest

from lsp_codex.completion.postprocess.newlines import like_document
from tests.completion.golden import Golden, check, load


@pytest.mark.parametrize("golden", load("newlines"), ids=lambda golden: golden.name)
def test_like_document_as_shown(golden: Golden) -> None:
    """Each golden file of the folder states its own rule."""
    check(golden, like_document)
