"""Intake in memory: the real log and batch over a list of rows, and a vault without a store.

house = House()
house.send("good-1")
house.receipt("good-1")
house.commit(lambda batch: batch.ask(Addressed(...), CAUSE))
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from uuid import UUID, uuid5

from services.intake import PLAN
from services.intake.campaign import CAMPAIGN, OpenCampaign
from services.intake.nomination import NOMINATION
from services.intake.publishers import Registry
from services.intake.reception import Reply, prepare, read, receive
from services.intake.record import Situation
from services.intake.submission import SUBMISSION, Answered, SubmissionAnswered
from shared.audit.ledger import Entry
from shared.contracts.cloudevents import Delivery
from shared.contracts.ids import nomination_id, submission_id
from shared.contracts.sealed import Purpose, Sealed
from shared.eventlog import Batch, Cause, EventLog
from shared.messages import Addressed, Command, Decider, Event, Recorded
from shared.recorder import LedgerRecorder, Row
from tests import rejudged
from tests.actors import OFFICE
from tests.intake.samples import CAMPAIGN_ID, CONFIGURATION, IN_TIME, REGISTRY, event, publisher_of

T = TypeVar("T")

CAUSE = Cause("message:test", UUID(int=2019))
SPACE = UUID("00000000-0000-5000-8000-00000000beef")


class Rows:
    """The rows of a log, without a database. `queries` counts the look-ups."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.queries = 0

    def rows_behind(self, versions: Mapping[UUID, int]) -> list[Row]:
        """The events of these streams behind these versions."""
        self.queries += 1
        return [row for row in self.rows if row[1] in versions and row[2] > versions[row[1]]]

    def store(
        self,
        entries: Iterable[Entry],
        _heads: Mapping[UUID, bytes],
        also: Iterable[Any] = (),
        *,
        before: Iterable[Any] = (),
    ) -> int:
        """Keep them."""
        assert not [*also, *before]
        for entry in entries:
            self.rows.append(
                (
                    len(self.rows) + 1,
                    entry.stream,
                    entry.version,
                    entry.topic,
                    entry.state,
                    datetime(2026, 1, 1, tzinfo=UTC),
                    entry.correlation,
                    entry.causation,
                    bytes(32),
                )
            )
        return len(self.rows)


class TestVault:
    """Boxes that do not show what is in them, until a test looks. Erases whom it is told to."""

    __test__ = False

    def __init__(self) -> None:
        self.inside: dict[str, str] = {}
        self.erased: set[UUID] = set()
        self.made: list[set[UUID]] = []

    def person(self, campaign: UUID, id_number: str) -> UUID:
        """The same for the same number in the same campaign."""
        return self.fingerprint("person", str(campaign), id_number)

    def fingerprint(self, kind: str, *parts: str) -> UUID:
        """The same for the same parts."""
        return uuid5(SPACE, json.dumps([kind, *parts]))

    def ensure_keys(self, people: Iterable[UUID]) -> frozenset[UUID]:
        """Notes whom keys were made for."""
        self.made.append(set(people))
        return frozenset(self.made[-1] & self.erased)

    def seal(
        self, person: UUID, purpose: Purpose, nomination_id: UUID, field: str, value: str
    ) -> Sealed:
        """A box with a digest in it."""
        assert person not in self.erased
        box = b64encode(hashlib.sha256(f"{nomination_id}{field}{value}".encode()).digest()).decode()
        self.inside[box] = value
        return Sealed(key=uuid5(person, purpose), box=box)

    def open(self, sealed: Sealed) -> str:
        """What is in a box."""
        return self.inside[sealed.box]

    def opened(self, boxes: Mapping[str, Sealed], nomination_id: UUID) -> Mapping[str, str] | None:
        """What is in some boxes, unless the person was erased."""
        keys = {uuid5(person, purpose) for person in self.erased for purpose in boxes}
        if keys & {box.key for box in boxes.values()}:
            return None
        return {name: self.open(box) for name, box in boxes.items()}


