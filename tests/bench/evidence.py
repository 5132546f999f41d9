"""Figure 9: what the ledger costs a save."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any, LiteralString
from uuid import uuid4

from psycopg import Cursor

from services.intake.claim import ClaimTaken
from services.intake.policies import INTAKE
from shared.audit.ledger import Entry
from shared.eventlog import Codec
from shared.recorder import LedgerRecorder, machine_time
from tests.bench.figures import Figure, Rounds
from tests.bench.ground import IN_TIME, Ground

ENTER: LiteralString = """
SELECT pg_advisory_xact_lock(26474);
NOTIFY stored_events;
SELECT coalesce(max(notification_id), 0) FROM stored_events
"""

INSERT: LiteralString = """
INSERT INTO stored_events (originator_id, originator_version, topic, state, notification_id)
SELECT * FROM unnest(%(streams)s::uuid[], %(versions)s::bigint[], %(topics)s::text[],
                     %(states)b::bytea[], %(positions)s::bigint[])
"""
ALONE = "gongjiang/bench"


STREAMS = 20
"""That the saves of a round go to, in turns."""


class WithoutLedger(LedgerRecorder):
    """Stores events as ours does, and no leaf."""

    def _store(self, cursor: Cursor[Any], entries: Any) -> int:
        cursor.execute(ENTER)
        while cursor.nextset():
            pass
        (position,) = cursor.fetchone() or (0,)
        cursor.execute(
            INSERT,
            {
                "streams": [entry.stream for entry in entries],
                "versions": [entry.version for entry in entries],
                "topics": [entry.topic for entry in entries],
                "states": [entry.state for entry in entries],
                "positions": [position + number for number, _ in enumerate(entries, start=1)],
            },
        )
        return int(position) + len(entries)


def figure_9(here: Ground, saves: int, rounds: int) -> Figure:
    """A save of one event, to a stream that has some already: with its leaf and without.

    Both take turns, save by save, in two databases with the same tables.
    """
    codec = here.application("intake").log.codec
    seconds = Rounds()
    with (
        recording(LedgerRecorder, here, "intake") as ours,
        recording(WithoutLedger, here, "review") as bare,
    ):
        for warming in (True, *[False] * rounds):
            took: tuple[list[float], list[float]] = [], []
            for entry in entries(codec, saves):
                for one, times in zip((ours, bare), took, strict=True):
                    begin = time.perf_counter()
                    one.store([entry])
                    times.append(1000 * (time.perf_counter() - begin))
            if not warming:
                seconds.ours.append(median(took[0]))
                seconds.limit.append(median(took[1]))
    return seconds.figure("ledger on a save: median", "ms", seconds.within(1.1))


@contextmanager
def recording(kind: type[LedgerRecorder], here: Ground, service: str) -> Iterator[LedgerRecorder]:
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
