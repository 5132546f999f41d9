"""What departments were asked and answered, as tables; and how they are asked (P8).

A department is shown its own requests and nobody else's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.rows import dict_row

from services.review.asking import (
    ReplyRecorded,
    ReplyWeighed,
    VettingConcluded,
    VettingEnded,
    VettingOpened,
    VettingOverdue,
    VettingRequested,
    VettingRestored,
)
from shared.messages import Recorded


class Departments:
    """The tables of the vetting."""

    name = "departments"
    tables: tuple[LiteralString, ...] = ("vettings", "vetting_accounts", "vetting_requests")
    schema: LiteralString = """
    CREATE TABLE IF NOT EXISTS vettings (
        nomination_id uuid PRIMARY KEY,
        campaign_id uuid NOT NULL,
        passed boolean,
        ended boolean NOT NULL DEFAULT false
    );
    CREATE INDEX IF NOT EXISTS vettings_by_campaign ON vettings (campaign_id);
    CREATE TABLE IF NOT EXISTS vetting_accounts (
        nomination_id uuid NOT NULL,
        authority text NOT NULL,
        account text NOT NULL,
        PRIMARY KEY (nomination_id, authority)
    );
    CREATE TABLE IF NOT EXISTS vetting_requests (
        nomination_id uuid NOT NULL,
        authority text NOT NULL,
        title text NOT NULL,
        due_on date NOT NULL,
        overdue boolean NOT NULL DEFAULT false,
        answer text,
        dated date,
        veto text,
        sha256 text,
        stands boolean,
        PRIMARY KEY (nomination_id, authority)
    );
    """

    def apply(self, cursor: Cursor[Any], recorded: Recorded) -> None:
        """Change the tables for this event."""
        _vetting(cursor, recorded)
        _request(cursor, recorded)


DEPARTMENTS = Departments()


def _vetting(cursor: Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case VettingOpened() as event:
            cursor.execute(
                "INSERT INTO vettings (nomination_id, campaign_id) VALUES (%s, %s)"
                " ON CONFLICT DO NOTHING",
                (event.nomination_id, event.campaign_id),
            )
            cursor.executemany(
                "INSERT INTO vetting_accounts (nomination_id, authority, account)"
                " VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [(event.nomination_id, one.code, one.account) for one in event.vetting.authorities],
            )
        case VettingConcluded() as event:
            cursor.execute(
                "UPDATE vettings SET passed = %s WHERE nomination_id = %s",
                (event.vetted, event.nomination_id),
            )
        case VettingEnded() | VettingRestored() as event:
            cursor.execute(
                "UPDATE vettings SET ended = %s WHERE nomination_id = %s",
                (isinstance(event, VettingEnded), event.nomination_id),
            )
        case _:
            pass


def _request(cursor: Cursor[Any], recorded: Recorded) -> None:
    match recorded.event:
        case VettingRequested() as event:
            cursor.execute(
                "INSERT INTO vetting_requests (nomination_id, authority, title, due_on)"
                " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (event.nomination_id, event.authority, event.title, event.due_on),
            )
        case VettingOverdue() as event:
            cursor.execute(
                "UPDATE vetting_requests SET overdue = true"
                " WHERE nomination_id = %s AND authority = ANY(%s)",
                (event.nomination_id, list(event.authorities)),
            )
        case ReplyRecorded() as event:
            cursor.execute(
                "UPDATE vetting_requests SET answer = %s, dated = %s, veto = %s, sha256 = %s,"
                " stands = NULL WHERE nomination_id = %s AND authority = %s",
                (
                    event.answer,
                    event.dated,
                    event.veto,
                    event.sha256,
                    event.nomination_id,
                    event.authority,
                ),
            )
        case ReplyWeighed() as event:
            cursor.execute(
                "UPDATE vetting_requests SET stands = %s"
                " WHERE nomination_id = %s AND authority = %s",
                (event.stands, event.nomination_id, event.authority),
            )
        case _:
            pass


# how they are asked


@dataclass(frozen=True, slots=True)
class Request:
    """What a department was asked, and what it answered."""

    authority: str
    title: str
    due_on: date
    overdue: bool
    answer: Literal["no_objection", "objection"] | None
    dated: date | None
    veto: str | None
    sha256: str | None
    stands: bool | None


@dataclass(frozen=True, slots=True)
class Vetting:
    """One nominee's vetting: `passed` once it is concluded, `ended` where the nominee is out."""

    nomination_id: UUID
    campaign_id: UUID
    passed: bool | None
    ended: bool
    requests: tuple[Request, ...]


