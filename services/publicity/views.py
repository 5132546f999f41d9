"""What the portal shows, as tables: campaigns, notices and who is on them, honours, the feed.

One view, so that a page never shows half of an event. Of a person the tables hold what the public
list names (P3) and nothing else, and from a withdrawal on not even that: the row is deleted. Of an
objection they hold its outcome and nothing else (P4). The feed's table holds no text at all; its
texts are made from the other tables when they are read.
"""

from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import Cursor
from psycopg.types.json import Jsonb

from services.publicity import item_ids
from services.publicity.objecting import (
    ErasureCompleted,
    ErasureRequested,
    KeysReturned,
    ObjectionClosed,
)
from services.publicity.picture import Departure, Kind, Standing
from services.publicity.posted import (
    ListNoted,
    NoticeClosed,
    NoticeEntryRemoved,
    NoticeEntryWithdrawn,
    NoticeExtended,
    NoticePrepared,
    NoticePublished,
    NoticeRepublished,
    ObjectionAdmitted,
)
from services.publicity.revoking import RevocationCorrected, TitleRevoked
from services.publicity.title import (
    RevocationOpened,
    RevocationProposed,
    RewardPaid,
    TitleConferred,
    TitleKept,
)
from shared.erasing import Erasures
from shared.messages import Recorded

SCHEMA: LiteralString = """
CREATE TABLE IF NOT EXISTS campaigns (
    campaign_id uuid PRIMARY KEY,
    configuration jsonb,
    opened_at timestamptz,
    list_decided_at timestamptz
);
CREATE TABLE IF NOT EXISTS notices (
    notice_id uuid PRIMARY KEY,
    campaign_id uuid NOT NULL,
    number int NOT NULL,
    opens_on date NOT NULL,
    closes_on date NOT NULL,
    closes_at timestamptz NOT NULL,
    calendar text NOT NULL,
    published_at timestamptz NOT NULL,
    closed_at timestamptz,
    earlier uuid,
    position bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS notice_extensions (
    notice_id uuid NOT NULL,
    closes_on date NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (notice_id, closes_on)
);
CREATE TABLE IF NOT EXISTS notice_departures (
    notice_id uuid NOT NULL,
    nomination_id uuid NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (notice_id, nomination_id)
);
CREATE TABLE IF NOT EXISTS notice_objections (
    objection_id uuid PRIMARY KEY,
    notice_id uuid NOT NULL,
    outcome text
);
CREATE TABLE IF NOT EXISTS notice_entries (
    notice_id uuid NOT NULL,
    nomination_id uuid NOT NULL,
    place int NOT NULL,
    name text NOT NULL,
    sex text NOT NULL,
    employer text NOT NULL,
    post text NOT NULL,
    recommender text NOT NULL,
    PRIMARY KEY (notice_id, nomination_id)
);
CREATE TABLE IF NOT EXISTS honours (
    nomination_id uuid PRIMARY KEY,
    campaign_id uuid NOT NULL,
    certificate_number text NOT NULL,
    decision_number text NOT NULL,
    conferred_at timestamptz NOT NULL,
    standing text NOT NULL,
    paid boolean NOT NULL DEFAULT false,
    revocation_number text,
    revoked_at timestamptz,
    correction_number text
);
CREATE TABLE IF NOT EXISTS feed_items (
    item_id text PRIMARY KEY,
    kind text NOT NULL,
    campaign_id uuid NOT NULL,
    notice_id uuid,
    nomination_id uuid,
    decision_number text,
    published_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    position bigint NOT NULL,
    first_position bigint NOT NULL,
    withdrawn_at timestamptz
);
ALTER TABLE feed_items ADD COLUMN IF NOT EXISTS first_position bigint NOT NULL DEFAULT 0;
ALTER TABLE feed_items ADD COLUMN IF NOT EXISTS withdrawn_at timestamptz;
"""


