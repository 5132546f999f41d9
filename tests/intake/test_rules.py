"""Every rule that a machine can decide, at least once; all reasons come at once."""

from datetime import datetime
from typing import Any

import pytest

from services.intake.publishers import Publisher
from shared.contracts.campaign import Entrance
from tests.intake.samples import CONFIGURATION, MISSING, judged, publisher_of, rules

Changes = dict[str, Any]

FORM = "form"
OPINION = "form.recommender_opinion"
COMMITMENT = "form.applicant_commitment"


@pytest.mark.parametrize(
    ("rule", "name", "changes"),
    [
        ("S11", "good-1", {"claimed_conditions": []}),
        ("S26", "good-1", {"channel": "self"}),
        ("S26", "good-1", {"channel": None}),
        ("S27", "good-1", {f"{OPINION}.selection_method": " "}),
        ("S27", "good-1", {f"{OPINION}.selection_method": MISSING}),
        ("S29", "good-3", {"recommender.uscc": "91890000MAXXXX015J"}),
        ("S30", "good-1", {"materials.2": MISSING}),
        ("S30", "good-1", {"materials": []}),
        ("S30", "good-1", {"materials.9.id": "m9"}),
        ("S30", "good-1", {"form.vocational_qualification.material": "m99"}),
        ("S30", "good-1", {"form.patents.0.material": "m1"}),
        ("S30", "good-1", {"form.honours.0.material": None}),
        ("S30", "good-1", {"form.claims": {}}),
        ("S30", "good-1", {"form.claims.C1.operating_method.material": ""}),
        ("S30", "good-1", {"form.claims.C1.areas.0.material": "m77"}),
        ("S30", "good-2", {"form.claims.C2.contest": 7}),
        ("S30", "good-3", {"form.claims.C3.materials": []}),
        ("S30", "good-4", {"form.claims.C4.projects.0.material": "m0"}),
        ("S42", "good-1", {f"{OPINION}.reviewed_by": ""}),
        ("S42", "good-1", {f"{OPINION}.reviewed_on": None}),
        ("S42", "good-1", {f"{OPINION}.reviewed_on": "2019-12-11"}),
        ("S44", "good-1", {"materials.0.title": "“港区工匠”推荐表"}),
        ("S45", "good-1", {"form.name": "Ceshi"}),
        ("S45", "good-1", {"form.name": ""}),
        ("S46", "good-1", {"form.sex": "女"}),
        ("S46", "good-1", {"form.sex": "1"}),
        ("S48", "good-1", {"form.photo_sha256": None}),
        ("S49", "good-1", {"form.id_number": "890000198503070012"}),
        ("S49", "good-1", {"form.id_number": MISSING}),
        ("S49", "good-1", {"form.id_number": "890000202003070019"}),
        ("S50", "good-1", {"form.education": "大学专科结业"}),
        ("S50", "good-1", {"form.education": ""}),
        ("S51", "good-1", {"form.specialty": " "}),
        ("S53", "good-1", {"form.industry.code": "26"}),
        ("S53", "good-1", {"form.industry.name": ""}),
        ("S55", "good-1", {"form.vocational_qualification.level": 6}),
        ("S55", "good-1", {"form.vocational_qualification.level": None}),
        ("S56", "good-1", {"form.employer.uscc": "91890000MAXXXX015K"}),
        ("S56", "good-1", {"form.employer.name": ""}),
        ("S58", "good-1", {"form.mobile": "0573-00000001"}),
        ("S58", "good-1", {"form.mobile": "无"}),
        ("S62", "good-1", {"recommender.uscc": "51890000MJXXXX018G"}),
        ("S62", "good-1", {"recommender.uscc": ""}),
        ("S62", "good-1", {"recommender.name": ""}),
        ("S62", "good-1", {"recommender.name": "虚构\x00公司"}),
        ("S62", "good-1", {"recommender.name": "虚" * 101}),
        ("S65", "good-1", {"form.patents.0.number": "CN201819999991.4"}),
        ("S65", "good-1", {"form.patents.0.number": "ZL201819999991.5"}),
        ("S65", "good-1", {"form.patents.0.number": "ZL201829999991.6"}),
        ("S66", "good-1", {"form.achievements": ""}),
        ("S66", "good-1", {"form.achievements": "精益求精技能带徒业绩，电话13800000000。"}),
        ("S66", "good-1", {"form.achievements": "精益求精技能带徒业绩" + "1" * 441}),
        ("S67", "good-1", {f"{COMMITMENT}.text": "本人承诺所申报的所有材料属实。"}),
        ("S67", "good-1", {f"{COMMITMENT}.signed_by": ""}),
        ("S67", "good-1", {f"{COMMITMENT}.signed_by": "测试乙"}),
        ("S67", "good-1", {f"{COMMITMENT}.date": None}),
        ("S67", "good-1", {f"{COMMITMENT}.date": "2019-12-05"}),
        ("S68", "good-1", {f"{OPINION}.text": "本单位现推荐测试乙同志参加港区工匠评选。"}),
        ("S68", "good-1", {f"{OPINION}.sealed": False}),
        ("S68", "good-1", {f"{OPINION}.signed_by": None}),
        ("S68", "good-1", {f"{OPINION}.date": "2019-12-11"}),
    ],
)
def test_a_rule_refuses_what_is_no_nomination(rule: str, name: str, changes: Changes) -> None:
    findings = judged(name, changes)
    assert rule in rules(findings, "error")
    assert findings.refuse


