"""What the public and other portals get of a whole selection: feeds, static copy, no secret."""

import difflib
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from deploy.local.system import SERVICES
from deploy.operations import site
from deploy.operations.client import eventually
from deploy.operations.demo import FORGED, Demonstration
from deploy.operations.session import Session
from tests.journeys.conftest import Selection
from tests.journeys.witness import SAMPLES

RELEASED = {"name", "sex", "employer", "post", "occupation", "recommender", "organisation"}
"""P3: fields of the form that may be released, and then only of whom they were released."""

SHORTEST = 6
"""A value of fewer characters may stand on a page by chance."""


def address(selection: Selection) -> str:
    """Of the portal."""
    return selection.system.addresses["publicity"]


@pytest.fixture(scope="module")
def visitor(selection: Selection) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address(selection), timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def copy(selection: Selection, visitor: httpx.Client) -> dict[str, bytes]:
    return site.taken(site.asking(address(selection), visitor), address(selection))


# the importer


def test_an_importer_that_only_took_what_changed_has_all_there_is(selection: Selection) -> None:
    """By ETag and `since`, from before the first item on: the same as a first run at the end."""
    importer = selection.importer
    importer.look()
    assert importer.unchanged > 0
    assert not importer.look()
    from_the_start = type(importer)(address(selection))
    with closing(from_the_start):
        from_the_start.look()
    assert importer.shown == from_the_start.shown
    kinds = {item["type"] for item in importer.shown.values()}
    assert kinds >= {"公示", "结果", "取消", "决定"}
    superseded = {item["supersedes"] for item in importer.shown.values()} - {None}
    assert superseded <= importer.shown.keys() | importer.removed


def test_an_importer_shows_the_disqualified_no_more(selection: Selection) -> None:
    """S43: it was given the name once, and the change took it away."""
    name = Demonstration.name(FORGED)
    selection.importer.look()
    assert name in "".join(selection.importer.ever)
    assert name not in str(selection.importer.shown)


def test_the_bus_told_of_every_item_under_ids_of_their_own(selection: Selection) -> None:
    """P3: ids alone."""
    told = [
        message
        for message in selection.messages
        if message.exchange == "publicity.events" and message.routing_key.startswith("portal_item")
    ]
    came = {one.said["item_id"] for one in told if one.routing_key == "portal_item_published"}
    selection.importer.look()
    assert came >= selection.importer.shown.keys()
    everything = [one.id for one in selection.messages if one.exchange == "publicity.events"]
    assert len({one.id for one in told}) == len(
        {json.dumps(one.said) + str(one.id) for one in told}
    )
    assert None not in everything
    assert all(set(one.said) <= {"campaign_id", "item_id", "type", "supersedes"} for one in told)


