"""What the desk sees: nominations and where they are, submissions and their answers.

No personal data: a nomination shows what was found and how far it has come, never whom it is
about. Three tables, each rebuilt from the log at any time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.types.json import Jsonb

from services.intake import (
    correction,
    duplicates,
    milestones,
    nomination,
    papers,
    submission,
    suspension,
    withdrawal,
)
from services.intake.erasure import ErasureCompleted, KeysReturned
from services.intake.nomination import course_after
from services.intake.record import COURSE, NominationReceived, Progress, Status, status
from services.intake.retention import ErasureAdmitted, RetentionEnded
from shared.contracts.intake import Finding
from shared.contracts.sealed import Purpose
from shared.erasing import Erasures
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
        ending text,
        correct_by timestamptz,
        suspended boolean NOT NULL DEFAULT false,
        revocations uuid[] NOT NULL DEFAULT '{}',
        dismissals uuid[] NOT NULL DEFAULT '{}',
        revoked boolean NOT NULL DEFAULT false,
        paper_missing boolean NOT NULL,
        received_at timestamptz NOT NULL,
        arrived bigint NOT NULL,
        position bigint NOT NULL
    );
    CREATE INDEX IF NOT EXISTS nominations_campaign ON nominations (campaign_id, arrived)
    """

    def apply(self, cursor: Cursor[Any], recorded: Recorded) -> None:
        """Enter a nomination, or move it."""
        event = recorded.event
        if isinstance(event, NominationReceived):
            self._enter(cursor, event, recorded.position)
        elif isinstance(event, nomination.Happening):
            self._move(cursor, event, recorded.position)

    def _enter(self, cursor: Cursor[Any], event: NominationReceived, position: int) -> None:
        cursor.execute(
            "INSERT INTO nominations (nomination_id, campaign_id, submission_id, publisher,"
            " channel, recommender, claimed_conditions, findings, course, paper_missing,"
            " received_at, arrived, position)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 0, %s, %s, %s, %s)"
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
                event.paper_received_at is None,
                event.received_at,
                position,
                position,
            ),
        )

    def _move(self, cursor: Cursor[Any], event: nomination.Happening, position: int) -> None:
        change, values = _change(event)
        cursor.execute(
            "UPDATE nominations SET course = greatest(course, %s), position = %s"  # noqa: S608
            f"{change} WHERE nomination_id = %s",
            (
                COURSE.index(course_after(event) or COURSE[0]),
                position,
                *values,
                event.nomination_id,
            ),
        )


Change = tuple[LiteralString, tuple[Any, ...]]

NOTHING: Change = "", ()

OVER: LiteralString = ", correct_by = NULL, suspended = false"
"""What is over waits for nothing any more."""

DISQUALIFIED: LiteralString = ", ending = 'disqualified'" + OVER

EXCLUDED: LiteralString = (
    ", ending = CASE WHEN ending = 'merged' THEN 'excluded' ELSE coalesce(ending, 'excluded') END"
    + OVER
)
"""P6, P9: what is out for good is not merged any more, so that nobody takes it back."""

WITHOUT_ORIGINALS: LiteralString = (
    ", findings = (SELECT coalesce(jsonb_agg(found), '[]') FROM jsonb_array_elements(findings)"
    " AS found WHERE found->>'rule' <> 'S31')"
)


def _change(event: nomination.Happening) -> Change:
    """What an event changes of a nomination's row beside how far it has come."""
    match event:
        case duplicates.NominationHeld(other=other):
            return ", rivals = array_append(array_remove(rivals, %s), %s)", (other, other)
        case duplicates.DuplicateResolved(other=other, kept=True):
            return ", rivals = array_remove(rivals, %s)", (other,)
        case duplicates.DuplicateResolved(other=other):
            return ", rivals = array_remove(rivals, %s)" + _ended("merged"), (other,)
        case duplicates.HoldLifted(other=other):
            return ", rivals = array_remove(rivals, %s)", (other,)
        case duplicates.DuplicateReopened(other=other, restored=True):
            return ", rivals = ARRAY[%s], ending = NULL", (other,)
        case duplicates.DuplicateReopened(other=other):
            return ", rivals = array_append(array_remove(rivals, %s), %s)", (other, other)
        case withdrawal.NominationWithdrawn():
            return _ended("withdrawn"), ()
        case suspension.NominationSuspended():
            return ", suspended = true", ()
        case suspension.NominationResumed():
            return ", suspended = false", ()
        case _:
            return _change_of_papers(event)


