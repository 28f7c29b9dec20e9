"""Rules of lsp_codex/restriction.py: what is not plainly allowed is refused."""

from __future__ import annotations

import pytest

from lsp_codex.config import Config, parse
from lsp_codex.restriction import NO_METHOD, NOBODY, Restriction


def forced(value: object) -> tuple[tuple[str, ...] | None, int]:
    """What the setting becomes, and how many problems it made."""
    config, problems = parse([{"auth": {"forcedWorkspaceId": value}}], {}, Config())
    return config.auth.forced_workspace_id, len(problems)


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (None, None),
        ("", None),
        ([], None),
        ("acct-1", ("acct-1",)),
        (["acct-1", " acct-2 ", "acct-1"], ("acct-1", "acct-2")),
    ],
)
def test_none_one_or_several_workspaces(value: object, ids: tuple[str, ...] | None) -> None:
    """A text or a list of texts; null, an empty text and an empty list are no restriction (account-api.md 12)."""
    assert forced(value) == (ids, 0)


@pytest.mark.parametrize(
    "value", ["  ", [""], [[]], ["acct-1", 7], 7, True, {}, {"id": "x"}, "a,b", "a\nb"], ids=repr
)
def test_a_wrong_value_refuses_every_login(value: object) -> None:
    """It fails closed, with one problem that says so, whatever the value before was (design/contract.md 3)."""
    assert forced(value) == (NOBODY, 1)
    _, (problem,) = parse([{"auth.forcedWorkspaceId": 7}], {})
    assert "Every sign-in is refused" in problem.for_person()
    closed = Restriction(NOBODY)
    assert closed.bars_chatgpt() == closed.bars_workspaces(["acct-1"]) == closed.bars_api_key()
    assert "forcedWorkspaceId" in str(closed.bars_chatgpt())
    assert closed.asked is None


@pytest.mark.parametrize(
    ("workspaces", "ids", "allowed"),
    [
        (None, ["acct-1"], True),
        (None, [None, None], True),
        (("acct-1",), ["acct-1", "acct-1"], True),
        (("acct-1", "acct-2"), ["acct-2", None], True),
        (("acct-1",), ["acct-2", "acct-2"], False),
        (("acct-1",), ["acct-1", "acct-2"], False),
        (("acct-1",), [None, None], False),
        (("acct-1",), [], False),
    ],
)
def test_every_workspace_that_a_login_names_must_be_allowed(
    workspaces: tuple[str, ...] | None, ids: list[str | None], allowed: bool
) -> None:
    """And it must name one; the reason names what is allowed and what was found."""
    why = Restriction(workspaces).bars_workspaces(ids)
    assert (why is None) is allowed
    assert allowed or "acct-1" in str(why)


@pytest.mark.parametrize(
    ("method", "chatgpt", "api"), [(None, True, True), ("chatgpt", True, False), ("api", False, True)]
)
def test_one_kind_of_login_only(method: str | None, chatgpt: bool, api: bool) -> None:
    """The other kind is refused with the name of the setting."""
    restriction = Restriction(None, method)
    assert (restriction.bars_chatgpt() is None) is chatgpt
    assert (restriction.bars_workspaces(["a"]) is None) is chatgpt
    assert (restriction.bars_api_key() is None) is api
    assert all("forcedLoginMethod" in why for why in (restriction.bars_chatgpt(), restriction.bars_api_key()) if why)


@pytest.mark.parametrize("value", ["", "ChatGPT", "apikey", "none", ["api"], 7, True, {}], ids=repr)
def test_a_wrong_method_refuses_every_login(value: object) -> None:
    """It fails closed as well, at the first reading and over an older value that was allowed."""
    before, _ = parse([{"auth": {"forcedLoginMethod": "api"}}], {})
    for previous in (None, before):
        config, (problem,) = parse([{"auth": {"forcedLoginMethod": value}}], {}, previous)
        assert "Every sign-in is refused" in problem.for_person()
        closed = Restriction(None, config.auth.forced_login_method)
        assert config.auth.forced_login_method == NO_METHOD
        assert closed.bars_chatgpt() == closed.bars_workspaces(["acct-1"]) == closed.bars_api_key()
        assert "forcedLoginMethod" in str(closed.bars_chatgpt())


def test_a_workspace_does_not_bar_an_api_key() -> None:
    """It belongs to none, as with the Codex CLI."""
    assert Restriction(("acct-1",)).bars_api_key() is None


def test_the_issuer_is_told_the_workspaces() -> None:
    """Joined by commas, as the authorize address wants them (spec/auth.md 1.1)."""
    assert Restriction(("acct-1", "acct-2")).asked == "acct-1,acct-2"
    assert Restriction().asked is None
