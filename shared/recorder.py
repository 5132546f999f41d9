"""Stores a batch of events, their ledger leaves and whatever goes with them in one transaction.

The library's recorder brings the table, the reading and the subscriptions. Its way of writing
(composite arrays, `LOCK TABLE`) is replaced: positions are allocated under an advisory lock, so
that they have no gaps and become visible in order, and the rows go in by COPY. The position of an
event is its leaf's index plus one.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
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
from psycopg.sql import SQL, Literal

from shared.audit.ledger import NO_PREVIOUS, Entry
from shared.pool import Pool
from shared.restoring import FROZEN_STATE

EVENTS = "stored_events"
OVERFLOW = 16
CONNECTED_WITHIN = 10.0
HANGS_FOR = 10.0
"""Seconds after which a transaction in which nothing happens is taken for one that hangs."""
SMALL = 32
"""So many events are stored by one statement; more of them by COPY."""

ENTER: LiteralString = """
SELECT pg_advisory_xact_lock(26474); -- orders all writers of one log
NOTIFY stored_events;
SELECT coalesce(max(leaf_index) + 1, 0) FROM ledger_leaves;
"""

HEADS = SQL("""
SELECT l.originator_id, l.originator_version, l.leaf FROM ledger_leaves l
JOIN unnest({}::uuid[], {}::bigint[]) AS w (id, version)
ON l.originator_id = w.id AND l.originator_version = w.version
""")

INSERT: LiteralString = """
WITH stored AS (
    INSERT INTO stored_events (originator_id, originator_version, topic, state, notification_id)
    SELECT * FROM unnest(%(streams)s::uuid[], %(versions)s::bigint[], %(topics)s::text[],
                         %(states)b::bytea[], %(positions)s::bigint[])
)
INSERT INTO ledger_leaves (leaf_index, originator_id, originator_version, recorded_at, actor,
                           correlation, causation, leaf, salt)
SELECT * FROM unnest(%(indices)s::bigint[], %(streams)s::uuid[], %(versions)s::bigint[],
                     %(recorded)s::timestamptz[], %(actors)s::text[], %(correlations)s::uuid[],
                     %(causations)s::text[], %(leaves)b::bytea[], %(salts)b::bytea[])
"""

LEDGER = """
CREATE TABLE IF NOT EXISTS ledger_leaves (
    leaf_index bigint PRIMARY KEY,
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL,
    correlation uuid NOT NULL,
    causation text NOT NULL,
    leaf bytea NOT NULL,
    salt bytea NOT NULL,
    UNIQUE (originator_id, originator_version)
)
"""

WITH_LEDGER = """
SELECT e.notification_id, e.originator_id, e.originator_version, e.topic, e.state,
       l.recorded_at, l.correlation, l.causation, l.leaf