class House:
    """Intake with the campaign of 2019 open, unless told otherwise."""

    def __init__(self, *, campaign: bool = True, registry: Registry = REGISTRY) -> None:
        self.rows = Rows()
        self.log = EventLog(cast("LedgerRecorder", self.rows), PLAN.owns, PLAN.react)
        self.vault = TestVault()
        self.registry = registry
        rejudged.TOLD.append((PLAN, self))
        if campaign:
            self.ask(
                CAMPAIGN,
                CAMPAIGN_ID,
                OpenCampaign(at=IN_TIME, by=OFFICE, configuration=CONFIGURATION),
            )

    def commit(self, work: Callable[[Batch], T]) -> T:
        """Do something in one transaction."""
        batch = self.log.batch()
        result = work(batch)
        batch.commit()
        return result

    def ask(self, decider: Decider[Any], key: UUID, command: Command) -> list[Event]:
        """Ask an aggregate, with everything that its policies then do."""
        return self.commit(lambda batch: batch.ask(Addressed(decider, key, command), CAUSE))

    def deliver(self, *deliveries: Delivery, at: datetime = IN_TIME) -> list[Reply]:
        """Receive messages in one batch, as the inbox does."""

        def work(batch: Batch) -> list[Reply]:
            incoming = [read(delivery, self.registry) for delivery in deliveries]
            judged = prepare(batch, incoming, at, self.vault, rehearsal=True)
            return [receive(batch, one, self.vault, self.vault.opened, CAUSE) for one in judged]

        return self.commit(work)

    def send(
        self, *names: str, at: datetime = IN_TIME, changes: Mapping[str, Any] | None = None
    ) -> list[SubmissionAnswered]:
        """Let other systems publish samples, in one batch; the answers."""
        replies = self.deliver(*(structured(name, changes) for name in names), at=at)
        return [self.answer(reply.submission) for reply in replies]

    def answer(self, submission: UUID) -> SubmissionAnswered:
        """The answer in a submission's stream."""
        state = self.state(SUBMISSION, submission)
        assert isinstance(state, Answered)
        return state.answer

    def state(self, decider: Decider[Any], key: UUID) -> Any:
        """What is true of an aggregate, as it was stored."""
        return self.log.batch().state(decider, key)

    def nomination(self, name: str) -> Situation:
        """The nomination that a sample became."""
        state: Situation = self.state(NOMINATION, nomination_of(name))
        return state

    def recorded(self) -> list[Recorded]:
        """Everything that was stored, as it is read again."""
        return [self.log.codec.recorded(row) for row in self.rows.rows]

    def topics(self) -> list[str]:
        """The names of everything that was stored."""
        return [row[3] for row in self.rows.rows]


def submission_of(name: str) -> UUID:
    """The submission that a sample makes."""
    return submission_id(publisher_of(name).user, event(name)["source"], event(name)["id"])


def nomination_of(name: str) -> UUID:
    """The nomination that a sample becomes, if it is taken in."""
    return nomination_id(submission_of(name))


def structured(name: str, changes: Mapping[str, Any] | None = None) -> Delivery:
    """A sample as a CloudEvent in structured mode."""
    return Delivery(
        user=publisher_of(name).user,
        content_type="application/cloudevents+json; charset=utf-8",
        headers={},
        body=json.dumps(event(name, changes), ensure_ascii=False).encode(),
    )


def published(name: str, kind: str, data: Mapping[str, Any], id: str) -> Delivery:
    """What the publisher of a sample says later, as a CloudEvent of this type."""
    whole = {**event(name), "type": kind, "id": id, "data": data}
    return Delivery(
        user=publisher_of(name).user,
        content_type="application/cloudevents+json",
        headers={},
        body=json.dumps(whole, ensure_ascii=False).encode(),
    )


def binary(name: str, prefix: str = "cloudEvents:") -> Delivery:
    """A sample as a CloudEvent in binary mode."""
    whole = event(name)
    data = whole.pop("data")
    return Delivery(
        user=publisher_of(name).user,
        content_type="application/json",
        headers={f"{prefix}{attribute}": value for attribute, value in whole.items()},
        body=json.dumps(data, ensure_ascii=False).encode(),
    )
