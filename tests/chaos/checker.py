"""Reads whole histories after a run, and says what is wrong with them. Pure.

A history is what a service's database holds; the witness is what the world outside saw: which
messages the broker confirmed, which receipts came, what people were answered. Each check answers
with sentences, none if all is well.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from uuid import UUID, uuid5

from services.intake.claim import ClaimContested, ClaimTaken
from services.intake.record import NominationReceived
from services.intake.submission import SUBMISSION, SubmissionAnswered
from shared.audit.ledger import NO_PREVIOUS, Entry
from shared.contracts.base import Heard
from shared.contracts.ids import submission_id
from shared.eventlog import Codec, UnknownTopic
from shared.letters import read, write
from shared.messages import Addressed, Recorded, Refused, event_id
from shared.plan import Plan
from shared.relay import House, World
from shared.topology import partition_of
from shared.views import views_of

OUTBOXES = (House.name, World.name)

# what is read


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of the log with its row of the ledger."""

    position: int
    stream: UUID
    version: int
    topic: str
    state: bytes
    recorded_at: datetime
    actor: str
    correlation: UUID
    causation: str
    leaf: bytes
    salt: bytes


@dataclass(frozen=True, slots=True)
class Aside:
    """A message that was parked: where it came from, and why."""

    source: str
    reason: str


Rows = Mapping[str, Sequence[str]]
"""Table -> its rows as text."""


@dataclass(frozen=True)
class History:
    """What one service's database holds. `rebuilt` is what its views are when made anew."""

    plan: Plan
    facts: Sequence[Fact]
    followed: Mapping[tuple[str, int], int]
    outboxes: Mapping[str, int]
    projected: Mapping[str, int]
    parked: Sequence[Aside]
    kept: Rows
    rebuilt: Rows
    partitions: int = 4

    @property
    def name(self) -> str:
        """The service's."""
        return self.plan.name

    @property
    def head(self) -> int:
        """The position of the last event."""
        return self.facts[-1].position if self.facts else 0

    @cached_property
    def recorded(self) -> list[Recorded]:
        """The events, decoded."""
        codec = Codec(self.plan.deciders)
        return [
            codec.recorded(
                (
                    fact.position,
                    fact.stream,
                    fact.version,
                    fact.topic,
                    fact.state,
                    fact.recorded_at,
                    fact.correlation,
                    fact.causation,
                    fact.leaf,
                )
            )
            for fact in self.facts
        ]

    @cached_property
    def streams(self) -> Mapping[UUID, list[Recorded]]:
        """The events of each stream, in the order of the log."""
        streams: dict[UUID, list[Recorded]] = defaultdict(list)
        for recorded in self.recorded:
            streams[recorded.stream].append(recorded)
        return streams

    @cached_property
    def said(self) -> list[Heard]:
        """What it told our other services, as they hear it."""
        return [
            read(write(self.name, message, recorded))
            for recorded in self.recorded
            if (message := self.plan.announce(recorded)) is not None
            and message.audience != "publisher"
        ]


# what was witnessed


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was published, and whether the broker ever confirmed it."""

    user: str
    source: str
    id: str
    digest: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt that came; `event` is its message id."""

    user: str
    event: str
    source: str
    id: str
    outcome: str
    nomination_id: str | None


@dataclass(frozen=True, slots=True)
class Promise:
    """A command that was answered: at this position these events were stored."""

    service: str
    position: int
    events: tuple[str, ...]


