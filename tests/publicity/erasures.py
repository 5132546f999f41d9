"""The erasure of who objects in the fictional objection, as in stories.py."""

from datetime import datetime
from uuid import uuid5

from services.publicity.admission import ExpectTermOver
from services.publicity.erasure import (
    CompleteErasure,
    LiftLegalHold,
    NoteKeysReturned,
    PlaceLegalHold,
    RequestErasure,
)
from services.publicity.objecting import Ground
from shared.contracts.sealed import PersonalKey
from tests.actors import AT, AUDITOR, OFFICE, SYSTEM_ACTOR
from tests.publicity.stories import CAMPAIGN, JIA, MEANWHILE, box

KEYS = (
    PersonalKey(key=box("reporter").key, purpose="identity"),
    PersonalKey(key=box("contact").key, purpose="contact"),
)
HOLD_ID = uuid5(JIA, f"legal hold {KEYS[0].key} 1")
LONG_AFTER = datetime.fromisoformat("2050-06-01T09:00:00+08:00")


def request(ground: Ground = "retention", at: datetime = LONG_AFTER) -> RequestErasure:
    return RequestErasure(at=at, by=OFFICE, ground=ground)


def place_hold(reason: str = "涉案材料") -> PlaceLegalHold:
    return PlaceLegalHold(at=AT, by=AUDITOR, reason=reason)


def lift_hold() -> LiftLegalHold:
    return LiftLegalHold(at=AT, by=AUDITOR, hold_id=HOLD_ID, reason="已经结案")


def complete() -> CompleteErasure:
    return CompleteErasure(at=LONG_AFTER, by=SYSTEM_ACTOR, keys=KEYS)


def note_returned() -> NoteKeysReturned:
    return NoteKeysReturned(at=LONG_AFTER, by=SYSTEM_ACTOR, keys=KEYS)


def expect_over(at: datetime = LONG_AFTER) -> ExpectTermOver:
    return ExpectTermOver(
        at=at, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nomination_id=JIA, day=MEANWHILE.date()
    )
