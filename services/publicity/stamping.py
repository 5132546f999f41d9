"""What stamps a notice: the signed checkpoints that cover its publication, from our own tables.

A root is one number over every event before it. Printed on paper, it is out of everybody's reach:
who changes the history later cannot make it give that number again.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from shared.audit import checkpoints
from shared.audit.checkpoints import Kept

LOGS = {"intake": "受理与资格初审", "review": "评审与核查", "publicity": "公示与授予"}
"""The three logs as people call them."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A checkpoint as a page prints it."""

    service: str
    title: str
    origin: str
    size: int
    root: str
    witnesses: tuple[str, ...]
    seen_at: datetime


def stamps(connection: Connection[Any], origin: str, position: int) -> tuple[Stamp, ...]:
    """For a notice that our log published at `position`: the first checkpoint that covers this, and
    of each other log the first one that we witnessed after it. Once there, always the same."""
    own = checkpoints.covering(connection, checkpoints.origin_now(connection, origin), position - 1)
    if not position or own is None:
        return ()
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT DISTINCT ON (split_part(c.origin, '/', 2)) c.origin, c.size"
            " FROM checkpoints c JOIN cosignatures s USING (origin, size, root)"
            " WHERE s.witness = 'gongjiang/witness/publicity' AND c.seen_at >="
            " (SELECT recorded_at FROM stored_events WHERE notification_id = %s)"
            " ORDER BY split_part(c.origin, '/', 2), c.seen_at, c.size",
            (position,),
        ).fetchall()
    others = [checkpoints.at_size(connection, *row) for row in rows]
    return _in_order([own, *others])


def latest(connection: Connection[Any]) -> tuple[Stamp, ...]:
    """The latest checkpoint of each log that is kept here."""
    newest: dict[str, Kept] = {}
    for origin in checkpoints.origins(connection):
        kept = checkpoints.latest(connection, origin)
        before = newest.get(_service(origin))
        if kept is not None and (before is None or kept.seen_at > before.seen_at):
            newest[_service(origin)] = kept
    return _in_order(list(newest.values()))


def _in_order(found: Sequence[Kept | None]) -> tuple[Stamp, ...]:
    made = [_stamp(kept) for kept in found if kept is not None and _service(kept.origin) in LOGS]
    return tuple(sorted(made, key=lambda one: list(LOGS).index(one.service)))


def _stamp(kept: Kept) -> Stamp:
    service = _service(kept.origin)
    return Stamp(
        service=service,
        title=LOGS[service],
        origin=kept.origin,
        size=kept.size,
        root=b64encode(kept.root).decode(),
        witnesses=tuple(LOGS.get(name.rpartition("/")[2], name) for name in sorted(kept.witnesses)),
        seen_at=kept.seen_at,
    )


def _service(origin: str) -> str:
    return origin.split("/")[1] if "/" in origin else origin
