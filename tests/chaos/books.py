"""The three services in memory, and a small selection in their books: what the checker reads.

A book keeps whatever it is told to, as the recorder of a service does; `rewritten` makes a ledger
that fits, so that a fault in a book is not found by its hashes alone.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid5

from services import intake, publicity, review
from services.intake.campaign import CAMPAIGN, OpenCampaign
from services.intake.nomination import NOMINATION
from services.intake.prereview import PassPreReview
from services.intake.reception import Incoming, prepare, read, receive
from services.intake.submission import SubmissionAnswered
from services.review.investigating import Investigator
from services.review.investigation import (
    INVESTIGATION,
    ConcludeInvestigation,
    OpenInvestigation,
    RecordEvidence,
)
from shared.audit.ledger import NO_PREVIOUS, Entry
from shared.contracts.cloudevents import Delivery
from shared.contracts.intake import Condition
from shared.eventlog import Batch, Cause, EventLog
from shared.messages import Addressed
from shared.plan import Plan
from shared.recorder import LedgerRecorder, Row
from shared.views import views_of
from tests.actors import AT, INVESTIGATOR, LEADING_GROUP, OFFICE
from tests.chaos.checker import (
    OUTBOXES,
    Fact,
    History,
    Promise,
    Receipt,
    Sent,
    Witness,
    entry,
    partition_heads,
)
from tests.intake.house import TestVault, nomination_of
from tests.intake.samples import CAMPAIGN_ID, CONFIGURATION, IN_TIME, REGISTRY, event, publisher_of

SPACE = UUID("00000000-0000-5000-8000-0000000c4a05")
PLANS: tuple[Plan, ...] = (intake.PLAN, review.PLAN, publicity.PLAN)
SALT = bytes(32)
PASSED: Mapping[str, tuple[Condition, ...]] = {
    "good-2": ("C2",),
    "good-3": ("C3", "C4"),
    "good-4": ("C4",),
}
MACHINE_TIME = datetime(2026, 1, 1, tzinfo=UTC)


class Book:
    """The log of one service, and the one who writes in it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.facts: list[Fact] = []
        self.heard: dict[str, int] = {}
        self.log = EventLog(cast("LedgerRecorder", self), plan.deciders, plan.react)

    def rows_behind(self, versions: Mapping[UUID, int]) -> list[Row]:
        """As the recorder does."""
        rows = [row_of(fact) for fact in self.facts if fact.stream in versions]
        return [row for row in rows if row[2] > versions[row[1]]]

    def store(
        self,
        entries: Iterable[Entry],
        _heads: Mapping[UUID, bytes],
        also: Iterable[Any] = (),
        *,
        before: Iterable[Any] = (),
    ) -> int:
        """As the recorder does."""
        assert not [*also, *before]
        self.facts = rewritten(self.plan.name, [*self.facts, *map(unwritten, entries)])
        return len(self.facts)

    def write(self, work: Callable[[Batch], object]) -> int:
        """Do something in one transaction."""
        batch = self.log.batch()
        work(batch)
        return batch.commit()

    def ask(self, addressed: Addressed, cause: str) -> int:
        """Give one command."""
        return self.write(lambda batch: batch.ask(addressed, Cause(cause)))

    def hear(self, upstream: "Book") -> None:
        """Take in all that another service has said since the last time."""
        known = self.heard.get(upstream.plan.name, 0)
        self.heard[upstream.plan.name] = len(upstream.facts)
        for heard in history(upstream, {}).said:
            if heard.source.position <= known:
                continue
            cause = Cause(str(heard.source.event_id), heard.correlation)
            self.write(
                lambda batch, heard=heard, cause=cause: [  # type: ignore[misc]
                    batch.ask(addressed, cause) for addressed in self.plan.follow(heard)
                ]
            )


def unwritten(new: Entry) -> Fact:
    """An entry before it has a place in the log."""
    return Fact(
        position=0,
        stream=new.stream,
        version=new.version,
        topic=new.topic,
        state=new.state,
        recorded_at=MACHINE_TIME,
        actor=new.actor,
        correlation=new.correlation,
        causation=new.causation,
        leaf=b"",
        salt=SALT,
    )


def rewritten(service: str, facts: Iterable[Fact]) -> list[Fact]:
    """These facts in this order, with positions, versions and leaves that fit."""
    heads: dict[UUID, tuple[int, bytes]] = {}
    written = []
    for position, fact in enumerate(facts, start=1):
        version, previous = heads.get(fact.stream, (0, NO_PREVIOUS))
        placed = replace(fact, position=position, version=version + 1)
        leaf = entry(placed).leaf(f"gongjiang/{service}".encode(), previous, SALT)
        heads[fact.stream] = version + 1, leaf
        written.append(replace(placed, leaf=leaf))
    return written


