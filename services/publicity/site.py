"""The portal for everybody: campaigns, notices, announcements, the honour roll, the ledger.

Each page is made from the tables as they stand and from the business day, and from nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import FileResponse, HTMLResponse

from services.publicity import documents, drawing, feeds, picture, stamping
from services.publicity.countdown import Countdown, countdown
from services.publicity.drawing import Standing
from services.publicity.feeds import Item
from services.publicity.item_ids import OURS, of_notice
from services.publicity.picture import Campaign, Honour, Notice, Picture
from shared.calendar import BEIJING, beijing_date
from shared.web import Pages, web_of

HERE = Path(__file__).parent
PAGES = Pages(HERE / "templates", filters=documents.FILTERS)

NEWS = 8
"""How many announcements the first page shows."""

router = APIRouter(tags=["portal"])


@dataclass(frozen=True, slots=True)
class Site:
    """What 国办发〔2017〕47号 wants to know of the site on every page."""

    name: str
    domain: str
    id_code: str
    operator: str
    icp: str
    police: str


@dataclass(frozen=True, slots=True)
class Column:
    """What it wants to know of a column, on its page and on those of its articles."""

    name: str
    path: str
    description: str
    keywords: str


@dataclass(frozen=True, slots=True)
class Article:
    """What it wants to know of an article, and what the table above its text says."""

    title: str
    summary: str
    index: str
    published: str
    source: str
    number: str
    url: str
    keywords: str
    valid: str = ""


ANNOUNCEMENTS = Column(
    "公告公示", "/notices", "“港区工匠”评选的公示、更正、结果与取消资格公告", "港区工匠,评选,公示"
)
DECISIONS = Column(
    "表彰决定", "/honours", "授予、撤销“港区工匠”荣誉称号的决定与荣誉榜", "港区工匠,授予,荣誉榜"
)
CALLS = Column("评选通知", "/", "“港区工匠”评选活动的通知与进展", "港区工匠,评选,通知")
LEDGER = Column("账本核验", "/audit/", "评选记录的存证、检查点与核验方法", "存证,核验,透明日志")


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the selection (S39), as the pages draw it."""

    title: str
    standing: Standing
    note: str


@dataclass(frozen=True, slots=True)
class Posted:
    """A notice and how long it stands."""

    notice: Notice
    countdown: Countdown


@dataclass(frozen=True, slots=True)
class Overview:
    """A campaign with what has come of it."""

    campaign: Campaign
    stages: tuple[Stage, ...]
    posted: tuple[Posted, ...]
    honours: tuple[Honour, ...]
    line: drawing.Timeline
    funnel: drawing.Funnel


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


def overviews(shown: Picture, today: date) -> tuple[Overview, ...]:
    """Every campaign, the newest first."""
    return tuple(overview(campaign, shown, today) for campaign in shown.campaigns)


def overview(campaign: Campaign, shown: Picture, today: date) -> Overview:
    """One campaign."""
    own = tuple(one for one in shown.notices if one.campaign_id == campaign.campaign_id)
    honours = tuple(one for one in shown.honours if one.campaign_id == campaign.campaign_id)
    course = stages(campaign, own, len(honours))
    period = campaign.configuration.notice
    return Overview(
        campaign,
        course,
        tuple(Posted(notice, countdown(notice, period, today)) for notice in own),
        honours,
        drawing.timeline([stage.standing for stage in course]),
        drawing.funnel(campaign, own, honours),
    )


def by_year(honours: Sequence[Honour]) -> dict[int, tuple[Honour, ...]]:
    """The titles by the year in Beijing in which they were conferred, the latest first."""
    years = sorted({beijing_date(one.conferred_at).year for one in honours}, reverse=True)
    return {
        year: tuple(one for one in honours if beijing_date(one.conferred_at).year == year)
        for year in years
    }


@router.get("/", response_class=HTMLResponse, summary="门户首页")
def portal(request: Request) -> Response:
    """Campaigns with their stages, notices and honours, and the latest news."""
    shown, today = shown_now(request), today_of(request)
    return show(
        request,
        "portal.html",
        shown,
        overviews=overviews(shown, today),
        today=today,
        addressees=documents.ADDRESSEES,
        purpose=documents.PURPOSE,
        duties=documents.DUTIES,
        title_of=documents.title_of,
        news=feeds.items(shown, portal_url(request))[:NEWS],
        path_of=path_of,
    )


