"""Secret: the string shows itself to ``reveal`` only."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
import pprint
import traceback
from typing import TYPE_CHECKING

import pytest

from lsp_codex.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

VALUE = "hunter2-token"


@dataclasses.dataclass(frozen=True, slots=True)
class Holder:
    """A value of ours that holds a secret."""

    token: Secret


def logged(secret: Secret) -> str:
    """A log line with the secret as an argument."""
    return logging.LogRecord("n", 10, "f", 1, "token %s %r", (secret, secret), None).getMessage()


def raised(secret: Secret) -> str:
    """A traceback whose exception carries the secret."""
    error = ValueError("refused", secret)
    return "".join(traceback.format_exception(error)) + repr(error)


SHOWN: list[tuple[str, Callable[[Secret], str]]] = [
    ("repr", repr),
    ("str", str),
    ("format", format),
    ("f-string", lambda secret: f"{secret} {secret!s} {secret!r}"),
    ("percent", lambda secret: "%s %r" % (secret, secret)),  # noqa: UP031 — the old form is the subject
    ("in a list", lambda secret: str([secret])),
    ("in a dataclass", lambda secret: repr(Holder(secret))),
    ("asdict", lambda secret: repr(dataclasses.asdict(Holder(secret)))),
    ("pprint", lambda secret: pprint.pformat({"a": secret})),
    ("logging", logged),
    ("traceback", raised),
    ("json default", lambda secret: json.dumps({"a": secret}, default=str)),
]


@pytest.mark.parametrize(("way", "show"), SHOWN, ids=[way for way, _ in SHOWN])
def test_no_way_of_printing_shows_it(way: str, show: Callable[[Secret], str]) -> None:
    """Whatever turns the object into text, the text is not the secret."""
    assert VALUE not in show(Secret(VALUE)), way


def test_reveal_shows_it() -> None:
    """The wire and the store get the string as it was given."""
    assert Secret(VALUE).reveal() == VALUE


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_cannot_be_pickled(protocol: int) -> None:
    """A pickle would hold the string in clear."""
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(Secret(VALUE), protocol)


def test_it_is_not_json() -> None:
    """A secret in a payload by mistake is an error, not a leak."""
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps({"token": Secret(VALUE)})


def test_a_copy_is_the_secret_itself() -> None:
    """Copies, also those that ``dataclasses.asdict`` makes, keep it wrapped."""
    secret = Secret(VALUE)
    assert copy.copy(secret) is secret
    assert copy.deepcopy(Holder(secret)).token is secret


def test_it_has_no_dictionary_to_look_into() -> None:
    """``vars`` finds nothing."""
    with pytest.raises(TypeError, match="__dict__"):
        vars(Secret(VALUE))


def test_equality_is_of_the_strings() -> None:
    """Two secrets are compared by value; a bare string is never equal to one."""
    assert Secret(VALUE) == Secret(VALUE)
    assert Secret(VALUE) != Secret("other")
    assert Secret(VALUE) != VALUE
    assert len({Secret(VALUE), Secret(VALUE)}) == 1
    assert Secret("\ud800") != Secret("é")


def test_an_empty_secret_is_false() -> None:
    """``if token`` asks whether there is one."""
    assert not Secret("")
    assert Secret(VALUE)
