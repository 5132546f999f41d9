"""Stores a batch of events, their ledger leaves and whatever goes with them in one transaction.

The library's recorder brings the reading and the subscriptions. Its table is widened by what the
ledger says of an event, and its way of writing (composite arrays, `LOCK TABLE`) replaced: positions
are allocated under an advisory lock, so that they have no gaps and become visible in order. The
position of an event is its leaf's index plus one.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import chain
from typing import Any, LiteralString, cast
from uuid import UUID

import psycopg
from eventsourcing.persistence import (
    InterfaceError,
    InternalError,
    OperationalError,
    StoredEvent,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Cursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row, tuple_row
from psycopg.sql import SQL

from shared.audit.ledger import NO_PREVIOUS, Entry
from shared.pool import Pool
from shared.restoring import FROZEN_STATE

EVENTS = "stored_events"
OVERFLOW = 16
CONNECTED_WITHIN = 10.0
HANGS_FOR = 10.0
"""Seconds after which a transaction in which nothing happens is taken for one that hangs."""
SMALL = 4
"""So many events are stored by one statement; more of them by COPY."""

STORED_EVENTS: LiteralString = """
CREATE TABLE IF NOT EXISTS stored_events (
    notification_id bigint NOT NULL,
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    correlation uuid NOT NULL,
    topic text NOT NULL,
    actor text NOT NULL,
    causation text NOT NULL,
    leaf bytea NOT NULL,
    salt bytea NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (originator_id, originator_version)
) WITH (
    autovacuum_enabled = true,
    autovacuum_vacuum_threshold = 100000000,
    autovacuum_vacuum_scale_factor = 0.5,
    autovacuum_analyze_threshold = 1000,
    autovacuum_analyze_scale_factor = 0.01
)
"""
"""The library's table and what the ledger says of an event, in one row: a second one would cost a
save half as much again."""

JOIN_LEAVES: LiteralString = """
DO $$ BEGIN
    IF to_regclass('ledger_leaves') IS NOT NULL THEN
        ALTER TABLE stored_events
            ADD recorded_at timestamptz, ADD correlation uuid, ADD actor text,
            ADD causation text, ADD leaf bytea, ADD salt bytea;
        UPDATE stored_events e SET recorded_at = l.recorded_at, correlation = l.correlation,
            actor = l.actor, causation = l.causation, leaf = l.leaf, salt = l.salt
            FROM ledger_leaves l WHERE l.leaf_index = e.notification_id - 1;
        ALTER TABLE stored_events
            ALTER topic SET NOT NULL, ALTER state SET NOT NULL,
            ALTER recorded_at SET NOT NULL, ALTER correlation SET NOT NULL,
            ALTER actor SET NOT NULL, ALTER causation SET NOT NULL,
            ALTER leaf SET NOT NULL, ALTER salt SET NOT NULL;
        DROP TABLE ledger_leaves;
    END IF;
END $$
"""
"""For a log whose leaves have a table of their own, as they had at first; all of it or nothing."""

ONE_WRITER: LiteralString = "SELECT pg_advisory_xact_lock(26474)"
"""Orders all writers of one log."""

HEAD: LiteralString = "SELECT coalesce(max(notification_id), 0) FROM stored_events"
ENTER: LiteralString = f"{ONE_WRITER}; NOTIFY stored_events; {HEAD}"

COLUMNS: LiteralString = (
    "notification_id, originator_id, originator_version, recorded_at, correlation, topic, actor,"
    " causation, leaf, salt, state"
)
TYPES = ("int8", "uuid", "int8", "timestamptz", "uuid", "text", "text", "text", *3 * ("bytea",))

INSERT: LiteralString = "INSERT INTO stored_events ({columns}) SELECT * FROM (VALUES {rows}) AS new"

STANDS: LiteralString = (
    "EXISTS (SELECT FROM stored_events"
    " WHERE originator_id = %b AND originator_version = %b AND leaf = %b)"
)
"""That a stream still stands where it stood when it was read."""

COPY: LiteralString = f"COPY stored_events ({COLUMNS}) FROM STDIN (FORMAT BINARY)"

STANDING: LiteralString = """
SELECT count(*) FROM unnest(%s::uuid[], %s::bigint[], %b::bytea[]) AS head (stream, version, leaf),
LATERAL (SELECT FROM stored_events e WHERE e.originator_id = head.stream
         AND e.originator_version = head.version AND e.leaf = head.leaf LIMIT 1) e
"""

EVENTS_WITH_LEAF: LiteralString = """
SELECT e.notification_id, e.originator_id, e.originator_version, e.topic, e.state, e.recorded_at,
       e.correlation, e.causation, e.leaf
