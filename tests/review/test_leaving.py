"""A nomination leaves the selection without fraud, or stands still for a while; in any order."""

from collections.abc import Callable
from itertools import permutations
from uuid import UUID

import pytest

from services.review import PLAN
from services.review.approval import APPROVAL
from services.review.clearance import CLEARANCE, Granted, Pending
from services.review.deciding import Decided
from services.review.evaluation import EVALUATION
from services.review.investigation import (
    INVESTIGATION,
    ConcludeInvestigation,
    RecordEvidence,
    RecordHearing,
)
from services.review.panel import PANEL
from services.review.shortlisting import ShortlistDrawn
from services.review.vetting import VETTING
from shared.contracts.base import Published
from shared.contracts.intake import (
    DuplicateReopened,
    DuplicateResolved,
    NominationResumed,
    NominationSuspended,
    NominationWithdrawn,
)
from shared.contracts.publicity import ObjectionAccepted, ObjectionClosed
from shared.contracts.review import NominationExcluded
from shared.messages import Refused
from tests.actors import AT, INVESTIGATOR, LEADING_GROUP
from tests.review.campaign import ANNA, BODO, CAMPAIGN, INQUIRY
from tests.review.house import House
from tests.review.test_policies import (
    DRAW,
    OPENED,
    approved_house,
    closed,
    disqualify,
    investigate,
    passed,
    score,
    scored_house,
)

PAUSE, OTHER_PAUSE = UUID(int=401, version=4), UUID(int=402, version=4)

WITHDRAWN = NominationWithdrawn(nomination_id=ANNA, campaign_id=CAMPAIGN, by="applicant")
MERGED = DuplicateResolved(nomination_id=ANNA, campaign_id=CAMPAIGN, kept=False, other=BODO)
REOPENED = DuplicateReopened(nomination_id=ANNA, campaign_id=CAMPAIGN, other=BODO)
SUSPENDED = NominationSuspended(nomination_id=ANNA, campaign_id=CAMPAIGN, suspension_id=PAUSE)
RESUMED = NominationResumed(nomination_id=ANNA, campaign_id=CAMPAIGN, suspension_id=PAUSE)
OBJECTION = ObjectionAccepted.model_validate(
    {
        "nomination_id": ANNA,
        "campaign_id": CAMPAIGN,
        "objection_id": OTHER_PAUSE,
        "investigate_by": "2020-01-02",
    }
)
ANSWERED = ObjectionClosed(
    nomination_id=ANNA, campaign_id=CAMPAIGN, objection_id=OTHER_PAUSE, outcome="unfounded"
)


def hear_the_nominee(house: House) -> None:
    command = RecordHearing.model_validate(
        {
            "at": AT,
            "by": INVESTIGATOR.model_copy(update={"id": "inspector-1"}),
            "outcome": "declined",
            "dated": "2019-12-11",
        }
    )
    house.ask(INVESTIGATION, INQUIRY, command)


def record_evidence(house: House) -> None:
    evidence = RecordEvidence(
        at=AT,
        by=INVESTIGATOR.model_copy(update={"id": "inspector-1"}),
        sha256="e" * 64,
        description="社保记录的副本",
    )
    house.ask(INVESTIGATION, INQUIRY, evidence)


def find(house: House, finding: str) -> None:
    command = ConcludeInvestigation.model_validate(
        {
            "at": AT,
            "by": LEADING_GROUP,
            "finding": finding,
            "statement": "在港区从事技能岗位工作的年限不足",
            "public_reason": "不符合申报条件",
        }
    )
    house.ask(INVESTIGATION, INQUIRY, command)


def find_ineligible(house: House) -> None:
    investigate(house)
    hear_the_nominee(house)
    record_evidence(house)
    find(house, "ineligible")


def hearing(message: Published) -> Callable[[House], None]:
    return lambda house: house.hear(message)


def ranked(house: House) -> list[UUID]:
    drawn = house.happened(ShortlistDrawn)[-1]
    assert isinstance(drawn, ShortlistDrawn)
    return [line.nomination_id for line in drawn.ranking]


LEAVING = [hearing(WITHDRAWN), hearing(MERGED), find_ineligible]


@pytest.mark.parametrize("leave", LEAVING)
class TestLeaving:
    def test_it_is_scored_no_more(self, leave: Callable[[House], None]) -> None:
        """S39"""
        house = House()
        house.hear(OPENED)
        house.hear(passed(ANNA))
        leave(house)
        with pytest.raises(Refused) as refused:
            score(house, ANNA, 1)
        assert refused.value.rule == "S39"

    def test_it_is_neither_ranked_nor_approved_nor_cleared(
        self, leave: Callable[[House], None]
    ) -> None:
        """S39, P6, P7"""
        house = scored_house(ANNA, BODO)
        leave(house)
        house.ask(PANEL, CAMPAIGN, DRAW)
        assert ranked(house) == [BODO]
        house.hear(closed(ANNA, BODO))
        assert isinstance(house.state(CLEARANCE, ANNA), Pending)

    def test_it_is_struck_off_a_list_that_lies_before_the_group(
        self, leave: Callable[[House], None]
    ) -> None:
        """S37, S39"""
        house = scored_house(ANNA, BODO)
        house.ask(PANEL, CAMPAIGN, DRAW)
        leave(house)
        assert ANNA in house.state(APPROVAL, CAMPAIGN).roll.out

    def test_it_loses_its_clearance_for_good(self, leave: Callable[[House], None]) -> None:
        """S40"""
        house = approved_house(ANNA, BODO)
        house.hear(closed(ANNA, BODO))
        assert isinstance(house.state(CLEARANCE, ANNA), Granted)
        leave(house)
        assert isinstance(house.state(CLEARANCE, ANNA), Pending)
        assert isinstance(house.state(CLEARANCE, BODO), Granted)

    def test_nobody_is_disqualified_by_it(self, leave: Callable[[House], None]) -> None:
        """S43 is about fraud alone."""
        house = scored_house(ANNA)
        before = len(house.events)
        leave(house)
        ended = [event for event in house.events[before:] if "ground" in type(event).model_fields]
        assert len(ended) == 5
        assert {event.rule for event in ended} == {"S39"}


