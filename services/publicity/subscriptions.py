"""The feeds over HTTP: what other portals read, page by page, and once for each change."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse

from services.publicity import feed_forms, feeds, picture
from services.publicity.feeds import Cursor, Page, Told
from services.publicity.picture import Picture
from services.publicity.site import portal_url, shown_now
from shared.web import web_of


@dataclass(frozen=True, slots=True)
class ReadersCopy:
    """What a reader's request tells of the copy that it has already."""

    if_none_match: Annotated[str | None, Header()] = None
    if_modified_since: Annotated[str | None, Header()] = None


Copy = Annotated[ReadersCopy, Depends()]
Since = Annotated[int | None, Query(ge=0, lt=2**63, description="只列出此位置之后的变化")]

MOST = 10**6

router = APIRouter(tags=["portal"])


@router.get("/feed/publicity.json", summary="信息发布（JSON）")
def json_feed(request: Request, copy: Copy, since: Since = None) -> Response:
    """Everything that was told, as it reads now, the newest first; `next` is the following page."""
    return _page(request, copy, _json, None, since)


@router.get("/feed/publicity/before/{cursor}.json", summary="信息发布（JSON）后续页")
def json_page(request: Request, cursor: str, copy: Copy, since: Since = None) -> Response:
    """What was told before the item of the cursor."""
    return _page(request, copy, _json, _cursor(cursor), since)


@router.get("/feed/publicity.atom", summary="信息发布（Atom）")
def atom_feed(request: Request, copy: Copy, since: Since = None) -> Response:
    """The same as Atom 1.0."""
    return _page(request, copy, _atom, None, since)


@router.get("/feed/publicity/before/{cursor}.atom", summary="信息发布（Atom）后续页")
def atom_page(request: Request, cursor: str, copy: Copy, since: Since = None) -> Response:
    """What was told before the item of the cursor."""
    return _page(request, copy, _atom, _cursor(cursor), since)


@router.get("/feed/datastore.xml", summary="信息发布（datastore）")
def datastore_feed(
    request: Request,
    copy: Copy,
    page: Annotated[int, Query(ge=1, le=MOST, description="页码，从1开始")] = 1,
    perpage: Annotated[int | None, Query(ge=1, le=MOST, description="每页条数")] = None,
    until: Annotated[int | None, Query(ge=0, lt=2**63, description="首页给出的位置")] = None,
) -> Response:
    """The list as older portals fetch it, whole or page by page."""

    def write(shown: Picture, url: str) -> Response:
        told = feeds.everything(shown, url)
        body = feed_forms.as_datastore(told, page=page, perpage=perpage, until=until)
        return Response(body, media_type="application/xml")

    return _feed(request, copy, write)


def _json(page: Page, url: str) -> Response:
    return JSONResponse(feed_forms.as_json(page, url))


def _atom(page: Page, url: str) -> Response:
    return Response(feed_forms.as_atom(page, url), media_type="application/atom+xml")


def _cursor(text: str) -> Cursor:
    try:
        return Cursor.parse(text)
    except ValueError as fault:
        raise HTTPException(404) from fault


def _page(
    request: Request,
    copy: ReadersCopy,
    form: Callable[[Page, str], Response],
    before: Cursor | None,
    since: int | None,
) -> Response:
    def write(shown: Picture, url: str) -> Response:
        told: tuple[Told, ...] = feeds.everything(shown, url)
        return form(feeds.page(told, shown.position, before=before, since=since), url)

    return _feed(request, copy, write)


def _feed(
    request: Request,
    copy: ReadersCopy,
    write: Callable[[Picture, str], Response],
) -> Response:
    """A feed, or that nothing has changed since the reader's copy.

    An entity tag decides alone where there is one (RFC 9110, 13.2.2).
    """
    application = web_of(request).application
    with application.reading() as connection:
        position = picture.told(connection)
    if feeds.unchanged(copy.if_none_match, position):
        return Response(status_code=304, headers={"etag": feeds.etag(position)})
    shown = shown_now(request)
    modified = feeds.last_modified(shown, application.clock.now())
    headers = {"etag": feeds.etag(shown.position)}
    if modified is not None:
        headers["last-modified"] = feeds.http_date(modified)
    if copy.if_none_match is None and feeds.not_since(copy.if_modified_since, modified):
        return Response(status_code=304, headers=headers)
    answer = write(shown, portal_url(request))
    answer.headers.update(headers)
    return answer
