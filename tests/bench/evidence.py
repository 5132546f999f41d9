"""Figure 9: what the ledger costs a save."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from operator import attrgetter
from statistics import median
from typing import TypeVar
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import tuple_row

from shared.audit.ledger import Entry
from shared.eventlog import Cause, EventLog
from shared.messages import Addressed
from shared.recorder import Also, LedgerRecorder, Row
from tests.actors import OFFICE
from tests.bench.figures import Figure, Goal, Rounds, ratio
from tests.bench.ground import IN_TIME, Ground
from tests.shared.counters import COUNTER, Add

TABLE = """
CREATE TABLE IF NOT EXISTS {name} (notification_id bigint NOT NULL, {columns},
    UNIQUE (notification_id), PRIMARY KEY (originator_id, originator_version)
);
GRANT SELECT, INSERT ON {name} TO PUBLIC
"""
ENTER = """
SELECT pg_advisory_xact_lock(26474);
NOTIFY {name};
SELECT coalesce(max(notification_id), 0) FROM {name}
"""
INSERT = "INSERT INTO {name} (notification_id, {columns}) VALUES ({values})"
READ = """
SELECT e.* FROM unnest(%s::uuid[], %s::bigint[]) AS known (stream, version),
LATERAL (SELECT notification_id, originator_id, originator_version, topic, state, {case}, ''::bytea
         FROM {name} WHERE originator_id = known.stream
         AND originator_version > known.version ORDER BY originator_version) e
"""
ALONE = "gongjiang/bench"
STREAMS = 20
"""That the saves of a round go to, in turns: in the end each has as many events as a nomination."""

STORING = 1.2
"""At most: what the ledger makes of the storing, of which a save is a part."""

Made = TypeVar("Made", bound=LedgerRecorder)
Split = tuple[float, float]
"""The milliseconds of a save, and those of its storing."""


@dataclass(frozen=True)
class Table:
    """A table of events: beside the position its columns, each with its type and what of an entry
    it holds, and what is read where it lacks those of a case."""

    name: str
    columns: Mapping[str, tuple[str, str]]
    case: str = "recorded_at, correlation, causation"

    @property
    def definition(self) -> str:
        """How it is created."""
        columns = (f"{column} {kind} NOT NULL" for column, (kind, _) in self.columns.items())
        return TABLE.format(name=self.name, columns=", ".join(columns))


EVENT = {
    "originator_id": ("uuid", "stream"),
    "originator_version": ("bigint", "version"),
    "topic": ("text", "topic"),
    "state": ("bytea", "state"),
}
OF_A_CASE = {
    "recorded_at": ("timestamptz", "recorded_at"),
    "correlation": ("uuid", "correlation"),
    "causation": ("text", "causation"),
}
BARE = Table("bare_events", EVENT, "now(), originator_id, ''")
"""What the eventsourcing library stores."""
UNPROVEN = Table("unproven_events", EVENT | OF_A_CASE)
"""That, and what the relay and whoever follows a case need of an event, ledger or not."""


class Plain(LedgerRecorder):
    """Reads and stores events as ours does, in another table, and no leaf."""

    def use(self, table: Table) -> None:
        """Store there."""
        self.values = attrgetter(*(attribute for _, attribute in table.columns.values()))
        self.enter = ENTER.format(name=table.name)
        self.reading = READ.format(name=table.name, case=table.case)
        self.inserting = INSERT.format(
            name=table.name,
            columns=", ".join(table.columns),
            values=", ".join(["%b"] * (len(table.columns) + 1)),
        )

    def rows_behind(self, versions: Mapping[UUID, int]) -> list[Row]:
        """The events of these streams behind these versions, each without a leaf."""
        return self._rows(self.reading, (list(versions), list(versions.values())))

    def store(
        self,
        entries: Sequence[Entry],
        heads: Mapping[UUID, bytes],
        also: Iterable[Also] = (),
        *,
        before: Iterable[Also] = (),
    ) -> int:
        """Store these events, and nothing else."""
        assert not [*heads, *also, *before]
        with self.datastore.get_connection() as connection, connection.transaction():
            cursor = connection.cursor(row_factory=tuple_row)
            cursor.execute(self.enter)
            while cursor.nextset():
                pass
            (position,) = cursor.fetchone() or (0,)
            for entry in entries:
                position += 1
                cursor.execute(self.inserting, (position, *self.values(entry)))
            return int(position)


def figure_9(here: Ground, saves: int, rounds: int) -> Figure:
    """A command to an aggregate that has some events already: with leaves and without.

    It is all that the log does for it: loads the aggregate, lets it decide, and stores the event.
    They take turns, save by save, in databases of their own.
    """
    whole, storing = Rounds(), Rounds()
    with ExitStack() as stack:
        recorders = (
            stack.enter_context(recording(LedgerRecorder, here, "intake")),
            stack.enter_context(plain(here, "review", UNPROVEN)),
            stack.enter_context(plain(here, "publicity", BARE)),
        )
        logs = [EventLog(recorder, (COUNTER,), lambda _: []) for recorder in recorders]
        for warming in (True, *[False] * rounds):
            streams = [uuid4() for _ in range(STREAMS)]
            took = [in_turns(logs, number, streams[number % STREAMS]) for number in range(saves)]
            if not warming:
                for one, part in ((whole, 0), (storing, 1)):
                    for number, to in enumerate((one.ours, one.limit, one.plain)):
                        to.append(median(splits[number][part] for splits in took))
    alone = ratio(storing.ours, storing.limit)
    return whole.figure(
        "9 ledger on a save: median",
        "ms",
        whole.within(1.1),
        Goal(f"of the library's five columns {ratio(whole.ours, whole.plain):.2f} ×", met=True),
        Goal(f"storing alone ≤ {STORING:g} ×: {alone:.2f} ×", alone <= STORING),
    )


def in_turns(logs: Sequence[EventLog], number: int, stream: UUID) -> list[Split]:
    """A save of each, in an order that changes; answered in the order of the logs."""
    first = number % len(logs)
    took = [save(log, stream) for log in (*logs[first:], *logs[:first])]
    back = len(logs) - first
    return [*took[back:], *took[:back]]


def save(log: EventLog, stream: UUID) -> Split:
    """One more event."""
    begin = time.perf_counter()
    batch = log.batch()
    command = Add(at=IN_TIME, by=OFFICE, nomination_id=stream, number=1)
    batch.ask(Addressed(COUNTER, stream, command), Cause("bench"))
    decided = time.perf_counter()
    batch.commit()
    end = time.perf_counter()
    return 1000 * (end - begin), 1000 * (end - decided)


@contextmanager
def plain(here: Ground, service: str, table: Table) -> Iterator[Plain]:
    """A recorder without a ledger."""
    with psycopg.connect(here.system.databases[service].owner_url, autocommit=True) as owner:
        owner.execute(table.definition)
    with recording(Plain, here, service) as made:
        made.use(table)
        yield made


@contextmanager
def recording(kind: type[Made], here: Ground, service: str) -> Iterator[Made]:
    """A recorder on the database of a service that does not run."""
    made = kind(here.system.databases[service].app_url, ALONE, pool_size=1)
    try:
        yield made
    finally:
        made.datastore.close()
