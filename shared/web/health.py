"""How the web side is: `/health` in words, `/metrics` in numbers."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from psycopg import Connection
from pydantic import BaseModel

from shared import erasing
from shared.recorder import PASSING
from shared.web.context import web_of
from shared.web.measures import measures

router = APIRouter(tags=["operations"])


LATE = timedelta(seconds=10)
"""Message sides and tail sides say every second how they are."""


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


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """For Prometheus."""
    return Response(measures(web_of(request).application), media_type=CONTENT_TYPE_LATEST)
