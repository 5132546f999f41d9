"""What happens to a batch of outside messages: judged, answered and stored in one transaction.

What cannot be answered is parked under the user's name. A message that was answered before gets
the same answer again.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from services.intake.policies import announce
from services.intake.publishers import Registry, registry
from services.intake.reception import Incoming, Reply, Unreadable, prepare, read, receive
from services.intake.submission import SUBMISSION
from shared.application import Application
from shared.confirmed import Outgoing
from shared.contracts.cloudevents import Delivery
from shared.contracts.sealed import Sealed
from shared.eventlog import Batch, Cause
from shared.faults import apply_or_park
from shared.following import PARKED, keep, reason_of
from shared.outside import delivery_of, parcel
from shared.personal import Erased, Vault
from shared.relay import publication
from shared.settings import Settings

INBOX = "inbox"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Readable:
    """A delivery and what it says."""

    delivery: Delivery
    incoming: Incoming


class Receiving:
    """Receives outside messages for intake.

    Args:
        application: intake.
        registry: who may send.
        vault: seals what is personal.
    """

    def __init__(self, application: Application, registry: Registry, vault: Vault) -> None:
        self._application = application
        self._registry = registry
        self._vault = vault

    def take(self, deliveries: Iterable[Delivery]) -> list[Outgoing]:
        """Answer these messages.

        Returns:
            The answers that had been given before and are to be sent once more.

        Raises:
            Exception: one of `PASSING`; give the messages again, those that were answered are
                known.
        """
        readable = []
        for delivery in deliveries:
            try:
                readable.append(Readable(delivery, read(delivery, self._registry)))
            except Unreadable as fault:
                self._park(delivery, f"{fault.code}: {fault.reason}")
            except Exception as fault:  # noqa: BLE001  (whatever it is, it holds up no other)
                self._park(delivery, reason_of(fault))
        replies: list[Reply] = []
        apply_or_park(
            readable,
            lambda items: replies.extend(self._store(items)),
            lambda item, fault: self._park(item.delivery, reason_of(fault)),
        )
        return self._answers([reply for reply in replies if reply.repeat])

    def again(self, batch: Batch, body: bytes) -> None:
        """Answer a message that had been parked.

        Raises:
            Unreadable: it still cannot be answered.
        """
        self._answer(batch, [read(delivery_of(body), self._registry)])

    def _store(self, items: Sequence[Readable]) -> list[Reply]:
        batch = self._application.log.batch()
        replies = self._answer(batch, [item.incoming for item in items])
        batch.commit()
        return replies

    def _answer(self, batch: Batch, incoming: Sequence[Incoming]) -> list[Reply]:
        judged = prepare(
            batch,
            incoming,
            self._application.clock.now(),
            self._vault,
            rehearsal=self._application.settings.rehearsal,
        )
        return [
            receive(
                batch,
                one,
                self._vault,
                self._opened,
                Cause(f"message:{one.incoming.submission_id}", one.incoming.nomination),
            )
            for one in judged
        ]

    def _opened(self, boxes: Mapping[str, Sealed], nomination_id: UUID) -> Mapping[str, str] | None:
        try:
            return self._vault.open_all(boxes, nomination_id)
        except Erased:
            return None

    def _answers(self, replies: Sequence[Reply]) -> list[Outgoing]:
        streams = [SUBMISSION.stream(reply.submission) for reply in replies]
        if not streams:
            return []
        outgoing = []
        for recorded in self._application.log.load(streams):
            message = announce(recorded)
            if message is not None:
                outgoing.append(publication("intake", message, recorded, recorded.id))
        return outgoing

    def _park(self, delivery: Delivery, reason: str) -> None:
        body = parcel(delivery)
        batch = self._application.log.batch()
        source = f"{INBOX}:{delivery.user or 'unknown'}"
        key = sha256(body).hexdigest()
        batch.commit([keep(self._application, batch, source, key, reason, body)])
        PARKED.labels(source).inc()
        log.error("parked a message of %s: %s", source, reason)


def registry_of(settings: Settings) -> Registry:
    """Who may send, as the file says that the settings name.

    Raises:
        ValueError: they name none; nobody could send anything.
    """
    if settings.publishers is None:
        raise ValueError("GONGJIANG_PUBLISHERS is not set: nobody could send nominations")
    return registry(settings.publishers.read_bytes())