@dataclass(frozen=True)
class Witness:
    """What was seen from outside."""

    sent: Sequence[Sent] = ()
    receipts: Sequence[Receipt] = ()
    promises: Sequence[Promise] = ()
    positions: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Name of a position -> what it was, again and again during the run."""
    poison: Mapping[str, Sequence[Aside]] = field(default_factory=dict)
    """Service -> what must be parked there in the end."""
    perhaps: Mapping[str, Sequence[Aside]] = field(default_factory=dict)
    """Service -> what may be parked there beside it: poison that was never confirmed."""


# the checks


def check(histories: Mapping[str, History], witness: Witness) -> list[str]:
    """Everything that is wrong."""
    found = [fault for history in histories.values() for fault in sound(history)]
    if unreadable := [fault for history in histories.values() for fault in readable(history)]:
        return found + unreadable
    hearings = {name: hearings_of(history, histories) for name, history in histories.items()}
    for history in histories.values():
        found += unrepeated(history)
        found += at_the_heads(history, histories)
        found += same_views(history)
        poison, perhaps = witness.poison, witness.perhaps
        found += parked(history, poison.get(history.name, ()), perhaps.get(history.name, ()))
        for upstream in history.plan.hears:
            found += followed(history, histories[upstream], hearings)
    found += answered(histories["intake"], witness)
    found += claimed(histories["intake"])
    found += promised(histories, witness.promises)
    found += monotonic(witness.positions)
    return found


def sound(history: History) -> Iterator[str]:
    """Positions and versions have no gap, and every leaf is what its record hashes to."""
    origin = f"gongjiang/{history.name}".encode()
    heads: dict[UUID, tuple[int, bytes]] = {}
    for expected, fact in enumerate(history.facts, start=1):
        where = f"{history.name}: position {fact.position}"
        if fact.position != expected:
            yield f"{where}: {expected} was expected"
            return
        version, previous = heads.get(fact.stream, (0, NO_PREVIOUS))
        if fact.version != version + 1:
            yield f"{where}: version {fact.version} of {fact.stream} follows version {version}"
        if entry(fact).leaf(origin, previous, fact.salt) != fact.leaf:
            yield f"{where}: the leaf is not that of the event"
        heads[fact.stream] = fact.version, fact.leaf


def entry(fact: Fact) -> Entry:
    """What the ledger says of a fact."""
    return Entry(
        stream=fact.stream,
        version=fact.version,
        topic=fact.topic,
        recorded_at=fact.recorded_at,
        actor=fact.actor,
        correlation=fact.correlation,
        causation=fact.causation,
        state=fact.state,
    )


def readable(history: History) -> Iterator[str]:
    """Every event can be read."""
    codec = Codec(history.plan.deciders)
    for fact in history.facts:
        try:
            codec.decode(fact.topic, fact.state)
        except (ValueError, KeyError, UnknownTopic) as fault:
            kind = type(fault).__name__
            yield f"{history.name}: position {fact.position} ({fact.topic}) is unreadable: {kind}"


def unrepeated(history: History) -> Iterator[str]:
    """No cause had the same effect twice."""
    effects = Counter(
        (recorded.causation, recorded.stream, type(recorded.event).topic(), repr(recorded.event))
        for recorded in history.recorded
    )
    for (causation, stream, topic, _), count in effects.items():
        if count > 1:
            yield f"{history.name}: {topic} stands {count} times in {stream}, by {causation}"


Hearings = Mapping[str, Sequence[tuple[int, str, int]]]
"""By what it was about: the positions at which something heard was taken in, each with who said it
and where it stands there."""


def hearings_of(history: History, histories: Mapping[str, History]) -> Hearings:
    """What a service has taken in of the others."""
    said = {
        str(heard.source.event_id): heard
        for upstream in history.plan.hears
        for heard in histories[upstream].said
    }
    found = defaultdict(list)
    for recorded in history.recorded:
        if (heard := said.get(recorded.causation)) is not None:
            place = recorded.position, heard.source.service, heard.source.position
            found[heard.message.partition_key].append(place)
    return found


def followed(
    history: History, upstream: History, hearings: Mapping[str, Hearings]
) -> Iterator[str]:
    """Everything the upstream said was taken in once, in order for each nomination."""
    said = {str(heard.source.event_id): heard for heard in upstream.said}
    effects: set[tuple[str, UUID]] = set()
    latest: dict[str, int] = defaultdict(int)
    for recorded in history.recorded:
        if (heard := said.get(recorded.causation)) is None:
            continue
        effects.add((recorded.causation, recorded.stream))
        key, position = heard.message.partition_key, heard.source.position
        if position < latest[key]:
            yield (
                f"{history.name}: position {recorded.position} tells of {upstream.name}"
                f" {position} after {latest[key]}, about {key}"
            )
        latest[key] = max(latest[key], position)
    for cause, heard in said.items():
        for addressed in history.plan.follow(heard):
            stream = addressed.decider.stream(addressed.key)
            if (cause, stream) in effects:
                continue
            known = known_of(history.name, heard, hearings)
            if not absorbed(history, addressed, heard, said, known):
                yield (
                    f"{history.name}: {upstream.name} {heard.source.position}"
                    f" ({heard.message.name}) did not come to {addressed.decider.name} {stream}"
                )


def known_of(own: str, heard: Heard, hearings: Mapping[str, Hearings]) -> int:
    """The position up to which `own` had been heard of when this was said, about the same thing:
    by whoever said it, or by somebody whom they had heard."""
    key = heard.message.partition_key
    reached = {heard.source.service: heard.source.position}
    open_ends = [heard.source.service]
    while open_ends:
        service = open_ends.pop()
        for position, source, told in hearings[service].get(key, ()):
            if position <= reached[service] and told > reached.get(source, 0):
                reached[source] = told
                open_ends.append(source)
    return reached.get(own, 0)


def absorbed(
    history: History, addressed: Addressed, heard: Heard, said: Mapping[str, Heard], known: int
) -> bool:
    """Whether a command that left no trace changed nothing at some moment when it can have come:
    after the events up to `known`, which had been heard of when it was said, and after what the
    same nomination's earlier messages did; before what its later ones did."""
    decider, key = addressed.decider, heard.message.partition_key
    events = history.streams.get(decider.stream(addressed.key), [])
    told = [
        other.source.position
        if (other := said.get(recorded.causation)) and other.message.partition_key == key
        else None
        for recorded in events
    ]
    here = heard.source.position
    earlier = [
        place
        for place, (at, recorded) in enumerate(zip(told, events, strict=True), 1)
        if recorded.position <= known or (at is not None and at < here)
    ]
    later = [place for place, at in enumerate(told) if at is not None and at > here]
    first, last = max(earlier, default=0), min(later, default=len(events))
    state = decider.fold([recorded.event for recorded in events[:first]])
    for recorded in events[first:last]:
        if changes_nothing(addressed, state):
            return True
        state = decider.evolve(state, recorded.event)
    return changes_nothing(addressed, state)


