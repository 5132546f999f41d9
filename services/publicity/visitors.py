"""Whoever stands at the public form: nobody logs in, and everything is kept apart by a browser.

What the pages for objections share: the vault and the keys, the browser's cookie, how much one
network may send, and answers that no cache and no other browser keeps.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from fastapi import FastAPI, Request, Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from services.publicity import documents, drafts, limits, lodging, uploads
from services.publicity.enclosures import PUBLIC
from services.publicity.limits import Limits, Pair
from services.publicity.lodging import Fault
from services.publicity.objecting import Enclosed
from services.publicity.receipts import FormKeys, form_keys
from services.publicity.uploads import Sent
from shared.application import Application
from shared.calendar import beijing_date
from shared.messages import Actor, Refused
from shared.personal import Vault
from shared.recorder import PASSING
from shared.web import Pages, web_of
from shared.web.login import ensure_same_origin

PAGES = Pages(Path(__file__).parent / "templates", filters=documents.FILTERS)

BROWSER = "gongjiang_form"
"""The cookie that ties a form to a browser; it says nothing of who sits there."""

VISITOR = Actor(id="public", name="公众（网上提交）", organisation="", roles=frozenset({PUBLIC}))

AN_HOUR = 3600.0

PRIVATE = {"cache-control": "no-store", "referrer-policy": "same-origin"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of one visitor; `browser` is empty where its cookie did not come along."""

    request: Request
    application: Application
    vault: Vault
    keys: FormKeys
    browser: str


def visit(request: Request) -> Visit:
    """Who asks, as far as anybody may know."""
    state, application = request.app.state, web_of(request).application
    vault = cast("Vault", state.vault)
    keys: FormKeys | None = getattr(state, "form_keys", None)
    if keys is None:
        keys = state.form_keys = form_keys(application, vault)
    return Visit(request, application, vault, keys, request.cookies.get(BROWSER, ""))


def show(
    visited: Visit,
    template: str,
    *,
    label: str,
    said: bytes,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    faults: Sequence[Fault] = (),
    **context: Any,
) -> Response:
    """A page with a form that is this browser's; a browser without a cookie gets one."""
    browser = visited.browser or secrets.token_urlsafe(24)
    answer = PAGES.show(
        visited.request,
        template,
        status=status,
        headers=PRIVATE | dict(headers or {}),
        token=drafts.token(visited.keys, label, said, browser),
        faults=faults,
        at_fault={one.field: one.message for one in reversed(faults)},
        labels=lodging.LABELS,
        **context,
    )
    if not visited.browser:
        answer.set_cookie(
            BROWSER,
            browser,
            path="/objections",
            httponly=True,
            samesite="strict",
            secure=not visited.application.settings.rehearsal,
        )
    return answer


def wait(visited: Visit, pair: Pair, cost: float = 1.0) -> int:
    """0, or the seconds after which this network may come again."""
    client = visited.request.client
    today = beijing_date(visited.application.clock.now())
    asked = Limits(visited.application, visited.keys)
    return asked.take(pair, "" if client is None else client.host, today, cost)


def too_many(seconds: int, kept: str) -> Fault:
    """What is said to whoever must wait."""
    minutes = -(-seconds // 60)
    return Fault("", "P4", f"目前提交过于频繁，请在{minutes}分钟后再次提交。{kept}")


async def received(visited: Visit) -> tuple[Sent, int]:
    """A form with files; they are read over if this network must wait for so many seconds.

    Raises:
        ForeignForm: it stood on a page of another site.
        HTTPException: as `uploads.receive`.
    """
    request = visited.request
    ensure_same_origin(request)
    length = request.headers.get("content-length", "")
    cost = float(length) if length.isdigit() else float(uploads.MOST_FILES * 2**20 * 10)
    seconds = await run_in_threadpool(wait, visited, limits.FORMS)
    if not seconds and cost > uploads.MOST_FIELDS:
        seconds = await run_in_threadpool(wait, visited, limits.BYTES, cost)
    return await uploads.receive(request, files=not seconds), seconds


def refused(refusal: Refused | ValidationError) -> Fault:
    """A refusal at its field."""
    if isinstance(refusal, Refused):
        return Fault(refusal.field or "", refusal.rule, refusal.message)
    return Fault("", "P4", "填写的内容不符合要求，请逐项核对。")


def take(
    visited: Visit,
    sent: Sent,
    objection_id: UUID,
    known: Iterable[str],
    most: int,
    key_of: Callable[[str], bytes],
) -> tuple[list[tuple[Enclosed, str]], list[Fault]]:
    """Look at the files, keep those that are taken, and say what is wrong with the others.

    Args:
        known: the digests of what was taken before; the same once more is no new one.
        most: how many there may be together.
        key_of: digest to the key under which a file is kept.
    """
    taken: list[tuple[Enclosed, str]] = []
    faults: list[Fault] = []
    digests = set(known)
    for one in sent.files:
        field = "seal" if one.part == "seal" else "files"
        try:
            what = uploads.checked(one)
        except Refused as refusal:
            said = replace(refused(refusal), field=field)
            faults.append(replace(said, message=f"“{one.name}”：{said.message}"))
            continue
        if what.sha256 in digests:
            continue
        if len(digests) >= most:
            faults.append(Fault(field, "P4", f"“{one.name}”：超过份数，至多{most}份，未予接收。"))
            continue
        uploads.store(visited.application, objection_id, one, key_of(what.sha256))
        digests.add(what.sha256)
        taken.append((what, one.name))
    return taken, faults


@asynccontextmanager
async def forgetting(app: FastAPI) -> AsyncIterator[None]:
    """Once an hour, what is a week old goes: drafts, their files, and full buckets."""
    working = asyncio.create_task(_forget_for_ever(app))
    try:
        yield
    finally:
        working.cancel()


async def _forget_for_ever(app: FastAPI) -> None:
    while True:
        try:
            await run_in_threadpool(forget, app.state.web.application)
        except PASSING:
            log.warning("old drafts could not be removed; they are tried again in an hour")
        await asyncio.sleep(AN_HOUR)


def forget(application: Application) -> None:
    """Remove what nobody needs any more."""
    drafts.forget(application)
    with application.reading() as connection:
        uploads.forget(connection)
    limits.forget(application)
