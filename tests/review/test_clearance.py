"""The clearance of a nomination: granted by itself, withdrawn, barred (S40, S43)."""

from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from services.review.clearance import (
    CLEARANCE,
    ApprovalNoted,
    AwaitVetting,
    BarClearance,
    Barred,
    ClearanceBarred,
    ClearanceCommand,
    ClearanceGranted,
    ClearanceHeld,
    ClearanceWithdrawn,
    Granted,
    HoldClearance,
    HoldReleased,
    NoteApproval,
    NoteNoticeClosed,
    NoteVetted,
    NoticeClosureNoted,
    ReleaseHold,
    State,
    VettingAwaited,
    VettingNoted,
)
from shared.messages import Event
from tests.actors import AT, OFFICE, SYSTEM_ACTOR
from tests.given import given
from tests.review.campaign import ANNA, CAMPAIGN, INQUIRY, SECOND_INQUIRY

APPROVED = ApprovalNoted(nomination_id=ANNA, campaign_id=CAMPAIGN)
NOTICE_CLOSED = NoticeClosureNoted(nomination_id=ANNA, campaign_id=CAMPAIGN)
GRANTED = ClearanceGranted(nomination_id=ANNA, campaign_id=CAMPAIGN)
WITHDRAWN = ClearanceWithdrawn(nomination_id=ANNA, campaign_id=CAMPAIGN)
BARRED = ClearanceBarred(nomination_id=ANNA, campaign_id=CAMPAIGN)


def held(inquiry: UUID = INQUIRY) -> ClearanceHeld:
    return ClearanceHeld(nomination_id=ANNA, campaign_id=CAMPAIGN, investigation_id=inquiry)


def released(inquiry: UUID = INQUIRY) -> HoldReleased:
    return HoldReleased(nomination_id=ANNA, campaign_id=CAMPAIGN, investigation_id=inquiry)


APPROVE = NoteApproval(at=AT, by=SYSTEM_ACTOR, nomination_id=ANNA, campaign_id=CAMPAIGN)
CLOSE = NoteNoticeClosed(at=AT, by=SYSTEM_ACTOR, nomination_id=ANNA, campaign_id=CAMPAIGN)
BAR = BarClearance(at=AT, by=SYSTEM_ACTOR, nomination_id=ANNA, campaign_id=CAMPAIGN)


def hold(inquiry: UUID = INQUIRY) -> HoldClearance:
    return HoldClearance(
        at=AT,
        by=SYSTEM_ACTOR,
        nomination_id=ANNA,
        campaign_id=CAMPAIGN,
        investigation_id=inquiry,
    )


def release(inquiry: UUID = INQUIRY) -> ReleaseHold:
    return ReleaseHold(
        at=AT,
        by=SYSTEM_ACTOR,
        nomination_id=ANNA,
        campaign_id=CAMPAIGN,
        investigation_id=inquiry,
    )


class TestGrant:
    def test_approval_and_notice_grant_it_in_either_order(self) -> None:
        """S40"""
        given(CLEARANCE).when(APPROVE).then(APPROVED)
        given(CLEARANCE, APPROVED).when(CLOSE).then(NOTICE_CLOSED, GRANTED)
        given(CLEARANCE).when(CLOSE).then(NOTICE_CLOSED)
        given(CLEARANCE, NOTICE_CLOSED).when(APPROVE).then(APPROVED, GRANTED)

    def test_not_while_an_investigation_is_open(self) -> None:
        """S40"""
        given(CLEARANCE, held(), APPROVED).when(CLOSE).then(NOTICE_CLOSED)
        given(CLEARANCE, held(), APPROVED, NOTICE_CLOSED).when(release()).then(released(), GRANTED)

    def test_every_investigation_must_have_ended(self) -> None:
        """S40"""
        events = (APPROVED, NOTICE_CLOSED, GRANTED, held(), WITHDRAWN, held(SECOND_INQUIRY))
        given(CLEARANCE, *events).when(release()).then(released())
        given(CLEARANCE, *events, released()).when(release(SECOND_INQUIRY)).then(
            released(SECOND_INQUIRY), GRANTED
        )

    def test_nobody_grants_it_by_hand(self) -> None:
        given(CLEARANCE).when(APPROVE.model_copy(update={"by": OFFICE})).refused("S40")


