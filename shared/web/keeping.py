"""Public pages, made once for all readers and never shown when they are out of date.

A page is kept under its path and the reader's display settings, together with where the views and
the calendar stood when it was made. Before it is shown again, the database is asked where they
stand now, by a query that begins after the request has come; those who ask at the same moment share
one query. So the next answer after a view has moved is made anew, always.
"""

import asyncio
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from typing import Any

from psycopg import AsyncConnection, Error
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.calendar import beijing_date
from shared.settings import Settings
from shared.web.context import COOKIE
from shared.web.viewing import view_in

log = logging.getLogger(__name__)

QUERY = (
    "SELECT p.position, c.set_to, c.set_at FROM (SELECT 1) AS one"
    " LEFT JOIN projected p ON p.view = %s LEFT JOIN LATERAL (SELECT set_to, set_at"
    " FROM rehearsal_clock ORDER BY number DESC LIMIT 1) AS c ON true"
)

PATIENCE = 5.0
"""Seconds that a question to the database may take."""

Standing = tuple[int, date, int]
"""The view's position, the business day, and the turn of the evidence (0 where there is none)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Which pages are kept, and the view that they are made from.

    `evidence` are the pages that print checkpoints: these come every few seconds, take no event and
    hide nothing, so such a page may lag behind them by `seconds`.
    """

    view: str
    pages: re.Pattern[str]
    evidence: re.Pattern[str]
    seconds: float = 2.0
    most: int = 2000


@dataclass(frozen=True, slots=True)
class Page:
    """An answer as it is sent: the second head belongs to the reader who holds it already."""

    standing: Standing
    etag: bytes
    start: Message
    unchanged: Message
    body: bytes
    public: bool


class Keeping:
    """Stands around the whole web side."""

    def __init__(self, app: ASGIApp, kept: Kept, settings: Settings) -> None:
        self._app = app
        self._kept = kept
        self._now = Questions(settings, kept.view)
        self._pages: OrderedDict[tuple[str, str], Page] = OrderedDict()
        self._making: dict[tuple[tuple[str, str], Standing], asyncio.Task[Page]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with a kept page, or let it be made."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            await self._now.close()
            return
        if (path := self._path(scope)) is None:
            await self._app(scope, receive, send)
            return
        cookie, known = _asked(scope["headers"])
        standing = None if COOKIE in cookie else await self._now.standing()
        if standing is None:
            await self._app(scope, receive, send)
            return
        position, day = standing
        turn = int(time.monotonic() / self._kept.seconds) if self._kept.evidence.match(path) else 0
        page = await self._page((path, view_in(cookie).cookie), (position, day, turn), scope)
        if page.etag and page.etag in known:
            await send(page.unchanged)
            await send({"type": "http.response.body", "body": b""})
            return
        await send(page.start)
        await send({"type": "http.response.body", "body": page.body})

    def _path(self, scope: Scope) -> str | None:
        """The path of a page that is the same for everybody."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
            return None
        path: str = scope["path"]
        return path if self._kept.pages.fullmatch(path) else None

    async def _page(self, key: tuple[str, str], standing: Standing, scope: Scope) -> Page:
        page = self._pages.get(key)
        if page is not None and page.standing == standing:
            self._pages.move_to_end(key)
            return page
        making = self._making.get((key, standing))
        if making is None:
            making = asyncio.create_task(self._made(key, standing, scope))
            self._making[key, standing] = making
            making.add_done_callback(lambda _: self._making.pop((key, standing), None))
        return await asyncio.shield(making)

    async def _made(self, key: tuple[str, str], standing: Standing, scope: Scope) -> Page:
        """The page as the web side gives it to somebody who sends display settings alone."""
        plain = [(name, said) for name, said in scope["headers"] if name in (b"host", b"accept")]
        cookie = [(b"cookie", f"gongjiang_view={key[1]}".encode())]
        start: Message = {}
        parts: list[bytes] = []

        async def nothing_more() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        await self._app({**scope, "headers": plain + cookie}, nothing_more, keep)
        page = _page_of(standing, start, b"".join(parts))
        if page.public:
            self._pages[key] = page
            while len(self._pages) > self._kept.most:
                self._pages.popitem(last=False)
        return page


def _asked(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, bytes]:
    """The cookies, and the entity tags that the reader holds."""
    cookie = known = b""
    for name, said in headers:
        if name == b"cookie":
            cookie = said
        elif name == b"if-none-match":
            known = said
        elif name == b"authorization":
            cookie += COOKIE.encode()
    return cookie.decode("latin-1"), known


def _page_of(standing: Standing, start: Message, body: bytes) -> Page:
    """The validators are of the bytes: a strong entity tag, the same after a rebuild."""
    if start["status"] != 200:
        return Page(standing, b"", start, start, body, public=False)
    etag = f'"{sha256(body).hexdigest()[:32]}"'.encode()
    headers = [(name, said) for name, said in start["headers"] if name != b"last-modified"]
    for name, said in start["headers"]:
        if name == b"last-modified":
            headers.append((name, _not_in_the_future(said)))
    headers += [(b"etag", etag), (b"vary", b"Cookie")]
    bodiless = [one for one in headers if one[0] not in (b"content-length", b"content-type")]
    return Page(
        standing,
        etag,
        {"type": "http.response.start", "status": 200, "headers": headers},
        {"type": "http.response.start", "status": 304, "headers": bodiless},
        body,
        public=True,
    )


def _not_in_the_future(said: bytes) -> bytes:
    """RFC 9110: nobody says that a page was changed later than now; a rehearsal's clock may."""
    changed = min(parsedate_to_datetime(said.decode()), datetime.now(UTC))
    return format_datetime(changed.astimezone(UTC), usegmt=True).encode()


class Questions:
    """Where the view and the calendar stand, asked once for all who wait at the same moment."""

    def __init__(self, settings: Settings, view: str) -> None:
        self._settings = settings
        self._view = view
        self._connection: AsyncConnection[Any] | None = None
        self._running: asyncio.Task[tuple[int, date] | None] | None = None
        self._next: asyncio.Task[tuple[int, date] | None] | None = None

    async def standing(self) -> tuple[int, date] | None:
        """The answer to a question that was not asked before now; None if nobody can say."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
        return await asyncio.shield(self._next)

    async def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            await self._connection.close()

    async def _after(
        self, running: asyncio.Task[tuple[int, date] | None] | None
    ) -> tuple[int, date] | None:
        if running is not None:
            await asyncio.wait([running])
        self._running, self._next = self._next, None
        try:
            return await asyncio.wait_for(self._ask(), PATIENCE)
        except (Error, OSError, TimeoutError) as fault:
            log.warning("kept pages cannot be checked: %s", type(fault).__name__)
            broken, self._connection = self._connection, None
            if broken is not None:
                await broken.close()
            return None

    async def _ask(self) -> tuple[int, date]:
        if self._connection is None:
            self._connection = await AsyncConnection.connect(
                self._settings.database_url, autocommit=True, prepare_threshold=1
            )
        cursor = await self._connection.execute(QUERY, (self._view,))
        row = await cursor.fetchone()
        position, set_to, set_at = row if row is not None else (None, None, None)
        now = datetime.now(UTC)
        if self._settings.rehearsal and set_to is not None:
            now = set_to + (now - set_at)
        return position or 0, beijing_date(now)