def test_a_reader_with_a_date_is_spared_what_it_has(visitor: httpx.Client) -> None:
    """RFC 9110: If-Modified-Since, where there is no entity tag."""
    answer = eventually(
        lambda: visitor.get("/feed/publicity.atom"),
        lambda got: "last-modified" in got.headers,
        "a date on the feed",
    )
    again = visitor.get(
        "/feed/publicity.atom", headers={"if-modified-since": answer.headers["last-modified"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    other = {"if-modified-since": answer.headers["last-modified"], "if-none-match": '"other"'}
    assert visitor.get("/feed/publicity.atom", headers=other).status_code == 200


@pytest.mark.parametrize("cursor", ["", "x", "1", "1-", "-1-x", "9" * 40, "1-not-a-uuid"])
def test_a_cursor_that_is_none_is_not_found(visitor: httpx.Client, cursor: str) -> None:
    assert visitor.get(f"/feed/publicity/before/{cursor}.json").status_code == 404


# the copy


def test_the_copy_is_complete_stands_alone_and_is_written_once(
    copy: dict[str, bytes], tmp_path: Path, selection: Selection
) -> None:
    """Pages, feeds, style, evidence; a second export touches nothing; what has gone is removed."""
    assert {"index.html", "audit/index.html", "audit/checkpoint", "audit/policy"} <= copy.keys()
    assert {"feed/publicity.json", "feed/publicity.atom", "feed/datastore.xml"} <= copy.keys()
    assert any(name.startswith("audit/tile/0/") for name in copy)
    assert any(name.startswith("notices/") for name in copy)
    folder = tmp_path / "site"
    first = site.write(copy, folder)
    assert (first.written, first.removed) == (len(copy), 0)
    times = {one: one.stat().st_mtime_ns for one in folder.rglob("*") if one.is_file()}
    again = site.write(copy, folder)
    assert (again.written, again.removed) == (0, 0)
    assert {one: one.stat().st_mtime_ns for one in times} == times
    for page in folder.rglob("*.html"):
        for link in site._LINK.finditer(page.read_text()):
            target = link["target"].partition("#")[0]
            if target and "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / unquote(target)).is_file(), f"{page}: {target}"
    gone = next(name for name in copy if name.startswith("notices/"))
    less = {name: content for name, content in copy.items() if name != gone}
    assert site.write(less, folder).removed == 1
    assert not (folder / gone).exists()


def test_a_rebuilt_view_gives_the_same_bytes(selection: Selection, visitor: httpx.Client) -> None:
    """Everything is a projection: pages and feeds, byte by byte."""
    ask = site.asking(address(selection), visitor)
    paths = [path for path in public(ask, selection) if not path.startswith("/audit")]
    before = {path: ask(path) for path in paths}
    with closing(Session.of(selection.system).client()) as client:
        client.post("publicity", "/views/portal/rebuild", "operator", {})
        eventually(
            lambda: client.get("publicity", "/status", "operator")["rebuilds"],
            lambda asked: not asked,
            "the rebuilt view",
        )
    after = {path: ask(path) for path in paths}
    other = [path for path in paths if after[path] != before[path]]
    assert other == [], difference(before[other[0]].content, after[other[0]].content)


def difference(one: bytes, other: bytes) -> str:
    """The lines that differ, for whoever reads why a test failed."""
    before, after = (said.decode(errors="replace").splitlines() for said in (one, other))
    return "\n".join(line for line in difflib.ndiff(before, after) if not line.startswith(" "))


def public(ask: site.Ask, selection: Selection) -> list[str]:
    """Every address that a visitor can reach."""
    walk = site.Copy(ask, address(selection))
    walk.files()
    return sorted(walk._answers)


# no secret


def secrets(notices: Any) -> dict[str, str]:
    """Personal values of everybody in the selection that may not appear: value -> whose."""
    shown = {entry["nomination_id"] for notice in notices for entry in notice["entries"]}
    names = {entry["name"] for notice in notices for entry in notice["entries"]}
    assert shown
    found: dict[str, str] = {}
    public = json.dumps(notices, ensure_ascii=False)
    for file in sorted(SAMPLES.glob("*.json")):
        data = json.loads(file.read_text())
        form = data.get("data", {}).get("form") if isinstance(data, dict) else None
        if form is None:
            continue
        if form["name"] not in names:
            found[form["name"]] = f"{file.stem}: name"
        for field, value in form.items():
            if field not in RELEASED:
                for one in texts(value):
                    if len(one) >= SHORTEST and one not in public:
                        found[one] = f"{file.stem}: {field}"
    return found


def texts(value: Any) -> Iterator[str]:
    """Every text of a value, but for days: pages are full of days."""
    match value:
        case dict():
            for name, one in value.items():
                if name not in {"from", "to", "date", "material", "kind", "level", "text"}:
                    yield from texts(one)
        case list():
            for one in value:
                yield from texts(one)
        case str():
            yield value
        case _:
            pass


def leaks(public: Mapping[str, bytes], secret: Mapping[str, str]) -> set[tuple[str, str]]:
    """(where, whose) for every value that can be read, as it is or as JSON or HTML escape it."""
    found = set()
    for value, whose in secret.items():
        forms = {value.encode(), json.dumps(value)[1:-1].encode(), ascii(value)[1:-1].encode()}
        found |= {(where, whose) for where, said in public.items() if any(f in said for f in forms)}
    return found


def test_no_byte_of_what_is_public_is_anybodys_secret(
    selection: Selection, visitor: httpx.Client, copy: dict[str, bytes]
) -> None:
    """P3, S47-S49, S58-S61: every page, feed and file, and every header they came with."""
    ask = site.asking(address(selection), visitor)
    everything = dict(copy)
    for path in (*public(ask, selection), "/api/notices", "/api/honours", "/nowhere"):
        answer = visitor.get(path, headers={"accept": "text/html,*/*"})
        everything[path] = answer.content
        everything[f"headers of {path}"] = str(answer.headers.raw).encode()
    secret = secrets(visitor.get("/api/notices").json())
    assert len(secret) > 50
    assert leaks(everything, secret) == set()
    planted = next(iter(secret))
    assert leaks({"planted": f"<p>{planted}</p>".encode()}, secret)
    assert leaks({"planted": json.dumps([planted]).encode()}, secret)


# nothing breaks


@pytest.mark.parametrize("account", [None, "auditor", "office"])
@pytest.mark.parametrize("service", SERVICES)
def test_nothing_that_can_be_asked_breaks_a_service(
    selection: Selection, service: str, account: str | None
) -> None:
    """What the document of the interface allows, and nobody foresaw: never a 5xx."""
    base = selection.system.addresses[service]
    document = httpx.get(f"{base}/openapi.json", timeout=30, trust_env=False).json()
    with closing(Session.of(selection.system).client()) as client:
        token = {} if account is None else {"authorization": f"Bearer {client.token(account)}"}
    schema = schemathesis.openapi.from_dict(document)
    broken: set[str] = set()
    with httpx.Client(base_url=base, timeout=30, trust_env=False) as http:
        for found in schema.get_all_operations():
            assert isinstance(found, Ok), found
            operation = found.ok()
            if account == "office" and operation.method.upper() != "GET":
                continue  # the office may do what other tests of this selection would see

            @given(case=operation.as_strategy())
            @settings(
                max_examples=1,
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            def ask(case: schemathesis.Case[Any]) -> None:
                sent = case.as_transport_kwargs(base_url=base)
                request = httpx.Request(
                    sent["method"],
                    sent["url"],
                    params=sent.get("params"),
                    json=sent.get("json"),
                    headers=token,
                )
                status = http.send(request).status_code
                if status >= 500 and status != 503:
                    broken.add(f"{request.method} {request.url}: {status}")

            ask()
    assert broken == set()
