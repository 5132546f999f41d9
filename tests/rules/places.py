"""Where the code decides a rule, and where it only speaks of one. Read from the syntax alone."""

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path

from tests.rules.numbers import NUMBER, ROOT, numbers

CODE = ("services", "shared")


class Rank(IntEnum):
    """How closely a place belongs to a rule; the lower, the closer."""

    DECIDES = 0
    """A function refuses by the rule, or finds by it."""
    NAMES = 1
    """A message, a refusal or a constant has the rule's number."""
    EXPLAINS = 2
    """A docstring or a comment speaks of it."""


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """A line of the code, and the function or class around it; `name` is empty for a module."""

    rank: Rank
    file: str
    line: int
    name: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.name}".rstrip()


@dataclass(frozen=True, slots=True)
class Module:
    """One file of the code, and the refusals that it knows: the name of a class and its rule."""

    file: str
    source: str
    tree: ast.Module
    refusals: Mapping[str, str]


@cache
def modules() -> tuple[Module, ...]:
    """Every file of services/ and shared/."""
    paths = sorted(path for folder in CODE for path in (ROOT / folder).rglob("*.py"))
    sources = {path: path.read_text() for path in paths}
    trees = {path: ast.parse(source) for path, source in sources.items()}
    declared = {dotted(path): dict(_declared(tree)) for path, tree in trees.items()}
    return tuple(
        Module(
            path.relative_to(ROOT).as_posix(),
            sources[path],
            tree,
            dict(_imported(tree, declared)) | declared[dotted(path)],
        )
        for path, tree in trees.items()
    )


def dotted(path: Path) -> str:
    """The name by which a file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _declared(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The classes that say `rule = "S39"`."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                match line:
                    case ast.Assign(
                        targets=[ast.Name(id="rule")], value=ast.Constant(value=str(rule))
                    ):
                        yield node.name, rule
                    case _:
                        pass


def _imported(
    tree: ast.Module, declared: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            theirs = declared.get(node.module or "", {})
            for alias in node.names:
                if alias.name in theirs:
                    yield alias.asname or alias.name, theirs[alias.name]


@cache
def places() -> Mapping[str, tuple[Place, ...]]:
    """Every rule that the code names, and its places, the deciding ones first."""
    found: dict[str, set[Place]] = {}
    for module in modules():
        for rule, place in places_in(module):
            found.setdefault(rule, set()).add(place)
    return {rule: tuple(sorted(known)) for rule, known in found.items()}


def places_in(module: Module) -> Iterator[tuple[str, Place]]:
    """What one file names."""
    yield from _in_code(module)
    yield from _in_comments(module)


def _in_code(module: Module) -> Iterator[tuple[str, Place]]:
    for node, scope in scoped(module.tree):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text), lineno=line)):
                for rule in numbers(text):
                    yield rule, _place(Rank.EXPLAINS, module, line, scope)
            case ast.Constant(value=str(text), lineno=line) if NUMBER.fullmatch(text):
                yield text, _place(_rank(scope), module, line, scope)
            case (
                ast.Raise(exc=ast.Call(func=ast.Name(id=name)), lineno=line)
                | ast.Raise(exc=ast.Name(id=name), lineno=line)
            ) if name in module.refusals:
                yield module.refusals[name], _place(_rank(scope), module, line, scope)
            case _:
                pass


def _rank(scope: tuple[ast.AST, ...]) -> Rank:
    inside = scope and isinstance(scope[-1], ast.FunctionDef | ast.AsyncFunctionDef)
    return Rank.DECIDES if inside else Rank.NAMES


def _in_comments(module: Module) -> Iterator[tuple[str, Place]]:
    if not any("#" in line and numbers(line) for line in module.source.splitlines()):
        return
    around: list[tuple[int, int, tuple[ast.AST, ...]]] = [
        (node.lineno, node.end_lineno or node.lineno, (*scope, node))
        for node, scope in scoped(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    for token in tokenize.generate_tokens(io.StringIO(module.source).readline):
        if token.type == tokenize.COMMENT:
            line = token.start[0]
            holding = (scope for first, last, scope in around if first <= line <= last)
            innermost: tuple[ast.AST, ...] = max(holding, key=len, default=())
            for rule in numbers(token.string):
                yield rule, _place(Rank.EXPLAINS, module, line, innermost)


def _place(rank: Rank, module: Module, line: int, scope: Iterable[ast.AST]) -> Place:
    return Place(rank, module.file, line, named(scope))


def named(scope: Iterable[ast.AST]) -> str:
    """`Sheet.complete` for the function in its class."""
    return ".".join(
        node.name
        for node in scope
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    )


def scoped(tree: ast.AST) -> Iterator[tuple[ast.AST, tuple[ast.AST, ...]]]:
    """Every node with the functions and classes around it, the outermost first.

    A docstring is the statement that it is, not also the constant in it.
    """
    left: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(tree, ())]
    while left:
        node, scope = left.pop()
        yield node, scope
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Name():
                continue
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                scope = (*scope, node)
            case _:
                pass
        left += ((child, scope) for child in ast.iter_child_nodes(node))
