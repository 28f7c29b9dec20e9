"""Every recorded error of the backend, replayed through the sandbox: the right error, words and number of requests.

The reference client's own numbers stand in the recording (``posts``); ours are lower, and each row says how many.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from lsp_codex import errors
from lsp_codex.backend.client import CodexClient
from lsp_codex.backend.http import HttpPool
from lsp_codex.backend.request import Purpose
from lsp_codex.credentials import Credential
from lsp_codex.sandbox import replies
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.transport import SandboxTransport
from lsp_codex.secret import Secret
from tests.backend.helpers import ASK, BASE, recorded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CASES: dict[str, Any] = recorded("error-cases")["cases"]
WORDINGS: dict[str, Any] = recorded("error-cases")["usage_limit_wordings"]

NOW = 1_795_210_132.0
"""Two seconds before the date in the recorded Retry-After."""


@dataclass(frozen=True, slots=True)
class Row:
    """``error`` (None: text) and its words; requests for ghost text, and for a question with its own outcome."""

    error: type[errors.LspCodexError] | None
    words: str
    ghost: int = 1
    question: int = 1
    question_succeeds: bool = False


REPEATED = 4
"""Requests for a question whose failure may pass: three tries more."""

TABLE = {
    "401-refresh": Row(None, "", 2, 2),
    "401-refresh-2": Row(None, "", 2, 2),
    "401-refresh-fails-99": Row(errors.CredentialsRejected, "already renewed by another program"),
    "401-always": Row(errors.CredentialsRejected, "no longer accepted. Sign in", 2, 2),
    "403": Row(errors.RequestRefused, "(403): Forbidden fake"),
    "403cf": Row(errors.Blocked, "blocked before reaching OpenAI's API"),
    "404": Row(errors.RequestRefused, "(404): Not Found"),
    "400": Row(errors.ParameterRefused, "does not take the parameter max_output_tokens"),
    "400-model": Row(errors.ModelUnavailable, "'gpt-fake' model is not supported", 2, 2),
    "400-wrapped-x": Row(errors.ModelUnavailable, "requires a newer version of Codex", 2, 2),
    "400-cyber": Row(errors.RequestRefused, "This request was flagged (fake)"),
    "429-usage": Row(errors.UsageLimitReached, "The 5-hour usage limit of your ChatGPT plan (plus) is reached; it"),
    "429-notincl": Row(errors.PlanRefused, "does not include Codex; see https://chatgpt.com/explore/plus"),
    "429-plain": Row(errors.Overloaded, "slow down. Try again later", 1, REPEATED),
    "429-ra-ms-x": Row(errors.Overloaded, "slow down"),
    "429-bare-x": Row(errors.Overloaded, "slow down"),
    "429-retryafter-date-x": Row(errors.Overloaded, "slow down", 1, 2, question_succeeds=True),
    "500": Row(errors.Overloaded, "in trouble (500: fake internal error)", 1, REPEATED),
    "500-once": Row(errors.Overloaded, "in trouble (500: x)", 1, 2, question_succeeds=True),
    "502": Row(errors.Overloaded, "in trouble (502). Try", 1, REPEATED),
    "503-over": Row(errors.Overloaded, "The model is at capacity", 1, REPEATED),
    "503-retryafter-x": Row(errors.Overloaded, "in trouble (503: x)", 1, 2, question_succeeds=True),
    "cut": Row(errors.CutOff, "was cut off", 1, REPEATED),
    "cut-once": Row(errors.CutOff, "was cut off", 1, 2, question_succeeds=True),
    "clean-eof": Row(errors.CutOff, "was cut off", 1, REPEATED),
    "idle-c": Row(errors.TimedOut, "was silent for 60 seconds"),
    "500-c": Row(errors.Overloaded, "in trouble (500: fake internal error)", 1, REPEATED),
    "failed-context_length_exceeded": Row(errors.ResponseFailed, "longer than the model can take"),
    "failed-insufficient_quota": Row(errors.PlanRefused, "check its plan and billing"),
    "failed-credit_balance_exhausted-x": Row(errors.PlanRefused, "check its plan and billing"),
    "failed-usage_not_included": Row(errors.PlanRefused, "https://chatgpt.com/explore/plus"),
    "failed-rate_limit_exceeded": Row(errors.Overloaded, "slow down", 1, REPEATED),
    "failed-slow_down": Row(errors.Overloaded, "slow down", 1, REPEATED),
    "failed-server_is_overloaded": Row(errors.Overloaded, "at capacity", 1, REPEATED),
    "failed-invalid_prompt": Row(errors.ResponseFailed, "fake message for invalid_prompt"),
    "failed-cyber_policy": Row(errors.ResponseFailed, "fake message for cyber_policy"),
    "failed-bio_policy-x": Row(errors.ResponseFailed, "fake message for bio_policy"),
    "failed-misalignment_policy_violation-x": Row(
        errors.ResponseFailed, "fake message for misalignment_policy_violation"
    ),
    "failed-flex_unavailable-x": Row(errors.ResponseFailed, "flex_unavailable"),
    "failed-server_error": Row(errors.ResponseFailed, "fake message for server_error", 1, REPEATED),
    "failed-usage_limit_reached": Row(errors.UsageLimitReached, "The usage limit of your ChatGPT plan is reached"),
    "incomplete": Row(errors.ResponseFailed, "max_output_tokens"),
    "error-event": Row(errors.ResponseFailed, "server_error", 1, REPEATED),
    "safety": Row(None, ""),
    "noncanonical": Row(None, ""),
}
ELSEWHERE = {"ws-429": "over a WebSocket: tests of that transport"}

TEXT = "Hello from the fake backend."


def reply(name: str, served: dict[str, Any]) -> replies.Reply:
    """What was served, as the sandbox plays it; of streams the recording has the types of the events only."""
    if name == "idle-c":
        return replies.slow(TEXT, 0.0, 1_000.0)
    if name == "noncanonical":
        lines = [": comment", *(f"data: {json.dumps(event)}\n" for event in events(name, COMPLETE)), "data: [DONE]\n"]
        return replies.raw(200, {"content-type": "text/event-stream"}, "\n".join(lines))
    if "status" in served:
        return replies.raw(served["status"], served["headers"], served["body"])
    if served["cut"]:
        return replies.cut_off(TEXT, 1)
    framed = "".join(
        f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events(name, served["events"])
    )
    return replies.raw(200, {"content-type": "text/event-stream"}, framed)


COMPLETE = ["response.created", "response.output_text.delta", "response.output_item.done", "response.completed"]


def events(name: str, kinds: list[str]) -> list[dict[str, Any]]:
    """Events of these types, with the content that the case needs."""
    deltas = kinds.count("response.output_text.delta")
    code = name.removeprefix("failed-").removesuffix("-x")
    message = CASES[name]["said"] or ""
    error = {"code": code, "message": message.removeprefix("stream disconnected before completion: ")}
    content = [{"type": "output_text", "text": TEXT}]
    made: dict[str, dict[str, Any]] = {
        "response.output_text.delta": {"delta": TEXT if deltas == 1 else "", "item_id": "msg_1"},
        "response.output_item.done": {"item": {"type": "message", "id": "msg_1", "content": content}},
        "response.failed": {"response": {"error": error}},
        "response.incomplete": {"response": {"incomplete_details": {"reason": "max_output_tokens"}}},
        "error": {"error": {"code": "server_error", "message": "fake"}},
        "codex.rate_limits": {"rate_limits": {"primary": {"used_percent": 99}}},
    }
    return [{"type": kind} | made.get(kind, {}) for kind in kinds]


class Login:
    """The sandbox's demo account; a renewal is another sign-in, or fails as the recording has it."""

    def __init__(self, codex: SandboxCodex, name: str) -> None:
        self._codex = codex
        self._fails = name == "401-refresh-fails-99"
        self._token = codex.sign_in_demo()["access_token"]

    async def credential(self) -> Credential:
        """The current token."""
        return Credential(Secret(self._token), self._codex.person.account_id)

    async def renew(self, _rejected: Credential) -> Credential:
        """A new one."""
        if self._fails:
            raise errors.CredentialsRejected(errors.Rejection.REUSED)
        self._token = self._codex.sign_in_demo()["access_token"]
        return await self.credential()

    async def reject(self, rejected: Credential) -> None:
        """As the owner of the login does: it is given no more."""
        assert rejected == await self.credential()


