"""The event log of a service: load, decide, store. The only place that knows stored forms.

    batch = log.batch()
    batch.ask(Addressed(NOMINATION, nomination_id, command), cause)
    batch.commit()

A batch is one transaction in the making: it loads each stream once, remembers what it decided,
lets the service's own policy react, and stores everything together or nothing.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any
from uuid import UUID, uuid4

import orjson

from shared.audit.ledger import Entry
from shared.messages import (
    Actor,
    Addressed,
    Decider,
    Event,
    Happened,
    LeafRef,
    Recorded,
    Upcaster,
    event_id,
    next_version,
)
from shared.recorder import Also, Gone, LedgerRecorder, Row, machine_time

React = Callable[[Happened], Sequence[Addressed]]

Decoded = tuple[Event, datetime, Actor]
"""An event, its time and its actor."""

log = logging.getLogger(__name__)

REMEMBERED = 1000
"""Events kept decoded for those who follow the log closely: a window of the relay."""

LONG, LONG_STREAMS = 100, 64
"""From how many events on a stream's state is kept, and how many streams' states."""


AT, BY, DATA = b'{"at":"', b',"by":', b',"data":'
"""Where a stored form is cut: a quotation mark inside of a text would have a backslash before it,
so none of these is found in one."""


@lru_cache(maxsize=4096)
def actor_of(stored: bytes) -> Actor:
    """The actor as stored: few act, and often."""
    return Actor.model_validate_json(stored)


class UnknownTopic(Exception):
    """The log holds an event that this version of the code cannot read."""


class Codec:
    """Events to stored bytes and back; old versions are lifted by their upcasters.

    The stored form is JSON: `{"at", "by", "data"}`, `data` being the event's own fields.
    """

    def __init__(self, deciders: Iterable[Decider[Any]]) -> None:
        self._events: dict[str, type[Event]] = {}
        self._upcasters: dict[str, Upcaster] = {}
        for decider in deciders:
            for event in decider.events:
                if self._events.setdefault(event.topic(), event) is not event:
                    raise ValueError(f"two events are stored as {event.topic()}")
            self._upcasters.update(decider.upcasters)

    def encode(self, event: Event, at: datetime, by: Actor) -> bytes:
        """The bytes to store."""
        return b'{"at":%s,"by":%s,"data":%s}' % (  # as `decode` cuts it apart again
            orjson.dumps(at),
            orjson.dumps(
                {
                    "id": by.id,
                    "name": by.name,
                    "organisation": by.organisation,
                    "roles": sorted(by.roles),
                }
            ),
            event.model_dump_json(by_alias=True).encode(),
        )

    def decode(self, topic: str, state: bytes) -> Decoded:
        """The event with its time and its actor.

        Raises:
            UnknownTopic: neither an event nor an upcaster has this name.
        """
        head, _, data = state.partition(DATA)
        at, _, by = head.partition(BY)
        event = self._events.get(topic)
        return (
            self.event(topic, orjson.loads(data[:-1]))
            if event is None
            else event.model_validate_json(data[:-1]),
            datetime.fromisoformat(at[len(AT) : -1].decode()),
            actor_of(by),
        )

    def event(self, topic: str, data: dict[str, Any]) -> Event:
        """The event of this topic, lifted to the version of today."""
        while (upcast := self._upcasters.get(topic)) is not None:
            data, topic = upcast(data), next_version(topic)
        if (event := self._events.get(topic)) is None:
            raise UnknownTopic(topic)
        return event.model_validate(data)

    def recorded(self, row: Row) -> Recorded:
        """A row of the log, decoded."""
        position, stream, version, topic, state, recorded_at, correlation, causation, leaf = row
        event, at, by = self.decode(topic, state)
        source = LeafRef(position - 1, leaf)
        return Recorded(
            position, stream, version, event, at, by, recorded_at, correlation, causation, source
        )


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is decided: the id of an event or request, and the correlation it belongs to.

    Whatever concerns one nomination has the nomination's id as its correlation, so that one id
    leads through all three services. Anything else has this one, or the stream's, or a new one.
    """

    causation: str
    correlation: UUID | None = None


@dataclass(slots=True)
class Loaded:
    """A stream as this batch sees it; `leaf` is that of its last stored event."""

    state: Any
    version: int
    correlation: UUID | None
    leaf: bytes | None = None