def row_of(fact: Fact) -> Row:
    """A fact as the recorder reads it."""
    return (
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


@dataclass(frozen=True)
class World:
    """Three books, and what was seen from outside."""

    books: Mapping[str, Book]
    witness: Witness

    def histories(self) -> dict[str, History]:
        """What a reader finds: everybody has come to the end."""
        return {name: history(book, self.books) for name, book in self.books.items()}


def history(book: Book, books: Mapping[str, Book]) -> History:
    """A book as a reader finds it, all of it followed, carried and projected."""
    head = len(book.facts)
    followed = {
        (upstream, partition): position
        for upstream in book.plan.hears
        if upstream in books
        for partition, position in enumerate(partition_heads(history(books[upstream], {})))
    }
    table = {"events": [fact.topic for fact in book.facts]}
    return History(
        plan=book.plan,
        facts=book.facts,
        followed=followed,
        outboxes=dict.fromkeys(OUTBOXES, head),
        projected=dict.fromkeys((view.name for view in views_of(book.plan)), head),
        parked=(),
        kept=table,
        rebuilt=table,
    )


def selection() -> World:
    """A campaign; four people, one twice and one repeated; one proven fraud."""
    books = {plan.name: Book(plan) for plan in PLANS}
    mine, theirs, public = (books[plan.name] for plan in PLANS)
    opening = OpenCampaign(at=AT, by=OFFICE, configuration=CONFIGURATION)
    end = mine.ask(Addressed(CAMPAIGN, CAMPAIGN_ID, opening), "request:1")
    promises = [Promise("intake", end, ("campaign_opened",))]
    names = ("good-2", "good-3", "good-4", "good-1", "bad-5", "bad-1")
    sent = [deliver(mine, name) for name in names]
    conflicting = event("good-1", {"claimed_conditions": ["C2"]})
    sent.append(deliver(mine, "good-1", json.dumps(conflicting).encode()))
    for name, conditions in PASSED.items():
        pass_it = PassPreReview(at=AT, by=OFFICE, conditions=conditions, opinion="符合条件。")
        mine.ask(Addressed(NOMINATION, nomination_of(name), pass_it), f"request:pass {name}")
    theirs.hear(mine)
    public.hear(mine)
    for name in PASSED:
        investigate(theirs, nomination_of(name), "unfounded" if name == "good-2" else "fraud")
    for consumer, upstream in ((public, theirs), (mine, theirs), (mine, public), (theirs, public)):
        consumer.hear(upstream)
    receipts = [
        Receipt(
            user=one.event.publisher,
            event=str(one.id),
            source=one.event.source,
            id=one.event.message_id,
            outcome=one.event.outcome,
            nomination_id=str(one.event.nomination_id) if one.event.nomination_id else None,
        )
        for one in answers(mine)
    ]
    return World(books, Witness(sent, receipts, promises, {"intake relay": [0, 3, 3, 9]}))


def deliver(book: Book, name: str, body: bytes | None = None) -> Sent:
    """Receive a sample, as the inbox does."""
    user = publisher_of(name).user
    delivery = Delivery(
        user=user,
        content_type="application/cloudevents+json",
        headers={},
        body=body or json.dumps(event(name)).encode(),
    )
    incoming: Incoming = read(delivery, REGISTRY)
    vault = TestVault()

    def work(batch: Batch) -> None:
        (judged,) = prepare(batch, [incoming], IN_TIME, vault, rehearsal=True)
        cause = Cause(f"message:{incoming.submission_id}", incoming.submission_id)
        receive(batch, judged, vault, vault.opened, cause)

    book.write(work)
    return Sent(user, incoming.source, incoming.id, incoming.digest, confirmed=True)


def investigate(book: Book, nomination: UUID, finding: str) -> None:
    """An investigation from its opening to its conclusion."""
    key = uuid5(nomination, "investigation")
    people = tuple(
        Investigator(id=name, organisation="虚构调查组", uscc="11890000MBXXXX115J")
        for name in ("investigator", "investigator-2")
    )
    commands = (
        OpenInvestigation(
            at=AT,
            by=OFFICE,
            nomination_id=nomination,
            campaign_id=CAMPAIGN_ID,
            allegation="材料与登记不符。",
            investigators=people,
        ),
        RecordEvidence(at=AT, by=INVESTIGATOR, sha256="0b" * 32, description="登记机关复函"),
        ConcludeInvestigation(
            at=AT,
            by=LEADING_GROUP,
            finding=finding,  # type: ignore[arg-type]
            statement="核查结束。",
            public_reason="申报材料不实。",
        ),
    )
    for number, command in enumerate(commands):
        book.ask(Addressed(INVESTIGATION, key, command), f"request:{key} {number}")


def answers(book: Book) -> list[Any]:
    """The answers in a book, as they were recorded."""
    return [one for one in history(book, {}).recorded if isinstance(one.event, SubmissionAnswered)]
