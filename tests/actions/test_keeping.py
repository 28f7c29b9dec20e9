"""What an action must leave as it is."""

from __future__ import annotations

import pytest

from lsp_codex.actions import keeping, python_code

OLD = "def f(a, b=1):\n    x = a + b\n    return x"
LOCALS = """\
def f(a):
    for {0} in a:
        try: ({1} := {0})
        except E as {2}: print({2}, {1})
    match a:
        case [{3}]: return {3}
"""

CASES = {
    "interface kept": (keeping.interface, OLD, "def f(a, b=1):\n    return a + b", None),
    "a helper more": (keeping.interface, OLD, "def g(): pass\ndef f(a: int, b=1) -> int:\n    return g()", None),
    "a default changed": (keeping.interface, OLD, OLD.replace("=1", "=2"), "it changes the parameters of f"),
    "gone": (keeping.interface, OLD, "f = max", "it lacks f"),
    "a class of it": (keeping.interface, OLD, "class f: pass", "it makes something else of f"),
    "a body left out": (
        keeping.interface,
        OLD,
        'def f(a, b=1):\n    """Doc."""\n    ...',
        "it leaves out what f does",
    ),
    "left out in words": (
        keeping.bodies,
        OLD,
        "def f(a, b=1): raise NotImplementedError('x')",
        "it leaves out what f does",
    ),
    "within a class": (
        keeping.bodies,
        "class A:\n    def f(self): return 1",
        "class A:\n    def f(self): pass",
        "it leaves out what f does",
    ),
    "a stub that stays one": (keeping.bodies, "def f(): ...", "def f(): pass", None),
    "a stub more": (keeping.bodies, OLD, f"{OLD}\ndef g(): ...", None),
    "a program": (keeping.program, "import a\nX = Y = 1\nx.y = 2", "X, Y = 2, 3", None),
    "a name less": (keeping.program, "if a:\n    X: int = 1\n    Y = 2", "Y = 2", "it lacks X"),
    "a local name less": (keeping.program, OLD, "def f(a, b=1):\n    return a + b", None),
    "docs": (keeping.all_but_docs, OLD, OLD.replace("):\n", '):\n    """Doc."""\n'), None),
    "docs for a stub": (keeping.all_but_docs, "def f(): ...", 'def f():\n    """Doc."""', None),
    "more than docs": (keeping.all_but_docs, OLD, OLD.replace("+", "-"), "it changes more than comments"),
    "types": (
        keeping.all_but_annotations,
        OLD,
        "import t\ndef f(a: int, b: int = 1) -> int:\n    x: int = a + b\n    return x",
        None,
    ),
    "more than types": (keeping.all_but_annotations, OLD, OLD.replace("+", "-"), "it changes more than types"),
    "names": (keeping.all_but_local_names, OLD, OLD.replace("x", "total"), None),
    "names of parameters": (
        keeping.all_but_local_names,
        OLD,
        "def f(p, b=1):\n    x = p + b\n    return x",
        "it renames a, which is known outside",
    ),
    "half a name": (
        keeping.all_but_local_names,
        OLD,
        OLD.replace("return x", "return y"),
        "it changes more than names",
    ),
    "two of one name": (keeping.all_but_local_names, OLD, OLD.replace("x", "a"), "it gives two things one name"),
    "a global name": (
        keeping.all_but_local_names,
        "def f():\n    return len(x)",
        "def f():\n    return len(y)",
        "it renames x, which is known outside",
    ),
    "a global statement": (
        keeping.all_but_local_names,
        "def f():\n    global x\n    x = 1",
        "def f():\n    global y\n    y = 1",
        "it renames x, which is known outside",
    ),
    "loops, handlers, walrus, match": (
        keeping.all_but_local_names,
        LOCALS.format("i", "w", "e", "q"),
        LOCALS.format("item", "value", "error", "one"),
        None,
    ),
    "anything": (keeping.anything, OLD, "pass", None),
}


@pytest.mark.parametrize(("check", "old", "new", "expected"), CASES.values(), ids=CASES.keys())
def test_what_is_wrong(check: keeping.Check, old: str, new: str, expected: str | None) -> None:
    """Each check finds what it is for, and lets pass what it is not for."""
    before, after = python_code.parse(old), python_code.parse(new)
    assert before is not None
    assert after is not None
    assert check(before, after) == expected
