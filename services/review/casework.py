"""What the desks keep of investigations and clearances (S43, P5, P8); the tables are in `views`."""

from typing import Any, Literal

from psycopg import Cursor

from services.review.clearance import (
    ApprovalNoted,
    ClearanceBarred,
    ClearanceEnded,
    ClearanceGranted,
    ClearanceHeld,
    ClearancePaused,
    ClearanceRestored,
    ClearanceWithdrawn,
    HoldReleased,
    NoticeClosureNoted,
    PauseEnded,
    VettingAwaited,
    VettingNoted,
)
from services.review.investigating import (
    EvidenceRecorded,
    FoundIneligible,
    HearingRecorded,
    InvestigationConcluded,
    InvestigationExtended,
    InvestigationOpened,
    InvestigationOverdue,
    NominationDisqualified,
    TermSet,
)
from shared.messages import Recorded


def write(cursor: Cursor[Any], recorded: Recorded) -> None:
    """Change the tables of investigations and clearances for this event."""
    _investigation(cursor, recorded)
    _term(cursor, recorded)
    _clearance(cursor, recorded)
    _pause(cursor, recorded)


def _investigation(cursor: Cursor[Any], recorded: Recorded) -> None:
    investigation = recorded.stream
    match recorded.event:
        case InvestigationOpened() as event:
            cursor.execute(
                "INSERT INTO investigations (investigation_id, nomination_id, campaign_id, status,"
                " allegation, objection_id) VALUES (%s, %s, %s, 'open', %s, %s)"
                " ON CONFLICT DO NOTHING",
                (
                    investigation,
                    event.nomination_id,
                    event.campaign_id,
                    event.allegation,
                    event.objection_id,
                ),
            )
            cursor.executemany(
                "INSERT INTO investigators (investigation_id, investigator, organisation)"
                " VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [(investigation, one.id, one.organisation) for one in event.investigators],
            )
        case EvidenceRecorded() as event:
            cursor.execute(
                "INSERT INTO evidence (investigation_id, sha256, place, description)"
                " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (investigation, event.sha256, recorded.version, event.description),
            )
        case InvestigationConcluded() as event:
            cursor.execute(
                "UPDATE investigations SET status = 'concluded', finding = %s, statement = %s"
                " WHERE investigation_id = %s",
                (event.finding, event.statement, investigation),
            )
            cursor.execute(
                "UPDATE holds SET released = true WHERE investigation_id = %s", (investigation,)
            )
        case NominationDisqualified() | FoundIneligible() as event:
            cursor.execute(
                "UPDATE investigations SET public_reason = %s WHERE investigation_id = %s",
                (event.reason, investigation),
            )
        case _:
            pass


def _term(cursor: Cursor[Any], recorded: Recorded) -> None:
    investigation = recorded.stream
    match recorded.event:
        case TermSet() | InvestigationExtended() as event:
            cursor.execute(
                "UPDATE investigations SET due_on = %s, overdue = false, extended = %s"
                " WHERE investigation_id = %s",
                (event.due_on, isinstance(event, InvestigationExtended), investigation),
            )
        case InvestigationOverdue():
            cursor.execute(
                "UPDATE investigations SET overdue = true WHERE investigation_id = %s",
                (investigation,),
            )
        case HearingRecorded() as event:
            cursor.execute(
                "UPDATE investigations SET hearing = %s WHERE investigation_id = %s",
                (event.outcome, investigation),
            )
        case _:
            pass


def _pause(cursor: Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case ClearancePaused() | PauseEnded() as event:
            _clear(cursor, event)
            cursor.execute(
                "INSERT INTO pauses (nomination_id, pause_id, cause, ended)"
                " VALUES (%s, %s, %s, %s) ON CONFLICT (nomination_id, pause_id) DO UPDATE"
                " SET ended = pauses.ended OR excluded.ended",
                (
                    event.nomination_id,
                    event.pause_id,
                    event.cause,
                    isinstance(event, PauseEnded),
                ),
            )
        case VettingAwaited() | VettingNoted() as event:
            _clear(cursor, event)
            cursor.execute(
                "UPDATE clearances SET vetting_awaited = vetting_awaited OR %s,"
                " vetted = vetted OR %s WHERE nomination_id = %s",
                (
                    isinstance(event, VettingAwaited),
                    isinstance(event, VettingNoted),
                    event.nomination_id,
                ),
            )
        case ClearanceEnded() | ClearanceRestored() as event:
            _clear(cursor, event)
        case _:
            pass


def _clearance(cursor: Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case ApprovalNoted() as event:
            _clear(cursor, event, approved=True)
        case NoticeClosureNoted() as event:
            _clear(cursor, event, notice_closed=True)
        case ClearanceHeld() | HoldReleased() as event:
            _clear(cursor, event)
            cursor.execute(
                "INSERT INTO holds (nomination_id, investigation_id, released) VALUES (%s, %s, %s)"
                " ON CONFLICT (nomination_id, investigation_id) DO UPDATE"
                " SET released = holds.released OR excluded.released",
                (event.nomination_id, event.investigation_id, isinstance(event, HoldReleased)),
            )
        case ClearanceGranted() as event:
            _clear(cursor, event, status="granted")
        case ClearanceWithdrawn() as event:
            _clear(cursor, event, status="pending")
        case ClearanceBarred() as event:
            _clear(cursor, event, status="barred")
        case _:
            pass


def _clear(
    cursor: Cursor[Any],
    event: ApprovalNoted
    | NoticeClosureNoted
    | ClearanceHeld
    | HoldReleased
    | ClearanceGranted
    | ClearanceWithdrawn
    | ClearanceBarred
    | ClearancePaused
    | PauseEnded
    | VettingAwaited
    | VettingNoted
    | ClearanceEnded
    | ClearanceRestored,
    *,
    status: Literal["pending", "granted", "barred"] | None = None,
    approved: bool = False,
    notice_closed: bool = False,
) -> None:
    """One more thing is known of this clearance; what is barred stays barred."""
    cursor.execute(
        "INSERT INTO clearances (nomination_id, campaign_id, status, approved, notice_closed)"
        " VALUES (%(nomination)s, %(campaign)s, COALESCE(%(status)s, 'pending'), %(approved)s,"
        " %(closed)s) ON CONFLICT (nomination_id) DO UPDATE SET"
        " status = CASE WHEN clearances.status = 'barred' THEN 'barred'"
        " ELSE COALESCE(%(status)s, clearances.status) END,"
        " approved = clearances.approved OR excluded.approved,"
        " notice_closed = clearances.notice_closed OR excluded.notice_closed",
        {
            "nomination": event.nomination_id,
            "campaign": event.campaign_id,
            "status": status,
            "approved": approved,
            "closed": notice_closed,
        },
    )