FROM stored_events e JOIN ledger_leaves l ON l.leaf_index = e.notification_id - 1
"""

Row = tuple[int, UUID, int, str, bytes, datetime, UUID, str, bytes]
Also = Callable[[Cursor[Any]], None]


class Conflict(Exception):
    """Somebody else has written to one of these streams, or moved this position, meanwhile."""


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

    def create(self) -> None:
        """Create the tables; the connection must be the owner's."""
        self.create_table()
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(LEDGER)

    def store(
        self,
        entries: Sequence[Entry],
        also: Iterable[Also] = (),
        *,
        before: Iterable[Also] = (),
    ) -> int:
        """Store these events, their leaves and what `also` does, or nothing. In order.

        Returns:
            The position of the last event (0 when there was none).

        Raises:
            Conflict: a stream has another version than expected, or `also` found so.
            LedgerFrozen: a larger log than this one was signed.
        """
        try:
            with self.datastore.get_connection() as connection, connection.transaction():
                cursor = connection.cursor(row_factory=tuple_row)
                for step in before:
                    step(cast("Cursor[Any]", cursor))
                position = self._store(cursor, entries) if entries else 0
                for step in also:
                    step(cast("Cursor[Any]", cursor))
                return position
        except Exception as error:
            if isinstance(error.__cause__ or error, psycopg.errors.UniqueViolation):
                raise Conflict(str(error)) from error
            if getattr(error.__cause__ or error, "sqlstate", None) == FROZEN_STATE:
                raise LedgerFrozen(str(error)) from error
            raise

    def _store(self, cursor: Cursor[Any], entries: Sequence[Entry]) -> int:
        index, heads = self._enter(cursor, entries)
        salts = os.urandom(32 * len(entries))
        leaves = []
        for number, entry in enumerate(entries):
            head = (entry.stream, entry.version - 1)
            if entry.version > 1 and head not in heads:
                raise Conflict(f"stream {entry.stream} has no version {entry.version - 1}")
            salt = salts[32 * number : 32 * number + 32]
            leaf = entry.leaf(self.origin, heads.get(head, NO_PREVIOUS), salt)
            heads[entry.stream, entry.version] = leaf
            leaves.append((leaf, salt))
        if len(entries) <= SMALL:
            self._insert(cursor, entries, leaves, index)
        else:
            self._copy_events(cursor, entries, index)
            self._copy_leaves(cursor, entries, leaves, index)
        return index + len(entries)

    def _enter(
        self, cursor: Cursor[Any], entries: Sequence[Entry]
    ) -> tuple[int, dict[tuple[UUID, int], bytes]]:
        """Become the one writer, and see what the last one has left: the next index, and the leaf
        before each stream's first of these. Listeners hear at the commit.

        One round trip; each statement has a snapshot of its own, so the last ones' are of a time
        when the lock was held.
        """
        wanted = sorted({(e.stream, e.version - 1) for e in entries if e.version > 1})
        streams = Literal([str(stream) for stream, _ in wanted])
        versions = Literal([version for _, version in wanted])
        cursor.execute(SQL(ENTER) + HEADS.format(streams, versions))
        found = []
        while cursor.nextset():
            found.append(cursor.fetchall() if cursor.description else [])
        *_, ((index,),), leaves = found
        return int(index), {(stream, version): leaf for stream, version, leaf in leaves}

    def _insert(
        self,
        cursor: Cursor[Any],
        entries: Sequence[Entry],
        leaves: Sequence[tuple[bytes, bytes]],
        index: int,
    ) -> None:
        """A few events and their leaves by one statement: a COPY has more round trips."""
        indices = range(index, index + len(entries))
        cursor.execute(
            INSERT,
            {
                "streams": [entry.stream for entry in entries],
                "versions": [entry.version for entry in entries],
                "topics": [entry.topic for entry in entries],
                "states": [entry.state for entry in entries],
                "positions": [one + 1 for one in indices],
                "indices": list(indices),
                "recorded": [entry.recorded_at for entry in entries],
                "actors": [entry.actor for entry in entries],
                "correlations": [entry.correlation for entry in entries],
                "causations": [entry.causation for entry in entries],
                "leaves": [leaf for leaf, _ in leaves],
                "salts": [salt for _, salt in leaves],
            },
        )

    def _copy_events(self, cursor: Cursor[Any], entries: Sequence[Entry], index: int) -> None:
        statement = (
            "COPY stored_events (originator_id, originator_version, topic, state, notification_id)"
            " FROM STDIN (FORMAT BINARY)"
        )
        with cursor.copy(statement) as copy:
            copy.set_types(["uuid", "int8", "text", "bytea", "int8"])
            for number, entry in enumerate(entries, start=index + 1):
                copy.write_row((entry.stream, entry.version, entry.topic, entry.state, number))

    def _copy_leaves(
        self,
        cursor: Cursor[Any],
        entries: Sequence[Entry],
        leaves: Sequence[tuple[bytes, bytes]],
        index: int,
    ) -> None:
        statement = (
            "COPY ledger_leaves (leaf_index, originator_id, originator_version, recorded_at,"
            " actor, correlation, causation, leaf, salt) FROM STDIN (FORMAT BINARY)"
        )
        with cursor.copy(statement) as copy:
            copy.set_types(
                ["int8", "uuid", "int8", "timestamptz", "text", "uuid", "text", "bytea", "bytea"]
            )
            for number, (entry, (leaf, salt)) in enumerate(
                zip(entries, leaves, strict=True), start=index
            ):
                copy.write_row(
                    (
                        number,
                        entry.stream,
                        entry.version,
                        entry.recorded_at,
                        entry.actor,
                        entry.correlation,
                        entry.causation,
                        leaf,
                        salt,
                    )
                )

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        """Not a way into this log: an event without its leaf would be no evidence."""
        raise UnsafeRecorder(
            "events are stored by LedgerRecorder.store, together with their leaves"
        )

    def rows_behind(self, versions: Mapping[UUID, int]) -> list[Row]:
        """The events of these streams behind these versions, each stream in their order."""
        return self._rows(
            WITH_LEDGER + " JOIN unnest(%s::uuid[], %s::bigint[]) AS known (stream, version)"
            " ON e.originator_id = known.stream AND e.originator_version > known.version"
            " ORDER BY e.originator_id, e.originator_version",
            (list(versions), list(versions.values())),
        )

    def rows_after(self, position: int, limit: int) -> list[Row]:
        """The next events of the log, in its order."""
        return self._rows(
            WITH_LEDGER + " WHERE e.notification_id > %s ORDER BY e.notification_id LIMIT %s",
            (position, limit),
        )

    def rows_at(self, positions: Sequence[int]) -> list[Row]:
        """The events at these positions, in the order of the log."""
        return self._rows(
            WITH_LEDGER + " WHERE e.notification_id = ANY(%s) ORDER BY e.notification_id",
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
