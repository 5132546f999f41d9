"""`@receive`: intake's method gets what other systems publish, in batches and in any order."""

from collections.abc import Sequence
from typing import Any

from pika.adapters.blocking_connection import BlockingChannel

from shared.deliveries import Batches, Delivered
from shared.topology import INBOX, declare_inbox


class Receive(Batches):
    """An entrypoint for the exchange `nominations`. Replicas compete for the messages.

    The method returns the answers that are to be sent again, and they are confirmed before the
    batch is acknowledged; new answers leave by the announcer.
    """

    prefetch = 200

    def __init__(self, publishers: str = "publishers", **kwargs: Any) -> None:
        self._publishers = publishers
        super().__init__(**kwargs)

    part = "inbox"

    def declare(self, channel: BlockingChannel) -> list[str]:
        """The inbox, and a queue for each publisher's receipts."""
        registry = self.container.config[self._publishers]
        declare_inbox(channel, [publisher.user for publisher in registry])
        return [INBOX]

    def arguments(self, deliveries: Sequence[Delivered]) -> tuple[list[Delivered]]:
        """The messages as they came."""
        return (list(deliveries),)


receive = Receive.decorator