def _ended(ending: LiteralString) -> LiteralString:
    """The first ending counts, unless it was fraud."""
    return ", ending = coalesce(ending, '" + ending + "')" + OVER


def _change_of_papers(event: nomination.Happening) -> Change:
    match event:
        case correction.CorrectionRequested(due_at=due_at):
            return ", correct_by = %s", (due_at,)
        case correction.CorrectionLapsed():
            return ", correct_by = NULL", ()
        case correction.NominationCorrected(findings=findings):
            return ", correct_by = NULL, findings = %s", (_findings(findings),)
        case papers.PaperReceived():
            return ", paper_missing = false", ()
        case papers.OriginalsSighted(complete=True):
            return WITHOUT_ORIGINALS, ()
        case _:
            return _change_from_elsewhere(event)


def _change_from_elsewhere(event: nomination.Happening) -> Change:
    match event:
        case milestones.InvestigationOpened(investigation_id=id):
            return ", opened = array_append(array_remove(opened, %s), %s)", (id, id)
        case milestones.ObjectionAccepted(objection_id=id):
            return ", opened = array_append(array_remove(opened, %s), %s)", (id, id)
        case milestones.InvestigationConcluded(investigation_id=id):
            return ", concluded = array_append(array_remove(concluded, %s), %s)", (id, id)
        case milestones.ObjectionClosed(objection_id=id):
            return ", concluded = array_append(array_remove(concluded, %s), %s)", (id, id)
        case milestones.NominationExcluded():
            return EXCLUDED, ()
        case milestones.NominationDisqualified() | milestones.CandidacyCancelled():
            return DISQUALIFIED, ()
        case milestones.RevocationOpened(source=source):
            change: LiteralString = (
                ", revocations = array_append(array_remove(revocations, %s), %s)"
            )
            return change + DISQUALIFIED, (source.event_id, source.event_id)
        case milestones.RevocationDismissed(source=source):
            kept: LiteralString = ", dismissals = array_append(array_remove(dismissals, %s), %s)"
            return kept, (source.event_id, source.event_id)
        case milestones.TitleRevoked():
            return ", revoked = true" + DISQUALIFIED, ()
        case _:
            return NOTHING


class Works:
    """What nominations claim and prove, to find what two of them share (P7)."""

    name = "works"
    tables: tuple[LiteralString, ...] = ("works",)
    schema: LiteralString = """
    CREATE TABLE IF NOT EXISTS works (
        nomination_id uuid PRIMARY KEY,
        campaign_id uuid NOT NULL,
        works text[] NOT NULL
    );
    CREATE INDEX IF NOT EXISTS works_shared ON works USING gin (works)
    """

    def apply(self, cursor: Cursor[Any], recorded: Recorded) -> None:
        """Enter what a nomination claims; a correction may change it."""
        event = recorded.event
        if not isinstance(event, NominationReceived | correction.NominationCorrected):
            return
        cursor.execute(
            "INSERT INTO works (nomination_id, campaign_id, works) VALUES (%s, %s, %s)"
            " ON CONFLICT (nomination_id) DO UPDATE SET works = excluded.works",
            (
                event.nomination_id,
                event.campaign_id,
                [
                    *(f"{one.kind}:{one.of}" for one in event.fingerprints),
                    *(f"material:{one.sha256}" for one in event.materials),
                ],
            ),
        )


def _findings(findings: Sequence[Finding]) -> Jsonb:
    return Jsonb([finding.model_dump() for finding in findings])


class Retention:
    """Which files of which campaign have been kept long enough (P17)."""

    name = "retention"
    tables: tuple[LiteralString, ...] = ("retention",)
    schema: LiteralString = """
    CREATE TABLE IF NOT EXISTS retention (
        campaign_id uuid NOT NULL,
        file text NOT NULL,
        ended_at timestamptz NOT NULL,
        PRIMARY KEY (campaign_id, file)
    )
    """

    def apply(self, cursor: Cursor[Any], recorded: Recorded) -> None:
        """Note a term that is over."""
        if isinstance(event := recorded.event, RetentionEnded):
            cursor.execute(
                "INSERT INTO retention (campaign_id, file, ended_at) VALUES (%s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                (event.campaign_id, event.file, recorded.at),
            )