class Portal:
    """The tables above."""

    name = "portal"
    tables: tuple[LiteralString, ...] = (
        "campaigns",
        "notices",
        "notice_entries",
        "notice_extensions",
        "notice_departures",
        "notice_objections",
        "honours",
        "feed_items",
    )
    schema: LiteralString = SCHEMA

    def apply(self, cursor: Cursor[Any], recorded: Recorded) -> None:
        """Change the tables for this event."""
        match recorded.event:
            case NoticePrepared() as event:
                _campaign_opened(cursor, event, recorded)
            case ListNoted() as event:
                _list_decided(cursor, event, recorded.at)
            case NoticePublished() | NoticeRepublished() as event:
                _published(cursor, event, recorded)
            case NoticeExtended() as event:
                _extended(cursor, event, recorded)
            case NoticeEntryWithdrawn() | NoticeEntryRemoved() as event:
                _withdrawn(cursor, event, recorded)
            case NoticeClosed() as event:
                _closed(cursor, event, recorded)
            case ObjectionAdmitted() | ObjectionClosed() as event:
                _objected(cursor, event, recorded)
            case (
                TitleConferred()
                | RewardPaid()
                | RevocationOpened()
                | RevocationProposed()
                | TitleKept()
                | TitleRevoked()
                | RevocationCorrected()
            ) as event:
                _honoured(cursor, event, recorded)
            case _:
                pass


PORTAL = Portal()

ERASURES = Erasures(
    asked=ErasureRequested,
    completed=ErasureCompleted,
    returned=KeysReturned,
    subject=lambda recorded: recorded.stream,
)
"""Whose reporters are to go; an objection is found by its own id."""


def _campaign_opened(cursor: Cursor[Any], event: NoticePrepared, recorded: Recorded) -> None:
    """Amended terms change the texts of all that was told of the campaign (A8)."""
    cursor.execute(
        "INSERT INTO campaigns (campaign_id, configuration, opened_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (campaign_id) DO UPDATE SET configuration = excluded.configuration,"
        " opened_at = COALESCE(campaigns.opened_at, excluded.opened_at)",
        (event.campaign_id, Jsonb(event.configuration.model_dump(mode="json")), recorded.at),
    )
    cursor.execute(
        "UPDATE feed_items SET updated_at = %s, position = %s"
        " WHERE campaign_id = %s AND withdrawn_at IS NULL",
        (recorded.at, recorded.position, event.campaign_id),
    )


def _list_decided(cursor: Cursor[Any], event: ListNoted, at: datetime) -> None:
    cursor.execute(
        "INSERT INTO campaigns (campaign_id, list_decided_at) VALUES (%s, %s)"
        " ON CONFLICT (campaign_id) DO UPDATE SET list_decided_at = excluded.list_decided_at",
        (event.campaign_id, at),
    )


def _published(
    cursor: Cursor[Any], event: NoticePublished | NoticeRepublished, recorded: Recorded
) -> None:
    cursor.execute(
        "INSERT INTO notices (notice_id, campaign_id, number, opens_on, closes_on, closes_at,"
        " calendar, published_at, earlier, position)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
        " ON CONFLICT (notice_id) DO NOTHING",
        (
            event.notice_id,
            event.campaign_id,
            event.number,
            event.opens_on,
            event.closes_on,
            event.closes_at,
            event.calendar,
            recorded.at,
            event.earlier if isinstance(event, NoticeRepublished) else None,
            recorded.position,
        ),
    )
    if isinstance(event, NoticeRepublished):
        _posted_elsewhere(cursor, event, recorded)
    cursor.executemany(
        "INSERT INTO notice_entries (notice_id, nomination_id, place, name, sex, employer, post,"
        " recommender) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [
            (
                event.notice_id,
                line.nomination_id,
                place,
                line.entry.name,
                line.entry.sex,
                line.entry.employer,
                line.entry.post,
                line.entry.recommender,
            )
            for place, line in enumerate(event.entries, start=1)
        ],
    )
    item = item_ids.of_notice(event.notice_id)
    _tell(cursor, recorded, item, "公示", event.campaign_id, notice_id=event.notice_id)
    _take_down_what_lists_nobody(cursor, recorded, event.campaign_id)


