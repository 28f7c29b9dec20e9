"""Params of the account API: every misfit has its text, and no secret is in it (more: tests/conformance, C02)."""

from __future__ import annotations

from typing import Any

import pytest
from pygls.exceptions import JsonRpcException

from lsp_codex.secret import Secret
from lsp_codex.server import api_params


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"type": 7}, "invalid type: integer, expected variant identifier"),
        ({"type": "nope"}, "unknown variant `nope`, expected one of `apiKey`, `chatgpt`, `chatgptDeviceCode`, "),
        ({"type": "apiKey", "apiKey": None}, "invalid type: null, expected a string"),
        ({"type": "chatgpt", "appBrand": "x"}, "unknown variant `x`, expected `codex` or `chatgpt`"),
        ({"type": "chatgpt", "codexStreamlinedLogin": {}}, "invalid type: map, expected a boolean"),
        ({"type": "chatgptAuthTokens", "accessToken": ["sk-secret"]}, "invalid type: sequence, expected a string"),
    ],
)
def test_a_login_that_cannot_be_read(given: dict[str, Any], text: str) -> None:
    """-32600 and the text, without the value of a secret."""
    with pytest.raises(JsonRpcException) as refused:
        api_params.login(given)
    assert refused.value.code == -32600
    assert refused.value.message.startswith(f"Invalid request: {text}")
    assert "sk-secret" not in refused.value.message


def test_logins_that_can() -> None:
    """Each type as its own."""
    assert api_params.login({"type": "apiKey", "apiKey": "k", "more": 1}) == api_params.Key(Secret("k"))
    assert api_params.login({"type": "chatgpt", "appBrand": None}) == api_params.Browser()
    assert api_params.login({"type": "chatgptDeviceCode"}) == api_params.DeviceCode()
    given = {"type": "chatgptAuthTokens", "accessToken": "t", "chatgptAccountId": "a", "chatgptPlanType": None}
    assert api_params.login(given) == api_params.Tokens(Secret("t"), "a", None)
    assert api_params.login({"type": "amazonBedrock"}) == api_params.Elsewhere("amazonBedrock")


def test_numbers() -> None:
    """From 0 to the largest of 32 bits; absent and null are none."""
    assert [api_params.optional_number({"n": n}, "n") for n in (0, 2**32 - 1, None)] == [0, 2**32 - 1, None]
    for bad in (-1, 2**32, 1.5, True, "1"):
        with pytest.raises(JsonRpcException, match="expected u32"):
            api_params.optional_number({"n": bad}, "n")


@pytest.mark.parametrize(("given", "quoted"), [("yes", "yes"), ("rt_" + "a" * 40, "…")])
def test_a_token_in_the_place_of_a_flag_is_not_quoted(given: str, quoted: str) -> None:
    """``account/read`` has a flag of the name ``refreshToken``."""
    with pytest.raises(JsonRpcException) as refused:
        api_params.flag({"refreshToken": given}, "refreshToken")
    assert refused.value.message == f'Invalid request: invalid type: string "{quoted}", expected a boolean'
