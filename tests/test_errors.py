"""The exception tree: each error tells a person what happened and what to do."""

from __future__ import annotations

import inspect
import math
import re

import pytest

from lsp_codex import errors
from lsp_codex.advice import Advice
from lsp_codex.errors import (
    AuthError,
    BackendError,
    Blocked,
    CompletionPaused,
    CredentialsRejected,
    CutOff,
    Garbled,
    KeyringFailed,
    KeyringTrouble,
    LspCodexError,
    ModelUnavailable,
    NotRevoked,
    Overloaded,
    ParameterRefused,
    PlanRefused,
    RefreshFailed,
    RegionRefused,
    Rejection,
    RequestRefused,
    ResponseFailed,
    RoutingFailed,
    SignInFailed,
    SignInFailure,
    SignInRequired,
    StoreError,
    TimedOut,
    Unanswered,
    Unreachable,
    Unreadable,
    UsageLimitReached,
    WorkspaceUnusable,
)

EXAMPLES: tuple[LspCodexError, ...] = (
    SignInRequired(),
    SignInRequired("the login is for another workspace"),
    NotRevoked("no answer"),
    RefreshFailed("auth refresh request timed out after 10s"),
    RoutingFailed("workspace routing discovery failed"),
    RoutingFailed("duplicate workspace in routing discovery", final=True),
    *(SignInFailed(reason) for reason in SignInFailure),
    SignInFailed(SignInFailure.EXCHANGE, "invalid_grant"),
    *(CredentialsRejected(reason) for reason in Rejection),
    StoreError("The credential file /home/me/auth.json is not readable"),
    Garbled("The credentials in /home/me/auth.json are not valid JSON"),
    *(KeyringFailed(reason) for reason in KeyringTrouble),
    KeyringFailed(KeyringTrouble.REFUSED, "OSError"),
    Unreachable("chatgpt.com could not be reached"),
    Unreachable(),
    TimedOut("chatgpt.com did not answer within 30 seconds"),
    TimedOut(),
    Overloaded("The Codex backend is overloaded (503)", retry_after=3),
    CompletionPaused("300 requests were sent within an hour"),
    CompletionPaused("300 requests were sent within an hour", 1_800_000_000),
    UsageLimitReached(),
    UsageLimitReached("plus", 1_800_000_000),
    UsageLimitReached("plus", 1_800_000_000, minutes=300),
    UsageLimitReached("team", minutes=43_200, why="Your workspace is out of credits"),
    UsageLimitReached("plus", minutes=90, of="Spark"),
    Blocked(),
    PlanRefused("Your workspace has used its budget. Ask its administrator for more"),
    RequestRefused(400, "Unsupported model", "model_not_found"),
    ModelUnavailable(400, "The 'gpt-x' model is not supported", None),
    ParameterRefused(400, "Unsupported parameter: top_p", None, "top_p"),
    RegionRefused("OpenAI does not offer this in the country that your requests come from"),
    WorkspaceUnusable("its address is not https"),
    CutOff(),
    ResponseFailed("server_error"),
    ResponseFailed("content_filter", "The answer was stopped"),
    Unreadable("The answer was cut off"),
    Unreadable(),
    Unanswered("This conversation is not known any more", Advice.NEW_CONVERSATION),
    Unanswered("This conversation still waits for an answer", Advice.WAIT_OR_CANCEL),
    Unanswered("The question is longer than the model can read", Advice.SHORTER),
    Unanswered("The model gave no answer", Advice.OTHER_WORDS),
)


def classes() -> list[type[LspCodexError]]:
    """Every class of the tree that somebody raises."""
    found = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, LspCodexError)]
    return [kind for kind in found if kind not in {LspCodexError, AuthError, BackendError}]


def test_every_error_has_an_example_here() -> None:
    """A new class cannot stay without a sentence that somebody has read."""
    assert {type(example) for example in EXAMPLES} == set(classes())