class TestWithdrawal:
    CLEARED = (APPROVED, NOTICE_CLOSED, GRANTED)

    def test_what_opens_later_withdraws_it(self) -> None:
        """S40"""
        given(CLEARANCE, *self.CLEARED).when(hold()).then(held(), WITHDRAWN)

    def test_it_is_withdrawn_once(self) -> None:
        given(CLEARANCE, *self.CLEARED, held(), WITHDRAWN).when(hold(SECOND_INQUIRY)).then(
            held(SECOND_INQUIRY)
        )

    def test_it_comes_back_when_nothing_was_found(self) -> None:
        given(CLEARANCE, *self.CLEARED, held(), WITHDRAWN).when(release()).then(released(), GRANTED)

    def test_a_disqualification_ends_it_for_ever(self) -> None:
        """S43"""
        given(CLEARANCE, *self.CLEARED).when(BAR).then(BARRED, WITHDRAWN)
        for command in (APPROVE, CLOSE, hold(), release(), BAR):
            given(CLEARANCE, *self.CLEARED, BARRED, WITHDRAWN).when(command).then()

    def test_a_disqualification_may_come_first(self) -> None:
        """S43"""
        given(CLEARANCE).when(BAR).then(BARRED)
        given(CLEARANCE, BARRED).when(APPROVE).then()


@pytest.mark.parametrize(
    ("command", "events"),
    [
        (APPROVE, (APPROVED,)),
        (CLOSE, (NOTICE_CLOSED,)),
        (hold(), (held(),)),
        (release(), (released(),)),
    ],
)
def test_hearing_it_twice_changes_nothing(
    command: ClearanceCommand, events: tuple[Event, ...]
) -> None:
    given(CLEARANCE, *events).when(command).then()


def after(*commands: ClearanceCommand) -> State:
    state = CLEARANCE.initial
    for command in commands:
        state = CLEARANCE.fold(CLEARANCE.judge(command, state), state)
    return state


def test_the_order_of_news_never_matters() -> None:
    """Every pair, and every longer sequence, in every order."""
    news: tuple[ClearanceCommand, ...] = (
        APPROVE,
        CLOSE,
        hold(),
        release(),
        hold(SECOND_INQUIRY),
        BAR,
    )
    for length in range(2, len(news) + 1):
        for some in permutations(news, length):
            assert after(*some) == after(*sorted(some, key=news.index)), some


@settings(deadline=None, derandomize=True)
@forall(
    st.lists(
        st.sampled_from(
            [APPROVE, CLOSE, hold(), release(), hold(SECOND_INQUIRY), release(SECOND_INQUIRY), BAR]
        ),
        max_size=12,
    )
)
def test_it_is_never_granted_while_anything_is_open(commands: list[ClearanceCommand]) -> None:
    """S40, S43"""
    state, granted = CLEARANCE.initial, False
    seen: set[tuple[type, object]] = set()
    for command in commands:
        seen.add((type(command), getattr(command, "investigation_id", None)))
        events = CLEARANCE.judge(command, state)
        state = CLEARANCE.fold(events, state)
        for event in events:
            if isinstance(event, ClearanceGranted | ClearanceWithdrawn):
                granted = isinstance(event, ClearanceGranted)
        opened = {inquiry for kind, inquiry in seen if kind is HoldClearance}
        ended = {inquiry for kind, inquiry in seen if kind is ReleaseHold}
        expected = (
            (NoteApproval, None) in seen
            and (NoteNoticeClosed, None) in seen
            and (BarClearance, None) not in seen
            and opened <= ended
        )
        assert granted == expected
        assert isinstance(state, Granted) == expected
        assert isinstance(state, Barred) == ((BarClearance, None) in seen)


class TestVetting:
    AWAIT = AwaitVetting(at=AT, by=SYSTEM_ACTOR, nomination_id=ANNA, campaign_id=CAMPAIGN)
    VETTED = NoteVetted(at=AT, by=SYSTEM_ACTOR, nomination_id=ANNA, campaign_id=CAMPAIGN)
    AWAITED = VettingAwaited(nomination_id=ANNA, campaign_id=CAMPAIGN)
    NOTED = VettingNoted(nomination_id=ANNA, campaign_id=CAMPAIGN)

    def test_where_departments_are_asked_the_clearance_waits_for_them(self) -> None:
        """P8"""
        given(CLEARANCE, self.AWAITED, APPROVED).when(CLOSE).then(NOTICE_CLOSED)
        given(CLEARANCE, self.AWAITED, APPROVED, NOTICE_CLOSED).when(self.VETTED).then(
            self.NOTED, GRANTED
        )

    def test_where_nobody_is_asked_it_does_not(self) -> None:
        given(CLEARANCE, APPROVED).when(CLOSE).then(NOTICE_CLOSED, GRANTED)

    def test_the_conditions_come_in_any_order(self) -> None:
        states = []
        for commands in permutations((self.AWAIT, self.VETTED, APPROVE, CLOSE)):
            state: State = CLEARANCE.initial
            for command in commands:
                state = CLEARANCE.fold(CLEARANCE.judge(command, state), state)
            states.append(state)
        assert all(state == states[0] for state in states)
        assert isinstance(states[0], Granted)
