"""Tokens of the sandbox: their form, and what they are worth when."""

from __future__ import annotations

import base64
import json
from typing import Any

from lsp_codex.sandbox.tokens import AUTH_CLAIM, PROFILE_CLAIM, SCOPE, Person, Standing, TokenDesk

PERSON = Person()


class Clock:
    """Unix time that a test moves."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def desk(clock: Clock) -> TokenDesk:
    """With the lives of the real service (spec/backend.md 3.3)."""
    return TokenDesk(clock, 864_000, 3_600)


def claims(token: str) -> dict[str, Any]:
    """The payload of a JWT, read as clients do (spec/auth.md 2.3)."""
    header, payload, signature = token.split(".")
    assert header
    assert signature
    assert "=" not in token
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return found


def test_the_id_token_says_who_it_is() -> None:
    """E-mail at the top, plan, user and workspace in the auth object, one hour of life."""
    found = claims(desk(Clock()).new_grant(PERSON, "client", SCOPE)["id_token"])
    assert (found["email"], found["aud"], found["exp"] - found["iat"]) == (PERSON.email, ["client"], 3_600)
    auth = found[AUTH_CLAIM]
    assert (auth["chatgpt_plan_type"], auth["chatgpt_user_id"]) == (PERSON.plan, PERSON.user_id)
    assert auth["chatgpt_account_id"] == PERSON.account_id


def test_the_access_token_carries_expiry_scopes_and_profile() -> None:
    """Clients read ``exp`` from the access token; connectors need their scopes in it."""
    found = claims(desk(Clock()).new_grant(PERSON, "client", SCOPE)["access_token"])
    assert found["exp"] == 1_000 + 864_000
    assert "api.connectors.invoke" in found["scp"]
    assert found[PROFILE_CLAIM]["email"] == PERSON.email


def test_an_access_token_expires_to_the_second() -> None:
    """GOOD until ``exp``, EXPIRED from then on."""
    clock = Clock()
    tokens = desk(clock)
    token = tokens.new_grant(PERSON, "c", SCOPE)["access_token"]
    clock.now += 863_999
    assert tokens.access_standing(token) is Standing.GOOD
    clock.now += 1
    assert tokens.access_standing(token) is Standing.EXPIRED


def test_a_refresh_token_is_good_once() -> None:
    """Rotation uses the old one up; the access token of before stays good."""
    tokens = desk(Clock())
    first = tokens.new_grant(PERSON, "c", SCOPE)
    second = tokens.rotate(first["refresh_token"], PERSON, "c")
    assert tokens.refresh_standing(first["refresh_token"]) is Standing.USED
    assert tokens.refresh_standing(second["refresh_token"]) is Standing.GOOD
    assert tokens.access_standing(first["access_token"]) is Standing.GOOD
    assert second["access_token"] != first["access_token"]
    assert second["earliest_refresh_at"] == 1_000 + 777_600


def test_revoking_ends_one_sign_in_and_no_other() -> None:
    """All tokens of the grant, those from refreshes too; unknown tokens are no error."""
    tokens = desk(Clock())
    first, other = tokens.new_grant(PERSON, "c", SCOPE), tokens.new_grant(PERSON, "c", SCOPE)
    second = tokens.rotate(first["refresh_token"], PERSON, "c")
    tokens.revoke("unknown")
    tokens.revoke(second["refresh_token"])
    assert tokens.access_standing(first["access_token"]) is Standing.INVALIDATED
    assert tokens.access_standing(second["access_token"]) is Standing.INVALIDATED
    assert tokens.access_standing(other["access_token"]) is Standing.GOOD
    assert tokens.refresh_standing(other["refresh_token"]) is Standing.GOOD


def test_a_token_of_somebody_else_is_worth_nothing() -> None:
    """Also none at all, and a well-formed one of another sandbox."""
    foreign = desk(Clock()).new_grant(PERSON, "c", SCOPE)["access_token"]
    for token in (None, "", "x", foreign):
        assert desk(Clock()).access_standing(token) is Standing.INVALIDATED
