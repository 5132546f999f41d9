"""The message side of review."""

from collections.abc import Sequence

from services.review.receiving import REPLIES, Receiving
from shared.answering import Peer
from shared.confirmed import Outgoing
from shared.deliveries import Delivered
from shared.follower import follow
from shared.inbox import receive
from shared.letters import Letter
from shared.outside import from_broker
from shared.service import Service
from shared.topology import declare_replies


class ReviewService(Service):
    """Follows intake and publicity; receives departments' replies."""

    name = "review"

    intake = Peer("intake")
    publicity = Peer("publicity")

    @receive(part=REPLIES, declare=lambda channel, _: declare_replies(channel))
    def receive(self, deliveries: Sequence[Delivered]) -> list[Outgoing]:
        """What departments publish to the exchange `vetting`. There are no receipts."""
        Receiving(self.application).take(
            from_broker(properties, body) for _, properties, body in deliveries
        )
        return []

    @follow("intake")
    def hear_intake(self, letters: Sequence[Letter]) -> None:
        """Campaigns opened; nominations passed, withdrawn, merged, suspended, and their ties."""
        self.hear(self.intake, letters)

    @follow("publicity")
    def hear_publicity(self, letters: Sequence[Letter]) -> None:
        """Notices closed, objections taken up and closed."""
        self.hear(self.publicity, letters)
