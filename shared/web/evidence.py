"""The evidence that a service gives to everybody: checkpoints, tiles, policy, verifier.

The paths below `/audit/` are those of C2SP tlog-tiles; nothing of this needs a login, but the proof
of a single event, which holds its record.
"""

from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse

from shared.audit import checkpoints, proving, verifier
from shared.audit.checkpoints import Kept
from shared.audit.history import is_withheld
from shared.audit.policy import cosigner_name
from shared.audit.tiles import Damaged, StoredTiles, rebuild, stored
from shared.audit.tree import tile_of_path
from shared.messages import Refused
from shared.web.context import web_of
from shared.web.login import CurrentActor
from shared.web.operations import needs, reads_histories

router = APIRouter(prefix="/audit", tags=["audit"])

CHANGING = "max-age=2"
FOR_EVER = "public, max-age=31536000, immutable"
HASH = 32

NOT_YET = "尚未存证：还没有签名的检查点，请稍后再试。\n"
NOT_COVERED = "尚未存证：此事项还没有被签名的检查点覆盖，请稍后再试。\n"
NOT_SERVED = "没有这一项：请核对路径。\n"


def words(text: str, status: int = 404) -> Response:
    """An answer in words."""
    return PlainTextResponse(text, status_code=status, headers={"cache-control": "no-store"})


def note(kept: Kept | None, missing: str = NOT_YET, cache: str = CHANGING) -> Response:
    """A signed note with every cosignature that is known, or why there is none."""
    if kept is None:
        return words(missing)
    return PlainTextResponse(kept.note, headers={"cache-control": cache})


@router.get("/checkpoint", summary="最新检查点", response_class=PlainTextResponse)
def checkpoint(request: Request) -> Response:
    """The latest signed checkpoint of this service's log."""
    application = web_of(request).application
    with application.reading() as connection:
        origin = checkpoints.origin_now(connection, application.settings.origin)
        return note(checkpoints.latest(connection, origin))


@router.get("/checkpoints/{size}", summary="某一长度的检查点", response_class=PlainTextResponse)
def checkpoint_at(request: Request, size: int) -> Response:
    """The signed checkpoint of exactly this size; cosignatures may still be added to it."""
    application = web_of(request).application
    with application.reading() as connection:
        origin = checkpoints.origin_now(connection, application.settings.origin)
        return note(checkpoints.at_size(connection, origin, size), NOT_SERVED)


@router.get("/timestamps/{size}", summary="某一检查点的时间戳", response_class=Response)
def timestamp(request: Request, size: int) -> Response:
    """What a time-stamping authority answered (RFC 3161) over the signed note of this size, which
    is the log's own signature alone, without cosignatures."""
    application = web_of(request).application
    with application.reading() as connection:
        origin = checkpoints.origin_now(connection, application.settings.origin)
        token = checkpoints.timestamp(connection, origin, size)
    if token is None:
        return words(NOT_SERVED)
    return Response(
        token, media_type="application/timestamp-reply", headers={"cache-control": FOR_EVER}
    )


@router.get("/tile/{path:path}", summary="默克尔树的存储块", response_class=Response)
def tile(request: Request, path: str) -> Response:
    """A tile of the Merkle tree, full or partial (C2SP tlog-tiles)."""
    try:
        level, number, width = tile_of_path(f"tile/{path}")
    except ValueError:
        return words(NOT_SERVED)
    with web_of(request).application.reading() as connection:
        hashes = stored(connection, level, number) if number < 2**63 else b""
    if len(hashes) < width * HASH:
        return words(NOT_SERVED)
    return Response(
        hashes[: width * HASH],
        media_type="application/octet-stream",
        headers={"cache-control": FOR_EVER},
    )


@router.get("/witnessed/{service}", summary="所见证的检查点", response_class=PlainTextResponse)
def witnessed(request: Request, service: str) -> Response:
    """The latest checkpoint of another service that this one has cosigned."""
    ours = cosigner_name(web_of(request).application.plan.name)
    with web_of(request).application.reading() as connection:
        found = [
            checkpoints.witnessed(connection, origin, ours)
            for origin in checkpoints.origins(connection)
            if origin.split("/")[1:2] == [service]
        ]
    latest = max(
        (one for one in found if one is not None), key=lambda one: one.seen_at, default=None
    )
    return note(latest)


@router.get("/policy", summary="信任策略", response_class=PlainTextResponse)
def policy(request: Request) -> Response:
    """Whose signatures are to be believed (C2SP tlog-policy): keep a copy, and compare it."""
    file = web_of(request).application.settings.audit_policy
    if file is None:
        return words(NOT_SERVED)
    return PlainTextResponse(file.read_bytes(), headers={"cache-control": "max-age=300"})


@router.get("/verifier.py", summary="离线核验程序", response_class=PlainTextResponse)
def verifier_source() -> FileResponse:
    """The verifier as one file: the standard library and `cryptography` are all it needs."""
    return FileResponse(Path(verifier.__file__), media_type="text/x-python; charset=utf-8")


class NotToBeTold(Refused):
    """A proof holds the record, and by its hash a score can be guessed before all are in."""

    code = "still_withheld"
    rule = "P11"


class OtherRoot(Refused):
    """The leaves are not those that the tree was made of."""

    code = "other_root"
    rule = "S25"


@router.post("/rebuild", summary="由账本重建默克尔树的存储块", tags=["operations"])
def rebuild_tiles(request: Request, actor: CurrentActor) -> dict[str, int]:
    """Make all tiles anew from the leaves; the tree's root must come of it again."""
    needs(actor, "operator")
    with web_of(request).application.reading() as connection:
        try:
            return {"size": rebuild(connection)}
        except Damaged as fault:
            raise OtherRoot(f"账本记录算不出已有的根，账本可能被改动，没有重建：{fault}") from fault


@router.get("/proofs/{event_id}", summary="一个事件的存证证明", response_class=PlainTextResponse)
def proof(
    request: Request,
    event_id: UUID,
    actor: CurrentActor,
    leaf_index: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
) -> Response:
    """The `.tlog-proof` of one event. Who knows its leaf's index spares us the search."""
    reads_histories(actor)
    application = web_of(request).application
    origin = application.settings.origin
    with application.reading() as connection:
        index = proving.index_of(connection, event_id, leaf_index)
        if index is None:
            raise HTTPException(404)
        if is_withheld(application, index + 1):
            raise NotToBeTold("评分等内容尚不得公开，此时不提供其证明。")
        now = checkpoints.origin_now(connection, origin)
        kept = checkpoints.covering(connection, now, index)
        if kept is None:
            return words(NOT_COVERED)
        made = proving.proof_of(connection, StoredTiles(connection), origin, index, kept)
    return PlainTextResponse(
        made.format(),
        headers={
            "cache-control": "no-store",
            "content-disposition": f'attachment; filename="{event_id}.tlog-proof"',
        },
    )