def changes_nothing(addressed: Addressed, state: object) -> bool:
    """Whether nothing comes of a command in this state."""
    try:
        return not addressed.decider.judge(addressed.command, state)
    except Refused:
        return True


def at_the_heads(history: History, histories: Mapping[str, History]) -> Iterator[str]:
    """Relays, views and followers have come as far as there is something to read."""
    for name in OUTBOXES:
        if history.outboxes.get(name, 0) != history.head:
            yield f"{history.name}: {name} is at {history.outboxes.get(name)} of {history.head}"
    for view in views_of(history.plan):
        if history.projected.get(view.name, 0) != history.head:
            yield (
                f"{history.name}: view {view.name} is at {history.projected.get(view.name)}"
                f" of {history.head}"
            )
    for upstream in history.plan.hears:
        heads = partition_heads(histories[upstream])
        for partition, head in enumerate(heads):
            reached = history.followed.get((upstream, partition), 0)
            if reached != head:
                yield f"{history.name}: {upstream}.{partition} is at {reached} of {head}"


def partition_heads(history: History) -> list[int]:
    """The position of the last message in each partition."""
    heads = [0] * history.partitions
    for heard in history.said:
        partition = partition_of(heard.message.partition_key, history.partitions)
        heads[partition] = heard.source.position
    return heads


def same_views(history: History) -> Iterator[str]:
    """Every view is what it would be if it were rebuilt."""
    for table in sorted(history.kept.keys() | history.rebuilt.keys()):
        kept = Counter(history.kept.get(table, ()))
        rebuilt = Counter(history.rebuilt.get(table, ()))
        for row in (kept - rebuilt).elements():
            yield f"{history.name}: {table} has a row that a rebuilt one has not: {row[:200]}"
        for row in (rebuilt - kept).elements():
            yield f"{history.name}: {table} lacks a row that a rebuilt one has: {row[:200]}"


def parked(
    history: History, poison: Iterable[Aside], perhaps: Iterable[Aside] = ()
) -> Iterator[str]:
    """What is parked is what had to be, for the reason it had to be."""
    found, expected = Counter(history.parked), Counter(poison)
    for aside in (found - expected - Counter(perhaps)).elements():
        yield f"{history.name}: parked from {aside.source}: {aside.reason}"
    for aside in (expected - found).elements():
        yield f"{history.name}: not parked from {aside.source}: {aside.reason}"


def answered(intake: History, witness: Witness) -> Iterator[str]:
    """Each message has one answer, and its publisher heard that and no other."""
    answers: dict[UUID, SubmissionAnswered] = {}
    events: dict[str, SubmissionAnswered] = {}
    for recorded in intake.recorded:
        if isinstance(answer := recorded.event, SubmissionAnswered):
            if recorded.stream in answers:
                yield f"intake: {answer.message_id} of {answer.publisher} was answered again"
            answers[recorded.stream] = answer
            events[str(recorded.id)] = answer
    yield from _sent(answers, witness)
    yield from _received(events, witness.receipts)


