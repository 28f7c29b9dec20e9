"""argv to a subcommand and an exit code; no logic of its own.

Exit codes: 0 done, 1 failed (one line on stderr says what and what to do), 2 wrong usage, 3 not signed in.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

from lsp_codex import __version__
from lsp_codex.errors import LspCodexError, SignInRequired

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager

    from lsp_codex.server.world import SandboxSite, World

# ``serve`` without options.
PLAIN = MappingProxyType({"tcp": None, "expose": False, "sandbox": False, "log_level": None, "log_file": None})
LEVELS = ("debug", "info", "warning", "error")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code; ``lsp-codex`` alone is the language server on stdio."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in {"-h", "--help", "--version"}):
        arguments.insert(0, "serve")
    # Editors start the server so; argparse and a parser that is not needed would take 10 ms of the start.
    plain = arguments in (["serve"], ["serve", "--stdio"])
    options: Any = SimpleNamespace(**PLAIN) if plain else _parser().parse_args(arguments)
    run: Callable[[Any], int] = _serve if plain else options.run
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a tick that Latin-1 cannot write is no reason to fail
            stream.reconfigure(errors="replace")
    try:
        done = run(options)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has enough, such as `head`.
        _say_no_more()
        return 1
    except OSError as error:
        print(f"lsp-codex: {error.strerror or error}", file=sys.stderr)
        _say_no_more()
        return 1
    except SignInRequired as error:
        _complain(error)
        return 3
    except LspCodexError as error:
        _complain(error)
        return 2 if _is_wrong_usage(error) else 1
    except KeyboardInterrupt:
        return 130
    return done


def _say_no_more() -> None:
    """What is left in the output must not be flushed at the exit either."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(error: LspCodexError) -> None:
    from lsp_codex.terminal.account import in_terminal
    from lsp_codex.terminal.paint import columns, wrapped

    print(wrapped(f"lsp-codex: {in_terminal(error.for_person())}", columns(sys.stderr)), file=sys.stderr)


def _is_wrong_usage(error: LspCodexError) -> bool:
    from lsp_codex.terminal.account import WrongPlace

    return isinstance(error, WrongPlace)


def _parser() -> argparse.ArgumentParser:
    import argparse

    parser = argparse.ArgumentParser(
        prog="lsp-codex",
        description="The Codex language server: ghost text from your ChatGPT plan in every editor that speaks LSP.",
        epilog="Without a subcommand it is the language server on standard input and output.",
    )
    parser.error = partial(_wrong_usage, parser.error)  # type: ignore[method-assign]  # a subclass is not lazy
    parser.add_argument("--version", action="version", version=f"lsp-codex {__version__}")
    commands = parser.add_subparsers(title="subcommands", metavar="SUBCOMMAND")
    _add_serve(_subcommand(commands, "serve", "the language server", "lsp-codex serve --log-level info", _serve))
    _add_try(
        _subcommand(
            commands,
            "try",
            "see it work in this terminal: sign in, ask for ghost text, sign out",
            "lsp-codex try src/app.py:12",
            _try,
        )
    )
    _add_ask(
        _subcommand(commands, "ask", "a question about code", 'lsp-codex ask "What is this for?" a.py:3-9', _ask)
    )
    _add_login(_subcommand(commands, "login", "sign in", "lsp-codex login --device-code", _login))
    _subcommand(commands, "logout", "sign out, here and at the sign-in service", "lsp-codex logout", _logout)
    status = _subcommand(commands, "status", "who is signed in (exit code 3: nobody)", "lsp-codex status", _status)
    status.add_argument("--json", action="store_true", help="one JSON document, as the command codex.status")
    sandbox = _subcommand(
        commands, "sandbox", "a Codex on this machine to try things with", "lsp-codex sandbox --port 8765", _sandbox
    )
    sandbox.add_argument("--port", type=_port, default=0, help="the port on 127.0.0.1 (default: a free one)")
    _add_questions(commands)
    config = _subcommand(commands, "config", "the settings", "lsp-codex config --markdown", _config)
    form = config.add_mutually_exclusive_group(required=True)
    form.add_argument("--markdown", action="store_true", help="the settings table of the README")
    form.add_argument("--vscode", action="store_true", help="commands and settings as VS Code's manifest has them")
    form.add_argument("--check", metavar="FILE", type=Path, help="whether this README or manifest is up to date")
    return parser


def _wrong_usage(say: Callable[[str], NoReturn], message: str) -> NoReturn:
    """argparse quotes what it does not know, which may be a key that was to be read from standard input."""
    from lsp_codex import logs

    say(logs.redacted(message))


def _subcommand(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    does: str,
    example: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=does, description=does, epilog=f"example: {example}")
    parser.set_defaults(run=run)
    return parser


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stdio", action="store_true", help="serve on standard input and output (the default)")
    parser.add_argument(
        "--tcp", type=_address, metavar="HOST:PORT", help="serve one client on a loopback address instead"
    )
    parser.add_argument(
        "--expose",
        action="store_true",
        help="with --tcp: allow an address that other machines reach; whoever connects uses your account",
    )
    parser.add_argument("--sandbox", action="store_true", help="answer from the built-in sandbox; no account needed")
    parser.add_argument("--log-level", choices=LEVELS, default=None, help="default: LSP_CODEX_LOG, else warning")
    parser.add_argument("--log-file", type=Path, help="log to this file too (rotated at 1 MB)")


