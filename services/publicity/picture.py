"""What the portal shows, as it stands at one moment: read from the tables of `views.py`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, LiteralString, TypeVar
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from services.publicity.objecting import Outcome
from services.publicity.posted import Reason
from shared.calendar import BEIJING
from shared.contracts.campaign import CampaignConfiguration
from shared.formats.personal_numbers import has_personal_number

T = TypeVar("T")

Kind = Literal["公示", "更正", "结果", "取消", "决定", "撤销"]
Standing = Literal["conferred", "revocation_opened", "revoked"]


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


Departure = Reason | Literal["corrected"]
"""Why somebody is not on a notice any more; the corrected are posted again by a later one."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A nomination that was taken off a notice, and when. There is no name any more."""

    nomination_id: UUID
    at: datetime
    reason: Departure = "disqualified"


@dataclass(frozen=True, slots=True)
class Extension:
    """The notice stayed up longer: until which day, why, and since when that is known (P1)."""

    closes_on: date
    reason: str
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
    earlier: UUID | None = None
    position: int = 0
    """Where the log says that it was published."""
    extensions: tuple[Extension, ...] = ()
    objections: tuple[Outcome | None, ...] = ()
    """What became of each objection that came within the window (S71); None while it is open."""


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
    paid: bool = False
    revocation_number: str | None = None
    revoked_at: datetime | None = None
    correction_number: str | None = None


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
    first_position: int = 0
    """Where the log first gave cause to tell it: it never changes, so that readers page by it."""
    withdrawn_at: datetime | None = None


MAY_APPEAR: Mapping[type, frozenset[str]] = {
    Campaign: frozenset({"campaign_id", "configuration", "opened_at", "list_decided_at"}),
    Listed: frozenset({"nomination_id", "name", "sex", "employer", "post", "recommender"}),
    Withdrawn: frozenset({"nomination_id", "at", "reason"}),
    Extension: frozenset({"closes_on", "reason", "at"}),
    Notice: frozenset(
        {
            "notice_id",
            "campaign_id",
            "number",
            "opens_on",
            "closes_on",
            "closes_at",
            "calendar",
            "published_at",
            "closed_at",
            "entries",
            "withdrawn",
            "earlier",
            "position",
            "extensions",
            "objections",
        }
    ),
    Honour: frozenset(
        {
            "nomination_id",
            "campaign_id",
            "name",
            "employer",
            "certificate_number",
            "decision_number",
            "conferred_at",
            "standing",
            "paid",
            "revocation_number",
            "revoked_at",
            "correction_number",
        }
    ),
    FeedRow: frozenset(
        {
            "item_id",
            "kind",
            "campaign_id",
            "notice_id",
            "nomination_id",
            "decision_number",
            "published_at",
            "updated_at",
            "position",
            "first_position",
            "withdrawn_at",
        }
    ),
}
"""P3: all that may ever appear in public, of everybody and everything. A person is in it by name,
sex, employer, post and recommender (`Listed`, `Honour`), and by nothing else."""

NOT_SHOWN = "（不予公开）"
"""Stands where a released text holds what may be somebody's ID or telephone number (P3)."""


class NotForThePublic(Exception):
    """A table offers what is not on the list of what may appear."""


def released(kind: type[T], values: Mapping[str, object]) -> T:
    """One thing of the picture, if all that is said of it may appear (P3).

    Raises:
        NotForThePublic: something is said that may not, whoever put it into the tables.
    """
    hidden = values.keys() - MAY_APPEAR[kind]
    if hidden:
        raise NotForThePublic(f"{kind.__name__}: {', '.join(sorted(hidden))}")
    return kind(**{name: _without_numbers(value) for name, value in values.items()})


def _without_numbers(value: object) -> object:
    return NOT_SHOWN if isinstance(value, str) and has_personal_number(value) else value


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
        released(
            Campaign,
            row | {"configuration": CampaignConfiguration.model_validate(row["configuration"])},
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
        "SELECT notice_id, nomination_id, at, reason FROM notice_departures"
        " ORDER BY at, nomination_id",
    )
    extended = _rows(
        connection,
        "SELECT notice_id, closes_on, reason, at FROM notice_extensions ORDER BY closes_on",
    )
    objected = _rows(
        connection, "SELECT notice_id, outcome FROM notice_objections ORDER BY outcome"
    )
    rows = _rows(
        connection,
        "SELECT notice_id, campaign_id, number, opens_on, closes_on, closes_at, calendar,"
        " published_at, closed_at, earlier, position FROM notices"
        " ORDER BY published_at DESC, number DESC, notice_id",
    )
    return tuple(
        released(
            Notice,
            row
            | {
                "entries": tuple(released(Listed, one) for one in _of(row, listed)),
                "withdrawn": tuple(released(Withdrawn, one) for one in _of(row, withdrawn)),
                "extensions": tuple(released(Extension, one) for one in _of(row, extended)),
                "objections": tuple(one["outcome"] for one in _of(row, objected)),
            },
        )
        for row in rows
    )


def _of(notice: dict[str, Any], rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows of this notice, without its id."""
    own = (row for row in rows if row["notice_id"] == notice["notice_id"])
    return ({name: value for name, value in row.items() if name != "notice_id"} for row in own)


def _honours(connection: Connection[Any]) -> tuple[Honour, ...]:
    """All honours, the newest decision first, then in the order of the notice."""
    rows = _rows(
        connection,
        "SELECT h.nomination_id, h.campaign_id, e.name, e.employer, h.certificate_number,"
        " h.decision_number, h.conferred_at, h.standing, h.paid, h.revocation_number,"
        " h.revoked_at, h.correction_number FROM honours h JOIN LATERAL"
        " (SELECT name, employer, place FROM notice_entries JOIN notices USING (notice_id)"
        " WHERE nomination_id = h.nomination_id ORDER BY number DESC LIMIT 1) e ON true"
        " ORDER BY max(h.conferred_at) OVER (PARTITION BY h.campaign_id, h.decision_number) DESC,"
        " h.decision_number, e.place, h.nomination_id",
    )
    return tuple(released(Honour, row) for row in rows)


def _feed(connection: Connection[Any]) -> tuple[FeedRow, ...]:
    rows = _rows(
        connection,
        "SELECT item_id, kind, campaign_id, notice_id, nomination_id, decision_number,"
        " published_at, updated_at, position, first_position, withdrawn_at FROM feed_items"
        " ORDER BY published_at DESC, position DESC, item_id",
    )
    return tuple(released(FeedRow, row) for row in rows)


def _rows(connection: Connection[Any], query: LiteralString) -> list[dict[str, Any]]:
    """The rows, every moment in Beijing time whatever the session's zone is."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query).fetchall()
    return [{name: _in_beijing(value) for name, value in row.items()} for row in rows]


def _in_beijing(value: object) -> object:
    return value.astimezone(BEIJING) if isinstance(value, datetime) else value
