"""The portal on paper: announcements and certificates as PDF, for everybody."""

from uuid import UUID

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool

from services.publicity import feeds, paper, picture, stamping
from services.publicity.feeds import Item
from services.publicity.item_ids import OURS
from services.publicity.picture import Picture
from shared.web import web_of
from shared.web.printing import Sheet, public_pdf

router = APIRouter(tags=["paper"])


@router.get("/notices/{notice_id}.pdf", summary="公示（PDF）", response_class=Response)
async def notice(request: Request, notice_id: UUID) -> Response:
    """A notice as an official document."""
    sheet = await run_in_threadpool(_announcement, request, f"notice:{notice_id}")
    return await public_pdf(request, sheet)


@router.get("/announcements/{item_id}.pdf", summary="公告（PDF）", response_class=Response)
async def announcement(request: Request, item_id: str) -> Response:
    """Any item of the feed, by its id, with or without its prefix."""
    sheet = await run_in_threadpool(_announcement, request, item_id)
    return await public_pdf(request, sheet)


@router.get("/campaigns/{campaign_id}/call.pdf", summary="评选通知（PDF）", response_class=Response)
async def call(request: Request, campaign_id: UUID) -> Response:
    """The notice that called for nominations (S4)."""
    sheet = await run_in_threadpool(_call, request, campaign_id)
    return await public_pdf(request, sheet)


@router.get("/certificates/{number}.pdf", summary="荣誉证书（PDF）", response_class=Response)
async def certificate(request: Request, number: str) -> Response:
    """The certificate of an honour that stands; one that was taken back is gone (P15)."""
    sheet = await run_in_threadpool(_certificate, request, number)
    return await public_pdf(request, sheet)


def _announcement(request: Request, item_id: str) -> Sheet:
    application = web_of(request).application
    wanted = OURS + item_id.removeprefix(OURS)
    with application.reading() as connection:
        shown = picture.picture(connection)
        item = _item(shown, wanted, application.settings.portal_url)
        row = next(row for row in shown.feed if row.item_id == wanted)
        posted = shown.notice(row.notice_id) if item.type == "公示" else None
        stamps = (
            ()
            if posted is None
            else stamping.stamps(connection, application.settings.origin, posted.position)
        )
    return paper.announcement(shown, item, stamps)


def _call(request: Request, campaign_id: UUID) -> Sheet:
    with web_of(request).application.reading() as connection:
        shown = picture.picture(connection)
    campaign = shown.campaign(campaign_id)
    if campaign is None:
        raise HTTPException(404)
    return paper.call(campaign)


def _item(shown: Picture, wanted: str, portal_url: str) -> Item:
    for item in feeds.items(shown, portal_url):
        if item.id == wanted:
            return item
    raise HTTPException(404)


def _certificate(request: Request, number: str) -> Sheet:
    application = web_of(request).application
    with application.reading() as connection:
        shown = picture.picture(connection)
    held = (one for one in shown.honours if one.certificate_number == number)
    honour = next(held, None)
    campaign = None if honour is None else shown.campaign(honour.campaign_id)
    if honour is None or campaign is None:
        raise HTTPException(404)
    if honour.standing == "revoked":
        raise HTTPException(410)
    return paper.certificate(campaign, honour, application.settings.portal_url)
