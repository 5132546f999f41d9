"""The message side of intake."""

from collections.abc import Sequence
from typing import Any

from nameko.extensions import DependencyProvider
from nameko.rpc import RpcProxy

from services.intake.receiving import Receiving, registry_of
from services.intake.reception import Delivery
from shared.confirmed import Outgoing
from shared.deliveries import Delivered
from shared.follower import follow
from shared.inbox import receive
from shared.letters import Letter
from shared.personal import vault_of
from shared.runtime import Engine
from shared.service import Service


class Reception(DependencyProvider):
    """Gives a worker what receives outside messages."""

    engine = Engine()

    def setup(self) -> None:
        """Open the store of the personal keys."""
        settings = self.engine.application.settings
        self.vault = vault_of(settings)
        self.receiving = Receiving(self.engine.application, registry_of(settings), self.vault)

    def stop(self) -> None:
        """Close it."""
        self.vault.close()

    def get_dependency(self, worker_ctx: Any) -> Receiving:
        """The receiver."""
        return self.receiving


class IntakeService(Service):
    """Receives nominations; follows review and publicity."""

    name = "intake"

    reception = Reception()
    review = RpcProxy("review")
    publicity = RpcProxy("publicity")

    @receive(users=lambda settings: list(registry_of(settings)))
    def receive(self, deliveries: Sequence[Delivered]) -> list[Outgoing]:
        """What other systems publish to the exchange `nominations`."""
        return self.reception.take(  # type: ignore[no-any-return]
            Delivery(properties.user_id, properties.content_type, properties.headers or {}, body)
            for _, properties, body in deliveries
        )

    @follow("review")
    def hear_review(self, letters: Sequence[Letter]) -> None:
        """Scored, decided, investigated, cleared, disqualified."""
        self.hear(self.review, letters)

    @follow("publicity")
    def hear_publicity(self, letters: Sequence[Letter]) -> None:
        """Posted, conferred, cancelled, under revocation."""
        self.hear(self.publicity, letters)
