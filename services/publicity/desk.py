"""The desk: what waits for whom, recording an objection, and looking at who objects, on record.

For those who deal with objections and revocations.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, cast
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from services.publicity import documents, register, reporters
from services.publicity.facts import facts
from services.publicity.register import ObjectionRow, RevocationRow
from services.publicity.reporters import Reporter, WrittenObjection
from services.publicity.site import PAGES, site_of
from services.publicity.wording import Text
from shared.audit.investigation.facts import PublicityFacts
from shared.messages import Actor
from shared.personal import Vault, vault_of
from shared.web import current_actor, web_of
from shared.web.investigating import StatedPurpose, investigates

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


router = APIRouter(tags=["desk"], lifespan=keeping_the_vault)

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


@router.post("/api/objections", summary="登记异议")
def record_objection(request: Request, actor: CurrentActor, written: WrittenObjection) -> Raised:
    """Record an objection in writing; who objects is sealed before anything is stored (P4)."""
    objection_id = uuid4()
    application = web_of(request).application
    answer = reporters.raise_objection(application, vault(request), objection_id, written, actor)
    return Raised(objection_id=objection_id, position=answer.position, events=answer.events)


@router.post("/api/objections/{objection_id}/reporter", summary="为特定用途查看反映人信息")
def open_reporter(
    request: Request, actor: CurrentActor, objection_id: UUID, opening: OpeningReporter
) -> OpenedReporter:
    """Who objects; the opening is on record before anything is answered (P4)."""
    reporter, answer = reporters.open_reporter(
        web_of(request).application, vault(request), objection_id, opening.purpose, actor
    )
    return OpenedReporter(position=answer.position, reporter=reporter)


@router.post("/audit/facts/{campaign_id}", summary="为查找造假调取全部异议", tags=["audit"])
def campaign_facts(
    request: Request, campaign_id: UUID, asked: StatedPurpose, actor: CurrentActor
) -> PublicityFacts:
    """How far each objection of the campaign came; nobody is told whose it is (P4)."""
    investigates(actor)
    return facts(web_of(request).application, campaign_id)


@router.get("/api/objections", summary="异议台账")
def objections(request: Request, _: Annotated[Actor, Depends(of_objections)]) -> list[ObjectionRow]:
    """All objections with their next step and its last day; what is due first comes first."""
    with web_of(request).application.reading() as connection:
        return register.objections(connection)


@router.get("/api/revocations", summary="撤销台账")
def revocations(request: Request, _: Annotated[Actor, Depends(of_titles)]) -> list[RevocationRow]:
    """All revocations with their next step."""
    with web_of(request).application.reading() as connection:
        return register.revocations(connection)


@router.get("/desk", response_class=HTMLResponse, summary="异议与撤销工作台")
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
        site=site_of(request),
        objections=objected if actor.roles & DEALING_WITH_OBJECTIONS else None,
        revocations=questioned if actor.roles & DEALING_WITH_TITLES else None,
        steps=register.STEPS,
        stages=register.STAGES,
        outcomes=documents.OUTCOMES,
    )


def vault(request: Request) -> Vault:
    """What seals and opens who objects."""
    return cast("Vault", request.app.state.vault)
