"""The switches of the display: a form that sets a cookie, for readers without JavaScript."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from shared.web.context import web_of
from shared.web.login import ensure_same_origin, own_path
from shared.web.viewing import VIEW_COOKIE, view_of

A_YEAR = 365 * 24 * 3600

router = APIRouter()


@router.post("/view", include_in_schema=False)
def choose(
    request: Request,
    text: Annotated[str | None, Form(max_length=20)] = None,
    contrast: Annotated[str | None, Form(max_length=20)] = None,
    scheme: Annotated[str | None, Form(max_length=20)] = None,
    then: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Keep what was chosen, and go back to the page."""
    ensure_same_origin(request)
    chosen = view_of(request).with_choices(text=text, contrast=contrast, scheme=scheme)
    answer = RedirectResponse(own_path(then), status_code=303)
    answer.set_cookie(
        VIEW_COOKIE,
        chosen.cookie,
        max_age=A_YEAR,
        samesite="lax",
        secure=not web_of(request).application.settings.rehearsal,
    )
    return answer
