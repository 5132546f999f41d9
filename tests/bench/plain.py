"""The plain way: a stock nameko service that saves one aggregate of the library for each message.

    python -m tests.bench.plain

No rules, no seals, no receipt: what `@consume` and `@event_handler` cost by themselves. The
environment names the broker (AMQP_URL) and the database (POSTGRES_…).
"""

import shared.green  # noqa: F401, I001  (patches what everything after it imports)

import os
from functools import cached_property
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from kombu import Exchange, Queue  # type: ignore[attr-defined]
from nameko.cli.run import run
from nameko.events import event_handler
from nameko.extensions import DependencyProvider
from nameko.messaging import consume

from shared.topology import QUORUM
from tests.bench.queues import NEWS, PLAIN, SOURCE

inbox = Queue(  # type: ignore[no-untyped-call]
    PLAIN,
    Exchange(PLAIN, type="topic", durable=True),  # type: ignore[no-untyped-call]
    routing_key="#",
    durable=True,
    queue_arguments=QUORUM,
)


class Note(Aggregate):
    """A message."""

    @event("Noted")
    def __init__(self, key: str, body: dict[str, Any]) -> None:
        self.key = key
        self.body = body

    @staticmethod
    def create_id(key: str) -> UUID:
        """The same message is saved once."""
        return uuid5(NAMESPACE_URL, key)


class Plain(Application[UUID]):
    """The library's application as it is."""

    name = "plain"


class Store(DependencyProvider):  # type: ignore[misc]
    """One application for all workers."""

    @cached_property
    def application(self) -> Plain:
        """Made once."""
        return Plain()

    def setup(self) -> None:
        """Create the table."""
        _ = self.application

    def get_dependency(self, worker_ctx: Any) -> Plain:
        """The application."""
        return self.application


class PlainService:
    """The service."""

    name = "plain"
    store = Store()

    @consume(inbox)  # type: ignore[untyped-decorator]
    def receive(self, body: dict[str, Any]) -> None:
        """From outside."""
        self.store.save(Note(body["id"], body))

    @event_handler(SOURCE, NEWS)  # type: ignore[untyped-decorator]
    def hear(self, body: dict[str, Any]) -> None:
        """From another service."""
        self.store.save(Note(body["nomination_id"], body))


if __name__ == "__main__":
    run([PlainService], {"AMQP_URI": os.environ["AMQP_URL"]})
