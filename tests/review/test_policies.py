"""What review makes of news; and that no order of news makes a difference."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from services.review import PLAN
from services.review.approval import APPROVAL, PrepareApproval, SubmitList
from services.review.approval import BarCandidate as BarEntry
from services.review.clearance import CLEARANCE, Barred, ClearanceGranted, Granted
from services.review.deciding import Decided, ListSubmitted
from services.review.drawing import DrawShortlist
from services.review.evaluation import EVALUATION, OpenEvaluation, StopEvaluation
from services.review.investigating import InvestigationOpened, Investigator, NotOpened
from services.review.investigation import (
    INVESTIGATION,
    ConcludeInvestigation,
    OpenInvestigation,
    RecordEvidence,
)
from services.review.marking import CorrectScore, SubmitScore
from services.review.meeting import DecideList, Votes
from services.review.panel import (
    PANEL,
    AddCandidate,
    BarCandidate,
    CloseSelection,
    PreparePanel,
    RecordResult,
)
from services.review.practice import PRACTICE, OrderVetting
from services.review.recusal import DeclareInterest
from services.review.scoring import Closed, EvaluationCompleted, Stopped
from services.review.seats import AppointPanel
from services.review.shortlisting import ShortlistDrawn
from shared.contracts.base import Published
from shared.contracts.campaign import Authority, Vetting
from shared.contracts.intake import (
    CampaignOpened,
    NominationPreReviewed,
    NominationReceived,
    Organisation,
)
from shared.contracts.publicity import NoticeClosed, NoticePublished
from shared.messages import Command, Decider, Refused
from shared.plan import Due, Settled
from tests.actors import AT, LEADING_GROUP, OFFICE, SYSTEM_ACTOR, actor
from tests.review.campaign import (
    ANNA,
    BODO,
    CAMPAIGN,
    CARL,
    CHAIR,
    ELSEWHERE,
    EMPLOYER,
    INQUIRY,
    JUDGES,
    RECOMMENDER,
    SCORING,
    UNITS,
    as_judge,
    configuration,
    marks,
)
from tests.review.house import House

OPENED = CampaignOpened(campaign_id=CAMPAIGN, configuration=configuration())


def passed(nomination: UUID, *, passed: bool = True) -> NominationPreReviewed:
    return NominationPreReviewed(
        nomination_id=nomination,
        campaign_id=CAMPAIGN,
        passed=passed,
        conditions=("C1",) if passed else (),
        reasons=() if passed else ("S10",),
        employer_uscc=EMPLOYER,
        recommender_uscc=RECOMMENDER,
    )


def closed(*nominations: UUID) -> NoticeClosed:
    return NoticeClosed(
        campaign_id=CAMPAIGN, notice_id=UUID(int=201, version=4), nominations=nominations
    )


APPOINT = AppointPanel(at=AT, by=OFFICE, members=JUDGES, chair="judge-1")
DRAW = DrawShortlist(at=AT, by=as_judge(1))


def score(house: House, nomination: UUID, judge: int, achievement: str = "25") -> None:
    command = SubmitScore(at=AT, by=as_judge(judge), marks=marks(achievement=achievement))
    house.ask(EVALUATION, nomination, command)


def decide(house: House) -> None:
    """The leading group approves everybody on its list."""
    submitted = house.state(APPROVAL, CAMPAIGN).submitted
    everybody = Votes(yes=6, no=0, abstain=0)
    command = DecideList(
        at=AT,
        by=LEADING_GROUP,
        digest=submitted.digest,
        chair=CHAIR,
        present=UNITS,
        votes=dict.fromkeys(submitted.nominations, everybody),
    )
    house.ask(APPROVAL, CAMPAIGN, command)


def investigate(house: House, nomination: UUID = ANNA, uscc: str = ELSEWHERE) -> None:
    people = tuple(
        Investigator(id=f"inspector-{number}", organisation="示例核查单位", uscc=uscc)
        for number in (1, 2)
    )
    command = OpenInvestigation(
        at=AT,
        by=OFFICE,
        nomination_id=nomination,
        campaign_id=CAMPAIGN,
        allegation="获奖证书与公布名单不符",
        investigators=people,
    )
    house.ask(INVESTIGATION, INQUIRY, command)


def find_fraud(house: House) -> None:
    evidence = RecordEvidence(
        at=AT,
        by=actor("investigator", id="inspector-1"),
        sha256="e" * 64,
        description="公布名单的副本",
    )
    house.ask(INVESTIGATION, INQUIRY, evidence)
    command = ConcludeInvestigation(
        at=AT,
        by=LEADING_GROUP,
        finding="fraud",
        statement="证书系伪造",
        public_reason="获奖证书系伪造",
    )
    house.ask(INVESTIGATION, INQUIRY, command)


def disqualify(house: House) -> None:
    investigate(house)
    find_fraud(house)


def find_nothing(house: House) -> None:
    command = ConcludeInvestigation(
        at=AT, by=LEADING_GROUP, finding="unfounded", statement="未发现问题"
    )
    house.ask(INVESTIGATION, INQUIRY, command)


def scored_house(*nominations: UUID) -> House:
    """A campaign in which everybody is scored."""
    house = House()
    house.hear(OPENED)
    house.ask(PANEL, CAMPAIGN, APPOINT)
    for nomination in nominations:
        house.hear(passed(nomination))
        for judge in (1, 2, 3):
            score(house, nomination, judge)
    return house


def approved_house(*nominations: UUID) -> House:
    """A campaign whose list is decided."""
    house = scored_house(*nominations)
    house.ask(PANEL, CAMPAIGN, DRAW)
    decide(house)
    return house


class TestTheWay:
    def test_a_nomination_goes_from_pre_review_to_clearance(self) -> None:
        """S36, S37, S40"""
        house = approved_house(ANNA, BODO)
        assert isinstance(house.state(EVALUATION, ANNA), Closed)
        assert isinstance(house.state(APPROVAL, CAMPAIGN), Decided)
        assert not house.happened(ClearanceGranted)
        house.hear(closed(ANNA, BODO))
        assert isinstance(house.state(CLEARANCE, ANNA), Granted)
        assert isinstance(house.state(CLEARANCE, BODO), Granted)

    def test_the_shortlisted_and_nobody_else_go_to_the_leading_group(self) -> None:
        """S37"""
        house = scored_house(ANNA, BODO)
        house.hear(passed(CARL))
        for judge in (1, 2, 3):
            score(house, CARL, judge, achievement="1")
        house.ask(PANEL, CAMPAIGN, DRAW)
        (drawn,) = house.happened(ShortlistDrawn)
        (submitted,) = house.happened(ListSubmitted)
        assert isinstance(drawn, ShortlistDrawn)
        assert isinstance(submitted, ListSubmitted)
        assert submitted.nominations == (ANNA, BODO)
        assert submitted.digest == drawn.digest

    def test_a_failed_pre_review_leads_to_nothing(self) -> None:
        """S39"""
        house = House()
        house.hear(passed(ANNA, passed=False))
        assert not house.events

    def test_what_is_not_for_review_is_passed_over(self) -> None:
        house = House()
        unit = Organisation(name="示例新材料行业协会", uscc=RECOMMENDER)
        house.hear(
            NominationReceived(
                nomination_id=ANNA,
                campaign_id=CAMPAIGN,
                submission_id=BODO,
                channel="industry_association",
                recommender=unit,
                claimed_conditions=("C4",),
                findings=(),
            )
        )
        house.hear(
            NoticePublished(
                campaign_id=CAMPAIGN,
                notice_id=BODO,
                opens_on=date(2019, 12, 23),
                closes_on=date(2019, 12, 27),
                nominations=(ANNA,),
            )
        )
        assert not house.events

    def test_a_corrected_score_changes_the_ranking_before_the_shortlist(self) -> None:
        """P11"""
        house = scored_house(ANNA, BODO)
        for judge in (1, 2, 3):
            house.ask(
                EVALUATION,
                BODO,
                CorrectScore(
                    at=AT, by=as_judge(judge), marks=marks(achievement="30"), reason="录入有误"
                ),
            )
        house.ask(PANEL, CAMPAIGN, DRAW)
        (drawn,) = house.happened(ShortlistDrawn)
        assert isinstance(drawn, ShortlistDrawn)
        assert [line.nomination_id for line in drawn.ranking] == [BODO, ANNA]
        assert drawn.ranking[0].total == Decimal("85.00")

    def test_a_candidate_after_the_decision_is_not_assigned(self) -> None:
        """S39"""
        house = approved_house(ANNA)
        house.hear(passed(BODO))
        with pytest.raises(Refused):
            score(house, BODO, 1)


class TestInvestigation:
    def test_an_investigation_withdraws_the_clearance_until_nothing_is_found(self) -> None:
        """S40"""
        house = approved_house(ANNA, BODO)
        house.hear(closed(ANNA, BODO))
        investigate(house)
        assert not isinstance(house.state(CLEARANCE, ANNA), Granted)
        assert isinstance(house.state(CLEARANCE, BODO), Granted)
        find_nothing(house)
        assert isinstance(house.state(CLEARANCE, ANNA), Granted)

    def test_fraud_ends_everything_in_one_decision(self) -> None:
        """S43"""
        house = approved_house(ANNA, BODO)
        investigate(house)
        find_fraud(house)
        assert isinstance(house.state(CLEARANCE, ANNA), Barred)
        assert isinstance(house.state(EVALUATION, ANNA), Stopped)
        assert ANNA in house.state(PANEL, CAMPAIGN).roll.barred
        assert ANNA in house.state(APPROVAL, CAMPAIGN).roll.barred

    def test_a_colleague_of_the_nominee_cannot_investigate(self) -> None:
        """P5: the whole decision falls"""
        house = scored_house(ANNA)
        before = len(house.events)
        with pytest.raises(Refused, match="核查人员不得来自") as refused:
            investigate(house, uscc=EMPLOYER)
        assert refused.value.rule == "P5"
        assert len(house.events) == before
        assert house.state(INVESTIGATION, INQUIRY) == NotOpened()

    def test_the_disqualified_is_struck_off_a_list_that_lies_before_the_group(self) -> None:
        """S43"""
        house = scored_house(ANNA, BODO)
        house.ask(PANEL, CAMPAIGN, DRAW)
        investigate(house)
        find_fraud(house)
        decide(house)
        house.hear(closed(ANNA, BODO))
        assert isinstance(house.state(CLEARANCE, BODO), Granted)
        assert house.happened(ClearanceGranted) == [
            ClearanceGranted(nomination_id=BODO, campaign_id=CAMPAIGN)
        ]


STEPS: tuple[Callable[[House], None], ...] = (
    lambda house: house.hear(OPENED),
    lambda house: house.hear(passed(ANNA)),
    lambda house: house.hear(passed(BODO)),
    lambda house: house.hear(closed(ANNA)),
    disqualify,
)


def outcome(house: House) -> tuple[object, ...]:
    """What anybody could see of a house in which not everything has happened yet."""
    panel = house.state(PANEL, CAMPAIGN)
    return (
        type(panel),
        panel.roll.standing,
        panel.roll.barred,
        house.state(APPROVAL, CAMPAIGN),
        *(house.state(EVALUATION, nomination) for nomination in (ANNA, BODO)),
        *(house.state(CLEARANCE, nomination) for nomination in (ANNA, BODO)),
    )


def test_news_in_any_order_leads_to_the_same() -> None:
    """Every pair and every longer sequence of messages and a disqualification."""
    for length in range(2, len(STEPS) + 1):
        outcomes: dict[frozenset[Callable[[House], None]], tuple[object, ...]] = {}
        for steps in permutations(STEPS, length):
            house = House()
            for step in steps:
                step(house)
            assert outcomes.setdefault(frozenset(steps), outcome(house)) == outcome(house)


def test_news_heard_twice_changes_nothing() -> None:
    house = approved_house(ANNA)
    house.hear(closed(ANNA))
    before = list(house.events)
    for message in (OPENED, passed(ANNA), closed(ANNA)):
        house.hear(message)
    assert house.events == before


def given_by_policies(nomination: UUID) -> dict[str, tuple[Decider[Any], Sequence[Command]]]:
    """Each aggregate's commands that a policy gives and that may meet in either order."""
    told: dict[str, Any] = {"at": AT, "by": SYSTEM_ACTOR, "campaign_id": CAMPAIGN}
    about = {**told, "nomination_id": nomination}
    rules = {**told, "configuration": configuration()}
    means = {criterion.code: Decimal("10.00") for criterion in SCORING.criteria}
    return {
        "panel": (
            PANEL,
            (
                PreparePanel(**rules),
                AddCandidate(**about),
                RecordResult(**about, total=Decimal("40.00"), means=means),
                BarCandidate(**about),
                CloseSelection(**told),
            ),
        ),
        "approval": (
            APPROVAL,
            (
                PrepareApproval(**rules),
                SubmitList(**told, digest="a" * 64, nominations=(nomination,), ranks=(1,)),
                BarEntry(**about),
            ),
        ),
        "evaluation": (
            EVALUATION,
            (
                OpenEvaluation(**about, employer_uscc=EMPLOYER, recommender_uscc=RECOMMENDER),
                StopEvaluation(**about),
            ),
        ),
    }


