"""A case as one service knows it: its events in words that a timeline can put in order.

Time, actor, event and the rule it rests on; where an event stands in the ledger; and what led to
it, so that the events of several services can be ordered without comparing their clocks.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from psycopg import Connection
from pydantic import BaseModel

from shared.application import Application
from shared.audit.cases import positions_of
from shared.audit.checkpoints import origin_now
from shared.audit.details import detail
from shared.messages import Recorded
from shared.plan import Plan

NONE_COVERED: Mapping[int, int] = MappingProxyType({})


class Line(BaseModel):
    """One event of a case.

    `at` is business time, `recorded_at` the machine's. `causation` is the id of the event or
    request that led to it. `rules` are those the event rests on, its findings' included. `title`
    and `detail` are for people. `covered_by` is the size of the first signed checkpoint in which
    the event's leaf lies, None until there is one: only then is it stamped final.
    """

    service: str
    id: UUID
    stream: UUID
    version: int
    position: int
    event: str
    title: str
    detail: str
    rules: list[str]
    at: datetime
    recorded_at: datetime
    actor: str
    actor_name: str
    organisation: str
    correlation: UUID
    causation: str
    source: UUID | None
    leaf_index: int
    leaf_hash: str
    covered_by: int | None
    data: dict[str, Any]


def history(application: Application, keys: Sequence[str]) -> list[Line]:
    """What this service knows of a nomination, a submission or an outside message's id."""
    with application.reading() as connection:
        positions = positions_of(connection, keys)
        told = list(application.log.at(positions))
        leaves = [one.leaf.index for one in told]
        covered = first_covering(connection, application.settings.origin, leaves)
    return lines(application.plan, told, covered)


def first_covering(
    connection: Connection[Any], origin: str, leaves: Sequence[int]
) -> dict[int, int]:
    """Leaf index -> size of the first checkpoint of this log that covers it, where there is one."""
    rows = connection.execute(
        "SELECT leaf, (SELECT size FROM checkpoints WHERE origin = %s AND size > leaf"
        " ORDER BY size LIMIT 1) AS size FROM unnest(%s::bigint[]) AS leaf",
        (origin_now(connection, origin), list(leaves)),
    ).fetchall()
    return {row["leaf"]: row["size"] for row in rows if row["size"] is not None}


def is_withheld(application: Application, position: int) -> bool:
    """Whether the event at this position says what must not be told yet (P11)."""
    (recorded,) = application.log.at([position])
    with application.reading() as connection:
        positions = positions_of(connection, [str(recorded.correlation)])
    told = application.log.at(sorted({position, *positions}))
    return recorded.id in {event for event, _ in application.plan.withheld(told)}


def lines(
    plan: Plan, told: Sequence[Recorded], covered: Mapping[int, int] = NONE_COVERED
) -> list[Line]:
    """These events, without what the service still withholds.

    Args:
        plan: the service.
        told: the events.
        covered: leaf index -> size of the first checkpoint that covers it.
    """
    withheld = plan.withheld(told)
    return [
        line(
            plan.name,
            one,
            frozenset(name for event, name in withheld if event == one.id),
            covered.get(one.leaf.index),
        )
        for one in told
    ]


def line(
    service: str,
    recorded: Recorded,
    withheld: frozenset[str] = frozenset(),
    covered_by: int | None = None,
) -> Line:
    """An event as a line of the timeline, without these fields."""
    event = recorded.event
    data = event.model_dump(mode="json", exclude=set(withheld))
    source = getattr(event, "source", None)
    return Line(
        service=service,
        id=recorded.id,
        stream=recorded.stream,
        version=recorded.version,
        position=recorded.position,
        event=event.topic(),
        title=event.label,
        detail=detail(event, withheld),
        rules=list(dict.fromkeys((event.rule, *rules_in(data)))),
        at=recorded.at,
        recorded_at=recorded.recorded_at,
        actor=recorded.by.id,
        actor_name=recorded.by.name,
        organisation=recorded.by.organisation,
        correlation=recorded.correlation,
        causation=recorded.causation,
        source=getattr(source, "event_id", None),
        leaf_index=recorded.leaf.index,
        leaf_hash=recorded.leaf.hash.hex(),
        covered_by=covered_by,
        data=data,
    )


def rules_in(data: Any) -> Iterator[str]:
    """The rules of the findings in an event, and the rules that it gives as its reasons."""
    for finding in data.get("findings", ()):
        yield finding["rule"]
    for reason in data.get("reasons", ()):
        if isinstance(reason, str):
            yield reason
