"""What a row of the two tables is: Feature (an LSP or own method) and Command (``workspace/executeCommand``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lsp_codex.server.session import Session

Handler: TypeAlias = "Callable[[Session, Any], Awaitable[object]]"


@dataclass(frozen=True, slots=True)
class Feature:
    """A method, who handles it, and the options that announce it."""

    method: str
    handler: Handler
    options: object | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A command, its title as menus show it, and who handles it with its one JSON object."""

    id: str
    title: str
    handler: Handler
