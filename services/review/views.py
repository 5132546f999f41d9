"""What the desks of review show, as tables; and how they are asked.

One view, so that a desk never shows half of a decision. Scores are kept here and given out by one
function only, `sheet`, which shows an expert nobody else's before all are in (P11); and `scored`,
which gives all of them once the shortlist is drawn. Whoever is recused is shown none (P10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

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
from services.review.investigation import (
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
from shared.contracts.campaign import Scoring, Voting
from shared.contracts.review import Verdict
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
        _investigation(cursor, recorded)
        _term(cursor, recorded)
        _clearance(cursor, recorded)
        _pause(cursor, recorded)


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


# how they are asked


@dataclass(frozen=True, slots=True)
class Member:
    """A judge of a panel."""

    id: str
    name: str
    organisation: str
    kind: Literal["leader", "expert"]


@dataclass(frozen=True, slots=True)
class Panel:
    """A campaign as the review desk sees it, and how far it has come.

    `minutes_of` is the day of the meeting whose minutes are on record (S72).
    """

    campaign_id: UUID
    document_number: str
    title: str
    stage: Literal["prepared", "appointed", "drawn", "closed"]
    scoring: Scoring
    shortlist_size: int
    chair: str | None
    digest: str | None
    minutes_of: date | None
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A candidate: how many of those who may have scored; the result once it is complete.

    `minimum` scores make a result (P11); `suspended`: it stands still; `grounds`: it left (S39).
    """

    nomination_id: UUID
    campaign_id: UUID
    status: Literal["waiting", "assigned", "completed", "closed", "stopped"]
    judges: int
    scores: int
    total: Decimal | None
    rank: int | None
    shortlisted: bool | None
    minimum: int = 1
    suspended: bool = False
    grounds: tuple[str, ...] = ()

    @property
    def quorate(self) -> bool:
        """Whether enough judges are left after recusal and abstention (P10, P11)."""
        return self.status == "waiting" or self.judges >= self.minimum


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one member did about one candidate; marks by criterion, unless they are struck out."""

    member: str
    recused: str | None
    marks: Mapping[str, Decimal] | None
    abstained: bool = False
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A candidate as one expert may see it: `mine`, and all once the evaluation is complete."""

    evaluation: Evaluation
    means: Mapping[str, Decimal] | None
    mine: Judgement | None
    all: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class ApprovalEntry:
    """A candidate on the frozen list; the votes once it is decided; the place on the reserve."""

    nomination_id: UUID
    barred: bool
    approved: bool | None
    yes: int | None
    no: int | None
    abstained: int | None
    left: bool = False
    vetted: bool = False
    reserve: int | None = None
    promoted: bool = False


