"""The table of the rules is what code and tests say, and deploy/rules.md shows it."""

import ast
from pathlib import Path

import pytest

from tests.rules.numbers import DOCUMENT, numbers, told
from tests.rules.places import Module, Place, Rank, places_in
from tests.rules.proofs import Nearness, proofs_in
from tests.rules.table import Row, document, faults

CODE = '''
"""A module of S90–S92."""

LIMIT = 3
"""Of S93."""

class Late(Refused):
    rule = "S94"

class Ask(Command, name="ask", may={"office"}, rule="S95"):
    pass

class Sheet:
    def check(self, rule):
        # P98: a comment
        if self.late:
            raise Late("zu spät")
        yield error("S96", "S97 is only in a text")
'''

TESTS = '''
"""About S90."""

CASES = [("S91", 1)]

@pytest.mark.parametrize("case", CASES)
def test_a_case(case):
    """A docstring with S92."""
    assert rules() == ["S93"]

def test_p94_is_in_the_name():
    page.pdf(format="A97")
    given(IT).when(ask()).refused("S95")

class TestIt:
    def test_inside(self):
        """S89."""

def helper():
    return "S96"
'''


def test_deploy_rules_md_agrees_with_code_and_tests() -> None:
    """If not: `make rules-docs`."""
    assert document() == DOCUMENT.read_text()


def test_every_rule_of_the_notice_its_readings_and_practice_is_told() -> None:
    demanded = [
        f"{letter}{n}"
        for letter, last in (("S", 72), ("A", 13), ("P", 20))
        for n in range(1, last + 1)
    ]
    assert list(told()) == demanded


@pytest.mark.parametrize(
    "text", ["S97–S99", "S97至S99", "S97 to S99", "（S97、S98，S99）", "自S97-S99"]
)
def test_a_range_names_each_rule_within(text: str) -> None:
    assert numbers(text) == {"S97", "S98", "S99"}


@pytest.mark.parametrize("text", ["S101", "SS97", "S0", "S97_x", "s97", "C1"])
def test_what_only_looks_like_a_number_names_no_rule(text: str) -> None:
    assert not numbers(text)


def test_a_refusal_decides_a_class_names_and_a_docstring_explains() -> None:
    module = Module("it.py", CODE, ast.parse(CODE), {"Late": "S94"})
    assert sorted(places_in(module)) == [
        ("P98", Place(Rank.EXPLAINS, "it.py", 15, "Sheet.check")),
        ("S90", Place(Rank.EXPLAINS, "it.py", 2, "")),
        ("S91", Place(Rank.EXPLAINS, "it.py", 2, "")),
        ("S92", Place(Rank.EXPLAINS, "it.py", 2, "")),
        ("S93", Place(Rank.EXPLAINS, "it.py", 5, "")),
        ("S94", Place(Rank.DECIDES, "it.py", 17, "Sheet.check")),
        ("S94", Place(Rank.NAMES, "it.py", 8, "Late")),
        ("S95", Place(Rank.NAMES, "it.py", 10, "Ask")),
        ("S96", Place(Rank.DECIDES, "it.py", 18, "Sheet.check")),
    ]


def test_a_test_proves_what_it_names_and_a_helper_nothing() -> None:
    found = {
        (rule, proof.nearness, proof.node)
        for rule, proof in proofs_in(Path("test_it.py"), ast.parse(TESTS))
    }
    assert found == {
        ("S90", Nearness.AMONG, "test_it.py"),
        ("S91", Nearness.NAMED, "test_it.py::test_a_case"),
        ("S92", Nearness.NAMED, "test_it.py::test_a_case"),
        ("S93", Nearness.NAMED, "test_it.py::test_a_case"),
        ("P94", Nearness.NAMED, "test_it.py::test_p94_is_in_the_name"),
        ("S89", Nearness.NAMED, "test_it.py::TestIt::test_inside"),
        ("S95", Nearness.REFUSED, "test_it.py::test_p94_is_in_the_name"),
    }


def test_a_rule_without_a_place_or_a_test_is_a_fault() -> None:
    assert len(faults([Row("S99", "", (), ())])) == 2
    place = Place(Rank.EXPLAINS, "it.py", 1, "")
    assert len(faults([Row("S99", "", (place,), ())])) == 1
