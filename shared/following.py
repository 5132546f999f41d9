"""What a follower does with letters: exactly once in effect, in order, and never stuck.

A batch of letters becomes commands by the service's pure policy; all resulting events are stored
together with the new positions in one transaction. A letter at or below our position is a
duplicate and dropped; one whose `previous` lies beyond it shows a gap, which is fetched from the
upstream's log. A letter that keeps failing is found by halving the batch, and parked; later ones
of the same nomination wait behind it.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from prometheus_client import Counter, Gauge
from psycopg import Cursor

from shared import parking
from shared.application import FOLLOWER, Application
from shared.eventlog import Batch, Cause
from shared.faults import apply_or_park
from shared.letters import Fetched, Letter, Unreadable, key_of
from shared.messages import Addressed, Refused
from shared.parking import PARKING, ParkLetter, Seal, SettleLetter, parked_id
from shared.positions import followed, move_followed
from shared.restoring import LEDGER, LEDGER_ID, FollowRestore, followed_epoch, turn_back

GAP = 500
Fetch = Callable[[int, int, int], Fetched]
"""partition, after, limit -> the next letters of the upstream's own log."""

APPLIED = Counter("gongjiang_followed_total", "Letters applied", ["upstream"])
REPEATED = Counter("gongjiang_follow_repeats_total", "Letters that were known", ["upstream"])
HEALED = Counter(
    "gongjiang_follow_gaps_total", "Gaps fetched from the upstream's log", ["upstream"]
)
PARKED = Counter("gongjiang_parked_total", "Letters parked", ["source"])
HEARD_AT = Gauge(
    "gongjiang_heard_timestamp_seconds",
    "When a partition was last heard of; heads come every second",
    ["upstream", "partition"],
    multiprocess_mode="mostrecent",
)
LAG = Gauge(
    "gongjiang_follow_lag",
    "Positions of an upstream's log between what it announced and what was applied",
    ["upstream", "partition"],
    multiprocess_mode="mostrecent",
)
LATENESS = Gauge(
    "gongjiang_follow_lag_seconds",
    "Seconds since the first letter that is not applied yet was recorded; 0 when there is none",
    ["upstream", "partition"],
    multiprocess_mode="mostrecent",
)

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Course:
    """Where we are in each partition: as stored, and as this batch will have it.

    `epoch`: see shared/restoring.py; letters of another one are not for this course.
    """

    stored: list[int]
    epoch: int
    reached: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reached = list(self.stored)


