"""`@receive(...)`: a service's method gets what other systems publish, in batches, in any order."""

from collections.abc import Callable, Sequence
from typing import Any

from pika.adapters.blocking_connection import BlockingChannel

from shared.deliveries import Batches, Delivered
from shared.settings import Settings

Declare = Callable[[BlockingChannel, Settings], str]
"""Declares an inbox and what belongs to it; returns the queue to read."""


class Receive(Batches):
    """An entrypoint for an exchange of other systems. Replicas compete for the messages.

    `declare` declares the inbox; the settings tell who may send. `part` is what the heartbeat calls
    this reader.

    The method returns the answers that are to be sent again, and they are confirmed before the
    batch is acknowledged; new answers leave by the announcer.
    """

    size = 200
    lanes = 2

    def __init__(self, declare: Declare, part: str = "inbox", **kwargs: Any) -> None:
        self._declare = declare
        self._part = part
        super().__init__(**kwargs)

    @property
    def part(self) -> str:
        """What the heartbeat calls this reader."""
        return self._part

    def declare(self, channel: BlockingChannel) -> list[str]:
        """The inbox, and what belongs to it."""
        return [self._declare(channel, self.engine.application.settings)]

    def arguments(self, deliveries: Sequence[Delivered]) -> tuple[list[Delivered]]:
        """The messages as they came."""
        return (list(deliveries),)


receive = Receive.decorator
