"""``lsp-codex usage``: bars that fit the terminal, and the local time of each reset."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from lsp_codex.auth.store import MemoryStore
from lsp_codex.backend.limits import Credits, RateLimits, Usage, Window
from lsp_codex.errors import SignInRequired
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.sandbox.transport import SandboxTransport
from lsp_codex.server.world import World
from lsp_codex.terminal import usage
from lsp_codex.terminal.paint import Paint
from lsp_codex.terminal.usage import length, moment, picture
from tests.harness.editor import demo_login

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN = Paint(coloured=False)
NOW = datetime(2026, 11, 20, 12, 0).astimezone().timestamp()
BOTH = Usage(
    RateLimits(
        plan="plus",
        primary=Window(12.4, 300, NOW + 5_400),
        secondary=Window(100.0, 10_080, NOW + 200_000),
        credits=Credits(True, False, "9.99"),
        reached="workspace_member_usage_limit_reached",
    ),
    (RateLimits("codex_bengalfox", "Spark", primary=Window(3.0, 300, NOW + 100)),),
)
WEEKLY = Usage(RateLimits(plan="pro", primary=Window(22.0, 10_080, NOW + 90_000)))


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The picture is the same wherever the test runs (this patches the environment, not our code)."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_both_windows_other_limits_and_credits() -> None:
    """One line each, in columns."""
    now = datetime(2026, 11, 20, 12, 0).astimezone().timestamp()
    shift = now - NOW
    shown = picture(_shifted(BOTH, shift), PLAIN, 80, now)
    assert shown.split("\n") == [
        "Usage of your ChatGPT plan (plus)",
        "  5 hours         ██░░░░░░░░░░░░░░░░░   12 %  starts anew at 13:30",
        "  1 week          ███████████████████  100 %  starts anew on Sun 22 Nov at 19:33",
        "  Spark, 5 hours  █░░░░░░░░░░░░░░░░░░    3 %  starts anew at 12:01",
        "A limit is reached: workspace member usage limit reached.",
        "Credits: 9.99",
    ]


def _shifted(found: Usage, seconds: float) -> Usage:
    def window(old: Window | None) -> Window | None:
        return old and Window(old.used_percent, old.minutes, old.resets_at and old.resets_at + seconds)

    def limits(old: RateLimits) -> RateLimits:
        return RateLimits(
            old.limit_id, old.name, old.plan, window(old.primary), window(old.secondary), old.credits, old.reached
        )

    return Usage(limits(found.main), tuple(limits(other) for other in found.others))


@pytest.mark.parametrize("found", [BOTH, WEEKLY, Usage(RateLimits())])
@pytest.mark.parametrize("width", [40, 50, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(found: Usage, width: int) -> None:
    """The bar gives way first, then the time goes to a line of its own."""
    shown = picture(found, PLAIN, width, NOW)
    rows = [line for line in shown.split("\n") if "%" in line or "anew" in line]
    assert all(len(line) <= width for line in rows)
    assert len({line.count("█") + line.count("░") for line in rows if "%" in line}) <= 1, "bars to compare"


def test_one_weekly_window_is_a_normal_answer() -> None:
    """As seen live: the all-zero second one is no window (spec/backend.md 5.2)."""
    assert picture(WEEKLY, PLAIN, 80, NOW).count("%") == 1


def test_no_window_at_all_is_said() -> None:
    """And not an empty picture."""
    assert "No window is in use" in picture(Usage(RateLimits()), PLAIN, 80, NOW)


def test_a_terminal_without_blocks_gets_plain_signs() -> None:
    """Windows consoles and log files may know ASCII only."""
    assert picture(BOTH, PLAIN, 80, NOW, blocks=False).isascii()


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(300, "5 hours"), (60, "1 hour"), (10_080, "1 week"), (43_200, "30 days"), (90, "90 minutes"), (None, "window")],
)
def test_the_length_of_a_window_in_words(minutes: int | None, words: str) -> None:
    """The largest unit that fits."""
    assert length(minutes) == words


def test_a_time_that_cannot_be_read_is_no_crash() -> None:
    """The number came from the service."""
    assert "cannot be read" in moment(1e300, NOW)


def world(*, signed_in: bool = True) -> World:
    """A world with the sandbox behind it."""
    codex = SandboxCodex()
    return World(
        transport=SandboxTransport(codex), store=MemoryStore(demo_login(codex) if signed_in else None), environ={}
    )


@pytest.mark.real_time
def test_as_picture_and_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """``--json`` is one document on standard output, the object of ``codex.usage``."""
    assert usage.run(as_json=False, world=world()) == 0
    assert "Usage of your ChatGPT plan" in capsys.readouterr().out
    assert usage.run(as_json=True, world=world()) == 0
    assert json.loads(capsys.readouterr().out)["primary"]["usedPercent"] == 12.0


@pytest.mark.real_time
def test_signed_out_is_an_error_with_its_own_exit_code() -> None:
    """The command line makes 3 of it."""
    with pytest.raises(SignInRequired):
        usage.run(as_json=True, world=world(signed_in=False))


def test_the_terminal_obeys_nobody_s_usage_and_no_number_fills_it() -> None:
    """Names and words come from the service, and so do lengths of 300 digits."""
    order = "\x1b[2J"
    window = Window(5.0, 10**300, 1e300)
    found = Usage(
        RateLimits(plan=order, primary=window, credits=Credits(True, False, order), reached=order),
        (RateLimits(limit_id=order, name=order, primary=window),),
    )
    shown = picture(found, PLAIN, 80, NOW)
    assert "\x1b" not in shown
    assert max(map(len, shown.split("\n"))) <= 80