@pytest.mark.parametrize(
    ("rule", "name", "changes"),
    [
        ("S6", "good-1", {"form.career.1.to": "2019-11-30"}),
        ("S9", "good-1", {"form.career.1.skilled_post": False}),
        ("S9", "good-1", {"form.career": []}),
        ("S10", "good-2", {"form.career.1.from": "2016-12-11"}),
        ("S10", "good-2", {"form.years_in_port_area": 2}),
        ("S16", "good-2", {"form.honours.0.rank": 4}),
        ("S18", "good-3", {"form.claims.C3.lead": False}),
        ("S18", "good-3", {"form.honours.0.level": "county"}),
        ("S18", "good-3", {"form.honours.0.kind": "other"}),
        ("S19", "good-3", {"form.claims.C3.apprentices": 0}),
        ("S21", "good-4", {"form.honours.0.level": "province"}),
        ("S21", "good-4", {"form.honours.0.kind": "other"}),
        ("S21", "good-4", {"form.honours.0.title": "某部委专利金奖"}),
        ("S22", "good-4", {"form.claims.C4.projects.0.level": "county"}),
        ("S22", "good-4", {"form.claims.C4.projects.0.role": ""}),
        ("S22", "good-4", {"form.claims.C4.projects": []}),
        ("S31", "good-1", {"materials.3.original_presented": False}),
    ],
)
def test_a_rule_lets_in_what_cannot_pass_as_it_stands(
    rule: str, name: str, changes: Changes
) -> None:
    findings = judged(name, changes)
    assert rule in rules(findings, "error")
    assert not findings.refuse


@pytest.mark.parametrize(
    ("rule", "name", "changes"),
    [
        ("S12", "good-1", {"form.claims.C1.operating_method": None}),
        ("S14", "good-1", {"form.claims.C1.areas": []}),
        ("S28", "good-1", {"recommender.uscc": "91890000MAXXXX023D"}),
        ("S49", "good-1", {"form.id_number": "330499198503070016"}),
        ("S52", "good-1", {"form.years_in_trade": 19}),
        ("S52", "good-1", {"form.years_in_trade": None}),
        ("S54", "good-2", {"form.technical_title.level": "特级"}),
        ("S55", "good-1", {"form.vocational_qualification.certificate_number": "12345"}),
        (
            "S55",
            "good-1",
            {"form.vocational_qualification.certificate_number": "Y008900000000192000001"},
        ),
        ("S55", "good-1", {"form.vocational_qualification.occupation": ""}),
        ("S57", "good-1", {"form.years_in_port_area": 12}),
        ("S57", "good-1", {"form.years_in_port_area": None}),
        ("S59", "good-1", {"form.postal_address": ""}),
        ("S60", "good-1", {"form.office_phone": None}),
        ("S61", "good-1", {"form.email": MISSING}),
        ("S63", "good-1", {"form.career.0.to": "2008-08-30"}),
        ("S64", "good-1", {"form.honours.0.issuer": ""}),
        ("S64", "good-1", {"form.honours.0.date": None}),
        ("S64", "good-1", {"form.honours.0.level": "galactic"}),
        ("S63", "good-1", {"form.career.0.to": "2005-06-30"}),
        ("S66", "good-1", {"form.achievements": "完成老旧设备改造九项，技术领先。"}),
    ],
)
def test_a_rule_asks_a_person_to_look(rule: str, name: str, changes: Changes) -> None:
    findings = judged(name, changes)
    assert rules(findings, "warning") == [rule]
    assert rules(findings, "error") == []


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("good-1", {"form.household_registration": "安徽省某市（测试数据）"}),
        ("good-1", {"form.office_phone": "无"}),
        ("good-1", {"form.technical_title": None}),
        ("good-2", {"form.name": "测试 乙"}),
        ("good-3", {"form.name": "阿测试•丙"}),
        (
            "good-1",
            {"recommender.name": "乍浦镇人民政府", "recommender.uscc": "91890000MAXXXX023D"},
        ),
        ("good-1", {"paper_received_at": None}),
        ("good-1", {"paper_received_at": "2019-12-10T23:59:59+08:00"}),
        ("good-1", {"form.career.0.to": "2008-09-01"}),
        ("good-1", {"form.achievements": "精益求精，技能，带徒，业绩" + "工" * 289}),
        ("good-1", {"form.id_number": "890000198503070011 "}),
    ],
)
def test_no_rule_minds(name: str, changes: Changes) -> None:
    """S7, S45, S47, S54, S60, S63, S66: on this side of the line."""
    assert judged(name, changes).found == ()


