"""The 推荐表 of a nomination as PDF, with all that is sealed: opened for a purpose, on record.

For the office, whoever verifies, and auditors; a unit gets its copy from the office. It is answered
to whoever asked and kept nowhere.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, cast, get_args
from uuid import UUID

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic_core import from_json

from services.intake.campaign import CAMPAIGN, Unopened
from services.intake.disclosure import VERIFIERS
from services.intake.erasure import ERASURE
from services.intake.erasure import Situation as Erasure
from services.intake.form_paper import ERASED, filled
from services.intake.history import Case
from services.intake.nomination import NOMINATION
from services.intake.opening import Opening, open_parts
from shared.contracts.opened import Parts
from shared.contracts.sealed import Purpose
from shared.contracts.submission import FORM_TITLE
from shared.messages import Actor
from shared.personal import Vault
from shared.web import current_actor, web_of
from shared.web.printing import Sheet, Sheets, personal_pdf

Copy = Literal["office", "unit", "audit"]

COPIES: Mapping[Copy, str] = {
    "office": "办公室存档",
    "unit": "推荐单位留存",
    "audit": "审计查阅",
}
"""Whose copy it is, as its foot says."""

ALL_PARTS: tuple[Purpose, ...] = get_args(Purpose)

SHEETS = Sheets(Path(__file__).parent / "templates", {})

router = APIRouter(tags=["desk"])


@router.post(
    "/desk/nominations/{nomination_id}/form.pdf",
    summary="为特定用途打印推荐表",
    response_class=Response,
)
async def print_form(
    request: Request,
    nomination_id: UUID,
    actor: Annotated[Actor, Depends(current_actor)],
    purpose: Annotated[str, Form()] = "",
    copy_for: Annotated[Copy, Form(alias="copy")] = "office",
) -> Response:
    """The form as it stands; the opening is on record before anything is printed (P3)."""
    if not actor.roles & VERIFIERS:
        raise HTTPException(403)
    sheet = await run_in_threadpool(_form, request, nomination_id, actor, purpose, copy_for)
    return await personal_pdf(request, sheet)


def _form(request: Request, nomination_id: UUID, actor: Actor, purpose: str, copy: Copy) -> Sheet:
    """Open what is not erased, and fill the form in.

    Raises:
        HTTPException: 404, there is no such nomination.
        Refused, ValidationError, Erased: nothing was opened.
    """
    application = web_of(request).application
    vault = cast("Vault", request.app.state.vault)
    opening = Opening.model_validate({"purpose": purpose, "fields": ALL_PARTS})
    stream = list(application.log.load([NOMINATION.stream(nomination_id)]))
    case = Case.read(stream)
    if case is None:
        raise HTTPException(404)
    batch = application.log.batch()
    erasure: Erasure = batch.state(ERASURE, nomination_id)
    left = [part for part in ALL_PARTS if part not in erasure.gone]
    opened: dict[Purpose, str] = {}
    record = None
    if left:
        opened, answer = open_parts(application, vault, case.received, actor, opening.purpose, left)
        record = answer.position
    parts = Parts.model_validate({part: from_json(text) for part, text in opened.items()})
    campaign = batch.state(CAMPAIGN, case.received.campaign_id)
    office = "" if isinstance(campaign, Unopened) else campaign.configuration.bodies.office
    return SHEETS.compose(
        "paper_form.html",
        f"推荐表（{nomination_id}）",
        title=FORM_TITLE,
        form=filled(stream, parts, office, office.removesuffix("办公室")),
        erased=ERASED,
        nomination_id=nomination_id,
        copy=COPIES[copy],
        purpose=opening.purpose,
        reader=actor,
        record=record,
        created=stream[0].at,
        modified=stream[-1].at,
    )
