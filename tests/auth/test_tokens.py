"""Rules of lsp_codex/auth/tokens.py."""

from __future__ import annotations

import base64
import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from lsp_codex.auth.tokens import (
    Account,
    ApiKey,
    Freshness,
    Provenance,
    TokenAnswer,
    account_of,
    claims,
    expiry,
    freshness,
    new_login,
    refreshed,
)
from lsp_codex.secret import Secret
from tests.harness import sentinels
from tests.harness.accounts import FakeAccount, jwt

RECORDED = json.loads((Path(__file__).parent / "recorded" / "refresh.json").read_text())
NOW = 1_795_000_000.0
DAY = 86_400.0
AUTH = "https://api.openai.com/auth"
NESTED = ".".join([jwt({}).split(".")[0], base64.urlsafe_b64encode(b"[" * 99_999).decode(), "c2ln"])


def answer(account: FakeAccount) -> TokenAnswer:
    """The account's token answer as our value."""
    return TokenAnswer(**{key: Secret(value) for key, value in account.answer().items()})


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (3600, Freshness.FRESH),
        (306, Freshness.FRESH),
        (300.5, Freshness.FRESH),
        (300, Freshness.STALE),
        (1, Freshness.STALE),
        (0, Freshness.EXPIRED),
        (-60, Freshness.EXPIRED),
    ],
)
def test_the_last_five_minutes_are_stale(left: float, expected: Freshness) -> None:
    """The readable expiry decides: five minutes before it a token is stale, at it expired (spec/auth.md 4.2)."""
    tokens = FakeAccount(access_token=jwt({"exp": NOW + left})).tokens()
    assert freshness(tokens, NOW) is expected


@pytest.mark.parametrize(
    ("age", "expected"),
    [(7.9 * DAY, Freshness.FRESH), (8.1 * DAY, Freshness.STALE), (None, Freshness.FRESH), (-DAY, Freshness.FRESH)],
)
def test_a_token_without_expiry_is_stale_after_eight_days(age: float | None, expected: Freshness) -> None:
    """Without a readable expiry the age of the last refresh decides, and without both nothing does."""
    last = None if age is None else NOW - age
    assert freshness(FakeAccount(access_token="opaque", last_refresh=last).tokens(), NOW) is expected


def test_a_readable_expiry_wins_over_an_old_refresh() -> None:
    """A last refresh of long ago alone renews nothing."""
    assert freshness(FakeAccount(last_refresh=1.0).tokens(), NOW) is Freshness.FRESH


def test_tokens_renewed_a_moment_ago_are_fresh_whatever_they_say() -> None:
    """A wrong clock must not cause a refresh for every request (field-notes pain 25)."""
    account = FakeAccount(expires_at=NOW - 3600, last_refresh=NOW - 59)
    assert freshness(account.tokens(), NOW) is Freshness.FRESH
    assert freshness(account.tokens(), NOW + 2) is Freshness.EXPIRED


@pytest.mark.parametrize("case", RECORDED["when"], ids=lambda case: case["case"])
def test_we_refresh_when_the_real_client_did(case: dict[str, Any]) -> None:
    """Every recorded decision of codex-cli 0.169.0 is ours too."""
    recorded = 1_795_210_447.0 if "exp in" in case["case"] else 1_795_210_448.0
    before = case["disk_before"]
    stated = re.search(r"exp in (-?\d+)s", case["case"])
    last = datetime.fromisoformat(before["last_refresh"]).timestamp()
    if "without exp" in case["case"]:
        account = FakeAccount(access_token="opaque-access", last_refresh=last)
    else:
        far = 10 * DAY if stated is None else int(stated[1])
        account = FakeAccount(expires_at=recorded + far, last_refresh=last)
    found = freshness(account.tokens(), recorded)
    assert (found is not Freshness.FRESH) == (case["refresh_reason"] is not None)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (jwt({"exp": 12}), 12.0),
        (jwt({"exp": 12.5}), 12.5),
        (jwt({}), None),
        (jwt({"exp": "12"}), None),
        (jwt({"exp": True}), None),
        (jwt({"exp": None}), None),
        (jwt({"exp": 10**400}), None),
        (NESTED, None),
        ("opaque", None),
        ("a.b.c", None),
        ("", None),
    ],
)
def test_an_opaque_access_token_has_no_expiry(token: str, expected: float | None) -> None:
    """Whatever is no JWT with a number in ``exp`` is accepted, its expiry unknown (spec/auth.md 2.3)."""
    assert expiry(Secret(token)) == expected