ERASURES = Erasures(
    asked=ErasureAdmitted,
    completed=ErasureCompleted,
    returned=KeysReturned,
    subject=lambda recorded: recorded.event.nomination_id,  # type: ignore[attr-defined]
)

VIEWS = (Submissions(), Nominations(), Works(), Retention(), ERASURES)


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
    correct_by: datetime | None
    suspended: bool
    paper_missing: bool
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


SHARED: LiteralString = """
    SELECT theirs.nomination_id,
        ARRAY(SELECT unnest(mine.works) INTERSECT SELECT unnest(theirs.works)) AS shared
    FROM works AS mine
    JOIN nominations AS here ON here.nomination_id = mine.nomination_id
    JOIN works AS theirs ON theirs.works && mine.works
        AND theirs.campaign_id = mine.campaign_id
        AND theirs.nomination_id <> mine.nomination_id
    JOIN nominations AS there ON there.nomination_id = theirs.nomination_id
    WHERE mine.nomination_id = %s
        AND theirs.nomination_id <> ALL(here.rivals)
        AND there.ending IS DISTINCT FROM 'merged'
    ORDER BY there.arrived
    LIMIT 20
"""

KINDS = {
    "patent": "专利",
    "honour": "荣誉或奖励",
    "certificate": "职业资格证书",
    "material": "证明材料文件",
}


def shared_works(connection: Connection[Any], nomination_id: UUID) -> tuple[Finding, ...]:
    """What a nomination has in common with those of other people: a finding on each side, for the
    office to look at (P7)."""
    rows = connection.execute(SHARED, (nomination_id,)).fetchall()
    return tuple(_shared(row["nomination_id"], row["shared"]) for row in rows)


def _shared(other: UUID, works: Sequence[str]) -> Finding:
    kinds = {work.partition(":")[0] for work in works}
    named = "、".join(name for kind, name in KINDS.items() if kind in kinds)
    message = f"与另一项申报（{other}）使用相同的{named}，请核实归属。"
    return Finding(rule="P7", severity="warning", message=message)


EXPIRED = """
    SELECT n.nomination_id, n.campaign_id, r.ended_at
    FROM nominations AS n
    JOIN retention AS r ON r.campaign_id = n.campaign_id
        AND r.file = CASE WHEN n.course = %s THEN 'conferred' ELSE 'rejected' END
    WHERE NOT EXISTS (
        SELECT FROM erasures WHERE subject = n.nomination_id AND purpose = 'identity'
    )
    ORDER BY r.ended_at, n.arrived
"""


@dataclass(frozen=True, slots=True)
class ExpiredRow:
    """A nomination whose file has been kept long enough, and since when."""

    nomination_id: UUID
    campaign_id: UUID
    ended_at: datetime


def expired(connection: Connection[Any]) -> list[ExpiredRow]:
    """The office's list: whose data may go, and has not been asked to (P17)."""
    rows = connection.execute(EXPIRED, (COURSE.index("已授予"),)).fetchall()
    return [ExpiredRow(**row) for row in rows]


def erased_parts(connection: Connection[Any], nomination_id: UUID) -> frozenset[Purpose]:
    """The parts of a nomination that are gone, or about to be."""
    rows = connection.execute(
        "SELECT DISTINCT purpose FROM erasures WHERE subject = %s", (nomination_id,)
    ).fetchall()
    return frozenset(row["purpose"] for row in rows)


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
            Progress(
                course=COURSE[row["course"]],
                ending=row["ending"],
                correcting=row["correct_by"] is not None,
                suspended=row["suspended"],
                investigated=bool(set(row["opened"]) - set(row["concluded"])),
                revocations=len(row["revocations"]),
                dismissals=len(row["dismissals"]),
                revoked=row["revoked"],
            )
        ),
        correct_by=row["correct_by"],
        suspended=row["suspended"],
        paper_missing=row["paper_missing"],
        received_at=row["received_at"],
        position=row["position"],
    )


def _read_findings(stored: Sequence[dict[str, Any]]) -> tuple[Finding, ...]:
    return tuple(Finding.model_validate(finding) for finding in stored)
