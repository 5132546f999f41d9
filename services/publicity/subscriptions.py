"""The feeds over HTTP: what other portals read, once for each change."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse

from services.publicity import feeds, picture
from services.publicity.picture import Picture
from services.publicity.site import portal_url, shown_now
from shared.web import web_of

IfNoneMatch = Annotated[str | None, Header()]

router = APIRouter(tags=["portal"])


@router.get("/feed/publicity.json", summary="信息发布（JSON）")
def json_feed(request: Request, if_none_match: IfNoneMatch = None) -> Response:
    """Everything that was told, as it reads now."""

    def write(shown: Picture, url: str) -> Response:
        told = feeds.items(shown, url)
        return JSONResponse(feeds.as_json(told, shown.position, url))

    return _feed(request, if_none_match, write)


@router.get("/feed/publicity.atom", summary="信息发布（Atom）")
def atom_feed(request: Request, if_none_match: IfNoneMatch = None) -> Response:
    """The same as Atom 1.0."""

    def write(shown: Picture, url: str) -> Response:
        return Response(
            feeds.as_atom(feeds.items(shown, url), url), media_type="application/atom+xml"
        )

    return _feed(request, if_none_match, write)


@router.get("/feed/datastore.xml", summary="信息发布（datastore）")
def datastore_feed(request: Request, if_none_match: IfNoneMatch = None) -> Response:
    """The list as older portals fetch it."""

    def write(shown: Picture, url: str) -> Response:
        return Response(feeds.as_datastore(feeds.items(shown, url)), media_type="application/xml")

    return _feed(request, if_none_match, write)


def _feed(
    request: Request, if_none_match: str | None, write: Callable[[Picture, str], Response]
) -> Response:
    """A feed, or that nothing has changed since the reader's copy."""
    with web_of(request).application.reading() as connection:
        position = picture.told(connection)
    if feeds.unchanged(if_none_match, position):
        return Response(status_code=304, headers={"etag": feeds.etag(position)})
    shown = shown_now(request)
    answer = write(shown, portal_url(request))
    answer.headers["etag"] = feeds.etag(shown.position)
    return answer
