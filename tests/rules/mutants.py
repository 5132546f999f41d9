"""The hard rules, and the lines that decide them, each broken in one small way.

A line decides a rule where a refusal or a finding by its number depends on it or stands, where a
function whose docstring names the rule compares or chooses, or where a command under the rule says
which people may.
"""

import ast
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from difflib import unified_diff
from itertools import chain

from shared.identity import ROLES
from tests.rules.numbers import NUMBER
from tests.rules.places import Module, modules, named, places, scoped

HARD = (
    *("S2", "S6", "S10", "S11", "S16", "S18", "S19", "S21", "S22", "S23", "S25", "S26", "S28"),
    *("S29", "S30", "S31", "S32", "S35", "S36", "S37", "S38", "S39", "S40", "S43", "S45", "S46"),
    *("S49", "S50", "S52", "S53", "S55", "S57", "S58", "S62", "S63", "S65", "S66", "S67", "S68"),
    *("S33", "S34", "S72", "A5", "A10"),
    *("P1", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10", "P11", "P12", "P13", "P14", "P15"),
    *("P16", "P19"),
)
"""What data alone decides (硬): each has a line that decides it, and a test that falls with it."""

NEED_SERVERS = (
    "/views.py",
    "/pages.py",
    "/service.py",
    "/reading.py",
    "web/operations.py",
    "web/acts.py",
)
"""What only tests on servers reach: these show and carry what the domain decides."""

ANOTHER_ROLE = "another role"
SHIFTED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
SWAPPED = {"min": "max", "max": "min"}
Part = ast.expr | ast.Raise
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file in which one expression is another."""

    rule: str
    file: str
    line: int
    name: str
    change: str
    source: str
    mutated: str

    @property
    def diff(self) -> list[str]:
        """The lines that differ, as they were and as they are."""
        lines = unified_diff(self.source.splitlines(), self.mutated.splitlines(), n=0, lineterm="")
        return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def mutants(rule: str) -> list[Mutant]:
    """Every mutant of the lines that decide a rule, in the order of the code."""
    files = {place.file for place in places().get(rule, ())}
    naming = (
        module
        for module in modules()
        if module.file in files and not module.file.endswith(NEED_SERVERS)
    )
    return list(chain.from_iterable(mutants_in(module, rule) for module in naming))


def mutants_in(module: Module, rule: str) -> Iterator[Mutant]:
    """Those of one file."""
    seen: set[str] = set()
    for expression, scope in _deciding(module, rule):
        for change, part, instead in _changes(expression):
            mutated = _spliced(module.source, part, instead)
            if mutated not in seen:
                seen.add(mutated)
                yield Mutant(
                    rule, module.file, part.lineno, named(scope), change, module.source, mutated
                )


# which lines decide


def _deciding(module: Module, rule: str) -> Iterator[tuple[Part, tuple[ast.AST, ...]]]:
    refusing: set[str] = set()
    nodes = list(scoped(module.tree))
    for node, scope in nodes:
        parts: list[Part] = [*_conditions(node, module, rule), *_refusals(node, module, rule)]
        for part in parts:
            refusing.add(named(scope))
            yield part, scope
        if isinstance(node, ast.ClassDef):
            yield from ((roles, (*scope, node)) for roles in _entitling(node, rule))
    for node, scope in nodes:
        if isinstance(node, Function) and _speaks_of(node, rule):
            inner = (*scope, node)
            if named(inner) not in refusing:
                yield from ((choice, inner) for choice in _choices(node, module))


def _conditions(node: ast.AST, module: Module, rule: str) -> Iterator[ast.expr]:
    """What has to hold for the rule to say no: the test of an `if`, the guard of a `case`."""
    match node:
        case ast.If(test=test, body=body) if rule in _said_no_by(body, module):
            yield test
        case ast.Match(cases=cases):
            for case in cases:
                if case.guard is not None and rule in _said_no_by(case.body, module):
                    yield case.guard
        case _:
            pass


def _refusals(node: ast.AST, module: Module, rule: str) -> Iterator[ast.Raise]:
    """Refusals by the rule that no such condition guards: those of a situation, or the rest."""
    match node:
        case ast.FunctionDef(body=body):
            bodies = [body]
        case ast.Match(cases=cases):
            bodies = [case.body for case in cases if case.guard is None]
        case _:
            bodies = []
    for statement in chain.from_iterable(bodies):
        if isinstance(statement, ast.Raise) and rule in _said_no_by([statement], module):
            yield statement


def _said_no_by(body: Sequence[ast.stmt], module: Module) -> set[str]:
    """The rules by which these statements themselves refuse or find."""
    said: set[str] = set()
    for statement in body:
        match statement:
            case ast.Raise(exc=ast.Call(func=ast.Name(id=name))) if name in module.refusals:
                said.add(module.refusals[name])
            case (
                ast.Expr(value=ast.Yield(value=ast.expr() as value))
                | ast.Return(value=ast.expr() as value)
            ):
                said.update(
                    part.value
                    for part in ast.walk(value)
                    if isinstance(part, ast.Constant)
                    and isinstance(part.value, str)
                    and NUMBER.fullmatch(part.value)
                )
            case _:
                pass
    return said


def _entitling(node: ast.ClassDef, rule: str) -> Iterator[ast.expr]:
    """The roles of a command under the rule, where they are those of people."""
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    match given.get("rule"), given.get("may"):
        case ast.Constant(value=one), ast.Set(elts=roles) as may if one == rule and all(
            isinstance(role, ast.Constant) for role in roles
        ):
            yield may
        case _:
            pass


def _speaks_of(function: Function, rule: str) -> bool:
    return rule in NUMBER.findall(ast.get_docstring(function) or "")


def _choices(function: Function, module: Module) -> Iterator[ast.expr]:
    """Where a function compares or chooses, but not to say no by another rule."""
    inside = [node for statement in function.body for node in ast.walk(statement)]
    for node in inside:
        match node:
            case ast.If(test=test, body=body) if not _said_no_by(body, module):
                yield test
            case ast.Return(value=value) | ast.Assign(value=value) | ast.keyword(value=value) if (
                isinstance(value, ast.BoolOp | ast.Compare | ast.UnaryOp)
            ):
                yield value
            case ast.comprehension(ifs=conditions):
                yield from conditions
            case ast.Call(func=ast.Name(id="min" | "max"), args=[_, _, *_]):
                yield node
            case _:
                pass


# how they are broken


def _changes(expression: Part) -> Iterator[tuple[str, Part, str]]:
    """Each small change: its name, the part that it concerns, and what stands there instead."""
    if isinstance(expression, ast.Raise):
        yield "not refused", expression, "return []"
        return
    if isinstance(expression, ast.Set):
        for role in sorted(ROLES - ast.literal_eval(expression)):
            more = ast.Set(elts=[*expression.elts, ast.Constant(value=role)])
            yield ANOTHER_ROLE, expression, ast.unparse(more)
        return
    if not isinstance(expression, ast.Call) or not _is_choice(expression):
        yield "negated", expression, f"(not ({ast.unparse(expression)}))"
        yield "never", expression, "False"
    parts = list(ast.walk(expression))
    # what binds a name is used further on: such a condition is only changed as a whole
    if not any(isinstance(part, ast.NamedExpr) for part in parts):
        for part in parts:
            yield from _changes_of_a_part(part)


def _changes_of_a_part(part: ast.AST) -> Iterator[tuple[str, ast.expr, str]]:
    match part:
        case ast.Compare(ops=operators):
            for place, operator in enumerate(operators):
                if type(operator) in SHIFTED:
                    shifted = deepcopy(part)
                    shifted.ops[place] = SHIFTED[type(operator)]()
                    yield "boundary", part, f"({ast.unparse(shifted)})"
            yield from _off_by_one(part)
        case ast.BoolOp(values=values):
            for place in range(len(values)):
                fewer = deepcopy(part)
                del fewer.values[place]
                kept = fewer.values[0] if len(fewer.values) == 1 else fewer
                yield "one side dropped", part, f"({ast.unparse(kept)})"
        case ast.Call(func=ast.Name(id=name), args=[_, _, *_]) if name in SWAPPED:
            swapped = deepcopy(part)
            swapped.func = ast.Name(id=SWAPPED[name])
            yield "min and max swapped", part, ast.unparse(swapped)
        case _:
            pass


def _off_by_one(comparison: ast.Compare) -> Iterator[tuple[str, ast.expr, str]]:
    for side in (comparison.left, *comparison.comparators):
        if isinstance(side, ast.Constant) and type(side.value) is int:
            yield "off by one", side, str(side.value + 1)


def _is_choice(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in SWAPPED


def _spliced(source: str, part: Part, instead: str) -> str:
    """The source with this in the place of the part; columns are counted in bytes."""
    lines = source.encode().splitlines(keepends=True)
    assert part.end_lineno is not None
    assert part.end_col_offset is not None
    first, last = part.lineno - 1, part.end_lineno - 1
    head, tail = lines[first][: part.col_offset], lines[last][part.end_col_offset :]
    lines[first : last + 1] = [head + instead.encode() + tail]
    return b"".join(lines).decode()
