"""Two hundred functions of the standard library: right answers, badly wrapped, become the edit they should."""

from __future__ import annotations

import ast
import functools
import re
import sysconfig
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lsp_codex.actions import keeping, python_code
from lsp_codex.actions.action import Task
from lsp_codex.actions.outcome import Change, Nothing
from lsp_codex.actions.place import Place
from lsp_codex.actions.rewriting import applied
from lsp_codex.text import Snapshot, Span
from tests.actions.scripted import action

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MODULES = (
    "bisect", "calendar", "cmd", "contextlib", "copy", "fnmatch", "fractions", "getopt", "glob", "heapq", "linecache",
    "mimetypes", "netrc", "numbers", "pprint", "queue", "sched", "shlex", "socketserver", "string", "textwrap",
    "timeit", "tokenize", "uuid", "warnings", "weakref",
)  # fmt: skip
COUNT = 200
DOC = "Say what it is.\n\nMore of it, in Größe and 😀.\n"


@dataclass(frozen=True)
class Sample:
    """One function in its module's text: ``source`` is its whole lines."""

    module: str
    text: str
    span: Span
    name: str

    @property
    def source(self) -> str:
        """The function as it stands there."""
        return self.text[self.span.start : self.span.end]


@functools.cache
def samples() -> tuple[Sample, ...]:
    """The same two hundred each time, from all of the modules, methods and nested functions among them."""
    ordered = [sample for module in MODULES for sample in sorted(functions(module), key=lambda each: each.span)]
    assert len(ordered) > COUNT
    return tuple(ordered[:: len(ordered) // COUNT][:COUNT])


def functions(module: str) -> Iterator[Sample]:
    """Every function of a module."""
    path = Path(sysconfig.get_path("stdlib")) / f"{module}.py"
    if not path.exists():
        path = path.with_suffix("") / "__init__.py"
    text = path.read_text("utf-8")
    rows = [0, *(found.end() for found in re.finditer("\n", text))]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            yield Sample(module, text, Span(rows[first - 1], rows[node.end_lineno] - 1), node.name)


def asked(name: str, sample: Sample) -> Task:
    """The task of an action whose cursor stands on the function's name; it works on exactly the function."""
    at = sample.span.start + re.search(rf"\bdef\s+{sample.name}\b", sample.source).end()  # type: ignore[union-attr]
    place = Place(Snapshot(f"file:///lib/{sample.module}.py", "python", 1, sample.text), Span.at(at))
    task = action(name).task(place)
    assert isinstance(task, Task)
    assert task.target == sample.span
    return task


# How an answer is wrapped -----------------------------------------------------------------------------------------


def bare(code: str) -> str:
    """As asked."""
    return code


def fenced(code: str) -> str:
    """In a fence, and moved to the left."""
    return f"```python\n{textwrap.dedent(code)}\n```"


def chatty(code: str) -> str:
    """With a word before and after, and CRLF."""
    text = f"Sure! Here is the updated function:\n\n```py\n{code}\n```\n\nLet me know if you need anything else."
    return text.replace("\n", "\r\n")


def stripped(code: str) -> str:
    """Stripped, so that the first line alone lost its margin."""
    return code.strip()


def unclosed(code: str) -> str:
    """A fence that nobody closed, deeper than it should be."""
    return f"Here you go:\n~~~\n{textwrap.indent(code, '    ') if not has_strings(code) else code}"


def with_usage(code: str) -> str:
    """With an example of its use in a block of its own."""
    name = re.search(r"def\s+(\w+)", code)
    assert name
    return f"```python\n{code}\n```\n\nUsage:\n\n```python\n{name[1]}()\n```\n"


def has_strings(code: str) -> bool:
    """Whether moving lines would change a string."""
    return any(not doc for _, _, doc in python_code.string_rows(code).values())


WRAPPINGS: tuple[Callable[[str], str], ...] = (bare, fenced, chatty, stripped, unclosed, with_usage)


def wrapped(code: str, number: int) -> str:
    """``code`` in one of the wrappings, that in turn."""
    return WRAPPINGS[number % len(WRAPPINGS)](code)


# What a right answer is -------------------------------------------------------------------------------------------


def documented(sample: Sample) -> str:
    """The function with the docstring DOC, its code as it is but for the formatting of its header and docstring."""
    source, shift = python_code.wrapped(sample.source)
    tree = python_code.parse_piece(sample.source)
    node = python_code.definition(tree, sample.name)
    assert node is not None
    margin = " " * (node.col_offset + 4)
    doc = '"""' + DOC.replace("\n", f"\n{margin}").replace(f"\n{margin}\n", "\n\n") + '"""'
    first = python_code.span_of(node.body[0], source)
    if python_code.docstring(node) is not None:
        return source[shift : first.start] + doc + source[first.end :]
    lead = source[: first.start].rstrip(" ")
    body = source[first.start :]
    return lead[shift:] + ("" if lead.endswith("\n") else "\n") + f"{margin}{doc}\n{margin}{body}"


def typed(sample: Sample) -> str:
    """The function with an annotation for each bare parameter and the result."""
    source, shift = python_code.wrapped(sample.source)
    tree = python_code.parse_piece(sample.source)
    node = python_code.definition(tree, sample.name)
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    args = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    places = [python_code.span_of(each, source).end for each in args if each.annotation is None]  # type: ignore[arg-type]
    made = source
    end = python_code.header_end(sample.source)
    assert end is not None
    if node.returns is None:
        made = f"{made[: end + shift - 1]} -> object{made[end + shift - 1 :]}"
    for at in sorted(places, reverse=True):
        made = f"{made[:at]}: object{made[at:]}"
    return made[shift:]


@pytest.mark.parametrize("number", range(COUNT))
def test_documented(number: int) -> None:
    """Only the docstring differs, it is the right one, and not one character outside of the function changes."""
    sample = samples()[number]
    done = changed(sample, "document", wrapped(documented(sample), number))
    node = python_code.definition(python_code.parse_piece(done), sample.name)
    assert node is not None
    assert ast.get_docstring(node) == DOC.strip()
    before, after = python_code.parse_piece(sample.source), python_code.parse_piece(done)
    assert before is not None
    assert after is not None
    assert keeping.all_but_docs(before, after) is None


@pytest.mark.parametrize("number", range(COUNT))
def test_typed(number: int) -> None:
    """The function is, to the letter, what the model wrote: annotations are added and nothing else is touched."""
    sample = samples()[number]
    wanted = typed(sample)
    if wanted == sample.source:
        assert isinstance(outcome(sample, "types", wrapped(wanted, number)), Nothing)
        return
    assert changed(sample, "types", wrapped(wanted, number)) == wanted


@pytest.mark.parametrize("number", range(0, COUNT, 5))
def test_typed_in_the_whole_file(number: int) -> None:
    """The model answers with all of the module: the function is taken out of it, and nothing stands there twice."""
    sample = samples()[number]
    wanted = typed(sample)
    around = sample.text[: sample.span.start], sample.text[sample.span.end :]
    assert changed(sample, "types", f"```python\n{around[0]}{wanted}{around[1]}\n```") == wanted


@pytest.mark.parametrize("number", range(COUNT))
def test_simplified(number: int) -> None:
    """The answer that the parser itself would write: its tree is there afterwards, every string as it was."""
    sample = samples()[number]
    tree = python_code.parse_piece(sample.source)
    assert tree is not None
    node = python_code.definition(tree, sample.name)
    assert node is not None
    rows = ast.unparse(node).split("\n")
    inner = python_code.string_rows("\n".join(rows))
    margin = " " * node.col_offset
    code = "\n".join(row if index in inner or not row else margin + row for index, row in enumerate(rows))
    made = outcome(sample, "simplify", wrapped(code, number))
    if isinstance(made, Nothing):
        assert code == sample.source
        return
    assert isinstance(made, Change)
    outside(sample, made)
    text = applied(sample.text, made.edits)
    done = python_code.parse_piece(text[sample.span.start : len(text) - (len(sample.text) - sample.span.end)])
    simplified = python_code.definition(done, sample.name)
    assert simplified is not None
    assert ast.dump(simplified) == ast.dump(node)


def changed(sample: Sample, name: str, said: str) -> str:
    """The function after the edit; nothing around it changes."""
    made = outcome(sample, name, said)
    assert isinstance(made, Change), made
    outside(sample, made)
    text = applied(sample.text, made.edits)
    return text[sample.span.start : len(text) - (len(sample.text) - sample.span.end)]


def outside(sample: Sample, made: Change) -> None:
    """Every edit lies within the function, and they do not touch."""
    last = sample.span.start
    for edit in made.edits:
        assert last <= edit.span.start <= edit.span.end <= sample.span.end
        last = edit.span.end


def outcome(sample: Sample, name: str, said: str) -> object:
    """What comes of an answer."""
    return action(name).outcome(asked(name, sample), said)