def _posted_elsewhere(cursor: Cursor[Any], event: NoticeRepublished, recorded: Recorded) -> None:
    """P6: whoever is posted again stands on the latest notice alone."""
    about = event.campaign_id, event.notice_id, list(event.corrected)
    cursor.execute(
        "INSERT INTO notice_departures (notice_id, nomination_id, reason, at)"
        " SELECT notice_id, nomination_id, 'corrected', %s FROM notice_entries"
        " JOIN notices USING (notice_id) WHERE campaign_id = %s AND notice_id <> %s"
        " AND nomination_id = ANY(%s) ON CONFLICT DO NOTHING",
        (recorded.at, *about),
    )
    cursor.execute(
        "UPDATE feed_items f SET updated_at = %s, position = %s FROM notice_entries e"
        " WHERE f.nomination_id IS NULL AND f.withdrawn_at IS NULL AND f.notice_id = e.notice_id"
        " AND f.campaign_id = %s AND e.notice_id <> %s AND e.nomination_id = ANY(%s)",
        (recorded.at, recorded.position, *about),
    )
    cursor.execute(
        "DELETE FROM notice_entries e USING notices n WHERE n.notice_id = e.notice_id"
        " AND n.campaign_id = %s AND n.notice_id <> %s AND e.nomination_id = ANY(%s)",
        about,
    )


def _departed(
    cursor: Cursor[Any],
    notice_id: UUID,
    nomination_id: UUID,
    reason: Departure,
    recorded: Recorded,
) -> None:
    cursor.execute(
        "INSERT INTO notice_departures (notice_id, nomination_id, reason, at)"
        " VALUES (%s, %s, %s, %s) ON CONFLICT (notice_id, nomination_id)"
        " DO UPDATE SET reason = excluded.reason, at = excluded.at",
        (notice_id, nomination_id, reason, recorded.at),
    )


def _extended(cursor: Cursor[Any], event: NoticeExtended, recorded: Recorded) -> None:
    cursor.execute(
        "UPDATE notices SET closes_on = %s, closes_at = %s, calendar = %s WHERE notice_id = %s",
        (event.closes_on, event.closes_at, event.calendar, event.notice_id),
    )
    cursor.execute(
        "INSERT INTO notice_extensions (notice_id, closes_on, reason, at)"
        " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (event.notice_id, event.closes_on, event.reason, recorded.at),
    )
    _touch(cursor, recorded, event.notice_id)
    _tell(
        cursor,
        recorded,
        item_ids.of_extension(event.notice_id, event.closes_on),
        "更正",
        event.campaign_id,
        notice_id=event.notice_id,
    )


def _objected(
    cursor: Cursor[Any], event: ObjectionAdmitted | ObjectionClosed, recorded: Recorded
) -> None:
    """S71: that there was one, and what became of it; nothing else of it is shown."""
    match event:
        case ObjectionAdmitted():
            cursor.execute(
                "INSERT INTO notice_objections (objection_id, notice_id) VALUES (%s, %s)"
                " ON CONFLICT DO NOTHING",
                (event.objection_id, event.notice_id),
            )
            _touch(cursor, recorded, event.notice_id)
        case ObjectionClosed():
            cursor.execute(
                "UPDATE notice_objections SET outcome = %s WHERE objection_id = %s",
                (event.outcome, recorded.stream),
            )
            cursor.execute(
                "UPDATE feed_items f SET updated_at = %s, position = %s FROM notice_objections o"
                " WHERE o.objection_id = %s AND f.notice_id = o.notice_id"
                " AND f.nomination_id IS NULL AND f.withdrawn_at IS NULL",
                (recorded.at, recorded.position, recorded.stream),
            )


