"""The public form for an objection (P4): written, kept as a draft, sent, and its receipt.

Every step is a page and a form: nothing needs JavaScript, a form that fails comes back filled, and
a form that is sent twice is one objection with one receipt.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from services.publicity import drafts, lodging, receipts, reporters, uploads
from services.publicity.drafts import Draft
from services.publicity.lodging import Fault, Filled
from services.publicity.objecting import ObjectionRaised
from services.publicity.objection import OBJECTION, AlreadyRaised
from services.publicity.picture import Notice, picture
from services.publicity.reporters import WrittenObjection
from services.publicity.visitors import (
    VISITOR,
    Visit,
    forgetting,
    received,
    refused,
    show,
    take,
    too_many,
    visit,
)
from shared.messages import Recorded, Refused

STYLE = Path(__file__).parent / "static" / "objections.css"
FORM = "draft"

router = APIRouter(tags=["objections"], lifespan=forgetting)


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody who is posted, and the notice on which they are."""

    nomination_id: UUID
    campaign_id: UUID
    name: str
    employer: str
    notice: Notice
    over: bool


@router.get("/objections/new", response_class=HTMLResponse, summary="提出异议")
def form(request: Request, nomination: Annotated[str, Query(max_length=36)] = "") -> Response:
    """An empty form; nothing is stored before it is sent."""
    visited = visit(request)
    draft = Draft(drafts.new_secret(), Filled(nomination_id=nomination))
    # nothing of anybody is on it yet: the way back may show it again, with what was typed
    return _form(visited, draft, headers={"cache-control": "private, no-cache"})


@router.post("/objections/new", include_in_schema=False)
async def send(request: Request) -> Response:
    """Save the draft or send it; whatever is wrong, the form comes back filled."""
    visited = await run_in_threadpool(visit, request)
    sent, seconds = await received(visited)
    try:
        return await run_in_threadpool(_sent, visited, sent, seconds)
    finally:
        sent.close()


@router.get("/objections.css", include_in_schema=False)
def style() -> FileResponse:
    """How the form and the receipt look."""
    return FileResponse(STYLE, media_type="text/css")


def _sent(visited: Visit, sent: uploads.Sent, seconds: int) -> Response:
    carried = drafts.read(visited.keys, FORM, sent.fields.get("draft", ""), visited.browser)
    filled = Filled.of(sent.fields)
    secret = drafts.new_secret() if carried is None else carried.secret
    before = _before(visited, secret)
    if before is not None and carried is not None:
        if before.sha256 == _digest(secret, filled):
            return _receipt(visited, secret)
        secret = drafts.new_secret()  # what is written now is another objection
    draft, faults = _written(visited, sent, replace(_known(visited, secret), filled=filled))
    if not filled.empty or draft.files:
        drafts.save(visited.application, visited.keys, draft)
    if seconds:
        kept = "您填写的内容已保留在下面，本次选择的文件没有保存。"
        wait = {"retry-after": str(seconds)}
        return _form(visited, draft, [too_many(seconds, kept)], status=429, headers=wait)
    if carried is None or not carried.fresh:
        over = "表单已超时或并非由本浏览器打开，尚未提交。内容已保留，请核对后再次提交。"
        return _form(visited, draft, [Fault("", "P4", over), *faults], status=409)
    if before is not None:
        again = "此前的表单已作为一件异议提交。下面的内容与之不同：如需另提一件，请核对后提交。"
        return _form(visited, draft, [Fault("", "P4", again), *faults], status=409)
    if sent.fields.get("action") == "save":
        return _form(visited, draft, faults, status=422 if faults else 200, saved=not faults)
    return _lodged(visited, draft, faults)


def _known(visited: Visit, secret: bytes) -> Draft:
    return drafts.load(visited.application, visited.keys, secret)


def _before(visited: Visit, secret: bytes) -> ObjectionRaised | None:
    """What this draft has become already."""
    stream = OBJECTION.stream(drafts.objection_id(visited.keys, secret))
    first: Recorded | None = next(iter(visited.application.log.load([stream])), None)
    return first.event if first and isinstance(first.event, ObjectionRaised) else None


