"""HTML: templates with what every page needs, and forms that become commands."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import ValidationError

from shared.clock import BEIJING
from shared.messages import Actor, Refused
from shared.web.context import COOKIE, TITLES, form_proof, web_of
from shared.web.problems import ROLE_TITLES, Problem, problem_of
from shared.web.viewing import CHOICES, view_of

HERE = Path(__file__).parent
STATIC = HERE / "static"


def moment(at: datetime | None) -> str:
    """Beijing time, to the minute."""
    return "" if at is None else at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def day(on: date | None) -> str:
    """A date as documents write it."""
    return "" if on is None else f"{on.year}年{on.month}月{on.day}日"


@cache
def style_version() -> str:
    """Changes whenever a style sheet or a script does, so that browsers may keep them."""
    kinds = (".css", ".js")
    sheets = b"".join(one.read_bytes() for one in sorted(STATIC.iterdir()) if one.suffix in kinds)
    return sha256(sheets).hexdigest()[:12]


class Pages:
    """The templates of one service, and the shared ones behind them.

    A template gets what `show` is given and: `visitor` (Actor or None), `csrf`, `settings`,
    `service`, `services` (titles), `roles` (titles), `style`, `here` (path and query), `view` (how
    the reader wants to see it) and `choices` (what may be chosen).
    """

    def __init__(
        self, *folders: Path, filters: Mapping[str, Callable[..., object]] | None = None
    ) -> None:
        self._environment = Environment(
            loader=FileSystemLoader([*folders, HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"moment": moment, "day": day, **(filters or {})}

    def show(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> HTMLResponse:
        """The page."""
        web = web_of(request)
        said = self._environment.get_template(template).render(
            visitor=web.visitor(request),
            csrf=form_proof(request.cookies.get(COOKIE)),
            login=web.issuer is not None,
            settings=web.application.settings,
            service=web.application.settings.service,
            services=TITLES,
            roles=ROLE_TITLES,
            style=style_version(),
            here=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            view=view_of(request),
            choices=CHOICES,
            **context,
        )
        return HTMLResponse(said, status_code=status, headers=dict(headers or {}))


def attempt(
    request: Request,
    actor: Actor,
    aggregate: str,
    key: UUID,
    command: str,
    body: Mapping[str, Any],
    *,
    then: str,
    otherwise: Callable[[Problem], Response],
) -> Response:
    """Give a form's command. Done: on to the page `then`, once it can show what has happened.

    A refusal, or a field that is wrong, is shown by `otherwise`, on the page with the form.
    """
    application = web_of(request).application
    try:
        answer = application.execute(aggregate, key, command, body, actor)
    except (Refused, ValidationError) as refusal:
        return otherwise(problem_of(refusal))
    application.wait_for_views(answer.position)
    return RedirectResponse(then, status_code=303)
