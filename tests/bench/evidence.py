"""Figure 9: what the ledger costs a save."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import LiteralString, TypeVar
from uuid import uuid4

import psycopg
from psycopg.rows import tuple_row

from services.intake.claim import ClaimTaken
from services.intake.policies import INTAKE
from shared.audit.ledger import Entry
from shared.eventlog import Codec
from shared.recorder import LedgerRecorder, machine_time
from tests.bench.figures import Figure, Goal, Rounds, ratio
from tests.bench.ground import IN_TIME, Ground

PLAIN = """
CREATE TABLE IF NOT EXISTS plain_events (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text,
    state bytea,
    notification_id bigint NOT NULL UNIQUE,
    PRIMARY KEY (originator_id, originator_version)
);
GRANT SELECT, INSERT ON plain_events TO PUBLIC
"""

ENTER: LiteralString = """
SELECT pg_advisory_xact_lock(26474);
NOTIFY plain_events;
SELECT coalesce(max(notification_id), 0) FROM plain_events
"""

INSERT: LiteralString = """
INSERT INTO plain_events (originator_id, originator_version, topic, state, notification_id)
VALUES (%b, %b, %b, %b, %b)
"""
READ: LiteralString = """
SELECT e.notification_id, e.originator_id, e.originator_version, e.topic, e.state
FROM plain_events e JOIN unnest(%s::uuid[], %s::bigint[]) AS known (stream, version)
ON e.originator_id = known.stream AND e.originator_version > known.version
ORDER BY e.originator_id, e.originator_version
"""
ALONE = "gongjiang/bench"


Recorder = TypeVar("Recorder", bound=LedgerRecorder)

Split = tuple[float, float]
"""The milliseconds of a save, and those of its storing."""

STREAMS = 20
"""That the saves of a round go to, in turns."""


class WithoutLedger(LedgerRecorder):
    """Reads and stores events as ours does, and no leaf."""

    def read_plain(self, entry: Entry) -> None:
        """Read the event before this one."""
        self._rows(READ, ([entry.stream], [entry.version - 2]))

    def store_plain(self, entry: Entry) -> int:
        """Store this event, and answer its position."""
        with self.datastore.get_connection() as connection, connection.transaction():
            cursor = connection.cursor(row_factory=tuple_row)
            cursor.execute(ENTER)
            while cursor.nextset():
                pass
            (position,) = cursor.fetchone() or (0,)
            cursor.execute(
                INSERT, (entry.stream, entry.version, entry.topic, entry.state, position + 1)
            )
            return int(position) + 1


def figure_9(here: Ground, saves: int, rounds: int) -> Figure:
    """A save of one event, to a stream that has some already: with its leaf and without.

    A save reads what its stream has new, and stores one event behind it: with a ledger, the leaf
    before is read there. Nothing is decided or encoded, which is the same for both. They take
    turns, save by save, in two databases.
    """
    codec = here.application("intake").log.codec
    with psycopg.connect(here.system.databases["review"].owner_url, autocommit=True) as owner:
        owner.execute(PLAIN)
    seconds, storing = Rounds(), Rounds()
    with (
        recording(LedgerRecorder, here, "intake") as ours,
        recording(WithoutLedger, here, "review") as bare,
    ):
        for warming in (True, *[False] * rounds):
            took: tuple[list[Split], list[Split]] = [], []
            for entry in entries(codec, saves):
                begin = time.perf_counter()
                rows = ours.rows_behind({entry.stream: entry.version - 2})
                heads = {row[1]: row[8] for row in rows}
                read = time.perf_counter()
                ours.store([entry], heads)
                end = time.perf_counter()
                took[0].append((1000 * (end - begin), 1000 * (end - read)))
                begin = time.perf_counter()
                bare.read_plain(entry)
                read = time.perf_counter()
                bare.store_plain(entry)
                end = time.perf_counter()
                took[1].append((1000 * (end - begin), 1000 * (end - read)))
            if not warming:
                for one, times in ((seconds, 0), (storing, 1)):
                    one.ours.append(median(split[times] for split in took[0]))
                    one.limit.append(median(split[times] for split in took[1]))
    alone = ratio(storing.ours, storing.limit)
    return seconds.figure(
        "9 ledger on a save: median",
        "ms",
        seconds.within(1.1),
        Goal(f"storing alone {alone:.2f} ×", met=True),
    )


@contextmanager
def recording(kind: type[Recorder], here: Ground, service: str) -> Iterator[Recorder]:
    """A recorder on the database of a service that does not run."""
    made = kind(here.system.databases[service].app_url, ALONE, pool_size=1)
    try:
        yield made
    finally:
        made.datastore.close()


def entries(codec: Codec, count: int) -> Iterator[Entry]:
    """Small events, each but the first of a stream with one before it."""
    streams = [uuid4() for _ in range(STREAMS)]
    for number in range(count):
        stream = streams[number % STREAMS]
        event = ClaimTaken(nomination_id=stream)
        yield Entry(
            stream=stream,
            version=number // STREAMS + 1,
            topic=event.topic(),
            recorded_at=machine_time(),
            actor=INTAKE.id,
            correlation=stream,
            causation="bench",
            state=codec.encode(event, IN_TIME, INTAKE),
        )