@router.get("/campaigns/{campaign_id:uuid}", response_class=HTMLResponse, summary="评选活动")
def campaign_page(request: Request, campaign_id: UUID) -> Response:
    """A campaign: where it stands, how many there are at each step, and what was told."""
    shown, today = shown_now(request), today_of(request)
    told = feeds.items(shown, portal_url(request))
    return show(
        request,
        "campaign.html",
        shown,
        column=CALLS,
        overview=overview(_campaign(shown, campaign_id), shown, today),
        today=today,
        title_of=documents.title_of,
        news=[one for one in told if one.campaign_id == campaign_id],
        path_of=path_of,
    )


@router.get("/campaigns/{campaign_id:uuid}/call", response_class=HTMLResponse, summary="评选通知")
def call_page(request: Request, campaign_id: UUID) -> Response:
    """The notice that called for nominations, which is for everybody to read (S4)."""
    shown = shown_now(request)
    campaign = _campaign(shown, campaign_id)
    configuration = campaign.configuration
    document = documents.call_document(configuration)
    return show(
        request,
        "article.html",
        shown,
        column=CALLS,
        article=Article(
            title=document.title,
            summary=document.summary,
            index="",
            published=f"{configuration.issued_on.isoformat()} 00:00",
            source=configuration.bodies.issuer,
            number=configuration.document_number,
            url=f"{portal_url(request)}/campaigns/{campaign_id}/call",
            keywords=CALLS.keywords,
        ),
        document=document,
        campaign=campaign,
        red_head=f"{configuration.bodies.issuer}文件",
        replaces=(),
        replaced_by=(),
        posted=None,
        stamps=(),
        path_of=path_of,
    )


@router.get("/notices", response_class=HTMLResponse, summary="公告公示")
def notices_page(request: Request) -> Response:
    """Everything that was announced, the newest first, and how long the notices still stand."""
    shown, today = shown_now(request), today_of(request)
    told = feeds.items(shown, portal_url(request))
    posted = [one for each in overviews(shown, today) for one in each.posted]
    return show(
        request,
        "notices.html",
        shown,
        column=ANNOUNCEMENTS,
        told=told,
        countdowns={str(one.notice.notice_id): one.countdown for one in posted},
        path_of=path_of,
    )


@router.get("/notices/{notice_id:uuid}", response_class=HTMLResponse, summary="公示")
def notice_page(request: Request, notice_id: UUID) -> Response:
    """A notice in its official form, without whoever was taken off it."""
    shown = shown_now(request)
    return _article(request, shown, of_notice(notice_id))


@router.get("/announcements/{item}", response_class=HTMLResponse, summary="公告")
def announcement_page(request: Request, item: str) -> Response:
    """A correction, an extension, a result, a cancellation, a decision or a revocation."""
    return _article(request, shown_now(request), f"{OURS}{item}")


@router.get("/honours", response_class=HTMLResponse, summary="荣誉榜")
def honours_page(request: Request) -> Response:
    """All years."""
    shown = shown_now(request)
    years = by_year(shown.honours)
    return show(request, "honours.html", shown, column=DECISIONS, years=years, chosen=None)


@router.get("/honours/{year:int}", response_class=HTMLResponse, summary="荣誉榜（按年度）")
def honours_of_a_year(request: Request, year: int) -> Response:
    """Who was honoured in one year."""
    shown = shown_now(request)
    years = by_year(shown.honours)
    if year not in years:
        raise HTTPException(404)
    return show(request, "honours.html", shown, column=DECISIONS, years=years, chosen=year)


