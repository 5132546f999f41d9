"""The panel: appointment, candidates, ranking, shortlist (S36)."""

from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

import pytest

from services.review.drawing import DrawShortlist
from services.review.judges import PanelMember
from services.review.panel import (
    PANEL,
    AddCandidate,
    BarCandidate,
    CloseSelection,
    PreparePanel,
    RecordResult,
)
from services.review.ranking import digest
from services.review.seats import AppointPanel
from services.review.shortlisting import (
    CandidateAdded,
    CandidateAssigned,
    CandidateBarred,
    PanelAppointed,
    PanelPrepared,
    ResultRecorded,
    SelectionClosed,
    ShortlistDrawn,
)
from shared.messages import Actor, Event
from tests.actors import AT, EXPERT, LEADING_GROUP, OFFICE, SYSTEM_ACTOR
from tests.given import given
from tests.review.campaign import (
    ANNA,
    BODO,
    CAMPAIGN,
    CARL,
    JUDGES,
    SCORING,
    as_judge,
    configuration,
    judge,
)

PREPARED = PanelPrepared(
    campaign_id=CAMPAIGN,
    document_number="嘉港区办〔2019〕60号",
    title="关于开展“港区工匠”评选活动的通知",
    scoring=SCORING,
    shortlist_size=2,
)
APPOINTED = PanelAppointed(campaign_id=CAMPAIGN, members=JUDGES, chair="judge-1")
CLOSED = SelectionClosed(campaign_id=CAMPAIGN)


def prepare() -> PreparePanel:
    return PreparePanel(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, configuration=configuration())


def appoint(
    members: Sequence[PanelMember] = JUDGES, chair: str = "judge-1", by: Actor = OFFICE
) -> AppointPanel:
    return AppointPanel(at=AT, by=by, members=tuple(members), chair=chair)


def add(nomination: UUID) -> AddCandidate:
    return AddCandidate(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nomination_id=nomination)


def bar(nomination: UUID) -> BarCandidate:
    return BarCandidate(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nomination_id=nomination)


def draw(by: Actor | None = None) -> DrawShortlist:
    return DrawShortlist(at=AT, by=by or as_judge(1))


def result(nomination: UUID, total: str, achievement: str = "25", skill: str = "25") -> Event:
    return ResultRecorded(
        campaign_id=CAMPAIGN,
        nomination_id=nomination,
        total=Decimal(total),
        means={
            "spirit": Decimal(15),
            "skill": Decimal(skill),
            "teaching": Decimal(15),
            "achievement": Decimal(achievement),
        },
    )


def added(nomination: UUID) -> CandidateAdded:
    return CandidateAdded(campaign_id=CAMPAIGN, nomination_id=nomination)


def assigned(nomination: UUID) -> CandidateAssigned:
    return CandidateAssigned(
        campaign_id=CAMPAIGN, nomination_id=nomination, members=JUDGES, scoring=SCORING
    )


def barred(nomination: UUID) -> CandidateBarred:
    return CandidateBarred(campaign_id=CAMPAIGN, nomination_id=nomination)


def drawn(*events: Event, by: Actor | None = None) -> ShortlistDrawn:
    """What drawing the shortlist leads to after these events."""
    (event,) = PANEL.judge(draw(by), PANEL.fold(events))
    assert isinstance(event, ShortlistDrawn)
    return event


class TestPreparation:
    def test_the_campaigns_rules_are_kept(self) -> None:
        given(PANEL).when(prepare()).then(PREPARED)

    def test_hearing_it_twice_changes_nothing(self) -> None:
        given(PANEL, PREPARED).when(prepare()).then()

    def test_until_the_judges_are_appointed_an_amendment_counts(self) -> None:
        """A8: whoever has begun to score goes on by the rules that were given."""
        amended = PREPARED.model_copy(update={"shortlist_size": 3})
        amend = prepare().model_copy(
            update={"configuration": configuration().model_copy(update={"shortlist_size": 3})}
        )
        given(PANEL, added(ANNA), PREPARED).when(amend).then(amended)
        given(PANEL, added(ANNA), PREPARED, amended).when(appoint()).then(APPOINTED, assigned(ANNA))
        given(PANEL, PREPARED, APPOINTED).when(amend).then()

    def test_candidates_that_came_before_are_kept(self) -> None:
        given(PANEL, added(ANNA)).when(prepare()).then(PREPARED)
        given(PANEL, added(ANNA), PREPARED).when(appoint()).then(APPOINTED, assigned(ANNA))


