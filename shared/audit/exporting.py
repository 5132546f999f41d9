"""A service's part of the evidence: a bundle that is checked without us, from one snapshot.

    manifest.json                   what is in it, with digests
    <service>/checkpoint            the signed note that covers every event in it
    <service>/checkpoints/<size>    other signed notes: bounds for the times of events
    <service>/leaves.bin            the records and stored bytes of the events (see `frame`)
    <service>/proofs.json           how events and these notes belong to the checkpoint
    <service>/tombstones.json       keys that were destroyed: why some of it can never be read
    <service>/readable.jsonl        for people; proves nothing

A whole log, or cases: then every stream of the nomination or submission, beside it each event of
another stream that names it, and in a restored log what tells of the restore. What came after the
checkpoint is left out and counted.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from typing import IO, Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import Connection
from psycopg.rows import tuple_row

from shared.application import Application
from shared.audit import checkpoints, tree
from shared.audit.bundle import Files, as_json, bundle, manifest
from shared.audit.cases import positions_of, subjects_of
from shared.audit.checkpoints import Kept
from shared.audit.history import Line, lines
from shared.audit.ledger import NO_PREVIOUS, Entry
from shared.audit.tiles import StoredTiles
from shared.messages import Recorded, Refused
from shared.plan import nothing
from shared.positions import projected
from shared.recorder import EVENTS_WITH_LEAF
from shared.restoring import LEDGER, LEDGER_ID

WINDOW = 2000
"""Events read at once."""
LINKED = 500
"""Checkpoints, the latest, to which a case is linked without being asked."""
KEY = re.compile(rb'"key":"([0-9a-f-]{36})"')
"""Where a sealed value names the key that opens it (see `shared.contracts.sealed`)."""

STORED: LiteralString = """
SELECT e.notification_id - 1, e.originator_id, e.originator_version, e.topic, e.recorded_at,
       e.actor, e.correlation, e.causation, e.state, e.salt, p.leaf
FROM stored_events e
LEFT JOIN stored_events p ON p.originator_id = e.originator_id
                         AND p.originator_version = e.originator_version - 1
"""
"""Everything that a record is made of, and the state that it speaks of."""

BY_SUBJECT: LiteralString = """
SELECT c.subject, e.notification_id, e.originator_id, e.originator_version, e.topic, e.state,
       e.recorded_at, e.correlation, e.causation, e.leaf
