"""One exchange: what is read from a request, and when a client counts as gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lsp_codex.sandbox.exchange import Body, CutOff, json_answer, redirect, seen

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from lsp_codex.sandbox.exchange import Seen


def test_a_request_is_taken_apart() -> None:
    """Method in capitals, path without query, header names in lower case, whole addresses too."""
    request = seen("post", "https://chatgpt.com/a/b?c=d&e=", {"Authorization": "Bearer t"}, b"{}")
    assert (request.method, request.path, request.query) == ("POST", "/a/b", {"c": "d", "e": ""})
    assert (request.bearer, request.json()) == ("t", {})


@pytest.mark.parametrize(
    ("header", "token"), [("Bearer x", "x"), ("bearer x", "x"), ("Basic x", None), ("Bearer ", None)]
)
def test_only_a_bearer_token_counts(header: str, token: str | None) -> None:
    """Another scheme, or a scheme alone, is no token."""
    assert seen("GET", "/", {"authorization": header}, b"").bearer == token


def test_a_body_that_is_not_json_is_nothing() -> None:
    """The handlers say what they wanted instead."""
    assert seen("POST", "/", {}, b"{").json() is None
    assert seen("POST", "/", {}, b"\xff\xfe").json() is None


def test_a_form_keeps_empty_fields() -> None:
    """An empty field is not a missing one."""
    assert seen("POST", "/", {}, b"a=1&b=").form() == {"a": "1", "b": ""}


def test_answers_are_built_from_values() -> None:
    """Header names are written with an underscore in Python."""
    assert json_answer(200, {"a": 1}, x_models_etag="e").headers["x-models-etag"] == "e"
    assert redirect("http://x/").headers["location"] == "http://x/"


async def two(request: Seen, *, cut: bool = False) -> AsyncGenerator[bytes, None]:
    """Two chunks; the second is the last thing there is to say."""
    yield b"1"
    request.answered = not cut
    yield b"2"
    if cut:
        raise CutOff


async def test_closing_early_is_leaving() -> None:
    """Also when nothing has been read yet."""
    for read in (0, 1):
        request = seen("GET", "/", {}, b"")
        chunks = Body(two(request), request)
        for _ in range(read):
            await anext(chunks)
        await chunks.aclose()
        assert request.client_left


async def test_closing_after_the_last_word_is_not_leaving() -> None:
    """Whether or not the end of the body was read."""
    for read in (2, 3):
        request = seen("GET", "/", {}, b"")
        chunks = Body(two(request), request)
        assert [await anext(chunks, b"") for _ in range(read)][:2] == [b"1", b"2"]
        await chunks.aclose()
        assert not request.client_left


async def test_a_connection_that_the_sandbox_cuts_is_not_the_clients_doing() -> None:
    """It is the reply that said so."""
    request = seen("GET", "/", {}, b"")
    chunks = Body(two(request, cut=True), request)
    with pytest.raises(CutOff):
        [chunk async for chunk in chunks]
    await chunks.aclose()
    assert not request.client_left
