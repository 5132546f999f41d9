"""How the web side is: `/health` in words, `/metrics` in numbers."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from pydantic import BaseModel

from shared.web.context import Web, web_of
from shared.web.problems import unreachable

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """Live: the process answers. Ready: it can also work; `reasons` say why not, in words."""

    live: bool
    ready: bool
    reasons: list[str]


@router.get("/health", summary="是否正常", responses={503: {"model": Health}})
def health(request: Request) -> JSONResponse:
    """Ready or not, and why."""
    reasons = reasons_of(web_of(request))
    said = Health(live=True, ready=not reasons, reasons=reasons)
    return JSONResponse(
        said.model_dump(),
        status_code=503 if reasons else 200,
        headers={"cache-control": "no-store"},
    )


def reasons_of(web: Web) -> list[str]:
    """Everything that is wrong."""
    reasons = [reason for check in web.checks if (reason := check()) is not None]
    if (reason := database_is_away(web)) is not None:
        reasons.insert(0, reason)
    return reasons


def database_is_away(web: Web) -> str | None:
    """What is wrong with the service's own database."""
    try:
        with web.application.reading() as connection:
            connection.execute("SELECT 1")
    except Exception as fault:
        if not unreachable(fault):
            raise
        return "数据库无法连接"
    return None


@router.get("/metrics", include_in_schema=False)
def metrics() -> Response:
    """For Prometheus."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
