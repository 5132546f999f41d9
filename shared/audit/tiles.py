"""Tiles of the Merkle tree: as our own database keeps them, and as another service serves them.

A stored row holds a tile as far as it has grown; a narrower one is its beginning, so that the
partial tiles of every earlier checkpoint are there too.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from psycopg import Connection, Cursor
from psycopg.rows import tuple_row

from shared.audit.checkpoints import PRESENT_EPOCH
from shared.audit.tree import Frontier, tile_path

HASH = 32
FULL = 256
REMEMBERED = 512
"""Full tiles kept in memory: they never change."""
WINDOW = 4096

Tile = tuple[int, int, bytes]
"""level, number, hashes"""


class Damaged(Exception):
    """The stored tree is not that of the leaves."""


class StoredTiles:
    """The tiles in this database, for the functions of `tree`.

    Args:
        connection: whose snapshot is read.
        known: where full tiles are remembered beyond this question; they never change.
    """

    def __init__(
        self, connection: Connection[Any], known: dict[tuple[int, int], bytes] | None = None
    ) -> None:
        self._connection = connection
        self._known = {} if known is None else known

    def __call__(self, level: int, number: int, width: int) -> bytes:
        """The first `width` hashes of a tile.

        Raises:
            LookupError: there are not so many.
        """
        hashes = self._known.get((level, number))
        if hashes is None:
            hashes = stored(self._connection, level, number)
            if len(hashes) == FULL * HASH:
                if len(self._known) >= REMEMBERED:
                    self._known.clear()
                self._known[level, number] = hashes
        if len(hashes) < width * HASH:
            raise LookupError(f"tile {tile_path(level, number, width)} is missing or too short")
        return hashes[: width * HASH]


class FetchedTiles:
    """The tiles that a log serves, for the functions of `tree`.

    Args:
        get: the body at a path below the log's prefix, None where there is nothing.
    """

    def __init__(self, get: Callable[[str], bytes | None]) -> None:
        self._get = get
        self._known: dict[tuple[int, int, int], bytes] = {}

    def __call__(self, level: int, number: int, width: int) -> bytes:
        """The first `width` hashes of a tile, from the full one if the partial one is gone.

        Raises:
            LookupError: the log does not serve it.
        """
        key = level, number, width
        if key not in self._known:
            self._known[key] = self._fetch(*key)
        return self._known[key]

    def _fetch(self, level: int, number: int, width: int) -> bytes:
        for candidate in dict.fromkeys((width, FULL)):
            hashes = self._get(tile_path(level, number, candidate))
            if hashes is not None and len(hashes) == candidate * HASH:
                return hashes[: width * HASH]
        raise LookupError(f"tile {tile_path(level, number, width)} is not served")


def stored(connection: Connection[Any], level: int, number: int) -> bytes:
    """A tile as far as it has grown; nothing where there is none."""
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        row = cursor.execute(
            "SELECT hashes FROM ledger_tiles WHERE level = %s AND number = %s", (level, number)
        ).fetchone()
    return b"" if row is None else bytes(row[0])


def write(cursor: Cursor[Any], changed: Iterable[Tile]) -> None:
    """Store these tiles as they are now."""
    levels, numbers, hashes = zip(*changed, strict=True)
    cursor.execute(
        "INSERT INTO ledger_tiles (level, number, hashes)"
        " SELECT * FROM unnest(%b::smallint[], %b::bigint[], %b::bytea[])"
        " ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes",
        (list(levels), list(numbers), list(hashes)),
    )


def leaves(connection: Connection[Any], start: int, end: int) -> Iterator[list[bytes]]:
    """The leaf hashes from `start` up to `end`, in windows.

    Raises:
        Damaged: one is missing.
    """
    while start < end:
        window = leaves_from(connection, start, min(WINDOW, end - start))
        if not window:
            raise Damaged(f"leaf {start} is missing from the ledger")
        yield window
        start += len(window)


def leaves_from(connection: Connection[Any], start: int, limit: int) -> list[bytes]:
    """The next leaf hashes.

    Raises:
        Damaged: there is a gap.
    """
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        rows = cursor.execute(
            "SELECT notification_id - 1, leaf FROM stored_events WHERE notification_id > %s"
            " ORDER BY notification_id LIMIT %s",
            (start, limit),
        ).fetchall()
    if rows and rows[-1][0] != start + len(rows) - 1:
        raise Damaged(f"leaves are missing from the ledger behind {start}")
    return [leaf for _, leaf in rows]


def root_of_leaves(connection: Connection[Any], size: int) -> bytes:
    """The root of the first leaves, whatever the tiles say.

    Raises:
        Damaged: there are not so many.
    """
    frontier = Frontier()
    for window in leaves(connection, 0, size):
        for _ in frontier.append(window):
            pass
    return frontier.root()


def rebuild(connection: Connection[Any]) -> int:
    """Make all tiles anew from the leaves, if that gives the root which the tree has.

    Returns:
        The size of the tree.

    Raises:
        Damaged: the leaves are not those of this root any more; nothing was changed.
    """
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT size, root " + PRESENT_EPOCH + " FOR UPDATE").fetchone()
        if row is None:
            return 0
        size, root = int(row[0]), bytes(row[1])
        cursor.execute("DELETE FROM ledger_tiles")
        frontier = Frontier()
        for window in leaves(connection, 0, size):
            write(cursor, frontier.append(window))
        if frontier.root() != root:
            raise Damaged("the leaves do not give the root of the tree")
        return size
