"""Usage windows as headers and as an answer."""

from __future__ import annotations

import pytest

from lsp_codex.sandbox.limits import Limits, Window
from tests.sandbox.ways import Way, body


def test_headers_have_the_live_form() -> None:
    """Capital F, Unix seconds, and an absent window all zero with an empty reset (spec/backend.md 5.2)."""
    headers = Limits(Window(22, 10_080, 60), None).headers(1_000, "pro")
    assert headers["x-codex-primary-used-percent"] == "22"
    assert headers["x-codex-primary-window-minutes"] == "10080"
    assert headers["x-codex-primary-reset-at"] == "1060"
    assert headers["x-codex-secondary-window-minutes"] == "0"
    assert headers["x-codex-secondary-reset-at"] == ""
    assert (headers["x-codex-credits-has-credits"], headers["x-codex-plan-type"]) == ("False", "pro")


def test_usage_says_the_same_as_the_headers() -> None:
    """Seconds instead of minutes; an absent window is null."""
    limit = Limits(Window(22, 300, 60), None).usage(1_000, "plus")["rate_limit"]
    assert limit["primary_window"] == {
        "used_percent": 22,
        "limit_window_seconds": 18_000,
        "reset_after_seconds": 60,
        "reset_at": 1_060,
    }
    assert limit["secondary_window"] is None
    assert (limit["allowed"], limit["limit_reached"]) == (True, False)


@pytest.mark.parametrize("full", ["primary", "secondary"])
async def test_a_used_up_window_refuses_responses(near: Way, full: str) -> None:
    """429 with the reset of the window that is used up, and usage says so too."""
    windows = {"primary": Window(1, 300, 60), "secondary": Window(1, 10_080, 60)} | {full: Window(100, 300, 777)}
    near.codex.backend.limits = Limits(**windows)
    answer = await near.ask(body())
    assert (answer.status_code, answer.json()["error"]["resets_in_seconds"]) == (429, 777)
    usage = (await near.http.get(f"{near.base}/wham/usage", headers=near.bearer())).json()
    assert usage["rate_limit"]["limit_reached"] is True
    near.codex.backend.limits = Limits()
    assert (await near.ask(body())).status_code == 200
