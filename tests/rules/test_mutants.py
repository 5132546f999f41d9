"""Mutants break one thing each, where a rule is decided, and never in the working tree."""

import ast
from importlib.util import module_from_spec
from random import Random

import shared.formats
from shared.formats import han
from shared.identity import ROLES
from tests.rules.mutants import HARD, Mutant, mutants_in
from tests.rules.mutation import in_order
from tests.rules.numbers import told
from tests.rules.places import Module
from tests.rules.planted import Planting

CODE = '''
class Late(Refused):
    rule = "S97"

class Ask(Command, name="ask", may={"office"}, rule="S99"):
    pass

class Note(Command, name="note", may={SYSTEM}, rule="S99"):
    pass

def rule(case):
    if case.早 is not None and case.早 <= 3:
        yield error("S98", "…")
    if case.other:
        yield error("S96", "…")
    if (found := case.found) and found > 3:
        yield error("S95", "…")

def decide(state):
    match state:
        case Open():
            return [Opened()]
        case Closed() if state.late:
            raise Late("…")
        case _:
            raise Late("…")

def longest(spans, least):
    """S94."""
    return max(spans, least)
'''


def changes(rule: str) -> list[tuple[str, str]]:
    """Each change to the code above, and the line that it makes."""
    module = Module("it.py", CODE, ast.parse(CODE), {"Late": "S97"})
    return [
        (one.change, one.diff[-1].removeprefix("+").strip()) for one in mutants_in(module, rule)
    ]


def mutant(name: str) -> Mutant:
    return Mutant("S99", "it.py", 1, name, "negated", "", "")


def test_a_condition_is_negated_dropped_shifted_and_never_met() -> None:
    """Whatever stands before it, in however many bytes."""
    assert changes("S98") == [
        ("negated", "if (not (case.早 is not None and case.早 <= 3)):"),
        ("never", "if False:"),
        ("one side dropped", "if (case.早 <= 3):"),
        ("one side dropped", "if (case.早 is not None):"),
        ("boundary", "if case.早 is not None and (case.早 < 3):"),
        ("off by one", "if case.早 is not None and case.早 <= 4:"),
    ]


def test_a_condition_that_binds_a_name_is_changed_as_a_whole() -> None:
    assert [change for change, _ in changes("S95")] == ["negated", "never"]


def test_a_refusal_of_a_situation_is_left_out() -> None:
    assert changes("S97") == [
        ("negated", "case Closed() if (not (state.late)):"),
        ("never", "case Closed() if False:"),
        ("not refused", "return []"),
    ]


def test_a_command_that_people_may_ask_is_given_to_another_role() -> None:
    made = changes("S99")
    assert {change for change, _ in made} == {"another role"}
    assert len(made) == len(ROLES - {"office"})
    assert all("'office'" in line for _, line in made)


def test_a_function_that_names_the_rule_chooses_otherwise() -> None:
    assert changes("S94") == [("min and max swapped", "return min(spans, least)")]


def test_every_hard_rule_is_told_once() -> None:
    assert len(set(HARD)) == len(HARD)
    assert set(HARD) <= told().keys()


def test_each_place_has_its_turn_before_another_mutant_of_the_first() -> None:
    found = [mutant("long"), mutant("long"), mutant("long"), mutant("short")]
    for seed in range(9):
        assert {one.name for one in in_order(found, Random(seed))[:2]} == {"long", "short"}


def test_a_mutant_is_imported_instead_of_its_module_and_no_other_is() -> None:
    planting = Planting("shared.formats.han", "COUNTED = 0")
    assert planting.find_spec("shared.formats.phones", shared.formats.__path__) is None
    spec = planting.find_spec("shared.formats.han", shared.formats.__path__)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert vars(module)["COUNTED"] == 0
    assert not hasattr(module, "count")
    assert module.__file__ == han.__file__
