"""What the desk sees: nominations and where they are, submissions and their answers.

No personal data: a nomination shows what was found and how far it has come, never whom it is
about. Two tables, each rebuilt from the log at any time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.types.json import Jsonb

from services.intake import milestones, nomination, submission
from services.intake.nomination import COURSE, Status, course_after, status
from shared.contracts.intake import Finding
from shared.messages import Recorded


class Submissions:
    """Each answered message, by its source and id."""

    name = "submissions"
    tables: tuple[LiteralString, ...] = ("submissions",)
    schema: LiteralString = """
    CREATE TABLE IF NOT EXISTS submissions (
        submission_id uuid PRIMARY KEY,
        campaign_id uuid,
        publisher text NOT NULL,
        source text NOT NULL,
        message_id text NOT NULL,
        outcome text NOT NULL,
        nomination_id uuid,
        findings jsonb NOT NULL,
        answered_at timestamptz NOT NULL,
        position bigint NOT NULL
    );
    CREATE INDEX IF NOT EXISTS submissions_source ON submissions (source, message_id)
    """

    def apply(self, cursor: Cursor[Any], recorded: Recorded) -> None:
        """Keep the answer."""
        if not isinstance(event := recorded.event, submission.SubmissionAnswered):
            return
        cursor.execute(
            "INSERT INTO submissions (submission_id, campaign_id, publisher, source, message_id,"
            " outcome, nomination_id, findings, answered_at, position)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (submission_id) DO NOTHING",
            (
                event.submission_id,
                event.campaign_id,
                event.publisher,
                event.source,
                event.message_id,
                event.outcome,
                event.nomination_id,
                _findings(event.findings),
                recorded.at,
                recorded.position,
            ),
        )


class Nominations:
    """The desk's list. `course` is an index into `COURSE` and only grows.

    `arrived` is the log's position at the reception, `position` that of the latest event.
    """

    name = "nominations"
    tables: tuple[LiteralString, ...] = ("nominations",)
    schema: LiteralString = """
    CREATE TABLE IF NOT EXISTS nominations (
        nomination_id uuid PRIMARY KEY,
        campaign_id uuid NOT NULL,
        submission_id uuid NOT NULL,
        publisher text NOT NULL,
        channel text NOT NULL,
        recommender text NOT NULL,
        claimed_conditions text[] NOT NULL,
        findings jsonb NOT NULL,
        course smallint NOT NULL,
        rivals uuid[] NOT NULL DEFAULT '{}',
        opened uuid[] NOT NULL DEFAULT '{}',
        concluded uuid[] NOT NULL DEFAULT '{}',
        merged boolean NOT NULL DEFAULT false,
        disqualified boolean NOT NULL DEFAULT false,
        received_at timestamptz NOT NULL,
        arrived bigint NOT NULL,
        position bigint NOT NULL
    );
    CREATE INDEX IF NOT EXISTS nominations_campaign ON nominations (campaign_id, arrived)
    """

    def apply(self, cursor: Cursor[Any], recorded: Recorded) -> None:
        """Enter a nomination, or move it."""
        event = recorded.event
        if isinstance(event, nomination.NominationReceived):
            self._enter(cursor, event, recorded.position)
        elif isinstance(event, nomination.Happening):
            self._move(cursor, event, recorded.position)

    def _enter(
        self, cursor: Cursor[Any], event: nomination.NominationReceived, position: int
    ) -> None:
        cursor.execute(
            "INSERT INTO nominations (nomination_id, campaign_id, submission_id, publisher,"
            " channel, recommender, claimed_conditions, findings, course, received_at, arrived,"
            " position) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 0, %s, %s, %s)"
            " ON CONFLICT (nomination_id) DO NOTHING",
            (
                event.nomination_id,
                event.campaign_id,
                event.submission_id,
                event.publisher,
                event.channel,
                event.recommender.name,
                list(event.claimed_conditions),
                _findings(event.findings),
                event.received_at,
                position,
                position,
            ),
        )

    def _move(self, cursor: Cursor[Any], event: nomination.Happening, position: int) -> None:
        cursor.execute(
            "UPDATE nominations SET course = greatest(course, %s), position = %s"
            " WHERE nomination_id = %s",
            (COURSE.index(course_after(event) or COURSE[0]), position, event.nomination_id),
        )
        match event:
            case nomination.NominationHeld(other=other):
                change: LiteralString = "rivals = array_append(array_remove(rivals, %s), %s)"
                values: tuple[UUID, ...] = (other, other)
            case nomination.DuplicateResolved(other=other, kept=kept):
                change = "rivals = array_remove(rivals, %s)"
                change += "" if kept else ", merged = true"
                values = (other,)
            case milestones.InvestigationOpened(investigation_id=id):
                change, values = "opened = array_append(array_remove(opened, %s), %s)", (id, id)
            case milestones.InvestigationConcluded(investigation_id=id):
                change = "concluded = array_append(array_remove(concluded, %s), %s)"
                values = (id, id)
            case (
                milestones.NominationDisqualified()
                | milestones.CandidacyCancelled()
                | milestones.RevocationOpened()
            ):
                change, values = "disqualified = true", ()
            case _:
                return
        cursor.execute(
            f"UPDATE nominations SET {change} WHERE nomination_id = %s",  # noqa: S608
            (*values, event.nomination_id),
        )


def _findings(findings: Sequence[Finding]) -> Jsonb:
    return Jsonb([finding.model_dump() for finding in findings])


VIEWS = (Submissions(), Nominations())


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """An answer as the desk and the publisher see it."""

    submission_id: UUID
    campaign_id: UUID | None
    publisher: str
    source: str
    message_id: str
    outcome: str
    nomination_id: UUID | None
    findings: tuple[Finding, ...]
    answered_at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class NominationRow:
    """A nomination as the desk sees it; `source` and `message_id` are those of its message."""

    nomination_id: UUID
    campaign_id: UUID
    submission_id: UUID
    publisher: str
    source: str | None
    message_id: str | None
    outcome: str | None
    channel: str
    recommender: str
    claimed_conditions: tuple[str, ...]
    findings: tuple[Finding, ...]
    rivals: tuple[UUID, ...]
    status: Status
    received_at: datetime
    position: int


NOMINATION: LiteralString = (
    "SELECT nominations.*, submissions.source, submissions.message_id, submissions.outcome"
    " FROM nominations LEFT JOIN submissions USING (submission_id)"
)


def submissions_of(
    connection: Connection[Any], source: str, message_id: str
) -> list[SubmissionRow]:
    """The answers to the messages of one source under one id, the first one first."""
    rows = connection.execute(
        "SELECT * FROM submissions WHERE source = %s AND message_id = %s ORDER BY position",
        (source, message_id),
    ).fetchall()
    return [SubmissionRow(**{**row, "findings": _read_findings(row["findings"])}) for row in rows]


def nominations(
    connection: Connection[Any], campaign_id: UUID | None = None
) -> list[NominationRow]:
    """The nominations of a campaign or of all, in the order in which they came."""
    rows = connection.execute(
        NOMINATION + " WHERE %(campaign)s::uuid IS NULL OR nominations.campaign_id = %(campaign)s"
        " ORDER BY arrived",
        {"campaign": campaign_id},
    ).fetchall()
    return [_nomination(row) for row in rows]


def nomination_of(connection: Connection[Any], nomination_id: UUID) -> NominationRow | None:
    """One nomination, if there is such a one."""
    row = connection.execute(
        NOMINATION + " WHERE nominations.nomination_id = %s", (nomination_id,)
    ).fetchone()
    return _nomination(row) if row is not None else None


def _nomination(row: dict[str, Any]) -> NominationRow:
    return NominationRow(
        nomination_id=row["nomination_id"],
        campaign_id=row["campaign_id"],
        submission_id=row["submission_id"],
        publisher=row["publisher"],
        source=row["source"],
        message_id=row["message_id"],
        outcome=row["outcome"],
        channel=row["channel"],
        recommender=row["recommender"],
        claimed_conditions=tuple(row["claimed_conditions"]),
        findings=_read_findings(row["findings"]),
        rivals=tuple(row["rivals"]),
        status=status(
            COURSE[row["course"]],
            investigated=bool(set(row["opened"]) - set(row["concluded"])),
            merged=row["merged"],
            disqualified=row["disqualified"],
        ),
        received_at=row["received_at"],
        position=row["position"],
    )


def _read_findings(stored: Sequence[dict[str, Any]]) -> tuple[Finding, ...]:
    return tuple(Finding.model_validate(finding) for finding in stored)
