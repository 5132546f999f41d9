"""Policies: what intake makes of what it hears, and what it says."""

from datetime import date
from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.intake import PLAN, milestones
from services.intake.campaign import (
    CAMPAIGN,
    CampaignAmended,
    CampaignClosed,
    CampaignOpened,
    FreezeConfiguration,
    JudgePaper,
)
from services.intake.claim import CLAIM, ClaimTaken, ReleaseClaim, SettleClaim
from services.intake.duplicates import HoldNomination, LiftHold, MergeNomination
from services.intake.nomination import NOMINATION, CarryOver, RecordMilestone
from services.intake.policies import INTAKE, announce, follow, milestones_in, react, timers
from services.intake.prereview import NoteTies
from services.intake.record import Mark, Situation
from services.intake.standing import STANDING, BarPerson, HoldHonour, LoseHonour
from shared.contracts import MESSAGES, intake, publicity, review
from shared.contracts.base import Heard, Published
from shared.messages import Addressed, Event, Happened, LeafRef, Recorded
from shared.plan import Due, Settled
from tests.actors import AT, OFFICE, SYSTEM_ACTOR
from tests.intake.samples import CAMPAIGN_ID, CONFIGURATION
from tests.intake.stories import (
    CLAIM_ID,
    IDS,
    INVESTIGATION_ID,
    NOMINATION_ID,
    NOTICE_ID,
    OBJECTION_ID,
    OTHER,
    STANDING_ID,
    UNUSUAL,
    carried,
    conferred,
    corrected,
    correction_requested,
    disqualified,
    evaluated,
    excluded,
    held,
    hold_lifted,
    lapsed,
    opened,
    paper_received,
    pre_reviewed,
    received,
    released,
    reopened,
    resolved,
    resumed,
    source,
    suspended,
    taken_back,
    ties_noted,
    title_revoked,
)
from tests.intake.test_submission import ANSWERED

OBJECTION: dict[str, UUID] = {**IDS, "objection_id": OBJECTION_ID}

ONE: tuple[tuple[Published, type[milestones.Milestone]], ...] = (
    (
        review.ShortlistDrawn(
            campaign_id=CAMPAIGN_ID,
            digest="cd" * 32,
            ranking=(
                review.Ranked(
                    nomination_id=NOMINATION_ID, total=Decimal("88.50"), rank=1, shortlisted=True
                ),
            ),
        ),
        milestones.NominationEvaluated,
    ),
    (
        review.ListDecided(
            campaign_id=CAMPAIGN_ID,
            digest="cd" * 32,
            outcomes=(
                review.Outcome(
                    nomination_id=NOMINATION_ID, approved=True, yes=6, no=0, abstained=1
                ),
            ),
        ),
        milestones.NominationApproved,
    ),
    (
        review.InvestigationOpened(**IDS, investigation_id=INVESTIGATION_ID),
        milestones.InvestigationOpened,
    ),
    (
        review.InvestigationConcluded(**IDS, investigation_id=INVESTIGATION_ID, finding="fraud"),
        milestones.InvestigationConcluded,
    ),
    (
        review.NominationDisqualified(**IDS, investigation_id=INVESTIGATION_ID, reason="伪造"),
        milestones.NominationDisqualified,
    ),
    (review.ClearanceGranted(**IDS), milestones.NominationCleared),
    (review.ClearanceWithdrawn(**IDS), milestones.ClearanceLost),
    (
        publicity.NoticePublished(
            campaign_id=CAMPAIGN_ID,
            notice_id=NOTICE_ID,
            opens_on=date(2019, 12, 23),
            closes_on=date(2019, 12, 27),
            nominations=(NOMINATION_ID,),
        ),
        milestones.NominationPosted,
    ),
    (
        publicity.NoticeEntryWithdrawn(**IDS, notice_id=NOTICE_ID),
        milestones.EntryWithdrawn,
    ),
    (
        publicity.NoticeClosed(
            campaign_id=CAMPAIGN_ID, notice_id=NOTICE_ID, nominations=(NOMINATION_ID,)
        ),
        milestones.NoticeEnded,
    ),
    (publicity.CandidacyCancelled(**IDS), milestones.CandidacyCancelled),
    (
        publicity.TitleConferred(
            **IDS, certificate_number="GQGJ-2019-001", decision_number="嘉港区〔2019〕99号"
        ),
        milestones.NominationConferred,
    ),
    (publicity.RevocationOpened(**IDS), milestones.RevocationOpened),
    (publicity.RevocationDismissed(**IDS), milestones.RevocationDismissed),
    (
        publicity.TitleRevoked(**IDS, decision_number="嘉港区〔2020〕12号"),
        milestones.TitleRevoked,
    ),
    (publicity.RewardPaid(**IDS), milestones.RewardPaid),
    (
        publicity.NoticeExtended(
            campaign_id=CAMPAIGN_ID,
            notice_id=NOTICE_ID,
            closes_on=date(2019, 12, 30),
            nominations=(NOMINATION_ID,),
        ),
        milestones.NoticeExtended,
    ),
    (publicity.ObjectionReceived(**OBJECTION), milestones.ObjectionReceived),
    (
        publicity.ObjectionAccepted(**OBJECTION, investigate_by=date(2020, 1, 15)),
        milestones.ObjectionAccepted,
    ),
    (
        publicity.ObjectionDeclined(**OBJECTION, ground="late"),
        milestones.ObjectionDeclined,
    ),
    (
        publicity.ObjectionClosed(**OBJECTION, outcome="withdrawn"),
        milestones.ObjectionClosed,
    ),
    (
        review.ObjectionInvestigated(
            **OBJECTION, investigation_id=INVESTIGATION_ID, finding="immaterial"
        ),
        milestones.ObjectionInvestigated,
    ),
    (
        review.NominationExcluded(**IDS, ground="ineligible", reason="年限不足。"),
        milestones.NominationExcluded,
    ),
    (
        review.VettingRequested(**IDS, authority="police", due_on=date(2019, 12, 18)),
        milestones.VettingRequested,
    ),
    (review.VettingConcluded(**IDS, passed=True), milestones.VettingConcluded),
    (
        review.ReserveFormed(
            campaign_id=CAMPAIGN_ID, digest="cd" * 32, nominations=(NOMINATION_ID,)
        ),
        milestones.NominationReserved,
    ),
    (review.ReservePromoted(**IDS, in_place_of=OTHER), milestones.ReservePromoted),
)
"""Every message of review and publicity, about one nomination, and the milestone that it is."""


