"""From what the backend says, or does not say, to the one error for it."""

from __future__ import annotations

import asyncio
import json
import traceback
from typing import Any

import httpx2
import pytest

from lsp_codex import errors
from lsp_codex.backend.events import ErrorSeen, Failed, Incomplete
from lsp_codex.backend.failures import LONGEST_DETAIL, from_answer, from_event, guarded, request_id, retry_after
from tests.backend.helpers import recorded

NOW = 1_795_208_000.0
DATE = "Fri, 20 Nov 2026 21:28:54 GMT"
DATE_AT = 1_795_210_134.0

# The answers in recorded/errors.json, each with the error it must become and what that must say.
RECORDED: dict[str, tuple[type[errors.LspCodexError], dict[str, Any], str]] = {
    "401-always": (errors.CredentialsRejected, {"reason": errors.Rejection.REFUSED}, "no longer accepted"),
    "403": (errors.RequestRefused, {"status": 403, "request_id": "req_403"}, "Forbidden fake"),
    "403cf": (errors.Blocked, {"request_id": "ray-2"}, "blocked before reaching OpenAI's API"),
    "404": (errors.RequestRefused, {"status": 404}, "Not Found"),
    "400": (errors.ParameterRefused, {"parameter": "max_output_tokens"}, "the parameter max_output_tokens"),
    "400-model": (errors.ModelUnavailable, {"status": 400}, "'gpt-fake' model is not supported"),
    "400-wrapped-x": (
        errors.ModelUnavailable,
        {"code": "invalid_request_error"},
        "requires a newer version of Codex",
    ),
    "400-cyber": (errors.RequestRefused, {"code": "cyber_policy"}, "flagged"),
    "429-usage": (errors.UsageLimitReached, {"plan": "plus", "resets_at": 1_795_214_155.0}, "plus"),
    "429-notincl": (errors.PlanRefused, {}, "https://chatgpt.com/explore/plus"),
    "429-plain": (errors.Overloaded, {"retry_after": 2.0, "request_id": "req_429"}, "slow down"),
    "429-ra-ms-x": (errors.Overloaded, {"retry_after": None}, "slow down"),
    "429-bare-x": (errors.Overloaded, {"retry_after": None}, "slow down"),
    "429-retryafter-date-x": (errors.Overloaded, {"retry_after": DATE_AT - NOW}, "slow down"),
    "500": (errors.Overloaded, {"request_id": "req_500"}, "500: fake internal error"),
    "502": (errors.Overloaded, {"request_id": "ray-3"}, "(502)"),
    "503-over": (errors.Overloaded, {}, "at capacity"),
    "503-retryafter-x": (errors.Overloaded, {"retry_after": 3.0}, "503: x"),
}


def answer(status: int, body: object = b"", **headers: str) -> errors.LspCodexError:
    """The error for an answer; header names with ``_`` for ``-``."""
    named = httpx2.Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return from_answer(status, named, body if isinstance(body, bytes) else json.dumps(body).encode(), NOW)


@pytest.mark.parametrize("name", recorded("errors")["answers"])
def test_each_recorded_answer_has_its_error(name: str) -> None:
    """Kind, fields and wording, for every answer that the reference client was given; none is left out."""
    given = recorded("errors")["answers"][name]
    body = given["body"]
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    error = from_answer(given["status"], httpx2.Headers(given["headers"]), raw, NOW)
    kind, fields, words = RECORDED[name]
    assert type(error) is kind
    assert {field: getattr(error, field) for field in fields} == fields
    assert words in error.for_person()


