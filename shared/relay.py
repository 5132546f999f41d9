"""Relay and announcer: the log is the outbox, and these two carry it to the broker.

Both read the log in its order, publish a window, wait for the confirms and then move their
position by compare-and-set in the session that makes them leader. Whatever goes wrong, they start
again from the stored position: a message may be repeated, none is skipped. They are two, because
a partner's full queue must not hold up the house.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, Protocol
from uuid import UUID, uuid5

import orjson
from pika import BasicProperties
from pika.channel import Channel
from psycopg import Connection

from shared.application import Application
from shared.confirmed import NotConfirmed, Outgoing, Publisher
from shared.contracts.base import Published
from shared.leader import leadership
from shared.letters import PERSISTENT, Fetched, Letter, outgoing, write
from shared.messages import Recorded
from shared.positions import move_outbox, outbox
from shared.recorder import PASSING
from shared.restoring import LogRestored, epoch
from shared.topology import (
    RECEIPTS,
    declare_events,
    declare_log,
    events_exchange,
    partition_of,
)
from shared.tracing import HEADER, traceparent

WINDOW = 1000
SCAN = 10_000
HEARTBEAT = 1.0
STANDBY = 0.5
STUCK = 5.0

log = logging.getLogger(__name__)


class Outlet(Protocol):
    """Where a carrier brings the log."""

    name: str

    def begin(self, session: Connection[dict[str, Any]]) -> None:
        """Look up what has to be known before the first message."""

    def declare(self, channel: Channel) -> None:
        """Declare the exchanges."""

    def messages(self, recorded: Recorded, heads: list[int]) -> list[Outgoing]:
        """What to publish for an event; `heads` is changed to what was published last."""

    def heartbeat(self, heads: list[int]) -> list[Outgoing]:
        """What to publish every second."""


class House:
    """To our other services: every message but receipts, by partition, and the heads."""

    name = "relay"

    def __init__(self, application: Application) -> None:
        self._service = application.plan.name
        self._announce = application.plan.announce
        self._epoch, self._kept = 1, 0

    def begin(self, session: Connection[dict[str, Any]]) -> None:
        """Know the epoch of the log."""
        self._epoch, self._kept = epoch(session)

    def declare(self, channel: Channel) -> None:
        """Declare the exchange of the log."""
        declare_log(channel, self._service)

    def letter(self, recorded: Recorded, heads: list[int]) -> Letter | None:
        """The letter that tells of an event, if one does; `heads` is moved on."""
        if isinstance(recorded.event, LogRestored):
            self._epoch, self._kept = recorded.event.epoch, recorded.event.kept
        message = self._announce(recorded)
        if message is None or message.audience == "publisher":
            return None
        partition = partition_of(message.partition_key, len(heads))
        letter = Letter(
            partition,
            recorded.position,
            heads[partition],
            write(self._service, message, recorded),
            traceparent(recorded.correlation, recorded.id),
            recorded.recorded_at,
            self._epoch,
            self._kept,
        )
        heads[partition] = recorded.position
        return letter

    def messages(self, recorded: Recorded, heads: list[int]) -> list[Outgoing]:
        """The letter, if there is one."""
        letter = self.letter(recorded, heads)
        return [outgoing(self._service, letter)] if letter is not None else []

    def heartbeat(self, heads: list[int]) -> list[Outgoing]:
        """How far each partition has come."""
        return [
            outgoing(
                self._service,
                Letter(partition, head, head, b"", epoch=self._epoch, kept=self._kept),
            )
            for partition, head in enumerate(heads)
            if head
        ]


class World:
    """To whoever binds: news as CloudEvents in binary mode, and receipts to their publishers.

    Stock nameko handlers decode the body as JSON; the attributes are headers. A subscriber may see
    an event twice or, around a change of leader, an older one again: its id tells.
    """

    name = "announcer"

    def __init__(self, application: Application) -> None:
        self._service = application.plan.name
        self._announce = application.plan.announce
        self._news = application.plan.news

    def begin(self, session: Connection[dict[str, Any]]) -> None:
        """Nothing: the world knows an event by its id."""

    def declare(self, channel: Channel) -> None:
        """Declare the exchange of the news; that of the receipts is the inbox's."""
        declare_events(channel, self._service)

    def messages(self, recorded: Recorded, heads: list[int]) -> list[Outgoing]:
        """The news or the receipt, if the event is one, and what the world alone is told of it."""
        beside = [
            publication(self._service, one, recorded, uuid5(recorded.id, str(place)))
            for place, one in enumerate(self._news(recorded), start=1)
        ]
        message = self._announce(recorded)
        if message is None or message.audience == "house":
            return beside
        return [publication(self._service, message, recorded, recorded.id), *beside]

    def heartbeat(self, heads: list[int]) -> list[Outgoing]:
        """Nothing: the world is not told how far we are."""
        return []


