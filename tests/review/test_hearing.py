"""The term of an investigation, the hearing, and its four findings (P5, P6, S43)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.review.clearance import CLEARANCE, Barred
from services.review.investigating import (
    FoundIneligible,
    HearingRecorded,
    InvestigationExtended,
    InvestigationOverdue,
    NominationDisqualified,
    ObjectionInvestigated,
    TermSet,
)
from services.review.investigation import (
    INVESTIGATION,
    ExtendInvestigation,
    NoteOverdue,
    RecordHearing,
    SetTerm,
)
from services.review.practice import PRACTICE, InvestigationTimed
from shared.calendar import WORKING_DAYS, YearNotCovered
from shared.contracts.review import Verdict
from shared.messages import Actor, Event
from tests.actors import AT, EXPERT, LEADING_GROUP, OFFICE, SYSTEM_ACTOR, actor
from tests.given import given
from tests.review.campaign import ANNA, CAMPAIGN, CARL, INQUIRY
from tests.review.house import House
from tests.review.test_investigation import (
    DISQUALIFIED,
    FILE,
    INSPECTOR,
    OPENED,
    RECORDED,
    conclude,
    concluded,
    open_,
)
from tests.review.test_policies import OPENED as CAMPAIGN_OPENED
from tests.review.test_policies import approved_house, closed, disqualify, investigate

OBJECTION = UUID(int=601, version=4)
DUE = date(2020, 1, 2)
"""15 working days after 11 December 2019; New Year's Day is none."""
LATER = date(2020, 1, 22)
AFTER = datetime.fromisoformat("2020-01-03T00:00:00+08:00")

TERM = TermSet(
    nomination_id=ANNA, campaign_id=CAMPAIGN, due_on=DUE, calendar=WORKING_DAYS, extension_days=15
)
EXTENDED = InvestigationExtended(
    nomination_id=ANNA,
    campaign_id=CAMPAIGN,
    due_on=LATER,
    calendar=WORKING_DAYS,
    reason="须向外地发证机关函询",
)
OVERDUE = InvestigationOverdue(nomination_id=ANNA, campaign_id=CAMPAIGN, due_on=DUE)
HEARD = HearingRecorded(
    nomination_id=ANNA,
    campaign_id=CAMPAIGN,
    outcome="heard",
    dated=date(2019, 12, 11),
    sha256=FILE,
)


def extend(by: Actor = OFFICE) -> ExtendInvestigation:
    return ExtendInvestigation(at=AT, by=by, reason=EXTENDED.reason)


def hear(by: Actor = INSPECTOR, **changes: Any) -> RecordHearing:
    said: dict[str, Any] = {
        "at": AT,
        "by": by,
        "outcome": "heard",
        "dated": date(2019, 12, 11),
        "sha256": FILE,
    }
    return RecordHearing.model_validate({**said, **changes})


class TestTerm:
    def test_it_is_counted_in_working_days(self) -> None:
        """P5"""
        house = House()
        house.hear(CAMPAIGN_OPENED)
        investigate(house)
        (timed,) = house.happened(InvestigationTimed)
        assert isinstance(timed, InvestigationTimed)
        assert timed.due_on == DUE
        assert house.happened(TermSet) == [TERM]

    def test_it_is_set_once(self) -> None:
        command = SetTerm(
            at=AT, by=SYSTEM_ACTOR, due_on=DUE, calendar=WORKING_DAYS, extension_days=15
        )
        given(INVESTIGATION, OPENED).when(command).then(TERM)
        given(INVESTIGATION, OPENED, TERM).when(command).then()

    def test_the_office_extends_it_once(self) -> None:
        """P5"""
        given(INVESTIGATION, OPENED, TERM).when(extend()).then(EXTENDED)
        given(INVESTIGATION, OPENED, TERM, OVERDUE).when(extend()).then(EXTENDED)
        given(INVESTIGATION, OPENED, TERM, EXTENDED).when(extend()).refused("P5")
        given(INVESTIGATION, OPENED, TERM).when(extend(LEADING_GROUP)).refused("P5")

    def test_not_where_the_campaign_does_not_allow_it(self) -> None:
        fixed = TERM.model_copy(update={"extension_days": 0})
        given(INVESTIGATION, OPENED, fixed).when(extend()).refused("P5")

    def test_when_it_has_passed_that_is_told_once(self) -> None:
        """P5"""
        late = NoteOverdue(at=AFTER, by=SYSTEM_ACTOR)
        given(INVESTIGATION, OPENED, TERM).when(late).then(OVERDUE)
        given(INVESTIGATION, OPENED, TERM, OVERDUE).when(late).then()
        given(INVESTIGATION, OPENED, TERM, EXTENDED).when(late).then()
        given(INVESTIGATION, OPENED, TERM, concluded("unfounded")).when(late).then()
        given(INVESTIGATION, OPENED, TERM).when(NoteOverdue(at=AT, by=SYSTEM_ACTOR)).then()

    def test_a_year_without_a_calendar_is_refused_by_its_number(self) -> None:
        """P1, P5"""
        house = House()
        house.hear(CAMPAIGN_OPENED)
        late = open_().model_copy(
            update={"at": datetime.fromisoformat("2031-12-11T09:00:00+08:00")}
        )
        with pytest.raises(YearNotCovered):
            house.ask(INVESTIGATION, INQUIRY, late)
        assert not house.state(PRACTICE, CAMPAIGN).ordered