ANSWERS: tuple[tuple[errors.LspCodexError, type[errors.LspCodexError], str], ...] = (
    (answer(403, b"<html>corporate proxy</html>"), errors.Blocked, "blocked before"),
    (answer(503, b"<html>", cf_mitigated="challenge"), errors.Blocked, "blocked before"),
    (answer(403, {"detail": "no"}, cf_ray="r"), errors.RequestRefused, "no"),
    (answer(429, {"error": {"code": "insufficient_quota"}}), errors.PlanRefused, "quota"),
    (answer(429, {"error": {"code": "credit_balance_exhausted"}}), errors.PlanRefused, "quota"),
    (answer(429, {"error": {"code": "organization_spend_limit_exceeded"}}), errors.PlanRefused, "spend limit"),
    (answer(429, {"error": {"code": "project_spend_limit_exceeded"}}), errors.PlanRefused, "spend limit"),
    (answer(503, {"error": {"code": "slow_down"}}), errors.Overloaded, "slow down"),
    (answer(429, {"detail": {"code": "usage_limit_reached", "plan_type": "pro"}}), errors.UsageLimitReached, "pro"),
    (answer(302, b"", location="https://elsewhere.test"), errors.RequestRefused, "302"),
    (answer(400, b"plain words"), errors.RequestRefused, "plain words"),
    (answer(400, b"\xff\xfe"), errors.RequestRefused, "400"),
    (answer(400, [1]), errors.RequestRefused, "no reason"),
    (answer(400, {"error": "short"}), errors.RequestRefused, "short"),
    (answer(400, {"error": None, "message": "m"}), errors.RequestRefused, "m"),
    (answer(422, {"detail": [{"loc": ["body"], "msg": "missing"}]}), errors.RequestRefused, "missing"),
    (answer(504, b"<html>gateway</html>"), errors.Overloaded, "(504)"),
    (
        answer(403, {"error": {"code": "unsupported_country_region_territory"}}),
        errors.RegionRefused,
        "country or region",
    ),
    (answer(402, {"detail": {"code": "deactivated_workspace"}}), errors.PlanRefused, "workspace is deactivated"),
    (answer(404, {"error": {"code": "model_not_found", "message": "m"}}), errors.ModelUnavailable, "codex.models"),
    (answer(404, {"error": {"message": "The model `x` does not exist."}}), errors.ModelUnavailable, "`x` does not"),
    (
        answer(400, {"error": {"message": "Unsupported parameter: 'top_p' is not supported with this model."}}),
        errors.ParameterRefused,
        "the parameter top_p",
    ),
    (
        answer(400, {"error": {"code": "unsupported_value", "param": "reasoning.effort", "message": "Use low."}}),
        errors.ParameterRefused,
        "the parameter reasoning.effort as this version sends it: Use low",
    ),
)


@pytest.mark.parametrize(("error", "kind", "words"), ANSWERS)
def test_other_answers(error: errors.LspCodexError, kind: type[errors.LspCodexError], words: str) -> None:
    """Shapes that were reported but not recorded; a page in HTML is never shown to a person."""
    assert type(error) is kind
    assert words in error.for_person()
    assert "<html>" not in error.for_person()


@pytest.mark.parametrize(
    ("body", "headers", "resets_at"),
    [
        ({"resets_at": 5}, {}, 5.0),
        ({"resets_at": 5, "resets_in_seconds": 600}, {}, 5.0),
        ({"resets_in_seconds": 600}, {}, NOW + 600),
        ({}, {"x-codex-primary-used-percent": "100", "x-codex-primary-reset-at": "9"}, 9.0),
        (
            {},
            {
                "x-codex-primary-used-percent": "100",
                "x-codex-primary-reset-at": "9",
                "x-codex-secondary-used-percent": "40",
                "x-codex-secondary-reset-at": "99",
            },
            9.0,
        ),
        ({}, {}, None),
    ],
)
def test_the_reset_time_is_found(body: dict[str, Any], headers: dict[str, str], resets_at: float | None) -> None:
    """In the body in two forms, else that of the window that is full."""
    raw = json.dumps({"error": {"type": "usage_limit_reached", **body}}).encode()
    error = from_answer(429, httpx2.Headers(headers), raw, NOW)
    assert isinstance(error, errors.UsageLimitReached)
    assert error.resets_at == resets_at