FROM cases c
JOIN stored_events e ON e.notification_id = c.position
WHERE c.position <= %s
ORDER BY c.subject, c.position
"""

Index = int


class NothingSigned(Refused):
    """Nothing is evidence before a checkpoint was signed over it."""

    code = "nothing_signed"
    rule = "S42"


class IndexLags(Refused):
    """Which events belong to a case is not known up to the checkpoint yet."""

    code = "index_lags"
    rule = "S42"


class StillWithheld(Refused):
    """The whole log holds scores that nobody may see before all are in."""

    code = "still_withheld"
    rule = "P11"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events are asked for; `indices` is None for the whole log."""

    keys: Sequence[str]
    indices: Sequence[Index] | None
    uncovered: int
    sizes: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What the manifest says of a service; `withheld` events are left out as yet."""

    origin: str
    size: int
    events: int
    whole_log: bool
    uncovered: int
    withheld: int


def export(
    application: Application,
    keys: Sequence[str] | None,
    file: IO[bytes],
    sizes: Sequence[int] = (),
) -> Part:
    """Write this service's bundle of these cases, or of its whole log (`keys` is None).

    Memory does not grow with the log, only with the number of checkpoints.

    Args:
        sizes: of checkpoints that somebody keeps; a case is linked to them.

    Raises:
        NothingSigned: there is no checkpoint yet.
        IndexLags: the index of cases is behind the checkpoint.
        StillWithheld: the whole log has what must not be told yet (P11).
    """
    with snapshot(application) as connection, bundle(file) as files:
        part = Section(application, connection, files).write(keys, sizes)
        about = manifest(keys or (), {application.plan.name: asdict(part)}, (), datetime.now(UTC))
        files.close(about)
    return part


@contextmanager
def snapshot(application: Application) -> Iterator[Connection[dict[str, Any]]]:
    """The database as it is at one moment."""
    with application.reading() as connection, connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield connection


class Section:
    """The files of one service."""

    def __init__(self, application: Application, connection: Connection[Any], files: Files) -> None:
        self._application = application
        self._connection = connection
        self._files = files
        self._service = application.plan.name
        self._tiles = StoredTiles(connection)

    def write(self, keys: Sequence[str] | None, sizes: Sequence[int]) -> Part:
        """All of them (see `export`)."""
        origin = checkpoints.origin_now(self._connection, self._application.settings.origin)
        head = checkpoints.latest(self._connection, origin)
        if head is None:
            raise NothingSigned("日志尚无已签署的检查点，请待签署后再导出。")
        wanted = self._wanted(keys, sizes, head)
        told = self._told(wanted)
        withheld = self._withheld(wanted, told, head)
        if wanted.indices is None and withheld:
            raise StillWithheld("尚有评分等内容不得公开，此时不能导出整个日志；可先导出案卷。")
        if wanted.indices is not None and withheld:
            shown = [index for index in wanted.indices if index not in withheld]
            wanted = replace(wanted, indices=shown)
            told = [one for one in told if one.position - 1 not in withheld]
        sealed_by = self._leaves(wanted, head)
        notes = self._notes(wanted, head)
        self._add("checkpoint", head.note)
        for size, note in notes.items():
            self._add(f"checkpoints/{size}", note)
        self._add("proofs.json", as_json(self._proofs(wanted, notes, head)))
        self._add("tombstones.json", as_json(self._tombstones(wanted, sealed_by)))
        if wanted.indices is not None:
            readable = lines(self._application.plan, told)
            self._add("readable.jsonl", b"".join(readable_line(line) for line in readable))
        return Part(
            origin=head.origin,
            size=head.size,
            events=head.size if wanted.indices is None else len(wanted.indices),
            whole_log=wanted.indices is None,
            uncovered=wanted.uncovered,
            withheld=len(withheld),
        )

    def _add(self, name: str, content: bytes) -> None:
        self._files.add(f"{self._service}/{name}", content)

    def _wanted(self, keys: Sequence[str] | None, sizes: Sequence[int], head: Kept) -> Wanted:
        if keys is None:
            (row,) = self._rows(
                "SELECT count(*) FROM stored_events WHERE notification_id > %s", (head.size,)
            )
            return Wanted((), None, row[0])
        if projected(self._connection, "cases") < head.size:
            raise IndexLags("案卷索引尚未更新到最新检查点，请稍后再导出。")
        streams = [
            stream
            for subject in subjects_of(self._connection, keys)
            for stream in self._of(subject)
        ]
        if head.origin != self._application.settings.origin:
            streams.append(LEDGER.stream(LEDGER_ID))  # how the log came to another name
        rows = self._rows(
            "SELECT notification_id - 1 FROM stored_events WHERE originator_id = ANY(%s)",
            (streams,),
        )
        indices = {position - 1 for position in positions_of(self._connection, keys)}
        indices |= {row[0] for row in rows}
        covered = sorted(index for index in indices if index < head.size)
        return Wanted(keys, covered, len(indices) - len(covered), sizes)

    def _of(self, subject: UUID) -> list[UUID]:
        """The streams that are all about this subject."""
        owns = self._application.plan.owns
        return [subject, *(one.stream(subject) for one in owns if one.of == "nomination")]

    def _told(self, wanted: Wanted) -> list[Recorded]:
        """The events of cases as the service reads them; one that it cannot read is evidence, too,
        but nothing that it can tell in words."""
        if wanted.indices is None:
            return []
        positions = [index + 1 for index in wanted.indices]
        rows = self._rows(
            EVENTS_WITH_LEAF + " WHERE e.notification_id = ANY(%s) ORDER BY e.notification_id",
            (positions,),
        )
        return [one for one in map(self._read, rows) if one is not None]

    def _read(self, row: Any) -> Recorded | None:
        try:
            return self._application.log.codec.recorded(row)
        except Exception:  # noqa: BLE001  (whatever somebody made of the bytes)
            return None

    def _withheld(self, wanted: Wanted, told: Sequence[Recorded], head: Kept) -> set[Index]:
        """Which events the service does not give out yet: who has a record can guess its state."""
        if self._application.plan.withheld is nothing:
            return set()
        cases = iter((told,)) if wanted.indices is not None else self._all_cases(head)
        found: set[Index] = set()
        for case in cases:
            hidden = {event for event, _ in self._application.plan.withheld(case)}
            found |= {one.position - 1 for one in case if one.id in hidden}
        return found

    def _all_cases(self, head: Kept) -> Iterator[Sequence[Recorded]]:
        if projected(self._connection, "cases") < head.size:
            raise IndexLags("案卷索引尚未更新到最新检查点，请稍后再导出。")
        rows = self._stream(BY_SUBJECT, (head.size,))
        for _, case in groupby(rows, key=itemgetter(0)):
            read = (self._read(row[1:]) for row in case)
            yield [one for one in read if one is not None]

    def _leaves(self, wanted: Wanted, head: Kept) -> set[bytes]:
        """Write the frames; of cases, tell which keys seal them."""
        origin = self._application.settings.origin.encode()
        sealed_by: set[bytes] = set()
        with self._files.adding(f"{self._service}/leaves.bin") as member:
            for row in self._frames(wanted, head):
                member.write(frame(origin, row))
                if wanted.indices is not None:
                    sealed_by.update(KEY.findall(row[8]))
        return sealed_by

    def _frames(self, wanted: Wanted, head: Kept) -> Iterator[Any]:
        if wanted.indices is None:
            return self._stream(
                STORED + "WHERE e.notification_id <= %s ORDER BY e.notification_id", (head.size,)
            )
        return self._stream(
            STORED + "WHERE e.notification_id = ANY(%s) ORDER BY e.notification_id",
            ([index + 1 for index in wanted.indices],),
        )

    def _notes(self, wanted: Wanted, head: Kept) -> dict[int, bytes]:
        """Other checkpoints than the head: all that are kept, or those next to the events."""
        if wanted.indices is None:
            kept = checkpoints.newest(self._connection, head.origin, 0)
            return {one.size: one.note for one in kept if one.size != head.size}
        found: dict[int, bytes] = {}
        for index in wanted.indices:
            for one in (
                checkpoints.covering(self._connection, head.origin, index),
                checkpoints.before(self._connection, head.origin, index),
            ):
                if one is not None and one.size not in (0, head.size):
                    found[one.size] = one.note
        return found

    def _linked(self, wanted: Wanted, head: Kept) -> set[int]:
        """Sizes of which an auditor may have kept a checkpoint: a case is linked to the latest ones
        and to those that are asked for; a whole log needs no proof of it."""
        if wanted.indices is None:
            return set()
        rows = self._rows(
            "SELECT DISTINCT size FROM checkpoints WHERE origin = %s AND size > 0 AND size < %s"
            " ORDER BY size DESC LIMIT %s",
            (head.origin, head.size, LINKED),
        )
        return {row[0] for row in rows} | {size for size in wanted.sizes if 0 < size < head.size}

    def _proofs(self, wanted: Wanted, notes: dict[int, bytes], head: Kept) -> dict[str, Any]:
        """Each event of a case has a proof of its own: its place in the log is what dates it."""
        return {
            "inclusion": {
                str(index): encoded(tree.inclusion(self._tiles, index, head.size))
                for index in wanted.indices or ()
            },
            "consistency": {
                str(size): encoded(tree.consistency(self._tiles, size, head.size))
                for size in sorted({*notes, *self._linked(wanted, head)})
            },
        }

    def _tombstones(self, wanted: Wanted, sealed_by: set[bytes]) -> list[dict[str, str]]:
        """The destroyed keys; those of a whole log are all."""
        url = self._application.settings.keys_database_url
        if url is None:
            return []
        statement = "SELECT key, purpose, destroyed_at FROM personal_keys WHERE wrapped IS NULL"
        with psycopg.connect(url, autocommit=True) as keys:
            if wanted.indices is None:
                rows = keys.execute(statement + " ORDER BY key").fetchall()
            else:
                named = [UUID(key.decode()) for key in sealed_by]
                rows = keys.execute(
                    statement + " AND key = ANY(%s) ORDER BY key", (named,)
                ).fetchall()
        return [
            {"key": str(key), "purpose": purpose, "destroyed_at": at.isoformat()}
            for key, purpose, at in rows
        ]

    def _rows(self, statement: LiteralString, parameters: tuple[Any, ...]) -> list[Any]:
        with self._connection.cursor(row_factory=tuple_row) as cursor:
            return cursor.execute(statement, parameters).fetchall()

    def _stream(self, statement: LiteralString, parameters: tuple[Any, ...]) -> Iterator[Any]:
        """The rows, of which the server keeps all but a window."""
        with self._connection.cursor("export", row_factory=tuple_row) as cursor:
            cursor.itersize = WINDOW
            yield from cursor.execute(statement, parameters, binary=True)


def frame(origin: bytes, row: Any) -> bytes:
    """An event: leaf index u64 | length u32 | record | length u32 | state."""
    (
        index,
        stream,
        version,
        topic,
        recorded_at,
        actor,
        correlation,
        causation,
        state,
        salt,
        before,
    ) = row
    entry = Entry(stream, version, topic, recorded_at, actor, correlation, causation, state)
    record = entry.record(origin, before or NO_PREVIOUS, salt)
    return b"".join(
        (
            index.to_bytes(8, "big"),
            len(record).to_bytes(4, "big"),
            record,
            len(state).to_bytes(4, "big"),
            state,
        )
    )


def encoded(hashes: Sequence[bytes]) -> list[str]:
    """A proof in JSON."""
    return [b64encode(one).decode() for one in hashes]


def readable_line(line: Line) -> bytes:
    """One line for people."""
    return f"{line.model_dump_json()}\n".encode()