class TestHearing:
    def test_those_who_verify_and_the_office_record_it(self) -> None:
        """P6"""
        given(INVESTIGATION, OPENED).when(hear()).then(HEARD)
        given(INVESTIGATION, OPENED).when(hear(OFFICE)).then(HEARD)
        stranger = actor("investigator", id="inspector-9")
        given(INVESTIGATION, OPENED).when(hear(stranger)).refused("P5")
        given(INVESTIGATION, OPENED).when(hear(EXPERT)).refused("P6")

    def test_the_nominee_may_decline(self) -> None:
        declined = HEARD.model_copy(update={"outcome": "declined", "sha256": None})
        given(INVESTIGATION, OPENED).when(hear(outcome="declined", sha256=None)).then(declined)

    @pytest.mark.parametrize("wrong", [{"sha256": None}, {"dated": date(2019, 12, 12)}])
    def test_what_was_said_is_on_record_with_its_date(self, wrong: dict[str, Any]) -> None:
        given(INVESTIGATION, OPENED).when(hear(**wrong)).refused("P6")

    @pytest.mark.parametrize("finding", ["immaterial", "ineligible"])
    def test_no_finding_against_the_nominee_without_it(self, finding: Verdict) -> None:
        """P6"""
        given(INVESTIGATION, OPENED).when(conclude(finding)).refused("P6")

    @pytest.mark.parametrize(("events", "heard"), [((), False), ((HEARD,), True)])
    def test_fraud_disqualifies_at_once_and_says_whether_there_was_one(
        self, events: tuple[Event, ...], heard: bool
    ) -> None:
        """S43"""
        given(INVESTIGATION, OPENED, RECORDED, *events).when(conclude("fraud")).then(
            concluded("fraud", FILE).model_copy(update={"heard": heard}), DISQUALIFIED
        )


class TestFindings:
    def heard(self, finding: Verdict, *evidence: str) -> Event:
        return concluded(finding, *evidence).model_copy(update={"heard": True})

    def test_not_eligible_is_out_without_fraud(self) -> None:
        """P6: 成立·不符合条件"""
        given(INVESTIGATION, OPENED, RECORDED, HEARD).when(conclude("ineligible")).then(
            self.heard("ineligible", FILE),
            FoundIneligible(nomination_id=ANNA, campaign_id=CAMPAIGN, reason="获奖证书系伪造"),
        )
        given(INVESTIGATION, OPENED, RECORDED, HEARD).when(
            conclude("ineligible", public_reason=None)
        ).refused("P6")

    def test_nobody_is_out_without_evidence(self) -> None:
        """P6"""
        given(INVESTIGATION, OPENED, HEARD).when(conclude("ineligible")).refused("P6")

    def test_what_makes_no_difference_is_noted(self) -> None:
        """P6: 成立·不影响"""
        given(INVESTIGATION, OPENED, HEARD).when(conclude("immaterial")).then(
            self.heard("immaterial")
        )

    def test_the_objection_that_led_to_it_is_told_of_the_finding(self) -> None:
        """P5, P6"""
        led = OPENED.model_copy(update={"objection_id": OBJECTION})
        command = open_().model_copy(update={"objection_id": OBJECTION})
        given(INVESTIGATION).when(command).then(led)
        given(INVESTIGATION, led).when(conclude("unfounded")).then(
            concluded("unfounded"),
            ObjectionInvestigated(
                nomination_id=ANNA,
                campaign_id=CAMPAIGN,
                objection_id=OBJECTION,
                finding="unfounded",
            ),
        )


def test_fraud_may_still_be_found_after_everything_else() -> None:
    """P15: what follows from it after the conferral is publicity's to decide"""
    house = approved_house(ANNA, CARL)
    house.hear(closed(ANNA, CARL))
    disqualify(house)
    assert isinstance(house.state(CLEARANCE, ANNA), Barred)
    assert house.happened(NominationDisqualified)
