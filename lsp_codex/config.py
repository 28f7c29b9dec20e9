"""The settings: one table of frozen dataclasses from which parsing, the README and the VS Code manifest are made.

A setting is a field here and nothing else. ``parse`` never raises: a wrong value keeps the old one and adds a
:class:`Problem`; every other key stays in force.
"""

from __future__ import annotations

import re
from dataclasses import Field, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from lsp_codex.kinds import Choice, Count, Endpoint, Flag, Folder, Globs, Home, Milliseconds, Name, Switches, Text
from lsp_codex.proxy import Proxy, ProxyAddress
from lsp_codex.restriction import NOBODY_SIGNS_IN, FailsClosed, LoginMethod, Workspaces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from lsp_codex.kinds import Kind

SECTION = "codex"

OLD_STAYS = "The old value stays."
NOT_ELSEWHERE = "Nobody can sign in until there is one that is."
UNREADABLE = ("what a key holds whose group is no object",)

_USER_INFO = re.compile(r"(?<=//)[^/\s]*@")


def setting(default: Any, kind: Kind, doc: str, env: str | None = None, shown: str | None = None) -> Any:
    """A field of the table; ``shown`` is the default as documentation prints it, where the value says too little."""
    return field(default=default, metadata={"kind": kind, "doc": doc, "env": env, "shown": shown})


@dataclass(frozen=True, slots=True)
class Auth:
    """Who you are and where that is kept."""

    home: Path | None = setting(
        None,
        Home(),
        "The folder for credentials, lock and caches. On the Codex CLI's own folder both share one login.",
        env="LSP_CODEX_HOME",
        shown="the platform's user data folder for `lsp-codex`",
    )
    store: str = setting(
        "auto",
        Choice(("auto", "keyring", "file", "ephemeral")),
        "Where credentials are kept: `keyring` is the system's, `file` is `auth.json` in the home (0600), `auto` is"
        " the keyring if it works and else the file, `ephemeral` is memory only. On the Codex CLI's own folder"
        " `auto` is what the CLI's configuration says.",
    )
    profile: str = setting(
        "default",
        Name(),
        "Which of several accounts, side by side: each name has a login of its own, in the home.",
    )
    forced_workspace_id: tuple[str, ...] | None = setting(
        None,
        Workspaces(),
        "The ChatGPT workspaces whose logins may be used; an empty text or list is no restriction, a wrong value "
        "refuses every login.",
    )
    forced_login_method: str | None = setting(
        None,
        LoginMethod(),
        "The kind of login that may be used: ChatGPT, or an API key; a wrong value refuses every login.",
    )
    issuer: str = setting("https://auth.openai.com", Endpoint(), "The sign-in service.", env="LSP_CODEX_ISSUER")


@dataclass(frozen=True, slots=True)
class Backend:
    """Where the model is."""

    chatgpt_base_url: str = setting(
        "https://chatgpt.com/backend-api", Endpoint(), "The ChatGPT backend.", env="LSP_CODEX_CHATGPT_BASE_URL"
    )
    openai_base_url: str = setting(
        "https://api.openai.com/v1",
        Endpoint(),
        "The OpenAI API, or a server that is compatible with it: where an API key is used.",
        env="LSP_CODEX_OPENAI_BASE_URL",
    )
    transport: Literal["auto", "websocket", "sse"] = setting(
        "auto",
        Choice(("auto", "websocket", "sse")),
        "How answers come: over a WebSocket, as server-sent events, or whichever is faster at the moment.",
    )