@dataclass(frozen=True, slots=True)
class Approval:
    """The list before the leading group, and its decision."""

    campaign_id: UUID
    status: Literal["prepared", "submitted", "decided"]
    chair: str
    units: tuple[str, ...]
    voting: Voting
    quota: int
    digest: str | None
    present: tuple[str, ...]
    entries: tuple[ApprovalEntry, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file on record."""

    sha256: str
    description: str


@dataclass(frozen=True, slots=True)
class Investigation:
    """An investigation, for those who work on it; never for the public."""

    investigation_id: UUID
    nomination_id: UUID
    campaign_id: UUID
    status: Literal["open", "concluded"]
    allegation: str
    finding: Verdict | None
    statement: str | None
    public_reason: str | None
    due_on: date | None
    overdue: bool
    extended: bool
    hearing: Literal["heard", "declined"] | None
    objection_id: UUID | None
    investigators: tuple[str, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Clearance:
    """Whether a nomination may be conferred, and what is missing."""

    nomination_id: UUID
    campaign_id: UUID
    status: Literal["pending", "granted", "barred"]
    approved: bool
    notice_closed: bool
    open_investigations: tuple[UUID, ...]
    vetting_awaited: bool = False
    vetted: bool = False
    pauses: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()


def panels(connection: Connection[Any]) -> tuple[Panel, ...]:
    """All campaigns, by document number."""
    rows = _rows(connection, "SELECT * FROM panels ORDER BY document_number")
    members = _rows(connection, "SELECT * FROM panel_members ORDER BY campaign_id, place")
    return tuple(_as_panel(row, members) for row in rows)


def panel(connection: Connection[Any], campaign_id: UUID) -> Panel | None:
    """One campaign's panel."""
    rows = _rows(connection, "SELECT * FROM panels WHERE campaign_id = %s", campaign_id)
    members = _rows(
        connection,
        "SELECT * FROM panel_members WHERE campaign_id = %s ORDER BY place",
        campaign_id,
    )
    return _as_panel(rows[0], members) if rows else None


def _as_panel(row: dict[str, Any], members: Sequence[dict[str, Any]]) -> Panel:
    return Panel(
        **{**row, "scoring": Scoring.model_validate(row["scoring"])},
        members=tuple(
            Member(one["member"], one["name"], one["organisation"], one["kind"])
            for one in members
            if one["campaign_id"] == row["campaign_id"]
        ),
    )


EVALUATIONS: LiteralString = (
    "SELECT e.nomination_id, e.campaign_id, e.status, e.rank, e.shortlisted, e.minimum,"
    " CASE WHEN e.status IN ('completed', 'closed')"
    " AND NOT coalesce(bool_or(j.member = %s AND j.recused IS NOT NULL), false)"
    " THEN e.total END AS total,"
    " count(j.member) FILTER (WHERE j.recused IS NULL AND NOT j.abstained) AS judges,"
    " count(j.marks) FILTER (WHERE j.recused IS NULL) AS scores,"
    " EXISTS (SELECT FROM standstills s WHERE s.nomination_id = e.nomination_id AND NOT s.ended)"
    " AS suspended,"
    " array(SELECT l.ground FROM leavers l WHERE l.nomination_id = e.nomination_id"
    " ORDER BY l.ground) AS grounds"
    " FROM evaluations e LEFT JOIN judges j USING (nomination_id)"
)


def evaluations(
    connection: Connection[Any], campaign_id: UUID, reader: str
) -> tuple[Evaluation, ...]:
    """The candidates of a campaign: those with a rank first, the others by id.

    The reader is told no total of a candidate from whom the reader is recused (P10).
    """
    rows = _rows(
        connection,
        EVALUATIONS + " WHERE e.campaign_id = %s GROUP BY e.nomination_id"
        " ORDER BY e.rank NULLS LAST, e.nomination_id",
        reader,
        campaign_id,
    )
    return tuple(_as_evaluation(row) for row in rows)


def evaluation(connection: Connection[Any], nomination_id: UUID, reader: str) -> Evaluation | None:
    """One candidate, as this reader may see it."""
    rows = _rows(
        connection,
        EVALUATIONS + " WHERE e.nomination_id = %s GROUP BY e.nomination_id",
        reader,
        nomination_id,
    )
    return _as_evaluation(rows[0]) if rows else None


def _as_evaluation(row: dict[str, Any]) -> Evaluation:
    return Evaluation(**{**row, "grounds": tuple(row["grounds"])})


def sheet(connection: Connection[Any], nomination_id: UUID, member: str) -> Sheet | None:
    """One candidate as this member of the panel may see it (P11).

    Before all scores are in, nobody else's can be told from what this returns; and whoever is
    recused is told of no score, then or later (P10).
    """
    found = evaluation(connection, nomination_id, member)
    if found is None:
        return None
    rows = _rows(
        connection, "SELECT * FROM judges WHERE nomination_id = %s ORDER BY member", nomination_id
    )
    judgements = tuple(_as_judgement(row) for row in rows)
    complete = found.total is not None
    means = _rows(
        connection, "SELECT means FROM evaluations WHERE nomination_id = %s", nomination_id
    )
    return Sheet(
        evaluation=found,
        means=_decimals(means[0]["means"]) if complete else None,
        mine=next((one for one in judgements if one.member == member), None),
        all=judgements if complete else (),
    )


def _as_judgement(row: dict[str, Any]) -> Judgement:
    struck = row["recused"] is not None
    marks = None if struck else _decimals(row["marks"])
    return Judgement(row["member"], row["recused"], marks, row["abstained"], row["struck"])


def judgements(
    connection: Connection[Any], campaign_id: UUID, member: str
) -> dict[UUID, Judgement]:
    """What one member of the panel has done so far, by candidate."""
    rows = _rows(
        connection,
        "SELECT j.* FROM judges j JOIN evaluations e USING (nomination_id)"
        " WHERE e.campaign_id = %s AND j.member = %s",
        campaign_id,
        member,
    )
    return {row["nomination_id"]: _as_judgement(row) for row in rows}


def scored(connection: Connection[Any], campaign_id: UUID) -> dict[UUID, dict[str, float]]:
    """Every judge's total of every candidate, where the shortlist is drawn; else nothing (P11)."""
    rows = _rows(
        connection,
        "SELECT j.nomination_id, j.member, j.marks FROM judges j"
        " JOIN evaluations e USING (nomination_id) JOIN panels p USING (campaign_id)"
        " WHERE e.campaign_id = %s AND p.stage IN ('drawn', 'closed')"
        " AND e.status = 'closed' AND j.marks IS NOT NULL AND j.recused IS NULL",
        campaign_id,
    )
    totals: dict[UUID, dict[str, float]] = {}
    for row in rows:
        marks = (_decimals(row["marks"]) or {}).values()
        totals.setdefault(row["nomination_id"], {})[row["member"]] = float(sum(marks))
    return totals


def _decimals(marks: Mapping[str, str] | None) -> dict[str, Decimal] | None:
    return None if marks is None else {code: Decimal(mark) for code, mark in marks.items()}


def approval(connection: Connection[Any], campaign_id: UUID) -> Approval | None:
    """The list of a campaign whose rules are known."""
    rows = _rows(
        connection,
        "SELECT * FROM approvals WHERE campaign_id = %s AND voting IS NOT NULL",
        campaign_id,
    )
    entries = _rows(
        connection,
        "SELECT e.nomination_id, b.nomination_id IS NOT NULL AS barred, e.approved, e.yes, e.no,"
        " e.abstained, e.reserve, e.promoted, v.nomination_id IS NOT NULL AS vetted,"
        " EXISTS (SELECT FROM approval_leavers l WHERE l.campaign_id = e.campaign_id"
        " AND l.nomination_id = e.nomination_id) AS left"
        " FROM approval_entries e"
        " LEFT JOIN approval_bars b USING (campaign_id, nomination_id)"
        " LEFT JOIN approval_vetted v USING (campaign_id, nomination_id)"
        " WHERE e.campaign_id = %s ORDER BY e.place",
        campaign_id,
    )
    return next(
        (
            Approval(
                **{
                    **row,
                    "units": tuple(row["units"]),
                    "voting": Voting.model_validate(row["voting"]),
                    "present": tuple(row["present"] or ()),
                },
                entries=tuple(ApprovalEntry(**one) for one in entries),
            )
            for row in rows
        ),
        None,
    )


def investigations(connection: Connection[Any], campaign_id: UUID) -> tuple[Investigation, ...]:
    """The investigations of a campaign, open ones first."""
    rows = _rows(
        connection,
        "SELECT * FROM investigations WHERE campaign_id = %s"
        " ORDER BY status DESC, investigation_id",
        campaign_id,
    )
    return tuple(_as_investigation(connection, row) for row in rows)


def investigation(connection: Connection[Any], investigation_id: UUID) -> Investigation | None:
    """One investigation."""
    rows = _rows(
        connection, "SELECT * FROM investigations WHERE investigation_id = %s", investigation_id
    )
    return _as_investigation(connection, rows[0]) if rows else None


def _as_investigation(connection: Connection[Any], row: dict[str, Any]) -> Investigation:
    key = row["investigation_id"]
    people = _rows(
        connection,
        "SELECT investigator FROM investigators WHERE investigation_id = %s ORDER BY investigator",
        key,
    )
    files = _rows(
        connection,
        "SELECT sha256, description FROM evidence WHERE investigation_id = %s ORDER BY place",
        key,
    )
    return Investigation(
        **row,
        investigators=tuple(one["investigator"] for one in people),
        evidence=tuple(Evidence(**one) for one in files),
    )


CLEARANCES: LiteralString = (
    "SELECT c.*, array(SELECT h.investigation_id FROM holds h"
    " WHERE h.nomination_id = c.nomination_id AND NOT h.released"
    " ORDER BY h.investigation_id) AS open_investigations,"
    " array(SELECT p.cause FROM pauses p WHERE p.nomination_id = c.nomination_id"
    " AND NOT p.ended ORDER BY p.cause) AS pauses,"
    " array(SELECT l.ground FROM leavers l WHERE l.nomination_id = c.nomination_id"
    " ORDER BY l.ground) AS grounds FROM clearances c"
)


def clearances(connection: Connection[Any], campaign_id: UUID) -> tuple[Clearance, ...]:
    """The clearances of a campaign."""
    rows = _rows(
        connection,
        CLEARANCES + " WHERE c.campaign_id = %s ORDER BY c.nomination_id",
        campaign_id,
    )
    return tuple(_as_clearance(row) for row in rows)


def clearance(connection: Connection[Any], nomination_id: UUID) -> Clearance | None:
    """One nomination's clearance; None before anything is known of it."""
    rows = _rows(connection, CLEARANCES + " WHERE c.nomination_id = %s", nomination_id)
    return _as_clearance(rows[0]) if rows else None


def _as_clearance(row: dict[str, Any]) -> Clearance:
    lists = {name: tuple(row[name]) for name in ("open_investigations", "pauses", "grounds")}
    return Clearance(**{**row, **lists})


def _rows(
    connection: Connection[Any], query: LiteralString, *parameters: object
) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, parameters).fetchall()
