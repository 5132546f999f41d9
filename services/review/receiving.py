"""What happens to a batch of departments' replies: judged and stored in one transaction.

What cannot be read, and what a rule refuses, is parked under the user's name: nothing that a
department sent is lost, and the office finds it. A reply that came before changes nothing.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from services.review.replies import Incoming, read, recording
from services.review.vetting import VETTING
from shared.application import Application
from shared.contracts.cloudevents import Delivery, Unreadable
from shared.eventlog import Batch, Cause
from shared.faults import apply_or_park
from shared.following import PARKED, keep, reason_of
from shared.outside import delivery_of, parcel

REPLIES = "replies"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Readable:
    """A delivery and what it says."""

    delivery: Delivery
    incoming: Incoming


class Receiving:
    """Receives departments' replies for review."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def take(self, deliveries: Iterable[Delivery]) -> None:
        """Record these replies.

        Raises:
            Exception: one of `PASSING`; give the messages again, those that were recorded are
                known.
        """
        readable = []
        for delivery in deliveries:
            try:
                readable.append(Readable(delivery, read(delivery)))
            except Unreadable as fault:
                self._park(delivery, str(fault))
            except Exception as fault:  # noqa: BLE001  (whatever it is, it holds up no other)
                self._park(delivery, reason_of(fault))
        apply_or_park(
            readable, self._store, lambda item, fault: self._park(item.delivery, reason_of(fault))
        )

    def again(self, batch: Batch, body: bytes) -> None:
        """Record a reply that had been parked.

        Raises:
            Unreadable: it still cannot be read.
            Refused: a rule still says no.
        """
        self._record(batch, [read(delivery_of(body))])

    def _store(self, items: Sequence[Readable]) -> None:
        batch = self._application.log.batch()
        self._record(batch, [item.incoming for item in items])
        batch.commit()

    def _record(self, batch: Batch, incoming: Sequence[Incoming]) -> None:
        batch.preload((VETTING, {one.data.nomination_id for one in incoming}))
        now = self._application.clock.now()
        for one in incoming:
            batch.ask(recording(one, now), Cause(f"message:{one.letter_id}"))

    def _park(self, delivery: Delivery, reason: str) -> None:
        body = parcel(delivery)
        batch = self._application.log.batch()
        source = f"{REPLIES}:{delivery.user or 'unknown'}"
        key = sha256(body).hexdigest()
        batch.commit([keep(self._application, batch, source, key, reason, body)])
        PARKED.labels(source).inc()
        log.error("parked a reply of %s: %s", source, reason)
