"""The leading group's decision on the frozen list (S23, S37, P12, P13)."""

from uuid import UUID

import pytest

from services.review.approval import APPROVAL, BarCandidate, PrepareApproval, SubmitList
from services.review.deciding import ApprovalPrepared, ListDecided, ListEntryBarred, ListSubmitted
from services.review.meeting import DecideList, Votes
from shared.contracts.review import Outcome
from shared.messages import Actor, Event
from tests.actors import AT, LEADING_GROUP, OFFICE, SYSTEM_ACTOR
from tests.given import Judged, given
from tests.review.campaign import ANNA, BODO, CAMPAIGN, CARL, CHAIR, UNITS, configuration

DIGEST = "a" * 64
PREPARED = ApprovalPrepared(
    campaign_id=CAMPAIGN,
    chair=CHAIR,
    units=UNITS,
    voting=configuration().voting,
    quota=2,
)
SUBMITTED = ListSubmitted(
    campaign_id=CAMPAIGN, digest=DIGEST, nominations=(ANNA, BODO), ranks=(1, 2)
)
READY = (PREPARED, SUBMITTED)


def barred(nomination: UUID) -> ListEntryBarred:
    return ListEntryBarred(campaign_id=CAMPAIGN, nomination_id=nomination)


def bar(nomination: UUID) -> BarCandidate:
    return BarCandidate(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nomination_id=nomination)


def submit(digest: str = DIGEST, nominations: tuple[UUID, ...] = (ANNA, BODO)) -> SubmitList:
    return SubmitList(
        at=AT,
        by=SYSTEM_ACTOR,
        campaign_id=CAMPAIGN,
        digest=digest,
        nominations=nominations,
        ranks=tuple(range(1, len(nominations) + 1)),
    )


def votes(yes: int, no: int = 0, abstain: int = 0) -> Votes:
    return Votes(yes=yes, no=no, abstain=abstain)


def decide(
    on: dict[UUID, Votes] | None = None,
    *,
    digest: str = DIGEST,
    chair: str = CHAIR,
    present: tuple[str, ...] = UNITS,
    by: Actor = LEADING_GROUP,
) -> DecideList:
    return DecideList(
        at=AT,
        by=by,
        digest=digest,
        chair=chair,
        present=present,
        votes={ANNA: votes(6), BODO: votes(6)} if on is None else on,
    )


def approved(judged: Judged) -> set[UUID]:
    assert judged.events is not None, judged.refusal
    (decided,) = judged.events
    assert isinstance(decided, ListDecided)
    return {outcome.nomination_id for outcome in decided.outcomes if outcome.approved}


def decided() -> ListDecided:
    return ListDecided(
        campaign_id=CAMPAIGN,
        digest=DIGEST,
        chair=CHAIR,
        present=UNITS,
        outcomes=(
            Outcome(nomination_id=ANNA, approved=True, yes=6, no=0, abstained=0),
            Outcome(nomination_id=BODO, approved=True, yes=6, no=0, abstained=0),
        ),
    )


class TestList:
    def test_the_rules_are_kept_once(self) -> None:
        prepare = PrepareApproval(
            at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, configuration=configuration()
        )
        given(APPROVAL).when(prepare).then(PREPARED)
        given(APPROVAL, PREPARED).when(prepare).then()

    def test_until_the_list_is_decided_an_amendment_counts(self) -> None:
        """A8, P13"""
        amend = PrepareApproval(
            at=AT,
            by=SYSTEM_ACTOR,
            campaign_id=CAMPAIGN,
            configuration=configuration().model_copy(update={"quota": 1}),
        )
        amended = PREPARED.model_copy(update={"quota": 1})
        given(APPROVAL, PREPARED).when(amend).then(amended)
        given(APPROVAL, *READY).when(amend).then(amended)
        given(APPROVAL, *READY, amended).when(decide()).refused("P13")
        given(APPROVAL, *READY, decided()).when(amend).then()

    @pytest.mark.parametrize("events", [(), (PREPARED,)])
    def test_the_list_may_come_before_the_rules(self, events: tuple[Event, ...]) -> None:
        given(APPROVAL, *events).when(submit()).then(SUBMITTED)
        given(APPROVAL, *events, SUBMITTED).when(submit()).then()

    def test_the_order_of_list_and_rules_makes_no_difference(self) -> None:
        assert APPROVAL.fold([PREPARED, SUBMITTED]) == APPROVAL.fold([SUBMITTED, PREPARED])

    def test_a_new_list_replaces_an_undecided_one(self) -> None:
        """S37"""
        anew = SUBMITTED.model_copy(update={"digest": "b" * 64})
        given(APPROVAL, *READY).when(submit("b" * 64)).then(anew)
        given(APPROVAL, *READY, anew).when(decide()).refused("S37")

    def test_a_decided_list_is_not_replaced(self) -> None:
        given(APPROVAL, *READY, decided()).when(submit("b" * 64)).then()

    def test_a_bar_counts_once_and_before_the_list_as_well(self) -> None:
        """S43"""
        given(APPROVAL).when(bar(ANNA)).then(barred(ANNA))
        given(APPROVAL, barred(ANNA)).when(bar(ANNA)).then()
        assert APPROVAL.fold([*READY, barred(ANNA)]) == APPROVAL.fold([barred(ANNA), *READY])


