"""What the desks of review show, asked of the tables in `views`.

Scores are given out by one function only, `sheet`, which shows an expert nobody else's before all
are in (P11); and `scored`, which gives all of them once the shortlist is drawn. Whoever is recused
is shown none (P10).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from shared.contracts.campaign import Scoring, Voting
from shared.contracts.review import Verdict


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