@pytest.mark.parametrize("aggregate", ["panel", "approval", "evaluation"])
def test_commands_of_policies_commute(aggregate: str) -> None:
    """Every pair and every longer sequence; those of the clearance are in its own tests."""
    decider, commands = given_by_policies(ANNA)[aggregate]
    for length in range(2, len(commands) + 1):
        for some in permutations(commands, length):
            usual = sorted(some, key=commands.index)
            assert after(decider, some) == after(decider, usual), some


def after(decider: Decider[Any], commands: Sequence[Command]) -> object:
    """The state to which these commands lead."""
    state = decider.initial
    for command in commands:
        state = decider.fold(decider.judge(command, state), state)
    return state


NOMINATIONS = (ANNA, BODO, CARL)
MARK = st.integers(min_value=0, max_value=20).map(str)


@settings(deadline=None, derandomize=True)
@forall(
    st.data(),
    st.lists(st.tuples(MARK, MARK), min_size=9, max_size=9),
)
def test_the_ranking_does_not_depend_on_any_order_of_arrival(
    data: st.DataObject, given_marks: list[tuple[str, str]]
) -> None:
    """S36, P11: scores, candidates, the campaign and the appointment come as they like."""

    def scoring(
        nomination: UUID, judge: int, skill: str, achievement: str
    ) -> Callable[[House], object]:
        command = SubmitScore(
            at=AT, by=as_judge(judge), marks=marks(skill=skill, achievement=achievement)
        )
        return lambda house: house.ask(EVALUATION, nomination, command)

    def hearing(message: Published) -> Callable[[House], object]:
        return lambda house: house.hear(message)

    pairs = [(nomination, judge) for nomination in NOMINATIONS for judge in (1, 2, 3)]
    steps = [
        hearing(OPENED),
        lambda house: house.ask(PANEL, CAMPAIGN, APPOINT),
        *map(hearing, map(passed, NOMINATIONS)),
        *(
            scoring(*pair, skill, achievement)
            for pair, (skill, achievement) in zip(pairs, given_marks, strict=True)
        ),
    ]
    shuffled = data.draw(st.permutations(steps))
    assert digest_after(shuffled) == digest_after(steps)