FROM stored_events e
"""

OF_STREAMS: LiteralString = (
    "SELECT e.* FROM unnest(%s::uuid[], %s::bigint[]) AS known (stream, version), LATERAL ("  # noqa: S608
    + EVENTS_WITH_LEAF
    + " WHERE e.originator_id = known.stream AND e.originator_version > known.version"
    " ORDER BY e.originator_version) e"
)
"""Each stream is looked up by itself, as in STANDING: joined, they would be looked for in the whole
of a log of which PostgreSQL has no statistics yet."""

Row = tuple[int, UUID, int, str, bytes, datetime, UUID, str, bytes]
Also = Callable[[Cursor[Any]], None]


Head = tuple[UUID, int, bytes]
"""Where a stream stood when it was read: stream, version and leaf."""


def row_of(entry: Entry, leaf: bytes, salt: bytes, position: int = 0) -> list[Any]:
    """The row of an event, as in `COLUMNS`."""
    return [
        position,
        entry.stream,
        entry.version,
        entry.recorded_at,
        entry.correlation,
        entry.topic,
        entry.actor,
        entry.causation,
        leaf,
        salt,
        entry.state,
    ]


@cache
def insertion(rows: int, heads: int) -> bytes:
    """The statement that stores so many events behind so many streams, or none of them.

    It is prepared by the driver. No condition is there that a value could decide: such a statement
    would be planned anew for each save, which costs more than all that the ledger does.
    """
    row = ", ".join(f"%b::{kind}" for kind in TYPES)
    statement = INSERT.format(columns=COLUMNS, rows=", ".join([f"({row})"] * rows))
    return " AND ".join([f"{statement} WHERE true", *[STANDS] * heads]).encode()


class Conflict(Exception):
    """Somebody else has written to one of these streams, or moved this position, meanwhile."""


class Gone(Conflict):
    """A stream that was read no longer stands there: the log was cut, or an older one restored."""


class LedgerFrozen(Exception):
    """Nothing is stored until a restore is put on record (shared/restoring.py)."""


PASSING = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.InternalError,
    OperationalError,
    InterfaceError,
    InternalError,
    Conflict,
    LedgerFrozen,
    OSError,
)
"""Faults that pass by themselves: a server that is away, a race that was lost."""


class Datastore(PostgresDatastore):
    """The library's, with connections that outlive a restart of the server.

    Args:
        url: a libpq URL.
        size: connections kept open.
    """

    def __init__(self, url: str, size: int) -> None:
        parts = conninfo_to_dict(url)
        super().__init__(
            dbname=str(parts["dbname"]),
            host=str(parts["host"]),
            port=str(parts.get("port", 5432)),
            user=str(parts["user"]),
            password=str(parts.get("password", "")),
            # whoever hangs in the middle of a write must not keep the others from writing
            idle_in_transaction_session_timeout=HANGS_FOR,
        )
        self.pool = Pool(  # type: ignore[assignment]
            url,
            kwargs={"row_factory": dict_row},
            min_size=size,
            max_size=size + OVERFLOW,
            open=False,
            configure=self.after_connect_func(),
            timeout=CONNECTED_WITHIN,
            reconnect_timeout=CONNECTED_WITHIN,
        )


class UnsafeRecorder(Exception):
    """The library's database functions skip the lock; a follower would lose events by them."""


