"""The minutes of the panel: a record of their own, beside the list that was drawn (S72)."""

from datetime import date

import pytest

from services.review.minutes import MinutesRecorded, RecordMinutes
from services.review.panel import PANEL
from shared.contracts.submission import Form
from shared.messages import Actor, Event
from tests.actors import AT, LEADING_GROUP, OFFICE
from tests.given import given
from tests.review.campaign import ANNA, BODO, CAMPAIGN, as_judge
from tests.review.test_panel import APPOINTED, CLOSED, PREPARED, added, drawn, result

TODAY = date(2019, 12, 11)
SIGNED, SIGNED_ANEW = "0d" * 32, "0e" * 32
SCORED = (PREPARED, APPOINTED, added(ANNA), result(ANNA, "70.00"))
DRAWN = drawn(*SCORED)
LISTED: tuple[Event, ...] = (*SCORED, DRAWN)


def record(by: Actor | None = None, held_on: date = TODAY, sha256: str = SIGNED) -> RecordMinutes:
    return RecordMinutes(at=AT, by=by or as_judge(1), held_on=held_on, sha256=sha256)


def recorded(sha256: str = SIGNED, digest: str = DRAWN.digest) -> MinutesRecorded:
    return MinutesRecorded(campaign_id=CAMPAIGN, digest=digest, held_on=TODAY, sha256=sha256)


def test_the_form_has_no_block_for_the_panel() -> None:
    """S72: hence the record; of all opinions the form has the unit's alone (S69–S71 follow)."""
    assert [name for name in Form.model_fields if "opinion" in name] == ["recommender_opinion"]


@pytest.mark.parametrize("by", [as_judge(1), OFFICE])
def test_the_chair_or_the_office_records_them_for_the_list_that_was_drawn(by: Actor) -> None:
    """S36, S72"""
    given(PANEL, *LISTED).when(record(by)).then(recorded())


@pytest.mark.parametrize("by", [as_judge(2), LEADING_GROUP])
def test_nobody_else_does(by: Actor) -> None:
    given(PANEL, *LISTED).when(record(by)).refused("S36" if by != LEADING_GROUP else "S72")


@pytest.mark.parametrize(
    "events", [(), (PREPARED,), SCORED, (*SCORED, CLOSED)], ids=lambda events: str(len(events))
)
def test_not_before_a_list_was_drawn(events: tuple[Event, ...]) -> None:
    given(PANEL, *events).when(record()).refused("S72")


def test_of_a_meeting_that_was_held() -> None:
    given(PANEL, *LISTED).when(record(held_on=date(2019, 12, 12))).refused("S72")


def test_once_and_what_was_signed_anew_beside_it() -> None:
    given(PANEL, *LISTED, recorded()).when(record(OFFICE)).then()
    given(PANEL, *LISTED, recorded()).when(record(sha256=SIGNED_ANEW)).then(recorded(SIGNED_ANEW))


def test_also_after_the_leading_group_decided() -> None:
    """S72: the list stays the one that was drawn."""
    given(PANEL, *LISTED, CLOSED).when(record()).then(recorded())
    given(PANEL, *LISTED, CLOSED, recorded()).when(record()).then()
    given(PANEL, *LISTED, recorded(), CLOSED).when(record()).then()


def test_a_list_that_is_drawn_anew_has_minutes_of_its_own() -> None:
    """S72"""
    later = (added(BODO), result(BODO, "80.00"))
    again = drawn(*LISTED, *later)
    assert again.digest != DRAWN.digest
    given(PANEL, *LISTED, recorded(), *later, again).when(record()).then(
        recorded(digest=again.digest)
    )
