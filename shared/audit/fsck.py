"""The internal check of a service's log: what is stored against its leaves, these against the tree,
and the tree against every signed checkpoint that is kept here.

    stored bytes -> leaf -> previous leaf of the stream
    leaves -> tiles -> root -> checkpoints

It finds damage, and whoever changed rows without changing the rest. It cannot find who changed
everything: what was signed and is kept elsewhere can (`gongjiang audit verify --kept`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import tuple_row

from shared.audit.integrator import Tree, tree_of
from shared.audit.ledger import NO_PREVIOUS, Entry
from shared.audit.tiles import FULL, HASH, Tile, stored
from shared.audit.tree import Frontier, tile_path
from shared.audit.verifier import Checkpoint, Malformed

WINDOW = 2000
MOST = 200
"""Findings that are told; a log that is damaged throughout would tell as many as it has events."""

ROWS: LiteralString = """
SELECT e.notification_id - 1, e.originator_id, e.originator_version, e.topic, e.recorded_at,
       e.actor, e.correlation, e.causation, e.state, e.leaf, e.salt, p.notification_id - 1, p.leaf
FROM stored_events e
LEFT JOIN stored_events p ON p.originator_id = e.originator_id
                         AND p.originator_version = e.originator_version - 1
WHERE e.notification_id > %(start)s AND e.notification_id <= %(stop)s
ORDER BY e.notification_id
"""


KEPT: LiteralString = """
SELECT c.origin, c.size, c.root, c.note
FROM checkpoints c
JOIN (SELECT origin, lead(first_index) OVER (ORDER BY first_index, origin) AS until
      FROM ledger_tree) epoch
  ON epoch.origin = c.origin AND (epoch.until IS NULL OR c.size <= epoch.until)
