"""What an action must leave as it is, checked on Python's own trees: each check says what is wrong, or nothing; pure.

Every check takes the piece of code as it was and as it would be, as :func:`python_code.parse_piece` gives them.
"""

from __future__ import annotations

import ast
import copy
from typing import TYPE_CHECKING

from lsp_codex.actions.python_code import Definition, Function

if TYPE_CHECKING:
    from collections.abc import Callable

    Check = Callable[[ast.Module, ast.Module], str | None]


def anything(_old: ast.Module, _new: ast.Module) -> str | None:
    """Whatever it is."""
    return None


def interface(old: ast.Module, new: ast.Module) -> str | None:
    """Every definition is still there, its parameters with their defaults, and something that it does."""
    there = {node.name: node for node in new.body if isinstance(node, Definition)}
    for node in old.body:
        if not isinstance(node, Definition):
            continue
        other = there.get(node.name)
        if other is None:
            return f"it lacks {node.name}"
        if isinstance(node, Function) and isinstance(other, Function):
            if _dump(_without_annotations(node.args)) != _dump(_without_annotations(other.args)):
                return f"it changes the parameters of {node.name}"
        elif type(node) is not type(other):
            return f"it makes something else of {node.name}"
    return bodies(old, new)


def bodies(old: ast.Module, new: ast.Module) -> str | None:
    """No function that did something has become a stub: that is a part of an answer, and not a change."""
    emptied = _stubs(new) - _stubs(old)
    was = {node.name for node in ast.walk(old) if isinstance(node, Function)}
    lost = sorted(emptied & was)
    return f"it leaves out what {lost[0]} does" if lost else None


def program(old: ast.Module, new: ast.Module) -> str | None:
    """The interface of a whole file, and every other name that it gives a value at its margin."""
    lost = sorted(_assigned(old) - _assigned(new))
    return interface(old, new) or (f"it lacks {lost[0]}" if lost else None)


def all_but_docs(old: ast.Module, new: ast.Module) -> str | None:
    """Only comments and docstrings differ."""
    return None if _dump(_without_docs(old)) == _dump(_without_docs(new)) else "it changes more than comments"


def all_but_annotations(old: ast.Module, new: ast.Module) -> str | None:
    """Only annotations differ, and imports that they need."""
    before, after = (_without_imports(_without_annotations(tree)) for tree in (old, new))
    return None if _dump(before) == _dump(after) else "it changes more than types"


def all_but_local_names(old: ast.Module, new: ast.Module) -> str | None:
    """Only names that are local to the function differ, each everywhere, and none meets another; docs are free."""
    names: dict[str, str] = {}
    if not _alike(_without_docs(old), _without_docs(new), names):
        return "it changes more than names"
    changed = {before: after for before, after in names.items() if before != after}
    if len(set(names.values())) != len(names):
        return "it gives two things one name"
    own = _locals(old)
    foreign = sorted(set(changed) - own)
    return f"it renames {foreign[0]}, which is known outside" if foreign else None


def _stubs(tree: ast.Module) -> set[str]:
    """The functions that do nothing, whatever they say about it."""
    return {node.name for node in ast.walk(tree) if isinstance(node, Function) and all(map(_is_nothing, node.body))}


def _is_nothing(node: ast.stmt) -> bool:
    match node:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(exc=ast.Name(id=name) | ast.Call(func=ast.Name(id=name))):
            return name == "NotImplementedError"
        case _:
            return False


def _assigned(tree: ast.Module) -> set[str]:
    """What the statements at the margin of ``tree`` assign to."""
    nodes = [node for each in tree.body if not isinstance(each, Definition) for node in ast.walk(each)]
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _dump(node: ast.AST) -> str:
    return ast.dump(node)


def _without_docs(tree: ast.Module) -> ast.Module:
    made = copy.deepcopy(tree)
    for node in ast.walk(made):
        if isinstance(node, ast.Module | Definition):
            if node.body and _is_text(node.body[0]):
                node.body = node.body[1:]
            if not node.body or (len(node.body) == 1 and _is_filler(node.body[0])):
                node.body = [ast.Pass()]
    return made


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_filler(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is Ellipsis


class _Bare(ast.NodeTransformer):
    """Takes the annotations away."""

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return self.generic_visit(ast.Assign([node.target], node.value, lineno=0))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)


def _without_annotations(node: ast.AST) -> ast.AST:
    made: ast.AST = _Bare().visit(copy.deepcopy(node))
    for each in ast.walk(made):
        if isinstance(each, Definition) and not each.body:
            each.body = [ast.Pass()]
    return made


def _without_imports(node: ast.AST) -> ast.AST:
    if isinstance(node, ast.Module):
        node.body = [each for each in node.body if not isinstance(each, ast.Import | ast.ImportFrom)]
    return node


_NAMING = (("Name", "id"), ("arg", "arg"), ("ExceptHandler", "name"), ("alias", "asname"), ("MatchAs", "name"),
           ("MatchStar", "name"), ("MatchMapping", "rest"))  # fmt: skip


def _alike(old: object, new: object, names: dict[str, str]) -> bool:
    """Whether two trees are the same but for names; ``names`` collects which became which."""
    if isinstance(old, ast.AST) and isinstance(new, ast.AST):
        if type(old) is not type(new):
            return False
        return all(_field_alike(old, new, field, names) for field in old._fields)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(_alike(a, b, names) for a, b in zip(old, new, strict=True))
    return type(old) is type(new) and old == new


def _field_alike(old: ast.AST, new: ast.AST, field: str, names: dict[str, str]) -> bool:
    before, after = getattr(old, field, None), getattr(new, field, None)
    if (type(old).__name__, field) in _NAMING and isinstance(before, str) and isinstance(after, str):
        return names.setdefault(before, after) == after
    if isinstance(old, ast.Global | ast.Nonlocal) and isinstance(after, list) and isinstance(before, list):
        pairs = zip(before, after, strict=False)
        return len(before) == len(after) and all(names.setdefault(a, b) == b for a, b in pairs)
    return _alike(before, after, names)


def _locals(tree: ast.Module) -> set[str]:
    """Names that are bound within the functions of ``tree`` and are no parameter of a function."""
    own: set[str] = set()
    kept: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                own.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.alias(asname=str(name)):
                own.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                own.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                kept.update(names)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                # A caller may name them.
                kept.update(each.arg for each in _parameters(node.args))
            case ast.Lambda():
                own.update(each.arg for each in _parameters(node.args))
            case _:
                pass
    return own - kept


def _parameters(args: ast.arguments) -> list[ast.arg]:
    more = [each for each in (args.vararg, args.kwarg) if each is not None]
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *more]
