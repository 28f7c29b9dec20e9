"""Running an action, where the tests of the menu do not reach."""

from __future__ import annotations

import pytest
from pygls.exceptions import JsonRpcException

from lsp_codex.server import acting, action_data
from tests.actions.scripted import action, place

WHERE = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}


def test_actions_are_found_by_their_id() -> None:
    """An id that there is not is the client's mistake."""
    data = action_data.read({"action": "fixAll", "uri": "file:///a.py", "range": WHERE})
    assert acting.action_of(data) is action("fixAll")
    with pytest.raises(JsonRpcException, match="sing"):
        acting.action_of(action_data.read({"action": "sing", "uri": "file:///a.py", "range": WHERE}))


def test_a_run_is_called_what_the_menu_called_it() -> None:
    """Or by its id, where the menu would have no entry."""
    assert acting.title_of(action("document"), place("def f():\n    x┃\n")) == "Codex: Document f"
    assert acting.title_of(action("document"), place("┃")) == "Codex: document"