def test_the_drawing_shows_the_tree() -> None:
    """The module's docstring names every class, each below its parent."""
    drawn = re.findall(r"(?:[├└]── )(\w+)", errors.__doc__ or "")
    assert sorted(drawn) == sorted(kind.__name__ for kind in [*classes(), AuthError, BackendError])
    split = drawn.index("BackendError")
    assert drawn[0] == "Unanswered"
    assert drawn[split - 1] == "CompletionPaused"
    assert all(issubclass(getattr(errors, name), AuthError) for name in drawn[1 : split - 1])
    assert all(issubclass(getattr(errors, name), BackendError) for name in drawn[split:])


@pytest.mark.parametrize("error", EXAMPLES, ids=repr)
def test_each_error_is_one_or_two_sentences_with_advice(error: LspCodexError) -> None:
    """What happened, then what to do; on one line, and never an empty first half."""
    text = error.for_person()
    assert re.fullmatch(r"\w[^\n]*\.", text)
    assert ".." not in text
    assert len(re.findall(r"[.!?](?: |$)", text)) <= 2
    # What PlanRefused says is the service's own advice.
    assert isinstance(error, PlanRefused) or any(text.endswith(f" {each.value}") for each in Advice if each.value)


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (SignInFailed(SignInFailure.DENIED), Advice.SIGN_IN),
        (SignInFailed(SignInFailure.UNREACHABLE), Advice.CHECK_NETWORK),
        (SignInFailed(SignInFailure.NOT_SAVED), Advice.CHANGE_SETTING),
        (CredentialsRejected(Rejection.REUSED), Advice.SIGN_IN),
        (Unreachable("x"), Advice.CHECK_NETWORK),
        (UsageLimitReached(), Advice.SEE_USAGE),
        (UsageLimitReached("team"), Advice.ASK_ADMIN),
        (UsageLimitReached("enterprise_cbp_usage_based"), Advice.ASK_ADMIN),
        (UsageLimitReached("plus", of="Spark"), Advice.OTHER_MODEL),
    ],
)
def test_the_advice_fits_the_reason(error: LspCodexError, advice: Advice) -> None:
    """Signing in again does not help against a dead network."""
    assert error.for_person().endswith(advice.value)


@pytest.mark.parametrize(
    ("kind", "retryable"), [(kind, kind in {Unreachable, TimedOut, Overloaded, CutOff}) for kind in classes()]
)
def test_only_what_may_pass_is_retryable(kind: type[LspCodexError], retryable: bool) -> None:
    """Network, time limit and overload; everything else needs the person or is final."""
    assert kind.retryable is retryable


def test_the_reset_time_is_told_in_local_time() -> None:
    """The plan's name and the moment at which the window resets stand in the sentence."""
    text = UsageLimitReached("plus", 1_800_000_000).for_person()
    assert "(plus)" in text
    assert re.search(r"resets on \d\d \w+ at \d\d:\d\d", text)


@pytest.mark.parametrize("moment", [math.nan, math.inf, -math.inf, 1e300])
def test_a_reset_time_from_another_world_is_left_out(moment: float) -> None:
    """The number comes from the service; nonsense must not break the error that carries it."""
    assert "resets" not in UsageLimitReached("plus", moment).for_person()


def test_errors_keep_what_a_report_needs() -> None:
    """Reason, detail, status, code, and the service's request id."""
    failed = SignInFailed(SignInFailure.EXCHANGE, "invalid_grant")
    assert (failed.reason, failed.detail) == (SignInFailure.EXCHANGE, "invalid_grant")
    refused = RequestRefused(400, "no", "bad_model")
    assert (refused.status, refused.detail, refused.code, refused.request_id) == (400, "no", "bad_model", None)
    assert Overloaded("busy", 2.5).retry_after == 2.5
    assert ResponseFailed("server_error").code == "server_error"
    assert CredentialsRejected(Rejection.EXPIRED).reason is Rejection.EXPIRED