class TestAppointment:
    def test_a_panel_of_leaders_and_experts_is_appointed(self) -> None:
        """S36"""
        given(PANEL, PREPARED).when(appoint()).then(APPOINTED)

    def test_the_candidates_known_so_far_are_assigned_but_the_barred(self) -> None:
        given(PANEL, PREPARED, added(BODO), added(ANNA), added(CARL), barred(CARL)).when(
            appoint()
        ).then(APPOINTED, assigned(ANNA), assigned(BODO))

    def test_only_the_office_appoints(self) -> None:
        """S36, S25"""
        given(PANEL, PREPARED).when(appoint(by=LEADING_GROUP)).refused("S36")

    @pytest.mark.parametrize("members", [(), (judge(1),), (judge(2), judge(3))])
    def test_a_panel_without_leader_or_expert_is_refused(
        self, members: tuple[PanelMember, ...]
    ) -> None:
        """S36"""
        given(PANEL, PREPARED).when(appoint(members)).refused("S36")

    def test_nobody_is_named_twice(self) -> None:
        given(PANEL, PREPARED).when(appoint((*JUDGES, judge(2)))).refused("S36")

    def test_the_chair_is_a_member(self) -> None:
        given(PANEL, PREPARED).when(appoint(chair="judge-9")).refused("S36")

    def test_not_before_the_campaign_is_known(self) -> None:
        """S39"""
        given(PANEL).when(appoint()).refused("S39")

    @pytest.mark.parametrize("later", [(), (CLOSED,)])
    def test_not_twice(self, later: tuple[Event, ...]) -> None:
        """S39"""
        given(PANEL, PREPARED, APPOINTED, *later).when(appoint()).refused("S39")


class TestCandidates:
    def test_a_candidate_may_come_before_everything_else(self) -> None:
        given(PANEL).when(add(ANNA)).then(added(ANNA))

    def test_a_candidate_that_comes_after_the_appointment_is_assigned(self) -> None:
        given(PANEL, PREPARED, APPOINTED).when(add(ANNA)).then(added(ANNA), assigned(ANNA))

    def test_nobody_is_a_candidate_twice(self) -> None:
        given(PANEL, PREPARED, APPOINTED, added(ANNA)).when(add(ANNA)).then()

    def test_a_barred_candidate_is_noted_but_not_assigned(self) -> None:
        """S43"""
        given(PANEL, PREPARED, APPOINTED, barred(ANNA)).when(add(ANNA)).then(added(ANNA))

    def test_after_the_decision_nobody_is_assigned_any_more(self) -> None:
        """S39"""
        given(PANEL, PREPARED, APPOINTED, CLOSED).when(add(ANNA)).then(added(ANNA))

    def test_a_bar_counts_once(self) -> None:
        given(PANEL).when(bar(ANNA)).then(barred(ANNA))
        given(PANEL, barred(ANNA)).when(bar(ANNA)).then()

    def test_a_result_counts_once_and_a_corrected_one_replaces_it(self) -> None:
        """P11"""

        def record(total: str) -> RecordResult:
            return RecordResult(
                at=AT,
                by=SYSTEM_ACTOR,
                campaign_id=CAMPAIGN,
                nomination_id=ANNA,
                total=Decimal(total),
                means=result(ANNA, total).means,  # type: ignore[attr-defined]
            )

        given(PANEL).when(record("80.00")).then(result(ANNA, "80.00"))
        given(PANEL, result(ANNA, "80.00")).when(record("80.00")).then()
        given(PANEL, result(ANNA, "80.00")).when(record("81.00")).then(result(ANNA, "81.00"))

    def test_the_decision_closes_the_selection_once(self) -> None:
        close = CloseSelection(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN)
        given(PANEL, PREPARED, APPOINTED).when(close).then(CLOSED)
        given(PANEL, PREPARED, APPOINTED, CLOSED).when(close).then()