def heard(message: Published) -> Heard:
    return Heard(message, source(message.topic()), AT, SYSTEM_ACTOR, NOTICE_ID)


def recorded(event: Event) -> Recorded:
    return Recorded(
        position=1,
        stream=NOMINATION_ID,
        version=1,
        event=event,
        at=AT,
        by=OFFICE,
        recorded_at=AT,
        correlation=NOMINATION_ID,
        causation="request:test",
        leaf=LeafRef(0, bytes(32)),
    )


def happened(event: Event) -> Happened:
    return Happened(NOMINATION_ID, event, AT, OFFICE)


AMENDED = CampaignAmended(
    campaign_id=CAMPAIGN_ID,
    configuration=CONFIGURATION,
    changed=("quota",),
    reason="增加名额。",
    approval=None,
)
CLOSED = CampaignClosed(campaign_id=CAMPAIGN_ID, reason="评选结束。")


def follow_all(*messages: Published) -> Situation:
    """The nomination after these were heard."""
    state: Situation = NOMINATION.fold([received(), pre_reviewed()])
    for message in messages:
        for addressed in follow(heard(message)):
            for event in NOMINATION.judge(addressed.command, state):
                state = NOMINATION.evolve(state, event)
    return state


def test_every_message_of_the_others_is_a_milestone() -> None:
    """But for those of the feeds, which tell other portals."""
    topics = {message.topic() for message, _ in ONE}
    theirs = {
        topic
        for topic, message in MESSAGES.items()
        if message.__module__ in (review.__name__, publicity.__name__)
        and not topic.startswith("portal_item_")
    }
    assert topics == theirs
    assert PLAN.hears == ("review", "publicity")


@pytest.mark.parametrize(("message", "milestone"), ONE)
def test_a_message_becomes_a_milestone_with_its_source(
    message: Published, milestone: type[milestones.Milestone]
) -> None:
    (addressed,) = follow(heard(message))
    assert (addressed.decider, addressed.key) == (NOMINATION, NOMINATION_ID)
    command = addressed.command
    assert isinstance(command, RecordMilestone)
    assert type(command.milestone) is milestone
    assert command.milestone.source == source(message.topic())
    assert (command.at, command.by) == (AT, INTAKE)