class TestMeeting:
    def test_the_whole_list_is_decided(self) -> None:
        """S37"""
        given(APPROVAL, *READY).when(decide()).then(decided())

    def test_only_the_leading_group_decides(self) -> None:
        """S25, S37"""
        given(APPROVAL, *READY).when(decide(by=OFFICE)).refused("S37")

    @pytest.mark.parametrize("events", [(), (PREPARED,), (SUBMITTED,), (*READY, decided())])
    def test_only_between_shortlist_and_decision(self, events: tuple[Event, ...]) -> None:
        """S39; S70: the opinion is given on the list of the evaluation, not before it."""
        given(APPROVAL, *events).when(decide()).refused("S39")

    def test_another_digest_is_another_list(self) -> None:
        """S37"""
        given(APPROVAL, *READY).when(decide(digest="c" * 64)).refused("S37")

    def test_the_head_presides(self) -> None:
        """S23"""
        given(APPROVAL, *READY).when(decide(chair="办公室")).refused("S23")

    @pytest.mark.parametrize("present", [(*UNITS[:5], "陌生单位"), (*UNITS, UNITS[0])])
    def test_member_units_attend_each_counted_once(self, present: tuple[str, ...]) -> None:
        """S23"""
        given(APPROVAL, *READY).when(decide(present=present)).refused("S23")

    @pytest.mark.parametrize("present", [(), UNITS[:3]])
    def test_less_than_two_thirds_is_no_quorum(self, present: tuple[str, ...]) -> None:
        """P12: however many of them vote in favour."""
        all_of_them = votes(len(present))
        command = decide({ANNA: all_of_them, BODO: all_of_them}, present=present)
        given(APPROVAL, *READY).when(command).refused("P12")

    def test_nobody_is_no_quorum_even_where_there_are_no_units(self) -> None:
        """P12"""
        without_units = PREPARED.model_copy(update={"units": ()})
        command = decide({ANNA: votes(0), BODO: votes(0)}, present=())
        given(APPROVAL, without_units, SUBMITTED).when(command).refused("P12")

    def test_two_thirds_exactly_are_a_quorum(self) -> None:
        """P12: 4 of 6"""
        command = decide({ANNA: votes(4), BODO: votes(0, 4)}, present=UNITS[:4])
        assert approved(given(APPROVAL, *READY).when(command)) == {ANNA}


class TestVotes:
    @pytest.mark.parametrize(
        ("anna", "passes"),
        [
            (votes(4, 2), True),
            (votes(4, 0, 2), True),
            (votes(3, 3), False),
            (votes(3, 0, 3), False),
            (votes(0, 0, 6), False),
        ],
    )
    def test_two_thirds_of_those_present_approve_and_abstaining_is_not_in_favour(
        self, anna: Votes, passes: bool
    ) -> None:
        """P12"""
        command = decide({ANNA: anna, BODO: votes(0, 6)})
        assert approved(given(APPROVAL, *READY).when(command)) == ({ANNA} if passes else set())

    @pytest.mark.parametrize("anna", [votes(5), votes(6, 1), votes(4, 1, 2)])
    def test_everybody_present_votes_once(self, anna: Votes) -> None:
        """P12"""
        given(APPROVAL, *READY).when(decide({ANNA: anna, BODO: votes(6)})).refused("P12")

    def test_every_candidate_is_voted_on(self) -> None:
        """S37"""
        given(APPROVAL, *READY).when(decide({ANNA: votes(6)})).refused("P12")

    def test_nobody_else_is(self) -> None:
        """S37"""
        command = decide({ANNA: votes(6), BODO: votes(6), CARL: votes(6)})
        given(APPROVAL, *READY).when(command).refused("P12")

    def test_no_more_than_the_quota_are_approved(self) -> None:
        """P13"""
        narrow = PREPARED.model_copy(update={"quota": 1})
        given(APPROVAL, narrow, SUBMITTED).when(decide()).refused("P13")
        command = decide({ANNA: votes(6), BODO: votes(1, 5)})
        assert approved(given(APPROVAL, narrow, SUBMITTED).when(command)) == {ANNA}

    @pytest.mark.parametrize("on", [{BODO: votes(6)}, {ANNA: votes(6), BODO: votes(6)}])
    @pytest.mark.parametrize("events", [(*READY, barred(ANNA)), (barred(ANNA), *READY)])
    def test_a_barred_candidate_needs_no_vote_and_is_never_approved(
        self, on: dict[UUID, Votes], events: tuple[Event, ...]
    ) -> None:
        """S43"""
        assert approved(given(APPROVAL, *events).when(decide(on))) == {BODO}

    def test_a_barred_candidate_takes_no_place_of_the_quota(self) -> None:
        """S43, P13"""
        narrow = PREPARED.model_copy(update={"quota": 1})
        events = (narrow, SUBMITTED, barred(ANNA))
        assert approved(given(APPROVAL, *events).when(decide())) == {BODO}
