"""The investigation of an allegation (S43, P5)."""

import pytest

from services.review.investigating import (
    EvidenceRecorded,
    InvestigationConcluded,
    InvestigationOpened,
    Investigator,
    NominationDisqualified,
)
from services.review.investigation import (
    INVESTIGATION,
    ConcludeInvestigation,
    OpenInvestigation,
    RecordEvidence,
)
from shared.contracts.review import Verdict
from shared.messages import Actor, Event
from tests.actors import AT, INVESTIGATOR, LEADING_GROUP, OFFICE, actor
from tests.given import given
from tests.review.campaign import ANNA, CAMPAIGN, ELSEWHERE

FILE = "e" * 64
PEOPLE = tuple(
    Investigator(id=f"inspector-{number}", organisation="示例核查单位", uscc=ELSEWHERE)
    for number in (1, 2)
)
INSPECTOR = actor("investigator", id="inspector-1", organisation="示例核查单位")

OPENED = InvestigationOpened(
    nomination_id=ANNA,
    campaign_id=CAMPAIGN,
    allegation="申报的专利奖证书与公布名单不符",
    investigators=PEOPLE,
)
RECORDED = EvidenceRecorded(
    nomination_id=ANNA, campaign_id=CAMPAIGN, sha256=FILE, description="公布名单的副本"
)


def concluded(finding: Verdict, *evidence: str) -> InvestigationConcluded:
    return InvestigationConcluded(
        nomination_id=ANNA,
        campaign_id=CAMPAIGN,
        finding=finding,
        statement="核查情况说明",
        evidence=evidence,
    )


DISQUALIFIED = NominationDisqualified(
    nomination_id=ANNA, campaign_id=CAMPAIGN, reason="获奖证书系伪造"
)


def open_(
    *people: Investigator, allegation: str = OPENED.allegation, by: Actor = OFFICE
) -> OpenInvestigation:
    return OpenInvestigation(
        at=AT,
        by=by,
        nomination_id=ANNA,
        campaign_id=CAMPAIGN,
        allegation=allegation,
        investigators=people or PEOPLE,
    )


def record(
    by: Actor = INSPECTOR, sha256: str = FILE, description: str = RECORDED.description
) -> RecordEvidence:
    return RecordEvidence(at=AT, by=by, sha256=sha256, description=description)


def conclude(
    finding: Verdict,
    *,
    public_reason: str | None = "获奖证书系伪造",
    statement: str = "核查情况说明",
    by: Actor = LEADING_GROUP,
) -> ConcludeInvestigation:
    return ConcludeInvestigation(
        at=AT, by=by, finding=finding, statement=statement, public_reason=public_reason
    )


class TestOpening:
    def test_the_office_opens_it(self) -> None:
        """P5"""
        given(INVESTIGATION).when(open_()).then(OPENED)
        given(INVESTIGATION).when(open_(by=LEADING_GROUP)).refused("P5")

    @pytest.mark.parametrize("people", [PEOPLE[:1], (PEOPLE[0], PEOPLE[0])])
    def test_two_people_investigate(self, people: tuple[Investigator, ...]) -> None:
        """P5"""
        given(INVESTIGATION).when(open_(*people)).refused("P5")

    @pytest.mark.parametrize("events", [(OPENED,), (OPENED, concluded("unfounded"))])
    def test_it_is_opened_once(self, events: tuple[Event, ...]) -> None:
        """S39"""
        given(INVESTIGATION, *events).when(open_()).refused("S39")

    @pytest.mark.parametrize("number", ["89000019811120141X", "15400000114"])
    def test_no_text_holds_a_personal_number(self, number: str) -> None:
        """P3"""
        text = f"举报称{number}有误"
        given(INVESTIGATION).when(open_(allegation=text)).refused("P3")
        given(INVESTIGATION, OPENED).when(record(description=text)).refused("P3")
        given(INVESTIGATION, OPENED).when(conclude("unfounded", statement=text)).refused("P3")

    def test_other_numbers_are_no_personal_numbers(self) -> None:
        text = "专利号ZL201710601862.3，2017年度，证书编号Y008900000000181000014"
        given(INVESTIGATION).when(open_(allegation=text)).then(
            OPENED.model_copy(update={"allegation": text})
        )


class TestEvidence:
    def test_a_named_investigator_records_it(self) -> None:
        """S43"""
        given(INVESTIGATION, OPENED).when(record()).then(RECORDED)

    def test_nobody_else_does(self) -> None:
        """P5"""
        given(INVESTIGATION, OPENED).when(record(INVESTIGATOR)).refused("P5")
        given(INVESTIGATION, OPENED).when(record(OFFICE)).refused("S43")

    def test_the_same_file_is_recorded_once(self) -> None:
        given(INVESTIGATION, OPENED, RECORDED).when(record()).refused("S43")

    @pytest.mark.parametrize("events", [(), (OPENED, concluded("unfounded"))])
    def test_only_while_it_is_open(self, events: tuple[Event, ...]) -> None:
        """S39"""
        given(INVESTIGATION, *events).when(record()).refused("S39")


class TestConclusion:
    def test_fraud_disqualifies_in_the_same_decision(self) -> None:
        """S43"""
        given(INVESTIGATION, OPENED, RECORDED).when(conclude("fraud")).then(
            concluded("fraud", FILE), DISQUALIFIED
        )

    def test_fraud_needs_evidence(self) -> None:
        """S43"""
        given(INVESTIGATION, OPENED).when(conclude("fraud")).refused("S43")

    def test_fraud_needs_a_reason_that_can_be_told(self) -> None:
        """S43"""
        given(INVESTIGATION, OPENED, RECORDED).when(conclude("fraud", public_reason=None)).refused(
            "S43"
        )

    def test_without_substance_nothing_follows(self) -> None:
        given(INVESTIGATION, OPENED).when(conclude("unfounded", public_reason=None)).then(
            concluded("unfounded")
        )

    def test_only_the_leading_group_concludes(self) -> None:
        """S43: the decision-maker"""
        given(INVESTIGATION, OPENED, RECORDED).when(conclude("fraud", by=INSPECTOR)).refused("S43")

    @pytest.mark.parametrize(
        "events", [(), (OPENED, RECORDED, concluded("fraud", FILE), DISQUALIFIED)]
    )
    def test_only_while_it_is_open(self, events: tuple[Event, ...]) -> None:
        """S39"""
        given(INVESTIGATION, *events).when(conclude("unfounded")).refused("S39")