WHERE (c.size, c.origin, c.root) > (%s, %s, %s)
ORDER BY c.size, c.origin, c.root
LIMIT 500
"""
"""Of an earlier epoch only what a restore has not taken back: that is on record in the log."""

Signed = tuple[str, int, bytes, bytes]
"""origin, size, root, note"""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that contradicts something else.

    `code` is for machines, `where` names the leaf or checkpoint, `words` (Chinese) say what is
    wrong; `expected` and `found` are what contradicts each other.
    """

    code: str
    where: str
    words: str
    expected: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, and what was found; `more` findings are not told one by one."""

    origin: str
    events: int
    checkpoints: int
    findings: tuple[Finding, ...]
    more: int


def check(connection: Connection[Any], origin: str) -> Checked:
    """Check a whole log, in windows; memory grows with its findings alone.

    Args:
        connection: to its database, in a transaction that sees one moment.
        origin: the name of the log in its records.
    """
    checking = Checking(connection, origin)
    findings: list[Finding] = []
    more = 0
    for finding in checking.run():
        if len(findings) < MOST:
            findings.append(finding)
        else:
            more += 1
    return Checked(origin, checking.seen, checking.compared, tuple(findings), more)


class Checking:
    """One check: `seen` leaves, and `compared` checkpoints that lie within them."""

    def __init__(self, connection: Connection[Any], origin: str) -> None:
        self._connection = connection
        self._origin = origin.encode()
        self._frontier = Frontier()
        self._tree: Tree | None = tree_of(connection)
        self._growing: dict[int, Tile] = {}
        self._kept = self._ascending()
        self._next = next(self._kept, None)
        self._whole = True
        self.seen = 0
        self.compared = 0

    def run(self) -> Iterator[Finding]:
        """Everything that is found, in the order of the log."""
        end = self._end()
        for start in range(0, end, WINDOW):
            stop = min(start + WINDOW, end)
            yield from self._window(start, stop)
        if self._tree is None and end:
            yield Finding("no_tree", "账本树", "日志有事件，而账本树不存在")
        if self._whole:
            yield from self._beyond(end)
        else:
            yield Finding("not_compared", "检查点", "账本缺叶，缺叶之后的检查点无法核对")
        yield from self._forks()

    def _end(self) -> int:
        ((end,),) = self._rows("SELECT coalesce(max(notification_id), 0) FROM stored_events")
        return int(end)

    def _window(self, start: int, stop: int) -> Iterator[Finding]:
        leaves = []
        expected = start
        for index, *row, leaf, salt, before_index, before in self._rows(
            ROWS, {"start": start, "stop": stop}
        ):
            if index > expected:
                yield gap(expected, index)
            expected = index + 1
            leaves.append(leaf)
            where = f"{place(index)}，流 {row[0]} 第 {row[1]} 版"
            yield from self._chain(index, where, row[1], before_index)
            found = Entry(*row).leaf(self._origin, before or NO_PREVIOUS, salt)
            if found != leaf:
                yield Finding(
                    "altered",
                    where,
                    "事件的内容、名称、时间、办理人或前一叶与账本叶不符，记录已被改动",
                    leaf.hex(),
                    found.hex(),
                )
        if expected < stop:
            yield gap(expected, stop)
        self.seen += len(leaves)
        self._whole = self._whole and len(leaves) == stop - start
        if self._whole:
            yield from self._grow(leaves)

    def _chain(self, index: int, where: str, version: int, before: int | None) -> Iterator[Finding]:
        """Whether the version before is there, and stands before."""
        if version > 1 and before is None:
            yield Finding("version_gap", where, f"同一流的第 {version - 1} 版不存在，版本不连续")
        if before is not None and before > index:
            yield Finding(
                "order", where, "同一流的前一版本排在其后，叶的次序已被改动", "", place(before)
            )

    def _grow(self, leaves: list[bytes]) -> Iterator[Finding]:
        """Append the leaves, and stop where the tree ends and at every checkpoint."""
        while leaves:
            stops = [len(leaves) + self._frontier.size]
            if self._next is not None:
                stops.append(self._next[1])
            if self._tree is not None and self._tree.size > self._frontier.size:
                stops.append(self._tree.size)
            room = min(stops) - self._frontier.size
            for tile in self._frontier.append(leaves[:room]):
                yield from self._tile(tile)
            leaves = leaves[room:]
            if self._tree is not None and self._tree.size == self._frontier.size:
                yield from self._whole_tree(self._tree)
            while self._next is not None and self._next[1] == self._frontier.size:
                yield from self._compare(self._next)
                self._next = next(self._kept, None)

    def _tile(self, tile: Tile) -> Iterator[Finding]:
        """A full tile never changes; one that grows is compared where the tree ends."""
        level, _, hashes = tile
        self._growing[level] = tile
        within = self._tree is not None and self._frontier.size <= self._tree.size
        if within and len(hashes) == FULL * HASH:
            yield from self._compare_tile(tile)

    def _whole_tree(self, tree: Tree) -> Iterator[Finding]:
        for tile in self._growing.values():
            if len(tile[2]) < FULL * HASH:
                yield from self._compare_tile(tile)
        if self._frontier.root() != tree.root:
            yield Finding(
                "tree",
                f"账本树 {tree.origin}，规模 {tree.size}",
                "现有各叶算出的根与账本树所记的根不同",
                tree.root.hex(),
                self._frontier.root().hex(),
            )

    def _compare_tile(self, tile: Tile) -> Iterator[Finding]:
        level, number, hashes = tile
        kept = stored(self._connection, level, number)
        if kept != hashes:
            yield Finding(
                "tile",
                tile_path(level, number, len(hashes) // HASH),
                "瓦片缺失或与现有各叶不符，可由各叶重建" if kept else "瓦片缺失，可由各叶重建",
            )

    def _compare(self, signed: Signed) -> Iterator[Finding]:
        origin, size, root, _ = signed
        self.compared += 1
        yield from misquoted(signed)
        if self._frontier.root() != root:
            yield Finding(
                "forked",
                checkpoint(origin, size),
                "现有各叶算出的根与签署的根不同：签署之后，其所覆盖的事件已被改动",
                root.hex(),
                self._frontier.root().hex(),
            )

    def _beyond(self, end: int) -> Iterator[Finding]:
        """Whatever was signed is there: a tree and checkpoints cannot be greater than the log."""
        if self._tree is not None and self._tree.size > end:
            yield shorter(f"账本树 {self._tree.origin}", self._tree.size, end)
        while self._next is not None:
            origin, size, _, _ = self._next
            if size:
                yield shorter(f"检查点 {origin}", size, end)
            self._next = next(self._kept, None)

    def _forks(self) -> Iterator[Finding]:
        """What this service has noted of contradictions, its own or another's."""
        rows = self._rows("SELECT origin, size, reason FROM forks ORDER BY found_at LIMIT 100")
        for origin, size, reason in rows:
            yield Finding(
                "fork_on_record",
                checkpoint(origin, size),
                f"本服务曾收到互相矛盾的检查点（{reason}），证据存于 forks 表",
            )

    def _ascending(self) -> Iterator[Signed]:
        last: Signed = ("", -1, b"", b"")
        while rows := self._rows(KEPT, (last[1], last[0], last[2])):
            yield from rows
            last = rows[-1]

    def _rows(self, statement: LiteralString, parameters: Any = ()) -> list[Any]:
        with self._connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            return cursor.execute(statement, parameters).fetchall()


def misquoted(signed: Signed) -> Iterator[Finding]:
    """Whether the row says something else than the note that it keeps."""
    origin, size, root, note = signed
    try:
        said = Checkpoint.parse(note.partition(b"\n\n")[0] + b"\n")
    except Malformed as fault:
        yield Finding("note", checkpoint(origin, size), f"检查点原文无法读取：{fault}")
        return
    if (said.origin, said.size, said.root) != (origin, size, root):
        yield Finding(
            "note",
            checkpoint(origin, size),
            "检查点的登记与其签署的原文不符",
            f"{said.origin} {said.size} {said.root.hex()}",
            f"{origin} {size} {root.hex()}",
        )


def gap(start: int, stop: int) -> Finding:
    """Events that are gone, with their leaves."""
    which = place(start) if stop == start + 1 else f"第 {start} 至 {stop - 1} 叶"
    return Finding("gap", which, "序号不连续：该处的事件连同账本叶已被删除")


def shorter(what: str, size: int, end: int) -> Finding:
    """The log ends before what was signed or built over it."""
    return Finding(
        "cut", f"{what}，规模 {size}", "日志短于其规模：末尾的事件已被删除", str(size), str(end)
    )


def place(index: int) -> str:
    """Where a leaf is."""
    return f"第 {index} 叶"


def checkpoint(origin: str, size: int) -> str:
    """Which checkpoint."""
    return f"检查点 {origin}，规模 {size}"
