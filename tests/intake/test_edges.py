"""On both sides of the line: what the other tests of a rule would not notice."""

from datetime import date, datetime
from typing import Any

import pytest

from services.intake.service_years import Span, full_years
from shared.formats import identity_numbers, patents
from tests.intake.samples import CONFIGURATION, judged, rules

Changes = dict[str, Any]

OPINION = "form.recommender_opinion"


def errors(name: str, changes: Changes) -> list[str]:
    return rules(judged(name, changes), "error")


@pytest.mark.parametrize(
    ("changes", "employed"),
    [
        ({"form.career.1.from": "2019-12-10"}, True),
        ({"form.career.1.from": "2019-12-11"}, False),
        ({"form.career.1.to": "2019-12-10"}, True),
        ({"form.career.1.to": "2019-12-09"}, False),
        ({"form.career.1.in_port_area": False}, False),
    ],
)
def test_who_works_here_on_the_day_is_employed(changes: Changes, employed: bool) -> None:
    """S6: the first and the last day included."""
    assert ("S6" not in errors("good-1", changes)) is employed


def test_several_spans_make_more_years_than_the_longest_of_them() -> None:
    """S57, A3: summed in days; one alone needs its anniversary."""
    three, two = (
        Span(date(2010, 1, 1), date(2012, 12, 31)),
        Span(date(2014, 1, 1), date(2015, 12, 31)),
    )
    assert full_years((three, two), date(2019, 12, 10)) == 5
    assert full_years((three,), date(2019, 12, 10)) == 2


def test_a_post_may_last_one_day() -> None:
    """S63."""
    findings = judged("good-1", {"form.career.1.to": "2008-12-01"})
    assert "S63" not in rules(findings, "warning")


def test_an_association_recommends_directly() -> None:
    """S29: the employer need not be asked."""
    assert errors("good-3", {}) == []


@pytest.mark.parametrize(
    ("kind", "wrong"), [("1", []), ("8", []), ("2", ["S65"]), ("3", ["S65"]), ("9", ["S65"])]
)
def test_inventions_alone_are_listed(kind: str, wrong: list[str]) -> None:
    """S65: kinds 1 and 8, each with a check character that is right."""
    digits = f"2018{kind}9999991"
    number = f"ZL{digits}.{patents.check_character(digits)}"
    assert errors("good-1", {"form.patents.0.number": number}) == wrong


@pytest.mark.parametrize(
    ("blank", "value", "wrong"),
    [
        ("date", "2019-12-10", []),
        ("date", "2019-12-11", ["S68"]),
        ("date", None, ["S68"]),
        ("signed_by", " ", ["S68"]),
        ("sealed", False, ["S68"]),
    ],
)
def test_an_opinion_is_sealed_signed_and_dated_no_later_than_it_came(
    blank: str, value: object, wrong: list[str]
) -> None:
    """S68."""
    assert errors("good-1", {f"{OPINION}.{blank}": value}) == wrong


def test_a_number_of_another_form_and_one_that_nobody_opened_are_told_apart() -> None:
    """S2."""
    for number, said in (("嘉港区办[2019]60号", "不正确"), ("嘉港区办〔2018〕1号", "没有")):
        (finding,) = judged("good-1", {"campaign": number}, configuration=None).found
        assert said in finding.message


def test_a_deadline_may_be_the_day_of_the_notice_itself() -> None:
    """S32."""
    for day, faults in (("2019-11-20", []), ("2019-11-19", ["S32"])):
        until = datetime.fromisoformat(f"{day}T23:59:59+08:00")
        changed = CONFIGURATION.model_copy(update={"deadline": until})
        assert [rule for rule, _, _ in changed.faults()] == faults


def test_nobody_is_born_after_the_nomination() -> None:
    """S49: even if the number checks."""
    first = "89000020200307001"
    number = first + identity_numbers.check_digit(first)
    assert identity_numbers.is_valid(number, rehearsal=True)
    assert "S49" in errors("good-1", {"form.id_number": number})


def test_the_years_in_the_trade_of_nobody_are_not_judged() -> None:
    """S52: where the ID number tells no birth."""
    findings = judged("good-1", {"form.id_number": "", "form.years_in_trade": 30})
    assert "S52" not in rules(findings, "warning")


@pytest.mark.parametrize(("length", "wrong"), [(100, []), (101, ["S62"])])
def test_the_longest_name_of_a_unit(length: int, wrong: list[str]) -> None:
    """S62."""
    assert errors("good-1", {"recommender.name": "虚" * length}) == wrong


@pytest.mark.parametrize(("digits", "wrong"), [(440, []), (441, ["S66"])])
def test_the_longest_text_with_all_that_is_no_character(digits: int, wrong: list[str]) -> None:
    """S66: 450 in all."""
    text = "精益求精技能带徒业绩" + "1" * digits
    assert errors("good-1", {"form.achievements": text}) == wrong


def test_apprentices_are_on_paper() -> None:
    """S19."""
    assert "S19" in errors("good-3", {"form.claims.C3.materials": []})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"channel": "self"}, "不接受自荐"),
        ({"form.applicant_commitment.signed_by": " "}, "须签名并注明日期"),
    ],
)
def test_of_two_reasons_by_one_rule_the_fitting_one_is_given(changes: Changes, said: str) -> None:
    """S26, S67."""
    assert any(said in finding.message for finding in judged("good-1", changes).found)


@pytest.mark.parametrize(
    ("signed", "opinion", "wrong"),
    [
        ("2019-12-04", "2019-12-05", []),
        ("2019-12-05", "2019-12-05", []),
        ("2019-12-06", "2019-12-05", ["S67"]),
        ("2019-12-10", None, ["S68"]),
        ("2019-12-11", None, ["S67", "S68"]),
    ],
)
def test_a_commitment_is_no_later_than_the_opinion_or_else_the_receipt(
    signed: str, opinion: str | None, wrong: list[str]
) -> None:
    """S67."""
    changes = {"form.applicant_commitment.date": signed, f"{OPINION}.date": opinion}
    assert errors("good-1", changes) == wrong
