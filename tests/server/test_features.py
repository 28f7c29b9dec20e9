"""FEATURES, the table."""

from __future__ import annotations

import inspect

from lsp_codex.server.features import FEATURES
from lsp_codex.server.handlers import Later


def test_every_method_is_handled_once_by_a_coroutine_of_session_and_params() -> None:
    """No method twice; nothing blocks the loop, nothing is injected."""
    assert len({feature.method for feature in FEATURES}) == len(FEATURES)
    for feature in FEATURES:
        handler = feature.handler.find() if isinstance(feature.handler, Later) else feature.handler
        assert inspect.iscoroutinefunction(handler)
        assert list(inspect.signature(handler).parameters) == ["session", "params"]
