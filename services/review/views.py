"""What the desks of review show, as tables; `desks` asks them.

One view, so that a desk never shows half of a decision.
"""

from typing import Any, LiteralString

from psycopg import Cursor
from psycopg.types.json import Jsonb

from services.review import casework
from services.review.deciding import (
    ApprovalPrepared,
    ListDecided,
    ListEntryBarred,
    ListEntryLeft,
    ListEntryReturned,
    ListEntryVetted,
    ListSubmitted,
    ListWithdrawn,
    ReserveFormed,
    ReservePromoted,
)
from services.review.minutes import MinutesRecorded
from services.review.scoring import (
    EvaluationAssigned,
    EvaluationClosed,
    EvaluationCompleted,
    EvaluationEnded,
    EvaluationOpened,
    EvaluationPaused,
    EvaluationReopened,
    EvaluationRestored,
    EvaluationResumed,
    EvaluationStopped,
    InterestFound,
    JudgeAdded,
    MemberAbstained,
    MemberRecused,
    RecusalDeclared,
    ResultWithdrawn,
    ScoreCorrected,
    ScoreStruck,
    ScoreSubmitted,
)
from services.review.shortlisting import (
    PanelAppointed,
    PanelPrepared,
    SelectionClosed,
    ShortlistDrawn,
    ShortlistOutdated,
    SubstituteAppointed,
)
from shared.messages import Recorded

SCHEMA: LiteralString = """
CREATE TABLE IF NOT EXISTS panels (
    campaign_id uuid PRIMARY KEY,
    document_number text NOT NULL,
    title text NOT NULL,
    stage text NOT NULL,
    scoring jsonb NOT NULL,
    shortlist_size int NOT NULL,
    chair text,
    digest text
);
ALTER TABLE panels ADD COLUMN IF NOT EXISTS minutes_of date;
CREATE TABLE IF NOT EXISTS panel_members (
    campaign_id uuid NOT NULL,
    member text NOT NULL,
    place int NOT NULL,
    name text NOT NULL,
    organisation text NOT NULL,
    kind text NOT NULL,
    PRIMARY KEY (campaign_id, member)
);
CREATE TABLE IF NOT EXISTS evaluations (
    nomination_id uuid PRIMARY KEY,
    campaign_id uuid NOT NULL,
    status text NOT NULL,
    total numeric,
    means jsonb,
    rank int,
    shortlisted boolean
);
CREATE INDEX IF NOT EXISTS evaluations_by_campaign ON evaluations (campaign_id);
CREATE TABLE IF NOT EXISTS judges (
    nomination_id uuid NOT NULL,
    member text NOT NULL,
    recused text,
    marks jsonb,
    PRIMARY KEY (nomination_id, member)
);
ALTER TABLE evaluations ADD COLUMN IF NOT EXISTS minimum int NOT NULL DEFAULT 1;
ALTER TABLE judges ADD COLUMN IF NOT EXISTS abstained boolean NOT NULL DEFAULT false;
ALTER TABLE judges ADD COLUMN IF NOT EXISTS struck boolean NOT NULL DEFAULT false;
CREATE TABLE IF NOT EXISTS leavers (
    nomination_id uuid NOT NULL,
    ground text NOT NULL,
    PRIMARY KEY (nomination_id, ground)
);
CREATE TABLE IF NOT EXISTS standstills (
    nomination_id uuid NOT NULL,
    suspension_id uuid NOT NULL,
    ended boolean NOT NULL,
    PRIMARY KEY (nomination_id, suspension_id)
);
CREATE TABLE IF NOT EXISTS approvals (
    campaign_id uuid PRIMARY KEY,
    status text NOT NULL,
    chair text,
    units text[],
    voting jsonb,
    quota int,
    digest text,
    present text[]
);
CREATE TABLE IF NOT EXISTS approval_entries (
    campaign_id uuid NOT NULL,
    nomination_id uuid NOT NULL,
    place int NOT NULL,
    approved boolean,
    yes int,
    no int,
    abstained int,
    PRIMARY KEY (campaign_id, nomination_id)
);
CREATE TABLE IF NOT EXISTS approval_bars (
    campaign_id uuid NOT NULL,
    nomination_id uuid NOT NULL,
    PRIMARY KEY (campaign_id, nomination_id)
);
ALTER TABLE approval_entries ADD COLUMN IF NOT EXISTS reserve int;
ALTER TABLE approval_entries ADD COLUMN IF NOT EXISTS promoted boolean NOT NULL DEFAULT false;
CREATE TABLE IF NOT EXISTS approval_leavers (
    campaign_id uuid NOT NULL,
    nomination_id uuid NOT NULL,
    ground text NOT NULL,
    PRIMARY KEY (campaign_id, nomination_id, ground)
);
CREATE TABLE IF NOT EXISTS approval_vetted (
    campaign_id uuid NOT NULL,
    nomination_id uuid NOT NULL,
    PRIMARY KEY (campaign_id, nomination_id)
);
CREATE TABLE IF NOT EXISTS investigations (
    investigation_id uuid PRIMARY KEY,
    nomination_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    status text NOT NULL,
    allegation text NOT NULL,
    finding text,
    statement text,
    public_reason text
);
CREATE INDEX IF NOT EXISTS investigations_by_campaign ON investigations (campaign_id);
ALTER TABLE investigations ADD COLUMN IF NOT EXISTS due_on date;
ALTER TABLE investigations ADD COLUMN IF NOT EXISTS overdue boolean NOT NULL DEFAULT false;
ALTER TABLE investigations ADD COLUMN IF NOT EXISTS extended boolean NOT NULL DEFAULT false;
ALTER TABLE investigations ADD COLUMN IF NOT EXISTS hearing text;
ALTER TABLE investigations ADD COLUMN IF NOT EXISTS objection_id uuid;
CREATE TABLE IF NOT EXISTS investigators (
    investigation_id uuid NOT NULL,
    investigator text NOT NULL,
    organisation text NOT NULL,
    PRIMARY KEY (investigation_id, investigator)
);
CREATE TABLE IF NOT EXISTS evidence (
    investigation_id uuid NOT NULL,
    sha256 text NOT NULL,
    place int NOT NULL,
    description text NOT NULL,
    PRIMARY KEY (investigation_id, sha256)
);
CREATE TABLE IF NOT EXISTS clearances (
    nomination_id uuid PRIMARY KEY,
    campaign_id uuid NOT NULL,
    status text NOT NULL,
    approved boolean NOT NULL,
    notice_closed boolean NOT NULL
);
CREATE TABLE IF NOT EXISTS holds (
    nomination_id uuid NOT NULL,
    investigation_id uuid NOT NULL,
    released boolean NOT NULL,
    PRIMARY KEY (nomination_id, investigation_id)
);
ALTER TABLE clearances ADD COLUMN IF NOT EXISTS vetting_awaited boolean NOT NULL DEFAULT false;
ALTER TABLE clearances ADD COLUMN IF NOT EXISTS vetted boolean NOT NULL DEFAULT false;
CREATE TABLE IF NOT EXISTS pauses (
    nomination_id uuid NOT NULL,
    pause_id uuid NOT NULL,
    cause text NOT NULL,
    ended boolean NOT NULL,
    PRIMARY KEY (nomination_id, pause_id)
);
"""


