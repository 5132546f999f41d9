"""What a service keeps of checkpoints: its own, those of the other services, and who cosigned them.

    ledger_tiles   the Merkle tree of the leaves, by tiles; the rightmost ones grow
    ledger_tree    how far the tree has come: one row for each epoch of this log
    checkpoints    signed checkpoints as heard on the bus, the log's signature verified
    cosignatures   the lines by which witnesses say that they saw a checkpoint, and when
    timestamps     tokens of a time-stamping authority over a checkpoint (RFC 3161)
    forks          what contradicts what was seen before: evidence, never deleted

Two rows of `checkpoints` with one origin and size and different roots are evidence of a split view.
"""

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import tuple_row

CHECKPOINTS: tuple[LiteralString, ...] = (
    """
    CREATE TABLE IF NOT EXISTS ledger_tiles (
        level smallint NOT NULL,
        number bigint NOT NULL,
        hashes bytea NOT NULL,
        PRIMARY KEY (level, number)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS ledger_tree (
        origin text PRIMARY KEY,
        size bigint NOT NULL,
        root bytea NOT NULL,
        first_index bigint NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS checkpoints (
        origin text NOT NULL,
        size bigint NOT NULL,
        root bytea NOT NULL,
        note bytea NOT NULL,
        seen_at timestamptz NOT NULL,
        PRIMARY KEY (origin, size, root)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS cosignatures (
        origin text NOT NULL,
        size bigint NOT NULL,
        root bytea NOT NULL,
        witness text NOT NULL,
        line bytea NOT NULL,
        PRIMARY KEY (origin, size, root, witness)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS timestamps (
        origin text NOT NULL,
        size bigint NOT NULL,
        root bytea NOT NULL,
        token bytea NOT NULL,
        PRIMARY KEY (origin, size, root)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS forks (
        origin text NOT NULL,
        size bigint NOT NULL,
        note bytea NOT NULL,
        other bytea NOT NULL,
        found_at timestamptz NOT NULL,
        reason text NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX IF NOT EXISTS forks_once ON forks (origin, size, reason, sha256(note))",
)

KEPT_FOR_EVER = ("checkpoints", "cosignatures", "timestamps", "forks")
"""What the application may add to and read, and neither change nor remove."""

READ_BY_THE_SIGNER = ("ledger_tree", "ledger_tiles", "stored_events")

PRESENT_EPOCH: LiteralString = (
    "FROM ledger_tree ORDER BY first_index DESC, length(origin) DESC, origin DESC LIMIT 1"
)
"""The row of the epoch in which the log goes on."""

SIGNED: LiteralString = "SELECT origin, size, root, note, seen_at FROM checkpoints "

COVERING: LiteralString = """
SELECT origin, size, root, note, seen_at FROM checkpoints c WHERE origin = %s AND size > %s
ORDER BY size, (SELECT count(*) FROM cosignatures s
                WHERE (s.origin, s.size, s.root) = (c.origin, c.size, c.root)) DESC
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint that this service keeps.

    `note` is the signed note with every cosignature line that is known; `witnesses` tells the key
    name of each witness and when it cosigned, in seconds since 1970.
    """

    origin: str
    size: int
    root: bytes
    note: bytes
    seen_at: datetime
    witnesses: dict[str, int]


def origin_now(connection: Connection[Any], origin: str) -> str:
    """The origin under which this log goes on: `origin`, or that of its latest epoch."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT origin " + PRESENT_EPOCH).fetchone()
    return origin if row is None else str(row[0])


def latest(connection: Connection[Any], origin: str) -> Kept | None:
    """The greatest checkpoint of a log."""
    return _kept(connection, SIGNED + "WHERE origin = %s ORDER BY size DESC", (origin,))


def covering(connection: Connection[Any], origin: str, leaf_index: int) -> Kept | None:
    """The smallest checkpoint in which this leaf lies.

    Of two with the same size, which would be a fork, the one with more cosignatures.
    """
    return _kept(connection, COVERING, (origin, leaf_index))


def before(connection: Connection[Any], origin: str, leaf_index: int) -> Kept | None:
    """The greatest checkpoint in which this leaf does not lie yet."""
    return _kept(
        connection,
        SIGNED + "WHERE origin = %s AND size <= %s ORDER BY size DESC",
        (origin, leaf_index),
    )


def at_size(connection: Connection[Any], origin: str, size: int) -> Kept | None:
    """The checkpoint of exactly this size."""
    return _kept(connection, SIGNED + "WHERE origin = %s AND size = %s", (origin, size))


