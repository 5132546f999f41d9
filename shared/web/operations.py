"""What operators and auditors ask of a service: the same routes in all three."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, HTTPException, Request
from pydantic import AwareDatetime, BaseModel

from shared import following, parked, projector
from shared.audit.history import Line, history
from shared.clock import RehearsalClock
from shared.messages import Actor, Refused
from shared.positions import rebuilds
from shared.recorder import PASSING
from shared.restored import record_restore
from shared.web.context import web_of
from shared.web.login import CurrentActor

router = APIRouter(tags=["operations"])


class NotYours(Refused):
    """Only an operator works on the running system, only an auditor reads whole histories."""

    code = "not_entitled"
    rule = "S25"


class JudgesAreBlind(Refused):
    """Who judges reads no history in which the others' scores stand, whatever else they are."""

    code = NotYours.code
    rule = "P11"


class NoRehearsal(Refused):
    """The clock of a real selection is nobody's to set."""

    code = "no_rehearsal"
    rule = "A8"


class StillFails(Refused):
    """What could not be processed cannot be processed yet."""

    code = "still_fails"
    rule = "S42"


class Moment(BaseModel):
    """A moment of business time."""

    at: AwareDatetime


class ParkedLetter(BaseModel):
    """A message that could not be processed."""

    id: UUID
    source: str
    key: str
    reason: str
    at: datetime


class Reason(BaseModel):
    """Why somebody does what is not done every day."""

    reason: str


class Restored(BaseModel):
    """The head that was lost, how many leaves survived, and under which origin the log goes on."""

    origin: str
    size: int
    root: str
    kept: int
    epoch: int
    origin_now: str


def needs(actor: Actor, *roles: str) -> None:
    """Refuse whoever has none of these roles."""
    if not actor.roles & set(roles):
        raise NotYours(f"须由以下角色办理：{'、'.join(roles)}", field="by.roles")


def reads_histories(actor: Actor) -> None:
    """Refuse whoever is no auditor, or judges as well (P11)."""
    needs(actor, "auditor")
    if "expert" in actor.roles:
        raise JudgesAreBlind("评委不得查阅全部历史，须由不担任评委的审计人员查阅", field="by.roles")


@router.get("/clock", summary="业务时间")
def clock(request: Request) -> Moment:
    """The present moment of the selection."""
    return Moment(at=web_of(request).application.clock.now())


@router.post("/clock", summary="设定演练时间")
def set_clock(request: Request, moment: Moment, actor: CurrentActor) -> Moment:
    """Set the rehearsal clock of this service; refused in production."""
    needs(actor, "operator")
    application = web_of(request).application
    if not isinstance(application.clock, RehearsalClock):
        raise NoRehearsal("正式评选不得设定时间，仅演练环境可用。")
    application.clock.set(moment.at, actor.id)
    return Moment(at=application.clock.now())


@router.get("/audit/cases/{key}", summary="一件申报的全部历史")
def case(request: Request, key: str, actor: CurrentActor) -> list[Line]:
    """What this service knows of a nomination, a submission or an outside message."""
    reads_histories(actor)
    return history(web_of(request).application, [key])


@router.get("/parked", summary="搁置的消息")
def list_parked(request: Request, actor: CurrentActor) -> list[ParkedLetter]:
    """Every parked message, the oldest first."""
    needs(actor, "operator", "auditor")
    return [
        ParkedLetter(id=one.id, source=one.source, key=one.key, reason=one.reason, at=one.at)
        for one in parked.listed(web_of(request).application)
    ]


@router.post("/parked/{letter}/retry", summary="重试搁置的消息")
def retry_parked(request: Request, letter: UUID, actor: CurrentActor) -> dict[str, int]:
    """Process the message and those that wait behind it, in order."""
    needs(actor, "operator")
    application = web_of(request).application
    found = next((one for one in parked.listed(application) if one.id == letter), None)
    if found is None:
        raise HTTPException(404)
    try:
        return {"processed": following.retry(application, found.source, found.key)}
    except PASSING:
        raise
    except Exception as fault:
        reason = following.reason_of(fault)
        raise StillFails(f"仍无法处理，消息继续搁置：{reason}") from fault


@router.post("/parked/{letter}/discard", summary="放弃搁置的消息")
def discard_parked(
    request: Request, letter: UUID, reason: Reason, actor: CurrentActor
) -> dict[str, str]:
    """Give the message up, for a stated reason; the log keeps that."""
    parked.discard(web_of(request).application, letter, actor, reason.reason)
    return {"discarded": str(letter)}


@router.post("/audit/restored", summary="记录恢复备份，账本续写")
def restored(request: Request, reason: Reason, actor: CurrentActor) -> Restored:
    """Put on record that the log was restored; only then is anything stored again."""
    needs(actor, "operator")
    done = record_restore(web_of(request).application, actor, reason.reason)
    return Restored.model_validate(done.model_dump(include=set(Restored.model_fields)))


@router.post("/views/{name}/rebuild", summary="重建视图")
def rebuild(request: Request, name: str, actor: CurrentActor) -> dict[str, str]:
    """Fill a view again from the first event; until that is done it shows what it did."""
    needs(actor, "operator")
    application = web_of(request).application
    view = next((one for one in application.views if one.name == name), None)
    if view is None:
        raise HTTPException(404)
    with application.reading() as connection:
        projector.rebuild(connection, view)
    return {"rebuilding": name}


@router.get("/status", summary="运行状态")
def status(request: Request, actor: CurrentActor) -> dict[str, Any]:
    """How far everything has come, in numbers."""
    needs(actor, "operator", "auditor")
    application = web_of(request).application
    with application.reading() as connection:
        return {
            "service": application.plan.name,
            "clock": application.clock.now(),
            "head": application.log.head,
            "outboxes": connection.execute("SELECT name, position FROM outboxes").fetchall(),
            "views": connection.execute("SELECT view, position FROM projected").fetchall(),
            "rebuilds": sorted(rebuilds(connection)),
            "followed": connection.execute(
                "SELECT upstream, partition, position FROM followed ORDER BY 1, 2"
            ).fetchall(),
            "parked": len(parked.listed(application)),
            "parts": connection.execute(
                "SELECT process, part, state FROM beats WHERE at > now() - interval '10 seconds'"
                " ORDER BY process, part"
            ).fetchall(),
        }
