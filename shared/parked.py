"""What an operator does with parked messages: list, retry, discard. Each is on record."""

from uuid import UUID

from shared import parking
from shared.application import Application
from shared.eventlog import Cause
from shared.messages import Actor, Addressed
from shared.parking import PARKING, DiscardLetter, Parked


def listed(application: Application) -> list[Parked]:
    """Every parked message, the oldest first."""
    with application.reading() as connection:
        return parking.listed(connection)


def discard(application: Application, letter: UUID, by: Actor, reason: str) -> None:
    """Give a parked message up. Those behind it can then be retried.

    Raises:
        NotParked: it is not parked.
        NotEntitled: only an operator may.
    """
    command = DiscardLetter(at=application.clock.now(), by=by, reason=reason)
    batch = application.log.batch()
    batch.ask(Addressed(PARKING, letter, command), Cause(f"discard:{letter}"))
    batch.commit([lambda cursor: parking.remove(cursor, letter)])