@pytest.mark.parametrize(("first", "second"), list(permutations([one for one, _ in ONE], 2)))
def test_two_messages_commute(first: Published, second: Published) -> None:
    """Across services and partitions there is no order."""
    assert follow_all(first, second) == follow_all(second, first)


def test_a_list_is_told_to_each_nomination_on_it() -> None:
    drawn = review.ShortlistDrawn(
        campaign_id=CAMPAIGN_ID,
        digest="cd" * 32,
        ranking=tuple(
            review.Ranked(
                nomination_id=nomination, total=Decimal(90 - rank), rank=rank, shortlisted=rank < 2
            )
            for rank, nomination in enumerate((NOMINATION_ID, OTHER), 1)
        ),
    )
    told = follow(heard(drawn))
    assert [addressed.key for addressed in told] == [NOMINATION_ID, OTHER]
    milestones_told = [
        addressed.command.milestone
        for addressed in told
        if isinstance(addressed.command, RecordMilestone)
    ]
    assert [
        one.shortlisted
        for one in milestones_told
        if isinstance(one, milestones.NominationEvaluated)
    ] == [True, False]


def test_the_opinion_of_the_leading_group_is_its_decision_on_the_list() -> None:
    """S70: nothing else that anybody says fills that block of the form."""
    opinions = {
        type(message)
        for message, _ in ONE
        if any(
            isinstance(one, milestones.NominationApproved) for one in milestones_in(heard(message))
        )
    }
    assert opinions == {review.ListDecided}


def test_our_own_messages_are_none_of_the_others() -> None:
    assert follow(heard(intake.NominationHeld(**IDS, other=OTHER))) == []


def test_a_hold_is_mutual() -> None:
    """P7."""
    assert react(happened(held())) == [
        Addressed(NOMINATION, OTHER, HoldNomination(at=AT, by=INTAKE, other=NOMINATION_ID))
    ]


def test_a_duplicate_is_resolved_for_all_at_once() -> None:
    """P7."""
    assert react(happened(resolved(kept=True))) == [
        Addressed(NOMINATION, OTHER, MergeNomination(at=AT, by=INTAKE, into=NOMINATION_ID)),
        Addressed(
            CLAIM, CLAIM_ID, SettleClaim(at=AT, by=INTAKE, holder=NOMINATION_ID, other=OTHER)
        ),
    ]


def test_a_pre_review_freezes_the_configuration() -> None:
    """A8."""
    for event in (pre_reviewed(), pre_reviewed(passed=False)):
        frozen = react(happened(event))[0]
        assert (frozen.decider, frozen.key) == (CAMPAIGN, CAMPAIGN_ID)
        assert isinstance(frozen.command, FreezeConfiguration)


def test_who_passed_the_pre_review_is_told_of_ties() -> None:
    """P10."""
    told = Addressed(NOMINATION, NOMINATION_ID, NoteTies(at=AT, by=INTAKE))
    assert react(happened(pre_reviewed()))[1:] == [told]
    assert react(happened(pre_reviewed(passed=False)))[1:] == []


@pytest.mark.parametrize(
    ("milestone", "mark"),
    [(disqualified(), "barred"), (conferred(), "honoured"), (title_revoked(), "revoked")],
)
def test_what_came_of_it_follows_the_person(milestone: Event, mark: Mark) -> None:
    """P16, P19."""
    assert react(happened(milestone)) == [
        Addressed(NOMINATION, NOMINATION_ID, CarryOver(at=AT, by=INTAKE, mark=mark))
    ]


def test_what_follows_a_person_is_kept_under_a_key_of_all_campaigns() -> None:
    """P16, P19."""
    ids: dict[str, Any] = {"at": AT, "by": INTAKE, **IDS}
    until = date(2022, 12, 20)
    for event, command in (
        (carried("barred", until), BarPerson(**ids, until=until)),
        (carried("honoured"), HoldHonour(**ids)),
        (carried("revoked"), LoseHonour(**ids)),
    ):
        assert react(happened(event)) == [Addressed(STANDING, STANDING_ID, command)]


def test_a_withdrawal_frees_the_person_and_the_rivals() -> None:
    """P7."""
    assert react(happened(taken_back(OTHER))) == [
        Addressed(CLAIM, CLAIM_ID, ReleaseClaim(at=AT, by=INTAKE, nomination_id=NOMINATION_ID)),
        Addressed(NOMINATION, OTHER, LiftHold(at=AT, by=INTAKE, other=NOMINATION_ID)),
    ]


