"""Where a credential's requests go, and what stands in them."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from lsp_codex.backend.request import body, headers
from lsp_codex.backend.route import OPENAI, OVERRIDE_HEADER, Route, Service, choose, within
from lsp_codex.backend.workspace import FREE, Workspace
from lsp_codex.credentials import Credential
from lsp_codex.secret import Secret
from tests.backend.helpers import ASK
from tests.harness.bodies import faults

LOGIN = Credential(Secret("t"), "acct-1")
KEY = Credential(Secret("k"), is_api_key=True)
CHATGPT = "https://chatgpt.com/backend-api"
LOCAL = "http://127.0.0.1:11434/v1"


def test_a_login_goes_to_the_chatgpt_backend() -> None:
    """Every address below the base of the setting."""
    route = choose(LOGIN, CHATGPT + "/", OPENAI)
    assert route == Route(
        Service.CHATGPT,
        f"{CHATGPT}/codex/responses",
        f"{CHATGPT}/codex/models?client_version=0.169.0",
        f"{CHATGPT}/wham/usage",
        f"{CHATGPT}/wham/accounts/check",
    )


def test_the_usage_of_another_base_stands_elsewhere() -> None:
    """Without /backend-api it is api/codex/usage (spec/backend.md 5.1)."""
    assert choose(LOGIN, "https://codex.test", OPENAI).usage == "https://codex.test/api/codex/usage"


@pytest.mark.parametrize(
    ("base", "service"),
    [
        (OPENAI, Service.OPENAI),
        ("https://eu.api.openai.com.evil.test/v1", Service.COMPATIBLE),
        (LOCAL, Service.COMPATIBLE),
    ],
)
def test_a_key_goes_to_the_api_of_its_setting_and_nowhere_else(base: str, service: Service) -> None:
    """Not even for the list of models: that would show the key of a local server to somebody else."""
    route = choose(KEY, CHATGPT, base)
    assert route.service is service
    assert (route.responses, route.models) == (f"{base}/responses", f"{base}/models")
    assert (route.usage, route.accounts) == (None, None)


@pytest.mark.parametrize("lite", [True, False])
def test_the_body_is_whole_for_openai_and_plain_for_others(lite: bool) -> None:
    """A compatible server gets the core of the protocol; nothing that it gets is another value."""
    request = replace(ASK, lite=lite, service_tier="priority")
    whole = body(request)
    assert choose(LOGIN, CHATGPT, OPENAI).body(request) == whole
    assert choose(KEY, CHATGPT, OPENAI).body(request) == whole
    plain = choose(KEY, CHATGPT, LOCAL).body(request)
    assert plain.keys() == {"model", "stream", "instructions", "input", "reasoning"}
    assert plain.items() <= whole.items()
    assert not faults(whole)


def test_only_the_responses_move_with_the_workspace() -> None:
    """As recorded: gov.chatgpt.com and us_cr for the responses, everything else as before (spec/backend.md 3.1)."""
    route = choose(LOGIN, CHATGPT, OPENAI)
    moved = within(route, Workspace("https://gov.chatgpt.com", "us_cr"))
    assert moved.responses == "https://gov.chatgpt.com/backend-api/codex/responses"
    assert moved.headers(ASK) == headers(ASK) | {OVERRIDE_HEADER: "us_cr"}
    assert replace(moved, responses=route.responses, override=None) == route


def test_without_a_wish_nothing_moves() -> None:
    """And no header is sent."""
    route = choose(LOGIN, CHATGPT, OPENAI)
    assert within(route, FREE) == route
    assert OVERRIDE_HEADER not in route.headers(ASK)
    assert urlsplit(route.responses).hostname == "chatgpt.com"
