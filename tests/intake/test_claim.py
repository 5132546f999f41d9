"""Claim: one person, one live nomination (P7)."""

from uuid import UUID

from services.intake.claim import (
    CLAIM,
    ClaimContested,
    ClaimReleased,
    ClaimReopened,
    ClaimSettled,
    ClaimTaken,
    Held,
    ReleaseClaim,
    ReopenClaim,
    SettleClaim,
    TakeClaim,
)
from tests.actors import AT, OFFICE, SYSTEM_ACTOR
from tests.given import given
from tests.intake.stories import NOMINATION_ID, OTHER, SENDER, THIRD

TAKEN = ClaimTaken(nomination_id=NOMINATION_ID)
CONTESTED = ClaimContested(nomination_id=OTHER, holder=NOMINATION_ID, rivals=(NOMINATION_ID,))
CONTESTED_AGAIN = ClaimContested(
    nomination_id=THIRD, holder=NOMINATION_ID, rivals=(NOMINATION_ID, OTHER)
)


def take(nomination: UUID) -> TakeClaim:
    return TakeClaim(at=AT, by=SENDER, nomination_id=nomination)


def settle(holder: UUID, other: UUID) -> SettleClaim:
    return SettleClaim(at=AT, by=SYSTEM_ACTOR, holder=holder, other=other)


def test_the_first_nomination_takes_the_claim() -> None:
    given(CLAIM).when(take(NOMINATION_ID)).then(TAKEN)


def test_taking_it_twice_changes_nothing() -> None:
    given(CLAIM, TAKEN).when(take(NOMINATION_ID)).then()
    given(CLAIM, TAKEN, CONTESTED).when(take(OTHER)).then()


def test_another_nomination_of_the_person_contests_it() -> None:
    given(CLAIM, TAKEN).when(take(OTHER)).then(CONTESTED)


def test_a_third_contests_it_with_both() -> None:
    given(CLAIM, TAKEN, CONTESTED).when(take(THIRD)).then(CONTESTED_AGAIN)


def test_the_claim_goes_to_whom_the_office_keeps() -> None:
    settled = ClaimSettled(holder=OTHER, other=NOMINATION_ID)
    given(CLAIM, TAKEN, CONTESTED).when(settle(OTHER, NOMINATION_ID)).then(settled)
    given(CLAIM, TAKEN, CONTESTED, settled).when(take(THIRD)).then(
        ClaimContested(nomination_id=THIRD, holder=OTHER, rivals=(OTHER,))
    )


def test_settling_among_three_leaves_the_third_in_dispute() -> None:
    settled = ClaimSettled(holder=OTHER, other=NOMINATION_ID)
    history = (TAKEN, CONTESTED, CONTESTED_AGAIN, settled)
    given(CLAIM, *history).when(settle(OTHER, THIRD)).then(ClaimSettled(holder=OTHER, other=THIRD))


def test_settling_what_is_not_in_dispute_changes_nothing() -> None:
    given(CLAIM).when(settle(OTHER, NOMINATION_ID)).then()
    given(CLAIM, TAKEN).when(settle(OTHER, NOMINATION_ID)).then()


def test_nobody_at_a_desk_takes_a_claim() -> None:
    by_office = TakeClaim(at=AT, by=OFFICE, nomination_id=OTHER)
    given(CLAIM).when(by_office).refused("P7")


def release(nomination: UUID) -> ReleaseClaim:
    return ReleaseClaim(at=AT, by=SYSTEM_ACTOR, nomination_id=nomination)


def reopen(nomination: UUID) -> ReopenClaim:
    return ReopenClaim(at=AT, by=SYSTEM_ACTOR, nomination_id=nomination)


def test_a_nomination_that_was_withdrawn_leaves_the_person_free() -> None:
    released = ClaimReleased(nomination_id=NOMINATION_ID, holder=None)
    given(CLAIM, TAKEN).when(release(NOMINATION_ID)).then(released)
    given(CLAIM, TAKEN, released).when(release(NOMINATION_ID)).then()
    given(CLAIM, TAKEN, released).when(take(OTHER)).then(ClaimTaken(nomination_id=OTHER))


def test_the_next_one_holds_the_claim_when_its_holder_is_withdrawn() -> None:
    released = ClaimReleased(nomination_id=NOMINATION_ID, holder=OTHER)
    given(CLAIM, TAKEN, CONTESTED).when(release(NOMINATION_ID)).then(released)
    assert CLAIM.fold([TAKEN, CONTESTED, released]) == Held(OTHER)


def test_the_holder_stays_when_another_is_withdrawn() -> None:
    released = ClaimReleased(nomination_id=OTHER, holder=NOMINATION_ID)
    given(CLAIM, TAKEN, CONTESTED).when(release(OTHER)).then(released)
    assert CLAIM.fold([TAKEN, CONTESTED, released]) == Held(NOMINATION_ID)


def test_a_nomination_that_comes_back_contests_the_claim_with_all_who_are_live() -> None:
    settled = ClaimSettled(holder=NOMINATION_ID, other=OTHER)
    again = ClaimReopened(nomination_id=OTHER, rivals=(NOMINATION_ID,))
    history = (TAKEN, CONTESTED, settled)
    given(CLAIM, *history).when(reopen(OTHER)).then(again)
    given(CLAIM, *history, again).when(reopen(OTHER)).then()
    assert CLAIM.fold([*history, again]) == Held(NOMINATION_ID, (OTHER,))
    given(CLAIM).when(reopen(OTHER)).then(ClaimTaken(nomination_id=OTHER))
