"""Evidence for those who audit: the part of this service in a bundle, and its internal check."""

import logging
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import Field, model_validator
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from shared.audit.exporting import export, snapshot
from shared.audit.fsck import check
from shared.messages import Message
from shared.web.context import web_of
from shared.web.login import CurrentActor
from shared.web.operations import needs, reads_histories

router = APIRouter(prefix="/audit", tags=["audit"])

MOST_KEYS = 1000

log = logging.getLogger(__name__)

Key = Annotated[str, Field(min_length=1, max_length=200)]

Size = Annotated[int, Field(ge=0, lt=1 << 63)]


class Asked(Message):
    """Which cases, by ids or outside messages' ids; or the whole log.

    `sizes` are those of checkpoints that the auditor keeps: a case is linked to them.
    """

    keys: Annotated[tuple[Key, ...], Field(max_length=MOST_KEYS)] = ()
    all: bool = False
    sizes: Annotated[tuple[Size, ...], Field(max_length=MOST_KEYS)] = ()

    @model_validator(mode="after")
    def _something(self) -> "Asked":
        if bool(self.keys) == self.all:
            raise ValueError("either keys or all")
        return self


@router.post("/export", summary="导出证据", response_class=FileResponse)
def export_bundle(request: Request, asked: Asked, actor: CurrentActor) -> FileResponse:
    """A zip that is checked without us; what is still withheld stays here (P11)."""
    reads_histories(actor)
    log.info("%s exports evidence of %s", actor.id, ", ".join(asked.keys) or "the whole log")
    handle, name = tempfile.mkstemp(prefix="gongjiang-bundle-", suffix=".zip")
    try:
        with os.fdopen(handle, "wb") as file:
            keys = None if asked.all else asked.keys
            export(web_of(request).application, keys, file, asked.sizes)
    except BaseException:
        Path(name).unlink()
        raise
    return FileResponse(
        name,
        media_type="application/zip",
        filename="bundle.zip",
        background=BackgroundTask(Path(name).unlink),
    )


@router.post("/check", summary="内部核对")
def check_log(request: Request, actor: CurrentActor) -> dict[str, Any]:
    """Check what is stored against its leaves, these against the tree and what was signed."""
    needs(actor, "operator", "auditor")
    application = web_of(request).application
    with snapshot(application) as connection:
        return asdict(check(connection, application.settings.origin))