def _withdrawn(
    cursor: Cursor[Any], event: NoticeEntryWithdrawn | NoticeEntryRemoved, recorded: Recorded
) -> None:
    """S43: for fraud it is announced as a cancellation; else the notice is corrected (P6)."""
    cursor.execute(
        "DELETE FROM notice_entries WHERE notice_id = %s AND nomination_id = %s",
        (event.notice_id, event.nomination_id),
    )
    _departed(cursor, event.notice_id, event.nomination_id, event.reason, recorded)
    _touch(cursor, recorded, event.notice_id)
    fraud = isinstance(event, NoticeEntryWithdrawn)
    _tell(
        cursor,
        recorded,
        (item_ids.of_withdrawal if fraud else item_ids.of_removal)(
            event.notice_id, event.nomination_id
        ),
        "取消" if fraud else "更正",
        event.campaign_id,
        notice_id=event.notice_id,
        nomination_id=event.nomination_id,
    )
    _take_down_what_lists_nobody(cursor, recorded, event.campaign_id)


def _take_down_what_lists_nobody(
    cursor: Cursor[Any], recorded: Recorded, campaign_id: UUID
) -> None:
    """P6: of a notice that has lost its last line, the feed withdraws notice and extensions."""
    cursor.execute(
        "UPDATE feed_items f SET withdrawn_at = %s, updated_at = %s, position = %s"
        " WHERE f.campaign_id = %s AND f.notice_id IS NOT NULL AND f.nomination_id IS NULL"
        " AND f.kind IN ('公示', '更正') AND f.withdrawn_at IS NULL AND NOT EXISTS"
        " (SELECT FROM notice_entries e WHERE e.notice_id = f.notice_id)",
        (recorded.at, recorded.at, recorded.position, campaign_id),
    )


def _closed(cursor: Cursor[Any], event: NoticeClosed, recorded: Recorded) -> None:
    cursor.execute(
        "UPDATE notices SET closed_at = %s WHERE notice_id = %s", (recorded.at, event.notice_id)
    )
    _touch(cursor, recorded, event.notice_id)
    item = item_ids.of_result(event.notice_id)
    _tell(cursor, recorded, item, "结果", event.campaign_id, notice_id=event.notice_id)


def _honoured(
    cursor: Cursor[Any],
    event: TitleConferred
    | RewardPaid
    | RevocationOpened
    | RevocationProposed
    | TitleKept
    | TitleRevoked
    | RevocationCorrected,
    recorded: Recorded,
) -> None:
    match event:
        case TitleConferred():
            _conferred(cursor, event, recorded)
        case RewardPaid():
            cursor.execute(
                "UPDATE honours SET paid = true WHERE nomination_id = %s", (event.nomination_id,)
            )
        case RevocationOpened() | RevocationProposed():
            _stands(cursor, event.nomination_id, "revocation_opened")
        case TitleKept():
            _stands(cursor, event.nomination_id, "conferred")
        case TitleRevoked():
            _revoked(cursor, event, recorded)
        case RevocationCorrected():
            cursor.execute(
                "UPDATE honours SET correction_number = %s WHERE nomination_id = %s",
                (event.decision_number, event.nomination_id),
            )
            _announce_correction(cursor, event, recorded)


def _stands(cursor: Cursor[Any], nomination_id: UUID, standing: Standing) -> None:
    cursor.execute(
        "UPDATE honours SET standing = %s WHERE nomination_id = %s", (standing, nomination_id)
    )


def _revoked(cursor: Cursor[Any], event: TitleRevoked, recorded: Recorded) -> None:
    """P15: 公告; the roll keeps the name, and says what became of the title."""
    cursor.execute(
        "UPDATE honours SET standing = 'revoked', revocation_number = %s, revoked_at = %s,"
        " correction_number = NULL WHERE nomination_id = %s",
        (event.decision_number, recorded.at, event.nomination_id),
    )
    _announce_revocation(cursor, event, recorded)