def publication(service: str, message: Published, recorded: Recorded, known_by: UUID) -> Outgoing:
    """The CloudEvent for a message of audience `public` or `publisher`; by
    `known_by` the world knows it.

    The first message of an event has the event's own.
    """
    properties = BasicProperties(
        content_type="application/json",
        delivery_mode=PERSISTENT,
        message_id=str(known_by),
        headers={
            "cloudEvents:specversion": "1.0",
            "cloudEvents:id": str(known_by),
            "cloudEvents:source": f"urn:gongjiang:{service}",
            "cloudEvents:type": f"gongjiang.{service}.{message.topic()}",
            "cloudEvents:time": recorded.at.isoformat(),
            "cloudEvents:subject": message.partition_key,
            "cloudEvents:correlationid": str(recorded.correlation),
            f"cloudEvents:{HEADER}": traceparent(recorded.correlation, recorded.id),
        },
    )
    if message.audience == "publisher":
        body = message.model_dump(mode="json", exclude={"submission_id", "campaign_id"})
        user = body.pop("publisher")
        return Outgoing(RECEIPTS, user, orjson.dumps(body), properties, mandatory=True)
    return Outgoing(
        events_exchange(service), message.name, message.model_dump_json().encode(), properties
    )


class Carrier:
    """Carries the log to one outlet for as long as this process leads.

    `run` returns only when `stopped` says so; `state` tells in a word what it is doing. `until`
    says how far the log may be carried beyond a position, where that is not to its end.
    """

    def __init__(
        self,
        application: Application,
        outlet: Outlet,
        *,
        wait: Callable[[float], object],
        stopped: Callable[[], bool],
        until: Callable[[int], int] | None = None,
    ) -> None:
        self._application = application
        self._outlet = outlet
        self._until = until
        self._wait = wait
        self._stopped = stopped
        self.state = "standby"

    def run(self) -> None:
        """Lead or stand by, again after every fault."""
        while not self._stopped():
            try:
                with leadership(
                    self._application.settings.database_url, self._outlet.name
                ) as session:
                    if session is None:
                        self.state = "standby"
                    else:
                        self._lead(session)
            except (*PASSING, NotConfirmed) as fault:
                self.state = "retrying"
                log.warning("%s starts again: %s", self._outlet.name, fault)
            except Exception:  # the log waits, visibly, until the code can say this event
                self.state = "stuck"
                log.exception("%s cannot go on", self._outlet.name)
                self._wait(STUCK)
            if not self._stopped():
                self._wait(STANDBY)

    def _lead(self, session: Connection[dict[str, Any]]) -> None:
        publisher = Publisher(self._application.settings.amqp_url, self._outlet.declare)
        try:
            partitions = self._application.settings.partitions
            position, heads = outbox(session, self._outlet.name, partitions)
            self._outlet.begin(session)
            self.state = "leading"
            beat = 0.0
            while not self._stopped():
                moved = self._carry(session, publisher, position, heads)
                if time.monotonic() - beat > HEARTBEAT:
                    beat = time.monotonic()
                    session.execute("SELECT 1")
                    publisher.publish(self._outlet.heartbeat(heads))
                if moved == position:
                    publisher.alive()
                    self._wait(HEARTBEAT)
                position = moved
        finally:
            self.state = "standby"
            publisher.close()

    def _carry(
        self,
        session: Connection[dict[str, Any]],
        publisher: Publisher,
        position: int,
        heads: list[int],
    ) -> int:
        events = self._application.log.read(position, WINDOW)
        if events and self._until is not None:
            until = self._until(position)
            events = [recorded for recorded in events if recorded.position <= until]
        if not events:
            return position
        publisher.publish(
            [message for recorded in events for message in self._outlet.messages(recorded, heads)]
        )
        with session.cursor() as cursor:
            move_outbox(cursor, self._outlet.name, position, events[-1].position, heads)
        return events[-1].position


def letters_after(application: Application, partition: int, after: int, limit: int) -> Fetched:
    """The next letters of one partition, read from the log itself, for a follower with a gap.

    `previous` of the first is `after`: whatever lies between concerns other partitions. Reads no
    further than `SCAN` events, so that an answer never takes long: ask again from `scanned`.
    """
    house = House(application)
    heads = [after] * application.settings.partitions
    letters: list[Letter] = []
    position = after
    while len(letters) < min(limit, WINDOW) and position < after + SCAN:
        events = application.log.read(position, WINDOW)
        if not events:
            break
        for recorded in events:
            letter = house.letter(recorded, heads)
            if letter is not None and letter.partition == partition:
                letters.append(letter)
        position = events[-1].position
    return Fetched(letters, position)
