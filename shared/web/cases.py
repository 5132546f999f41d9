"""A whole case as it stood: this service's part as JSON, and all three on one page for an auditor.

The page asks all three services over HTTP, with the token of whoever looks.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

import httpx
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from shared.audit.asof import changes_of, state_of
from shared.audit.chain import LINKS, chains
from shared.audit.details import WORDS
from shared.audit.drawing import drawn
from shared.audit.timeline import (
    SERVICES,
    TITLES,
    Moment,
    NoMoment,
    asking,
    moment_of,
    openings,
    whole_case,
)
from shared.calendar import BEIJING
from shared.messages import Refused
from shared.settings import Settings
from shared.web.context import web_of
from shared.web.login import CurrentActor, OwnToken
from shared.web.operations import reads_histories
from shared.web.pages import Pages
from shared.web.telling import ToldChange, ToldState, told_change, told_state

PATIENCE = 10.0
"""Seconds in which a service must answer."""

PARTS: Mapping[str, str] = WORDS["fields"]


def clock(text: str) -> str:
    """A moment as a service answers it, in Beijing time to the second."""
    return f"{datetime.fromisoformat(text).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


def parts(names: Iterable[str]) -> str:
    """Which parts of somebody's data."""
    return "、".join(PARTS.get(name, name) for name in names)


PAGES = Pages(filters={"clock": clock, "parts": parts})

router = APIRouter(tags=["operations"])

At = Annotated[str | None, Query(max_length=40, description="ISO 8601，不写时区为北京时间")]


class UnknownMoment(Refused):
    """A moment is written as ISO 8601, or as a date."""

    code = "unknown_moment"
    rule = "S42"


@contextmanager
def in_our_words(field: str) -> Iterator[None]:
    """Refuse what is no moment."""
    try:
        yield
    except NoMoment as fault:
        raise UnknownMoment(str(fault), field=field) from fault


def moment(as_of: str | None, known_at: str | None, prefix: str = "") -> Moment:
    """The moment that an address names."""
    with in_our_words(f"{prefix}as_of"):
        business = moment_of(as_of)
    with in_our_words(f"{prefix}known_at"):
        return Moment(business, moment_of(known_at))


@router.get("/audit/cases/{key}/state", summary="一件申报在某一时刻的状态")
def state(
    request: Request, key: str, actor: CurrentActor, as_of: At = None, known_at: At = None
) -> ToldState:
    """What this service held true of a case by business time `as_of`, on record by `known_at`."""
    reads_histories(actor)
    return told_state(state_of(web_of(request).application, [key], moment(as_of, known_at)))


@router.get("/audit/cases/{key}/changes", summary="一件申报在两个时刻之间的变化")
def changes(
    request: Request,
    key: str,
    actor: CurrentActor,
    from_as_of: At = None,
    from_known_at: At = None,
    to_as_of: At = None,
    to_known_at: At = None,
) -> list[ToldChange]:
    """What differs between two moments, field by field."""
    reads_histories(actor)
    found = changes_of(
        web_of(request).application,
        [key],
        moment(from_as_of, from_known_at, "from_"),
        moment(to_as_of, to_known_at, "to_"),
    )
    return [told_change(one) for one in found]


@router.get("/audit/case", include_in_schema=False)
def ask(request: Request, actor: CurrentActor, key: str = "") -> Response:
    """Which case? By the id of a nomination, of a submission or of an outside message."""
    reads_histories(actor)
    if wanted := key.strip():
        return RedirectResponse(f"/audit/case/{quote(wanted, safe='')}", status_code=303)
    return PAGES.show(request, "case_ask.html")


@router.get("/audit/case/{key}", include_in_schema=False)
def page(
    request: Request,
    key: str,
    actor: CurrentActor,
    token: OwnToken,
    as_of: At = None,
    known_at: At = None,
    since: At = None,
) -> Response:
    """The whole case: drawn, as a table, as it stood, who saw what, and what led to what."""
    reads_histories(actor)
    at = moment(as_of, known_at)
    with in_our_words("since"):
        earlier = moment_of(since)
    settings = web_of(request).application.settings
    with httpx.Client(timeout=PATIENCE, trust_env=False) as http:
        whole = whole_case(
            asking(http, addresses(settings), token),
            key,
            at,
            None if earlier is None else Moment(earlier, at.known_at),
        )
    return PAGES.show(
        request,
        "case.html",
        status=200 if whole.timeline.lines or whole.timeline.unreachable else 404,
        case=whole,
        drawing=drawn(whole.timeline, at),
        openings=openings(whole.seen),
        chains=chains(whole.seen),
        links=LINKS,
        asked={"as_of": as_of or "", "known_at": known_at or "", "since": since or ""},
        titles=TITLES,
        every=SERVICES,
    )


def addresses(settings: Settings) -> dict[str, str]:
    """Where the three services answer."""
    return {
        "intake": settings.intake_url,
        "review": settings.review_url,
        "publicity": settings.portal_url,
    }