@pytest.mark.parametrize("industry", ["A01", "C26", "G55", "P83", "T97"])
def test_no_industry_is_rejected_for_being_out_of_focus(industry: str) -> None:
    """S7: 重点 is a preference; S3, S5: neither purpose nor addressees reject anybody."""
    changes = {"form.industry": {"code": industry, "name": "测试行业"}}
    assert judged("good-1", changes).found == ()


def test_nobody_nominates_himself_and_everybody_commits_himself() -> None:
    """A9: 自荐承诺 is the person's word (S67), not a channel (S26)."""
    assert rules(judged("good-1", {"channel": "self"}), "error") == ["S26"]
    assert rules(judged("good-1", {COMMITMENT: {}}), "error") == ["S67"]


def test_a_nomination_needs_both_the_person_and_the_unit() -> None:
    """A10: whoever brings it."""
    assert rules(judged("good-1", {OPINION + ".text": ""}), "error") == ["S68"]
    assert rules(judged("good-1", {COMMITMENT + ".text": ""}), "error") == ["S67"]


def test_outsiders_are_as_welcome() -> None:
    """S6, S47: 户籍 has no effect."""
    assert judged("good-1", {"form.household_registration": "外省某县"}).found == ()


@pytest.mark.parametrize(
    ("required", "method", "expected"),
    [
        (True, "民主推荐", ["P18"]),
        (True, "民主推荐并在单位内部公示5个工作日", []),
        (False, "民主推荐", []),
    ],
)
def test_a_notice_in_the_unit_is_asked_for_where_the_campaign_says_so(
    required: bool, method: str, expected: list[str]
) -> None:
    """P18."""
    entrance = Entrance(unit_notice_required=required)
    found = judged(
        "good-1",
        {f"{OPINION}.selection_method": method},
        configuration=CONFIGURATION.model_copy(update={"entrance": entrance}),
    )
    assert rules(found, "error") == expected
    assert not found.refuse


def test_all_reasons_come_at_once() -> None:
    changes: Changes = {
        "channel": "self",
        "form.sex": "",
        "form.mobile": None,
        "form.career.1.to": "2019-11-30",
        "form.years_in_trade": 30,
        f"{OPINION}.sealed": False,
        f"{OPINION}.signed_by": None,
    }
    findings = judged("good-1", changes)
    assert rules(findings, "error") == ["S6", "S26", "S46", "S58", "S68"]
    assert rules(findings, "warning") == ["S52", "S57"]


def test_an_empty_form_meets_every_rule_about_blanks() -> None:
    findings = judged("good-1", {"form": {}})
    refusing = {"S45", "S46", "S48", "S49", "S50", "S51", "S53", "S56", "S58", "S66", "S67", "S68"}
    assert refusing.issubset(rules(findings, "error"))


def test_a_rule_speaks_once_with_all_its_sentences() -> None:
    findings = judged("bad-6")
    (finding,) = findings.found
    assert "校验位" in finding.message
    assert "不是发明专利" in finding.message


@pytest.mark.parametrize(
    ("at", "late"),
    [
        ("2019-12-10T23:59:59+08:00", False),
        ("2019-12-10T15:59:59+00:00", False),
        ("2019-12-11T00:00:00+08:00", True),
    ],
)
def test_the_last_day_counts_to_its_end(at: str, late: bool) -> None:
    """S32, A1: by our own clock, whatever the paper says."""
    findings = judged("good-1", at=datetime.fromisoformat(at))
    assert ("S32" in rules(findings, "error")) is late


def test_late_paper_refuses_a_message_that_came_in_time() -> None:
    """S32, S34: both must be there."""
    findings = judged("good-1", {"paper_received_at": "2019-12-11T00:00:00+08:00"})
    assert rules(findings, "error") == ["S32"]


def test_paper_was_not_received_before_there_was_a_notice() -> None:
    """S32."""
    findings = judged("good-1", {"paper_received_at": "2019-11-19T23:59:59+08:00"})
    assert rules(findings, "error") == ["S32"]


def test_a_publisher_uses_only_its_own_channels() -> None:
    """S26: an association may not send an employer's recommendation."""
    association = publisher_of("good-3")
    assert rules(judged("good-1", publisher=association), "error") == ["S26"]
    both = Publisher(
        user="gateway",
        sources=frozenset({"urn:test"}),
        channels=frozenset({"employer", "industry_association"}),
    )
    assert judged("good-1", publisher=both).found == ()


@pytest.mark.parametrize("number", ["嘉港区办〔2018〕1号", "嘉港区办[2019]60号", None])
def test_without_a_campaign_there_is_nothing_to_judge_by(number: str | None) -> None:
    """S2."""
    findings = judged("good-1", {"campaign": number}, configuration=None)
    assert rules(findings, "error") == ["S2"]
    assert findings.refuse


def test_a_campaign_may_demand_all_four_areas() -> None:
    """S14, A4."""
    strict = CONFIGURATION.model_copy(update={"all_listed_areas": True})
    findings = judged("good-1", configuration=strict)
    assert rules(findings, "error") == ["S14"]
    assert not findings.refuse
