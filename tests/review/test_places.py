"""Recusal, reserve and vetting where the leading group decides (P8, P10, P12, P13, P16)."""

from itertools import permutations
from uuid import UUID

import pytest

from services.review.approval import (
    APPROVAL,
    LeaveList,
    NoteConferred,
    NoteVetted,
    ReturnToList,
    WithdrawList,
)
from services.review.clearance import CLEARANCE, Pending
from services.review.deciding import (
    ApprovalPrepared,
    Decided,
    ListDecided,
    ListEntryBarred,
    ListEntryLeft,
    ListEntryVetted,
    ListSubmitted,
    PlaceTaken,
    ReserveFormed,
    ReservePromoted,
    UnitsRecused,
)
from services.review.meeting import NotOnTheList, ensure_candidate
from shared.contracts.campaign import Places
from shared.messages import Event
from tests.actors import AT, COMMITTEE, EXPERT, OFFICE, SYSTEM_ACTOR
from tests.given import given
from tests.review.campaign import ANNA, BODO, CAMPAIGN, CARL, UNITS
from tests.review.house import House
from tests.review.test_approval import DIGEST, PREPARED, bar, decide, decided, votes

DORA = UUID(int=4, version=4)
EVERYBODY = (ANNA, BODO, CARL, DORA)
RESERVE = PREPARED.model_copy(update={"places": Places(reserve=2, promote_reserve=True)})


def listed(*nominations: UUID, ranks: tuple[int, ...] | None = None) -> ListSubmitted:
    """A frozen list, everybody on it with a rank of the own unless told otherwise."""
    return ListSubmitted(
        campaign_id=CAMPAIGN,
        digest=DIGEST,
        nominations=nominations,
        ranks=ranks or tuple(range(1, len(nominations) + 1)),
    )


LIST = listed(*EVERYBODY)
ALL = dict.fromkeys(EVERYBODY, votes(6))
FORMED = ReserveFormed(campaign_id=CAMPAIGN, digest=DIGEST, nominations=(CARL, DORA))
DECIDED = (RESERVE, LIST, decided(), FORMED)
"""ANNA and BODO are approved, CARL and DORA wait."""


def left(nomination: UUID) -> ListEntryLeft:
    return ListEntryLeft(campaign_id=CAMPAIGN, nomination_id=nomination, ground="withdrawn")


def leave(nomination: UUID) -> LeaveList:
    return LeaveList(
        at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nomination_id=nomination, ground="withdrawn"
    )


def promoted(nomination: UUID, in_place_of: UUID) -> ReservePromoted:
    return ReservePromoted(campaign_id=CAMPAIGN, nomination_id=nomination, in_place_of=in_place_of)


class TestUnits:
    def test_a_unit_keeps_out_of_the_vote_on_its_own_nominee(self) -> None:
        """P10, P12: four of the five that vote carry, as four of six would not"""
        recused = {ANNA: ("总工会",)}
        command = decide({ANNA: votes(4, 1), BODO: votes(4, 2)}).model_copy(
            update={"recused_units": recused}
        )
        judged = given(APPROVAL, PREPARED, listed(ANNA, BODO))
        events = judged.when(command).events
        assert events is not None
        kept_out, event = events
        assert kept_out == UnitsRecused(campaign_id=CAMPAIGN, nomination_id=ANNA, units=("总工会",))
        assert isinstance(event, ListDecided)
        assert [(one.yes, one.no, one.approved) for one in event.outcomes] == [
            (4, 1, True),
            (4, 2, True),
        ]

    def test_its_vote_is_not_counted(self) -> None:
        """P10"""
        command = decide({ANNA: votes(6), BODO: votes(6)}).model_copy(
            update={"recused_units": {ANNA: ("总工会",)}}
        )
        frozen = listed(ANNA, BODO)
        given(APPROVAL, PREPARED, frozen).when(command).refused("P12")

    def test_enough_others_have_to_be_left(self) -> None:
        """P10, P12: of six, two keep out, and two of the four others are not two thirds"""
        present = ("乍浦镇", "办公室", "人力社保局", "经发局")
        frozen = listed(ANNA)
        command = decide({ANNA: votes(2)}, present=present).model_copy(
            update={"recused_units": {ANNA: ("人力社保局", "经发局")}}
        )
        given(APPROVAL, PREPARED, frozen).when(command).refused("P12")

    @pytest.mark.parametrize(
        "recused",
        [{ANNA: ("别的单位",)}, {ANNA: ("总工会", "总工会")}, {DORA: ("总工会",)}],
    )
    def test_only_member_units_for_nominees_of_the_list(
        self, recused: dict[UUID, tuple[str, ...]]
    ) -> None:
        """P10"""
        frozen = listed(ANNA)
        command = decide({ANNA: votes(5)}).model_copy(update={"recused_units": recused})
        given(APPROVAL, PREPARED, frozen).when(command).refused("P10")

    @pytest.mark.parametrize("by", [OFFICE, EXPERT, COMMITTEE])
    def test_nobody_but_the_leading_group_decides(self, by: object) -> None:
        """S25, S37"""
        command = decide(ALL).model_copy(update={"by": by})
        given(APPROVAL, RESERVE, LIST).when(command).refused("S37")


