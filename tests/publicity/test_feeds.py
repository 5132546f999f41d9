"""The feeds: stable ids, complete items, and no trace of a cancelled person."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

import feedparser  # type: ignore[import-untyped]
import pytest
import xmlschema
from bs4 import BeautifulSoup

from services.publicity import feed_forms
from services.publicity.feed_forms import as_datastore
from services.publicity.feeds import (
    Cursor,
    Page,
    Told,
    etag,
    everything,
    http_date,
    items,
    last_modified,
    not_since,
    page,
    unchanged,
)
from services.publicity.item_ids import urn
from services.publicity.picture import Picture
from tests.publicity.pictures import (
    CANCELLED,
    DECIDED,
    DECISION_ROW,
    DURING,
    EMPTY,
    ENDED,
    LISTED,
    NOTICE_ROW,
    POSTED,
    URN,
)
from tests.publicity.stories import CAMPAIGN, CONFIGURATION, JIA, LATER, NOTICE_ID

SCHEMA = Path(__file__).parents[2] / "deploy" / "feeds" / "datastore.xsd"
DATASTORE = xmlschema.XMLSchema(str(SCHEMA))

PORTAL = "http://portal.example"
ATOM = "{http://www.w3.org/2005/Atom}"


def first_page(picture: Picture) -> Page:
    return page(everything(picture, PORTAL), picture.position)


def as_atom(picture: Picture) -> bytes:
    return feed_forms.as_atom(first_page(picture), PORTAL)


def json_items(picture: Picture) -> list[dict[str, object]]:
    told: list[dict[str, object]] = feed_forms.as_json(first_page(picture), PORTAL)["items"]
    return told


def parsed(written: bytes) -> ET.Element:
    return ET.fromstring(written)  # noqa: S314 - we wrote it ourselves


def test_a_notice_is_an_item_with_its_window() -> None:
    """S38, P1: from the first moment of the first day to the end of the last."""
    [item] = json_items(DURING)
    html = str(item.pop("html"))
    assert "测试甲" in html
    assert item.pop("sha256") == sha256(html.encode()).hexdigest()
    assert item == {
        "id": urn(f"{URN}notice:{NOTICE_ID}"),
        "type": "公示",
        "index_number": "GJ-2019-000020",
        "attachments": [
            {
                "title": "关于“港区工匠”评选结果的公示.pdf",
                "url": f"{PORTAL}/notices/{NOTICE_ID}.pdf",
                "media_type": "application/pdf",
            }
        ],
        "position": 20,
        "campaign_id": str(CAMPAIGN),
        "nomination_id": None,
        "title": "关于“港区工匠”评选结果的公示",
        "column": "公告公示",
        "pub_date": "2019-12-23T09:00:00+08:00",
        "updated": "2019-12-23T09:00:00+08:00",
        "valid_from": "2019-12-23T00:00:00+08:00",
        "valid_to": "2019-12-28T00:00:00+08:00",
        "url": f"{PORTAL}/notices/{NOTICE_ID}",
        "summary": "公示时间：2019年12月23日至2019年12月27日（5个工作日），名单共3人。",
        "supersedes": None,
    }


def test_a_cancellation_changes_the_notice_and_adds_an_item_that_names_nobody() -> None:
    """S43: the same id, without the name; and what may be said."""
    cancellation, notice = json_items(CANCELLED)
    assert notice["id"] == urn(f"{URN}notice:{NOTICE_ID}")
    assert notice["updated"] == "2019-12-25T14:30:00+08:00"
    assert "名单共2人" in str(notice["summary"])
    assert (cancellation["type"], cancellation["nomination_id"]) == ("取消", str(JIA))
    assert "虚构石化" not in str(cancellation)


@pytest.mark.parametrize("picture", [CANCELLED, ENDED], ids=["during", "after"])
def test_no_feed_knows_the_name_of_the_cancelled(picture: Picture) -> None:
    """S43, P3: in none of the three forms."""
    forms = [
        str(json_items(picture)),
        as_atom(picture).decode(),
        as_datastore(everything(picture, PORTAL)).decode(),
    ]
    assert all("测试甲" not in form for form in forms)


def test_after_the_end_there_are_result_and_decision() -> None:
    """P14: the result takes the place of the notice; the decision is in a column of its own."""
    decision, result, _, notice = json_items(ENDED)
    assert (decision["type"], decision["column"]) == ("决定", "表彰决定")
    assert "GQGJ-2019-001" in str(decision["html"])
    assert (result["type"], result["supersedes"]) == ("结果", notice["id"])


def test_a_row_whose_campaign_or_notice_is_not_there_yet_is_not_told() -> None:
    """A view that is being rebuilt."""
    assert items(replace(ENDED, campaigns=()), PORTAL) == ()
    assert [item.type for item in items(replace(ENDED, notices=()), PORTAL)] == ["决定"]
    assert "决定" not in [item.type for item in items(replace(ENDED, honours=()), PORTAL)]


def test_atom_is_complete_and_in_order() -> None:
    """RFC 4287: id, title and updated of the feed and of each entry."""
    feed = parsed(as_atom(ENDED))
    assert feed.findtext(f"{ATOM}id") == f"{PORTAL}/feed/publicity.atom"
    assert feed.findtext(f"{ATOM}updated") == "2020-01-03T09:00:00+08:00"
    entries = feed.findall(f"{ATOM}entry")
    categories = [entry.find(f"{ATOM}category") for entry in entries]
    assert [c.get("term") for c in categories if c is not None] == ["决定", "结果", "取消", "公示"]
    for entry in entries:
        assert all(entry.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
        content = entry.find(f"{ATOM}content")
        assert content is not None
        assert content.get("type") == "html"
        assert (content.text or "").lstrip().startswith("<p")


def test_an_empty_feed_is_a_feed() -> None:
    """Before the first campaign."""
    assert json_items(EMPTY) == []
    assert parsed(as_atom(EMPTY)).findtext(f"{ATOM}updated")
    assert parsed(as_datastore(())).findtext("totalrecord") == "0"


def test_the_datastore_lists_links_in_cdata() -> None:
    """The form that portals of the jpage kind fetch."""
    written = as_datastore(everything(ENDED, PORTAL))
    store = parsed(written)
    assert store.findtext("totalrecord") == "4"
    records = [record.text or "" for record in store.iter("record")]
    assert len(records) == 4
    assert f'<li><a href="{PORTAL}/announcements/result:{NOTICE_ID}"' in records[1]
    assert f'<li><a href="{PORTAL}/notices/{NOTICE_ID}"' in records[3]
    assert "<span>2019-12-28</span></li>" in records[1]
    assert written.count(b"<![CDATA[<li>") == 4


@pytest.mark.parametrize(
    "text", ["]]><x/>", "\x0b\x00公司", "<b>&amp;</b>", "\ufffe\ud800".strip()]
)
def test_no_text_breaks_the_xml(text: str) -> None:
    """Whatever was released, the XML stays well-formed."""
    sly = replace(LISTED[0], name=text, employer=text)
    picture = replace(DURING, notices=(replace(POSTED, entries=(sly,)),))
    parsed(as_atom(picture))
    parsed(as_datastore(everything(picture, PORTAL)))


def test_a_reader_who_has_the_position_gets_nothing_anew() -> None:
    """RFC 9110: exact, weak, in a list, any; and not an older one."""
    assert unchanged(etag(31), 31)
    assert unchanged(f"W/{etag(31)}", 31)
    assert unchanged(f'"x", {etag(31)}', 31)
    assert unchanged("*", 31)
    assert not unchanged(etag(20), 31)
    assert not unchanged(None, 31)


def test_times_are_those_of_beijing() -> None:
    """However the database's session writes them."""
    in_greenwich = datetime.fromisoformat("2019-12-23T01:00:00+00:00")
    row = replace(DURING.feed[0], published_at=in_greenwich)
    [item] = json_items(replace(DURING, feed=(row,)))
    assert item["pub_date"] == "2019-12-23T09:00:00+08:00"


