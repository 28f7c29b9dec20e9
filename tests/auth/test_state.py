"""Rules of lsp_codex/auth/state.py."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex.auth.state import (
    AuthState,
    Event,
    Failed,
    Loaded,
    LoggedIn,
    LoggedOut,
    Refreshed,
    Rejected,
    SignedIn,
    SignedOut,
    current,
    holds,
    step,
)
from lsp_codex.auth.tokens import account_of
from lsp_codex.errors import CredentialsRejected, Rejection
from tests.harness.accounts import FakeAccount

A, B, C = (FakeAccount(tag=tag, refresh_token=f"rt-{tag}").tokens() for tag in "ABC")
WHO = account_of(A)
DEAD = CredentialsRejected(Rejection.REVOKED)

OUT: AuthState = SignedOut()
IN_A: AuthState = SignedIn(A, WHO)
IN_B: AuthState = SignedIn(B, WHO)
FAILED_A: AuthState = Failed(WHO, DEAD, A)


@pytest.mark.parametrize(
    ("state", "event", "expected"),
    [
        (OUT, Loaded(A, WHO), IN_A),
        (IN_A, Loaded(B, WHO), IN_A),
        (FAILED_A, Loaded(A, WHO), FAILED_A),
        (FAILED_A, Loaded(B, WHO), IN_B),
        (OUT, LoggedIn(A, WHO), IN_A),
        (IN_A, LoggedIn(B, WHO), IN_B),
        (FAILED_A, LoggedIn(B, WHO), IN_B),
        (IN_A, Refreshed(A, B, WHO), IN_B),
        (IN_B, Refreshed(A, C, WHO), IN_B),
        (OUT, Refreshed(A, B, WHO), OUT),
        (FAILED_A, Refreshed(A, B, WHO), FAILED_A),
        (IN_A, Rejected(A, DEAD), FAILED_A),
        (IN_B, Rejected(A, DEAD), IN_B),
        (OUT, Rejected(A, DEAD), OUT),
        (FAILED_A, Rejected(A, DEAD), FAILED_A),
        (IN_A, LoggedOut(), OUT),
        (IN_A, LoggedOut(A), OUT),
        (IN_B, LoggedOut(A), IN_B),
        (FAILED_A, LoggedOut(), OUT),
        (FAILED_A, LoggedOut(A), FAILED_A),
    ],
)
def test_each_step(state: AuthState, event: Event, expected: AuthState) -> None:
    """News about the current token counts, news about any other changes nothing."""
    assert step(state, event) == expected


def test_the_tokens_of_a_state() -> None:
    """A failed state still knows its tokens, and holds none."""
    assert [current(state) for state in (OUT, IN_A, FAILED_A)] == [None, A, A]
    assert [holds(state, A) for state in (OUT, IN_A, FAILED_A, IN_B)] == [False, True, False, False]


MANY = tuple(FakeAccount(tag=f"t{n}", refresh_token=f"rt-{n}").tokens() for n in range(5))
tokens = st.sampled_from(MANY)
events = st.one_of(
    st.builds(Loaded, tokens, st.just(WHO)),
    st.builds(LoggedIn, tokens, st.just(WHO)),
    st.builds(Refreshed, tokens, tokens, st.just(WHO)),
    st.builds(Rejected, tokens, st.just(DEAD)),
    st.builds(LoggedOut, st.one_of(st.none(), tokens)),
)


@given(before=st.lists(events), late=st.lists(events.filter(lambda e: not isinstance(e, Loaded | LoggedIn))))
def test_after_a_sign_out_only_a_login_signs_in(before: list[Event], late: list[Event]) -> None:
    """However late news of renewals and failures arrive after a sign-out, nobody is signed in."""
    assert reduce(step, [*before, LoggedOut(), *late], OUT) == OUT


@given(before=st.lists(events), late=st.lists(events))
def test_news_about_an_old_token_never_touch_a_new_login(before: list[Event], late: list[Event]) -> None:
    """A sign-in outlives every late refresh, failure and sign-out of the tokens before it."""
    fresh = FakeAccount(tag="fresh", refresh_token="rt-fresh").tokens()
    harmless = [e for e in late if not isinstance(e, LoggedIn) and e != LoggedOut()]
    assert reduce(step, [*before, LoggedIn(fresh, WHO), *harmless], OUT) == SignedIn(fresh, WHO)


@given(st.permutations([Refreshed(a, b, WHO) for a, b in pairwise(MANY)]))
def test_a_shuffled_rotation_never_goes_back(shuffled: list[Event]) -> None:
    """Rotations that arrive in any order move the login forwards along its chain, or not at all."""
    state: AuthState = SignedIn(MANY[0], WHO)
    position = 0
    for event in shuffled:
        state = step(state, event)
        found = current(state)
        assert found is not None
        assert MANY.index(found) >= position
        position = MANY.index(found)


@given(st.lists(events))
def test_a_failed_login_never_comes_back_by_itself(history: list[Event]) -> None:
    """Only a sign-in, or other tokens in the store, follow on a failure; its own tokens never live again."""
    state: AuthState = Failed(WHO, DEAD, MANY[0])
    for event in history:
        if isinstance(event, LoggedIn) or event == LoggedOut():
            return
        state = step(state, event)
        assert not holds(state, MANY[0])
        if isinstance(event, Loaded) and not event.tokens.same_as(MANY[0]):
            return
        assert isinstance(state, Failed)
