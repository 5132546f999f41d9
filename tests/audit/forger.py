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
from tests.audit.signed_log import ORIGIN

EVENTS = """
SELECT e.originator_id, e.originator_version, e.topic, e.state, l.recorded_at, l.actor,
       l.correlation, l.causation, l.salt
FROM stored_events e LEFT JOIN ledger_leaves l ON l.leaf_index = e.notification_id - 1
ORDER BY e.notification_id
"""


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
            cursor.execute("TRUNCATE stored_events, ledger_leaves")
            heads: dict[UUID, tuple[int, bytes]] = {}
            for index, (
                stream,
                _,
                topic,
                state,
                at,
                actor,
                correlation,
                causation,
                salt,
            ) in enumerate(rows):
                version, previous = heads.get(stream, (0, NO_PREVIOUS))
                version += 1
                entry = Entry(stream, version, topic, at, actor, correlation, causation, state)
                leaf = entry.leaf(ORIGIN.encode(), previous, salt)
                heads[stream] = version, leaf
                cursor.execute(
                    "INSERT INTO stored_events (originator_id, originator_version, topic, state,"
                    " notification_id) VALUES (%s, %s, %s, %s, %s)",
                    (stream, version, topic, state, index + 1),
                )
                cursor.execute(
                    "INSERT INTO ledger_leaves VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                    (index, stream, version, at, actor, correlation, causation, leaf, salt),
                )

    def _tree(self) -> None:
        with self.connection.cursor(row_factory=tuple_row) as cursor:
            leaves = cursor.execute("SELECT leaf FROM ledger_leaves ORDER BY leaf_index").fetchall()
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
