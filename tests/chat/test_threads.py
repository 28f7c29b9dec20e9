"""The threads of a session: bounded, one question at a time, and each for its own account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lsp_codex.chat.thread import Thread
from lsp_codex.chat.threads import LARGEST, MOST, Threads
from lsp_codex.errors import Unanswered
from tests.chat.test_thread import turn


def test_a_thread_is_found_by_its_own_account_only() -> None:
    """What was asked in one name is not sent in another, and an unknown thread is said to be so."""
    threads, thread = Threads(), Thread("t", "anna")
    threads.remember(thread)
    assert threads.find("t", "anna") is thread
    for thread_id, account in (("t", "bob"), ("u", "anna"), ("", "anna")):
        with pytest.raises(Unanswered, match="not known any more"):
            threads.find(thread_id, account)


def test_the_one_not_used_for_longest_goes_first() -> None:
    """Beyond so many."""
    threads = Threads()
    for number in range(MOST):
        threads.remember(Thread(str(number), "anna"))
    threads.remember(Thread("0", "anna", (turn("used again"),)))
    threads.remember(Thread("new", "anna"))
    assert threads.markdown("1") is None
    assert threads.find("0", "anna").turns
    assert threads.find("new", "anna").thread_id == "new"


def test_memory_is_bounded_and_the_last_thread_stays() -> None:
    """Also if it alone is too large."""
    threads = Threads()
    large = replace(turn("x"), text="x" * (LARGEST - 10))
    threads.remember(Thread("small", "anna", (turn("a"),)))
    threads.remember(Thread("large", "anna", (large, large)))
    assert threads.markdown("small") is None
    assert threads.find("large", "anna").turns == (large, large)


def test_a_second_question_at_once_is_refused_and_the_first_goes_on() -> None:
    """And the thread is free again however the first ends."""
    threads, thread = Threads(), Thread("t", "anna", (turn("a"),))
    threads.remember(thread)
    with pytest.raises(ZeroDivisionError), threads.answering(thread, "b") as draft:
        draft.text += "so far"
        assert threads.markdown("t") == "> a\n\na\n\n> b\n\nso far\n"
        with pytest.raises(Unanswered, match="still waits"), threads.answering(thread, "c"):
            raise AssertionError
        raise ZeroDivisionError
    assert threads.markdown("t") == "> a\n\na\n"
    with threads.answering(thread, "d"):
        pass
