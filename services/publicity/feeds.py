"""What other portals read: the items, their tombstones, and the pages they come in. Pure.

Items have stable ids. A cancellation changes every item that named the person, at the moment at
which the person leaves the tables, and adds one (取消) that names nobody. Of an item that was
withdrawn a tombstone is left. `feed_forms.py` writes them as JSON, Atom and `<datastore>`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime
from uuid import UUID

from services.publicity.documents import (
    Document,
    by_decision,
    cancellation_document,
    decision_document,
    extension_document,
    notice_document,
    removal_document,
    result_document,
    revocation_document,
)
from services.publicity.item_ids import OURS, of_correction, of_notice, of_revocation, urn
from services.publicity.picture import Campaign, FeedRow, Kind, Notice, Picture
from shared.calendar import BEIJING, beijing_date

FORMAT = 3
"""Raised when the same events are told in another way, so that no reader keeps the old one."""

TITLE = "嘉兴港区“港区工匠”评选公示"
COLUMNS: dict[Kind, str] = {
    "公示": "公告公示",
    "更正": "公告公示",
    "结果": "公告公示",
    "取消": "公告公示",
    "决定": "表彰决定",
    "撤销": "表彰决定",
}

PAGE = 100
"""How many items one page of a feed holds."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to an item."""

    title: str
    url: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was told. `supersedes` is the id of the item whose place it takes.

    `id` is its name in our tables, `urn` what other portals know it by: both stay for ever.
    """

    id: str
    type: Kind
    campaign_id: UUID
    column: str
    document: Document
    url: str
    published_at: datetime
    updated_at: datetime
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    supersedes: str | None = None
    nomination_id: UUID | None = None
    position: int = 0
    first_position: int = 0

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The item on paper, as an official document."""
        title = f"{self.document.title}.pdf"
        return (Attachment(title, f"{self.url}.pdf", "application/pdf"),)

    @property
    def urn(self) -> str:
        """The id for other portals, a UUID (RFC 9562)."""
        return urn(self.id)

    @property
    def index_number(self) -> str:
        """索引号: the year, and the place in the log where it was first told."""
        return f"GJ-{beijing_date(self.published_at).year}-{self.first_position:06d}"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """Something was told, and was withdrawn: readers take it down."""

    id: str
    type: Kind
    campaign_id: UUID
    deleted_at: datetime
    position: int
    first_position: int

    @property
    def urn(self) -> str:
        """The id for other portals, that of the item."""
        return urn(self.id)


Told = Item | Tombstone


@dataclass(frozen=True, slots=True)
class Cursor:
    """The item that a page begins behind. Items never change their place, so pages never shift."""

    first_position: int
    id: UUID

    def __str__(self) -> str:
        return f"{self.first_position}-{self.id}"

    @classmethod
    def of(cls, told: Told) -> "Cursor":
        """Behind this one."""
        return cls(told.first_position, UUID(told.urn))

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """As `str` writes it.

        Raises:
            ValueError: it is none.
        """
        first, _, name = text.partition("-")
        if not (first.isascii() and first.isdigit() and len(first) < 19):
            raise ValueError(text)
        return cls(int(first), UUID(name))

    @property
    def key(self) -> tuple[int, str]:
        """By what the items are ordered, the newest first."""
        return self.first_position, str(self.id)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the feed at a position. `next` is where the following one begins, if there is one;
    `before` where this one did; with `since`, only what has changed after that position."""

    told: tuple[Told, ...]
    position: int
    updated_at: datetime
    next: Cursor | None = None
    before: Cursor | None = None
    since: int | None = None

    @property
    def complete(self) -> bool:
        """Whether there is nothing beside it."""
        return self.next is None and self.before is None and self.since is None


def page(
    told: Sequence[Told],
    position: int,
    *,
    before: Cursor | None = None,
    since: int | None = None,
    size: int = PAGE,
) -> Page:
    """One page of what was told, which is in the order of `everything`."""
    updated = max((_changed_at(one) for one in told), default=datetime.fromtimestamp(0, BEIJING))
    wanted = [
        one
        for one in told
        if (before is None or Cursor.of(one).key < before.key)
        and (since is None or one.position > since)
    ]
    shown = tuple(wanted[:size])
    behind = Cursor.of(shown[-1]) if len(wanted) > size else None
    return Page(shown, position, updated, behind, before, since)


def everything(picture: Picture, portal_url: str) -> tuple[Told, ...]:
    """Items and tombstones, what was told last first: in an order that no change ever touches."""
    told: list[Told] = list(items(picture, portal_url))
    told += [
        Tombstone(
            row.item_id,
            row.kind,
            row.campaign_id,
            row.withdrawn_at,
            row.position,
            row.first_position,
        )
        for row in picture.feed
        if row.withdrawn_at is not None
    ]
    return tuple(sorted(told, key=lambda one: Cursor.of(one).key, reverse=True))


def _changed_at(told: Told) -> datetime:
    return told.updated_at if isinstance(told, Item) else told.deleted_at


def last_modified(picture: Picture, now: datetime) -> datetime | None:
    """When the feeds last changed, to the second; None while that second may bring more.

    It is told only to a reader whom no change of the same second can escape: that makes it as
    strong as the entity tag (RFC 9110, 8.8.2.2).
    """
    changed = max((row.updated_at for row in picture.feed), default=None)
    if changed is None or (now - changed).total_seconds() < 2:
        return None
    return changed.replace(microsecond=0)


def http_date(at: datetime) -> str:
    """As headers have it."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


