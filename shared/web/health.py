"""How the web side is: `/health` in words, `/metrics` in numbers."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from psycopg import Connection
from pydantic import BaseModel

from shared import erasing
from shared.audit import checkpoints
from shared.recorder import PASSING
from shared.restoring import frozen
from shared.settings import Settings
from shared.web.context import web_of
from shared.web.measures import measures

router = APIRouter(tags=["operations"])


LATE = timedelta(seconds=10)
"""Message sides and tail sides say every second how they are."""
UNSIGNED = timedelta(seconds=60)
"""After so long an event should be covered by a signed checkpoint, and that be cosigned."""


class Health(BaseModel):
    """Live: the process answers. Ready: it can also work; `reasons` say why not, in words.

    `notes` say what is to be looked after, though people can go on working.
    """

    live: bool
    ready: bool
    reasons: list[str]
    notes: list[str]


@router.get("/health", summary="是否正常", responses={503: {"model": Health}})
def health(request: Request) -> JSONResponse:
    """Ready or not, and why."""
    web = web_of(request)
    reasons = [reason for check in web.checks if (reason := check()) is not None]
    notes: list[str] = []
    try:
        with web.application.reading() as connection:
            notes = notes_of(connection)
            if (lost := frozen(connection)) is not None:
                reasons.append(
                    f"账本暂停写入：已签署的检查点有{lost.size}条，多于现存账本；"
                    "请先按“数据库已恢复备份”处置手册记录恢复"
                )
            notes += evidence_notes(connection, web.application.settings)
            if web.application.plan.erases is not None:
                notes += erasing.notes(connection)
    except PASSING:
        reasons.insert(0, "数据库无法连接")
    said = Health(live=True, ready=not reasons, reasons=reasons, notes=notes)
    return JSONResponse(
        said.model_dump(),
        status_code=503 if reasons else 200,
        headers={"cache-control": "no-store"},
    )


def notes_of(connection: Connection[dict[str, Any]]) -> list[str]:
    """What the other sides left behind for somebody to look after."""
    row = connection.execute(
        "SELECT (SELECT count(*) FROM parked) AS parked,"
        " EXISTS (SELECT FROM beats WHERE at > now() - %s AND part LIKE 'follower:%%') AS reading,"
        " EXISTS (SELECT FROM beats WHERE at > now() - %s AND part = 'projector') AS tailing,"
        " (SELECT string_agg(DISTINCT part || ' ' || state, '、') FROM beats"
        "  WHERE at > now() - %s AND state LIKE 'stuck%%') AS stuck",
        (LATE, LATE, LATE),
    ).fetchone()
    notes = []
    if row is not None and row["parked"]:
        notes.append(f"有{row['parked']}件消息被搁置，等待运维人员处理")
    if row is not None and row["stuck"]:
        notes.append(f"以下环节无法继续，等待运维人员处理：{row['stuck']}")
    if row is not None and not row["reading"]:
        notes.append("消息处理进程没有心跳，新消息暂不处理")
    if row is not None and not row["tailing"]:
        notes.append("日志跟进进程没有心跳，消息暂不发出，列表可能不是最新")
    return notes


def evidence_notes(connection: Connection[dict[str, Any]], settings: Settings) -> list[str]:
    """Whether the log is signed and witnessed as it should be, and nobody contradicts himself."""
    origin = checkpoints.origin_now(connection, settings.origin)
    row = connection.execute(
        "SELECT (SELECT count(*) FROM stored_events WHERE notification_id > c.size) AS uncovered,"
        " (SELECT min(recorded_at) < now() - %(late)s FROM stored_events"
        "  WHERE notification_id > c.size AND recorded_at < now() - %(late)s) AS late,"
        " EXISTS (SELECT FROM checkpoints WHERE origin = %(origin)s AND seen_at < now() - %(late)s)"
        "  AND NOT EXISTS (SELECT FROM cosignatures s WHERE s.origin = %(origin)s AND s.size >="
        "  (SELECT max(size) FROM checkpoints WHERE origin = %(origin)s"
        "   AND seen_at < now() - %(late)s)) AS unwitnessed,"
        " (SELECT string_agg(DISTINCT origin, '、') FROM forks"
        "  WHERE NOT EXISTS (SELECT FROM epochs e WHERE e.lost_origin = forks.origin"
        "   AND e.lost_size >= forks.size)) AS forked"
        " FROM (SELECT coalesce(max(size), 0) AS size FROM checkpoints"
        "  WHERE origin = %(origin)s) c",
        {"origin": origin, "late": UNSIGNED},
    ).fetchone()
    notes = []
    if row is not None and row["late"]:
        notes.append(
            f"有{row['uncovered']}条记录超过{UNSIGNED.seconds}秒未被签名的存证覆盖，请检查签名进程"
        )
    if row is not None and row["unwitnessed"]:
        notes.append("最近的存证尚无见证方签名，请检查其他服务的见证环节")
    if row is not None and row["forked"]:
        notes.append(f"发现相互矛盾的存证，日志可能被篡改或回退，须立即核查：{row['forked']}")
    return notes


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """For Prometheus."""
    return Response(measures(web_of(request).application), media_type=CONTENT_TYPE_LATEST)