@pytest.mark.parametrize("token", ["", "x", "a.b", "a.b.c.d", "e30.e30", "é.é.é", jwt({})[:-10]])
def test_claims_of_no_jwt_are_an_error_without_the_token(token: str) -> None:
    """A broken token raises ValueError, and neither it nor its cause shows the token."""
    with pytest.raises(ValueError, match=r"^not a JWT$") as caught:
        claims(Secret(token))
    assert caught.value.__cause__ is None


def test_claims_are_read_without_verification() -> None:
    """Expired, future, for another audience, unsigned: the claims are readable all the same."""
    found = {"exp": 1, "nbf": 9e12, "iat": 9e12, "aud": "someone", "iss": "x", "sub": 3, "jti": 4}
    assert claims(Secret(jwt(found))) == found


@pytest.mark.parametrize(
    ("found", "email", "plan", "user"),
    [
        ({"email": "a@b", AUTH: {"chatgpt_plan_type": "pro", "chatgpt_user_id": "u"}}, "a@b", "pro", "u"),
        ({"https://api.openai.com/profile": {"email": "p@q"}}, "p@q", "unknown", None),
        ({"email": "", "https://api.openai.com/profile": {"email": "p@q"}}, "p@q", "unknown", None),
        ({AUTH: {"user_id": "old"}}, None, "unknown", "old"),
        ({AUTH: "text"}, None, "unknown", None),
        ({AUTH: {"chatgpt_plan_type": 3}}, None, "unknown", None),
        ({}, None, "unknown", None),
    ],
)
def test_the_account_comes_from_the_id_token(
    found: dict[str, Any], email: str | None, plan: str, user: str | None
) -> None:
    """Email, plan and user are where spec/auth.md 2.3 says; what is missing is no error."""
    tokens = refreshed(FakeAccount().tokens(), TokenAnswer(id_token=Secret(jwt(found))), NOW)
    account = account_of(tokens)
    assert (account.email, account.plan, account.user_id) == (email, plan, user)


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        ({"chatgpt_account_id": "acct"}, "acct"),
        ({"organizations": [{"id": "org-1"}], "organization_id": "org-2"}, None),
        ({"chatgpt_account_id": ""}, None),
        ({"chatgpt_account_id": 7}, None),
    ],
)
def test_the_workspace_is_the_chatgpt_account_only(auth: dict[str, Any], expected: str | None) -> None:
    """An organisation never stands in for the account: no header is sent then (field-notes pain 12)."""
    given = TokenAnswer(Secret(jwt({AUTH: auth, "organizations": [{"id": "o"}]})), Secret("a"), Secret("r"))
    assert new_login(given, Provenance("https://i"), "owner", NOW).account_id == expected


@pytest.mark.parametrize("value", [True, False, "true", 1, None])
def test_fedramp_is_true_only_if_the_claim_is(value: object) -> None:
    """Anything but the JSON value true leaves the header out."""
    given = refreshed(
        FakeAccount().tokens(),
        TokenAnswer(id_token=Secret(jwt({AUTH: {"chatgpt_account_is_fedramp": value}}))),
        NOW,
    )
    assert account_of(given).fedramp is (value is True)


@pytest.mark.parametrize("missing", ["id_token", "access_token", "refresh_token"])
def test_a_sign_in_needs_all_three_tokens(missing: str) -> None:
    """The exchange is incomplete without any of them (spec/auth.md 2.1)."""
    given = {key: Secret(value) for key, value in FakeAccount().answer().items() if key != missing}
    with pytest.raises(ValueError, match="missing"):
        new_login(TokenAnswer(**given), Provenance("https://i"), "owner", NOW)


