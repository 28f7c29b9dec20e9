"""The rule against mutable module state: what may be assigned at the top of a module or a class, and what may not."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.source import Module

# What these calls return cannot be changed, or (a logger) is not ours.
_FIXED = frozenset(
    {
        "MappingProxyType", "NewType", "ParamSpec", "Path", "PurePosixPath", "TypeVar", "bytes", "cast", "chr",
        "compile", "dedent", "encode", "files", "float", "frozenset", "getLogger", "int", "join", "joinpath", "len",
        "max", "min", "ord", "str", "strip", "timedelta", "tuple", "with_name",
    }
)  # fmt: skip
_CACHES = frozenset({"cache", "lru_cache", "cached"})


def mutable_state(modules: tuple[Module, ...]) -> list[str]:
    """Module and class variables that could change, ``global`` statements, and caches on functions."""
    frozen = frozenset(_frozen_classes(modules))
    frozen |= frozenset(_aliases(modules, frozen))
    found = []
    for module in modules:
        scopes: list[ast.Module | ast.ClassDef] = [module.tree]
        scopes += [n for n in ast.walk(module.tree) if isinstance(n, ast.ClassDef)]
        for scope in scopes:
            for node, value in _assignments(scope):
                if (bad := _changeable(value, frozen, at_class=isinstance(scope, ast.ClassDef))) is not None:
                    found.append(module.at(node, f"module state that can change: {ast.unparse(bad)[:60]}"))
        for inner in ast.walk(module.tree):
            if isinstance(inner, ast.Global):
                found.append(module.at(inner, f"global {', '.join(inner.names)}"))
            elif isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                caches = [d for d in inner.decorator_list if _called(d) in _CACHES]
                found += [module.at(d, f"a cache on {inner.name} is state without an owner") for d in caches]
    return found


def _assignments(scope: ast.Module | ast.ClassDef) -> Iterator[tuple[ast.stmt, ast.expr]]:
    pending = list(scope.body)
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
            if not _is_dunder(node):
                yield node, node.value
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            pending += [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)]


def _is_dunder(node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> bool:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return isinstance(target, ast.Name) and target.id in {"__all__", "__slots__", "__match_args__"}


def _changeable(value: ast.expr, frozen: frozenset[str], *, at_class: bool) -> ast.expr | None:
    """The part of ``value`` that can change, or None."""
    match value:
        case ast.List() | ast.Dict() | ast.Set() | ast.ListComp() | ast.DictComp() | ast.SetComp():
            return value
        case ast.GeneratorExp():
            return value
        case ast.Call() if at_class:
            return None  # setting(), field() and the like make a dataclass field, not a shared object
        case ast.Call() if _called(value) in _FIXED:
            return None  # what goes in is copied, or made into something that does not change
        case ast.Call() if _called(value) in frozen:
            return _first(_displays(argument) for argument in [*value.args, *(k.value for k in value.keywords)])
        case ast.Call():
            return value
        case ast.Lambda() | ast.JoinedStr() | ast.Constant() | ast.Name() | ast.Subscript() | ast.Compare():
            return None
        case _:
            children = [child for child in ast.iter_child_nodes(value) if isinstance(child, ast.expr)]
            return _first(_changeable(child, frozen, at_class=at_class) for child in children)


def _displays(value: ast.expr) -> ast.expr | None:
    """A list, dict or set written inside an argument of a frozen value."""
    return _first(n for n in ast.walk(value) if isinstance(n, ast.List | ast.Dict | ast.Set | ast.ListComp))


def _first(candidates: Iterator[ast.expr | None]) -> ast.expr | None:
    return next((one for one in candidates if one is not None), None)


def _called(node: ast.expr) -> str:
    function = node.func if isinstance(node, ast.Call) else node
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _frozen_classes(modules: tuple[Module, ...]) -> Iterator[str]:
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef) and (
                any(_freezes(d) for d in node.decorator_list) or "NamedTuple" in map(_called, node.bases)
            ):
                yield node.name


def _aliases(modules: tuple[Module, ...], names: frozenset[str]) -> Iterator[str]:
    """Short names of those classes, for tables: ``R = Recipe``."""
    for module in modules:
        for node in module.tree.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=short)], value=ast.Name(id=name)) if name in names:
                    yield short
                case _:
                    pass


def _freezes(decorator: ast.expr) -> bool:
    if not isinstance(decorator, ast.Call):
        return _called(decorator) == "frozen"
    keywords = {k.arg: k.value for k in decorator.keywords}
    given = keywords.get("frozen")
    return _called(decorator) == "frozen" or (isinstance(given, ast.Constant) and given.value is True)
