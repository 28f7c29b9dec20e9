"""The settings: one table of frozen dataclasses from which parsing, the README and the VS Code manifest are made.

A setting is a field here and nothing else. ``parse`` never raises: a wrong value keeps the old one and adds a
:class:`Problem`; every other key stays in force.
"""

from __future__ import annotations

import re
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SECTION = "codex"


class Kind(Protocol):
    """What values a setting takes."""

    @property
    def allowed(self) -> str:
        """What a person may write."""
        ...

    def parse(self, value: object) -> object:
        """The value as we keep it. Raises ``ValueError`` if it is not allowed."""
        ...

    def schema(self) -> dict[str, object]:
        """The JSON schema of the value, for editors."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def allowed(self) -> str:
        return "one of " + ", ".join(f'"{word}"' for word in self.words)

    def parse(self, value: object) -> object:
        if isinstance(value, str) and value in self.words:
            return value
        raise ValueError

    def schema(self) -> dict[str, object]:
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Text:
    """A string, or null for none."""

    allowed: str = "a string, or null"

    def parse(self, value: object) -> object:
        if isinstance(value, str) and value.strip():
            return value.strip()
        raise ValueError

    def schema(self) -> dict[str, object]:
        return {"type": ["string", "null"]}


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    allowed: str = "true or false"

    def parse(self, value: object) -> object:
        if isinstance(value, bool):
            return value
        raise ValueError

    def schema(self) -> dict[str, object]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Folder:
    """A path; ``~`` is the user's home."""

    allowed: str = "an absolute path (~ is your home), or null"

    def parse(self, value: object) -> object:
        if isinstance(value, str) and value.strip():
            path = Path(value).expanduser()
            if path.is_absolute():
                return path
        raise ValueError

    def schema(self) -> dict[str, object]:
        return {"type": ["string", "null"]}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of a service: https, or http on this machine only, so that no token leaves in clear text."""

    allowed: str = "an https address, or http on a loopback address"

    def parse(self, value: object) -> object:
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY004 — one exception for "not allowed", whatever the reason
        parts = urlsplit(value)
        loopback = parts.hostname in {"127.0.0.1", "::1", "localhost"}
        if parts.username or parts.query or parts.fragment or not parts.hostname or parts.port == 0:
            raise ValueError
        if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
            raise ValueError
        return value.rstrip("/")

    def schema(self) -> dict[str, object]:
        return {"type": ["string", "null"]}


@dataclass(frozen=True, slots=True)
class Milliseconds:
    """A number of milliseconds, or the word ``adaptive``."""

    most: int
    word: str = "adaptive"

    @property
    def allowed(self) -> str:
        return f'"{self.word}", or a number from 0 to {self.most}'

    def parse(self, value: object) -> object:
        if value == self.word:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= self.most:
            return float(value)
        raise ValueError

    def schema(self) -> dict[str, object]:
        return {"type": ["string", "number"]}


def setting(default: Any, kind: Kind, doc: str, env: str | None = None, shown: str | None = None) -> Any:
    """A field of the table; ``shown`` is the default as documentation prints it, where the value says too little."""
    return field(default=default, metadata={"kind": kind, "doc": doc, "env": env, "shown": shown})


@dataclass(frozen=True, slots=True)
class Auth:
    """Who you are and where that is kept."""

    home: Path | None = setting(
        None,
        Folder(),
        "The folder for credentials, lock and caches. On the Codex CLI's own folder both share one login.",
        env="LSP_CODEX_HOME",
        shown="the platform's user data folder for `lsp-codex`",
    )
    store: str = setting(
        "auto",
        Choice(("auto", "file", "ephemeral")),
        "Where credentials are kept: `file` is `auth.json` in the home (0600), `ephemeral` is memory only.",
    )
    issuer: str = setting("https://auth.openai.com", Endpoint(), "The sign-in service.", env="LSP_CODEX_ISSUER")


@dataclass(frozen=True, slots=True)
class Backend:
    """Where the model is."""

    chatgpt_base_url: str = setting(
        "https://chatgpt.com/backend-api",
        Endpoint(),
        "The base address of the ChatGPT backend.",
        env="LSP_CODEX_CHATGPT_BASE_URL",
    )


@dataclass(frozen=True, slots=True)
class Completion:
    """Ghost text."""

    trigger: str = setting(
        "automatic",
        Choice(("automatic", "manual", "off")),
        "When ghost text is offered: while typing, only when you ask for it, or never.",
    )
    model: str | None = setting(None, Text(), "The model for ghost text.", shown="the fastest listed model")
    reasoning_effort: str | None = setting(
        None, Text(), "Its reasoning effort, as the catalogue lists them.", shown="the lowest listed"
    )
    debounce_ms: float | None = setting(
        None,
        Milliseconds(5_000),
        "How long to wait for the next key before asking.",
        shown='"adaptive"',
    )


@dataclass(frozen=True, slots=True)
class Config:
    """All settings at one moment; replaced whole when one changes."""

    auth: Auth = field(default_factory=Auth)
    backend: Backend = field(default_factory=Backend)
    completion: Completion = field(default_factory=Completion)
    sandbox: bool = setting(
        False,
        Flag(),
        "Use the built-in sandbox instead of the service: nobody needs to sign in, nothing leaves the machine.",
    )


GROUPS = ("auth", "backend", "completion")


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that was not taken."""

    key: str
    value: object
    allowed: str

    def for_person(self) -> str:
        """One sentence: key, value, what is allowed."""
        name = self.key if self.key.isupper() else f"{SECTION}.{self.key}"
        return f"Setting {name}: {self.value!r} is not allowed, it takes {self.allowed}. The old value stays."


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table, as documentation needs it."""

    key: str
    group: str | None
    name: str
    kind: Kind
    doc: str
    env: str | None
    default: object
    shown: str


def table() -> Iterator[Setting]:
    """Every setting, in the order of the table."""
    for group in GROUPS:
        owner = type(getattr(Config(), group))
        yield from (_row(f, group) for f in fields(owner))
    yield from (_row(f, None) for f in fields(Config) if f.name not in GROUPS)


def _row(f: Field[Any], group: str | None) -> Setting:
    meta = f.metadata
    name = _camel(f.name)
    shown = meta["shown"] or ("none" if f.default is None else f"`{_json_word(f.default)}`")
    return Setting(
        f"{group}.{name}" if group else name,
        group,
        f.name,
        meta["kind"],
        meta["doc"],
        meta["env"],
        f.default,
        shown,
    )


def parse(
    layers: Sequence[object], environ: Mapping[str, str], previous: Config | None = None
) -> tuple[Config, tuple[Problem, ...]]:
    """Settings from JSON ``layers`` (later wins), over the environment, over the defaults.

    Each layer is the section itself or ``{"codex": section}``; ``null`` means "not set".
    """
    old = previous or Config()
    sections = [section for layer in layers if (section := _section(layer))]
    values: dict[str | None, dict[str, Any]] = {}
    problems: list[Problem] = []
    for row in table():
        taken, problem = _value(row, sections, environ, old)
        values.setdefault(row.group, {})[row.name] = taken
        if problem:
            problems.append(problem)
    groups = {g: replace(getattr(old, g), **values[g]) for g in GROUPS}
    return replace(old, **groups, **values[None]), tuple(problems)


def _value(
    row: Setting, sections: Sequence[Mapping[str, object]], environ: Mapping[str, str], old: Config
) -> tuple[object, Problem | None]:
    kept = getattr(getattr(old, row.group) if row.group else old, row.name)
    for section in reversed(sections):
        given = _lookup(section, row.key)
        if given is not None:
            return _parsed(row, row.key, given, kept)
    if row.env and environ.get(row.env, "").strip():
        return _parsed(row, row.env, environ[row.env], kept)
    return row.default, None


def _parsed(row: Setting, name: str, given: object, kept: object) -> tuple[object, Problem | None]:
    try:
        return row.kind.parse(given), None
    except ValueError:
        return kept, Problem(name, given, row.kind.allowed)


def _section(layer: object) -> Mapping[str, object] | None:
    if not isinstance(layer, dict):
        return None
    inner = layer.get(SECTION)
    return inner if isinstance(inner, dict) else layer


def _lookup(section: Mapping[str, object], key: str) -> object:
    found: object = section
    for part in key.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(part)
    return found


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def _json_word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
