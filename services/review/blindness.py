"""What of a candidate's history nobody reads yet, whoever may read histories: marks and results
while not everybody who judges has scored (P11)."""

from collections.abc import Sequence
from uuid import UUID

from services.review.evaluation import EVALUATION
from services.review.scoring import Assigned as Scored
from services.review.scoring import Closed, Stopped
from shared.messages import Event, Recorded

SECRET = frozenset({"marks", "total", "means"})
"""What tells how somebody scored."""


def withheld(told: Sequence[Recorded]) -> frozenset[tuple[UUID, str]]:
    """The fields of these events that are not shown, by the event's id."""
    streams: dict[UUID, list[Event]] = {}
    for recorded in told:
        if isinstance(recorded.event, EVALUATION.events):
            streams.setdefault(recorded.stream, []).append(recorded.event)
    blind = {stream for stream, events in streams.items() if not _all_scored(events)}
    candidates = {
        event.nomination_id
        for stream in blind
        for event in streams[stream]
        if hasattr(event, "nomination_id")
    }
    return frozenset(
        (recorded.id, name)
        for recorded in told
        if recorded.stream in blind or getattr(recorded.event, "nomination_id", None) in candidates
        for name in SECRET & type(recorded.event).model_fields.keys()
    )


def _all_scored(events: Sequence[Event]) -> bool:
    match EVALUATION.fold(events):
        case Scored(sheet=sheet):
            return sheet.complete
        case Closed() | Stopped():
            return True
        case _:
            return False