@dataclass(frozen=True, slots=True)
class Network:
    """How to get out of this machine."""

    proxy: ProxyAddress | None = setting(
        None,
        Proxy(),
        "The proxy, with user and password if it wants them; `NO_PROXY` names exceptions.",
        shown="`HTTPS_PROXY`, `ALL_PROXY`, or the system's",
    )
    ca_certificate: Path | None = setting(
        None,
        Folder(),
        "A PEM file of certificate authorities to trust beside those of the system.",
        shown="`CODEX_CA_CERTIFICATE`, then `SSL_CERT_FILE`",
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
    service_tier: str | None = setting(
        None, Text(), "Its service tier, as the catalogue lists them; one it does not list is not asked for."
    )
    debounce_ms: float | None = setting(
        None,
        Milliseconds(5_000),
        "How long to wait for the next key before asking.",
        shown='"adaptive"',
    )
    max_lines: int = setting(
        24,
        Count(1, 100),
        "So many lines of ghost text at most.",
    )
    languages: tuple[tuple[str, bool], ...] = setting(
        (("*", True),),
        Switches(),
        "In which languages ghost text is offered: language id to on or off, `*` for all that are not named."
        " What is off is off by hand too.",
        shown='`{"*": true}`',
    )
    in_comments: bool = setting(True, Flag(), "Whether ghost text is offered inside comments and strings.")
    instructions: str | None = setting(
        None,
        Text(),
        "What the model should know about your style, in a few words.",
        shown="the file `.codex/completions.md` of the workspace",
    )
    pause_at_usage_percent: int = setting(
        80,
        Count(1, 100),
        "Above this use of your plan, in percent, ghost text while typing pauses until the window resets."
        " Asking by hand still works.",
    )
    max_requests_per_hour: int = setting(
        300,
        Count(1, 100_000),
        "So many requests in an hour, then ghost text while typing pauses. Asking by hand still works.",
    )


@dataclass(frozen=True, slots=True)
class Context:
    """What may be told to the model."""

    exclude: tuple[str, ...] = setting(
        (),
        Globs(),
        "Documents that never leave this machine, in gitignore syntax; they get no ghost text either. Your list adds"
        " to the default (keys, certificates, `.env*`, credential files), of which `!.env.example` takes a part back."
        " What the project's ignore files name stays here too.",
        shown="keys, certificates, `.env*`, credential files",
    )
    open_documents: bool = setting(
        True,
        Flag(),
        "Whether a question is shown the other documents that are open, and ghost text what they define of the names"
        " around the cursor, and where you were a moment ago.",
    )


@dataclass(frozen=True, slots=True)
class Config:
    """All settings at one moment; replaced whole when one changes."""

    auth: Auth = field(default_factory=Auth)
    backend: Backend = field(default_factory=Backend)
    network: Network = field(default_factory=Network)
    completion: Completion = field(default_factory=Completion)
    context: Context = field(default_factory=Context)
    model: str | None = setting(
        None, Text(), "The model for code actions and questions.", shown="the catalogue's default"
    )
    reasoning_effort: str | None = setting(
        None, Text(), "Its reasoning effort, as the catalogue lists them.", shown="the catalogue's default"
    )
    service_tier: str | None = setting(
        None, Text(), "Its service tier, as the catalogue lists them; one it does not list is not asked for."
    )
    sandbox: bool = setting(
        False,
        Flag(),
        "Use the built-in sandbox instead of the service: nobody needs to sign in, nothing leaves the machine.",
    )


GROUPS = ("auth", "backend", "network", "completion", "context")


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that was not taken."""

    key: str
    value: object
    allowed: str
    consequence: str = OLD_STAYS

    def for_person(self) -> str:
        """One sentence: key, value, what is allowed."""
        name = self.key if self.key.isupper() else f"{SECTION}.{self.key}".rstrip(".")
        value = _USER_INFO.sub("…@", repr(self.value))
        value = value if len(value) <= 80 else f"{value[:79]}…"
        return f"Setting {name}: {value} is not allowed, it takes {self.allowed}. {self.consequence}"


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

    Each layer is the section itself or ``{"codex": section}``; a key is a path (``{"auth": {"home": …}}``) or
    written out (``{"auth.home": …}``); ``null`` means "not set". A value that is not allowed keeps that of
    ``previous``; at the first parse, when there is none, the next layer below counts. Where there is none either,
    a value that says where to keep or to ask does not give way to the default: see :func:`wrong_place`.
    """
    sections = [section for layer in layers if (section := _section(layer))]
    values: dict[str | None, dict[str, Any]] = {}
    problems = _no_objects(layers, sections)
    for row in table():
        taken, refused = _value(row, _given(row, sections, environ), previous)
        values.setdefault(row.group, {})[row.name] = taken
        problems += refused
    base = Config()
    groups = {group: replace(getattr(base, group), **values[group]) for group in GROUPS}
    return replace(base, **groups, **values[None]), tuple(problems)


def wrong_place(config: Config) -> str | None:
    """Why nobody may sign in, as a clause: it was said where to keep or to ask, and not in a way that is allowed.

    The usual place is not what was meant then: nothing is read there, kept there or sent there.
    """
    for row in table():
        owner = getattr(config, row.group) if row.group else config
        if hasattr(row.kind, "nowhere") and getattr(owner, row.name) == row.kind.nowhere:
            variable = f" (or the variable {row.env})" if row.env else ""
            return f"the setting {SECTION}.{row.key}{variable} has no value that is allowed; correct it"
    return None


def _no_objects(layers: Sequence[object], sections: Sequence[Mapping[str, object]]) -> list[Problem]:
    """What should be an object and is none; where that holds the restrictions, they cannot be read, and hold."""
    whole = [layer.get(SECTION) for layer in layers if isinstance(layer, dict)]
    problems = [
        Problem("", each, "an object", NOBODY_SIGNS_IN) for each in whole if not isinstance(each, dict | None)
    ]
    for section in sections:
        for group in GROUPS:
            given = section.get(group)
            if given is not UNREADABLE and not isinstance(given, dict | None):
                problems.append(Problem(group, given, "an object", NOBODY_SIGNS_IN if group == "auth" else OLD_STAYS))
    return problems


def _given(
    row: Setting, sections: Sequence[Mapping[str, object]], environ: Mapping[str, str]
) -> Iterator[tuple[str, object]]:
    """The values written for ``row``, each with the name it was written under; the one that counts comes first."""
    for section in reversed(sections):
        if (given := _lookup(section, row.key)) is not None:
            yield row.key, given
        elif row.group is not None and not isinstance(section.get(row.group), dict | None):
            yield row.key, UNREADABLE
    if row.env and environ.get(row.env, "").strip():
        yield row.env, environ[row.env]


def _value(
    row: Setting, given: Iterator[tuple[str, object]], previous: Config | None
) -> tuple[object, tuple[Problem, ...]]:
    problems: list[Problem] = []
    nowhere = getattr(row.kind, "nowhere", None)
    default = row.default
    for name, value in given:
        told = () if value is UNREADABLE else (name,)  # that its group is no object is one problem, and told
        try:
            return row.kind.parse(value), tuple(problems)
        except FailsClosed as closed:
            problems += [Problem(each, value, row.kind.allowed, closed.consequence) for each in told]
            return closed.instead, tuple(problems)
        except ValueError:
            shown = "the given value" if getattr(row.kind, "hidden", False) else value
            consequence = OLD_STAYS if nowhere is None or previous is not None else NOT_ELSEWHERE
            problems += [Problem(each, shown, row.kind.allowed, consequence) for each in told]
            if previous is not None:
                owner = getattr(previous, row.group) if row.group else previous
                return getattr(owner, row.name), tuple(problems)
            default = row.default if nowhere is None else nowhere
    return default, tuple(problems)


def _section(layer: object) -> Mapping[str, object] | None:
    if not isinstance(layer, dict):
        return None
    section = layer.get(SECTION)
    if section is None:
        return layer
    return section if isinstance(section, dict) else dict.fromkeys(GROUPS, UNREADABLE)


def _lookup(section: Mapping[str, object], key: str) -> object:
    found: object = section.get(key)
    if found is not None:
        return found
    found = section
    for part in key.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(part)
    return found


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)


def _json_word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
