"""The portal for everybody: campaigns, notices, announcements, the honour roll, the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from services.publicity import documents, feeds, picture, stamping
from services.publicity.picture import Campaign, Honour, Notice, Picture
from shared.web import Pages, web_of

HERE = Path(__file__).parent
PAGES = Pages(HERE / "templates", filters=documents.FILTERS)

SITE_ID_CODE = "0000000000"
"""政府网站标识码: given by the registry of government sites; zeros until a site has one."""

router = APIRouter(tags=["portal"])


@dataclass(frozen=True, slots=True)
class Site:
    """What 国办发〔2017〕47号 wants to know of the site on every page."""

    name: str
    domain: str
    id_code: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the selection (S39), as the first page draws it."""

    title: str
    standing: Literal["done", "now", "ahead"]
    note: str


@dataclass(frozen=True, slots=True)
class Overview:
    """A campaign on the first page."""

    campaign: Campaign
    stages: tuple[Stage, ...]
    notices: tuple[Notice, ...]
    honours: tuple[Honour, ...]


def stages(campaign: Campaign, notices: Sequence[Notice], honours: int) -> tuple[Stage, ...]:
    """How far a campaign has come; the first stage that is not done is going on (S39)."""
    configuration = campaign.configuration
    decided = campaign.list_decided_at
    steps = [
        (
            "推荐申报、资格初审、综合评审",
            decided is not None,
            f"申报截止：{documents.beijing_day(configuration.deadline)}",
        ),
        (
            "领导小组审定",
            decided is not None,
            "" if decided is None else f"审定：{documents.beijing_day(decided)}",
        ),
        (
            "社会公示",
            bool(notices) and all(notice.closed_at is not None for notice in notices),
            _window_in_words(notices[0]) if notices else "",
        ),
        (
            f"授予“{configuration.honour}”荣誉称号",
            honours > 0,
            f"已授予{honours}人" if honours else "",
        ),
    ]
    going_on = next((place for place, (_, done, _) in enumerate(steps) if not done), len(steps))
    return tuple(
        Stage(title, "done" if done else "now" if place == going_on else "ahead", note)
        for place, (title, done, note) in enumerate(steps)
    )


def _window_in_words(notice: Notice) -> str:
    opens, closes = (
        documents.chinese_date(notice.opens_on),
        documents.chinese_date(notice.closes_on),
    )
    return f"{opens}至{closes}"


def overviews(picture: Picture) -> tuple[Overview, ...]:
    """Every campaign, the newest first."""
    return tuple(_overview(campaign, picture) for campaign in picture.campaigns)


def _overview(campaign: Campaign, picture: Picture) -> Overview:
    own = tuple(one for one in picture.notices if one.campaign_id == campaign.campaign_id)
    honours = tuple(one for one in picture.honours if one.campaign_id == campaign.campaign_id)
    return Overview(campaign, stages(campaign, own, len(honours)), own, honours)


@router.get("/", response_class=HTMLResponse, summary="门户首页")
def portal(request: Request) -> Response:
    """Campaigns with their stages, notices and honours, and the latest news."""
    shown = shown_now(request)
    return PAGES.show(
        request,
        "portal.html",
        site=site_of(request),
        overviews=overviews(shown),
        addressees=documents.ADDRESSEES,
        purpose=documents.PURPOSE,
        duties=documents.DUTIES,
        title_of=documents.title_of,
        news=feeds.items(shown, portal_url(request)),
    )


@router.get("/notices/{notice_id}", response_class=HTMLResponse, summary="公示")
def notice_page(request: Request, notice_id: UUID) -> Response:
    """A notice in its official form, without whoever was taken off it."""
    shown = shown_now(request)
    notice = shown.notice(notice_id)
    campaign = None if notice is None else shown.campaign(notice.campaign_id)
    if notice is None or campaign is None:
        raise HTTPException(404)
    return PAGES.show(
        request,
        "notice.html",
        site=site_of(request),
        url=f"{portal_url(request)}/notices/{notice_id}",
        published=documents.beijing_minute(notice.published_at),
        source=campaign.configuration.bodies.office,
        document=documents.notice_document(campaign.configuration, notice),
        stamps=_stamps(request, notice.position),
    )


@router.get("/audit/", response_class=HTMLResponse, summary="账本存证与核验", tags=["audit"])
def audit_page(request: Request) -> Response:
    """How anybody checks the ledger, and how far each log is signed and witnessed."""
    application = web_of(request).application
    with application.reading() as connection:
        latest = stamping.latest(connection)
    return PAGES.show(
        request,
        "audit.html",
        site=site_of(request),
        latest=latest,
        addresses={name: application.settings.url_of(name) for name in stamping.LOGS},
    )


@router.get("/notice.css", include_in_schema=False)
def style() -> FileResponse:
    """How official texts look, on paper too."""
    return FileResponse(HERE / "static" / "notice.css", media_type="text/css")


@router.get("/api/notices", summary="公示一览")
def notices(request: Request) -> tuple[Notice, ...]:
    """All notices, the newest first, with those who are still on them."""
    return shown_now(request).notices


@router.get("/api/honours", summary="荣誉一览")
def honours(request: Request) -> tuple[Honour, ...]:
    """All conferred titles."""
    return shown_now(request).honours


def _stamps(request: Request, position: int) -> tuple[stamping.Stamp, ...]:
    with web_of(request).application.reading() as connection:
        return stamping.stamps(connection, web_of(request).application.settings.origin, position)


def shown_now(request: Request) -> Picture:
    """What there is to show."""
    with web_of(request).application.reading() as connection:
        return picture.picture(connection)


def portal_url(request: Request) -> str:
    """Where the portal is, without a slash at the end."""
    return web_of(request).application.settings.portal_url


def site_of(request: Request) -> Site:
    """What every page says of the site."""
    return Site(feeds.TITLE, urlsplit(portal_url(request)).netloc, SITE_ID_CODE)
