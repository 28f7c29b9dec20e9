"""LSP's JSON to typed values and back: as strict as safety needs, as tolerant as clients differ."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any

from cattrs import transform_error
from cattrs.errors import BaseValidationError
from lsprotocol import converters
from lsprotocol import types as lsp

if TYPE_CHECKING:
    from cattrs import Converter

# LSP's uinteger.
_MOST = 2**31 - 1

# What structuring raises for JSON that does not fit the type.
MISFITS = (BaseValidationError, ValueError, TypeError, LookupError, AttributeError, RecursionError)


def converter() -> Converter:
    """lsprotocol's converter with four differences, each of which a client or a typing mistake has needed.

    An enumeration value of a newer LSP arrives as the plain number or string. A position "at the very end", such as
    2³² − 1, is one beyond the end. What must be a string is not made one: ``null`` is not the text ``None``.
    A change whose range is ``null`` is one of the whole document.
    """
    made = converters.get_converter()
    for kind in vars(lsp).values():
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            made.register_structure_hook(kind, _open_enumeration)
    made.register_structure_hook(lsp.Position, _position)
    made.register_structure_hook(str, _string)
    made.register_structure_hook(lsp.LanguageKind | str, _string)
    made.register_structure_hook(
        lsp.TextDocumentContentChangePartial | lsp.TextDocumentContentChangeWholeDocument,
        lambda value, _: made.structure(value, _kind_of_change(value)),
    )
    return made


def misfit(error: BaseException) -> str:
    """What does not fit and where, without the value itself: it may be source text."""
    problems = transform_error(error, "params", _describe)
    return "; ".join(problems[:3])


def _describe(error: BaseException, kind: type | None) -> str:
    if isinstance(error, KeyError):
        return "required field missing"
    name = getattr(kind, "__name__", None)
    return f"invalid value, expected {name}" if name else "invalid value"


def _open_enumeration(value: Any, kind: Any) -> Any:
    try:
        return kind(value)
    except ValueError:
        if type(value) is (int if issubclass(kind, int) else str):
            return value
        raise


def _position(value: Any, _kind: object) -> lsp.Position:
    line, character = value["line"], value["character"]
    for number in (line, character):
        if isinstance(number, bool) or not isinstance(number, int | float) or number < 0:
            raise ValueError("not a number from 0 upwards")
    return lsp.Position(int(min(line, _MOST)), int(min(character, _MOST)))


def _kind_of_change(value: Any) -> Any:
    whole = not isinstance(value, dict) or value.get("range") is None
    return lsp.TextDocumentContentChangeWholeDocument if whole else lsp.TextDocumentContentChangePartial


def _string(value: Any, _kind: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError("not a string")