def _add_try(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", nargs="?", metavar="FILE[:LINE[:COLUMN]]", help="default: a bundled example")
    parser.add_argument("--sandbox", action="store_true", help="use the sandbox even if you are signed in")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of the picture")


def _add_ask(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prompt", metavar="QUESTION", help='"" with a file: explain it')
    parser.add_argument(
        "place", nargs="?", metavar="FILE[:LINES]", help="what it is about: a.py, a.py:3, a.py:3-9, -"
    )
    parser.add_argument("--sandbox", action="store_true", help="ask the built-in sandbox; no account needed")
    parser.add_argument("--json", action="store_true", help="one JSON document, when the answer is whole")


def _add_login(parser: argparse.ArgumentParser) -> None:
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--device-code", action="store_true", help="with a code that you enter in any browser")
    way.add_argument("--with-api-key", action="store_true", help="with an API key, read from standard input")
    parser.add_argument("--no-browser", action="store_true", help="print the address only")


def _serve(options: argparse.Namespace) -> int:
    with _ends_on_signals():
        return _serve_until_the_end(options)


@contextmanager
def _ends_on_signals() -> Iterator[None]:
    """Before a session has begun a signal is an end as in one: with 1, and what was opened is closed."""
    import signal

    before = {number: signal.signal(number, _end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(*_: object) -> NoReturn:
    sys.exit(1)


def _serve_until_the_end(options: argparse.Namespace) -> int:
    from lsp_codex import logs

    logs.start(options.log_level or _level_from_environment(), options.log_file)
    from lsp_codex.server.warm_start import warm_start

    with warm_start():
        from lsp_codex.server import app, serve

    build = partial(app.build, _world(sandbox=options.sandbox))
    if options.tcp is None:
        return _served(lambda: serve.run_stdio(build))
    host, port = options.tcp
    return _served(lambda: serve.run_tcp(build, host, port, exposed=options.expose, ready=_listening))


def _listening(host: str, port: int) -> None:
    # With port 0 nobody else knows it; standard error, because standard output is the protocol's.
    print(f"lsp-codex: listening on {f'[{host}]' if ':' in host else host}:{port}", file=sys.stderr, flush=True)


def _port(text: str) -> int:
    import argparse

    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def _address(text: str) -> tuple[str, int]:
    import argparse

    host, _, port = text.rpartition(":")
    if not host:
        raise argparse.ArgumentTypeError(f"it takes HOST:PORT, not {text!r}")
    return host.strip("[]"), _port(port)


def _served(run: Callable[[], int]) -> int:
    """What cannot even begin is one line for a person."""
    try:
        return run()
    except (OSError, ValueError) as error:
        print(f"lsp-codex: {error}", file=sys.stderr)
        return 1


def _level_from_environment(default: str = "warning") -> str:
    level = os.environ.get("LSP_CODEX_LOG", "").lower()
    return level if level in LEVELS else default


def _world(*, sandbox: bool) -> World:
    from lsp_codex.server.world import World

    return World(environ=os.environ, sandbox=sandbox, open_sandbox=_open_site)


def _open_site() -> AbstractAsyncContextManager[SandboxSite]:
    from lsp_codex.terminal.site import open_site  # 15 ms that only a sandbox needs

    return open_site()


def _try(options: argparse.Namespace) -> int:
    from lsp_codex.terminal import trial

    return trial.run(options.place, sandbox=options.sandbox, as_json=options.json)


def _ask(options: argparse.Namespace) -> int:
    _quiet_logs()
    from lsp_codex.terminal import asking

    return asking.run(options.prompt, options.place, sandbox=options.sandbox, as_json=options.json)


def _login(options: argparse.Namespace) -> int:
    _quiet_logs()
    from lsp_codex.terminal import login

    if options.with_api_key:
        return login.run_with_api_key()
    return login.run(device_code=options.device_code, browser=not options.no_browser)


def _logout(_options: argparse.Namespace) -> int:
    _quiet_logs()
    from lsp_codex.terminal import account

    return account.run_logout()


def _status(options: argparse.Namespace) -> int:
    _quiet_logs()
    from lsp_codex.terminal import account

    return account.run_status(as_json=options.json)


def _quiet_logs() -> None:
    """A person at a terminal is told once, by the command itself; the log only on request."""
    from lsp_codex import logs

    logs.start(_level_from_environment("error"))


def _sandbox(options: argparse.Namespace) -> int:
    from lsp_codex.terminal import site

    return site.run(options.port)


def _add_questions(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for name, does, run in (
        ("usage", "how much of your plan is used, and when it starts anew", _usage),
        ("models", "the models of your account", _models),
        ("doctor", "what goes wrong in practice, and what to do about it", _doctor),
    ):
        parser = _subcommand(commands, name, does, f"lsp-codex {name} --json", run)
        parser.add_argument("--json", action="store_true", help="one JSON document instead of the picture")


def _usage(options: argparse.Namespace) -> int:
    _quiet_logs()
    from lsp_codex.terminal import usage

    return usage.run(as_json=options.json)


def _models(options: argparse.Namespace) -> int:
    _quiet_logs()
    from lsp_codex.terminal import models

    return models.run(as_json=options.json)


def _doctor(options: argparse.Namespace) -> int:
    _quiet_logs()
    from lsp_codex.terminal import doctor

    return doctor.run(as_json=options.json)


def _config(options: argparse.Namespace) -> int:
    from lsp_codex import docs

    if options.markdown:
        print(docs.markdown())
        return 0
    if options.vscode:
        print(docs.vscode())
        return 0
    try:
        found = options.check.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        print(f"lsp-codex: {options.check} cannot be read: {error}", file=sys.stderr)
        return 1
    if docs.is_fresh(found):
        return 0
    print(f"lsp-codex: {options.check} is stale; see lsp-codex config --markdown and --vscode", file=sys.stderr)
    return 1