def digest_after(steps: Sequence[Callable[[House], object]]) -> str:
    """The shortlist after these steps; who comes too early comes again later."""
    house, waiting = House(), list(steps)
    while waiting:
        early = [step for step in waiting if refusal(house, step) == "S39"]
        assert len(early) < len(waiting)
        waiting = early
    house.ask(PANEL, CAMPAIGN, DRAW)
    (drawn,) = house.happened(ShortlistDrawn)
    assert isinstance(drawn, ShortlistDrawn)
    return drawn.digest


def refusal(house: House, step: Callable[[House], object]) -> str | None:
    """The rule by which a step is refused, or None when it was taken."""
    try:
        step(house)
    except Refused as refused:
        return refused.rule
    return None


@settings(deadline=None, derandomize=True)
@forall(
    st.lists(
        st.tuples(st.sampled_from(["declare", "submit"]), st.integers(min_value=1, max_value=4)),
        max_size=12,
    )
)
def test_nobody_who_is_recused_has_ever_scored(acts: list[tuple[str, int]]) -> None:
    """P10; the evaluation is complete exactly when all others have."""
    house = House()
    house.hear(OPENED)
    house.hear(passed(ANNA))
    panel = (*JUDGES, JUDGES[2].model_copy(update={"id": "judge-4", "uscc": EMPLOYER}))
    house.ask(PANEL, CAMPAIGN, APPOINT.model_copy(update={"members": panel}))
    for act, judge in acts:
        by = as_judge(judge)
        command = (
            DeclareInterest(at=AT, by=by, ground="relative")
            if act == "declare"
            else SubmitScore(at=AT, by=by, marks=marks())
        )
        step = partial(House.ask, decider=EVALUATION, key=ANNA, command=command)
        assert refusal(house, step) in {None, "P10", "P11"}
    sheet = house.state(EVALUATION, ANNA).sheet
    assert "judge-4" in sheet.recused
    assert not sheet.scores.keys() & sheet.recused
    done = bool(sheet.scores) and len(sheet.scores) + len(sheet.recused) == len(panel)
    assert bool(house.happened(EvaluationCompleted)) == done


