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
from tests.bench.figures import Figure, Rounds
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
ALONE = "gongjiang/bench"


Recorder = TypeVar("Recorder", bound=LedgerRecorder)

STREAMS = 20
"""That the saves of a round go to, in turns."""


class WithoutLedger(LedgerRecorder):
    """Stores an event as ours does, and no leaf."""

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

    Both take turns, save by save, in two databases. The leaf before is read with the events that
    are decided upon, so reading it is no part of the save.
    """
    codec = here.application("intake").log.codec
    with psycopg.connect(here.system.databases["review"].owner_url, autocommit=True) as owner:
        owner.execute(PLAIN)
    seconds = Rounds()
    with (
        recording(LedgerRecorder, here, "intake") as ours,
        recording(WithoutLedger, here, "review") as bare,
    ):
        for warming in (True, *[False] * rounds):
            took: tuple[list[float], list[float]] = [], []
            for entry in entries(codec, saves):
                read = ours.rows_behind({entry.stream: entry.version - 2})
                heads = {row[1]: row[8] for row in read}
                begin = time.perf_counter()
                ours.store([entry], heads)
                between = time.perf_counter()
                bare.store_plain(entry)
                took[0].append(1000 * (between - begin))
                took[1].append(1000 * (time.perf_counter() - between))
            if not warming:
                seconds.ours.append(median(took[0]))
                seconds.limit.append(median(took[1]))
    return seconds.figure("ledger on a save: median", "ms", seconds.within(1.1))


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