def _written(visited: Visit, sent: uploads.Sent, draft: Draft) -> tuple[Draft, list[Fault]]:
    """The draft with the files that came now, and without those that are taken out of it."""
    dropped = set(sent.choices.get("drop", ()))
    files = [(one, name) for one, name in draft.files if one.sha256 not in dropped]
    taken, faults = take(
        visited,
        sent,
        drafts.objection_id(visited.keys, draft.secret),
        [one.sha256 for one, _ in files],
        uploads.MOST_FILES,
        lambda sha256: drafts.file_key(visited.keys, draft.secret, sha256),
    )
    return replace(draft, files=(*files, *taken)), faults


def _lodged(visited: Visit, draft: Draft, faults: list[Fault]) -> Response:
    """P4: recorded whenever it comes; what is late the office declines."""
    choices = {str(one.nomination_id): one for one in _choices(visited)}
    parts = [one.part for one in draft.enclosed]
    posted = frozenset(one.nomination_id for one in choices.values())
    faults = [*lodging.faults(draft.filled, parts, posted), *faults]
    if faults:
        return _form(visited, draft, faults, status=422)
    try:
        _raise(visited, draft, choices[draft.filled.nomination_id])
    except AlreadyRaised:  # the other of two clicks was faster
        return _receipt(visited, draft.secret)
    except (Refused, ValidationError) as refusal:
        return _form(visited, draft, [refused(refusal)], status=409)
    drafts.drop(visited.application, visited.keys, draft.secret)
    return _receipt(visited, draft.secret)


def _raise(visited: Visit, draft: Draft, choice: Choice) -> None:
    """The code and the keys first: from the moment it is on record everything is there."""
    application, vault, keys = visited.application, visited.vault, visited.keys
    key = drafts.objection_id(keys, draft.secret)
    written = WrittenObjection.model_validate(
        {
            **draft.filled.as_dict(),
            "campaign_id": choice.campaign_id,
            "signed": True,
            "sha256": _digest(draft.secret, draft.filled),
        }
    )
    receipts.note(application, keys, keys.code(draft.secret), key)
    if draft.files:
        vault.ensure_keys((key,))
    for one in draft.enclosed:
        own = drafts.file_key(keys, draft.secret, one.sha256)
        uploads.seal(application, vault, key, one.sha256, own)
    reporters.lodge(application, vault, key, written, draft.enclosed, VISITOR)


def _digest(secret: bytes, filled: Filled) -> str:
    """Of what was written, salted: nobody tries names until one fits."""
    said = json.dumps(filled.as_dict(), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(secret + said.encode()).hexdigest()


def _choices(visited: Visit) -> tuple[Choice, ...]:
    """Everybody who is posted, each on the latest of their notices."""
    with visited.application.reading() as connection:
        notices = picture(connection).notices
    found: dict[UUID, Choice] = {}
    now = visited.application.clock.now()
    for notice in notices:  # the newest first
        for one in notice.entries:
            found.setdefault(
                one.nomination_id,
                Choice(
                    one.nomination_id,
                    notice.campaign_id,
                    one.name,
                    one.employer,
                    notice,
                    over=now >= notice.closes_at,
                ),
            )
    return tuple(found.values())


def _form(
    visited: Visit,
    draft: Draft,
    faults: Sequence[Fault] = (),
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    saved: bool = False,
) -> Response:
    choices = _choices(visited)
    return show(
        visited,
        "objection_new.html",
        label=FORM,
        said=draft.secret,
        status=status,
        headers=headers,
        faults=faults,
        filled=draft.filled,
        files=draft.files,
        open=[one for one in choices if not one.over],
        over=[one for one in choices if one.over],
        saved=saved,
        most=uploads.MOST_FILES,
    )


def _receipt(visited: Visit, secret: bytes) -> Response:
    """The code, as often as the same form is sent: after a reload, and the way back."""
    event = _before(visited, secret)
    over = {one.nomination_id: one.over for one in _choices(visited)}
    return show(
        visited,
        "objection_receipt.html",
        label=FORM,
        said=drafts.new_secret(),
        code=visited.keys.code(secret),
        event=event,
        late=event is not None and over.get(event.nomination_id, False),
    )
