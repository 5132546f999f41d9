"""What the portal shows, as tables: campaigns, notices and who is on them, honours, the feed.

One view, so that a page never shows half of an event. Of a person the tables hold what the public
list names (P3) and nothing else, and from a withdrawal on not even that: the row is deleted. The
feed's table holds no text at all; its texts are made from the other tables when they are read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, LiteralString
from uuid import UUID, uuid5

from psycopg import Connection, Cursor
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from services.publicity.posted import (
    ListNoted,
    NoticeClosed,
    NoticeEntryWithdrawn,
    NoticePrepared,
    NoticePublished,
)
from services.publicity.title import RevocationOpened, TitleConferred
from shared.calendar import BEIJING
from shared.contracts.campaign import CampaignConfiguration
from shared.messages import Recorded

Kind = Literal["公示", "结果", "取消", "决定"]
Standing = Literal["conferred", "revocation_opened"]

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
    closed_at timestamptz
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
    standing text NOT NULL
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
    position bigint NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A selection and how far it has come, as far as publicity knows."""

    campaign_id: UUID
    configuration: CampaignConfiguration
    opened_at: datetime
    list_decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the public list."""

    nomination_id: UUID
    name: str
    sex: str
    employer: str
    post: str
    recommender: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A nomination that was taken off a notice, and when. There is no name any more."""

    nomination_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """A published notice as it stands: who is on it, who was taken off it."""

    notice_id: UUID
    campaign_id: UUID
    number: int
    opens_on: date
    closes_on: date
    closes_at: datetime
    calendar: str
    published_at: datetime
    closed_at: datetime | None
    entries: tuple[Listed, ...]
    withdrawn: tuple[Withdrawn, ...]


@dataclass(frozen=True, slots=True)
class Honour:
    """A conferred title. `name` and `employer` are those of the notice."""

    nomination_id: UUID
    campaign_id: UUID
    name: str
    employer: str
    certificate_number: str
    decision_number: str
    conferred_at: datetime
    standing: Standing


@dataclass(frozen=True, slots=True)
class FeedRow:
    """That there is something to tell, and since when; not what."""

    item_id: str
    kind: Kind
    campaign_id: UUID
    notice_id: UUID | None
    nomination_id: UUID | None
    decision_number: str | None
    published_at: datetime
    updated_at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the portal and the feeds are made from. `position`: the last change told."""

    position: int
    campaigns: tuple[Campaign, ...]
    notices: tuple[Notice, ...]
    honours: tuple[Honour, ...]
    feed: tuple[FeedRow, ...]

    def campaign(self, campaign_id: UUID) -> Campaign | None:
        """The campaign with this id."""
        return next((one for one in self.campaigns if one.campaign_id == campaign_id), None)

    def notice(self, notice_id: UUID | None) -> Notice | None:
        """The notice with this id."""
        return next((one for one in self.notices if one.notice_id == notice_id), None)


class Portal:
    """The tables above."""

    name = "portal"
    tables: tuple[LiteralString, ...] = (
        "campaigns",
        "notices",
        "notice_entries",
        "honours",
        "feed_items",
    )
    schema: LiteralString = SCHEMA

    def apply(self, cursor: Cursor[Any], recorded: Recorded) -> None:
        """Change the tables for this event."""
        match recorded.event:
            case NoticePrepared() as event:
                _campaign_opened(cursor, event, recorded.at)
            case ListNoted() as event:
                _list_decided(cursor, event, recorded.at)
            case NoticePublished() as event:
                _published(cursor, event, recorded)
            case NoticeEntryWithdrawn() as event:
                _withdrawn(cursor, event, recorded)
            case NoticeClosed() as event:
                _closed(cursor, event, recorded)
            case TitleConferred() as event:
                _conferred(cursor, event, recorded)
            case RevocationOpened() as event:
                cursor.execute(
                    "UPDATE honours SET standing = 'revocation_opened' WHERE nomination_id = %s",
                    (event.nomination_id,),
                )
            case _:
                pass


PORTAL = Portal()


def _campaign_opened(cursor: Cursor[Any], event: NoticePrepared, at: datetime) -> None:
    cursor.execute(
        "INSERT INTO campaigns (campaign_id, configuration, opened_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (campaign_id) DO UPDATE SET configuration = excluded.configuration,"
        " opened_at = COALESCE(campaigns.opened_at, excluded.opened_at)",
        (event.campaign_id, Jsonb(event.configuration.model_dump(mode="json")), at),
    )


def _list_decided(cursor: Cursor[Any], event: ListNoted, at: datetime) -> None:
    cursor.execute(
        "INSERT INTO campaigns (campaign_id, list_decided_at) VALUES (%s, %s)"
        " ON CONFLICT (campaign_id) DO UPDATE SET list_decided_at = excluded.list_decided_at",
        (event.campaign_id, at),
    )


def _published(cursor: Cursor[Any], event: NoticePublished, recorded: Recorded) -> None:
    cursor.execute(
        "INSERT INTO notices (notice_id, campaign_id, number, opens_on, closes_on, closes_at,"
        " calendar, published_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
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
        ),
    )
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
    item = f"notice:{event.notice_id}"
    _tell(cursor, recorded, item, "公示", event.campaign_id, notice_id=event.notice_id)


def _withdrawn(cursor: Cursor[Any], event: NoticeEntryWithdrawn, recorded: Recorded) -> None:
    cursor.execute(
        "DELETE FROM notice_entries WHERE notice_id = %s AND nomination_id = %s",
        (event.notice_id, event.nomination_id),
    )
    _touch(cursor, recorded, event.notice_id)
    _tell(
        cursor,
        recorded,
        f"withdrawal:{event.notice_id}:{event.nomination_id}",
        "取消",
        event.campaign_id,
        notice_id=event.notice_id,
        nomination_id=event.nomination_id,
    )


def _closed(cursor: Cursor[Any], event: NoticeClosed, recorded: Recorded) -> None:
    cursor.execute(
        "UPDATE notices SET closed_at = %s WHERE notice_id = %s", (recorded.at, event.notice_id)
    )
    _touch(cursor, recorded, event.notice_id)
    item = f"result:{event.notice_id}"
    _tell(cursor, recorded, item, "结果", event.campaign_id, notice_id=event.notice_id)


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
        f"decision:{uuid5(event.campaign_id, event.decision_number)}",
        "决定",
        event.campaign_id,
        decision_number=event.decision_number,
    )


def _touch(cursor: Cursor[Any], recorded: Recorded, notice_id: UUID) -> None:
    """What was told of this notice as a whole reads differently from now on."""
    cursor.execute(
        "UPDATE feed_items SET updated_at = %s, position = %s"
        " WHERE notice_id = %s AND nomination_id IS NULL",
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
        " decision_number, published_at, updated_at, position)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (item_id) DO UPDATE"
        " SET updated_at = excluded.updated_at, position = excluded.position",
        (
            f"urn:gongjiang:publicity:{item}",
            kind,
            campaign_id,
            notice_id,
            nomination_id,
            decision_number,
            recorded.at,
            recorded.at,
            recorded.position,
        ),
    )


def picture(connection: Connection[Any]) -> Picture:
    """Everything as it stands at one moment."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        feed = _feed(connection)
        return Picture(
            position=max((row.position for row in feed), default=0),
            campaigns=_campaigns(connection),
            notices=_notices(connection),
            honours=_honours(connection),
            feed=feed,
        )