class Following:
    """Follows one upstream service.

    Args:
        application: ours.
        upstream: the service that is followed.
        fetch: asks it for letters that we have missed.
    """

    def __init__(self, application: Application, upstream: str, fetch: Fetch) -> None:
        self._application = application
        self._upstream = upstream
        self._fetch = fetch
        self._source = f"{FOLLOWER}:{upstream}"

    def take(self, letters: Sequence[Letter]) -> None:
        """Apply these letters, whatever was lost before them, and park what cannot be applied.

        Raises:
            Exception: one of `PASSING`; give the letters again, those that were stored are
                known by their positions.
        """
        known = self._course().epoch
        for epoch in sorted({one.epoch for one in letters if one.epoch >= known}):
            of_this = [one for one in letters if one.epoch == epoch]
            if epoch > known:
                self._turn_back(epoch, of_this[0].kept)
            self._take(of_this)

    def _take(self, letters: Sequence[Letter]) -> None:
        course = self._course()
        announced = {one.partition: max(one.position, one.previous) for one in letters}
        new = [one for one in letters if one.position > course.stored[one.partition]]
        recorded = {one.partition: one.recorded for one in reversed(new) if one.recorded}
        for partition, position in announced.items():
            lag = position - course.stored[partition]
            self._measure(partition, lag, recorded.get(partition))
        for portion in self._portions(letters, course):
            apply_or_park(portion, self._store, self._park)
        for partition in announced:
            self._measure(partition, 0, None)

    def _turn_back(self, epoch: int, kept: int) -> None:
        stored = self._course().stored
        batch = self._application.log.batch()
        command = FollowRestore(
            at=self._application.clock.now(),
            by=self._application.actor,
            upstream=self._upstream,
            epoch=epoch,
            kept=kept,
            reached=tuple(stored),
        )
        batch.ask(
            Addressed(LEDGER, LEDGER_ID, command), Cause(f"restored:{self._upstream}/{epoch}")
        )
        batch.commit([partial(turn_back, upstream=self._upstream, epoch=epoch, kept=kept)])
        log.error(
            "%s was restored: followed again from %s, not from %s", self._upstream, kept, stored
        )

    def _measure(self, partition: int, lag: int, recorded: datetime | None) -> None:
        """`recorded`: when the first letter was that is not applied yet."""
        labels = self._upstream, str(partition)
        late = (datetime.now(UTC) - recorded).total_seconds() if recorded else 0.0
        HEARD_AT.labels(*labels).set_to_current_time()
        LAG.labels(*labels).set(max(lag, 0))
        LATENESS.labels(*labels).set(max(late, 0.0))

    def _course(self) -> Course:
        with self._application.reading() as connection:
            return Course(
                followed(connection, self._upstream, self._application.settings.partitions),
                followed_epoch(connection, self._upstream),
            )

    def _portions(self, letters: Sequence[Letter], course: Course) -> Iterator[list[Letter]]:
        """The letters that are new, with the missing ones before them, a transaction's each."""
        new: list[Letter] = []
        for letter in letters:
            reached = course.reached[letter.partition]
            if letter.position <= reached:
                if not letter.is_head:
                    REPEATED.labels(self._upstream).inc()
                continue
            if letter.is_head or letter.previous > reached:
                if new:
                    yield new
                    new = []
                yield from self._missing(letter, course)
            if not letter.is_head:
                new.append(letter)
                course.reached[letter.partition] = letter.position
        if new:
            yield new

    def _missing(self, letter: Letter, course: Course) -> Iterator[list[Letter]]:
        HEALED.labels(self._upstream).inc()
        until = letter.position if letter.is_head else letter.previous
        scanned = course.reached[letter.partition]
        while scanned < until:
            fetched = self._fetch(letter.partition, scanned, GAP)
            if fetched.scanned <= scanned:
                raise OSError(f"{self._upstream} does not have what it announced yet")
            scanned = fetched.scanned
            if part := [
                replace(one, epoch=letter.epoch) for one in fetched.letters if one.position <= until
            ]:
                course.reached[letter.partition] = part[-1].position
                yield part

    def _store(self, letters: Sequence[Letter]) -> None:
        course = self._course()
        # Whoever was slow, or hung and came back, finds here what another has already applied.
        letters = [
            one
            for one in letters
            if one.position > course.stored[one.partition] and one.epoch == course.epoch
        ]
        waiting = self._waiting()
        batch = self._application.log.batch()
        also: list[Callable[[Cursor[Any]], None]] = []
        free: list[bytes] = []
        for letter in letters:
            if waiting and (key := self._key(letter)) in waiting:
                also.append(self._keep(batch, letter, key, "在同一申报的前一条搁置消息之后等待"))
            else:
                free.append(letter.body)
            course.reached[letter.partition] = letter.position
        self._application.follow(batch, free)
        also += self._moves(course)
        batch.commit(also)
        APPLIED.labels(self._upstream).inc(len(letters))

    def _waiting(self) -> set[str]:
        with self._application.reading() as connection:
            return parking.waiting_keys(connection, self._source)

    def _key(self, letter: Letter) -> str:
        return key_of(letter.body) or f"{letter.partition}/{letter.position}"

    def _moves(self, course: Course) -> list[Callable[[Cursor[Any]], None]]:
        def move(partition: int, expected: int, position: int) -> Callable[[Cursor[Any]], None]:
            return lambda cursor: move_followed(
                cursor, self._upstream, partition, expected, position
            )

        return [
            move(partition, expected, position)
            for partition, (expected, position) in enumerate(
                zip(course.stored, course.reached, strict=True)
            )
            if position != expected
        ]

    def _park(self, letter: Letter, fault: Exception) -> None:
        course = self._course()
        if letter.position <= course.stored[letter.partition]:
            return
        course.reached[letter.partition] = letter.position
        batch = self._application.log.batch()
        reason = reason_of(fault)
        keep = self._keep(batch, letter, self._key(letter), reason)
        batch.commit([keep, *self._moves(course)])
        PARKED.labels(self._source).inc()
        log.error("parked a letter of %s at %s: %s", self._upstream, letter.position, reason)

    def _keep(
        self, batch: Batch, letter: Letter, key: str, reason: str
    ) -> Callable[[Cursor[Any]], None]:
        return keep(self._application, batch, self._source, key, reason, letter.body)


def keep(
    application: Application,
    batch: Batch,
    source: str,
    key: str,
    reason: str,
    body: bytes,
) -> Callable[[Cursor[Any]], None]:
    """Have the log say that a message is parked; the answer puts its sealed body into the list."""
    letter = parked_id(source, body)
    at = application.clock.now()
    command = ParkLetter(
        at=at, by=application.actor, source=source, key=key, reason=reason, digest=letter.hex
    )
    batch.ask(Addressed(PARKING, letter, command), Cause(f"parked:{letter}"))
    sealed = Seal.read(application.settings.secrets).seal(letter, body)
    return lambda cursor: parking.keep(cursor, letter, source, key, reason, sealed, at)


def reason_of(fault: Exception) -> str:
    """Why a message could not be processed, in words that repeat nothing of what it says."""
    if isinstance(fault, Refused):
        return f"{fault.rule} {fault.code}"
    if isinstance(fault, Unreadable):
        return str(fault)
    return type(fault).__name__


def retry(application: Application, source: str, key: str) -> int:
    """Process the parked messages of one list again, in order, until one fails.

    What comes to the list meanwhile is processed too.

    Returns:
        How many were processed.

    Raises:
        Exception: whatever the first failing one raised; it and those behind it stay parked.
    """
    seal = Seal.read(application.settings.secrets)
    reader = application.readers[source.partition(":")[0]]
    processed = 0
    while waiting := _listed(application, source, key):
        for letter, sealed in waiting:
            batch = application.log.batch()
            reader(batch, seal.open(letter, sealed))
            settle = SettleLetter(at=application.clock.now(), by=application.actor)
            batch.ask(Addressed(PARKING, letter, settle), Cause(f"retry:{letter}"))
            batch.commit([partial(_remove, letter)])
            processed += 1
    return processed


def _listed(application: Application, source: str, key: str) -> list[tuple[UUID, bytes]]:
    with application.reading() as connection:
        return parking.list_of(connection, source, key)


def _remove(letter: UUID, cursor: Cursor[Any]) -> None:
    parking.remove(cursor, letter)
