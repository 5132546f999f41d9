"""The message side of intake."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from nameko.extensions import DependencyProvider, SharedExtension

from services.intake.comparing import fingerprints_for_another_service
from services.intake.opening import open_for_another_service
from services.intake.receiving import Receiving, registry_of
from shared.answering import Peer, fleeting_rpc
from shared.confirmed import Outgoing
from shared.deliveries import Delivered
from shared.follower import follow
from shared.inbox import receive
from shared.letters import Letter
from shared.outside import from_broker
from shared.personal import Vault, vault_of
from shared.runtime import Engine
from shared.service import Service
from shared.topology import declare_inbox


class KeyStore(SharedExtension):
    """The one vault of a container."""

    engine = Engine()

    @cached_property
    def vault(self) -> Vault:
        """Opened when the first extension asks: they are set up side by side."""
        return vault_of(self.engine.application.settings)

    def stop(self) -> None:
        """Close it."""
        self.vault.close()


class Personal(DependencyProvider):
    """Gives a worker the vault."""

    keys = KeyStore()

    def get_dependency(self, worker_ctx: Any) -> Vault:
        """The vault."""
        return self.keys.vault


class Reception(DependencyProvider):
    """Gives a worker what receives outside messages."""

    engine = Engine()
    keys = KeyStore()

    def setup(self) -> None:
        """Know who may send."""
        application = self.engine.application
        registry = registry_of(application.settings)
        self.receiving = Receiving(application, registry, self.keys.vault)

    def get_dependency(self, worker_ctx: Any) -> Receiving:
        """The receiver."""
        return self.receiving


class IntakeService(Service):
    """Receives nominations; follows review and publicity; opens what it keeps sealed."""

    name = "intake"

    reception = Reception()
    vault = Personal()
    review = Peer("review")
    publicity = Peer("publicity")

    @receive(declare=lambda channel, settings: declare_inbox(channel, list(registry_of(settings))))
    def receive(self, deliveries: Sequence[Delivered]) -> list[Outgoing]:
        """What other systems publish to the exchange `nominations`."""
        return self.reception.take(  # type: ignore[no-any-return]
            from_broker(properties, body) for _, properties, body in deliveries
        )

    @follow("review")
    def hear_review(self, letters: Sequence[Letter]) -> None:
        """Scored, vetted, decided, investigated, cleared, disqualified, moved up."""
        self.hear(self.review, letters)

    @follow("publicity")
    def hear_publicity(self, letters: Sequence[Letter]) -> None:
        """Posted, objected to, conferred, cancelled, under revocation, revoked."""
        self.hear(self.publicity, letters)

    @fleeting_rpc(sensitive_arguments=("token",))
    def open_personal_data(
        self, token: str, nomination_id: str, purpose: str, parts: Sequence[str]
    ) -> dict[str, Any]:
        """Open parts of a nomination to a reader at another service's desk, on record (P3).

        The answer carries plaintext through the broker's memory: it is not persistent, and waits in
        an exclusive queue that goes with the asker. Neither it nor a fault's words are logged.

        Returns:
            See `open_for_another_service`.
        """
        return open_for_another_service(
            self.application, self.vault, self.verifier, token, nomination_id, purpose, parts
        )

    @fleeting_rpc(sensitive_arguments=("token", "items"))
    def fingerprints(
        self, token: str, campaign_id: str, items: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """Hash awards, patents and persons as the ties of nominations are (P10).

        Returns:
            See `fingerprints_for_another_service`.
        """
        return fingerprints_for_another_service(
            self.application, self.vault, self.verifier, token, campaign_id, items
        )
