"""`@receive(...)`: intake's method gets what other systems publish, in batches and in any order."""

from collections.abc import Callable, Sequence
from typing import Any

from pika.adapters.blocking_connection import BlockingChannel

from shared.deliveries import Batches, Delivered
from shared.settings import Settings
from shared.topology import INBOX, declare_inbox


class Receive(Batches):
    """An entrypoint for the exchange `nominations`. Replicas compete for the messages.

    `users` tells from the settings who may send: each finds its receipts in a queue of its own.

    The method returns the answers that are to be sent again, and they are confirmed before the
    batch is acknowledged; new answers leave by the announcer.
    """

    size = 200
    lanes = 2

    def __init__(self, users: Callable[[Settings], list[str]], **kwargs: Any) -> None:
        self._users = users
        super().__init__(**kwargs)

    part = "inbox"

    def declare(self, channel: BlockingChannel) -> list[str]:
        """The inbox, and a queue for each publisher's receipts."""
        declare_inbox(channel, self._users(self.engine.application.settings))
        return [INBOX]

    def arguments(self, deliveries: Sequence[Delivered]) -> tuple[list[Delivered]]:
        """The messages as they came."""
        return (list(deliveries),)


receive = Receive.decorator