def test_what_is_shown_is_short_and_one_line() -> None:
    """A body may be long and hold control characters; a message is for a person."""
    shown = str(answer(400, {"detail": "a\x1b[31m\nb " + "x" * 10_000}))
    assert "\n" not in shown
    assert "\x1b" not in shown
    assert len(shown) < LONGEST_DETAIL + 100


EVENTS: tuple[tuple[Failed | Incomplete | ErrorSeen, type[errors.LspCodexError], dict[str, Any]], ...] = (
    (Failed("usage_limit_reached", "m", "plus", 5.0), errors.UsageLimitReached, {"plan": "plus", "resets_at": 5.0}),
    (Failed("usage_not_included", "m"), errors.PlanRefused, {}),
    (Failed("insufficient_quota", "m"), errors.PlanRefused, {}),
    (Failed("rate_limit_exceeded", "Please try again in 1.5s."), errors.Overloaded, {"retry_after": 1.5}),
    (Failed("rate_limit_exceeded", "Try Again In 250ms"), errors.Overloaded, {"retry_after": 0.25}),
    (Failed("slow_down", "try again in 7 seconds"), errors.Overloaded, {"retry_after": 7.0}),
    (Failed("rate_limit_exceeded", "later"), errors.Overloaded, {"retry_after": None}),
    (Failed("server_is_overloaded", "m"), errors.Overloaded, {}),
    (Failed("context_length_exceeded", "m"), errors.ResponseFailed, {"code": "context_length_exceeded"}),
    (Failed("server_error", "m"), errors.ResponseFailed, {"code": "server_error"}),
    (Failed("flex_unavailable", "m"), errors.ResponseFailed, {"code": "flex_unavailable"}),
    (ErrorSeen("server_error", "m"), errors.ResponseFailed, {"code": "server_error"}),
    (Incomplete("max_output_tokens"), errors.ResponseFailed, {"code": "incomplete"}),
)


@pytest.mark.parametrize(("event", "kind", "fields"), EVENTS)
def test_an_event_that_ends_a_stream_has_its_error(
    event: Failed | Incomplete | ErrorSeen, kind: type[errors.LspCodexError], fields: dict[str, Any]
) -> None:
    """The codes of spec/backend.md 2.4, among them the wait that stands only in the message."""
    error = from_event(event)
    assert type(error) is kind
    assert {field: getattr(error, field) for field in fields} == fields


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2", 2.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        (DATE, DATE_AT - NOW),
        ("Fri, 20 Nov 2026 21:28:54 -0000", DATE_AT - NOW),
        ("Fri, 20 Nov 2020 21:28:54 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999999", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: float | None) -> None:
    """Never negative, and nothing for what is neither."""
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"x-request-id": "a", "cf-ray": "c"}, "a"),
        ({"x-oai-request-id": "b"}, "b"),
        ({"cf-ray": "c"}, "c"),
        ({}, None),
    ],
)
def test_a_request_has_the_name_that_the_service_gave_it(headers: dict[str, str], name: str | None) -> None:
    """The best of the three that there is."""
    assert request_id(headers) == name


MAPPED: tuple[tuple[Exception, type[errors.BackendError]], ...] = (
    (httpx2.ConnectError("name or service not known"), errors.Unreachable),
    (httpx2.ConnectTimeout(""), errors.Unreachable),
    (httpx2.ProxyError("407"), errors.Unreachable),
    (httpx2.UnsupportedProtocol("ftp"), errors.Unreachable),
    (httpx2.ReadError(""), errors.Unreachable),
    (httpx2.WriteError(""), errors.Unreachable),
    (httpx2.WriteTimeout(""), errors.TimedOut),
    (httpx2.PoolTimeout(""), errors.TimedOut),
    (httpx2.RemoteProtocolError("peer closed connection"), errors.CutOff),
    (httpx2.DecodingError("not gzip"), errors.Unreadable),
    (httpx2.InvalidURL("no host"), errors.Unreadable),
)


