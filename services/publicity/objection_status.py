"""What became of an objection, by its receipt code; and more documents, or taking it back (P5).

It tells stages, days and that an answer was written: never who objects, and against whom.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from services.publicity import drafts, enclosures, limits, objecting, receipts, reporters, uploads
from services.publicity.documents import chinese_date
from services.publicity.lodging import Fault
from services.publicity.objection import OBJECTION, WithdrawObjection
from services.publicity.visitors import (
    VISITOR,
    Visit,
    received,
    refused,
    show,
    take,
    too_many,
    visit,
    wait,
)
from shared.messages import Event, Refused
from shared.web.login import ensure_same_origin

CASE = "case"

GROUNDS: dict[objecting.Refusal, str] = {
    "anonymous": "匿名",
    "false_name": "冒名",
    "late": "逾期",
    "no_facts": "没有具体事实",
}

Line = tuple[datetime, str, str]
"""When, what, and what follows from it."""

router = APIRouter(tags=["objections"])


@router.get("/objections/status", response_class=HTMLResponse, summary="查询异议办理情况")
def ask(request: Request) -> Response:
    """Where the code is written in; it never stands in an address."""
    return _asked(visit(request))


@router.post("/objections/status", include_in_schema=False)
async def look(request: Request) -> Response:
    """How far it has come."""
    ensure_same_origin(request)
    form = await request.form(max_files=0, max_fields=10)
    return await run_in_threadpool(_look, visit(request), str(form.get("code", ""))[:100])


@router.post("/objections/status/withdraw", include_in_schema=False)
async def take_back(request: Request) -> Response:
    """Take it back."""
    ensure_same_origin(request)
    form = await request.form(max_files=0, max_fields=10)
    token, sure = str(form.get("case", "")), form.get("sure") == "1"
    return await run_in_threadpool(_take_back, visit(request), token, sure=sure)


@router.post("/objections/status/documents", include_in_schema=False)
async def add(request: Request) -> Response:
    """Hand in more documents."""
    visited = await run_in_threadpool(visit, request)
    sent, seconds = await received(visited)
    try:
        return await run_in_threadpool(_add, visited, sent, seconds)
    finally:
        sent.close()


def _asked(
    visited: Visit,
    faults: Sequence[Fault] = (),
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    code: str = "",
) -> Response:
    return show(
        visited,
        "objection_ask.html",
        label=CASE,
        said=b"",
        status=status,
        headers=headers,
        faults=faults,
        code=code,
    )


def _look(visited: Visit, code: str) -> Response:
    if seconds := wait(visited, limits.CODES):
        fault = too_many(seconds, "回执编号已保留在下面。")
        pause = {"retry-after": str(seconds)}
        return _asked(visited, [fault], status=429, headers=pause, code=code)
    try:
        key = receipts.objection_of(visited.application, visited.keys, code)
    except Refused as refusal:
        return _asked(visited, [refused(refusal)], status=404, code=code)
    return _shown(visited, key)


def _take_back(visited: Visit, token: str, *, sure: bool) -> Response:
    key = _case(visited, token)
    if key is None:
        return _over(visited)
    if not sure:
        fault = Fault("sure", "P5", "请先勾选确认，再提交撤回；没有勾选，异议没有撤回。")
        return _shown(visited, key, [fault], status=422)
    try:
        visited.application.execute(OBJECTION.name, key, WithdrawObjection.name, {}, VISITOR)
    except Refused as refusal:
        return _shown(visited, key, [refused(refusal)], status=409)
    return _shown(visited, key, done="已撤回。")


def _add(visited: Visit, sent: uploads.Sent, seconds: int) -> Response:
    key = _case(visited, sent.fields.get("case", ""))
    if key is None:
        return _over(visited)
    if seconds:
        fault = too_many(seconds, "本次选择的文件没有保存。")
        pause = {"retry-after": str(seconds)}
        return _shown(visited, key, [fault], status=429, headers=pause)
    state: objecting.Situation = visited.application.log.batch().state(OBJECTION, key)
    if not isinstance(state, objecting.Received | objecting.Accepted) or state.facts.withdrawn:
        fault = Fault("files", "P5", "该异议已有结论、未予受理或已经撤回，不能再补充材料。")
        return _shown(visited, key, [fault], status=409)
    return _added(visited, sent, key, state.facts)


def _added(visited: Visit, sent: uploads.Sent, key: UUID, facts: objecting.Facts) -> Response:
    """The files are kept and sealed first; if they are refused after all they are forgotten."""
    if not sent.files:
        fault = Fault("files", "P4", "请先选择要补充的文件。")
        return _shown(visited, key, [fault], status=422)
    own: dict[str, bytes] = {}
    most = min(len(facts.enclosed) + uploads.MOST_FILES, enclosures.MOST)
    taken, faults = take(
        visited,
        sent,
        key,
        facts.enclosed,
        most,
        lambda sha256: own.setdefault(sha256, secrets.token_bytes(32)),
    )
    enclosed = [one for one, _ in taken]
    if not enclosed:
        return _shown(visited, key, faults, status=422 if faults else 200, done="材料此前已收到。")
    visited.vault.ensure_keys((key,))
    for one in enclosed:
        uploads.seal(visited.application, visited.vault, key, one.sha256, own[one.sha256])
    try:
        reporters.supplement(visited.application, key, enclosed, VISITOR)
    except (Refused, ValidationError) as refusal:
        return _shown(visited, key, [refused(refusal), *faults], status=409)
    done = f"已收到{len(enclosed)}份材料。"
    return _shown(visited, key, faults, status=422 if faults else 200, done=done)


def _case(visited: Visit, token: str) -> UUID | None:
    carried = drafts.read(visited.keys, CASE, token, visited.browser)
    return UUID(bytes=carried.secret) if carried is not None and carried.fresh else None


def _over(visited: Visit) -> Response:
    said = "页面已超时，尚未办理。请重新填写回执编号，打开后再办理。"
    return _asked(visited, [Fault("code", "P4", said)], status=409)


def _shown(
    visited: Visit,
    key: UUID,
    faults: Sequence[Fault] = (),
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    done: str = "",
) -> Response:
    told = list(visited.application.log.load([OBJECTION.stream(key)]))
    lines = [(one.at, *said) for one in told if (said := _line(one.event)) is not None]
    if not lines:  # the code was given out, and nothing came of it
        fault = Fault("code", "P4", "该回执编号对应的异议尚未提交成功，请返回表单再次提交。")
        return _asked(visited, [fault], status=404)
    state: objecting.Situation = OBJECTION.fold([one.event for one in told])
    return show(
        visited,
        "objection_status.html",
        label=CASE,
        said=key.bytes,
        status=status,
        headers=headers,
        faults=faults,
        done=done,
        lines=lines,
        stage=_stage(state),
        open=_is_open(state),
        verifying=isinstance(state, objecting.Accepted),
        answered=any(isinstance(one.event, objecting.ObjectionAnswered) for one in told),
        most=uploads.MOST_FILES,
    )


def _is_open(state: objecting.Situation) -> bool:
    match state:
        case objecting.Received(facts) | objecting.Accepted(facts):
            return not facts.withdrawn
        case _:
            return False


def _stage(state: objecting.Situation) -> str:
    match state:
        case objecting.Received():
            return "已收到，待作受理决定"
        case objecting.Accepted():
            return "已受理，核查中"
        case objecting.Concluded():
            return "核查已有结论，待书面答复"
        case objecting.Declined():
            return "不予受理"
        case objecting.Closed(facts) if facts.withdrawn:
            return "已撤回，办结"
        case _:
            return "已办结"


def _line(event: Event) -> tuple[str, str] | None:
    """What the reporter is told of an event, and what follows from it; of others nothing."""
    match event:
        case objecting.ObjectionRaised():
            return "收到异议", f"{chinese_date(event.accept_by)}前作出是否受理的决定"
        case objecting.ObjectionSupplemented():
            return f"收到材料{len(event.enclosed)}份", ""
        case objecting.ObjectionAccepted():
            return "予以受理", f"{chinese_date(event.investigate_by)}前核查完毕，可依规延长一次"
        case objecting.ObjectionDeclined():
            lead = "；内容具体，另作线索处理" if event.lead else ""
            return "不予受理", f"理由：{GROUNDS[event.ground]}{lead}"
        case objecting.ObjectionWithdrawn():
            return "反映人撤回", "核查继续进行" if event.continued else ""
        case objecting.FindingNoted():
            by = f"{chinese_date(event.answer_by)}前书面答复" if event.answer_by else ""
            return "核查已有结论", by
        case objecting.ObjectionAnswered():
            return "已书面答复", "答复文书已按所留联系方式送达"
        case objecting.ErasureCompleted():
            return "反映人信息已依法删除", ""
        case _:
            return None
