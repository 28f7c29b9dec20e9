"""Where tests go, by what a project's folders hold."""

from __future__ import annotations

import pytest

from lsp_codex.actions import conventions

CASES = {
    "nothing there": ("/p/demo.py", {}, "/p/test_demo.py"),
    "beside, as others": ("/p/demo.py", {"/p": "demo.py other_test.py"}, "/p/demo_test.py"),
    "a folder for tests": ("/p/demo.py", {"/p": "demo.py tests"}, "/p/tests/test_demo.py"),
    "above": ("/p/src/pkg/demo.py", {"/p": "src tests pyproject.toml", "/p/src": "pkg"}, "/p/tests/test_demo.py"),
    "mirrored": (
        "/p/pkg/sub/demo.py",
        {"/p": "pkg tests", "/p/tests": "sub", "/p/pkg": "sub"},
        "/p/tests/sub/test_demo.py",
    ),
    "as the tests are named": (
        "/p/demo.py",
        {"/p": "tests", "/p/tests": "a_test.py b_test.py"},
        "/p/tests/demo_test.py",
    ),
    "it is there": ("/p/demo.py", {"/p": "test_demo.py"}, "/p/test_demo_area.py"),
    "that too": ("/p/demo.py", {"/p": "test_demo.py test_demo_area.py"}, "/p/test_demo_area_2.py"),
    "not above the project": ("/p/q/demo.py", {"/p": "tests q", "/p/q": ".git demo.py"}, "/p/q/test_demo.py"),
    "TypeScript": ("/p/demo.tsx", {"/p": "a.spec.tsx"}, "/p/demo.spec.tsx"),
    "TypeScript alone": ("/p/demo.ts", {}, "/p/demo.test.ts"),
    "a folder of scripts": ("/p/demo.js", {"/p": "__tests__"}, "/p/__tests__/demo.test.js"),
    "Go stays beside": ("/p/demo.go", {"/p": "tests"}, "/p/demo_test.go"),
    "Java's mirror": ("/p/src/main/java/a/Demo.java", {}, "/p/src/test/java/a/DemoTest.java"),
    "Ruby": ("/p/lib/demo.rb", {"/p": "lib spec"}, "/p/spec/demo_spec.rb"),
    "Windows": ("C:/p/demo.py", {"C:/p": "tests"}, "C:/p/tests/test_demo.py"),
}


@pytest.mark.parametrize(("path", "folders", "expected"), CASES.values(), ids=CASES.keys())
def test_where_tests_go(path: str, folders: dict[str, str], expected: str) -> None:
    """Beside the tests that are there, in their shape; a file that exists is never named."""
    names = {folder: frozenset(text.split()) for folder, text in folders.items()}
    assert conventions.new_test_file(path, "area", lambda folder: names.get(folder, frozenset())) == expected


@pytest.mark.parametrize(
    ("path", "packages", "expected"),
    [
        ("/p/pkg/sub/demo.py", ("/p/pkg", "/p/pkg/sub"), "pkg.sub.demo"),
        ("/p/demo.py", (), "demo"),
        ("/p/pkg/__init__.py", ("/p/pkg",), "pkg"),
        ("/p/my-demo.py", (), None),
        ("/p/demo.js", (), None),
    ],
)
def test_what_a_module_is_imported_as(path: str, packages: tuple[str, ...], expected: str | None) -> None:
    """Its packages, as far as they are packages."""
    given = lambda folder: frozenset({"__init__.py"} if folder in packages else ())  # noqa: E731
    assert conventions.import_name(path, given) == expected
