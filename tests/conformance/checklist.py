"""What the tests of the checklist share: the names of the API, its usual params, and how a login is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conformance.program import ACCOUNT, token

if TYPE_CHECKING:
    from tests.conformance.program import Program

START, CANCEL, LOGOUT = "account/login/start", "account/login/cancel", "account/logout"
LIMITS, MODELS = "account/rateLimits/read", "model/list"
DONE, UPDATED = "account/login/completed", "account/updated"
LIMITS_UPDATED = "account/rateLimits/updated"

BROWSER, DEVICE = {"type": "chatgpt"}, {"type": "chatgptDeviceCode"}
KEY = {"type": "apiKey", "apiKey": "sk-1"}
LENT = {"type": "chatgptAuthTokens", "accessToken": token(), "chatgptAccountId": ACCOUNT}


def done(login_id: str | None, error: str | None = None) -> tuple[str, Any]:
    """The end of a login."""
    said = {"loginId": login_id, "success": error is None, "error": error, "onboardingEntrypoint": None}
    return DONE, said


def updated(mode: str | None, plan: str | None) -> tuple[str, Any]:
    """Who is signed in now."""
    return UPDATED, {"authMode": mode, "planType": plan}


def in_order(it: Program, since: int = 0) -> list[str]:
    """Answers and notifications of the API, as they came."""
    said = [m for m in it.overheard[since:] if "id" in m or str(m.get("method")).startswith("account/")]
    return [message.get("method", "answer") for message in said]