class TestAnnouncements:
    def test_what_partners_may_know_is_announced_and_nothing_else(self) -> None:
        house = approved_house(ANNA, BODO)
        house.hear(closed(ANNA, BODO))
        investigate(house)
        find_fraud(house)
        told = [PLAN.announce(recorded) for recorded in house.recorded()]
        assert [message.topic() for message in told if message is not None] == [
            "shortlist_drawn.v1",
            "list_decided.v1",
            "clearance_granted.v1",
            "clearance_granted.v1",
            "investigation_opened.v1",
            "clearance_withdrawn.v1",
            "investigation_concluded.v1",
            "nomination_disqualified.v1",
        ]
        inquiries = {getattr(message, "investigation_id", INQUIRY) for message in told}
        assert inquiries == {INQUIRY}

    def test_an_allegation_stays_at_home(self) -> None:
        """P4, P5"""
        house = scored_house(ANNA)
        investigate(house)
        (opened,) = house.happened(InvestigationOpened)
        assert isinstance(opened, InvestigationOpened)
        messages = [PLAN.announce(recorded) for recorded in house.recorded()]
        assert all(
            opened.allegation not in message.model_dump_json()
            for message in messages
            if message is not None
        )


class TestTime:
    def test_a_selection_without_vetting_and_investigation_needs_no_clock(self) -> None:
        house = approved_house(ANNA)
        assert not [due for recorded in house.recorded() for due in PLAN.timers(recorded)]

    def test_an_investigation_is_overdue_by_the_clock_until_it_is_concluded(self) -> None:
        """P5: when its last day is over"""
        house = House()
        house.hear(OPENED)
        investigate(house)
        find_nothing(house)
        due, settled = [due for recorded in house.recorded() for due in PLAN.timers(recorded)]
        assert isinstance(due, Due)
        assert (due.decider, due.target) == ("investigation", INQUIRY)
        assert due.at == datetime.fromisoformat("2020-01-03T00:00:00+08:00")
        assert settled == Settled(due.key)

    def test_a_departments_reply_is_overdue_by_the_clock_until_it_comes(self) -> None:
        """P8: one timer for each department, settled by its reply or by the end"""
        police = Authority(code="police", title="公安部门", account="authority-police")
        credit = Authority(code="credit", title="信用部门", account="authority-credit")
        rules = configuration().model_copy(
            update={"vetting": Vetting(authorities=(police, credit))}
        )
        house = House()
        house.hear(CampaignOpened(campaign_id=CAMPAIGN, configuration=rules))
        order = OrderVetting(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nominations=(ANNA,))
        house.ask(PRACTICE, CAMPAIGN, order)
        disqualify(house)
        timers = [due for recorded in house.recorded() for due in PLAN.timers(recorded)]
        asked = {due.key for due in timers if isinstance(due, Due) and due.decider == "vetting"}
        settled = {one.key for one in timers if isinstance(one, Settled)}
        assert len(asked) == 2
        assert asked <= settled
