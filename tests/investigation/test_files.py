"""What stands out in the files of nominees, and what honest people have in common (P7, S46–S65)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.audit.investigation.edits import corrected_scores, gains
from shared.audit.investigation.facts import Document, Facts, Nomination, Objection, PublicityFacts
from shared.audit.investigation.finding import Finding
from shared.audit.investigation.investigate import investigate
from shared.contracts.submission import Form, Honour, Patent, Post, Qualification
from tests.investigation.files import (
    RECEIVED,
    SKILLED,
    at,
    edited,
    facts,
    file,
    honest,
    intake,
    person,
    scored,
    with_honour,
    with_patent,
)

NUMBER = "ZL201619999992.X"
SAME = "a" * 64


def of(kind: str, *nominations: Nomination) -> list[Finding]:
    return [one for one in investigate(facts(*nominations)) if one.kind == kind]


def grades(kind: str, *nominations: Nomination) -> list[str]:
    return [one.grade for one in of(kind, *nominations)]


def test_nothing_is_found_in_honest_files() -> None:
    assert not investigate(facts(*(file(number) for number in range(20))))


# the same patent, award or document


def test_one_patent_in_two_units_is_a_finding_however_it_is_typed() -> None:
    one, other = (
        file(1, opened=with_patent(NUMBER)),
        file(2, opened=with_patent(" zl2016 19999992x")),
    )
    (found,) = of("same_patent", one, other)
    assert found.grade == "finding"
    assert found.nominations == (one.id, other.id)
    assert {line.leaf for line in found.evidence} == {1, 2}
    assert NUMBER not in found.model_dump_json(), "numbers of certificates are masked"


@pytest.mark.parametrize(("title", "grade"), [("一种装置", "note"), ("另一种装置", "finding")])
def test_inventors_of_one_unit_are_a_note_unless_they_call_it_differently(
    title: str, grade: str
) -> None:
    one = file(1, unit="same", opened=with_patent(NUMBER))
    other = file(2, unit="same", opened=with_patent(NUMBER, title))
    assert grades("same_patent", one, other) == [grade]


def test_two_nominations_of_one_person_may_say_the_same() -> None:
    """P7"""
    one, other = (file(number, claim=UUID(int=9), opened=with_patent(NUMBER)) for number in (1, 2))
    assert not investigate(facts(one, other))


@pytest.mark.parametrize(
    ("units", "one", "other", "expected"),
    [
        (("a", "a"), {"rank": 1}, {"rank": 2}, []),
        (("a", "b"), {"rank": 1}, {"rank": 2}, []),
        (("a", "a"), {"rank": 1}, {"rank": 1}, ["finding"]),
        (("a", "b"), {"rank": 2}, {"rank": 2}, ["finding"]),
        (("a", "a"), {"rank": 2}, {"rank": 2}, ["note"]),
        (("a", "b"), {"rank": 3}, {"rank": None}, ["note"]),
        (("a", "b"), {"rank": None}, {"rank": None}, ["finding"]),
        (("a", "a"), {"rank": None}, {"rank": None}, []),
    ],
)
def test_an_award_has_one_leader_and_may_have_several_hands(
    units: tuple[str, str], one: dict[str, Any], other: dict[str, Any], expected: list[str]
) -> None:
    """S18, P7"""
    files = [
        file(number, unit=unit, opened=person(honours=with_honour(**changes).honours, career=()))
        for number, unit, changes in ((1, units[0], one), (2, units[1], other))
    ]
    assert grades("same_award", *files) == expected


def test_a_person_who_is_nominated_twice_has_one_place_in_an_award() -> None:
    """P7: the same part in a work, told twice by one person, is no copy from the other."""
    twice = [(1, "a", UUID(int=9), 1), (2, "b", UUID(int=9), 1), (3, "c", UUID(int=8), 2)]
    files = [
        file(n, unit=u, claim=c, opened=person(honours=with_honour(rank=r).honours, career=()))
        for n, u, c, r in twice
    ]
    assert not of("same_award", *files)
    unplaced = [
        file(n, unit=u, claim=c, opened=person(honours=with_honour(rank=None).honours, career=()))
        for n, u, c in ((1, "a", UUID(int=9)), (2, "b", UUID(int=9)), (3, "b", UUID(int=8)))
    ]
    assert not of("same_award", *unplaced), "a colleague in one of the two units"


def test_a_title_conferred_on_many_is_a_note_and_an_employers_own_in_two_units_a_finding() -> None:
    named = {"title": "虚构市劳动模范", "kind": "model_worker", "rank": None}
    files = [
        file(n, opened=person(honours=with_honour(**named).honours, career=())) for n in (1, 2)
    ]
    assert grades("same_award", *files) == ["note"]
    own = {"title": "金牌员工", "kind": "other", "level": "employer", "rank": None}
    files = [file(n, opened=person(honours=with_honour(**own).honours, career=())) for n in (1, 2)]
    assert grades("same_award", *files) == ["finding"]


@pytest.mark.parametrize(
    ("kind", "in_one_unit", "in_two"),
    [
        ("identity_card", ["finding"], ["finding"]),
        ("graduation_certificate", ["finding"], ["finding"]),
        ("qualification_certificate", ["finding"], ["finding"]),
        ("deeds_statement", ["finding"], ["finding"]),
        ("service_years_proof", [], ["finding"]),
        ("honour_certificate", ["note"], ["finding"]),
        ("achievement_proof", [], ["note"]),
    ],
)
def test_what_is_a_persons_own_is_shared_by_nobody_and_a_units_proof_by_many(
    kind: Any, in_one_unit: list[str], in_two: list[str]
) -> None:
    shared = (Document(kind=kind, sha256=SAME),)
    colleagues = [file(number, unit="same", documents=shared) for number in (1, 2)]
    strangers = [file(number, documents=shared) for number in (1, 2)]
    assert grades("same_document", *colleagues) == in_one_unit
    assert grades("same_document", *strangers) == in_two


def test_a_certificate_of_a_patent_that_is_told_already_is_not_told_twice() -> None:
    paper = (Document(kind="patent_certificate", sha256=SAME),)
    files = [file(n, opened=with_patent(NUMBER), documents=paper) for n in (1, 2)]
    assert [one.kind for one in investigate(facts(*files))] == ["same_patent"]


def test_several_papers_of_one_pair_are_one_finding() -> None:
    papers = (
        Document(kind="identity_card", sha256="a" * 64),
        Document(kind="graduation_certificate", sha256="b" * 64),
    )
    (found,) = of("same_document", *(file(n, documents=papers) for n in (1, 2, 3)))
    assert len(found.nominations) == 3


# careers


def post(since: str, until: str | None, employer: str, title: str = "操作工") -> Post:
    return Post(
        since=date.fromisoformat(since),
        until=None if until is None else date.fromisoformat(until),
        employer=employer,
        post=title,
        in_port_area=True,
        skilled_post=True,
    )


@pytest.mark.parametrize(
    ("until", "employer", "title", "expected"),
    [
        ("2010-01-01", "乙", "工人", []),
        ("2010-03-04", "乙", "工人", ["note"]),
        ("2010-03-05", "乙", "工人", ["finding"]),
        ("2012-01-01", "乙", "兼职讲师", ["note"]),
        ("2012-01-01", "甲", "工人", []),
    ],
)
def test_a_career_overlaps_by_more_than_a_change_of_posts(
    until: str, employer: str, title: str, expected: list[str]
) -> None:
    """S63: sixty-two days are a change of posts"""
    career = (post("2004-04-01", until, employer, title), post("2010-01-01", None, "甲"))
    assert grades("career", file(1, opened=person(career=career))) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"years_in_port_area": 16}, ["note"]),
        ({"years_in_port_area": 17}, ["finding"]),
        ({"years_in_trade": 16}, []),
        ({"years_in_trade": 17}, ["finding"]),
        ({"birth": date(1989, 1, 1)}, ["finding"]),
    ],
)
def test_declared_years_are_those_of_the_career_and_begin_at_sixteen(
    changes: dict[str, Any], expected: list[str]
) -> None:
    """S52, S57: one year is rounding"""
    assert grades("career", file(1, opened=person(**changes))) == expected


# certificates


@pytest.mark.parametrize(
    "changes",
    [
        {"number_sex": "女"},
        {"birth": date(1990, 1, 1), "years_in_trade": 10},
        {"qualification": Qualification(level=2, certificate_number="Y008900000000181000003")},
        {"qualification": Qualification(level=1, certificate_number="Y008900000000201000003")},
        {"qualification": Qualification(level=1, certificate_number="Y008900000000031000003")},
        {"patents": (Patent(number="ZL202019999992.0"),)},
        {"honours": with_honour(date=date(2020, 1, 1)).honours},
    ],
)
def test_a_number_contradicts_the_claim_by_its_own_digits(changes: dict[str, Any]) -> None:
    """S46, S55, S65"""
    (found,) = of("certificate", file(1, opened=person(**changes)))
    assert found.grade == "finding"


def test_three_wrong_numbers_of_one_person_are_one_finding_and_weigh_more() -> None:
    wrong = person(
        number_sex="女",
        qualification=Qualification(level=2, certificate_number="Y008900000000201000003"),
    )
    (found,) = of("certificate", file(1, opened=wrong))
    assert found.severity == 3
    assert "Y008900000000201000003" not in found.model_dump_json()


# units


def leader(number: int, unit: str, by: str, title: str = "总经理") -> Nomination:
    return file(
        number,
        unit=unit,
        by=by,
        opened=person(career=(SKILLED.model_copy(update={"post": title}),)),
    )


def test_units_that_nominate_each_others_leaders_are_found_also_in_a_ring() -> None:
    (pair,) = of("mutual_units", leader(1, "a", "b"), leader(2, "b", "a"))
    assert (pair.grade, pair.units) == ("finding", ("a", "b"))
    ring = [leader(1, "b", "a"), leader(2, "c", "b"), leader(3, "a", "c")]
    (found,) = of("mutual_units", *ring)
    assert found.units == ("a", "b", "c")


def test_mutual_nominations_of_workers_are_a_note_and_of_one_direction_nothing() -> None:
    assert grades("mutual_units", leader(1, "a", "b"), leader(2, "b", "a", "钳工")) == ["note"]
    assert grades("mutual_units", leader(1, "a", "b"), leader(2, "a", "b")) == []
    deputies = (leader(1, "a", "b", "副总经理"), leader(2, "b", "a", "总经理助理"))
    assert grades("mutual_units", *deputies) == ["note"]


# edits and objections


@pytest.mark.parametrize(
    ("hours", "gained", "expected"),
    [
        (24, ("新增或改动荣誉1项",), ["finding"]),
        (24.1, ("新增或改动荣誉1项",), []),
        (0, ("新增或改动荣誉1项",), ["finding"]),
        (1, (), ["note"]),
    ],
)
def test_what_was_asked_for_is_no_finding_unless_it_gains_in_the_last_hours(
    hours: float, gained: tuple[str, ...], expected: list[str]
) -> None:
    """S31"""
    assert grades("late_edit", file(1, edits=(edited(hours, *gained),))) == expected


def test_a_gain_is_told_without_its_values() -> None:
    before = Form(years_in_trade=10, honours=(Honour(title="甲奖"),))
    after = before.model_copy(
        update={"years_in_trade": 12, "honours": (Honour(title="甲奖"), Honour(title="乙奖"))}
    )
    papers = [Document(kind="honour_certificate", sha256=SAME)]
    told = gains(before, after, [], papers)
    assert told == ("新增或改动荣誉1项", "本工种年限增加2年", "新增或替换表彰奖励证书")
    assert gains(before, before.model_copy(update={"education": "高中毕业"}), papers, papers) == ()


def test_a_score_corrected_by_much_before_the_list_is_drawn_is_found() -> None:
    """P11"""
    facts = scored(honest(1, candidates=1), units=1)
    (candidate,) = facts.candidates
    first, *rest = candidate.scores
    for change, grade in ((10, "finding"), (9, "note")):
        corrected = first.model_copy(update={"before": first.total - change})
        spoilt = candidate.model_copy(update={"scores": (corrected, *rest)})
        (found,) = corrected_scores(facts.model_copy(update={"candidates": (spoilt,)}))
        assert found.grade == grade


def test_a_withdrawn_objection_is_found_and_a_note_where_the_office_went_on() -> None:
    """P5"""
    raised = Objection(id=UUID(int=7), nomination=UUID(int=1), signed=True, raised=at(1, RECEIVED))
    gone = raised.model_copy(
        update={"accepted": at(2), "withdrawn": at(3, RECEIVED + timedelta(days=3))}
    )
    went_on = gone.model_copy(update={"id": UUID(int=8), "continued": True})
    told = Facts(
        intake=intake(file(1)), publicity=PublicityFacts(objections=(raised, gone, went_on))
    )
    found = investigate(told)
    assert [(one.objections, one.grade) for one in found] == [
        ((gone.id,), "finding"),
        ((went_on.id,), "note"),
    ]
    assert found[0].units == ("unit-1",)
