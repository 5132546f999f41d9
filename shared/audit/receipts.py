"""Proofs follow receipts: once a checkpoint covers an answer, its publisher gets the evidence.

The receipt itself never waits. A proof waits until a checkpoint has the quorum of the policy, or,
while witnesses stay away, until it has been signed for half a minute.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from pika import BasicProperties
from pika.channel import Channel
from psycopg import Connection

from shared.application import Application
from shared.audit import checkpoints
from shared.audit.checkpoints import Kept
from shared.audit.policy import has_quorum
from shared.audit.proving import proof_of
from shared.audit.tiles import StoredTiles
from shared.audit.verifier import Policy
from shared.confirmed import Outgoing
from shared.messages import Recorded
from shared.relay import publication
from shared.topology import RECEIPTS, proofs_key

PATIENCE = timedelta(seconds=30)
KIND = "gongjiang.{}.submission_proven.v1"


class Receipts:
    """An outlet: for each receipt, the proof that the answer is in the log."""

    name = "proofs"

    def __init__(self, application: Application, policy: Policy) -> None:
        self._application = application
        self._policy = policy
        self._covered: Kept | None = None
        self._tiles: dict[tuple[int, int], bytes] = {}

    def begin(self, session: Connection[dict[str, Any]]) -> None:
        """Nothing: a proof has the id of its receipt."""

    def declare(self, channel: Channel) -> None:
        """Nothing: exchange and queues are the inbox's."""

    def until(self, position: int) -> int:
        """How far the log is covered by a checkpoint good enough to be shown to others."""
        with self._application.reading() as connection:
            covered = self._enough(connection, position)
        if covered is None:
            return position
        self._covered = covered
        return covered.size

    def _enough(self, connection: Connection[dict[str, object]], position: int) -> Kept | None:
        origin = checkpoints.origin_now(connection, self._application.settings.origin)
        late = datetime.now(UTC) - PATIENCE
        for kept in checkpoints.newest(connection, origin, position):
            if has_quorum(self._policy, kept.note) or kept.seen_at < late:
                return kept
        return None

    def messages(self, recorded: Recorded, heads: list[int]) -> list[Outgoing]:
        """The proof, if the event is announced by a receipt."""
        message = self._application.plan.announce(recorded)
        if message is None or message.audience != "publisher" or self._covered is None:
            return []
        service = self._application.plan.name
        receipt = publication(service, message, recorded, recorded.id)
        with self._application.reading() as connection:
            proof = proof_of(
                connection,
                StoredTiles(connection, self._tiles),
                self._application.settings.origin,
                recorded.leaf.index,
                self._covered,
            )
        return [
            Outgoing(
                RECEIPTS,
                proofs_key(receipt.routing_key),
                proof.format(),
                BasicProperties(
                    content_type="text/plain; charset=utf-8",
                    delivery_mode=receipt.properties.delivery_mode,
                    message_id=receipt.properties.message_id,
                    headers={
                        **(receipt.properties.headers or {}),
                        "cloudEvents:type": KIND.format(service),
                    },
                ),
                mandatory=True,
            )
        ]

    def heartbeat(self, heads: list[int]) -> list[Outgoing]:
        """Nothing: publishers are not told how far we are."""
        return []