class Desks:
    """The tables above."""

    name = "desks"
    tables: tuple[LiteralString, ...] = (
        "panels",
        "panel_members",
        "evaluations",
        "judges",
        "leavers",
        "standstills",
        "approvals",
        "approval_entries",
        "approval_bars",
        "approval_leavers",
        "approval_vetted",
        "investigations",
        "investigators",
        "evidence",
        "clearances",
        "holds",
        "pauses",
    )
    schema: LiteralString = SCHEMA

    def apply(self, cursor: Cursor[Any], recorded: Recorded) -> None:
        """Change the tables for this event."""
        _panel(cursor, recorded)
        _evaluation(cursor, recorded)
        _scores(cursor, recorded)
        _judges(cursor, recorded)
        _course(cursor, recorded)
        _approval(cursor, recorded)
        _approval_entry(cursor, recorded)
        casework.write(cursor, recorded)


DESKS = Desks()


def _panel(cursor: Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case PanelPrepared() as event:
            cursor.execute(
                "INSERT INTO panels (campaign_id, document_number, title, stage, scoring,"
                " shortlist_size) VALUES (%s, %s, %s, 'prepared', %s, %s)"
                " ON CONFLICT (campaign_id) DO UPDATE SET title = excluded.title,"
                " scoring = excluded.scoring, shortlist_size = excluded.shortlist_size",
                (
                    event.campaign_id,
                    event.document_number,
                    event.title,
                    Jsonb(event.scoring.model_dump(mode="json")),
                    event.shortlist_size,
                ),
            )
        case PanelAppointed() as event:
            cursor.execute(
                "UPDATE panels SET stage = 'appointed', chair = %s WHERE campaign_id = %s",
                (event.chair, event.campaign_id),
            )
            cursor.executemany(
                "INSERT INTO panel_members (campaign_id, member, place, name, organisation, kind)"
                " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                [
                    (event.campaign_id, one.id, place, one.name, one.organisation, one.kind)
                    for place, one in enumerate(event.members, start=1)
                ],
            )
        case SubstituteAppointed(member=member) as event:
            cursor.execute(
                "INSERT INTO panel_members (campaign_id, member, place, name, organisation, kind)"
                " VALUES (%s, %s, (SELECT count(*) + 1 FROM panel_members WHERE campaign_id = %s),"
                " %s, %s, %s) ON CONFLICT DO NOTHING",
                (
                    event.campaign_id,
                    member.id,
                    event.campaign_id,
                    member.name,
                    member.organisation,
                    member.kind,
                ),
            )
        case ShortlistOutdated() as event:
            cursor.execute(
                "UPDATE panels SET stage = 'appointed' WHERE campaign_id = %s AND stage = 'drawn'",
                (event.campaign_id,),
            )
        case ShortlistDrawn() as event:
            cursor.execute(
                "UPDATE panels SET stage = 'drawn', digest = %s, minutes_of = NULL"
                " WHERE campaign_id = %s",
                (event.digest, event.campaign_id),
            )
        case MinutesRecorded() as event:
            cursor.execute(
                "UPDATE panels SET minutes_of = %s WHERE campaign_id = %s",
                (event.held_on, event.campaign_id),
            )
        case SelectionClosed() as event:
            cursor.execute(
                "UPDATE panels SET stage = 'closed' WHERE campaign_id = %s", (event.campaign_id,)
            )
        case _:
            pass