class LedgerRecorder(PostgresApplicationRecorder):
    """The library's recorder with a ledger beside the events.

    Args:
        url: a libpq URL of the service's own database.
        origin: the name of this log in its ledger's records.
        pool_size: connections kept open.

    Raises:
        UnsafeRecorder: `POSTGRES_ENABLE_DB_FUNCTIONS` is set in the environment.
    """

    def __init__(self, url: str, origin: str, *, pool_size: int = 4) -> None:
        refuse_database_functions()
        super().__init__(Datastore(url, pool_size), events_table_name=EVENTS)
        self.origin = origin.encode()
        # No types and functions of the library's: nothing here may write past the ledger.
        self.sql_create_statements = [
            statement
            for statement in self.sql_create_statements
            if "CREATE TYPE" not in (text := statement.as_string()) and "FUNCTION" not in text
        ]
        self.sql_create_statements[self.create_table_statement_index] = SQL(STORED_EVENTS).format()

    def create(self) -> None:
        """Create the table, or widen an older one; the connection must be the owner's."""
        self.create_table()
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(JOIN_LEAVES)

    def store(
        self,
        entries: Sequence[Entry],
        heads: Mapping[UUID, bytes],
        also: Iterable[Also] = (),
        *,
        before: Iterable[Also] = (),
    ) -> int:
        """Store these events, their leaves and what `also` does, or nothing. In order.

        Args:
            entries: of each stream without a gap.
            heads: the leaf behind which each stream goes on, as it was read; of a new one none.

        Returns:
            The position of the last event (0 when there was none).

        Raises:
            Conflict: somebody else was faster, as `also` may find too.
            Gone: a leaf of `heads` is not in the log.
            LedgerFrozen: a larger log than this one was signed.
        """
        rows, standing = self._hashed(entries, heads)
        try:
            with self.datastore.get_connection() as connection, connection.transaction():
                cursor = connection.cursor(row_factory=tuple_row)
                for step in before:
                    step(cast("Cursor[Any]", cursor))
                position = self._store(cursor, rows, standing) if rows else 0
                for step in also:
                    step(cast("Cursor[Any]", cursor))
                return position
        except Exception as error:
            if isinstance(error.__cause__ or error, psycopg.errors.UniqueViolation):
                raise Conflict(str(error)) from error
            if getattr(error.__cause__ or error, "sqlstate", None) == FROZEN_STATE:
                raise LedgerFrozen(str(error)) from error
            raise

    def _hashed(
        self, entries: Sequence[Entry], heads: Mapping[UUID, bytes]
    ) -> tuple[list[list[Any]], list[Head]]:
        """The rows, still without a position, and the heads behind which they go.

        Before the lock is asked for: a leaf does not say where in the log it is.

        Raises:
            ValueError: a stream has a gap, or goes on behind no leaf.
        """
        salts = os.urandom(32 * len(entries))
        latest: dict[UUID, tuple[int, bytes]] = {}
        rows, standing = [], []
        for number, entry in enumerate(entries):
            stream, before = entry.stream, entry.version - 1
            if stream in latest:
                version, previous = latest[stream]
            elif stream in heads:
                version, previous = before, heads[stream]
                standing.append((stream, version, previous))
            else:
                version, previous = 0, NO_PREVIOUS
            if before != version:
                raise ValueError(f"{entry.version} does not follow in stream {stream}")
            salt = salts[32 * number : 32 * number + 32]
            leaf = entry.leaf(self.origin, previous, salt)
            latest[stream] = entry.version, leaf
            rows.append(row_of(entry, leaf, salt))
        return rows, standing

    def _store(
        self, cursor: Cursor[Any], rows: Sequence[list[Any]], standing: Sequence[Head]
    ) -> int:
        """Each statement has a snapshot of its own: the last one's is of when the lock was held."""
        cursor.execute(ENTER)
        while cursor.nextset():
            pass
        (position,) = cursor.fetchone() or (0,)
        for row in rows:
            row[0] = position = position + 1
        store = self._insert if len(rows) <= SMALL else self._copy
        if store(cursor, rows, standing) != len(rows):
            raise Gone("a stream does not stand where it stood when it was read")
        return int(position)

    def _insert(
        self, cursor: Cursor[Any], rows: Sequence[list[Any]], standing: Sequence[Head]
    ) -> int:
        values = list(chain(*rows, *standing))
        return cursor.execute(insertion(len(rows), len(standing)), values).rowcount

    def _copy(
        self, cursor: Cursor[Any], rows: Sequence[list[Any]], standing: Sequence[Head]
    ) -> int:
        if standing:
            columns = [list(column) for column in zip(*standing, strict=True)]
            if cursor.execute(STANDING, columns).fetchone() != (len(standing),):
                return 0
        with cursor.copy(COPY) as copy:
            copy.set_types(TYPES)
            for row in rows:
                copy.write_row(row)
        return len(rows)

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        """Not a way into this log: an event without its leaf would be no evidence."""
        raise UnsafeRecorder(
            "events are stored by LedgerRecorder.store, together with their leaves"
        )

    def rows_behind(self, versions: Mapping[UUID, int]) -> list[Row]:
        """The events of these streams behind these versions, each stream in their order."""
        return self._rows(OF_STREAMS, (list(versions), list(versions.values())))

    def rows_after(self, position: int, limit: int) -> list[Row]:
        """The next events of the log, in its order."""
        return self._rows(
            EVENTS_WITH_LEAF + " WHERE e.notification_id > %s ORDER BY e.notification_id LIMIT %s",
            (position, limit),
        )

    def rows_at(self, positions: Sequence[int]) -> list[Row]:
        """The events at these positions, in the order of the log."""
        return self._rows(
            EVENTS_WITH_LEAF + " WHERE e.notification_id = ANY(%s) ORDER BY e.notification_id",
            (list(positions),),
        )

    def _rows(self, statement: str, parameters: tuple[Any, ...]) -> list[Row]:
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(row_factory=tuple_row) as cursor,
        ):
            return cast("list[Row]", cursor.execute(statement, parameters).fetchall())

    def head(self) -> int:
        """The position of the last event; 0 before the first."""
        return self.max_notification_id() or 0


def be_the_one_writer(cursor: Cursor[Any]) -> None:
    """Let nobody else store events before this transaction ends; to be asked for before any table
    is locked, as every writer does."""
    cursor.execute(ONE_WRITER)


def refuse_database_functions() -> None:
    """Raise UnsafeRecorder when the environment asks for the library's unsafe way of writing."""
    for name, value in os.environ.items():
        if name.endswith("POSTGRES_ENABLE_DB_FUNCTIONS") and value.lower() not in (
            "",
            "0",
            "f",
            "false",
            "n",
            "no",
            "off",
        ):
            raise UnsafeRecorder(
                f"{name} is set: that way of writing takes no lock, and a follower would skip"
                " events for ever. Unset it."
            )


def machine_time() -> datetime:
    """The machine's own clock, for `recorded_at`: never the clock of the selection."""
    return datetime.now(UTC)