def test_a_hold_that_ended_with_a_withdrawal_is_said_as_a_duplicate_resolved() -> None:
    """P7: for the others it is the same, this nomination goes on."""
    said = announce(recorded(hold_lifted()))
    assert said == intake.DuplicateResolved(**IDS, kept=True, other=OTHER)


def test_the_campaign_judges_when_the_paper_came() -> None:
    """S32."""
    (judge,) = react(happened(paper_received()))
    assert (judge.decider, judge.key) == (CAMPAIGN, CAMPAIGN_ID)
    assert judge.command == JudgePaper(at=AT, by=INTAKE, **IDS, received_at=AT)


def test_a_correction_lapses_by_the_clock() -> None:
    """S31."""
    asked_for = correction_requested()
    due = Due(
        key=f"correction:{NOMINATION_ID}",
        at=asked_for.due_at,
        decider="nomination",
        target=NOMINATION_ID,
        command="lapse_correction",
    )
    assert timers(recorded(asked_for)) == [due]


@pytest.mark.parametrize(
    "event",
    [
        corrected(),
        lapsed(),
        taken_back(),
        excluded(),
        disqualified(),
        title_revoked(),
        resolved(kept=False),
    ],
)
def test_a_correction_that_is_over_does_not_lapse(event: Event) -> None:
    """S31."""
    assert timers(recorded(event)) == [Settled(f"correction:{NOMINATION_ID}")]


@pytest.mark.parametrize("event", [resolved(kept=False), received(), opened(), evaluated()])
def test_other_events_ask_for_nothing(event: Event) -> None:
    assert react(happened(event)) == []


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (CampaignOpened(campaign_id=CAMPAIGN_ID, configuration=CONFIGURATION), "campaign_opened"),
        (AMENDED, "campaign_amended"),
        (CLOSED, "campaign_closed"),
        (received(UNUSUAL), "nomination_received"),
        (held(), "nomination_held"),
        (resolved(kept=True), "duplicate_resolved"),
        (reopened(restored=True), "duplicate_reopened"),
        (reopened(restored=False), "duplicate_reopened"),
        (correction_requested(), "correction_requested"),
        (corrected(UNUSUAL), "nomination_corrected"),
        (taken_back(), "nomination_withdrawn"),
        (suspended(), "nomination_suspended"),
        (resumed(), "nomination_resumed"),
        (ties_noted(), "ties_noted"),
        (pre_reviewed(), "nomination_pre_reviewed"),
        (released(), "publication_released"),
    ],
)
def test_what_intake_decides_is_said(event: Event, message: str) -> None:
    said = announce(recorded(event))
    assert said is not None
    assert said.name == message
    assert dict(said).items() <= dict(event).items()


def test_an_answer_is_said_to_its_publisher_only() -> None:
    said = announce(recorded(ANSWERED))
    assert isinstance(said, intake.SubmissionAnswered)
    assert (said.audience, said.publisher, said.id) == ("publisher", "zlb", "a-1")


@pytest.mark.parametrize("event", [released(), ties_noted()])
def test_released_fields_and_ties_stay_in_the_house(event: Event) -> None:
    """P3, P10."""
    said = announce(recorded(event))
    assert said is not None
    assert said.audience == "house"


@pytest.mark.parametrize("event", [opened(), evaluated(), ClaimTaken(nomination_id=UUID(int=1))])
def test_openings_claims_and_milestones_are_not_said(event: Event) -> None:
    assert announce(recorded(event)) is None


def test_every_message_of_intake_is_said_by_some_event() -> None:
    ours = {topic for topic, m in MESSAGES.items() if m.__module__ == intake.__name__}
    events = [
        CampaignOpened(campaign_id=CAMPAIGN_ID, configuration=CONFIGURATION),
        AMENDED,
        CLOSED,
        ANSWERED,
        received(),
        held(),
        resolved(kept=True),
        reopened(restored=True),
        correction_requested(),
        corrected(),
        taken_back(),
        suspended(),
        resumed(),
        pre_reviewed(),
        ties_noted(),
        released(),
    ]
    said = [announce(recorded(event)) for event in events]
    assert {message.topic() for message in said if message is not None} == ours


def test_nothing_else_in_intake_waits_for_the_clock() -> None:
    assert timers(recorded(received())) == []