def not_since(if_modified_since: str | None, modified: datetime | None) -> bool:
    """Whether nothing has changed since the reader's copy, by its date; a broken date says no."""
    if if_modified_since is None or modified is None:
        return False
    try:
        known = parsedate_to_datetime(if_modified_since)
    except ValueError:
        return False
    return known.tzinfo is not None and modified <= known


def etag(position: int) -> str:
    """The entity tag of every feed at this position."""
    return f'"{FORMAT}-{position}"'


def unchanged(if_none_match: str | None, position: int) -> bool:
    """Whether a reader already holds this position (RFC 9110: `*`, or a list of entity tags)."""
    known = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return "*" in known or etag(position) in known


def items(picture: Picture, portal_url: str) -> tuple[Item, ...]:
    """Everything that was told and not withdrawn, the newest first, as it reads now."""
    return tuple(
        replace(item, position=row.position, first_position=row.first_position)
        for row in picture.feed
        if row.withdrawn_at is None and (item := _item(row, picture, portal_url)) is not None
    )


def path_of(row: FeedRow) -> str:
    """The page of its own that every item has: a notice's, or that of an announcement."""
    if row.kind == "公示":
        return f"/notices/{row.notice_id}"
    return f"/announcements/{row.item_id.removeprefix(OURS)}"


def _item(row: FeedRow, picture: Picture, portal_url: str) -> Item | None:
    campaign = picture.campaign(row.campaign_id)
    if campaign is None:
        return None
    if row.kind == "决定":
        return _decision(row, campaign, picture, portal_url)
    if row.kind == "撤销" or _is_correction(row):
        return _revocation(row, campaign, picture, portal_url)
    notice = picture.notice(row.notice_id)
    return None if notice is None else _about_notice(row, campaign, notice, portal_url)


def _decision(row: FeedRow, campaign: Campaign, picture: Picture, portal_url: str) -> Item | None:
    honours = [one for one in picture.honours if one.campaign_id == campaign.campaign_id]
    conferred = by_decision(honours).get(row.decision_number or "")
    if conferred is None:
        return None
    return Item(
        id=row.item_id,
        type=row.kind,
        campaign_id=row.campaign_id,
        column=COLUMNS[row.kind],
        document=decision_document(campaign.configuration, conferred),
        url=f"{portal_url}{path_of(row)}",
        published_at=row.published_at,
        updated_at=row.updated_at,
    )


def _revocation(row: FeedRow, campaign: Campaign, picture: Picture, portal_url: str) -> Item | None:
    held = (one for one in picture.honours if one.nomination_id == row.nomination_id)
    honour = next(held, None)
    if honour is None or honour.revoked_at is None:
        return None
    return Item(
        id=row.item_id,
        type=row.kind,
        campaign_id=row.campaign_id,
        column=COLUMNS[row.kind],
        document=revocation_document(campaign.configuration, honour),
        url=f"{portal_url}{path_of(row)}",
        published_at=row.published_at,
        updated_at=row.updated_at,
        nomination_id=row.nomination_id,
        supersedes=urn(of_revocation(honour.nomination_id)) if _is_correction(row) else None,
    )


def _is_correction(row: FeedRow) -> bool:
    """Of a revocation (P15)."""
    return row.nomination_id is not None and row.item_id == of_correction(row.nomination_id)


def _about_notice(row: FeedRow, campaign: Campaign, notice: Notice, portal_url: str) -> Item:
    posted = row.kind == "公示"
    return Item(
        id=row.item_id,
        type=row.kind,
        campaign_id=row.campaign_id,
        column=COLUMNS[row.kind],
        document=_document(row, campaign, notice),
        url=f"{portal_url}{path_of(row)}",
        published_at=row.published_at,
        updated_at=row.updated_at,
        valid_from=datetime.combine(notice.opens_on, datetime.min.time(), BEIJING)
        if posted
        else None,
        valid_to=notice.closes_at if posted else None,
        supersedes=_superseded(row, notice),
        nomination_id=row.nomination_id,
    )


def _superseded(row: FeedRow, notice: Notice) -> str | None:
    """A result stands for its notice, and so does an extension or a correction; a notice that posts
    again what has changed, for the changed part of the one before (P6)."""
    if row.kind in ("结果", "更正"):
        return _notice_item(notice.notice_id)
    if row.kind == "公示" and notice.earlier is not None:
        return _notice_item(notice.earlier)
    return None


def _document(row: FeedRow, campaign: Campaign, notice: Notice) -> Document:
    if row.kind in ("取消", "更正") and row.nomination_id is not None:
        departed = next(one for one in notice.withdrawn if one.nomination_id == row.nomination_id)
        if row.kind == "取消":
            return cancellation_document(campaign.configuration, notice, departed)
        return removal_document(campaign.configuration, notice, departed)
    if row.kind == "更正":
        extended_to = date.fromisoformat(row.item_id.rpartition(":")[2])
        return extension_document(campaign.configuration, notice, extended_to)
    if row.kind == "结果":
        return result_document(campaign.configuration, notice)
    return notice_document(campaign.configuration, notice)


def _notice_item(notice_id: UUID) -> str:
    return urn(of_notice(notice_id))
