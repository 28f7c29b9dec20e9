"""What the sandbox's model answers to a question: sensible Markdown about the code that comes with it.

Code stands in the user's text as ``<document path="a.py" language="python" lines="1-9">``, its lines,
``</document>``, and what was selected of it as ``<selection …>`` in the same way; either tag may end in a number. The
question follows.
"""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsp_codex.sandbox.recipes import DIALECTS

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_CODE = """\
I am the sandbox on this machine, not a model: I read the syntax of code, and there is none beside your question.

Select some lines, or name a file, and ask again."""

ENDING = "*This is the sandbox, which reads syntax; a model would say more.*"

_BLOCK = re.compile(
    r"<(?P<tag>document|selection)(?P<number>-\d+)? (?P<facts>[^\n>]*)>\n"
    r"(?P<code>.*?)</(?P=tag)(?(number)(?P=number))>",
    re.DOTALL,
)
_QUOTED = re.compile(r"[\"'`‘“]([A-Za-z_][\w.]*)[\"'`’”]")
MOST = 12
"""Definitions that are spoken of; nobody reads more."""


@dataclass(frozen=True, slots=True)
class _Code:
    path: str
    language: str
    first: int
    text: str


def answer(user_text: str) -> str:
    """The answer, in Markdown; the same each time."""
    blocks = list(_BLOCK.finditer(user_text))
    question = user_text[blocks[-1].end() :] if blocks else user_text
    chosen = next(
        (block for block in reversed(blocks) if block["tag"] == "selection"), blocks[-1] if blocks else None
    )
    if chosen is None:
        return NO_CODE
    code = _Code(
        _fact(chosen["facts"], "path") or "the document",
        _fact(chosen["facts"], "language"),
        int((_fact(chosen["facts"], "lines") or "1").partition("-")[0]),
        chosen["code"].rstrip("\n"),
    )
    lines = code.text.count("\n") + 1
    opening = f"`{code.path}:{code.first}` holds {lines} line{'s' * (lines > 1)}"
    opening += f" of {code.language.title()}." if code.language else "."
    parts = [opening, *_told(code, question), *_definitions(code), ENDING]
    return "\n\n".join(parts)


def _fact(facts: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', facts)
    return found[1] if found else ""


def _told(code: _Code, question: str) -> Iterator[str]:
    """About each diagnostic in the question: where the names that it quotes are used."""
    for message in re.findall(r"^- (.+)$", question, re.MULTILINE):
        names = _QUOTED.findall(message)
        places = [
            f"`{code.path}:{code.first + at}`"
            for at, line in enumerate(code.text.split("\n"))
            if any(re.search(rf"\b{re.escape(name)}\b", line) for name in names)
        ]
        where = f": look at {', '.join(places[:MOST])}" if places else " is about these lines"
        yield f"**{message.strip()}**{where}."


def _definitions(code: _Code) -> Iterator[str]:
    rows = list(_python(code)) if code.language == "python" else []
    rows = rows or list(_others(code))
    if rows:
        yield "\n".join(rows[:MOST])
    if example := _example(code):
        yield f"It is called like this:\n\n{example}"


def _python(code: _Code) -> Iterator[str]:
    tree = _parsed(code)
    for node in tree.body if tree else ():
        at = f"`{code.path}:{code.first + node.lineno - 1}`"
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield f"- `{node.name}({', '.join(_parameters(node))})` at {at} {_function(node)}."
            case ast.ClassDef():
                methods = [f"`{each.name}`" for each in node.body if isinstance(each, ast.FunctionDef)]
                holds = f"has {', '.join(methods)}" if methods else "holds values"
                yield f"- the class `{node.name}` at {at} {_sentence(node) or holds}."
            case ast.Import() | ast.ImportFrom():
                yield f"- {at} imports {', '.join(f'`{each.asname or each.name}`' for each in node.names)}."
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield f"- {at} sets `{name}`."
            case ast.Return(value=value) if value is not None:
                yield f"- {at} gives back `{ast.unparse(value)}`."
            case _:
                pass


def _parsed(code: _Code) -> ast.Module | None:
    """A selection may begin anywhere, and a ``return`` stand by itself."""
    try:
        return ast.parse(textwrap.dedent(code.text))
    except (SyntaxError, ValueError, RecursionError):
        return None


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    given = node.args
    return [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    inner = list(ast.walk(node))
    given = next((each.value for each in inner if isinstance(each, ast.Return) and each.value is not None), None)
    raised = {
        each.exc.func.id
        for each in inner
        if isinstance(each, ast.Raise) and isinstance(each.exc, ast.Call) and isinstance(each.exc.func, ast.Name)
    }
    calls = {each.func.id for each in inner if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)}
    facts = [
        _sentence(node) or f"is to {node.name.strip('_').replace('_', ' ')}",
        f"gives back `{ast.unparse(given)}`" if given is not None else "gives nothing back",
        f"raises {', '.join(f'`{name}`' for name in sorted(raised))}" if raised else "",
        "goes through a loop" if any(isinstance(each, ast.For | ast.While) for each in inner) else "",
        "calls itself, so it needs an end" if node.name in calls else "",
    ]
    if any(isinstance(each, ast.List | ast.Dict | ast.Set) for each in node.args.defaults):
        facts.append("**shares its default value between calls**")
    return "; ".join(fact for fact in facts if fact)


def _sentence(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> str:
    doc = (ast.get_docstring(node) or "").strip().partition("\n")[0].rstrip(".")
    return f"says of itself “{doc}”" if doc else ""


def _others(code: _Code) -> Iterator[str]:
    dialect = DIALECTS.get(code.language)
    for found in re.finditer(dialect.header, code.text, re.MULTILINE) if dialect else ():
        line = code.first + code.text.count("\n", 0, found.start("name"))
        args = " ".join(found["args"].split())
        yield f"- `{found['name']}({args})` at `{code.path}:{line}`."


def _example(code: _Code) -> str:
    tree = _parsed(code) if code.language == "python" else None
    for node in tree.body if tree else ():
        if isinstance(node, ast.FunctionDef):
            return f"```python\n{node.name}({', '.join(_parameters(node))})\n```"
    return ""
