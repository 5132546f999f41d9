"""The record behind a leaf, and the proof that it lies in a checkpoint's tree."""

from typing import Any, LiteralString
from uuid import UUID

from psycopg import Connection
from psycopg.rows import tuple_row

from shared.audit import tree
from shared.audit.checkpoints import Kept
from shared.audit.ledger import NO_PREVIOUS, Entry
from shared.audit.verifier import TlogProof
from shared.messages import event_id

SCAN = 10_000

RECORD: LiteralString = """
SELECT e.originator_id, e.originator_version, e.topic, e.recorded_at, e.actor, e.correlation,
       e.causation, e.state, p.leaf, e.salt
FROM stored_events e
LEFT JOIN stored_events p ON p.originator_id = e.originator_id
    AND p.originator_version = e.originator_version - 1
WHERE e.notification_id = %s
"""


def record_at(connection: Connection[Any], origin: str, index: int) -> bytes:
    """The bytes whose hash is the leaf of this index.

    Args:
        origin: the one that stands in this log's records (settings.origin), whatever the epoch.

    Raises:
        LookupError: there is no such leaf.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(RECORD, (index + 1,)).fetchone()
    if row is None:
        raise LookupError(f"there is no leaf {index}")
    *fields, previous, salt = row
    return Entry(*fields).record(origin.encode(), previous or NO_PREVIOUS, salt)


def proof_of(
    connection: Connection[Any], tiles: tree.Tiles, origin: str, index: int, kept: Kept
) -> TlogProof:
    """That the record at this index lies in the tree of this checkpoint; `extra` is the record.

    Raises:
        LookupError: the leaf, or a tile, is not there.
    """
    return TlogProof(
        index=index,
        hashes=tuple(tree.inclusion(tiles, index, kept.size)),
        checkpoint=kept.note,
        extra=record_at(connection, origin, index),
    )


def index_of(connection: Connection[Any], event: UUID, guess: int | None = None) -> int | None:
    """The leaf of the event with this id.

    An id is made of stream and version and cannot be read backwards, so the ledger is searched,
    from its end; unless `guess` is right.
    """
    if guess is not None:
        found = _among(connection, event, guess, guess + 1)
        if found is not None:
            return found
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT max(notification_id) FROM stored_events").fetchone()
    end = int(row[0] or 0) if row else 0
    while end > 0:
        found = _among(connection, event, end - SCAN, end)
        if found is not None:
            return found
        end -= SCAN
    return None


def _among(connection: Connection[Any], event: UUID, start: int, end: int) -> int | None:
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT notification_id - 1, originator_id, originator_version FROM stored_events"
            " WHERE notification_id > %s AND notification_id <= %s",
            (start, end),
        ).fetchall()
    for index, stream, version in rows:
        if event_id(stream, version) == event:
            return int(index)
    return None