class TestReturn:
    def test_a_merger_that_is_taken_back_lets_it_go_on_where_it_stood(self) -> None:
        """P7"""
        house = scored_house(ANNA, BODO)
        house.hear(MERGED)
        house.hear(REOPENED)
        house.ask(PANEL, CAMPAIGN, DRAW)
        assert set(ranked(house)) == {ANNA, BODO}

    def test_who_was_passed_while_merged_is_assigned_on_return(self) -> None:
        house = scored_house(BODO)
        house.hear(MERGED)
        house.hear(passed(ANNA))
        house.hear(REOPENED)
        score(house, ANNA, 1)

    def test_a_merger_is_noted_once_however_often_it_is_told(self) -> None:
        """P7"""
        house = scored_house(ANNA, BODO)
        house.hear(MERGED)
        before = list(house.events)
        house.hear(MERGED)
        assert house.events == before

    def test_nothing_else_is_ever_taken_back(self) -> None:
        """S39"""
        house = scored_house(ANNA, BODO)
        house.hear(WITHDRAWN)
        before = list(house.events)
        house.hear(REOPENED)
        assert house.events == before


class TestStandingStill:
    def test_a_suspended_nomination_is_not_scored(self) -> None:
        """S43: a complaint is not yet a finding"""
        house = scored_house(BODO)
        house.hear(passed(ANNA))
        house.hear(SUSPENDED)
        with pytest.raises(Refused) as refused:
            score(house, ANNA, 1)
        assert refused.value.code == "evaluation_suspended"
        house.hear(RESUMED)
        score(house, ANNA, 1)

    @pytest.mark.parametrize(("begin", "end"), [(SUSPENDED, RESUMED), (OBJECTION, ANSWERED)])
    def test_it_is_not_cleared_meanwhile_and_others_are(
        self, begin: Published, end: Published
    ) -> None:
        """S40, P5"""
        house = approved_house(ANNA, BODO)
        house.hear(closed(ANNA, BODO))
        house.hear(begin)
        assert isinstance(house.state(CLEARANCE, ANNA), Pending)
        assert isinstance(house.state(CLEARANCE, BODO), Granted)
        house.hear(end)
        assert isinstance(house.state(CLEARANCE, ANNA), Granted)

    def test_one_end_does_not_end_the_other(self) -> None:
        house = approved_house(ANNA)
        for message in (SUSPENDED, OBJECTION, RESUMED, closed(ANNA)):
            house.hear(message)
        assert isinstance(house.state(CLEARANCE, ANNA), Pending)


class TestIneligible:
    def test_others_are_told_why(self) -> None:
        """P6"""
        house = approved_house(ANNA)
        find_ineligible(house)
        told = [PLAN.announce(recorded) for recorded in house.recorded()]
        assert [message for message in told if isinstance(message, NominationExcluded)] == [
            NominationExcluded(
                nomination_id=ANNA,
                campaign_id=CAMPAIGN,
                ground="ineligible",
                reason="不符合申报条件",
            )
        ]

    def test_an_immaterial_finding_releases_it(self) -> None:
        """P6: 成立·不影响"""
        house = approved_house(ANNA)
        house.hear(closed(ANNA))
        investigate(house)
        hear_the_nominee(house)
        find(house, "immaterial")
        assert isinstance(house.state(CLEARANCE, ANNA), Granted)


STEPS: tuple[Callable[[House], None], ...] = (
    hearing(OPENED),
    hearing(passed(ANNA)),
    hearing(WITHDRAWN),
    hearing(SUSPENDED),
    hearing(RESUMED),
    hearing(ANSWERED),
    hearing(closed(ANNA)),
    disqualify,
)


def outcome(house: House) -> tuple[object, ...]:
    """What anybody could see; a candidate who came after being disqualified is none."""
    panel = house.state(PANEL, CAMPAIGN)
    return (
        type(panel),
        panel.roll.standing,
        panel.roll.barred,
        panel.roll.left,
        house.state(APPROVAL, CAMPAIGN),
        *(house.state(decider, ANNA) for decider in (EVALUATION, CLEARANCE, VETTING)),
    )


@pytest.mark.parametrize("length", [2, 3, 4])
def test_news_in_any_order_leads_to_the_same(length: int) -> None:
    """Every pair and every longer sequence of messages and a disqualification."""
    outcomes: dict[frozenset[Callable[[House], None]], tuple[object, ...]] = {}
    for steps in permutations(STEPS, length):
        house = House()
        for step in steps:
            step(house)
        assert outcomes.setdefault(frozenset(steps), outcome(house)) == outcome(house)


def test_who_left_after_the_decision_stays_decided() -> None:
    house = approved_house(ANNA, BODO)
    house.hear(WITHDRAWN)
    state = house.state(APPROVAL, CAMPAIGN)
    assert isinstance(state, Decided)
    assert state.standing == {BODO}
