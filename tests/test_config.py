"""The settings: parsing, layers, what is refused, and the table that documentation is made of."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_codex import config, kinds
from lsp_codex.config import Config, Problem, parse, wrong_place
from lsp_codex.proxy import ProxyAddress
from lsp_codex.restriction import NO_METHOD, NOBODY

HOME = "LSP_CODEX_HOME"


def read(config: Config, key: str) -> object:
    """The value at ``group.name`` or ``name``."""
    found: object = config
    for part in key.split("."):
        found = getattr(found, part)
    return found


def nested(key: str, value: object) -> dict[str, Any]:
    """``{"auth": {"home": value}}`` for ``auth.home``."""
    group, _, name = key.rpartition(".")
    return {group: {name: value}} if group else {name: value}


def test_nothing_given_is_the_defaults() -> None:
    """Without settings and environment every setting has its default and nothing is wrong."""
    assert parse([], {}) == (Config(), ())


@pytest.mark.parametrize("empty", [None, {}, [], "off", 5, {"codex": None}, {"codex": {}}, {"other": {"a": 1}}])
def test_a_layer_without_our_section_changes_nothing(empty: object) -> None:
    """Editors send null, lists and foreign sections; none of it is a problem."""
    assert parse([empty], {}) == (Config(), ())


ACCEPTED = [
    ("auth.home", "/srv/codex", "auth.home", Path("/srv/codex")),
    ("auth.home", "~/codex", "auth.home", "expanded"),
    ("auth.store", "file", "auth.store", "file"),
    ("auth.store", "ephemeral", "auth.store", "ephemeral"),
    ("auth.store", "keyring", "auth.store", "keyring"),
    ("auth.profile", "work", "auth.profile", "work"),
    ("auth.profile", "a.B-c_1", "auth.profile", "a.B-c_1"),
    ("auth.profile", "x" * 64, "auth.profile", "x" * 64),
    ("auth.issuer", "https://issuer.example/", "auth.issuer", "https://issuer.example"),
    ("backend.chatgptBaseUrl", "http://127.0.0.1:9/api", "backend.chatgpt_base_url", "http://127.0.0.1:9/api"),
    ("completion.trigger", "manual", "completion.trigger", "manual"),
    ("completion.model", "  gpt-x ", "completion.model", "gpt-x"),
    ("completion.reasoningEffort", "low", "completion.reasoning_effort", "low"),
    ("completion.serviceTier", "fast", "completion.service_tier", "fast"),
    ("completion.maxLines", 100.0, "completion.max_lines", 100),
    ("completion.debounceMs", 75, "completion.debounce_ms", 75.0),
    ("completion.debounceMs", 5000, "completion.debounce_ms", 5000.0),
    ("completion.debounceMs", "adaptive", "completion.debounce_ms", None),
    ("completion.languages", {"*": False, "go": True}, "completion.languages", (("*", False), ("go", True))),
    ("completion.languages", {}, "completion.languages", ()),
    ("completion.inComments", False, "completion.in_comments", False),
    ("completion.instructions", " short names ", "completion.instructions", "short names"),
    ("completion.pauseAtUsagePercent", 100, "completion.pause_at_usage_percent", 100),
    ("completion.pauseAtUsagePercent", 50.0, "completion.pause_at_usage_percent", 50),
    ("completion.maxRequestsPerHour", 1, "completion.max_requests_per_hour", 1),
    ("context.exclude", ["*.x", "!y"], "context.exclude", ("*.x", "!y")),
    ("context.exclude", [], "context.exclude", ()),
    ("context.openDocuments", False, "context.open_documents", False),
    ("backend.transport", "websocket", "backend.transport", "websocket"),
    ("network.caCertificate", "/etc/ca.pem", "network.ca_certificate", Path("/etc/ca.pem")),
    ("network.proxy", "p.test:3128", "network.proxy", ProxyAddress("http://p.test:3128")),
    ("sandbox", True, "sandbox", True),
]
FORMS = [
    pytest.param(lambda key, value: nested(key, value), id="nested"),
    pytest.param(lambda key, value: {"codex": nested(key, value)}, id="wrapped"),
    pytest.param(lambda key, value: {key: value}, id="written out"),
    pytest.param(lambda key, value: {"codex": {key: value}}, id="written out, wrapped"),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("key", "value", "field", "expected"), ACCEPTED)
def test_an_allowed_value_is_taken(form: Any, key: str, value: object, field: str, expected: object) -> None:
    """In each of the four forms in which editors write a setting."""
    taken, problems = parse([form(key, value)], {})
    assert problems == ()
    assert read(taken, field) == (Path.home() / "codex" if expected == "expanded" else expected)


PLACES = [
    ("auth.home", "relative/path"),
    ("auth.home", ""),
    ("auth.home", "   "),
    ("auth.home", "/a\0b"),
    ("auth.home", "~no-such-user-here/codex"),
    ("auth.home", 7),
    ("auth.home", ["/srv"]),
    ("auth.issuer", "ftp://auth.example"),
    ("auth.issuer", "http://auth.example"),
    ("backend.chatgptBaseUrl", "chatgpt.example"),
    ("backend.openaiBaseUrl", "http://192.168.1.5:8080/v1"),
]

REFUSED = [
    ("auth.store", "keychain"),
    ("auth.profile", ""),
    ("auth.profile", ".hidden"),
    ("auth.profile", ".."),
    ("auth.profile", "a/b"),
    ("auth.profile", "a\\b"),
    ("auth.profile", "ä"),
    ("auth.profile", "work\n"),
    ("auth.profile", "x" * 65),
    ("auth.profile", 1),
    ("auth.store", "File"),
    ("auth.store", True),
    ("auth.store", ["file"]),
    ("completion.trigger", "on"),
    ("completion.model", ""),
    ("completion.model", 5),
    ("completion.reasoningEffort", {"low": 1}),
    ("completion.debounceMs", -1),
    ("completion.debounceMs", 5001),
    ("completion.debounceMs", True),
    ("completion.debounceMs", "75"),
    ("completion.debounceMs", math.nan),
    ("completion.debounceMs", 10**400),
    ("completion.languages", {"go": "yes"}),
    ("completion.languages", ["go"]),
    ("completion.inComments", "no"),
    ("completion.instructions", ["a"]),
    ("completion.pauseAtUsagePercent", 0),
    ("completion.pauseAtUsagePercent", 101),
    ("completion.pauseAtUsagePercent", 80.5),
    ("completion.pauseAtUsagePercent", "80"),
    ("completion.pauseAtUsagePercent", True),
    ("completion.maxLines", 0),
    ("completion.maxLines", 101),
    ("completion.maxRequestsPerHour", -1),
    ("completion.maxRequestsPerHour", math.inf),
    ("context.exclude", "*.x"),
    ("context.openDocuments", 1),
    ("sandbox", "true"),
    ("sandbox", 1),
]


@pytest.mark.parametrize(("key", "value"), REFUSED)
def test_a_refused_value_is_one_problem_and_the_default_stays(key: str, value: object) -> None:
    """The problem names key, value and what is allowed; every other key is in force."""
    other = {"backend": {"chatgptBaseUrl": "https://b.example"}}
    taken, (problem,) = parse([nested(key, value) | other], {})
    assert taken == parse([other], {})[0]
    assert problem.key == key
    assert f"codex.{key}" in problem.for_person()
    assert problem.allowed in problem.for_person()


ENDPOINTS = [
    ("https://auth.openai.com", True),
    ("HTTPS://Auth.OpenAI.com", True),
    ("https://proxy.example:8443/codex/", True),
    ("https://[2001:db8::1]:8443", True),
    ("http://127.0.0.1:1455", True),
    ("http://localhost:8080/backend-api", True),
    ("http://[::1]:8080", True),
    ("http://auth.openai.com", False),
    ("http://192.168.0.4", False),
    ("http://127.0.0.1.evil.example", False),
    ("http://localhost.evil.example", False),
    ("http://127.0.0.1@evil.example", False),
    ("https://user:word@host.example", False),
    ("https://user@host.example", False),
    ("https://:word@host.example", False),
    ("https://@host.example", False),
    ("https://host.example\\@evil.example", False),
    ("https://host.example?x=1", False),
    ("https://host.example?", False),
    ("https://host.example/#top", False),
    ("https://host.example:0", False),
    ("https://host.example:", False),
    ("https://host.example:65536", False),
    ("https://host.example:-1", False),
    ("https://host.example:port", False),
    ("https://host .example", False),
    (" https://host.example", False),
    ("https://host.example\n", False),
    ("https://[::1", False),
    ("https://", False),
    ("host.example", False),
    ("//host.example", False),
    ("ftp://host.example", False),
    ("file:///etc/passwd", False),
    ("", False),
    (None, False),
    (443, False),
]


@pytest.mark.parametrize(("value", "allowed"), ENDPOINTS)
def test_an_endpoint_is_https_or_this_machine(value: object, allowed: bool) -> None:
    """A token never goes out in clear text, and an address never carries user-info, a query or a fragment."""
    kind = kinds.Endpoint()
    if allowed:
        assert isinstance(value, str)
        assert kind.parse(value) == value.rstrip("/")
    else:
        with pytest.raises(ValueError):
            kind.parse(value)


def test_a_password_in_an_address_is_not_repeated() -> None:
    """The message about a refused address leaves its user-info out, and shortens what is endless."""
    _, (problem,) = parse([{"auth": {"issuer": "https://me:hunter2@host.example"}}], {})
    assert "hunter2" not in problem.for_person()
    assert "host.example" in problem.for_person()
    assert len(Problem("model", "x" * 5_000, "a string").for_person()) < 250


@pytest.mark.parametrize("form", ["setting", "variable"])
@pytest.mark.parametrize(("key", "value"), PLACES)
def test_a_place_that_is_refused_is_not_the_usual_one(key: str, value: object, form: str) -> None:
    """At the start there is no old value, and the default is not what was meant: nobody signs in, and why is said."""
    variable = next(row.env for row in config.table() if row.key == key)
    assert variable is not None
    if form == "variable" and not (isinstance(value, str) and value.strip()):
        return
    layers, environ = ([nested(key, value)], {}) if form == "setting" else ([], {variable: str(value)})
    taken, (problem,) = parse(layers, environ)
    why = wrong_place(taken)
    assert why is not None
    assert f"codex.{key}" in why
    assert variable in why
    assert (key if form == "setting" else variable) in problem.for_person()
    assert "Nobody can sign in" in problem.for_person()
    assert wrong_place(parse([nested(key, None)], {})[0]) is None


@pytest.mark.parametrize(("key", "value"), PLACES)
def test_a_place_that_is_refused_later_leaves_the_old_one(key: str, value: object) -> None:
    """A change in a running session: what was in force stays in force."""
    good = "/srv" if key == "auth.home" else "https://mine.example"
    before, _ = parse([nested(key, good)], {})
    taken, (problem,) = parse([nested(key, value)], {}, before)
    assert taken == before
    assert "The old value stays" in problem.for_person()


def test_later_layers_win_over_earlier_ones_and_over_the_environment() -> None:
    """Defaults, environment, initializationOptions, didChangeConfiguration: key by key."""
    environ = {HOME: "/env", "LSP_CODEX_ISSUER": "https://env.example"}
    first = {"auth": {"home": "/first"}, "completion": {"model": "one", "trigger": "off"}}
    second = {"codex": {"completion": {"trigger": "manual"}}}
    taken, problems = parse([first, second], environ)
    assert problems == ()
    assert taken.auth.home == Path("/first")
    assert taken.auth.issuer == "https://env.example"
    assert (taken.completion.model, taken.completion.trigger) == ("one", "manual")


def test_null_means_not_set() -> None:
    """A null gives way to the layer below, down to the default, even if another value was in force."""
    before, _ = parse([{"completion": {"model": "one"}, "auth": {"home": "/a"}}], {})
    taken, problems = parse([{"completion": {"model": None}, "auth": None}], {HOME: "/env"}, before)
    assert problems == ()
    assert taken.completion.model is None
    assert taken.auth.home == Path("/env")


def test_a_removed_setting_returns_to_its_default() -> None:
    """What the new layers do not name is not inherited from the previous settings."""
    before, _ = parse([{"completion": {"trigger": "off"}, "sandbox": True}], {})
    assert parse([{}], {}, before) == (Config(), ())


def test_a_wrong_value_keeps_the_old_one_and_the_rest_applies() -> None:
    """One bad key never costs another one."""
    before, _ = parse([{"completion": {"trigger": "manual", "model": "one"}}], {})
    wrong = {"completion": {"trigger": "sometimes", "model": "two", "debounceMs": "soon"}}
    taken, problems = parse([wrong], {}, before)
    assert taken.completion.trigger == "manual"
    assert taken.completion.model == "two"
    assert [(p.key, p.value) for p in problems] == [
        ("completion.trigger", "sometimes"),
        ("completion.debounceMs", "soon"),
    ]


def test_at_the_start_a_wrong_value_gives_way_to_the_layer_below() -> None:
    """There is no old value yet: a home the user chose in the environment is not swapped for the default."""
    taken, problems = parse([{"auth": {"home": "relative"}}], {HOME: "/env"})
    assert taken.auth.home == Path("/env")
    assert [problem.key for problem in problems] == ["auth.home"]


@pytest.mark.parametrize("value", ["off", 5, [], True])
def test_a_group_that_is_no_object_is_a_problem(value: object) -> None:
    """``"completion": "off"`` is a mistake that a person wants to hear about."""
    taken, problems = parse([{"completion": value, "sandbox": True}], {})
    assert taken == parse([{"sandbox": True}], {})[0]
    assert [(problem.key, problem.allowed) for problem in problems] == [("completion", "an object")]


CLOSED = (NOBODY, NO_METHOD)


def forced(taken: Config) -> tuple[object, object]:
    """What is forced: workspaces and method."""
    return taken.auth.forced_workspace_id, taken.auth.forced_login_method


@pytest.mark.parametrize("value", ["chatgpt", 5, [], ["forcedLoginMethod"], True])
@pytest.mark.parametrize("whole", [False, True], ids=["auth", "codex"])
@pytest.mark.parametrize("before", [None, Config()], ids=["at the start", "later"])
def test_restrictions_that_cannot_be_read_hold(value: object, *, whole: bool, before: Config | None) -> None:
    """Where the group, or all of it, is no object, nobody knows what it forbids: one problem, and nobody signs in."""
    layer = {"codex": value} if whole else {"auth": value}
    taken, (problem,) = parse([layer], {}, before)
    assert forced(taken) == CLOSED
    assert problem.for_person().startswith(f"Setting codex{'' if whole else '.auth'}: ")
    assert "Every sign-in is refused" in problem.for_person()


def test_a_restriction_above_an_unreadable_one_counts() -> None:
    """Key by key, as everywhere: what the upper layer does not say is still not known."""
    upper = {"auth": {"forcedLoginMethod": "chatgpt"}}
    assert forced(parse([{"auth": 5}, upper], {})[0]) == (NOBODY, "chatgpt")
    assert forced(parse([upper, {"auth": 5}], {})[0]) == CLOSED


def test_other_keys_of_an_unreadable_group_keep_their_old_value() -> None:
    """A group that breaks in a running session moves no login to another place."""
    before, _ = parse([{"auth": {"home": "/mine", "profile": "work"}}], {})
    taken, _ = parse([{"auth": "x"}], {}, before)
    assert (taken.auth.home, taken.auth.profile) == (Path("/mine"), "work")


ENVIRONMENT = [
    (HOME, "/env/home", "auth.home", Path("/env/home")),
    ("LSP_CODEX_ISSUER", "http://127.0.0.1:8080", "auth.issuer", "http://127.0.0.1:8080"),
    ("LSP_CODEX_CHATGPT_BASE_URL", "https://b.example/", "backend.chatgpt_base_url", "https://b.example"),
]


@pytest.mark.parametrize(("name", "value", "field", "expected"), ENVIRONMENT)
def test_the_environment_is_read(name: str, value: str, field: str, expected: object) -> None:
    """Each documented variable sets its setting; an empty one counts as absent."""
    assert read(parse([], {name: value})[0], field) == expected
    assert parse([], {name: "  "}) == (Config(), ())


def test_a_wrong_variable_is_named_as_variable() -> None:
    """The message says LSP_CODEX_HOME, not codex.auth.home, since that is what the person wrote."""
    taken, (problem,) = parse([], {HOME: "relative"})
    assert wrong_place(taken) is not None
    assert problem.for_person().startswith("Setting LSP_CODEX_HOME: 'relative' is not allowed")


def test_the_table_documents_every_setting() -> None:
    """Every row has a sentence, a schema and a key that parses back to its own default."""
    rows = list(config.table())
    assert len({row.key for row in rows}) == len(rows)
    for row in rows:
        assert row.doc.endswith(".")
        assert row.shown
        assert row.kind.allowed
        assert row.kind.schema()
        if row.default is not None:
            assert row.kind.parse(row.default) == row.default


KEYS = ("codex", "auth", "home", "store", "issuer", "completion", "trigger", "debounceMs", "sandbox", "auth.home")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=10,
)


@given(st.lists(JSON, max_size=3), st.dictionaries(st.sampled_from([HOME, "LSP_CODEX_ISSUER"]), st.text()))
def test_no_json_makes_parse_raise(layers: list[object], environ: dict[str, str]) -> None:
    """Whatever an editor sends: settings come out, and each problem can be told to a person."""
    taken, problems = parse(layers, environ)
    assert isinstance(taken, Config)
    assert all(problem.for_person() for problem in problems)


@pytest.mark.parametrize("value", ["u:hunter2@p:no", "ftp://u:hunter2@p", ["hunter2"], "http://u:hun ter2@p"])
def test_a_proxy_that_is_refused_is_not_repeated(value: object) -> None:
    """A password may stand in it, wherever."""
    _, (problem,) = parse([{"network": {"proxy": value}}], {})
    assert "ter2" not in problem.for_person() + repr(problem)
    assert "network.proxy" in problem.for_person()
