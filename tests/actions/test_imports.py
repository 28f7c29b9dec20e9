"""Import lines of an answer: taken off, and put where the document has its own."""

from __future__ import annotations

import ast

import pytest

from lsp_codex.actions import imports
from lsp_codex.actions.rewriting import applied

FUTURE = "from __future__ import annotations"

CASES = {
    "behind the others": ('"""Doc."""\n\nimport a\n\nx\n', ["import b"], '"""Doc."""\n\nimport a\nimport b\n\nx\n'),
    "behind the docstring": ('"""Doc."""\n\nx\n', ["import b"], '"""Doc."""\n\nimport b\n\nx\n'),
    "first": ("x\n", ["import b"], "import b\n\nx\n"),
    "not twice": ("import b\nx\n", ["import b"], None),
    "line ends": ("import a\r\nx\r\n", ["import b"], "import a\r\nimport b\r\nx\r\n"),
    "below what the system reads": ("#!/bin/x\n# coding: utf-8\n# f\nx\n", ["import b"],
                                    "#!/bin/x\n# coding: utf-8\n\nimport b\n\n# f\nx\n"),
    "below what speaks of the file": ("# Licence\n# of it\n\nx\n", ["import b"],
                                      "# Licence\n# of it\n\nimport b\n\nx\n"),
    "above what speaks of the code": ("# x\nx\n", ["import b"], "import b\n\n# x\nx\n"),
    "a future one first": ("import a\n\nx\n", [FUTURE, "import b"], f"{FUTURE}\n\nimport a\nimport b\n\nx\n"),
    "a future one behind the docstring": ('"""D."""\nimport a\n', [FUTURE], f'"""D."""\n\n{FUTURE}\n\nimport a\n'),
    "a future one behind another": ("from __future__ import generators\nimport a\n", [FUTURE],
                                    f"from __future__ import generators\n{FUTURE}\nimport a\n"),
    "only what is missing": ("from t import A\n", ["from t import A, B"], "from t import A\nfrom t import B\n"),
    "another level": ("from t import A\n", ["from .t import A"], "from t import A\nfrom .t import A\n"),
    "over several lines": ("import a\r\n", ["from t import (\n    B,\n)"],
                           "import a\r\nfrom t import (\r\n    B,\r\n)\r\n"),
    "a file without an end": ('"""Doc."""', ["import b"], '"""Doc."""\n\nimport b\n'),
    "a byte order mark": ("\ufeffx\n", ["import b"], "\ufeffimport b\n\nx\n"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "wanted", "expected"), CASES.values(), ids=CASES.keys())
def test_where_they_go(text: str, wanted: list[str], expected: str | None) -> None:
    """The result is a program, and what the system or the parser reads at the top stays there."""
    made = imports.edits(ast.parse(text.removeprefix("\ufeff")), text, wanted)
    assert (applied(text, made) if made else None) == expected
    compile((expected or text).removeprefix("\ufeff"), "x", "exec", dont_inherit=True)


@pytest.mark.parametrize(
    ("code", "rest", "expected"),
    [
        ("import a\n\ndef f(): pass", "def f(): pass", ["import a"]),
        ("from t import (\n    A,\n)\n    def f(): pass", "    def f(): pass", ["from t import (\n    A,\n)"]),
        ("import a", "import a", []),
        ("import (\ndef f(): pass", "import (\ndef f(): pass", []),
        ("importer = 1", "importer = 1", []),
    ],
)
def test_what_is_taken_off(code: str, rest: str, expected: list[str]) -> None:
    """All of it or nothing; an answer of imports alone is code."""
    assert imports.taken_off(code) == (rest, expected)
