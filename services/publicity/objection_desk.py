"""What was handed in with an objection: for those who deal with it, for a purpose (P4)."""

from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from services.publicity import uploads
from services.publicity.enclosures import OpenDocument
from services.publicity.objecting import Enclosed, NotRaised, ObjectionSupplemented, Situation
from services.publicity.objection import OBJECTION
from services.publicity.sniffing import NAMES, TITLES
from services.publicity.visitors import PAGES
from shared.messages import Actor, NotEntitled
from shared.personal import Erased, Vault
from shared.web import current_actor, web_of

DEALING = frozenset({"office", "desk", "investigator", "auditor"})

CurrentActor = Annotated[Actor, Depends(current_actor)]

router = APIRouter(tags=["desk"])


@router.get("/desk/objections/{objection_id}", response_class=HTMLResponse, summary="异议材料一览")
def documents(request: Request, objection_id: UUID, actor: CurrentActor) -> Response:
    """Which documents there are; none of them is shown here."""
    if not actor.roles & DEALING:
        raise HTTPException(403)
    enclosed, state = _enclosed(request, objection_id)
    if isinstance(state, NotRaised):
        raise HTTPException(404)
    return PAGES.show(
        request,
        "objection_documents.html",
        objection_id=objection_id,
        enclosed=enclosed,
        titles=TITLES,
        may=bool(actor.roles & OpenDocument.may),
        erased=state.facts.erasure != "none",
    )


@router.post(
    "/desk/objections/{objection_id}/documents/{sha256}",
    summary="为特定用途下载异议材料",
    response_class=StreamingResponse,
)
def document(
    request: Request,
    objection_id: UUID,
    sha256: str,
    actor: CurrentActor,
    purpose: Annotated[str, Form()] = "",
) -> Response:
    """The document as a download; that it was opened is on record before its first byte leaves."""
    if not actor.roles & OpenDocument.may:
        raise NotEntitled(OpenDocument)
    application = web_of(request).application
    asked = {"sha256": sha256, "purpose": purpose.strip()}
    application.execute(OBJECTION.name, objection_id, OpenDocument.name, asked, actor)
    enclosed, state = _enclosed(request, objection_id)
    if isinstance(state, NotRaised) or state.facts.erasure != "none":
        raise Erased  # from the request on, and also with a key out of a backup
    one = next(one for one in enclosed if one.sha256 == sha256)
    vault = cast("Vault", request.app.state.vault)
    name = f"objection-{sha256[:12]}{NAMES[one.kind][0]}"
    return StreamingResponse(
        uploads.opened(application, vault, objection_id, sha256),
        media_type="application/octet-stream",
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "content-length": str(one.size),
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
        },
    )


def _enclosed(request: Request, objection_id: UUID) -> tuple[list[Enclosed], Situation]:
    told = list(web_of(request).application.log.load([OBJECTION.stream(objection_id)]))
    enclosed = [
        one
        for recorded in told
        if isinstance(recorded.event, ObjectionSupplemented)
        for one in recorded.event.enclosed
    ]
    state: Situation = OBJECTION.fold([recorded.event for recorded in told])
    return enclosed, state