def told(connection: Connection[Any]) -> int:
    """The position of the last change of the feed: what its ETag is made from."""
    rows = _rows(connection, "SELECT max(position) AS position FROM feed_items")
    return int(rows[0]["position"] or 0)


def _campaigns(connection: Connection[Any]) -> tuple[Campaign, ...]:
    """All campaigns that were opened, the newest first."""
    rows = _rows(
        connection,
        "SELECT campaign_id, configuration, opened_at, list_decided_at FROM campaigns"
        " WHERE configuration IS NOT NULL ORDER BY opened_at DESC, campaign_id",
    )
    return tuple(
        Campaign(
            row["campaign_id"],
            CampaignConfiguration.model_validate(row["configuration"]),
            row["opened_at"],
            row["list_decided_at"],
        )
        for row in rows
    )


def _notices(connection: Connection[Any]) -> tuple[Notice, ...]:
    """All notices, the newest first, with those who are still on them."""
    listed = _rows(
        connection,
        "SELECT notice_id, nomination_id, name, sex, employer, post, recommender"
        " FROM notice_entries ORDER BY notice_id, place",
    )
    withdrawn = _rows(
        connection,
        "SELECT notice_id, nomination_id, published_at FROM feed_items WHERE kind = '取消'"
        " ORDER BY position",
    )
    rows = _rows(
        connection,
        "SELECT notice_id, campaign_id, number, opens_on, closes_on, closes_at, calendar,"
        " published_at, closed_at FROM notices ORDER BY published_at DESC, notice_id",
    )
    return tuple(_notice(row, listed, withdrawn) for row in rows)


def _notice(
    row: dict[str, Any], listed: Iterable[dict[str, Any]], withdrawn: Iterable[dict[str, Any]]
) -> Notice:
    return Notice(
        **row,
        entries=tuple(
            Listed(**{key: value for key, value in entry.items() if key != "notice_id"})
            for entry in listed
            if entry["notice_id"] == row["notice_id"]
        ),
        withdrawn=tuple(
            Withdrawn(one["nomination_id"], one["published_at"])
            for one in withdrawn
            if one["notice_id"] == row["notice_id"]
        ),
    )


def _honours(connection: Connection[Any]) -> tuple[Honour, ...]:
    """All honours, the newest decision first, then in the order of the notice."""
    rows = _rows(
        connection,
        "SELECT h.nomination_id, h.campaign_id, e.name, e.employer, h.certificate_number,"
        " h.decision_number, h.conferred_at, h.standing FROM honours h JOIN LATERAL"
        " (SELECT name, employer, place FROM notice_entries JOIN notices USING (notice_id)"
        " WHERE nomination_id = h.nomination_id ORDER BY number DESC LIMIT 1) e ON true"
        " ORDER BY max(h.conferred_at) OVER (PARTITION BY h.campaign_id, h.decision_number) DESC,"
        " h.decision_number, e.place, h.nomination_id",
    )
    return tuple(Honour(**row) for row in rows)


def _feed(connection: Connection[Any]) -> tuple[FeedRow, ...]:
    rows = _rows(
        connection,
        "SELECT item_id, kind, campaign_id, notice_id, nomination_id, decision_number,"
        " published_at, updated_at, position FROM feed_items"
        " ORDER BY published_at DESC, position DESC, item_id",
    )
    return tuple(FeedRow(**row) for row in rows)


def _rows(connection: Connection[Any], query: LiteralString) -> list[dict[str, Any]]:
    """The rows, every moment in Beijing time whatever the session's zone is."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query).fetchall()
    return [{name: _in_beijing(value) for name, value in row.items()} for row in rows]


def _in_beijing(value: object) -> object:
    return value.astimezone(BEIJING) if isinstance(value, datetime) else value
