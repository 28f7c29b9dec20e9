"""Scripted replies: what each looks like to a client."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.sandbox import replies
from tests.sandbox.ways import Way, body, events, said


@given(st.text())
def test_pieces_are_small_and_lose_nothing(content: str) -> None:
    """Put together they are the text again; none has more than twelve characters that are not blank."""
    made = replies.pieces(content)
    assert "".join(made) == content
    assert all(len(piece) > 0 and len(piece.strip()) <= 12 for piece in made)


def test_pieces_are_words_with_the_blank_after_them() -> None:
    """As in the recording."""
    assert replies.pieces("Hello from the fake backend.") == ("Hello ", "from ", "the ", "fake ", "backend.")


@pytest.mark.parametrize(
    ("reply", "status", "found"),
    [
        (replies.usage_limit(1_795_214_155), 429, '"resets_at": 1795214155'),
        (replies.usage_limit(None, plan="free"), 429, '"plan_type": "free"'),
        (replies.overloaded(), 503, "server_is_overloaded"),
        (replies.overloaded(429, "2"), 429, "rate_limit_exceeded"),
        (replies.overloaded(500), 500, "server_error"),
        (replies.unauthorised(), 401, "token_expired"),
        (replies.unauthorised("token_invalidated"), 401, "token_invalidated"),
        (replies.html_403(), 403, "Cloudflare"),
        (replies.raw(418, {"x-a": "b"}, "short and stout"), 418, "short"),
        (replies.raw(400, {}, {"detail": "no"}), 400, '{"detail": "no"}'),
        (replies.raw(200, {}, b"\x00"), 200, "\x00"),
    ],
)
async def test_plain_replies(near: Way, reply: replies.Plain, status: int, found: str) -> None:
    """Status and the part of the body that a client reads."""
    near.codex.script(reply)
    answer = await near.ask(body())
    assert answer.status_code == status
    assert found in answer.text
    assert all(answer.headers[name] == value for name, value in reply.headers.items())


def test_a_retry_after_is_sent_only_if_it_is_given() -> None:
    """A 429 with it is retried, one without is final (spec/backend.md 3.4)."""
    assert replies.overloaded(429, "2").headers == {"content-type": "application/json", "retry-after": "2"}
    assert "retry-after" not in replies.overloaded(429).headers


async def test_streams_end_as_they_say(near: Way) -> None:
    """Failed, incomplete and completed each with its own last event."""
    near.codex.script(
        replies.failed("server_error", "sorry"), replies.incomplete("max_output_tokens", "a b"), replies.text("")
    )
    last = [events(await near.ask(body()))[-1] for _ in range(3)]
    assert last[0]["response"]["error"] == {"code": "server_error", "message": "sorry"}
    assert last[1]["response"]["incomplete_details"] == {"reason": "max_output_tokens"}
    assert last[2]["type"] == "response.completed"


async def test_a_failed_stream_has_the_recorded_events(near: Way) -> None:
    """recorded/backend-errors.json: created, in_progress, failed, and no item."""
    near.codex.script(replies.failed("slow_down", "m"), replies.incomplete("max_output_tokens", "a b"))
    assert [event["type"] for event in events(await near.ask(body()))] == [
        "response.created",
        "response.in_progress",
        "response.failed",
    ]
    assert [event["type"].removeprefix("response.") for event in events(await near.ask(body()))] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "incomplete",
    ]


async def test_headers_of_a_text_reply_are_sent(near: Way) -> None:
    """They win over the sandbox's own, so that limits and reroutes can be played."""
    near.codex.script(replies.text("x", x_codex_primary_used_percent="99", openai_model="other"))
    answer = await near.ask(body())
    assert answer.headers["x-codex-primary-used-percent"] == "99"
    assert answer.headers["openai-model"] == "other"
    assert said(answer) == "x"
