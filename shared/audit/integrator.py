"""The integrator: follows the leaves and keeps the Merkle tree over them.

A window of leaves, the tiles that it changes and the tree's new size and root are one transaction,
guarded by compare-and-set; so whoever reads size, root and tiles in one snapshot finds them of one
piece, whatever was killed when.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from shared.application import Application
from shared.audit import tiles
from shared.audit.checkpoints import PRESENT_EPOCH
from shared.audit.tiles import Damaged, StoredTiles, leaves_from
from shared.audit.tree import Frontier
from shared.leader import leadership
from shared.positions import rows_changed
from shared.recorder import PASSING

STANDBY = 0.5
HEARTBEAT = 1.0
STUCK = 5.0
NAME = "integrator"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tree:
    """How far the tree of this epoch has come."""

    origin: str
    size: int
    root: bytes


class Integrator:
    """Integrates for as long as this process leads; `state` tells in a word what it is doing."""

    def __init__(
        self,
        application: Application,
        *,
        wait: Callable[[float], object],
        stopped: Callable[[], bool],
    ) -> None:
        self._application = application
        self._wait = wait
        self._stopped = stopped
        self._frontier: Frontier | None = None
        self.state = "standby"

    def run(self) -> None:
        """Lead or stand by, again after every fault."""
        while not self._stopped():
            try:
                with leadership(self._application.settings.database_url, NAME) as session:
                    if session is None:
                        self.state = "standby"
                    else:
                        self._lead(session)
            except PASSING as fault:
                self.state = "retrying"
                log.warning("%s starts again: %s", NAME, fault)
            except (Damaged, LookupError) as fault:  # until somebody repairs it, visibly
                self.state = "stuck: tiles"
                log.error("the tree cannot grow: %s", str(fault))  # noqa: TRY400
                self._wait(STUCK)
            if not self._stopped():
                self._wait(STANDBY)

    def _lead(self, session: Connection[dict[str, Any]]) -> None:
        self._frontier = None
        while not self._stopped():
            moved = self.advance(session)
            self.state = "leading"
            if not moved:
                self._wait(HEARTBEAT)
                session.execute("SELECT 1")
        self.state = "standby"

    def advance(self, session: Connection[dict[str, Any]]) -> bool:
        """Integrate the next window of leaves.

        Returns:
            Whether there were any.

        Raises:
            Damaged: the stored tiles do not give the stored root, or a leaf is missing.
            Conflict: another process was faster.
        """
        tree = self._tree(session)
        window = leaves_from(session, tree.size, tiles.WINDOW)
        if not window:
            return False
        frontier = self._frontier_of(session, tree)
        self._frontier = None  # until it is stored
        changed = list(frontier.append(window))
        with session.transaction(), session.cursor() as cursor:
            cursor.execute(
                "UPDATE ledger_tree SET size = %s, root = %s"
                " WHERE origin = %s AND size = %s AND root = %s",
                (frontier.size, frontier.root(), tree.origin, tree.size, tree.root),
            )
            rows_changed(cursor, 1, "the tree")
            tiles.write(cursor, changed)
        self._frontier = frontier
        return True

    def _frontier_of(self, session: Connection[Any], tree: Tree) -> Frontier:
        known = self._frontier
        if known is None or known.size != tree.size:
            known = Frontier(tree.size, StoredTiles(session))
        if known.root() != tree.root:
            raise Damaged("the tiles do not give the root of the tree")
        return known

    def _tree(self, session: Connection[Any]) -> Tree:
        found = tree_of(session)
        if found is None:
            session.execute(
                "INSERT INTO ledger_tree (origin, size, root, first_index) VALUES (%s, 0, %s, 0)"
                " ON CONFLICT DO NOTHING",
                (self._application.settings.origin, sha256().digest()),
            )
            return self._tree(session)
        return found


def tree_of(connection: Connection[Any]) -> Tree | None:
    """The tree of the present epoch, None before the first."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT origin, size, root " + PRESENT_EPOCH).fetchone()
    return None if row is None else Tree(str(row[0]), int(row[1]), bytes(row[2]))