@pytest.mark.parametrize(
    ("raised", "kind"), MAPPED, ids=lambda value: getattr(value, "__name__", type(value).__name__)
)
async def test_an_exception_of_the_library_becomes_ours(raised: Exception, kind: type[errors.BackendError]) -> None:
    """One table; the original stays as the cause, for the log."""
    with pytest.raises(errors.BackendError) as caught:
        async with guarded(1):
            raise raised
    assert type(caught.value) is kind
    assert caught.value.__cause__ is raised


@pytest.mark.parametrize(
    "raised",
    [
        httpx2.LocalProtocolError("Illegal header value b'Bearer SECRET'"),
        UnicodeEncodeError("ascii", "Bearer SECRETé", 13, 14, "ordinal not in range(128)"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_header_that_cannot_be_sent_is_not_quoted(raised: Exception) -> None:
    """The library names it in its error, and the header may be the token: neither text nor traceback shows it."""
    with pytest.raises(errors.Unreadable) as caught:
        async with guarded(1):
            raise raised
    assert "SECRET" not in "".join(traceback.format_exception(caught.value))


async def test_no_exception_of_the_library_is_missing_from_the_table() -> None:
    """Whatever httpx2 raises about a request is ours afterwards, also in a version to come."""
    kinds = [
        kind for kind in vars(httpx2).values() if isinstance(kind, type) and issubclass(kind, httpx2.RequestError)
    ]
    assert len(kinds) > 10
    for kind in kinds:
        with pytest.raises(errors.BackendError):
            async with guarded(1):
                raise kind("x")


async def test_silence_ends_at_the_limit() -> None:
    """Exactly then, and it is said how long."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    with pytest.raises(errors.TimedOut, match="60 seconds"):
        async with guarded(60):
            await asyncio.Event().wait()
    assert loop.time() - started == 60


async def test_cancellation_and_our_own_errors_pass() -> None:
    """The guard maps what comes from below, not what comes from us or from outside."""
    for passing in (asyncio.CancelledError(), errors.SignInRequired(), KeyError("k")):
        with pytest.raises(type(passing)) as caught:
            async with guarded(1):
                raise passing
        assert caught.value is passing


HOSTILE = "A" * 100_000 + "\x1b[2J\n"


@pytest.mark.parametrize(
    "event",
    [
        Incomplete(HOSTILE),
        Failed(HOSTILE, "m"),
        Failed("usage_limit_reached", "m", plan=HOSTILE),
        ErrorSeen(HOSTILE, ""),
    ],
)
def test_every_word_of_an_event_fits_into_a_message(event: Failed | Incomplete | ErrorSeen) -> None:
    """Not only its message: a person reads code, reason and plan too, in a terminal perhaps."""
    said = from_event(event).for_person()
    assert len(said) < 1_000
    assert said.isprintable()


@pytest.mark.parametrize("status", [302, 400, 403, 404, 429, 500])
def test_every_word_of_an_answer_fits_into_a_message(status: int) -> None:
    """Code, parameter, plan and the request's name; a frame's headers are text of any kind."""
    names = ("x-request-id", "x-codex-plan-type", "x-codex-promo-message", "x-codex-active-limit")
    for code in ("usage_limit_reached", HOSTILE):
        error = {"code": code, "message": HOSTILE, "param": HOSTILE, "plan_type": HOSTILE}
        made = from_answer(status, dict.fromkeys(names, HOSTILE), json.dumps({"error": error}).encode(), 0)
        said = made.for_person() + str(getattr(made, "request_id", "") or "")
        assert len(said) < 1_500
        assert said.isprintable()


def test_a_redirect_says_what_it_may_be() -> None:
    """A portal in between answers so, and "no reason given" helps nobody."""
    assert (
        "sign-in page of the network" in from_answer(302, {"location": "https://portal.test/"}, b"", 0).for_person()
    )