class Batch:
    """One transaction in the making (see the module)."""

    def __init__(self, log: "EventLog") -> None:
        self._log = log
        self._streams: dict[UUID, Loaded] = {}
        self.entries: list[Entry] = []
        self.events: list[Event] = []

    def preload(self, *wanted: tuple[Decider[Any], Iterable[UUID]]) -> None:
        """Load many streams of these kinds with one query."""
        streams = {decider.stream(key): decider for decider, keys in wanted for key in keys}
        new = streams.keys() - self._streams.keys()
        if not new:
            return
        for stream in new:
            self._streams[stream] = self._log.long.of(streams[stream], stream)
        behind = {stream: self._streams[stream].version for stream in new}
        for recorded in self._log.load_behind(behind):
            loaded = self._streams[recorded.stream]
            loaded.state = streams[recorded.stream].evolve(loaded.state, recorded.event)
            loaded.version = recorded.version
            loaded.correlation = loaded.correlation or recorded.correlation
            loaded.leaf = recorded.leaf.hash
        for stream in new:
            self._log.long.remember(streams[stream], stream, self._streams[stream])

    def state(self, decider: Decider[Any], key: UUID) -> Any:
        """The aggregate's state, with what this batch has already decided."""
        return self._loaded(decider, key).state

    def version(self, decider: Decider[Any], key: UUID) -> int:
        """The number of events of the aggregate, those of this batch included."""
        return self._loaded(decider, key).version

    def _loaded(self, decider: Decider[Any], key: UUID) -> Loaded:
        stream = decider.stream(key)
        if stream not in self._streams:
            self.preload((decider, (key,)))
        return self._streams[stream]

    def ask(self, addressed: Addressed, cause: Cause) -> list[Event]:
        """Let the aggregate decide, and the service's policy react to what happened.

        Returns:
            The events, those of the reactions after those of the aggregate itself.

        Raises:
            Refused: nothing of this command is kept; what was asked before it stays.
        """
        mark = len(self.entries), len(self.events)
        before: dict[UUID, Loaded] = {}
        try:
            return self._ask(addressed, cause, before)
        except BaseException:
            del self.entries[mark[0] :], self.events[mark[1] :]
            self._streams.update(before)
            raise

    def _ask(self, addressed: Addressed, cause: Cause, before: dict[UUID, Loaded]) -> list[Event]:
        decider, command = addressed.decider, addressed.command
        stream = decider.stream(addressed.key)
        loaded = self._loaded(decider, addressed.key)
        decider.expect(addressed.key, command)
        events = decider.judge(command, loaded.state)
        if not events:
            return events
        before.setdefault(stream, replace(loaded))
        correlation = addressed.nomination or cause.correlation or loaded.correlation or uuid4()
        loaded.correlation = correlation
        happened = []
        for event in events:
            loaded.version += 1
            loaded.state = decider.evolve(loaded.state, event)
            fact = Happened(stream, event, command.at, command.by)
            self._collect(fact, loaded.version, cause.causation, correlation)
            happened.append((fact, loaded.version))
        for fact, version in happened:
            for reaction in self._log.react(fact):
                because = Cause(str(event_id(stream, version)), correlation)
                events = events + self._ask(reaction, because, before)
        return events

    def _collect(self, fact: Happened, version: int, causation: str, correlation: UUID) -> None:
        self.events.append(fact.event)
        self.entries.append(
            Entry(
                stream=fact.stream,
                version=version,
                topic=fact.event.topic(),
                recorded_at=machine_time(),
                actor=fact.by.id,
                correlation=correlation,
                causation=causation,
                state=self._log.codec.encode(fact.event, fact.at, fact.by),
            )
        )

    def commit(self, also: Iterable[Also] = (), *, before: Iterable[Also] = ()) -> int:
        """Store everything together with what `also` does, after what `before` does.

        Returns:
            The position of the last event, 0 when there is none.

        Raises:
            Conflict: somebody else was faster; load again and decide again.
        """
        heads = {stream: one.leaf for stream, one in self._streams.items() if one.leaf}
        try:
            position = self._log.recorder.store(self.entries, heads, also, before=before)
        except Gone:
            self._log.forget()
            raise
        if self.entries:
            correlations = sorted({str(entry.correlation) for entry in self.entries})
            log.info(
                "stored %d events to position %d",
                len(self.entries),
                position,
                extra={"correlations": correlations},
            )
        return position


