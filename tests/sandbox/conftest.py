"""Fixtures for the sandbox's tests: a sandbox without a socket, and one over either way in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.tokens import Person
from tests.sandbox.ways import over_loopback, over_transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.sandbox.ways import Way

RECORDED_PERSON = Person(account_id="acct-fake-0001")


@pytest.fixture(params=["transport", pytest.param("loopback", marks=pytest.mark.real_time)])
async def way(request: pytest.FixtureRequest) -> AsyncIterator[Way]:
    """A sandbox over each way in, for the account of the recordings."""
    codex = SandboxCodex(person=RECORDED_PERSON)
    async with (over_transport if request.param == "transport" else over_loopback)(codex) as way:
        yield way


@pytest.fixture
async def near() -> AsyncIterator[Way]:
    """A sandbox without a socket; time is virtual."""
    async with over_transport(SandboxCodex()) as way:
        yield way
