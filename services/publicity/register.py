"""The office's register 台账: which objection and which revocation waits for whom, until when.

It holds no word of what an objection says and nothing of whom it came from (P4).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.rows import dict_row

from services.publicity import objecting, revoking
from shared.calendar import BEIJING
from shared.messages import Recorded

Step = Literal["received", "accepted", "declined", "concluded", "closed"]

STEPS: Mapping[Step, str] = {
    "received": "待作受理决定",
    "accepted": "核查中",
    "declined": "不予受理",
    "concluded": "待书面答复",
    "closed": "已办结",
}

Stage = Literal["opened", "verified", "heard", "advised", "revoked", "dismissed", "corrected"]

STAGES: Mapping[Stage, str] = {
    "opened": "待登记核查情况（办公室）",
    "verified": "待听取陈述申辩（办公室）",
    "heard": "待提出意见（领导小组）",
    "advised": "待作出决定（管委会）",
    "revoked": "已撤销",
    "dismissed": "不予撤销",
    "corrected": "撤销决定已纠正",
}

SCHEMA: LiteralString = """
CREATE TABLE IF NOT EXISTS objections (
    objection_id uuid PRIMARY KEY,
    nomination_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    objector text NOT NULL,
    signed boolean NOT NULL,
    day date NOT NULL,
    received_at timestamptz NOT NULL,
    step text NOT NULL,
    due_on date,
    overdue boolean NOT NULL DEFAULT false,
    ground text,
    lead boolean NOT NULL DEFAULT false,
    outcome text,
    withdrawn boolean NOT NULL DEFAULT false
);
CREATE TABLE IF NOT EXISTS revocations (
    nomination_id uuid PRIMARY KEY,
    campaign_id uuid NOT NULL,
    cause text NOT NULL,
    stage text NOT NULL,
    opened_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    decision_number text
);
"""


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """An objection: where it stands, and by which day its next step is due.

    `lead`: not taken up, but concrete enough to be looked into (线索).
    """

    objection_id: UUID
    nomination_id: UUID
    campaign_id: UUID
    objector: objecting.Objector
    signed: bool
    day: date
    received_at: datetime
    step: Step
    due_on: date | None
    overdue: bool
    ground: objecting.Refusal | None
    lead: bool
    outcome: objecting.Outcome | None
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class RevocationRow:
    """A revocation and the step that is next."""

    nomination_id: UUID
    campaign_id: UUID
    cause: str
    stage: Stage
    opened_at: datetime
    changed_at: datetime
    decision_number: str | None


class Register:
    """The tables above."""

    name = "register"
    tables: tuple[LiteralString, ...] = ("objections", "revocations")
    schema: LiteralString = SCHEMA

    def apply(self, cursor: Cursor[Any], recorded: Recorded) -> None:
        """Change the tables for this event."""
        match recorded.event:
            case objecting.ObjectionRaised() as event:
                _raised(cursor, event, recorded)
            case (
                objecting.ObjectionAccepted()
                | objecting.ObjectionDeclined()
                | objecting.AcceptanceOverdue()
                | objecting.ObjectionWithdrawn()
                | objecting.FindingNoted()
                | objecting.ObjectionClosed()
                | objecting.ObjectionAnswered()
                | objecting.AnswerOverdue()
            ) as event:
                _went_on(cursor, event, recorded.stream)
            case revoking.RevocationCaseOpened() as event:
                _opened(cursor, event, recorded)
            case (
                revoking.RevocationCauseAdded()
                | revoking.VerificationRecorded()
                | revoking.StatementRecorded()
                | revoking.OpinionGiven()
                | revoking.TitleRevoked()
                | revoking.RevocationDismissed()
                | revoking.RevocationCorrected()
            ) as event:
                _stepped(cursor, event, recorded)
            case _:
                pass


REGISTER = Register()


def _raised(cursor: Cursor[Any], event: objecting.ObjectionRaised, recorded: Recorded) -> None:
    cursor.execute(
        "INSERT INTO objections (objection_id, nomination_id, campaign_id, objector, signed, day,"
        " received_at, step, due_on) VALUES (%s, %s, %s, %s, %s, %s, %s, 'received', %s)"
        " ON CONFLICT DO NOTHING",
        (
            recorded.stream,
            event.nomination_id,
            event.campaign_id,
            event.objector,
            event.signed,
            event.day,
            recorded.at,
            event.accept_by,
        ),
    )


def _went_on(
    cursor: Cursor[Any],
    event: objecting.ObjectionAccepted
    | objecting.ObjectionDeclined
    | objecting.AcceptanceOverdue
    | objecting.ObjectionWithdrawn
    | objecting.FindingNoted
    | objecting.ObjectionClosed
    | objecting.ObjectionAnswered
    | objecting.AnswerOverdue,
    key: UUID,
) -> None:
    match event:
        case objecting.ObjectionAccepted():
            _step(cursor, key, "accepted", event.investigate_by)
        case objecting.ObjectionDeclined():
            _step(cursor, key, "declined", None)
            cursor.execute(
                "UPDATE objections SET ground = %s, lead = %s WHERE objection_id = %s",
                (event.ground, event.lead, key),
            )
        case objecting.ObjectionWithdrawn():
            cursor.execute("UPDATE objections SET withdrawn = true WHERE objection_id = %s", (key,))
        case objecting.FindingNoted():
            _step(cursor, key, "concluded", event.answer_by)
        case objecting.ObjectionClosed():
            cursor.execute(
                "UPDATE objections SET outcome = %s, step = CASE WHEN step = 'concluded'"
                " AND signed AND NOT withdrawn THEN step ELSE 'closed' END WHERE objection_id = %s",
                (event.outcome, key),
            )
        case objecting.ObjectionAnswered():
            _step(cursor, key, "closed", None)
        case objecting.AcceptanceOverdue() | objecting.AnswerOverdue():
            cursor.execute("UPDATE objections SET overdue = true WHERE objection_id = %s", (key,))


def _step(cursor: Cursor[Any], key: UUID, step: Step, due_on: date | None) -> None:
    cursor.execute(
        "UPDATE objections SET step = %s, due_on = %s, overdue = false WHERE objection_id = %s",
        (step, due_on, key),
    )


def _opened(cursor: Cursor[Any], event: revoking.RevocationCaseOpened, recorded: Recorded) -> None:
    cursor.execute(
        "INSERT INTO revocations (nomination_id, campaign_id, cause, stage, opened_at, changed_at)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (nomination_id) DO UPDATE"
        " SET cause = excluded.cause, stage = excluded.stage, opened_at = excluded.opened_at,"
        " changed_at = excluded.changed_at, decision_number = NULL",
        (
            event.nomination_id,
            event.campaign_id,
            event.cause,
            "opened" if event.investigation_id is None else "verified",
            recorded.at,
            recorded.at,
        ),
    )


def _stepped(
    cursor: Cursor[Any],
    event: revoking.RevocationCauseAdded
    | revoking.VerificationRecorded
    | revoking.StatementRecorded
    | revoking.OpinionGiven
    | revoking.TitleRevoked
    | revoking.RevocationDismissed
    | revoking.RevocationCorrected,
    recorded: Recorded,
) -> None:
    number: str | None = None
    match event:
        case revoking.VerificationRecorded():
            stage: Stage = "verified"
        case revoking.StatementRecorded():
            stage = "heard"
        case revoking.OpinionGiven():
            stage = "advised"
        case revoking.TitleRevoked():
            stage, number = "revoked", event.decision_number
        case revoking.RevocationDismissed():
            stage, number = "dismissed", event.decision_number
        case revoking.RevocationCorrected():
            stage, number = "corrected", event.decision_number
        case revoking.RevocationCauseAdded():
            cursor.execute(
                "UPDATE revocations SET stage = 'verified', changed_at = %s"
                " WHERE nomination_id = %s AND stage <> 'opened'",
                (recorded.at, event.nomination_id),
            )
            return
    cursor.execute(
        "UPDATE revocations SET stage = %s, changed_at = %s, decision_number = %s"
        " WHERE nomination_id = %s",
        (stage, recorded.at, number, event.nomination_id),
    )


def objections(connection: Connection[Any]) -> list[ObjectionRow]:
    """All objections: what is due first comes first, what is over last."""
    rows = _rows(
        connection,
        "SELECT * FROM objections ORDER BY step IN ('closed', 'declined'), due_on NULLS LAST,"
        " received_at, objection_id",
    )
    return [ObjectionRow(**row) for row in rows]


def revocations(connection: Connection[Any]) -> list[RevocationRow]:
    """All revocations, the latest change first."""
    rows = _rows(connection, "SELECT * FROM revocations ORDER BY changed_at DESC, nomination_id")
    return [RevocationRow(**row) for row in rows]


def _rows(connection: Connection[Any], query: LiteralString) -> list[dict[str, Any]]:
    """The rows, every moment in Beijing time whatever the session's zone is."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query).fetchall()
    return [
        {
            name: value.astimezone(BEIJING) if isinstance(value, datetime) else value
            for name, value in row.items()
        }
        for row in rows
    ]
