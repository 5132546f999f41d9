"""Evidence read with the code of today: does every whole stream still decode and fold?

Hashes prove that the bytes are those of then; this tells that they are also a history that the
rules of today can read.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from shared.audit.ledger import EPOCH
from shared.audit.verifier import LATEST, Bundle, Record, frames, leaf_hash
from shared.eventlog import Codec, UnknownTopic
from shared.messages import Decider, Recorded
from shared.plan import Plan


@dataclass(frozen=True, slots=True)
class Stored:
    """An event of a bundle, whose bytes were verified."""

    index: int
    stream: UUID
    version: int
    topic: str
    state: bytes


@dataclass(frozen=True, slots=True)
class Unreplayable:
    """An event that is proven, and that the code of today cannot read."""

    index: int
    stream: UUID
    version: int
    topic: str
    words: str


@dataclass
class Course:
    """A stream as far as it was read; None once it cannot be followed."""

    decider: Decider[Any]
    state: Any
    version: int


@dataclass
class Replayed:
    """What a replay has read: events, whole streams, and what could not be read."""

    events: int = 0
    streams: int = 0
    left_out: int = 0
    failures: list[Unreplayable] = field(default_factory=list)


class Replay:
    """Reads the events of one service in the order of its log.

    Args:
        deciders: every aggregate of the service.
    """

    def __init__(self, deciders: Sequence[Decider[Any]]) -> None:
        self._codec = Codec(deciders)
        self._owners = {event: one for one in deciders for event in one.events}
        self._courses: dict[UUID, Course | None] = {}
        self._said = Replayed()

    def read(self, events: Iterable[Stored]) -> Replayed:
        """Decode and fold them all; of a stream that is not whole, only what it has is left out."""
        for one in events:
            self._follow(one)
        followed = sum(course is not None for course in self._courses.values())
        self._said.streams = followed
        self._said.left_out = len(self._courses) - followed
        return self._said

    def _follow(self, one: Stored) -> None:
        course = self._courses.get(one.stream)
        expected = 1 if one.stream not in self._courses else course and course.version + 1
        if one.version != expected:
            self._courses[one.stream] = None
            return
        try:
            event, _, _ = self._codec.decode(one.topic, one.state)
            decider = self._owners[type(event)]
            state = decider.initial if course is None else course.state
            self._courses[one.stream] = Course(decider, decider.evolve(state, event), one.version)
        except UnknownTopic:
            self._fail(one, "现行程序不认识这一事件名称")
        except Exception as fault:  # noqa: BLE001  (whatever today's code does with it is told)
            self._fail(one, f"现行程序无法读取或重放：{type(fault).__name__}")
        else:
            self._said.events += 1

    def _fail(self, one: Stored, words: str) -> None:
        self._courses[one.stream] = None
        self._said.failures.append(
            Unreplayable(one.index, one.stream, one.version, one.topic, words)
        )


def replay(path: Path, plans: Sequence[Plan]) -> dict[str, Replayed]:
    """Read every whole stream in a bundle that was verified, service by service."""
    bundle = Bundle(path)
    return {
        plan.name: Replay(plan.deciders).read(stored(bundle, plan.name))
        for plan in plans
        if plan.name in bundle.manifest.services
    }


def stored(bundle: Bundle, service: str) -> Iterator[Stored]:
    """The events of a service."""
    for index, raw, state in frames(bundle.pieces(f"{service}/leaves.bin", LATEST)):
        record = Record.parse(raw)
        yield Stored(index, UUID(bytes=record.stream), record.version, record.topic, state)


@dataclass(frozen=True, slots=True)
class Told:
    """The events of whole streams as the service's own log would tell them; how many streams are
    not whole, or cannot be read today, and are left out."""

    events: tuple[Recorded, ...]
    left_out: int


def told_in(bundle: Bundle, plan: Plan) -> Told:
    """What a bundle tells of a service."""
    codec = Codec(plan.deciders)
    streams: dict[UUID, list[Recorded] | None] = {}
    for index, raw, state in frames(bundle.pieces(f"{plan.name}/leaves.bin", LATEST)):
        record = Record.parse(raw)
        stream = UUID(bytes=record.stream)
        events = streams.setdefault(stream, [])
        if events is None:
            continue
        if record.version != len(events) + 1:
            streams[stream] = None
            continue
        try:
            recorded = codec.recorded(
                (
                    index + 1,
                    stream,
                    record.version,
                    record.topic,
                    state,
                    EPOCH + timedelta(microseconds=record.recorded_at),
                    UUID(bytes=record.correlation),
                    record.causation,
                    leaf_hash(raw),
                )
            )
        except Exception:  # noqa: BLE001  (bytes of somebody else: what today's code cannot read)
            streams[stream] = None
        else:
            events.append(recorded)
    whole = [events for events in streams.values() if events is not None]
    told = sorted((one for events in whole for one in events), key=lambda one: one.position)
    return Told(tuple(told), len(streams) - len(whole))