class Tail:
    """The latest events, decoded: relay, announcer and views of a process all read the same ones.

    What is stored never changes and positions have no gaps, so a run of known positions is what
    the log would answer.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._events: dict[int, Recorded] = {}

    def after(self, position: int, limit: int) -> list[Recorded]:
        """The events behind a position, as far as they are known without a gap."""
        known: list[Recorded] = []
        while len(known) < limit and (one := self._events.get(position + len(known) + 1)):
            known.append(one)
        return known

    def remember(self, events: Iterable[Recorded]) -> None:
        """Know these, and forget those that have been known longest."""
        for recorded in events:
            self._events[recorded.position] = recorded
        for position in list(self._events)[: max(0, len(self._events) - self._size)]:
            del self._events[position]

    def forget(self) -> None:
        """Know none."""
        self._events.clear()


class LongStreams:
    """Where the longest streams stood when they were last loaded, so that only what came since is
    read: a campaign's streams grow with its nominations, and nearly every command asks them.

    What is stored never changes, so such a state is that of the log at its version. States are
    never changed either (see shared/messages.py).
    """

    def __init__(self, size: int, long: int) -> None:
        self._size, self._long = size, long
        self._known: dict[tuple[str, UUID], Loaded] = {}
        self._changing = Lock()

    def of(self, decider: Decider[Any], stream: UUID) -> Loaded:
        """The stream as far as it is known; from its beginning where it is not."""
        known = self._known.get((decider.name, stream))
        return replace(known) if known else Loaded(decider.initial, 0, None)

    def remember(self, decider: Decider[Any], stream: UUID, loaded: Loaded) -> None:
        """Know this one if it is long, and forget what has been known longest."""
        if loaded.version < self._long:
            return
        with self._changing:
            self._known.pop((decider.name, stream), None)
            self._known[decider.name, stream] = replace(loaded)
            for key in list(self._known)[: max(0, len(self._known) - self._size)]:
                del self._known[key]

    def forget(self) -> None:
        """Know none."""
        with self._changing:
            self._known.clear()


class EventLog:
    """The log of one service.

    Args:
        recorder: where the bytes are kept.
        deciders: every aggregate of the service.
        react: the service's own policy, run inside each batch.
    """

    def __init__(
        self, recorder: LedgerRecorder, deciders: Iterable[Decider[Any]], react: React
    ) -> None:
        self.recorder = recorder
        self.codec = Codec(deciders)
        self.react = react
        self.long = LongStreams(LONG_STREAMS, LONG)
        self._tail = Tail(REMEMBERED)
        self._reading = Lock()

    def batch(self) -> Batch:
        """A new transaction in the making."""
        return Batch(self)

    def load(self, streams: Sequence[UUID]) -> Iterator[Recorded]:
        """All events of these streams, each stream in order."""
        return self.load_behind(dict.fromkeys(streams, 0))

    def load_behind(self, versions: Mapping[UUID, int]) -> Iterator[Recorded]:
        """The events of these streams behind these versions, each stream in order."""
        return map(self.codec.recorded, self.recorder.rows_behind(versions))

    def read(self, after: int, limit: int) -> list[Recorded]:
        """The next events of the log: up to `limit`, none only at its head."""
        with self._reading:  # whoever waits here finds what another has just decoded
            if known := self._tail.after(after, limit):
                return known
            events = list(map(self.codec.recorded, self.recorder.rows_after(after, limit)))
            self._tail.remember(events)
            return events

    def at(self, positions: Sequence[int]) -> list[Recorded]:
        """The events at these positions."""
        return [self.codec.recorded(row) for row in self.recorder.rows_at(positions)]

    @property
    def head(self) -> int:
        """The position of the last event; 0 before the first."""
        return self.recorder.head()

    def forget(self) -> None:
        """Know nothing but what is stored: what was remembered is no longer there."""
        self.long.forget()
        with self._reading:
            self._tail.forget()

    def close(self) -> None:
        """Give the connections back."""
        self.recorder.datastore.close()
