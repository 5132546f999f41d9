"""The portal: the first page, the notices, the feeds, and the same as JSON; and the office's desk.

The portal is for everybody, and nobody logs in. The desk is for those who deal with objections and
revocations: what waits for whom, recording an objection, and looking at who objects, on record.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, cast
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from pydantic import BaseModel

from services.publicity import (
    documents,
    feeds,
    objection_desk,
    objection_status,
    objections_page,
    picture,
    register,
    reporters,
    stamping,
)
from services.publicity.facts import facts
from services.publicity.picture import Campaign, Honour, Notice, Picture
from services.publicity.register import ObjectionRow, RevocationRow
from services.publicity.reporters import Reporter, WrittenObjection
from services.publicity.wording import Text
from shared.audit.investigation.facts import PublicityFacts
from shared.messages import Actor
from shared.personal import Vault, vault_of
from shared.web import Pages, current_actor, web_of
from shared.web.investigating import StatedPurpose, investigates

HERE = Path(__file__).parent
PAGES = Pages(HERE / "templates", filters=documents.FILTERS)

SITE_ID_CODE = "0000000000"
"""政府网站标识码: given by the registry of government sites; zeros until a site has one."""

IfNoneMatch = Annotated[str | None, Header()]

DEALING_WITH_OBJECTIONS = frozenset({"office", "desk", "investigator", "auditor"})
"""P4: neither panel nor leading group nor anybody else sees the register of objections."""

DEALING_WITH_TITLES = frozenset({"office", "leading_group", "committee", "auditor"})
"""Who takes part in a revocation (P15)."""


@asynccontextmanager
async def keeping_the_vault(app: FastAPI) -> AsyncIterator[None]:
    """What seals and opens who objects, for this process."""
    app.state.vault = vault_of(app.state.web.application.settings)
    try:
        yield
    finally:
        app.state.vault.close()


router = APIRouter(tags=["portal"], lifespan=keeping_the_vault)
for objecting_pages in (objections_page, objection_status, objection_desk):
    router.include_router(objecting_pages.router)


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
    shown = _picture(request)
    return PAGES.show(
        request,
        "portal.html",
        site=_site(request),
        overviews=overviews(shown),
        addressees=documents.ADDRESSEES,
        purpose=documents.PURPOSE,
        duties=documents.DUTIES,
        title_of=documents.title_of,
        news=feeds.items(shown, _portal_url(request)),
    )


@router.get("/notices/{notice_id}", response_class=HTMLResponse, summary="公示")
def notice_page(request: Request, notice_id: UUID) -> Response:
    """A notice in its official form, without whoever was taken off it."""
    shown = _picture(request)
    notice = shown.notice(notice_id)
    campaign = None if notice is None else shown.campaign(notice.campaign_id)
    if notice is None or campaign is None:
        raise HTTPException(404)
    return PAGES.show(
        request,
        "notice.html",
        site=_site(request),
        url=f"{_portal_url(request)}/notices/{notice_id}",
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
        site=_site(request),
        latest=latest,
        addresses={name: application.settings.url_of(name) for name in stamping.LOGS},
    )


@router.get("/notice.css", include_in_schema=False)
def style() -> FileResponse:
    """How official texts look, on paper too."""
    return FileResponse(HERE / "static" / "notice.css", media_type="text/css")


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


@router.get("/api/notices", summary="公示一览")
def notices(request: Request) -> tuple[Notice, ...]:
    """All notices, the newest first, with those who are still on them."""
    return _picture(request).notices


@router.get("/api/honours", summary="荣誉一览")
def honours(request: Request) -> tuple[Honour, ...]:
    """All conferred titles."""
    return _picture(request).honours


# the desk

CurrentActor = Annotated[Actor, Depends(current_actor)]


def of_objections(actor: CurrentActor) -> Actor:
    """Somebody who deals with objections.

    Raises:
        HTTPException: 403, for everybody else.
    """
    if not actor.roles & DEALING_WITH_OBJECTIONS:
        raise HTTPException(403)
    return actor


def of_titles(actor: CurrentActor) -> Actor:
    """Somebody who takes part in a revocation.

    Raises:
        HTTPException: 403, for everybody else.
    """
    if not actor.roles & DEALING_WITH_TITLES:
        raise HTTPException(403)
    return actor


class Raised(BaseModel):
    """The objection that was recorded, and the position of the event that says so."""

    objection_id: UUID
    position: int
    events: tuple[str, ...]


class OpeningReporter(BaseModel):
    """What the identity of the reporter is needed for."""

    purpose: Text


class OpenedReporter(BaseModel):
    """Who objects, and the position of the event that says who looked."""

    position: int
    reporter: Reporter


@router.post("/api/objections", summary="登记异议", tags=["desk"])
def record_objection(request: Request, actor: CurrentActor, written: WrittenObjection) -> Raised:
    """Record an objection in writing; who objects is sealed before anything is stored (P4)."""
    objection_id = uuid4()
    application = web_of(request).application
    answer = reporters.raise_objection(application, _vault(request), objection_id, written, actor)
    return Raised(objection_id=objection_id, position=answer.position, events=answer.events)


@router.post(
    "/api/objections/{objection_id}/reporter", summary="为特定用途查看反映人信息", tags=["desk"]
)
def open_reporter(
    request: Request, actor: CurrentActor, objection_id: UUID, opening: OpeningReporter
) -> OpenedReporter:
    """Who objects; the opening is on record before anything is answered (P4)."""
    reporter, answer = reporters.open_reporter(
        web_of(request).application, _vault(request), objection_id, opening.purpose, actor
    )
    return OpenedReporter(position=answer.position, reporter=reporter)


@router.post("/audit/facts/{campaign_id}", summary="为查找造假调取全部异议", tags=["audit"])
def campaign_facts(
    request: Request, campaign_id: UUID, asked: StatedPurpose, actor: CurrentActor
) -> PublicityFacts:
    """How far each objection of the campaign came; nobody is told whose it is (P4)."""
    investigates(actor)
    return facts(web_of(request).application, campaign_id)


@router.get("/api/objections", summary="异议台账", tags=["desk"])
def objections(request: Request, _: Annotated[Actor, Depends(of_objections)]) -> list[ObjectionRow]:
    """All objections with their next step and its last day; what is due first comes first."""
    with web_of(request).application.reading() as connection:
        return register.objections(connection)


@router.get("/api/revocations", summary="撤销台账", tags=["desk"])
def revocations(request: Request, _: Annotated[Actor, Depends(of_titles)]) -> list[RevocationRow]:
    """All revocations with their next step."""
    with web_of(request).application.reading() as connection:
        return register.revocations(connection)


@router.get("/desk", response_class=HTMLResponse, summary="异议与撤销工作台", tags=["desk"])
def desk(request: Request, actor: CurrentActor) -> Response:
    """What waits for whom; each sees what the role deals with (P4, P15)."""
    if not actor.roles & (DEALING_WITH_OBJECTIONS | DEALING_WITH_TITLES):
        raise HTTPException(403)
    with web_of(request).application.reading() as connection:
        objected = register.objections(connection)
        questioned = register.revocations(connection)
    return PAGES.show(
        request,
        "desk.html",
        site=_site(request),
        objections=objected if actor.roles & DEALING_WITH_OBJECTIONS else None,
        revocations=questioned if actor.roles & DEALING_WITH_TITLES else None,
        steps=register.STEPS,
        stages=register.STAGES,
        outcomes=documents.OUTCOMES,
    )


def _vault(request: Request) -> Vault:
    return cast("Vault", request.app.state.vault)


def _feed(
    request: Request, if_none_match: str | None, write: Callable[[Picture, str], Response]
) -> Response:
    """A feed, or that nothing has changed since the reader's copy."""
    with web_of(request).application.reading() as connection:
        position = picture.told(connection)
    if feeds.unchanged(if_none_match, position):
        return Response(status_code=304, headers={"etag": feeds.etag(position)})
    shown = _picture(request)
    answer = write(shown, _portal_url(request))
    answer.headers["etag"] = feeds.etag(shown.position)
    return answer


def _stamps(request: Request, position: int) -> tuple[stamping.Stamp, ...]:
    with web_of(request).application.reading() as connection:
        return stamping.stamps(connection, web_of(request).application.settings.origin, position)


def _picture(request: Request) -> Picture:
    with web_of(request).application.reading() as connection:
        return picture.picture(connection)


def _portal_url(request: Request) -> str:
    return web_of(request).application.settings.portal_url


def _site(request: Request) -> Site:
    return Site(feeds.TITLE, urlsplit(_portal_url(request)).netloc, SITE_ID_CODE)
