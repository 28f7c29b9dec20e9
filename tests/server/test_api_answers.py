"""Our values in the words of the account API."""

from __future__ import annotations

import copy
import json
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex.auth.state import External, SignedOut
from lsp_codex.auth.tokens import Account
from lsp_codex.backend.limits import RateLimits, Window, from_usage, reset_credits
from lsp_codex.backend.models import BUNDLED
from lsp_codex.secret import Secret
from lsp_codex.server import api_answers
from tests.conformance.schemas import Schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMAS = Path(__file__).parents[1] / "conformance" / "schemas"
LENT = External(Secret("t"), Account("x@example.com", "pro", "a", "u"))
USAGE: dict[str, Any] = {
    "plan_type": "pro",
    "account_id": "a",
    "user_id": "u",
    "rate_limit": {"allowed": True, "primary_window": {"used_percent": 12.5, "limit_window_seconds": 90}},
    "spend_control": {
        "reached": True,
        "individual_limit": {"limit": "10", "used": "9.5", "remaining_percent": 5, "reset_at": 1_800_000_000},
    },
    "rate_limit_reached_type": {"type": "something new"},
}
CREDITS = {
    "available_count": 2,
    "credits": [{"id": "c", "granted_at": 1, "reset_type": "codex_rate_limits"}, {"id": 7}],
}


def test_the_plans_are_those_of_the_schema() -> None:
    """Each by its name, and ``unknown`` for every other."""
    schema = json.loads((SCHEMAS / "account-read.json").read_text())
    names = schema["definitions"]["PlanType"]["enum"]
    assert [api_answers.plan(name) for name in names] == names
    assert api_answers.plan("galactic") == api_answers.plan(None) == "unknown"


def test_a_whole_report() -> None:
    """Everything that the service says, in the schema's form; the person is the one who is signed in."""
    found = api_answers.limits(from_usage(USAGE), reset_credits(CREDITS), LENT)
    assert Schemas().faults({"result": found}, "account/rateLimits/read") == []
    assert (found["ordinaryUsageAllowed"], found["accountId"]) == (True, "a")
    assert found["rateLimits"]["individualLimit"]["remainingPercent"] == 5
    assert found["rateLimits"]["rateLimitReachedType"] is None
    assert found["rateLimits"]["primary"] == {"usedPercent": 13, "windowDurationMins": 2, "resetsAt": None}
    assert [row["id"] for row in found["rateLimitResetCredits"]["credits"]] == ["c"]


@pytest.mark.parametrize("who", [{"account_id": "b"}, {"user_id": "v"}, {"account_id": None}])
def test_a_report_about_somebody_else(who: dict[str, str | None]) -> None:
    """It says nothing of whether this person may go on."""
    assert api_answers.limits(from_usage(USAGE | who), None, LENT)["ordinaryUsageAllowed"] is None


@pytest.mark.parametrize(("used", "shown"), [(0.4, 0), (0.5, 1), (1.5, 2), (12.5, 13), (99.6, 100)])
def test_percents_are_whole(used: float, shown: int) -> None:
    """Halves go up."""
    assert api_answers.bucket(RateLimits(primary=Window(used)))["primary"]["usedPercent"] == shown


def test_the_built_in_models_fit_the_schema() -> None:
    """Each of them."""
    rows = [api_answers.model(each, is_default=False) for each in BUNDLED]
    assert Schemas().faults({"result": {"data": rows, "nextCursor": None}}, "model/list") == []


def test_nobody() -> None:
    """All members, all empty."""
    assert api_answers.mode(SignedOut()) == {"authMode": None, "planType": None}
    assert Schemas().faults({"result": api_answers.account(SignedOut(), None)}, "account/read") == []


RESETS = {
    "available_count": 2,
    "credits": [{"id": "c", "granted_at": 5, "expires_at": 6, "reset_type": "x", "status": "y", "title": "t"}],
}
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 1e300, 2**70, float("nan"), float("inf")),
    *("", "x", "12", "nan", [], {}, [1], {"a": 1}),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in ``value``."""
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in rows:
        yield (*path, key)
        yield from places(item, (*path, key))


def with_odd(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """``value`` with something else in one place."""
    changed = copy.deepcopy(value)
    *above, last = path
    reduce(lambda found, key: found[key], above, changed)[last] = odd
    return changed


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_whatever_the_service_writes_becomes_what_the_schema_allows(odd: Any) -> None:
    """In any place of the reports: no error, no number that JSON does not have."""
    cases = [(with_odd(USAGE, path, odd), RESETS) for path in places(USAGE)]
    cases += [(USAGE, with_odd(RESETS, path, odd)) for path in places(RESETS)]
    for usage, resets in cases:
        found = api_answers.limits(from_usage(usage), reset_credits(resets), LENT)
        assert Schemas().faults({"result": found}, "account/rateLimits/read") == []
        json.dumps(found, allow_nan=False)
