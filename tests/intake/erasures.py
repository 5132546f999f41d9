"""The erasure of the fictional nomination: its events and its commands, as in stories.py."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from services.intake.claim import ClaimClosed, CloseClaim
from services.intake.erasure import (
    CompleteErasure,
    ErasureCompleted,
    ErasureRequested,
    Ground,
    KeysReturned,
    LegalHoldLifted,
    LegalHoldPlaced,
    LiftLegalHold,
    NoteKeysReturned,
    PlaceLegalHold,
    RequestErasure,
)
from services.intake.retention import (
    AdmitErasure,
    BeginRetention,
    EndRetention,
    ErasureAdmitted,
    ExpectReceived,
    ExpectTermOver,
    File,
    RetentionBegun,
    RetentionEnded,
)
from shared.contracts.sealed import PersonalKey, Purpose
from tests.actors import AT, AUDITOR, OFFICE, SYSTEM_ACTOR
from tests.intake.samples import CAMPAIGN_ID
from tests.intake.stories import CLAIM_ID, IDS, NOMINATION_ID, sealed

ALL: tuple[Purpose, ...] = ("identity", "contact", "dossier")
KEYS = tuple(
    PersonalKey(key=sealed(part).key, purpose=part) for part in ("contact", "dossier", "identity")
)
HOLD_ID = uuid5(NOMINATION_ID, "legal hold 1")
CLOSED_ON = date(2020, 1, 20)
TEN_YEARS_ON = datetime.fromisoformat("2030-01-21T00:00:00+08:00")
THIRTY_YEARS_ON = datetime.fromisoformat("2050-01-21T00:00:00+08:00")


def keys_of(*parts: Purpose) -> tuple[PersonalKey, ...]:
    return tuple(key for key in KEYS if key.purpose in parts)


# commands


def request(*parts: Purpose, ground: Ground = "retention", **changes: Any) -> RequestErasure:
    said = {"at": AT, "by": OFFICE, "nomination_id": NOMINATION_ID, **changes}
    return RequestErasure.model_validate({**said, "ground": ground, "parts": parts or ALL})


def place_hold(reason: str = "涉案材料") -> PlaceLegalHold:
    return PlaceLegalHold(at=AT, by=AUDITOR, nomination_id=NOMINATION_ID, reason=reason)


def lift_hold(hold_id: UUID = HOLD_ID) -> LiftLegalHold:
    return LiftLegalHold(
        at=AT, by=AUDITOR, nomination_id=NOMINATION_ID, hold_id=hold_id, reason="已经结案"
    )


def complete() -> CompleteErasure:
    return CompleteErasure(at=AT, by=SYSTEM_ACTOR, keys=KEYS)


def note_returned() -> NoteKeysReturned:
    return NoteKeysReturned(at=AT, by=SYSTEM_ACTOR, keys=KEYS)


def expect_received() -> ExpectReceived:
    return ExpectReceived(at=AT, by=SYSTEM_ACTOR)


def admit(*parts: Purpose, ground: Ground = "retention") -> AdmitErasure:
    return AdmitErasure(at=AT, by=SYSTEM_ACTOR, ground=ground, parts=parts or ALL)


def begin_retention(at: datetime = AT) -> BeginRetention:
    return BeginRetention(at=at, by=SYSTEM_ACTOR)


def end_retention(at: datetime = TEN_YEARS_ON) -> EndRetention:
    return EndRetention(at=at, by=SYSTEM_ACTOR)


def expect_over(
    *parts: Purpose,
    at: datetime = AT,
    ground: Ground = "retention",
    file: File = "rejected",
    over: bool = True,
) -> ExpectTermOver:
    return ExpectTermOver(
        at=at, by=SYSTEM_ACTOR, **IDS, ground=ground, parts=parts or ALL, file=file, over=over
    )


def close_claim(nomination_id: UUID = NOMINATION_ID) -> CloseClaim:
    return CloseClaim(at=AT, by=SYSTEM_ACTOR, nomination_id=nomination_id)


# events


def requested(*parts: Purpose, ground: Ground = "retention") -> ErasureRequested:
    return ErasureRequested(nomination_id=NOMINATION_ID, ground=ground, parts=parts or ALL)


def hold_placed(number: int = 1) -> LegalHoldPlaced:
    hold = uuid5(NOMINATION_ID, f"legal hold {number}")
    return LegalHoldPlaced(nomination_id=NOMINATION_ID, hold_id=hold, reason="涉案材料")


def hold_lifted() -> LegalHoldLifted:
    return LegalHoldLifted(nomination_id=NOMINATION_ID, hold_id=HOLD_ID, reason="已经结案")


def completed(*parts: Purpose) -> ErasureCompleted:
    return ErasureCompleted(
        nomination_id=NOMINATION_ID, parts=parts or ALL, keys=keys_of(*(parts or ALL))
    )


def returned() -> KeysReturned:
    return KeysReturned(nomination_id=NOMINATION_ID, keys=KEYS)


def admitted(
    *parts: Purpose, ground: Ground = "retention", file: File = "rejected", over: bool = True
) -> ErasureAdmitted:
    return ErasureAdmitted(
        **IDS,
        claim=CLAIM_ID,
        ground=ground,
        parts=parts or ALL,
        keys=keys_of(*(parts or ALL)),
        file=file,
        over=over,
    )


def begun() -> RetentionBegun:
    return RetentionBegun(
        campaign_id=CAMPAIGN_ID,
        begins_on=CLOSED_ON,
        rejected_until=date(2030, 1, 20),
        conferred_until=date(2050, 1, 20),
    )


def ended(file: File = "rejected") -> RetentionEnded:
    return RetentionEnded(campaign_id=CAMPAIGN_ID, file=file)


def claim_closed(nomination_id: UUID = NOMINATION_ID) -> ClaimClosed:
    return ClaimClosed(nomination_id=nomination_id)