def test_whoever_left_the_list_is_read_of_no_more() -> None:
    """S37: the others still are."""
    state = APPROVAL.fold([RESERVE, LIST, left(ANNA)])
    ensure_candidate(BODO, state)
    with pytest.raises(NotOnTheList) as refused:
        ensure_candidate(ANNA, state)
    assert refused.value.rule == "S37"


class TestReserve:
    def test_who_carries_beyond_the_quota_waits_in_the_order_of_the_list(self) -> None:
        """P13, P16"""
        events = given(APPROVAL, RESERVE, LIST).when(decide(ALL)).events
        assert events is not None
        event, formed = events
        assert isinstance(event, ListDecided)
        assert [one.approved for one in event.outcomes] == [True, True, False, False]
        assert formed == FORMED

    def test_no_more_than_the_quota_and_the_reserve(self) -> None:
        """P13"""
        one = RESERVE.model_copy(update={"places": Places(reserve=1)})
        given(APPROVAL, one, LIST).when(decide(ALL)).refused("P13")
        given(APPROVAL, PREPARED, LIST).when(decide(ALL)).refused("P13")

    @pytest.mark.parametrize(
        ("reserve", "told"),
        [
            (0, "审定通过不得超过名额2人，现为4人"),
            (1, "审定通过不得超过名额2人和递补名额1人，现为4人"),
        ],
    )
    def test_the_refusal_tells_of_a_reserve_where_there_is_one(
        self, reserve: int, told: str
    ) -> None:
        """P13, P16"""
        rules = RESERVE.model_copy(update={"places": Places(reserve=reserve)})
        refusal = given(APPROVAL, rules, LIST).when(decide(ALL)).refusal
        assert str(refusal) == told

    def test_without_anybody_beyond_the_quota_there_is_no_reserve(self) -> None:
        fewer = {**ALL, CARL: votes(0, 6), DORA: votes(0, 6)}
        events = given(APPROVAL, RESERVE, LIST).when(decide(fewer)).events
        assert events is not None
        assert len(events) == 1

    @pytest.mark.parametrize("out", [leave(ANNA), bar(ANNA)])
    def test_the_first_moves_up_when_a_place_falls_free(self, out: LeaveList) -> None:
        """P16"""
        events = given(APPROVAL, *DECIDED).when(out).events
        assert events is not None
        assert events[1:] == [promoted(CARL, ANNA)]

    def test_who_waits_and_leaves_is_passed_over(self) -> None:
        given(APPROVAL, *DECIDED).when(leave(CARL)).then(left(CARL))
        given(APPROVAL, *DECIDED, left(CARL)).when(leave(ANNA)).then(
            left(ANNA), promoted(DORA, ANNA)
        )

    def test_who_moved_up_and_leaves_is_followed_by_the_next(self) -> None:
        given(APPROVAL, *DECIDED, left(ANNA), promoted(CARL, ANNA)).when(leave(CARL)).then(
            left(CARL), promoted(DORA, CARL)
        )

    def test_nobody_moves_up_where_the_campaign_does_not_say_so(self) -> None:
        by_hand = RESERVE.model_copy(update={"places": Places(reserve=2)})
        given(APPROVAL, by_hand, *DECIDED[1:]).when(leave(ANNA)).then(left(ANNA))

    def test_the_order_of_leaving_makes_no_difference(self) -> None:
        """P13: and never are more approved than the quota"""
        outcomes = set()
        for order in permutations((ANNA, CARL, BODO)):
            state = APPROVAL.fold(DECIDED)
            for nomination in order:
                state = APPROVAL.fold(APPROVAL.judge(leave(nomination), state), state)
                assert isinstance(state, Decided)
                assert len(state.standing) <= 2
            assert isinstance(state, Decided)
            outcomes.add(state.standing)
        assert outcomes == {frozenset({DORA})}

    def test_a_place_that_was_given_away_is_not_taken_back(self) -> None:
        """P7, P16"""
        back = ReturnToList(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nomination_id=ANNA)
        gone = left(ANNA).model_copy(update={"ground": "merged"})
        events = [*DECIDED, gone, promoted(CARL, ANNA)]
        state = APPROVAL.fold(events)
        state = APPROVAL.fold(APPROVAL.judge(back, state), state)
        assert isinstance(state, Decided)
        assert state.standing == {BODO, CARL}

    def test_a_place_that_fell_free_while_nobody_waited_is_taken_by_who_returns(self) -> None:
        """P7, P16: what intake says of two nominations comes in any order"""
        back = ReturnToList(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nomination_id=CARL)
        merged = left(CARL).model_copy(update={"ground": "merged"})
        outcomes = set()
        for order in permutations((leave(ANNA), back)):
            state = APPROVAL.fold([*DECIDED[:-1], FORMED, merged, left(DORA)])
            for command in order:
                state = APPROVAL.fold(APPROVAL.judge(command, state), state)
            assert isinstance(state, Decided)
            outcomes.add(state.standing)
        assert outcomes == {frozenset({BODO, CARL})}

    def test_the_promoted_is_approved_and_the_replaced_never_cleared(self) -> None:
        """S40, P16"""
        house = House()
        house.streams[APPROVAL.stream(CAMPAIGN)] = list(DECIDED)
        house.ask(APPROVAL, CAMPAIGN, leave(ANNA))
        assert house.state(CLEARANCE, CARL).conditions.approved
        replaced = house.state(CLEARANCE, ANNA)
        assert isinstance(replaced, Pending)
        assert replaced.conditions.grounds == {"replaced"}