def _announce_revocation(cursor: Cursor[Any], event: TitleRevoked, recorded: Recorded) -> None:
    """A second revocation takes the place of the correction of the first."""
    _decision_reads_differently(cursor, event.nomination_id, recorded)
    _take_down(cursor, recorded, item_ids.of_correction(event.nomination_id))
    _tell(
        cursor,
        recorded,
        item_ids.of_revocation(event.nomination_id),
        "撤销",
        event.campaign_id,
        nomination_id=event.nomination_id,
    )


def _announce_correction(
    cursor: Cursor[Any], event: RevocationCorrected, recorded: Recorded
) -> None:
    """P15: the announcement that took the title back is withdrawn; its correction supersedes it."""
    _decision_reads_differently(cursor, event.nomination_id, recorded)
    _take_down(cursor, recorded, item_ids.of_revocation(event.nomination_id))
    _tell(
        cursor,
        recorded,
        item_ids.of_correction(event.nomination_id),
        "更正",
        event.campaign_id,
        nomination_id=event.nomination_id,
    )


def _decision_reads_differently(
    cursor: Cursor[Any], nomination_id: UUID, recorded: Recorded
) -> None:
    """The decision that conferred the title says what became of it."""
    cursor.execute(
        "UPDATE feed_items f SET updated_at = %s, position = %s FROM honours h"
        " WHERE h.nomination_id = %s AND f.campaign_id = h.campaign_id"
        " AND f.decision_number = h.decision_number",
        (recorded.at, recorded.position, nomination_id),
    )


def _take_down(cursor: Cursor[Any], recorded: Recorded, item: str) -> None:
    """There was an item in the feed; what is left of it is that it was withdrawn, and when."""
    cursor.execute(
        "UPDATE feed_items SET withdrawn_at = %s, updated_at = %s, position = %s"
        " WHERE item_id = %s AND withdrawn_at IS NULL",
        (recorded.at, recorded.at, recorded.position, item),
    )


def _conferred(cursor: Cursor[Any], event: TitleConferred, recorded: Recorded) -> None:
    cursor.execute(
        "INSERT INTO honours (nomination_id, campaign_id, certificate_number, decision_number,"
        " conferred_at, standing) VALUES (%s, %s, %s, %s, %s, 'conferred')"
        " ON CONFLICT (nomination_id) DO NOTHING",
        (
            event.nomination_id,
            event.campaign_id,
            event.certificate_number,
            event.decision_number,
            recorded.at,
        ),
    )
    _tell(
        cursor,
        recorded,
        item_ids.of_decision(event.campaign_id, event.decision_number),
        "决定",
        event.campaign_id,
        decision_number=event.decision_number,
    )


def _touch(cursor: Cursor[Any], recorded: Recorded, notice_id: UUID) -> None:
    """What was told of this notice as a whole reads differently from now on."""
    cursor.execute(
        "UPDATE feed_items SET updated_at = %s, position = %s"
        " WHERE notice_id = %s AND nomination_id IS NULL AND withdrawn_at IS NULL",
        (recorded.at, recorded.position, notice_id),
    )


def _tell(
    cursor: Cursor[Any],
    recorded: Recorded,
    item: str,
    kind: Kind,
    campaign_id: UUID,
    *,
    notice_id: UUID | None = None,
    nomination_id: UUID | None = None,
    decision_number: str | None = None,
) -> None:
    """There is an item in the feed; told again, it has changed."""
    cursor.execute(
        "INSERT INTO feed_items (item_id, kind, campaign_id, notice_id, nomination_id,"
        " decision_number, published_at, updated_at, position, first_position)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (item_id) DO UPDATE"
        " SET updated_at = excluded.updated_at, position = excluded.position,"
        " withdrawn_at = NULL",
        (
            item,
            kind,
            campaign_id,
            notice_id,
            nomination_id,
            decision_number,
            recorded.at,
            recorded.at,
            recorded.position,
            recorded.position,
        ),
    )
