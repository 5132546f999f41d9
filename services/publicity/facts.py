"""What publicity tells auditors of a whole campaign: how far each objection came, not whose it is
(P4)."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from services.publicity.objecting import (
    ObjectionAccepted,
    ObjectionRaised,
    ObjectionWithdrawn,
)
from services.publicity.objection import OBJECTION
from shared.application import Application
from shared.audit.investigation.facts import Objection, PublicityFacts, at
from shared.messages import Recorded


def facts(application: Application, campaign: UUID) -> PublicityFacts:
    """Every objection of the campaign."""
    with application.reading() as connection:
        rows = connection.execute(
            "SELECT objection_id FROM objections WHERE campaign_id = %s ORDER BY objection_id",
            (campaign,),
        ).fetchall()
    streams: dict[UUID, list[Recorded]] = defaultdict(list)
    for recorded in application.log.load([OBJECTION.stream(row["objection_id"]) for row in rows]):
        streams[recorded.stream].append(recorded)
    told = [_objection(stream, events) for stream, events in sorted(streams.items())]
    return PublicityFacts(objections=tuple(one for one in told if one is not None))


def _objection(stream: UUID, events: Sequence[Recorded]) -> Objection | None:
    known: Objection | None = None
    for recorded in events:
        match recorded.event:
            case ObjectionRaised() as event:
                known = Objection(
                    id=stream,
                    nomination=event.nomination_id,
                    signed=event.signed,
                    raised=at("publicity", recorded),
                )
            case ObjectionAccepted() if known is not None:
                known = known.model_copy(update={"accepted": at("publicity", recorded)})
            case ObjectionWithdrawn() as event if known is not None:
                known = known.model_copy(
                    update={
                        "withdrawn": at("publicity", recorded),
                        "continued": event.continued,
                    }
                )
            case _:
                pass
    return known