def _evaluation(cursor: Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case EvaluationOpened() as event:
            cursor.execute(
                "INSERT INTO evaluations (nomination_id, campaign_id, status)"
                " VALUES (%s, %s, 'waiting') ON CONFLICT DO NOTHING",
                (event.nomination_id, event.campaign_id),
            )
        case EvaluationCompleted() as event:
            means = {code: str(mean) for code, mean in event.means.items()}
            cursor.execute(
                "UPDATE evaluations SET status = 'completed', total = %s, means = %s"
                " WHERE nomination_id = %s",
                (event.total, Jsonb(means), event.nomination_id),
            )
        case ResultWithdrawn() | EvaluationReopened() as event:
            cursor.execute(
                "UPDATE evaluations SET status = 'assigned', total = NULL, means = NULL,"
                " rank = NULL, shortlisted = NULL WHERE nomination_id = %s",
                (event.nomination_id,),
            )
        case EvaluationClosed() as event:
            cursor.execute(
                "UPDATE evaluations SET status = 'closed', rank = %s, shortlisted = %s"
                " WHERE nomination_id = %s",
                (event.rank, event.shortlisted, event.nomination_id),
            )
        case EvaluationStopped() as event:
            cursor.execute(
                "INSERT INTO evaluations (nomination_id, campaign_id, status)"
                " VALUES (%s, %s, 'stopped')"
                " ON CONFLICT (nomination_id) DO UPDATE SET status = excluded.status",
                (event.nomination_id, event.campaign_id),
            )
        case _:
            pass


def _course(cursor: Cursor[Any], recorded: Recorded) -> None:
    """Whether an evaluation goes on: it stands still, is over, or goes on again."""
    match recorded.event:
        case EvaluationPaused() | EvaluationResumed() as event:
            cursor.execute(
                "INSERT INTO standstills (nomination_id, suspension_id, ended) VALUES (%s, %s, %s)"
                " ON CONFLICT (nomination_id, suspension_id) DO UPDATE"
                " SET ended = standstills.ended OR excluded.ended",
                (
                    event.nomination_id,
                    event.suspension_id,
                    isinstance(event, EvaluationResumed),
                ),
            )
        case EvaluationEnded() as event:
            cursor.execute(
                "INSERT INTO leavers (nomination_id, ground) VALUES (%s, %s)"
                " ON CONFLICT DO NOTHING",
                (event.nomination_id, event.ground),
            )
        case EvaluationRestored() as event:
            cursor.execute(
                "DELETE FROM leavers WHERE nomination_id = %s AND ground = 'merged'",
                (event.nomination_id,),
            )
        case _:
            pass


def _judges(cursor: Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case JudgeAdded() as event:
            cursor.execute(
                "INSERT INTO judges (nomination_id, member) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                (event.nomination_id, event.member.id),
            )
        case RecusalDeclared() | InterestFound() | MemberRecused() as event:
            cursor.execute(
                "UPDATE judges SET recused = %s WHERE nomination_id = %s AND member = %s",
                (event.ground, event.nomination_id, event.member),
            )
        case ScoreStruck() as event:
            cursor.execute(
                "UPDATE judges SET struck = true WHERE nomination_id = %s AND member = %s",
                (event.nomination_id, event.member),
            )
        case MemberAbstained() as event:
            cursor.execute(
                "UPDATE judges SET abstained = true WHERE nomination_id = %s AND member = %s",
                (event.nomination_id, event.member),
            )
        case _:
            pass


def _scores(cursor: Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case EvaluationAssigned() as event:
            cursor.execute(
                "UPDATE evaluations SET status = 'assigned', minimum = %s WHERE nomination_id = %s",
                (event.judging.minimum_scores, event.nomination_id),
            )
            cursor.executemany(
                "INSERT INTO judges (nomination_id, member, recused) VALUES (%s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                [
                    (event.nomination_id, one.id, "same_unit" if one.id in event.recused else None)
                    for one in event.members
                ],
            )
        case ScoreSubmitted() | ScoreCorrected() as event:
            marks = {code: str(mark) for code, mark in event.marks.items()}
            cursor.execute(
                "UPDATE judges SET marks = %s WHERE nomination_id = %s AND member = %s",
                (Jsonb(marks), event.nomination_id, event.member),
            )
        case _:
            pass


def _approval(cursor: Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case ApprovalPrepared() as event:
            cursor.execute(
                "INSERT INTO approvals (campaign_id, status, chair, units, voting, quota)"
                " VALUES (%s, 'prepared', %s, %s, %s, %s) ON CONFLICT (campaign_id) DO UPDATE"
                " SET chair = excluded.chair, units = excluded.units, voting = excluded.voting,"
                " quota = excluded.quota",
                (
                    event.campaign_id,
                    event.chair,
                    list(event.units),
                    Jsonb(event.voting.model_dump(mode="json")),
                    event.quota,
                ),
            )
        case ListSubmitted() as event:
            _submitted(cursor, event)
        case ListEntryBarred() as event:
            cursor.execute(
                "INSERT INTO approval_bars (campaign_id, nomination_id) VALUES (%s, %s)"
                " ON CONFLICT DO NOTHING",
                (event.campaign_id, event.nomination_id),
            )
        case ListDecided() as event:
            _decided(cursor, event)
        case _:
            pass


def _approval_entry(cursor: Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case ListWithdrawn() as event:
            cursor.execute(
                "UPDATE approvals SET status = 'prepared', digest = NULL WHERE campaign_id = %s",
                (event.campaign_id,),
            )
            cursor.execute(
                "DELETE FROM approval_entries WHERE campaign_id = %s", (event.campaign_id,)
            )
        case ListEntryLeft() as event:
            cursor.execute(
                "INSERT INTO approval_leavers (campaign_id, nomination_id, ground)"
                " VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (event.campaign_id, event.nomination_id, event.ground),
            )
        case ListEntryReturned() as event:
            cursor.execute(
                "DELETE FROM approval_leavers"
                " WHERE campaign_id = %s AND nomination_id = %s AND ground = 'merged'",
                (event.campaign_id, event.nomination_id),
            )
        case ListEntryVetted() as event:
            cursor.execute(
                "INSERT INTO approval_vetted (campaign_id, nomination_id) VALUES (%s, %s)"
                " ON CONFLICT DO NOTHING",
                (event.campaign_id, event.nomination_id),
            )
        case ReserveFormed() as event:
            cursor.executemany(
                "UPDATE approval_entries SET reserve = %s"
                " WHERE campaign_id = %s AND nomination_id = %s",
                [
                    (place, event.campaign_id, nomination)
                    for place, nomination in enumerate(event.nominations, start=1)
                ],
            )
        case ReservePromoted() as event:
            cursor.execute(
                "UPDATE approval_entries SET promoted = true"
                " WHERE campaign_id = %s AND nomination_id = %s",
                (event.campaign_id, event.nomination_id),
            )
        case _:
            pass


def _submitted(cursor: Cursor[Any], event: ListSubmitted) -> None:
    cursor.execute(
        "INSERT INTO approvals (campaign_id, status, digest) VALUES (%s, 'submitted', %s)"
        " ON CONFLICT (campaign_id) DO UPDATE SET status = excluded.status,"
        " digest = excluded.digest",
        (event.campaign_id, event.digest),
    )
    cursor.execute("DELETE FROM approval_entries WHERE campaign_id = %s", (event.campaign_id,))
    cursor.executemany(
        "INSERT INTO approval_entries (campaign_id, nomination_id, place) VALUES (%s, %s, %s)",
        [
            (event.campaign_id, nomination, place)
            for place, nomination in enumerate(event.nominations, start=1)
        ],
    )


def _decided(cursor: Cursor[Any], event: ListDecided) -> None:
    cursor.execute(
        "UPDATE approvals SET status = 'decided', present = %s WHERE campaign_id = %s",
        (list(event.present), event.campaign_id),
    )
    cursor.executemany(
        "UPDATE approval_entries SET approved = %s, yes = %s, no = %s, abstained = %s"
        " WHERE campaign_id = %s AND nomination_id = %s",
        [
            (one.approved, one.yes, one.no, one.abstained, event.campaign_id, one.nomination_id)
            for one in event.outcomes
        ],
    )