def all_at(connection: Connection[Any], origin: str, size: int) -> list[Kept]:
    """The checkpoints of exactly this size: two, where a fork was found."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(
            "SELECT root FROM checkpoints WHERE origin = %s AND size = %s ORDER BY root",
            (origin, size),
        ).fetchall()
    found = [_exactly(connection, origin, size, bytes(root)) for (root,) in rows]
    return [one for one in found if one is not None]


def witnessed(connection: Connection[Any], origin: str, witness: str) -> Kept | None:
    """The greatest checkpoint of a log that this witness has cosigned."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(
            "SELECT size, root FROM cosignatures WHERE origin = %s AND witness = %s"
            " ORDER BY size DESC LIMIT 1",
            (origin, witness),
        ).fetchone()
    return None if row is None else _exactly(connection, origin, int(row[0]), bytes(row[1]))


def _exactly(connection: Connection[Any], origin: str, size: int, root: bytes) -> Kept | None:
    return _kept(
        connection, SIGNED + "WHERE origin = %s AND size = %s AND root = %s", (origin, size, root)
    )


def newest(connection: Connection[Any], origin: str, above: int) -> Iterator[Kept]:
    """The checkpoints of a log that are greater than `above`, the greatest first."""
    kept = latest(connection, origin)
    while kept is not None and kept.size > above:
        yield kept
        kept = before(connection, origin, kept.size - 1)


def origins(connection: Connection[Any]) -> list[str]:
    """The logs of which a checkpoint is kept."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute("SELECT DISTINCT origin FROM checkpoints ORDER BY origin").fetchall()
    return [str(row[0]) for row in rows]


def keep(
    connection: Connection[Any], origin: str, size: int, root: bytes, note: bytes, now: datetime
) -> None:
    """Keep a checkpoint whose log's signature was verified; a known one stays as it is."""
    connection.execute(
        "INSERT INTO checkpoints (origin, size, root, note, seen_at) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (origin, size, root, note, now),
    )


def keep_cosignature(
    connection: Connection[Any], origin: str, size: int, root: bytes, witness: str, line: bytes
) -> None:
    """Keep a witness's line that was verified; the first one stays."""
    connection.execute(
        "INSERT INTO cosignatures (origin, size, root, witness, line) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (origin, size, root, witness, line),
    )


def keep_timestamp(
    connection: Connection[Any], origin: str, size: int, root: bytes, token: bytes
) -> None:
    """Keep the token of a time-stamping authority; the first one stays."""
    connection.execute(
        "INSERT INTO timestamps (origin, size, root, token) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (origin, size, root, token),
    )


def timestamp(connection: Connection[Any], origin: str, size: int) -> bytes | None:
    """The token over the checkpoint of this size, if there is one."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(
            "SELECT token FROM timestamps WHERE origin = %s AND size = %s LIMIT 1", (origin, size)
        ).fetchone()
    return None if row is None else bytes(row[0])


def note_fork(
    connection: Connection[Any],
    origin: str,
    size: int,
    note: bytes,
    other: bytes,
    reason: str,
    now: datetime,
) -> bool:
    """Put two notes on record that contradict each other.

    Returns:
        Whether this was not on record yet.
    """
    cursor = connection.execute(
        "INSERT INTO forks (origin, size, note, other, found_at, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (origin, size, note, other, now, reason),
    )
    return cursor.rowcount == 1


def _kept(
    connection: Connection[Any], statement: LiteralString, parameters: tuple[Any, ...]
) -> Kept | None:
    row = _one(connection, statement, parameters)
    if row is None:
        return None
    origin, size, root, note, seen_at = row
    with connection.cursor(row_factory=tuple_row) as cursor:
        lines = cursor.execute(
            "SELECT witness, line FROM cosignatures WHERE origin = %s AND size = %s AND root = %s"
            " ORDER BY witness",
            (origin, size, root),
        ).fetchall()
    return Kept(
        origin=origin,
        size=size,
        root=bytes(root),
        note=b"".join([bytes(note), *(bytes(line) for _, line in lines)]),
        seen_at=seen_at,
        witnesses={witness: cosigned_at(bytes(line)) for witness, line in lines},
    )


def _one(
    connection: Connection[Any], statement: LiteralString, parameters: tuple[Any, ...] = ()
) -> tuple[Any, ...] | None:
    with connection.cursor(row_factory=tuple_row) as cursor:
        return cursor.execute(statement + " LIMIT 1", parameters).fetchone()


def cosigned_at(line: bytes) -> int:
    """The time in a cosignature/v1 line that was verified, in seconds since 1970."""
    return int.from_bytes(b64decode(line.split()[-1])[4:12], "big")
