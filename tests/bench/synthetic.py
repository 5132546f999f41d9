"""Events that nobody decided, stored by the recorder as it stores every event."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID, uuid4, uuid5

from services.intake.claim import ClaimTaken
from services.intake.nomination import NOMINATION
from services.intake.policies import INTAKE
from services.intake.prereview import NominationPreReviewed
from shared.application import Application
from shared.audit.ledger import Entry
from shared.eventlog import Codec
from shared.messages import Event
from shared.positions import projected
from shared.recorder import machine_time

BATCH = 2000
CANDIDATES = 25
"""In a campaign: as many as there are in a real one."""


def pre_reviewed(codec: Codec, at: datetime, count: int) -> list[tuple[UUID, Entry]]:
    """Nominations that the office passed, with their ids."""
    campaigns = [uuid4() for _ in range(count // CANDIDATES + 1)]
    made = []
    for number in range(count):
        nomination = uuid4()
        event = NominationPreReviewed(
            nomination_id=nomination,
            campaign_id=campaigns[number // CANDIDATES],
            passed=True,
            conditions=("C1",),
            opinion="材料齐全，符合申报条件。",
            reasons=(),
            employer_uscc="91890000MAXXXX015J",
            recommender_uscc="91890000MAXXXX015J",
        )
        made.append((nomination, entry(codec, NOMINATION.stream(nomination), event, at)))
    return made


def entry(codec: Codec, stream: UUID, event: Event, at: datetime) -> Entry:
    """The first event of a stream."""
    return Entry(
        stream=stream,
        version=1,
        topic=event.topic(),
        recorded_at=machine_time(),
        actor=INTAKE.id,
        correlation=uuid5(stream, "bench"),
        causation="bench",
        state=codec.encode(event, at, INTAKE),
    )


def fill(application: Application, until: int) -> None:
    """Grow the log of a service that does not run to this position.

    They are events that nobody is told of; outboxes and views begin behind them.
    """
    codec, at = application.log.codec, application.clock.now()
    missing = until - application.log.head
    while missing > 0:
        application.recorder.store(list(_claims(codec, at, min(missing, BATCH))), {})
        missing -= BATCH
    head = application.log.head
    with application.reading() as connection:
        connection.execute("UPDATE outboxes SET position = %s", (head,))
        for view in application.views:
            connection.execute(
                "INSERT INTO projected (view, position) VALUES (%s, %s)"
                " ON CONFLICT (view) DO UPDATE SET position = excluded.position",
                (view.name, head),
            )
            assert projected(connection, view.name) == head


def _claims(codec: Codec, at: datetime, count: int) -> Iterator[Entry]:
    for _ in range(count):
        yield entry(codec, uuid4(), ClaimTaken(nomination_id=uuid4()), at)
