"""The message side of review."""

from collections.abc import Sequence

from shared.answering import Peer
from shared.follower import follow
from shared.letters import Letter
from shared.service import Service


class ReviewService(Service):
    """Follows intake and publicity."""

    name = "review"

    intake = Peer("intake")
    publicity = Peer("publicity")

    @follow("intake")
    def hear_intake(self, letters: Sequence[Letter]) -> None:
        """Campaigns opened, nominations that passed pre-review."""
        self.hear(self.intake, letters)

    @follow("publicity")
    def hear_publicity(self, letters: Sequence[Letter]) -> None:
        """Notices closed."""
        self.hear(self.publicity, letters)