def _sent(answers: Mapping[UUID, SubmissionAnswered], witness: Witness) -> Iterator[str]:
    heard = {receipt.event for receipt in witness.receipts}
    asked: set[UUID] = set()
    for sent in witness.sent:
        first = submission_id(sent.user, sent.source, sent.id)
        conflict = uuid5(first, sent.digest)
        streams = [SUBMISSION.stream(first), SUBMISSION.stream(conflict)]
        asked.update(streams)
        mine = [
            stream
            for stream in streams
            if stream in answers and answers[stream].digest == sent.digest
        ]
        if len(mine) > 1:
            yield f"intake: {sent.id} of {sent.user} has {len(mine)} answers"
        if not sent.confirmed:
            continue
        if not mine:
            yield f"intake: {sent.id} of {sent.user} was confirmed and has no answer"
        elif str(event_id(mine[0], 1)) not in heard:
            yield f"intake: no receipt for {sent.id} came to {sent.user}"
        if mine == streams[1:] and answers[mine[0]].outcome != "refused":
            yield f"intake: {sent.id} of {sent.user} was taken in under a known id"
    for stream in answers.keys() - asked:
        yield f"intake: {answers[stream].message_id} was answered, but nobody sent it"


def _received(
    events: Mapping[str, SubmissionAnswered], receipts: Sequence[Receipt]
) -> Iterator[str]:
    for receipt in set(receipts):
        said = f"receipt {receipt.outcome} for {receipt.id} to {receipt.user}"
        answer = events.get(receipt.event)
        if answer is None:
            yield f"intake: {said} tells of no event"
            continue
        nomination = None if answer.nomination_id is None else str(answer.nomination_id)
        meant = (answer.publisher, answer.source, answer.message_id, answer.outcome, nomination)
        if meant != (
            receipt.user,
            receipt.source,
            receipt.id,
            receipt.outcome,
            receipt.nomination_id,
        ):
            yield f"intake: {said}, but the answer is {answer.outcome} for {answer.message_id}"


def claimed(intake: History) -> Iterator[str]:
    """One person has one nomination that was simply received; every other one was held (P7)."""
    holders: dict[UUID, list[UUID]] = defaultdict(list)
    contested: set[UUID] = set()
    for recorded in intake.recorded:
        match recorded.event:
            case ClaimTaken(nomination_id=holder):
                holders[recorded.stream].append(holder)
            case ClaimContested(nomination_id=newcomer):
                contested.add(newcomer)
            case _:
                pass
    for claim, nominations in holders.items():
        if len(nominations) > 1:
            yield f"intake: claim {claim} was taken {len(nominations)} times"
    known = contested | {one for nominations in holders.values() for one in nominations}
    outcomes = {
        answer.nomination_id: answer.outcome
        for recorded in intake.recorded
        if isinstance(answer := recorded.event, SubmissionAnswered) and answer.nomination_id
    }
    for recorded in intake.recorded:
        if not isinstance(recorded.event, NominationReceived):
            continue
        nomination = recorded.event.nomination_id
        if nomination not in known:
            yield f"intake: nomination {nomination} has no claim on its person"
        expected = "held" if nomination in contested else "received"
        if outcomes.get(nomination) != expected:
            yield f"intake: nomination {nomination} was answered {outcomes.get(nomination)}"


def promised(histories: Mapping[str, History], promises: Iterable[Promise]) -> Iterator[str]:
    """What people were told was stored is there."""
    for promise in promises:
        if not promise.events:
            continue
        facts = histories[promise.service].facts
        end = promise.position
        stored = tuple(fact.topic for fact in facts[end - len(promise.events) : end])
        if sorted(topic.rpartition(".v")[0] for topic in stored) != sorted(promise.events):
            yield (
                f"{promise.service}: {', '.join(promise.events)} was promised at {end},"
                f" {', '.join(stored) or 'nothing'} is there"
            )


def monotonic(positions: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """No position ever went back."""
    for name, course in positions.items():
        for before, after in pairwise(course):
            if after < before:
                yield f"{name} went back from {before} to {after}"


def digest_of(body: bytes) -> str:
    """The digest by which an answer knows its message."""
    return sha256(body).hexdigest()
