"""The rules of the house as functions from sources to findings; ``test_architecture.py`` applies them to ours."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.harness.source import bound_modules, imports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.source import Module

Modules = tuple["Module", ...]
Function = ast.FunctionDef | ast.AsyncFunctionDef

LONGER = "longer than 50 lines because"


@dataclass(frozen=True, slots=True)
class Layer:
    """One row of the table: what stands in it, what of ours and of others it may import.

    A name in ``ours`` covers what is below it: ``auth`` covers ``auth.store``. The empty name is the package
    itself, that is the version. ``others`` is ``distribution`` for the whole layer or ``distribution@file``.
    """

    name: str
    holds: tuple[str, ...]
    ours: tuple[str, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A folder whose files must all stand in the table ``name`` of its ``__init__.py``."""

    folder: str
    name: str


def layering(modules: Modules, layers: tuple[Layer, ...]) -> list[str]:
    """Imports that go up or sideways, and third parties where they are not at home."""
    known = frozenset(module.name for module in modules)
    found = []
    for module in modules:
        if not module.name:
            found += [module.at(i.node, f"the package itself imports {i.target}") for i in imports(module, known)]
            continue
        layer = next((row for row in layers if module.package in row.holds), None)
        if layer is None:
            found.append(f"{module.path}:1: {module.package} stands in no layer")
            continue
        found += [
            module.at(i.node, f"layer {layer.name} must not import {i.target}")
            for i in imports(module, known)
            if not (_allowed(i.target, module, layer) if i.ours is None else _covered(i.ours, layer.ours))
        ]
    return found


def _covered(name: str, by: tuple[str, ...]) -> bool:
    return any(name == one or (one and name.startswith(f"{one}.")) for one in by)


def _allowed(target: str, module: Module, layer: Layer) -> bool:
    first = target.partition(".")[0]
    return first in sys.stdlib_module_names or first in layer.others or f"{first}@{module.path}" in layer.others


def undocumented(modules: Modules) -> list[str]:
    """Modules that do not begin, on line 1, with a sentence about what they own."""
    return [
        f"{module.path}:1: begins without a docstring of one sentence on line 1"
        for module in modules
        if module.source.strip() and not _opens_with_a_sentence(module)
    ]


def _opens_with_a_sentence(module: Module) -> bool:
    first = module.tree.body[0] if module.tree.body else None
    text = ast.get_docstring(module.tree)
    if first is None or first.lineno != 1 or not text:
        return False
    return text.split("\n\n")[0].rstrip().endswith((".", ":"))


def too_long(modules: Modules, most: int) -> list[str]:
    """Files of more than ``most`` lines."""
    return [f"{m.path}:1: {len(m.lines)} lines, at most {most}" for m in modules if len(m.lines) > most]


def long_functions(modules: Modules, most: int) -> list[str]:
    """Functions of more than ``most`` lines without a comment, above or in the first lines, that says why."""
    found = []
    for module in modules:
        for node in _functions(module):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            top = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            around = "\n".join(module.lines[max(0, top - 4) : node.lineno + 6])
            if length > most and LONGER not in around:
                found.append(module.at(node, f"{node.name} has {length} lines, at most {most} (or '# {LONGER} …')"))
    return found


def _functions(module: Module) -> Iterator[Function]:
    for node in ast.walk(module.tree):
        if isinstance(node, Function):
            yield node


def printing(modules: Modules, allowed: tuple[str, ...]) -> list[str]:
    """Calls of ``print`` where stdout belongs to the protocol."""
    return [
        module.at(node, "prints; stdout is the protocol")
        for module in modules
        if module.package not in allowed
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]


def broad_excepts(modules: Modules, allowed: tuple[str, ...]) -> list[str]:
    """Handlers for everything: ``except Exception``, ``except BaseException``, a bare ``except``, ``suppress``."""
    return [
        module.at(node, f"catches {caught}")
        for module in modules
        if module.path not in allowed
        for node, caught in _caught(module)
        if caught in {"everything", "Exception", "BaseException"}
    ]


def cancellation_caught(modules: Modules, packages: frozenset[str]) -> list[str]:
    """Handlers for ``CancelledError``, by name or through ``BaseException``, in ``packages``."""
    return [
        module.at(node, f"catches {caught}; use finally or async with")
        for module in modules
        if module.package in packages
        for node, caught in _caught(module)
        if caught in {"everything", "CancelledError", "BaseException"}
    ]


def _caught(module: Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            if node.type is None:
                yield node, "everything"
            else:
                kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
                yield from ((node, _last_name(kind)) for kind in kinds)
        elif isinstance(node, ast.Call) and _last_name(node.func) == "suppress":
            yield from ((node, _last_name(kind)) for kind in node.args)


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def revealing(modules: Modules, allowed: tuple[str, ...]) -> list[str]:
    """Places where a Secret shows its string."""
    return [
        module.at(node, "reveals a secret")
        for module in modules
        if module.path not in allowed
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr == "reveal"
    ]


def unlisted(modules: Modules, table: Table) -> list[str]:
    """Files of a folder that are missing in its table, and a folder that has files but no table."""
    known = frozenset(module.name for module in modules)
    folder = table.folder.replace("/", ".")
    files = {m.name: m for m in modules if m.name.startswith(f"{folder}.")}
    if not files:
        return []
    home = next((m for m in modules if m.name == folder), None)
    value = _assigned(home, table.name) if home else None
    if home is None or value is None:
        return [f"{table.folder}/__init__.py:1: has {len(files)} modules beside it and no table {table.name}"]
    bound = bound_modules(home, known)
    listed = {bound.get(node.id, "") for node in ast.walk(value) if isinstance(node, ast.Name)}
    # A row that is imported later names its module as a text, from the package that the folder lies in.
    texts = {node.value for node in ast.walk(value) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    listed |= {f"{folder.rpartition('.')[0]}.{text}" for text in texts}
    return [
        f"{files[name].path}:1: does not stand in {home.path}: {table.name}" for name in files if name not in listed
    ]


def _assigned(module: Module, name: str) -> ast.expr | None:
    for node in module.tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                return value
            case ast.AnnAssign(target=ast.Name(id=found), value=value) if found == name:
                return value
            case _:
                pass
    return None


def untested(modules: Modules, tests: Modules, exempt: tuple[str, ...], tables: tuple[Table, ...]) -> list[str]:
    """Modules without ``tests/<package>/test_<module>.py``; packages count only if they hold a table."""
    there = {test.path for test in tests}
    holders = {f"{table.folder}/__init__.py" for table in tables}
    found = []
    for module in modules:
        is_package = module.path.endswith("__init__.py")
        if module.path in exempt or (is_package and module.path not in holders):
            continue
        *folders, name = module.name.split(".")
        wanted = [f"{'/'.join([*folders[:depth], f'test_{name}.py'])}" for depth in range(len(folders), 0, -1)]
        wanted = wanted or [f"test_{name}.py"]
        if not there.intersection(wanted):
            found.append(f"{module.path}:1: has no test file tests/{wanted[0]}")
    return found
