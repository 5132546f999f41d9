"""What other portals read: JSON, Atom, and the `<datastore>` XML of older ones. Pure.

Items have stable ids. A cancellation changes every item that named the person, at the moment at
which the person leaves the tables, and adds one (取消) that names nobody.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from xml.dom.minidom import Document as Xml
from xml.etree import ElementTree as ET

from markupsafe import escape

from services.publicity.documents import (
    Document,
    beijing_minute,
    by_decision,
    cancellation_document,
    decision_document,
    extension_document,
    notice_document,
    removal_document,
    result_document,
    revocation_document,
)
from services.publicity.picture import Campaign, FeedRow, Kind, Notice, Picture
from shared.calendar import BEIJING

FORMAT = 2
"""Raised when the same events are told in another way, so that no reader keeps the old one."""

URN = "urn:gongjiang:publicity:"
"""How the ids of all items begin."""

TITLE = "嘉兴港区“港区工匠”评选公示"
ATOM = "http://www.w3.org/2005/Atom"
COLUMNS: dict[Kind, str] = {
    "公示": "公告公示",
    "更正": "公告公示",
    "结果": "公告公示",
    "取消": "公告公示",
    "决定": "表彰决定",
    "撤销": "表彰决定",
}

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that was told. `supersedes` is the id of the item whose place it takes."""

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


def etag(position: int) -> str:
    """The entity tag of every feed at this position."""
    return f'"{FORMAT}-{position}"'


def unchanged(if_none_match: str | None, position: int) -> bool:
    """Whether a reader already holds this position (RFC 9110: `*`, or a list of entity tags)."""
    known = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return "*" in known or etag(position) in known


def items(picture: Picture, portal_url: str) -> tuple[Item, ...]:
    """Everything that was told, the newest first, as it reads now."""
    made = (_item(row, picture, portal_url) for row in picture.feed)
    return tuple(item for item in made if item is not None)


def path_of(row: FeedRow) -> str:
    """The page of its own that every item has: a notice's, or that of an announcement."""
    if row.kind == "公示":
        return f"/notices/{row.notice_id}"
    return f"/announcements/{row.item_id.removeprefix(URN)}"


def _item(row: FeedRow, picture: Picture, portal_url: str) -> Item | None:
    campaign = picture.campaign(row.campaign_id)
    if campaign is None:
        return None
    if row.kind == "决定":
        return _decision(row, campaign, picture, portal_url)
    if row.kind == "撤销":
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
    )


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
    return f"{URN}notice:{notice_id}"


def as_json(told: Sequence[Item], position: int, portal_url: str) -> dict[str, Any]:
    """The JSON feed. Times are RFC 3339 in Beijing time."""
    return {
        "title": TITLE,
        "home_page_url": f"{portal_url}/",
        "feed_url": f"{portal_url}/feed/publicity.json",
        "position": position,
        "items": [_as_json(item) for item in told],
    }


def _as_json(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "type": item.type,
        "campaign_id": str(item.campaign_id),
        "nomination_id": None if item.nomination_id is None else str(item.nomination_id),
        "title": item.document.title,
        "column": item.column,
        "pub_date": _rfc3339(item.published_at),
        "updated": _rfc3339(item.updated_at),
        "valid_from": None if item.valid_from is None else _rfc3339(item.valid_from),
        "valid_to": None if item.valid_to is None else _rfc3339(item.valid_to),
        "url": item.url,
        "summary": item.document.summary,
        "html": str(item.document.html),
        "supersedes": item.supersedes,
    }


def as_atom(told: Sequence[Item], portal_url: str) -> bytes:
    """The same as Atom 1.0 (RFC 4287)."""
    ET.register_namespace("", ATOM)
    feed = ET.Element(_atom("feed"))
    _add(feed, "id", f"{portal_url}/feed/publicity.atom")
    _add(feed, "title", TITLE)
    _add(feed, "updated", _rfc3339(_last_change(told)))
    ET.SubElement(feed, _atom("link"), rel="self", href=f"{portal_url}/feed/publicity.atom")
    ET.SubElement(feed, _atom("link"), rel="alternate", href=f"{portal_url}/")
    _add(ET.SubElement(feed, _atom("author")), "name", TITLE)
    for item in told:
        entry = ET.SubElement(feed, _atom("entry"))
        _add(entry, "id", item.id)
        _add(entry, "title", item.document.title)
        _add(entry, "published", _rfc3339(item.published_at))
        _add(entry, "updated", _rfc3339(item.updated_at))
        ET.SubElement(entry, _atom("link"), rel="alternate", href=item.url)
        ET.SubElement(entry, _atom("category"), term=item.type)
        _add(entry, "summary", item.document.summary)
        _add(entry, "content", item.document.html, type="html")
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def as_datastore(told: Sequence[Item]) -> bytes:
    """The list as 大汉 portals fetch it: one `<li>` for each item, in CDATA."""
    document = Xml()
    root = document.appendChild(document.createElement("datastore"))
    total = root.appendChild(document.createElement("totalrecord"))
    total.appendChild(document.createTextNode(str(len(told))))
    records = root.appendChild(document.createElement("recordset"))
    for item in told:
        record = records.appendChild(document.createElement("record"))
        record.appendChild(document.createCDATASection(_list_item(item)))
    return document.toxml(encoding="utf-8")


def _list_item(item: Item) -> str:
    title, url = escape(item.document.title), escape(item.url)
    day = beijing_minute(item.published_at)[:10]
    return _plain(f'<li><a href="{url}" title="{title}">{title}</a><span>{day}</span></li>')


def _add(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, _atom(name), attributes).text = _plain(text)


def _atom(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _plain(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_XML.sub("", str(text))


def _rfc3339(at: datetime) -> str:
    return at.astimezone(BEIJING).isoformat(timespec="seconds")


def _last_change(told: Iterable[Item]) -> datetime:
    return max((item.updated_at for item in told), default=datetime.fromtimestamp(0, BEIJING))
