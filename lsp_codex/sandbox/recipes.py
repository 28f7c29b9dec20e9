"""What the sandbox's model knows: bodies of functions by name, how a few languages write them, phrases and series."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType

BOOLEANS = (("True", "true"), ("False", "false"))
BRACE_HEADER = (
    r"\b(?!(?:if|for|while|switch|catch|function)\b)(?P<name>\w+)"
    r"(?: *= *(?:async *)?(?:function)? *)?(?:<[^<>\n]*>)?\((?P<args>[^()]*)\)[^(){};\n]*\n?[ \t]*\{"
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """A language: how its functions begin, and the shapes of its statements."""

    when: str
    loop: str
    each: str
    var: str
    close: str = "}"
    stop: str = ";"
    comment: str = "//"
    unit: str = "    "
    words: tuple[tuple[str, str], ...] = BOOLEANS
    header: str = BRACE_HEADER

    def render(self, body: str, unit: str) -> list[str]:
        """``body``, written in a plain Python with ``var`` and ``each``, as lines of this language."""
        lines: list[str] = []
        depth = 0
        for line in (*body.split("\n"), ""):
            level = (len(line) - len(line.lstrip())) // 4
            lines += [unit * under + self.close for under in range(depth - 1, level - 1, -1) if self.close]
            lines += [unit * level + self._statement(line.strip())] if line else []
            depth = level + line.endswith(":")
        return lines

    def _statement(self, line: str) -> str:
        for word, ours in self.words:
            line = line.replace(word, ours)
        for start, shape in (
            ("if (.+):", self.when),
            ("while (.+):", self.loop),
            (r"each (\w+) in (.+):", self.each),
        ):
            if found := re.fullmatch(start, line):
                return shape.format(*found.groups())
        return (self.var.format(line[4:]) if line.startswith("var ") else line) + self.stop


PY_HEADER = r"^[ \t]*(?:async +)?def +(?P<name>\w+)\((?P<args>[^()]*)\)[^:\n]*:"
PYTHON = Dialect("if {}:", "while {}:", "for {} in {}:", "{}", "", "", "#", words=(), header=PY_HEADER)
SCRIPT_WORDS = (*BOOLEANS, (" == ", " === "), (" != ", " !== "))
SCRIPT = Dialect("if ({}) {{", "while ({}) {{", "for (const {} of {}) {{", "let {}", unit="  ", words=SCRIPT_WORDS)
DIALECTS = MappingProxyType(
    dict.fromkeys(("javascript", "javascriptreact", "typescript", "typescriptreact"), SCRIPT)
    | {
        "python": PYTHON,
        "go": Dialect("if {} {{", "for {} {{", "for _, {} := range {} {{", "var {}", stop="", unit="\t"),
        "rust": Dialect("if {} {{", "while {} {{", "for {} in {} {{", "let mut {}"),
    }
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A body for functions of these names (snake case) with so many parameters; ``any`` serves every language.

    ``$0`` is the first parameter, ``$f`` the function, ``@1`` the first group of the name.
    """

    names: str
    arity: int
    any: str = ""
    python: str = ""
    script: str = ""


EACH = "var total = 0\neach item in $0:\n    total = total + item\nreturn total"
REDUCE = "return $0.reduce((total, item) => total + item, 0)"
WHILE = "var i = 2\nwhile i * i <= $0:\n    if $0 % i == 0:\n        return False\n    i = i + 1\nreturn True"
RECIPES: tuple[Recipe, ...] = (
    Recipe("fib|fibonacci", 1, "if $0 < 2:\n    return $0\nreturn $f($0 - 1) + $f($0 - 2)"),
    Recipe("fact|factorial", 1, "if $0 < 2:\n    return 1\nreturn $0 * $f($0 - 1)"),
    Recipe("gcd|greatest_common_divisor", 2, "if $1 == 0:\n    return $0\nreturn $f($1, $0 % $1)"),
    Recipe("is_prime", 1, "if $0 < 2:\n    return False\n" + WHILE),
    Recipe("is_even", 1, "return $0 % 2 == 0"),
    Recipe("add|plus|sum", 2, "return $0 + $1"),
    Recipe("sub|subtract|minus|difference", 2, "return $0 - $1"),
    Recipe("mul|multiply|times|product|area", 2, "return $0 * $1"),
    Recipe("div|divide|quotient|ratio", 2, "return $0 / $1"),
    Recipe("square|squared", 1, "return $0 * $0"),
    Recipe("abs|absolute|absolute_value", 1, "if $0 < 0:\n    return -$0\nreturn $0", "return abs($0)"),
    Recipe("max|maximum|larger", 2, "if $0 > $1:\n    return $0\nreturn $1", "return max($0, $1)"),
    Recipe("min|minimum|smaller", 2, "if $0 < $1:\n    return $0\nreturn $1", "return min($0, $1)"),
    Recipe("sum|total|sum_all|sum_list", 1, EACH, "return sum($0)", REDUCE),
    Recipe("mean|average|avg", 1, "", "return sum($0) / len($0)", REDUCE + " / $0.length"),
    Recipe("reverse|reversed|reverse_string", 1, "", "return $0[::-1]", 'return [...$0].reverse().join("")'),
    Recipe("greet|greeting|hello|say_hello", 1, "", 'return f"Hello, {$0}!"', 'return "Hello, " + $0 + "!"'),
    Recipe("main", 0, "", 'print("Hello, world!")', 'console.log("Hello, world!")'),
)
METHODS: tuple[Recipe, ...] = (
    Recipe("get_(\\w+)", 0, "", "return self._@1"),
    Recipe("((?:is|has|can)_\\w+)", 0, "", "return self._@1"),
)
PHRASES: tuple[tuple[Dialect, str], ...] = (
    (PYTHON, 'if __name__ == "__main__":\n    main()'),
    (PYTHON, "for i in range(10):"),
    (SCRIPT, "for (let i = 0; i < 10; i++) {"),
    (DIALECTS["go"], "if err != nil {\n\treturn err\n}"),
    (DIALECTS["rust"], "#[derive(Debug, Clone, PartialEq)]"),
)
SERIES = (
    "zero one two three four five six seven eight nine ten eleven twelve",
    "first second third fourth fifth sixth seventh eighth ninth tenth",
    "monday tuesday wednesday thursday friday saturday sunday",
    "january february march april may june july august september october november december",
    "red green blue",
)
