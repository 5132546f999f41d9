"""The feeds as they are written: JSON, Atom 1.0, and the `<datastore>` XML of older portals. Pure.

deploy/feeds.md tells importers how to read them.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from typing import Any
from xml.dom.minidom import Document as Xml
from xml.etree import ElementTree as ET

from markupsafe import escape

from services.publicity.documents import beijing_minute
from services.publicity.feeds import TITLE, Cursor, Item, Page, Told, Tombstone
from shared.calendar import BEIJING

ATOM = "http://www.w3.org/2005/Atom"
HISTORY = "http://purl.org/syndication/history/1.0"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def address(
    portal_url: str, form: str, before: Cursor | None = None, since: int | None = None
) -> str:
    """Where a page of a feed is, such as `/feed/publicity/before/20-….json?since=7`."""
    where = "" if before is None else f"/before/{before}"
    asked = "" if since is None else f"?since={since}"
    return f"{portal_url}/feed/publicity{where}.{form}{asked}"


def as_json(page: Page, portal_url: str) -> dict[str, Any]:
    """The JSON feed. Times are RFC 3339 in Beijing time."""
    return {
        "title": TITLE,
        "home_page_url": f"{portal_url}/",
        "feed_url": address(portal_url, "json", page.before, page.since),
        "position": page.position,
        "next": None if page.next is None else address(portal_url, "json", page.next, page.since),
        "items": [_as_json(one) for one in page.told],
    }


def _as_json(told: Told) -> dict[str, Any]:
    if isinstance(told, Tombstone):
        return {
            "id": told.urn,
            "type": told.type,
            "campaign_id": str(told.campaign_id),
            "position": told.position,
            "deleted_at": _rfc3339(told.deleted_at),
        }
    html = str(told.document.html)
    return {
        "id": told.urn,
        "type": told.type,
        "index_number": told.index_number,
        "campaign_id": str(told.campaign_id),
        "nomination_id": None if told.nomination_id is None else str(told.nomination_id),
        "title": told.document.title,
        "column": told.column,
        "pub_date": _rfc3339(told.published_at),
        "updated": _rfc3339(told.updated_at),
        "valid_from": None if told.valid_from is None else _rfc3339(told.valid_from),
        "valid_to": None if told.valid_to is None else _rfc3339(told.valid_to),
        "url": told.url,
        "summary": told.document.summary,
        "html": html,
        "sha256": sha256(html.encode()).hexdigest(),
        "attachments": [asdict(one) for one in told.attachments],
        "supersedes": told.supersedes,
        "position": told.position,
    }


def as_atom(page: Page, portal_url: str) -> bytes:
    """The same as Atom 1.0 (RFC 4287), in pages (RFC 5005), with tombstones (RFC 6721)."""
    for prefix, name in (("", ATOM), ("fh", HISTORY), ("at", TOMBSTONES)):
        ET.register_namespace(prefix, name)
    feed = ET.Element(_atom("feed"))
    _add(feed, "id", address(portal_url, "atom"))
    _add(feed, "title", TITLE)
    _add(feed, "updated", _rfc3339(page.updated_at))
    _link(feed, "self", address(portal_url, "atom", page.before, page.since))
    _link(feed, "alternate", f"{portal_url}/")
    _link(feed, "first", address(portal_url, "atom", None, page.since))
    if page.next is not None:
        _link(feed, "next", address(portal_url, "atom", page.next, page.since))
    _add(ET.SubElement(feed, _atom("author")), "name", TITLE)
    if page.complete:
        ET.SubElement(feed, f"{{{HISTORY}}}complete")
    for told in page.told:
        if isinstance(told, Tombstone):
            about = {"ref": told.urn, "when": _rfc3339(told.deleted_at)}
            ET.SubElement(feed, f"{{{TOMBSTONES}}}deleted-entry", about)
        else:
            _entry(feed, told)
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _entry(feed: ET.Element, item: Item) -> None:
    entry = ET.SubElement(feed, _atom("entry"))
    _add(entry, "id", item.urn)
    _add(entry, "title", item.document.title)
    _add(entry, "published", _rfc3339(item.published_at))
    _add(entry, "updated", _rfc3339(item.updated_at))
    _link(entry, "alternate", item.url)
    if item.supersedes is not None:
        _link(entry, "predecessor-version", item.supersedes)
    for file in item.attachments:
        ET.SubElement(
            entry,
            _atom("link"),
            {"rel": "enclosure", "href": file.url, "type": file.media_type, "title": file.title},
        )
    ET.SubElement(entry, _atom("category"), term=item.type)
    _add(entry, "summary", item.document.summary)
    _add(entry, "content", item.document.html, type="html")


def as_datastore(
    told: Sequence[Told], *, page: int = 1, perpage: int | None = None, until: int | None = None
) -> bytes:
    """The list as 大汉 portals fetch it: one `<li>` for each item, in CDATA.

    A page is counted among what was told up to the position `until`, so that whatever comes while
    somebody reads on shifts no page. What was withdrawn keeps its place: its record is empty.
    """
    limit = max((one.first_position for one in told), default=0) if until is None else until
    counted = [one for one in told if one.first_position <= limit]
    size = max(len(counted), 1) if perpage is None else perpage
    document = Xml()
    root = document.appendChild(document.createElement("datastore"))
    total = root.appendChild(document.createElement("totalrecord"))
    total.appendChild(document.createTextNode(str(len(counted))))
    records = document.createElement("recordset")
    for name, value in (("page", page), ("perpage", size), ("until", limit)):
        records.setAttribute(name, str(value))
    root.appendChild(records)
    for one in counted[(page - 1) * size : page * size]:
        record = records.appendChild(document.createElement("record"))
        if isinstance(one, Item):
            record.appendChild(document.createCDATASection(_list_item(one)))
    return document.toxml(encoding="utf-8")


def _list_item(item: Item) -> str:
    title, url = escape(item.document.title), escape(item.url)
    day = beijing_minute(item.published_at)[:10]
    return _plain(f'<li><a href="{url}" title="{title}">{title}</a><span>{day}</span></li>')


def _link(parent: ET.Element, rel: str, href: str) -> None:
    ET.SubElement(parent, _atom("link"), rel=rel, href=href)


def _add(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, _atom(name), attributes).text = _plain(text)


def _atom(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _plain(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_XML.sub("", str(text))


def _rfc3339(at: datetime) -> str:
    return at.astimezone(BEIJING).isoformat(timespec="seconds")