def test_a_new_login_carries_where_and_when_it_was_made() -> None:
    """Issuer, client, owner id and time are kept: the refresh depends on them."""
    tokens = new_login(answer(FakeAccount()), Provenance("https://i"), "owner", NOW)
    assert (tokens.provenance, tokens.login_owner_id, tokens.last_refresh) == (Provenance("https://i"), "owner", NOW)
    assert tokens.expires_at == FakeAccount().expires_at


@pytest.mark.parametrize("given", ["id_token", "access_token", "refresh_token"])
def test_a_refresh_replaces_what_it_brings_and_keeps_the_rest(given: str) -> None:
    """An absent token keeps its predecessor; account, provenance and owner never change (spec/auth.md 4.3)."""
    old = FakeAccount(issuer="https://i", login_owner_id="owner").tokens()
    other = FakeAccount(tag="B", refresh_token="rt-2", email="b@c", chatgpt_account_id="acct-2")
    new = refreshed(old, TokenAnswer(**{given: Secret(other.answer()[given])}), NOW)
    for key in ("id_token", "access_token", "refresh_token"):
        assert (getattr(new, key) == getattr(old, key)) == (key != given)
    assert (new.account_id, new.provenance, new.login_owner_id) == ("acct-fake-1", old.provenance, "owner")
    assert new.last_refresh == NOW


def test_an_empty_answer_only_advances_the_time() -> None:
    """``{}`` is a success that changes no token."""
    old = FakeAccount().tokens()
    new = refreshed(old, TokenAnswer(), NOW)
    assert new.same_as(old)
    assert new.last_refresh == NOW


@pytest.mark.parametrize(
    "bad",
    [{"id_token": "zz"}, {"id_token": ""}, {"access_token": ""}, {"access_token": "a\nb"}, {"refresh_token": ""}],
)
def test_a_refresh_with_a_broken_token_changes_nothing(bad: dict[str, str]) -> None:
    """An id token that is no JWT, or an empty token, is refused as a whole."""
    with pytest.raises(ValueError, match=r"JWT|empty|malformed"):
        refreshed(FakeAccount().tokens(), TokenAnswer(**{key: Secret(text) for key, text in bad.items()}), NOW)


@pytest.mark.parametrize("odd", ["a\r\nx-evil: 1", "a\nb", " ", "é", "\ud800", "a\0b"])
@pytest.mark.parametrize("field", ["access_token", "chatgpt_account_id"])
def test_what_fits_no_header_is_no_login(field: str, odd: str) -> None:
    """It would forge a header, or be quoted by the HTTP library's error, token included."""
    with pytest.raises(ValueError, match="malformed") as caught:
        new_login(answer(FakeAccount().but(**{field: odd})), Provenance("https://i"), "owner", NOW)
    assert odd not in str(caught.value) or odd == " "


def test_tokens_do_not_print_themselves() -> None:
    """The representation of a login shows none of its tokens (field-notes pain 19)."""
    account = FakeAccount()
    shown = repr(account.tokens())
    assert not [text for text in account.answer().values() if text in shown]


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (Account("a@b.c", "plus", "acct", None), "a@b.c (plus)"),
        (Account(None, "team", "acct", None), "an account without an address (team)"),
    ],
)
def test_an_account_in_a_few_words(account: Account, words: str) -> None:
    """Address and plan."""
    assert account.in_words() == words


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("sk-1", None),
        ("a" * 4_096, None),
        ("", "empty"),
        ("a" * 4_097, "4,097 characters, and none has more than 4,096"),
        ("sk-" + "x" * 3_000_000, "3,000,003 characters"),
        ("two words", "white space"),
        ("sk-1\n", "white space"),
        ("sk-1\N{NO-BREAK SPACE}", "white space"),
        ("sk-é", "characters that no key has"),
        ("sk-\0", "characters that no key has"),
        ("sk-\ud800", "characters that no key has"),
    ],
    ids=["short", "longest", "empty", "long", "huge", "words", "line end", "blank", "accent", "zero", "surrogate"],
)
def test_what_is_wrong_with_an_api_key(key: str, says: str | None) -> None:
    """It goes into a header: short enough for every server, one word, visible ASCII; the key is not repeated."""
    flaw = ApiKey(Secret(key)).flaw()
    assert (flaw is None) is (says is None)
    assert says is None or says in str(flaw)
    assert not sentinels.found(str(flaw))
