"""S16 as a truth table: a placing together with a qualification, or an honour."""

from itertools import product

import pytest

from tests.intake.samples import judged, rules

BOOLEANS = (True, False)


def honour(*, city: bool) -> dict[str, object]:
    """A model worker of a city, or of a county (A6)."""
    return {
        "title": "虚构市劳动模范",
        "issuer": "虚构市人民政府",
        "level": "city" if city else "county",
        "kind": "model_worker",
        "date": "2017-05-01",
        "rank": None,
        "material": "m7",
    }


@pytest.mark.parametrize(
    ("city", "placed", "technician", "honoured"), list(product(BOOLEANS, repeat=4))
)
def test_the_second_condition_has_two_branches(
    city: bool, placed: bool, technician: bool, honoured: bool
) -> None:
    """S16: sixteen rows."""
    contest = {
        "title": "虚构职业技能大赛",
        "issuer": "虚构市人民政府",
        "level": "city" if city else "county",
        "kind": "skills_contest",
        "date": "2018-10-20",
        "rank": 3 if placed else 4,
        "material": "m7",
    }
    findings = judged(
        "good-2",
        {
            "form.honours": [contest, honour(city=honoured)],
            "form.claims.C2.honour": 1,
            "form.vocational_qualification.level": 2 if technician else 3,
            "form.vocational_qualification.certificate_number": "1833000000300001",
        },
    )
    holds = (city and placed and technician) or honoured
    assert rules(findings, "error") == ([] if holds else ["S16"])


@pytest.mark.parametrize(
    ("level", "rank", "qualification", "holds"),
    [
        ("national", 1, 1, True),
        ("province", 2, 2, True),
        ("city", 3, 2, True),
        ("city", 0, 2, False),
        ("city", None, 2, False),
        ("township", 1, 1, False),
        ("galactic", 1, 1, False),
    ],
)
def test_above_and_first_three_include(
    level: str, rank: int | None, qualification: int, holds: bool
) -> None:
    """S16, A6: a higher level, a better place and a higher qualification count as well."""
    findings = judged(
        "good-2",
        {
            "form.honours.0.level": level,
            "form.honours.0.rank": rank,
            "form.vocational_qualification.level": qualification,
            "form.vocational_qualification.certificate_number": "1833000000300001",
        },
    )
    assert (rules(findings, "error") == []) is holds


@pytest.mark.parametrize(
    ("title", "kind", "level", "holds"),
    [
        ("浙江省技术能手", "technical_expert", "province", True),
        ("金蓝领", "gold_blue_collar", "province", True),
        ("嘉兴市金蓝领", "other", "city", True),
        ("虚构市先进工作者", "other", "city", False),
        ("公司劳模", "model_worker", "employer", False),
    ],
)
def test_the_named_honours_count_and_others_wait_for_a_person(
    title: str, kind: str, level: str, holds: bool
) -> None:
    """S16: 等 leaves the list open, but not to a machine."""
    named = honour(city=True) | {"title": title, "kind": kind, "level": level}
    changes = {"form.honours": [named], "form.claims.C2": {"honour": 0}}
    assert (rules(judged("good-2", changes), "error") == []) is holds


def test_a_placing_without_any_qualification_is_not_enough() -> None:
    """S16."""
    findings = judged("good-2", {"form.vocational_qualification": None})
    assert rules(findings, "error") == ["S16"]


def test_what_is_not_claimed_is_not_judged() -> None:
    """S11: C4 with nothing to it does not harm one who claims C3 only."""
    changes = {"claimed_conditions": ["C3"], "form.claims.C4": {"patent_award": None}}
    assert judged("good-3", changes).found == ()