@router.get("/audit/", response_class=HTMLResponse, summary="账本存证与核验", tags=["audit"])
def audit_page(request: Request) -> Response:
    """How anybody checks the ledger, how far each log is signed, and a form that works offline."""
    application = web_of(request).application
    with application.reading() as connection:
        latest = stamping.latest(connection)
    policy = application.settings.audit_policy
    return PAGES.show(
        request,
        "audit.html",
        site=site_of(request),
        column=LEDGER,
        latest=latest,
        policy="" if policy is None else policy.read_text("utf-8"),
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


def _article(request: Request, shown: Picture, item_id: str) -> Response:
    """An item on a page of its own, with what it replaces and what has replaced it."""
    told = feeds.items(shown, portal_url(request))
    item = next((one for one in told if one.id == item_id), None)
    row = next((one for one in shown.feed if one.item_id == item_id), None)
    if row is not None and row.withdrawn_at is not None:
        raise HTTPException(410)
    if item is None or row is None:
        raise HTTPException(404)
    campaign = _campaign(shown, item.campaign_id)
    notice = shown.notice(row.notice_id)
    posted = None
    if notice is not None and item.type == "公示":
        standing = countdown(notice, campaign.configuration.notice, today_of(request))
        posted = Posted(notice, standing)
    bodies = campaign.configuration.bodies
    decided = item.type in ("决定", "撤销")
    return show(
        request,
        "article.html",
        shown,
        column=DECISIONS if decided else ANNOUNCEMENTS,
        article=Article(
            title=item.document.title,
            summary=item.document.summary,
            index=item.index_number,
            published=documents.beijing_minute(item.published_at),
            source=bodies.conferring_body if decided else bodies.office,
            number=_number_of(item, shown) if decided else "",
            url=item.url,
            keywords=f"港区工匠,评选结果,{item.type}",
            valid=_window_in_words(notice) if posted is not None and notice is not None else "",
        ),
        document=item.document,
        campaign=campaign,
        red_head="",
        replaces=[one for one in told if one.urn == item.supersedes]
        or [one for one in told if _about(one, notice) and item.type == "取消"],
        replaced_by=[one for one in told if one.supersedes == item.urn]
        + [one for one in told if posted is not None and _cancels(one, shown, notice)],
        posted=posted,
        stamps=_stamps(request, notice.position) if posted is not None and notice else (),
        path_of=path_of,
    )


def _about(item: Item, notice: Notice | None) -> bool:
    """Whether the item is this notice itself."""
    return notice is not None and item.id == of_notice(notice.notice_id)


def _cancels(item: Item, shown: Picture, notice: Notice | None) -> bool:
    """Whether the item tells that somebody was taken off this notice for fraud (S43)."""
    if item.type != "取消" or notice is None:
        return False
    return any(row.item_id == item.id and row.notice_id == notice.notice_id for row in shown.feed)


def _number_of(item: Item, shown: Picture) -> str:
    """文号 of a decision."""
    row = next(one for one in shown.feed if one.item_id == item.id)
    if row.decision_number is not None:
        return row.decision_number
    held = (one for one in shown.honours if one.nomination_id == item.nomination_id)
    honour = next(held, None)
    return (honour.revocation_number or "") if honour is not None else ""


def _campaign(shown: Picture, campaign_id: UUID) -> Campaign:
    campaign = shown.campaign(campaign_id)
    if campaign is None:
        raise HTTPException(404)
    return campaign


def _stamps(request: Request, position: int) -> tuple[stamping.Stamp, ...]:
    with web_of(request).application.reading() as connection:
        return stamping.stamps(connection, web_of(request).application.settings.origin, position)


def show(request: Request, template: str, shown: Picture, **context: Any) -> Response:
    """A page of the portal; it was changed when something was last told, or when a day began."""
    changed = max((row.updated_at for row in shown.feed), default=None)
    headers = {}
    if changed is not None:
        morning = datetime.combine(today_of(request), time(), BEIJING)
        newest = max(changed, morning).astimezone(UTC)
        headers["last-modified"] = format_datetime(newest, usegmt=True)
    return PAGES.show(request, template, headers=headers, site=site_of(request), **context)


def shown_now(request: Request) -> Picture:
    """What there is to show."""
    with web_of(request).application.reading() as connection:
        return picture.picture(connection)


def today_of(request: Request) -> date:
    """The business day in Beijing."""
    return beijing_date(web_of(request).application.clock.now())


def path_of(item: Item) -> str:
    """Where the page of an item is on this site."""
    return urlsplit(item.url).path


def portal_url(request: Request) -> str:
    """Where the portal is, without a slash at the end."""
    return web_of(request).application.settings.portal_url


def site_of(request: Request) -> Site:
    """What every page says of the site."""
    settings = web_of(request).application.settings
    return Site(
        name=feeds.TITLE,
        domain=urlsplit(settings.portal_url).netloc,
        id_code=settings.site_id_code,
        operator=settings.site_operator,
        icp=settings.site_icp,
        police=settings.site_police,
    )
