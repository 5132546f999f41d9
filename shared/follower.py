"""`@follow("review")`: a service's method gets another service's letters, in batches and in order.

@follow("review")
def hear_review(self, letters): ...
"""

from collections.abc import Sequence
from typing import Any

from pika.adapters.blocking_connection import BlockingChannel

from shared.deliveries import Batches, Delivered
from shared.letters import Letter, delivered
from shared.topology import declare_follower


class Follow(Batches):
    """An entrypoint for the letters of one upstream service.

    Each partition's queue has a single active consumer: a standby takes over when we die.
    """

    def __init__(self, upstream: str, **kwargs: Any) -> None:
        self.upstream = upstream
        super().__init__(**kwargs)

    @property
    def part(self) -> str:
        """What the heartbeat calls this reader."""
        return f"follower:{self.upstream}"

    def declare(self, channel: BlockingChannel) -> list[str]:
        """Our queues of this upstream."""
        application = self.engine.application
        return declare_follower(
            channel, application.plan.name, self.upstream, application.settings.partitions
        )

    def give_up(self, channel: BlockingChannel, queue: str) -> None:
        """What was in it is fetched from the upstream's log."""
        channel.queue_delete(queue)

    def arguments(self, deliveries: Sequence[Delivered]) -> tuple[list[Letter]]:
        """The letters; what is none is dropped, since the next head shows what is missing."""
        letters = [delivered(properties, body) for _, properties, body in deliveries]
        return ([letter for letter in letters if letter is not None],)


follow = Follow.decorator
