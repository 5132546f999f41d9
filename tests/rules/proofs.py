"""Which tests prove a rule: those that name it, by the syntax of the test files."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path

from tests.rules.numbers import NUMBER, ROOT, numbers

IN_A_NAME = re.compile(r"(?<=_)[sap][1-9]\d?(?=_|$)")


class Nearness(IntEnum):
    """How a test names a rule; the lower, the nearer."""

    REFUSED = 0
    """It expects the rule to say no: `.refused("S39")`."""
    NAMED = 1
    """Its name, docstring, cases or texts have the number."""
    AMONG = 2
    """It is in a file whose docstring has the number."""


@dataclass(frozen=True, order=True, slots=True)
class Proof:
    """A test function, or every one of a file where `function` is empty."""

    nearness: Nearness
    file: str
    line: int
    function: str

    @property
    def node(self) -> str:
        """What pytest calls it."""
        return f"{self.file}::{self.function}" if self.function else self.file


@cache
def proofs() -> Mapping[str, tuple[Proof, ...]]:
    """Every rule that a test names, and its tests, the nearest first."""
    found: dict[str, set[Proof]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for rule, proof in proofs_in(path.relative_to(ROOT), ast.parse(path.read_text())):
            found.setdefault(rule, set()).add(proof)
    return {rule: tuple(sorted(known)) for rule, known in found.items()}


def proofs_in(path: Path, tree: ast.Module) -> Iterator[tuple[str, Proof]]:
    """What the tests of one file name."""
    file = path.as_posix()
    for rule in numbers(ast.get_docstring(tree) or ""):
        yield rule, Proof(Nearness.AMONG, file, 1, "")
    tables = dict(_tables(tree))
    for name, function in _tests(tree):
        nodes = list(ast.walk(function))
        refused = {rule for node in nodes for rule in _refused(node)}
        for rule in refused | _named(function, nodes, tables):
            nearness = Nearness.REFUSED if rule in refused else Nearness.NAMED
            yield rule, Proof(nearness, file, function.lineno, name)


def _tests(tree: ast.Module | ast.ClassDef) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Test functions, and those in classes: `TestConferring::test_not_twice`."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, node
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from ((f"{node.name}::{name}", function) for name, function in _tests(node))


def _tables(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """What stands under a name at the top of a file, such as the cases of `parametrize`."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case _:
                pass


def _refused(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Attribute(attr="refused"), args=[ast.Constant(value=str(rule)), *_]):
            yield rule
        case _:
            pass


def _paper(node: ast.AST) -> ast.expr | None:
    """What a page is printed on, `pdf(format="A4")`, is no rule."""
    match node:
        case ast.keyword(arg="format", value=value):
            return value
        case _:
            return None


def _named(
    function: ast.FunctionDef, nodes: Sequence[ast.AST], tables: Mapping[str, ast.expr]
) -> set[str]:
    cases = [
        tables[node.id]
        for decorator in function.decorator_list
        for node in ast.walk(decorator)
        if isinstance(node, ast.Name) and node.id in tables
    ]
    papers = {paper for node in nodes if (paper := _paper(node)) is not None}
    texts = (
        node.value
        for node in (*nodes, *(node for case in cases for node in ast.walk(case)))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in papers
    )
    inside = {rule for text in texts for rule in numbers(text)}
    by_name = {name.upper() for name in IN_A_NAME.findall(function.name)}
    return inside | {name for name in by_name if NUMBER.fullmatch(name)}
