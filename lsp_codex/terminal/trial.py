"""``lsp-codex try``: the main job seen from a terminal, through the real server process over LSP."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lsp_codex.errors import LspCodexError, SignInRequired
from lsp_codex.terminal import consent
from lsp_codex.terminal.account import settings_of
from lsp_codex.terminal.languages import language_of
from lsp_codex.terminal.lsp_client import LspClient
from lsp_codex.terminal.paint import Paint, can_write, visible
from lsp_codex.terminal.rpc import RequestError, ServerEnded
from lsp_codex.terminal.site import open_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lsp_codex import config as settings

EXAMPLE = Path(__file__).with_name("example.py.txt")
LIMIT = 60.0
CONTEXT_LINES = 14
LONGEST_NUMBER = 9
# Our own signs, and what stands for them where the terminal cannot write them.
PLAINER = MappingProxyType({"✓": "ok", "├": "|>", "┤": "<|", "·": "-"})
NAME_ONE = "Name a text file, as FILE, FILE:LINE or FILE:LINE:COLUMN"


class TrialFailed(LspCodexError):
    """A step of the trial went wrong; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """A text and where in it ghost text is wanted (zero-based line, character in code points)."""

    name: str
    language: str
    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the trial and how long it took."""

    name: str
    milliseconds: float
    remark: str


@dataclass(slots=True)
class Report:
    """What happened, for the picture and for ``--json``; ``on_step`` sees each step as it ends."""

    sandbox: bool
    place: Place
    steps: list[Step] = field(default_factory=list)
    account: str = ""
    suggestion: str = ""
    trouble: str = ""
    on_step: Callable[[Step], None] = lambda _step: None

    @contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """Measure one step; what is appended to the yielded list is its remark."""
        start, remark = time.perf_counter(), list[str]()
        yield remark
        step = Step(name, (time.perf_counter() - start) * 1000, " ".join(remark))
        self.steps.append(step)
        self.on_step(step)


def run(place: str | None, *, sandbox: bool, as_json: bool) -> int:
    """Do it, print it; 0 if a suggestion came. Raises ``LspCodexError`` with what to do."""
    report = Report(sandbox or not asyncio.run(_signed_in(settings_of(os.environ))), parse_place(place))
    paint = Paint.of(sys.stdout)
    if not as_json:
        print(heading(report, paint), flush=True)
        report.on_step = lambda step: print(_writable(step_line(step, paint)), flush=True)
    asyncio.run(_run(report))
    if as_json:
        print(json.dumps(_as_json(report), indent=2, ensure_ascii=False))
    else:
        print(_writable(picture(report, paint)))
    if not report.suggestion:
        if report.trouble:
            raise TrialFailed(report.trouble)
        print("lsp-codex: the model had nothing to suggest there; try another place (FILE:LINE)", file=sys.stderr)
        return 1
    return 0


def _writable(text: str) -> str:
    if can_write("".join(PLAINER), sys.stdout):
        return text
    for sign, words in PLAINER.items():
        text = text.replace(sign, words)
    return text


async def _run(report: Report) -> None:
    try:
        async with asyncio.timeout(LIMIT), AsyncExitStack() as stack:
            environ = dict(os.environ)
            if report.sandbox:
                site = await stack.enter_async_context(open_site())
                environ |= {
                    "LSP_CODEX_HOME": stack.enter_context(tempfile.TemporaryDirectory(prefix="lsp-codex-try-")),
                    "LSP_CODEX_ISSUER": site.address,
                    "LSP_CODEX_CHATGPT_BASE_URL": site.address + "/backend-api",
                }
            await _converse(report, environ)
    except TimeoutError:
        raise TrialFailed(f"no suggestion within {LIMIT:.0f} s; lsp-codex --log-level debug says more") from None
    except (RequestError, ServerEnded, consent.ConsentFailed) as error:
        raise TrialFailed(str(error)) from error


async def _converse(report: Report, environ: dict[str, str]) -> None:
    command = (sys.executable, "-P", "-m", "lsp_codex", "serve")  # -P: nothing of the current folder is imported
    async with AsyncExitStack() as stack:
        with report.step("server started") as remark:
            client = await stack.enter_async_context(LspClient.start(command, environ))
            await _initialize(client)
            remark.append("the real process, over standard input and output")
        if report.sandbox:
            with report.step("signed in") as remark:
                await _sign_in(client)
                remark.append("PKCE, loopback callback, tokens saved")
        status = await client.command("codex.status")
        if status["state"] == "signedOut":  # what lies in the home belongs to another sign-in service
            raise SignInRequired
        report.account = _describe(status)
        with report.step("document opened") as remark:
            uri = _open(client, report.place)
            remark.append(report.place.name)
        with report.step("ghost text") as remark:
            report.suggestion = await _ghost_text(client, uri, report.place)
            status = await client.command("codex.status")
            report.trouble = status["completion"]["reason"] or ""
            if (first := status["latency"]["firstTokenMs"]) is not None:
                remark.append(f"first token {first:.0f} ms after the request, model {status['model']}")
        if report.sandbox:
            with report.step("signed out"):
                await client.command("codex.signOut")


async def _initialize(client: LspClient) -> None:
    await client.request(
        "initialize",
        {
            "processId": os.getpid(),
            "rootUri": None,
            # It plays the browser itself: without this the server would open one.
            "capabilities": {
                "general": {"positionEncodings": ["utf-32"]},
                "window": {"showDocument": {"support": True}},
            },
            "clientInfo": {"name": "lsp-codex try"},
            "initializationOptions": {"codex": {"notifications": True}},
        },
    )
    client.notify("initialized", {})


async def _sign_in(client: LspClient) -> None:
    client.answers["window/showDocument"] = lambda _params: {"success": True}
    started = await client.command("codex.signIn")
    await consent.agree(started["authUrl"])
    ended = await client.next("account/login/completed")
    if not ended["success"]:
        raise TrialFailed(str(ended["error"]))


def _open(client: LspClient, place: Place) -> str:
    uri = f"file:///try/{place.name}"
    document = {"uri": uri, "languageId": place.language, "version": 1, "text": place.text}
    client.notify("textDocument/didOpen", {"textDocument": document})
    return uri


async def _ghost_text(client: LspClient, uri: str, place: Place) -> str:
    answer = await client.request(
        "textDocument/inlineCompletion",
        {
            "textDocument": {"uri": uri},
            "position": {"line": place.line, "character": place.column},
            "context": {"triggerKind": 1},
        },
    )
    return str(answer["items"][0]["insertText"]) if answer["items"] else ""


def heading(report: Report, paint: Paint) -> str:
    """What is tried, and on what."""
    sandbox = "on the sandbox of this machine: nobody is signed in, nothing leaves it"
    return (
        paint.bold("lsp-codex try") + paint.dim(f"  {sandbox if report.sandbox else 'on your ChatGPT plan'}") + "\n"
    )


def step_line(step: Step, paint: Paint) -> str:
    """One step as a line: name, time, remark."""
    return f"  {paint.good('✓')} {step.name:<16} {step.milliseconds:7.1f} ms  {paint.dim(step.remark)}".rstrip()


def picture(report: Report, paint: Paint) -> str:
    """The code with the ghost text dimmed."""
    lines = ["", f"  {paint.bold(report.place.name)}  {paint.dim(report.account)}", "", *_code(report, paint)]
    closing = "The dimmed part is what your editor would show as ghost text."
    if not paint.coloured:
        closing = "The part between ├ and ┤ is what your editor would show as ghost text."
    lines += ["", f"  {closing}", "  Next: your editor, in two minutes: editors/README.md"]
    return "\n".join(lines)


def _code(report: Report, paint: Paint) -> list[str]:
    place = report.place
    rows = place.text.split("\n")
    first = max(0, place.line - CONTEXT_LINES)
    before = visible("\n".join([*rows[first : place.line], rows[place.line][: place.column]]))
    after = visible("\n".join([rows[place.line][place.column :], *rows[place.line + 1 : place.line + 4]]))
    suggestion = visible(report.suggestion)
    ghost = paint.ghost(suggestion) if paint.coloured else f"├{suggestion}┤"
    shown = (before + ghost + after).rstrip("\n").split("\n")
    return [f"  {paint.dim(f'{first + n:>4}')}  {row}" for n, row in enumerate(shown, start=1)]


def _as_json(report: Report) -> dict[str, Any]:
    place = report.place
    return {
        "sandbox": report.sandbox,
        "account": report.account,
        "file": place.name,
        "line": place.line + 1,
        "column": place.column + 1,
        "suggestion": report.suggestion,
        "steps": [
            {"name": step.name, "milliseconds": round(step.milliseconds, 1), "remark": step.remark}
            for step in report.steps
        ],
    }


def _describe(status: dict[str, Any]) -> str:
    account = status["account"] or {}
    return " · ".join(str(part) for part in (account.get("email"), account.get("planType")) if part)


async def _signed_in(config: settings.Config) -> bool:
    from lsp_codex.auth.store import open_store
    from lsp_codex.auth.tokens import Tokens

    # With an API key there is no ghost text yet.
    return isinstance(await open_store(config.auth).load(), Tokens)


def parse_place(given: str | None) -> Place:
    """The text and position that ``FILE[:LINE[:COLUMN]]`` names, or the bundled example. Raises ``TrialFailed``."""
    if given is None:
        text = EXAMPLE.read_text(encoding="utf-8").rstrip("\n")
        return Place("example.py", "python", text + "\n", text.count("\n"), len(text) - text.rfind("\n") - 1)
    name, line, column = _split(given)
    try:
        text = Path(name).read_bytes().decode("utf-8")
    except OSError as error:
        raise TrialFailed(f"{name} cannot be read: {error.strerror}. {NAME_ONE}") from None
    except UnicodeDecodeError:
        raise TrialFailed(f"{name} cannot be read: it is no text in UTF-8. {NAME_ONE}") from None
    rows = text.split("\n")
    if line is None:
        line = len(text.rstrip().split("\n"))
    if not 1 <= line <= len(rows):
        raise TrialFailed(f"{name} has {len(rows)} lines, not {line}. {NAME_ONE}")
    end = len(rows[line - 1].rstrip("\r"))
    column = end + 1 if column is None else min(column, end + 1)
    return Place(Path(name).name, language_of(name), text, line - 1, max(column, 1) - 1)


def _split(given: str) -> tuple[str, int | None, int | None]:
    """``FILE[:LINE[:COLUMN]]``; a file whose own name ends in digits after a colon wins."""
    numbers: list[int] = []
    name = given
    while len(numbers) < 2 and not os.path.exists(name):  # noqa: PTH110 — Path's raises for a name that is too long
        head, colon, tail = name.rpartition(":")
        if not colon or not (tail.isascii() and tail.isdecimal() and len(tail) <= LONGEST_NUMBER):
            break
        name, numbers = head, [int(tail), *numbers]
    return name, *[*numbers, None, None][:2]  # type: ignore[return-value]
