"""Sheets of paper: composed from templates, set as PDF by one worker, kept by what they say.

A burst of readers waits for one thread and never takes the site down: a sheet that is being made is
made once, what was made is kept by its digest, and where too many different ones are waiting, the
next is asked to come back.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import cast
from urllib.parse import quote

from fastapi import HTTPException, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.clock import BEIJING
from shared.web.pages import HERE, STATIC, day, moment

WAITING = 32
"""How many different sheets may wait for the worker."""

KEPT_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class Sheet:
    """Something to be printed. `name` is what its file is called, without `.pdf`."""

    name: str
    html: str

    @cached_property
    def digest(self) -> str:
        """One for all sheets that are printed to the same bytes."""
        return sha256(json.dumps([setting(), self.html]).encode()).hexdigest()


@cache
def setting() -> str:
    """What decides on the look of a sheet beside its own text."""
    style = sha256((STATIC / "paper.css").read_bytes()).hexdigest()
    return f"{version('weasyprint')}:{style}"


class Sheets:
    """The templates of sheets of one service, and the shared one behind them."""

    def __init__(self, folder: Path, filters: Mapping[str, Callable[..., object]]) -> None:
        self._environment = Environment(
            loader=FileSystemLoader([folder, HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"day": day, "moment": moment, "w3c": _w3c, **filters}

    def compose(self, template: str, name: str, **context: object) -> Sheet:
        """The sheet that this template makes of this."""
        return Sheet(name, self._environment.get_template(template).render(name=name, **context))


def _w3c(at: datetime) -> str:
    return at.astimezone(BEIJING).isoformat(timespec="seconds")


class Busy(Exception):
    """Too many sheets are waiting."""


class Printer:
    """One worker and what it has made. Its methods are for one event loop at a time."""

    def __init__(self, set_as_pdf: Callable[[str], bytes] | None = None) -> None:
        self._set = set_as_pdf or _set_as_pdf
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="printer")
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._making: dict[str, asyncio.Task[bytes]] = {}

    async def print(self, sheet: Sheet, *, keep: bool) -> bytes:
        """The sheet as PDF. What nobody but the reader may see is not kept.

        Raises:
            Busy: too many are waiting.
        """
        key = sheet.digest
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        making = self._making.get(key)
        if making is None:
            if len(self._making) >= WAITING:
                raise Busy
            making = asyncio.create_task(self._make(sheet, keep=keep))
            self._making[key] = making
            making.add_done_callback(lambda _: self._making.pop(key, None))
        return await asyncio.shield(making)  # a reader who leaves takes it from nobody else

    async def _make(self, sheet: Sheet, *, keep: bool) -> bytes:
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(self._worker, self._set, sheet.html)
        if keep:
            self._kept[sheet.digest] = made
            while sum(map(len, self._kept.values())) > KEPT_BYTES:
                self._kept.popitem(last=False)
        return made


def _set_as_pdf(html: str) -> bytes:
    from shared.web.typesetting import pdf_of  # noqa: PLC0415  (half a second that most starts save)

    return pdf_of(html)


def printer_of(request: Request) -> Printer:
    """The one printer of this process."""
    state = request.app.state
    if not hasattr(state, "printer"):
        state.printer = Printer()
    return cast("Printer", state.printer)


async def public_pdf(request: Request, sheet: Sheet) -> Response:
    """A sheet for everybody, with a strong validator: it is not even made for a reader who has it.

    Raises:
        HTTPException: 503, too many are waiting.
    """
    etag = f'"{sheet.digest}"'
    known = request.headers.get("if-none-match", "")
    if known.strip() == "*" or etag in (tag.strip() for tag in known.split(",")):
        return Response(status_code=304, headers={"etag": etag})
    return await _answer(request, sheet, keep=True, headers={"etag": etag})


async def personal_pdf(request: Request, sheet: Sheet) -> Response:
    """A sheet for this reader alone: kept nowhere.

    Raises:
        HTTPException: 503, too many are waiting.
    """
    return await _answer(request, sheet, keep=False, headers={"cache-control": "no-store"})


async def _answer(
    request: Request, sheet: Sheet, *, keep: bool, headers: Mapping[str, str]
) -> Response:
    try:
        made = await printer_of(request).print(sheet, keep=keep)
    except Busy:
        raise HTTPException(503) from None
    return Response(
        made,
        media_type="application/pdf",
        headers={**headers, "content-disposition": inline(f"{sheet.name}.pdf")},
    )


def inline(filename: str) -> str:
    """What tells a browser how to call a file that it shows (RFC 6266, RFC 5987)."""
    plain = "".join(char if char.isascii() and char.isalnum() else "-" for char in filename[:-4])
    plain = "-".join(part for part in plain.split("-") if part) or "document"
    return f"inline; filename=\"{plain}.pdf\"; filename*=UTF-8''{quote(filename, safe='')}"