class TestShortlist:
    READY = (PREPARED, APPOINTED, added(ANNA), added(BODO), added(CARL))
    SCORED = (*READY, result(ANNA, "70.00"), result(BODO, "90.00"), result(CARL, "80.00"))

    def test_the_best_are_shortlisted(self) -> None:
        """S36"""
        ranking = drawn(*self.SCORED).ranking
        assert [line.nomination_id for line in ranking] == [BODO, CARL, ANNA]
        assert [line.rank for line in ranking] == [1, 2, 3]
        assert [line.shortlisted for line in ranking] == [True, True, False]

    def test_the_digest_freezes_the_ranking(self) -> None:
        """S37"""
        event = drawn(*self.SCORED)
        assert event.digest == digest(event.ranking)
        assert event.digest != digest(tuple(reversed(event.ranking)))

    def test_the_digest_is_that_of_canonical_json(self) -> None:
        """S37: sorted keys, no spaces, numbers with all their decimals"""
        events = (*self.READY[:3], result(ANNA, "80.00"))
        canonical = (
            b'[{"nomination_id":"00000000-0000-4000-8000-000000000001","rank":1,'
            b'"shortlisted":true,"total":"80.00"}]'
        )
        assert drawn(*events).digest == sha256(canonical).hexdigest()

    def test_only_the_chair_draws_it(self) -> None:
        """S36"""
        given(PANEL, *self.SCORED).when(draw(as_judge(2))).refused("S36")

    def test_the_office_does_not_draw_it(self) -> None:
        """S25"""
        given(PANEL, *self.SCORED).when(draw(OFFICE)).refused("S36")

    def test_not_while_a_candidate_has_no_result(self) -> None:
        given(PANEL, *self.READY, result(ANNA, "70.00")).when(draw()).refused("S36")

    def test_not_without_candidates(self) -> None:
        given(PANEL, PREPARED, APPOINTED).when(draw()).refused("S36")

    def test_a_barred_candidate_is_left_out_and_needs_no_result(self) -> None:
        """S43"""
        events = (*self.READY, result(ANNA, "70.00"), result(BODO, "90.00"), barred(CARL))
        assert [line.nomination_id for line in drawn(*events).ranking] == [BODO, ANNA]

    def test_below_the_pass_mark_nobody_is_shortlisted(self) -> None:
        """P11, P13: 宁缺毋滥"""
        events = (*self.READY, result(ANNA, "59.99"), result(BODO, "60.00"), barred(CARL))
        assert [line.shortlisted for line in drawn(*events).ranking] == [True, False]

    def test_a_tie_is_broken_by_the_configured_criteria_in_their_order(self) -> None:
        """P11: achievement, then skill"""
        events = (
            *self.READY,
            result(ANNA, "80.00", achievement="25", skill="20"),
            result(BODO, "80.00", achievement="25", skill="25"),
            result(CARL, "80.00", achievement="26", skill="10"),
        )
        assert [line.nomination_id for line in drawn(*events).ranking] == [CARL, BODO, ANNA]

    def test_who_is_equal_in_everything_shares_a_rank_and_its_fate(self) -> None:
        """P11"""
        ranking = drawn(
            *self.READY, result(ANNA, "80.00"), result(BODO, "80.00"), result(CARL, "90.00")
        ).ranking
        assert [line.rank for line in ranking] == [1, 2, 2]
        assert all(line.shortlisted for line in ranking)

    def test_it_is_drawn_once(self) -> None:
        """S39"""
        given(PANEL, *self.SCORED, drawn(*self.SCORED)).when(draw()).refused("S39")

    def test_it_is_drawn_again_for_a_candidate_that_came_late(self) -> None:
        late = UUID(int=4, version=4)
        events = (*self.SCORED, drawn(*self.SCORED), added(late))
        given(PANEL, *events).when(draw()).refused("S36")
        again = drawn(*events, result(late, "95.00"))
        assert [line.nomination_id for line in again.ranking] == [late, BODO, CARL, ANNA]

    def test_a_bar_after_it_does_not_reopen_it(self) -> None:
        events = (*self.SCORED, drawn(*self.SCORED), barred(BODO))
        given(PANEL, *events).when(draw()).refused("S39")

    @pytest.mark.parametrize("events", [(), (PREPARED,), (*SCORED, CLOSED)])
    def test_only_between_appointment_and_decision(self, events: tuple[Event, ...]) -> None:
        """S39"""
        given(PANEL, *events).when(draw()).refused("S39")

    def test_an_expert_who_is_no_member_does_not_draw_it(self) -> None:
        given(PANEL, *self.SCORED).when(draw(EXPERT)).refused("S36")
