"""The message side of publicity."""

from collections.abc import Sequence

from shared.answering import Peer
from shared.follower import follow
from shared.letters import Letter
from shared.service import Service


class PublicityService(Service):
    """Follows intake and review."""

    name = "publicity"

    intake = Peer("intake")
    review = Peer("review")

    @follow("intake")
    def hear_intake(self, letters: Sequence[Letter]) -> None:
        """Campaigns opened, entries released for publication, nominations taken back or merged."""
        self.hear(self.intake, letters)

    @follow("review")
    def hear_review(self, letters: Sequence[Letter]) -> None:
        """Lists decided, who moves up, clearances, who is out, what became of an objection."""
        self.hear(self.review, letters)