def vettings(
    connection: Connection[Any], campaign_id: UUID, account: str | None
) -> tuple[Vetting, ...]:
    """The vettings of a campaign; for a department's account only what that was asked."""
    rows = _rows(
        connection,
        "SELECT * FROM vettings WHERE campaign_id = %s ORDER BY nomination_id",
        campaign_id,
    )
    shown = tuple(_as_vetting(connection, row, account) for row in rows)
    return shown if account is None else tuple(one for one in shown if one.requests)


def _as_vetting(connection: Connection[Any], row: dict[str, Any], account: str | None) -> Vetting:
    requests = _rows(
        connection,
        "SELECT r.authority, r.title, r.due_on, r.overdue, r.answer, r.dated, r.veto, r.sha256,"
        " r.stands FROM vetting_requests r JOIN vetting_accounts a USING (nomination_id, authority)"
        " WHERE r.nomination_id = %s AND (%s::text IS NULL OR a.account = %s)"
        " ORDER BY r.due_on, r.authority",
        row["nomination_id"],
        account,
        account,
    )
    return Vetting(**row, requests=tuple(Request(**one) for one in requests))


Kind = Literal["reply", "objection", "investigation", "judges"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits for somebody: `who` in words, `due_on` where a day was set."""

    kind: Kind
    nomination_id: UUID
    who: str
    due_on: date | None
    overdue: bool


WAITING: LiteralString = """
    SELECT 'reply' AS kind, r.nomination_id, r.title AS who, r.due_on, r.overdue
    FROM vetting_requests r JOIN vettings v USING (nomination_id)
    WHERE v.campaign_id = %(campaign)s AND v.passed IS NULL AND NOT v.ended AND r.answer IS NULL
    UNION ALL
    SELECT 'objection', r.nomination_id, '领导小组', NULL, false
    FROM vetting_requests r JOIN vettings v USING (nomination_id)
    WHERE v.campaign_id = %(campaign)s AND v.passed IS NULL AND NOT v.ended
    AND r.answer = 'objection' AND r.stands IS NULL
    UNION ALL
    SELECT 'investigation', i.nomination_id, '核查人员', i.due_on, i.overdue
    FROM investigations i WHERE i.campaign_id = %(campaign)s AND i.status = 'open'
    UNION ALL
    SELECT 'judges', e.nomination_id, '领导小组办公室', NULL, false
    FROM evaluations e WHERE e.campaign_id = %(campaign)s AND e.status = 'assigned'
    AND NOT EXISTS (SELECT FROM leavers l WHERE l.nomination_id = e.nomination_id)
    AND (SELECT count(*) FROM judges j WHERE j.nomination_id = e.nomination_id
    AND j.recused IS NULL AND NOT j.abstained) < e.minimum
    ORDER BY overdue DESC, due_on NULLS LAST, kind, nomination_id, who
"""
"""What waits for whom: departments' replies, objections to weigh, investigations, judges (P11)."""


def waiting(connection: Connection[Any], campaign_id: UUID) -> tuple[Waiting, ...]:
    """What waits in a campaign: what is overdue first, then by the day it is due."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(WAITING, {"campaign": campaign_id}).fetchall()
    return tuple(Waiting(**row) for row in rows)


def _rows(
    connection: Connection[Any], query: LiteralString, *parameters: object
) -> Sequence[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, parameters).fetchall()