class TestVetting:
    VETTED = PREPARED.model_copy(update={"vetting_required": True})
    SHORT = listed(ANNA, BODO)

    @staticmethod
    def vetted(nomination: UUID) -> ListEntryVetted:
        return ListEntryVetted(campaign_id=CAMPAIGN, nomination_id=nomination)

    def test_the_list_waits_for_everybody_on_it(self) -> None:
        """P8: no reply is no consent"""
        given(APPROVAL, self.VETTED, self.SHORT, self.vetted(ANNA)).when(decide()).refused("P8")

    def test_then_it_is_decided(self) -> None:
        events: tuple[Event, ...] = (self.vetted(ANNA), self.vetted(BODO))
        given(APPROVAL, self.VETTED, self.SHORT, *events).when(decide()).then(decided())

    def test_who_is_out_is_not_waited_for(self) -> None:
        """P9"""
        judged = given(APPROVAL, self.VETTED, self.SHORT, self.vetted(ANNA), left(BODO)).when(
            decide({ANNA: votes(6)})
        )
        assert judged.refusal is None

    def test_it_may_be_told_before_the_list_and_twice(self) -> None:
        note = NoteVetted(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nomination_id=ANNA)
        given(APPROVAL).when(note).then(self.vetted(ANNA))
        given(APPROVAL, self.vetted(ANNA)).when(note).then()


class TestWithdrawnList:
    def test_a_list_that_has_to_be_drawn_again_is_not_decided(self) -> None:
        """P10, S39"""
        withdraw = WithdrawList(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN)
        events = given(APPROVAL, PREPARED, LIST).when(withdraw).events
        assert events is not None
        given(APPROVAL, PREPARED, LIST, *events).when(decide(ALL)).refused("S39")
        given(APPROVAL, PREPARED, LIST, *events, LIST).when(withdraw).then(*events)
        given(APPROVAL, *DECIDED).when(withdraw).then()


def test_old_rules_know_neither_reserve_nor_vetting() -> None:
    assert isinstance(RESERVE, ApprovalPrepared)
    assert PREPARED.places == Places()
    assert not PREPARED.vetting_required
    assert set(UNITS) == set(PREPARED.units)


class TestAfterTheConferral:
    """What is found then leads to a revocation."""

    NOTED = PlaceTaken(campaign_id=CAMPAIGN, nomination_id=ANNA)

    def test_the_place_of_a_conferred_title_falls_free_no_more(self) -> None:
        """P15, P16: nobody moves up for a title that is still to be taken back"""
        given(APPROVAL, *DECIDED, self.NOTED).when(bar(ANNA)).then(
            ListEntryBarred(campaign_id=CAMPAIGN, nomination_id=ANNA)
        )

    def test_another_place_still_does(self) -> None:
        """P16"""
        given(APPROVAL, *DECIDED, self.NOTED).when(leave(BODO)).then(
            left(BODO), promoted(CARL, BODO)
        )

    def test_it_is_noted_once(self) -> None:
        """P15"""
        note = NoteConferred(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nomination_id=ANNA)
        given(APPROVAL, *DECIDED).when(note).then(self.NOTED)
        given(APPROVAL, *DECIDED, self.NOTED).when(note).then()


class TestTheLineOfTheQuota:
    """Two places, and the second and the third are equal in everything that was scored."""

    EQUAL = listed(*EVERYBODY, ranks=(1, 2, 2, 4))

    def test_votes_in_favour_divide_equals(self) -> None:
        """P11, P13: the third of the list has more of them, and is approved"""
        cast = ALL | {BODO: votes(5, 1)}
        judged = given(APPROVAL, RESERVE, self.EQUAL).when(decide(cast))
        assert judged.events is not None
        assert ReserveFormed(campaign_id=CAMPAIGN, digest=DIGEST, nominations=(BODO, DORA)) in list(
            judged.events
        )

    def test_equal_votes_divide_nobody(self) -> None:
        """P11: no order of ids decides between two people; the group votes again"""
        given(APPROVAL, RESERVE, self.EQUAL).when(decide(ALL)).refused("P11")

    def test_equals_on_one_side_of_the_line_are_no_matter(self) -> None:
        """P11"""
        equal = listed(*EVERYBODY, ranks=(1, 1, 3, 3))
        judged = given(APPROVAL, RESERVE, equal).when(decide(ALL))
        assert FORMED in list(judged.events or ())