@asynccontextmanager
async def replaying(name: str) -> AsyncIterator[tuple[CodexClient, SandboxCodex]]:
    """A client of a sandbox that answers as recorded, the last answer again and again."""
    loop = asyncio.get_running_loop()
    since = NOW - loop.time()
    codex = SandboxCodex()
    for_model = [one for one in CASES[name]["served"] if not _of_token_endpoint(one)]
    scripted = [reply(name, one) for one in for_model]
    codex.script(*scripted, *[scripted[-1]] * 20)
    pool = HttpPool(SandboxTransport(codex))
    client = CodexClient(pool.client, Login(codex, name), BASE, now=lambda: since + loop.time(), chance=lambda: 0.5)
    try:
        yield client, codex
    finally:
        await client.aclose()
        await pool.aclose()


def _of_token_endpoint(served: dict[str, Any]) -> bool:
    body = served.get("body")
    return (isinstance(body, str) and "id_token" in body) or "refresh_token" in json.dumps(body)


def posts(codex: SandboxCodex) -> int:
    """How many times the model was asked."""
    return sum(seen.method == "POST" and seen.path.endswith("/codex/responses") for seen in codex.requests)


def test_no_recorded_case_is_left_out() -> None:
    """A case that is recorded later has to get its row."""
    assert TABLE.keys() | ELSEWHERE.keys() == CASES.keys()


