"""ActionData: what a code action carries from the menu to the run, as plain JSON; everything that the run needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsp_codex.server.convert import read_range
from lsp_codex.server.errors import invalid_params

if TYPE_CHECKING:
    from lsprotocol import types as lsp

    from lsp_codex.server.documents import Document


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnostic as the client gave it, as far as it matters."""

    range: lsp.Range
    message: str
    code: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class ActionData:
    """Which action, where, in which version of the document; ``instruction`` is the user's, if asked for."""

    action: str
    uri: str
    version: int | None
    range: lsp.Range
    problems: tuple[Problem, ...] = ()
    instruction: str | None = None

    def to_json(self, *, asks: bool = False) -> dict[str, Any]:
        """As the client keeps it; ``asks`` tells an editor's glue to put an ``instruction`` into it."""
        made: dict[str, Any] = {
            "action": self.action,
            "uri": self.uri,
            "version": self.version,
            "range": range_json(self.range),
        }
        if self.problems:
            made["problems"] = [
                {"range": range_json(each.range), "message": each.message, "code": each.code, "source": each.source}
                for each in self.problems
            ]
        return {**made, "asks": "instruction"} if asks else made


def problem(diagnostic: lsp.Diagnostic) -> Problem:
    """What matters of a diagnostic; some tools give a code as a number."""
    code = None if diagnostic.code is None else str(diagnostic.code)
    return Problem(diagnostic.range, diagnostic.message, code, diagnostic.source)


def read(value: object) -> ActionData:
    """What :meth:`ActionData.to_json` made, also if a client wrote it by hand: a cursor without a version will do.

    Raises ``InvalidParams`` with what is wrong.
    """
    match value:
        case {"action": str(action), "uri": str(uri), "range": dict(where), **rest}:
            version, instruction = rest.get("version"), rest.get("instruction")
            if isinstance(version, bool) or not isinstance(version, int | None):
                raise invalid_params("A code action's version is a number.")
            if not isinstance(instruction, str | None):
                raise invalid_params("A code action's instruction is a string.")
            problems = rest.get("problems") or []
            if not isinstance(problems, list):
                raise invalid_params("A code action's problems are a list.")
            return ActionData(action, uri, version, _range(where), tuple(map(_problem, problems)), instruction)
        case _:
            raise invalid_params(
                "codex.applyAction takes what a code action carries: an object with action, uri and range."
            )


def is_current(document: Document, data: ActionData) -> bool:
    """Whether ``document`` is still in the version that ``data`` speaks of."""
    return data.version is None or document.version == data.version


def range_json(value: lsp.Range) -> dict[str, dict[str, int]]:
    """A range as the client writes it."""
    return {
        "start": {"line": value.start.line, "character": value.start.character},
        "end": {"line": value.end.line, "character": value.end.character},
    }


def _range(value: object) -> lsp.Range:
    found = read_range(value)
    if found is None:
        raise invalid_params("A code action's range has start and end with line and character.")
    return found


def _problem(value: object) -> Problem:
    match value:
        case {"range": dict(where), "message": str(message), **rest}:
            code, source = rest.get("code"), rest.get("source")
            return Problem(
                _range(where),
                message,
                None if code is None else str(code),
                source if isinstance(source, str) else None,
            )
        case _:
            raise invalid_params("A code action's problem has a range and a message.")
