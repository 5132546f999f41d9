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
SELECT l.originator_id, l.originator_version, e.topic, l.recorded_at, l.actor, l.correlation,
       l.causation, e.state, p.leaf, l.salt
FROM ledger_leaves l JOIN stored_events e ON e.notification_id = l.leaf_index + 1
LEFT JOIN ledger_leaves p ON p.originator_id = l.originator_id
    AND p.originator_version = l.originator_version - 1
WHERE l.leaf_index = %s
"""


def record_at(connection: Connection[Any], origin: str, index: int) -> bytes:
    """The bytes whose hash is the leaf of this index.

    Args:
        origin: the one that stands in this log's records (settings.origin), whatever the epoch.

    Raises:
        LookupError: there is no such leaf.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(RECORD, (index,)).fetchone()
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
        row = cursor.execute("SELECT coalesce(max(leaf_index), -1) FROM ledger_leaves").fetchone()
    end = 0 if row is None else int(row[0]) + 1
    while end > 0:
        found = _among(connection, event, end - SCAN, end)
        if found is not None:
            return found
        end -= SCAN
    return None


def _among(connection: Connection[Any], event: UUID, start: int, end: int) -> int | None:
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT leaf_index, originator_id, originator_version FROM ledger_leaves"
            " WHERE leaf_index >= %s AND leaf_index < %s",
            (start, end),
        ).fetchall()
    for index, stream, version in rows:
        if event_id(stream, version) == event:
            return int(index)
    return None