@pytest.mark.parametrize("name", TABLE)
async def test_ghost_text(name: str) -> None:
    """Nothing is repeated but what a renewed token or another model may mend."""
    row = TABLE[name]
    async with replaying(name) as (client, codex):
        await outcome(client, replace(ASK, purpose=Purpose.AUTOMATIC), row.error, row.words)
        assert posts(codex) == row.ghost


@pytest.mark.parametrize("name", TABLE)
async def test_a_question(name: str) -> None:
    """What may pass is met with three tries more, and never with the reference client's thirty."""
    row = TABLE[name]
    async with replaying(name) as (client, codex):
        await outcome(client, ASK, None if row.question_succeeds else row.error, row.words)
        assert posts(codex) == row.question
        assert posts(codex) <= max(CASES[name]["posts"], 2) or name.startswith("failed-server_is_overloaded")


async def outcome(client: CodexClient, request: Any, kind: type[errors.LspCodexError] | None, words: str) -> None:
    """Text, or this very error with these words, which say what to do."""
    if kind is None:
        assert await client.text(request) == TEXT
        return
    with pytest.raises(kind) as caught:
        await client.text(request)
    assert type(caught.value) is kind
    said = caught.value.for_person()
    assert words in said
    assert said.rstrip(".") != str(caught.value) or "see http" in said or "check " in said, "it says what to do"


SETTINGS, ADMIN, OTHER = "chatgpt.com/settings/usage", "administrator of your workspace", "codex.models"

# What each recorded wording of the reference client is with us: the sentence, and the advice.
WORDS = {
    "p-free": ("The usage limit of your ChatGPT plan (free) is reached; it resets on ", SETTINGS),
    "p-go": ("The usage limit of your ChatGPT plan (go) is reached; it resets on ", SETTINGS),
    "p-plus": ("The usage limit of your ChatGPT plan (plus) is reached; it resets on ", SETTINGS),
    "p-pro": ("The usage limit of your ChatGPT plan (pro) is reached; it resets on ", SETTINGS),
    "p-prolite": ("The usage limit of your ChatGPT plan (prolite) is reached; it resets on ", SETTINGS),
    "p-team": ("The usage limit of your ChatGPT plan (team) is reached; it resets on ", ADMIN),
    "p-business": ("The usage limit of your ChatGPT plan (business) is reached; it resets on ", ADMIN),
    "p-self_serve_business_usage_based": ("plan (self_serve_business_usage_based) is reached; it resets on ", ADMIN),
    "p-enterprise": ("The usage limit of your ChatGPT plan (enterprise) is reached; it resets on ", ADMIN),
    "p-edu": ("The usage limit of your ChatGPT plan (edu) is reached; it resets on ", ADMIN),
    "p-weird": ("The usage limit of your ChatGPT plan (weird) is reached; it resets on ", SETTINGS),
    "win300": ("The 5-hour usage limit of your ChatGPT plan (plus) is reached; it resets on ", SETTINGS),
    "win10080": ("The weekly usage limit of your ChatGPT plan (plus) is reached; it resets on ", SETTINGS),
    "twodays": ("The usage limit of your ChatGPT plan (plus) is reached; it resets on ", SETTINGS),
    "noreset": ("The usage limit of your ChatGPT plan (plus) is reached. ", SETTINGS),
    "inonly": ("The usage limit of your ChatGPT plan (plus) is reached; it resets on ", SETTINGS),
    "promo": ("Your usage limit is reached. Promo text here; it resets on ", SETTINGS),
    "limname": ("The usage limit for Fake-Spark is reached; it resets on ", OTHER),
    "reachedtype": ("You have reached the spend cap that an owner of your workspace has set; ask for", ADMIN),
    "ownercred": ("Your workspace is out of credits; add some to go on; it resets on ", ADMIN),
    "quota429": ("The quota of your account is used up; check its plan and billing", ""),
    "slow429": ("The Codex backend asks to slow down", "Try again later"),
}


@pytest.mark.parametrize("name", WORDINGS)
async def test_a_usage_limit_says_plan_window_and_local_time(name: str) -> None:
    """And what can be done about it, which depends on who pays."""
    given, (words, advice) = WORDINGS[name], WORDS[name]
    codex = SandboxCodex()
    codex.script(replies.raw(429, given["headers"], given["body"]))
    pool = HttpPool(SandboxTransport(codex))
    client = CodexClient(pool.client, Login(codex, name), BASE, now=lambda: NOW)
    with pytest.raises(errors.BackendError) as caught:
        await client.text(replace(ASK, purpose=Purpose.INVOKED))
    said = caught.value.for_person()
    assert words in said
    assert advice in said
    if (at := given["body"]["error"].get("resets_at")) is not None:
        assert f"{datetime.fromtimestamp(at).astimezone():%d %B at %H:%M}" in said
    await client.aclose()
    await pool.aclose()


def test_no_recorded_wording_is_left_out() -> None:
    """As with the cases."""
    assert WORDS.keys() == WORDINGS.keys()
