"""The sandbox gives a real, sensible edit for every action, through our own reading of its answers."""

from __future__ import annotations

import ast

import pytest

from lsp_codex.actions import prompt
from lsp_codex.actions.action import Task
from lsp_codex.actions.menu import ACTIONS
from lsp_codex.backend.models import Choice
from lsp_codex.backend.request import ResponsesRequest
from lsp_codex.sandbox import edits, suggest
from lsp_codex.sandbox.codex import SandboxCodex
from lsp_codex.terminal.trial import EXAMPLE
from tests.actions.scripted import action, after, outcome, place

BUNDLED = EXAMPLE.read_text("utf-8")
AREA = "import os\n\n\ndef area(w, h):\n    r = w * h\n    return┃ r\n"
FUNCTION = "def is_big(n):\n    if n > 100:\n        return True\n    else:\n        return┃ False\n"
JS = "function area(w, h) {\n  return┃ w * h;\n}\n"
E711 = "Comparison to `None` should be `cond is None`"

CASES = {
    "document the bundled example": (
        "document",
        BUNDLED.replace("return n %", "┃return n %"),
        {},
        '    """Return whether n is even.\n\n    :param n: the n\n    :return: the result\n    """\n    return n %',
    ),
    "implement the bundled example": (
        "implement",
        BUNDLED.rstrip("\n") + "┃",
        {},
        "    if n < 2:\n        return n\n    return fibonacci(n - 1) + fibonacci(n - 2)",
    ),
    "continue the bundled example": ("continue", BUNDLED.rstrip("\n") + "┃", {}, "return fibonacci(n - 1)"),
    "rewrite the bundled example": (
        "rewrite",
        BUNDLED.replace("return n %", "┃return n %"),
        {"instruction": "rename n to number"},
        "return number % 2 == 0",
    ),
    "types": ("types", AREA, {}, "def area(w: float, h: float) -> object:"),
    "types of a predicate": ("types", FUNCTION, {}, "def is_big(n: int) -> bool:"),
    "simplify": ("simplify", FUNCTION, {}, "def is_big(n):\n    return n > 100\n"),
    "clearer names": ("rename", AREA, {}, "    product = w * h\n    return product\n"),
    "fix a missing import": (
        "fix",
        "def area(w, h):\n    return ├math┤.fabs(w * h)\n",
        {"problem": '"math" is not defined'},
        "import math\n\ndef area",
    ),
    "fix a name": (
        "fix",
        "def area(width, height):\n    return ├widht┤ * height\n",
        {"problem": "undefined name 'widht'"},
        "return width * height",
    ),
    "fix a colon": ("fix", "├def area(w, h)┤\n    return w * h\n", {"problem": "expected ':'"}, "def area(w, h):\n"),
    "fix an unused import": ("fix", AREA.replace("┃", "").replace("import os", "├import os┤"),
                             {"problem": "`os` imported but unused"}, "def area(w, h):\n    r"),
    "fix all": (
        "fixAll",
        "def a(x):\n    return ├x == None┤\n\n\ndef b(y):\n    return y == None\n",
        {"problem": E711, "code": "E711"},
        "return x is None\n\n\ndef b(y):\n    return y is None\n",
    ),
    "translate": ("translate", "# Die Summe┃ der Zahlen\nx = 1\n", {}, "# The sum of the numbers\nx = 1\n"),
    "implement a TODO": ("implement", "def twice(n):\n    # TODO: is even┃\n", {}, "return n % 2 == 0"),
    "a stub in JavaScript": (
        "implement",
        "function add(a, b) {\n  ┃\n}\n",
        {"language": "javascript"},
        "return a + b;",
    ),
    "document JavaScript": ("document", JS, {"language": "javascript"}, " * @param w the w\n"),
}  # fmt: skip


def said(name: str, marked: str, **more: str) -> tuple[object, str]:
    """The place, and what the sandbox says to what we ask about it."""
    at = place(marked, more.pop("language", "python"), **more)
    task = action(name).task(at)
    assert isinstance(task, Task), task
    request = prompt.build(name, task, Choice("model", None, lite=False))
    assert isinstance(request, ResponsesRequest)
    return at, suggest.answer(request.input[0].text)


@pytest.mark.parametrize(("name", "marked", "more", "expected"), CASES.values(), ids=CASES.keys())
def test_an_edit_is_real(name: str, marked: str, more: dict[str, str], expected: str) -> None:
    """The document afterwards holds what a person would expect, and Python parses."""
    at, answer = said(name, marked, **more)
    text = after(name, at, answer)  # type: ignore[arg-type]  # a Place
    assert expected in text
    if more.get("language", "python") == "python":
        ast.parse(text)


def test_tests_are_right() -> None:
    """The new file imports what it tests, and its examples hold."""
    more = {"new_file": "/work/pkg/test_demo.py", "import_name": "pkg.demo"}
    at, answer = said("tests", BUNDLED.replace("return n %", "┃return n %"), **more)
    made = outcome("tests", at, answer)  # type: ignore[arg-type]  # a Place
    assert made.text == (  # type: ignore[union-attr]  # a NewFile
        "from pkg.demo import is_even\n\n\ndef test_is_even():\n    assert is_even(2) == True\n"
        "    assert is_even(3) == False\n    assert is_even(0) == True\n"
    )


def test_every_action_is_answered() -> None:
    """The table has a row for each entry of the menu that makes an edit."""
    assert set(edits.EDITS) == {each.id for each in ACTIONS} - {"explain"}


def test_what_is_not_known_is_said() -> None:
    """In words, which are shown as words."""
    _, answer = said("rewrite", AREA, instruction="make it sing")
    assert answer == edits.UNABLE


@pytest.mark.parametrize(
    "text",
    ["", "hello", '<task action="document">\n</task>', "<|target|>x<|/target|>", SandboxCodex.__doc__ or ""],
)
def test_what_is_no_task_is_none(text: str) -> None:
    """Whatever stands in a document that is completed, its own words do not make it a task."""
    assert edits.answer(text, lambda _: "") is None