GROWN = replace(
    ENDED,
    position=60,
    feed=(
        replace(DECISION_ROW, item_id=f"{URN}decision:2", position=60, first_position=60),
        *ENDED.feed,
    ),
)


def read_all(told: tuple[Told, ...], size: int, then: tuple[Told, ...] | None = None) -> list[Told]:
    """A reader who follows `next`; after the first page the feed is `then`."""
    read: list[Told] = []
    before: Cursor | None = None
    while True:
        one = page(told, 0, before=before, size=size)
        read += one.told
        if one.next is None:
            return read
        before, told = Cursor.parse(str(one.next)), then or told


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_who_reads_page_by_page_reads_everything_once_while_more_is_told(size: int) -> None:
    """RFC 5005: a page begins behind an item, not at a number."""
    told, grown = everything(ENDED, PORTAL), everything(GROWN, PORTAL)
    assert [one.urn for one in read_all(told, size)] == [one.urn for one in told]
    assert [one.urn for one in read_all(told, size, grown)] == [one.urn for one in told]
    assert {one.urn for one in page(grown, 60, since=50).told} == {one.urn for one in grown} - {
        one.urn for one in told
    }


def test_a_tombstone_stands_in_every_form_where_the_item_was() -> None:
    """RFC 6721 for Atom; `deleted_at` in JSON; an empty record in the list."""
    gone = replace(NOTICE_ROW, position=61, withdrawn_at=LATER)
    picture = replace(ENDED, position=61, feed=(*ENDED.feed[:3], gone))
    *others, stone = json_items(picture)
    assert len(others) == 3
    assert stone == {
        "id": urn(gone.item_id),
        "type": "公示",
        "campaign_id": str(CAMPAIGN),
        "position": 61,
        "deleted_at": "2020-01-03T09:00:00+08:00",
    }
    deleted = parsed(as_atom(picture)).find("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
    assert deleted is not None
    assert deleted.attrib == {"ref": stone["id"], "when": "2020-01-03T09:00:00+08:00"}
    records = list(parsed(as_datastore(everything(picture, PORTAL))).iter("record"))
    assert [record.text is None for record in records] == [False, False, False, True]


@pytest.mark.parametrize("picture", [EMPTY, DURING, CANCELLED, ENDED, GROWN])
def test_feedparser_and_the_schema_take_every_feed(picture: Picture) -> None:
    """Validators that are not ours."""
    read = feedparser.parse(as_atom(picture))
    assert not read.bozo
    assert [entry.id for entry in read.entries] == [one.urn for one in everything(picture, PORTAL)]
    told = everything(picture, PORTAL)
    for written in (as_datastore(told), as_datastore(told, page=2, perpage=2, until=40)):
        DATASTORE.validate(written.decode())


def test_the_pages_of_the_list_do_not_shift_while_more_is_told() -> None:
    """A reader gives back the position that the first page names."""
    first = parsed(as_datastore(everything(ENDED, PORTAL), page=1, perpage=3))
    recordset = first.find("recordset")
    assert recordset is not None
    until = int(recordset.attrib["until"])
    grown = everything(GROWN, PORTAL)
    second = parsed(as_datastore(grown, page=2, perpage=3, until=until))
    read = [one.text for store in (first, second) for one in store.iter("record")]
    whole = parsed(as_datastore(everything(ENDED, PORTAL)))
    assert read == [one.text for one in whole.iter("record")]
    assert second.findtext("totalrecord") == first.findtext("totalrecord") == "4"


def test_the_date_is_told_once_no_change_of_the_same_second_can_escape_it() -> None:
    """RFC 9110: as strong as the entity tag."""
    assert last_modified(EMPTY, LATER) is None
    assert last_modified(ENDED, LATER + timedelta(seconds=1)) is None
    modified = last_modified(ENDED, LATER + timedelta(seconds=2))
    assert modified == LATER
    assert not_since(http_date(LATER), modified)
    assert not_since(http_date(LATER + timedelta(days=1)), modified)
    assert not not_since(http_date(LATER - timedelta(seconds=1)), modified)
    for broken in (None, "", "yesterday", "2020-01-03"):
        assert not not_since(broken, modified)


HOSTILE = ("<script>alert(1)</script>", "]]><x/>", "\u202e工匠\u202c", '" onload="x', "&lt;b&gt;")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_a_name_everywhere(text: str) -> None:
    """Whatever was released is text: in HTML, in XML, in CDATA, and it comes back as it was."""
    sly = replace(LISTED[0], name=text, employer=text, post=text)
    campaign = replace(DECIDED, configuration=CONFIGURATION.model_copy(update={"honour": text}))
    picture = replace(DURING, campaigns=(campaign,), notices=(replace(POSTED, entries=(sly,)),))
    [item] = json_items(picture)
    soup = BeautifulSoup(str(item["html"]), "html.parser")
    assert not soup(["script", "x", "b"])
    assert not [tag for tag in soup(True) if tag.has_attr("onload")]
    assert text in soup.text
    entry = parsed(as_atom(picture)).find(f"{ATOM}entry")
    assert entry is not None
    assert text in (entry.findtext(f"{ATOM}title") or "")
    [record] = parsed(as_datastore(everything(picture, PORTAL))).iter("record")
    listed = BeautifulSoup(record.text or "", "html.parser")
    assert [tag.name for tag in listed(True)] == ["li", "a", "span"]
    assert text in listed.text
