"""An administrator who recomputes everything that his database holds, so that it agrees again.

What he does not have is the signer's key, and what others kept.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import tuple_row

from shared.audit import tiles, tree
from shared.audit.ledger import NO_PREVIOUS, Entry
from shared.audit.tiles import StoredTiles
from shared.audit.tree import Frontier
from shared.recorder import COLUMNS, row_of
from tests.audit.signed_log import ORIGIN

EVENTS = """
SELECT originator_id, topic, recorded_at, actor, correlation, causation, state, salt
FROM stored_events ORDER BY notification_id
"""


def put(connection: Connection[Any], row: list[Any]) -> None:
    """An event and its leaf, at a place that is free."""
    connection.execute(
        f"INSERT INTO stored_events ({COLUMNS}) VALUES ({', '.join(['%s'] * len(row))})",  # noqa: S608
        row,
    )


@dataclass
class Forger:
    """Works as the owner of the database."""

    connection: Connection[Any]

    def rehash(self) -> None:
        """Positions, versions, chain, leaves, tiles and tree as if nothing had been done, and away
        with every checkpoint that says otherwise."""
        with self.connection.transaction():
            self._leaves()
            self._tree()
            self._checkpoints()

    def _leaves(self) -> None:
        with self.connection.cursor(row_factory=tuple_row) as cursor:
            rows = cursor.execute(EVENTS).fetchall()
            cursor.execute("TRUNCATE stored_events")
            heads: dict[UUID, tuple[int, bytes]] = {}
            for position, (stream, *said, salt) in enumerate(rows, start=1):
                version, previous = heads.get(stream, (0, NO_PREVIOUS))
                entry = Entry(stream, version + 1, *said)
                leaf = entry.leaf(ORIGIN.encode(), previous, salt)
                heads[stream] = version + 1, leaf
                put(self.connection, row_of(entry, leaf, salt, position))

    def _tree(self) -> None:
        with self.connection.cursor(row_factory=tuple_row) as cursor:
            leaves = cursor.execute(
                "SELECT leaf FROM stored_events ORDER BY notification_id"
            ).fetchall()
            cursor.execute("TRUNCATE ledger_tiles")
            frontier = Frontier()
            tiles.write(cursor, frontier.append([leaf for (leaf,) in leaves]))
            cursor.execute(
                "UPDATE ledger_tree SET size = %s, root = %s", (frontier.size, frontier.root())
            )

    def _checkpoints(self) -> None:
        with self.connection.cursor(row_factory=tuple_row) as cursor:
            (length,) = cursor.execute("SELECT size FROM ledger_tree").fetchone() or (0,)
            stored = StoredTiles(self.connection)
            for size, root in cursor.execute("SELECT size, root FROM checkpoints").fetchall():
                if size > length or tree.root(stored, size) != root:
                    cursor.execute("DELETE FROM checkpoints WHERE size = %s", (size,))
                    cursor.execute("DELETE FROM cosignatures WHERE size = %s", (size,))
