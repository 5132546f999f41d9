"""S16 as a truth table: a placing together with a qualification, or an honour."""

from itertools import product

import pytest

from shared.contracts.campaign import CampaignConfiguration, Readings
from tests.intake.samples import CONFIGURATION, judged, rules, sample

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


SKILL_LEVEL = "Y008900000000172000002"
OLD = "1833000000300001"


def reading(**changes: object) -> CampaignConfiguration:
    """The campaign of 2019, read in another way."""
    readings = Readings.model_validate(dict(CONFIGURATION.readings) | changes)
    return CONFIGURATION.model_copy(update={"readings": readings})


class TestReadings:
    """Where the notice leaves room, the campaign says how it is read (A5, A6, A7)."""

    @pytest.mark.parametrize(("lowest", "expected"), [("city", ["S16"]), ("county", [])])
    def test_from_which_level_on_a_city_is_one(self, lowest: str, expected: list[str]) -> None:
        """A6, S16: a county-level city."""
        changes = {"form.honours.0.level": "county"}
        configuration = reading(lowest_city_level=lowest)
        found = judged("good-2", changes, configuration=configuration)
        assert rules(found, "error") == expected

    @pytest.mark.parametrize(("lowest", "expected"), [("city", ["S18"]), ("county", [])])
    def test_also_for_an_innovation_award(self, lowest: str, expected: list[str]) -> None:
        """A6, S18."""
        place = sample("good-3").form.claims.C3
        assert place is not None
        changes = {f"form.honours.{place.innovation_award}.level": "county"}
        configuration = reading(lowest_city_level=lowest)
        found = judged("good-3", changes, configuration=configuration)
        assert rules(found, "error") == expected

    @pytest.mark.parametrize(
        ("certificate", "counts", "expected"),
        [(SKILL_LEVEL, True, []), (SKILL_LEVEL, False, ["S16"]), (OLD, False, [])],
    )
    def test_whether_a_certificate_of_skill_level_is_a_qualification(
        self, certificate: str, counts: bool, expected: list[str]
    ) -> None:
        """A7, S16."""
        changes = {"form.vocational_qualification.certificate_number": certificate}
        configuration = reading(skill_level_certificates=counts)
        found = judged("good-2", changes, configuration=configuration)
        assert rules(found, "error") == expected

    @pytest.mark.parametrize(
        ("awards", "expected"),
        [
            (("中国专利奖",), []),
            (("国家科学技术奖", "中国专利奖"), []),
            (("国家科学技术奖",), ["S21"]),
            ((), ["S21"]),
        ],
    )
    def test_which_awards_count_without_a_decision(
        self, awards: tuple[str, ...], expected: list[str]
    ) -> None:
        """A5, S21."""
        found = judged("good-4", configuration=reading(patent_awards=awards))
        assert rules(found, "error") == expected

    @pytest.mark.parametrize(
        "other", [{"kind": "innovation_award"}, {"level": "province"}, {"title": "虚构专利奖"}]
    )
    def test_an_award_of_another_kind_level_or_name_does_not(self, other: dict[str, str]) -> None:
        """A5, S21."""
        changes = {f"form.honours.0.{field}": value for field, value in other.items()}
        assert rules(judged("good-4", changes), "error") == ["S21"]

    def test_all_listed_areas_are_asked_for_only_if_the_campaign_says_so(self) -> None:
        """A4, S14: any of the four is enough, unless the campaign is strict."""
        strict = CONFIGURATION.model_copy(update={"all_listed_areas": True})
        assert rules(judged("good-1"), "error") == []
        assert rules(judged("good-1", configuration=strict), "error") == ["S14"]


class TestWhatPeopleJudge:
    """Data cannot show it: no rule decides it, the pre-review does (test_prereview.py)."""

    def test_neither_branch_of_the_first_claim_is_worth_a_look(self) -> None:
        """S12: 绝技高招 or 先进操作法."""
        changes = {
            "form.claims.C1.master_technique": None,
            "form.claims.C1.operating_method": None,
        }
        assert rules(judged("good-1", changes), "warning") == ["S12"]

    @pytest.mark.parametrize("name", ["good-1", "good-2", "good-3", "good-4"])
    def test_standing_skill_and_contribution_are_not_judged_by_a_machine(self, name: str) -> None:
        """S8, S13, S15, S17, S20: nothing is found of them, whatever the form says."""
        found = {finding.rule for finding in judged(name).found}
        assert not found & {"S8", "S13", "S15", "S17", "S20"}
