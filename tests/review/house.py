"""Review as a whole, in memory: its aggregates and its policies, without a database.

house = House()
house.hear(CampaignOpened(...))
house.ask(EVALUATION, nomination, SubmitScore(...))
house.state(CLEARANCE, nomination)
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any
from uuid import UUID

from services.review import PLAN
from services.review.shortlisting import ShortlistDrawn
from shared.contracts.base import Heard, Published, Source
from shared.messages import (
    Addressed,
    Command,
    Decider,
    Event,
    Happened,
    LeafRef,
    Recorded,
    event_id,
)
from tests import rejudged
from tests.actors import AT, SYSTEM_ACTOR

SOURCE = Source(
    service="test",
    event_id=UUID(int=9, version=4),
    position=1,
    leaf_index=0,
    leaf_hash="00" * 32,
)


class House:
    """Streams by id, and the policies between them. A refusal leaves nothing behind."""

    def __init__(self) -> None:
        self.streams: dict[UUID, list[Event]] = {}
        self.facts: list[Happened] = []
        self.causes: list[str] = []
        rejudged.TOLD.append((PLAN, self))

    @property
    def events(self) -> list[Event]:
        """Everything that happened, in order."""
        return [fact.event for fact in self.facts]

    def hear(self, message: Published) -> None:
        """Follow a message of another service."""
        heard = Heard(message, SOURCE, AT, SYSTEM_ACTOR, SOURCE.event_id)
        for addressed in PLAN.follow(heard):
            self._ask(addressed, f"letter {len(self.facts)}")

    def ask(self, decider: Decider[Any], key: UUID, command: Command) -> Sequence[Event]:
        """Ask one aggregate; what its policies ask then stands or falls with it.

        Raises:
            Refused: by it or by one that its policies asked.
        """
        streams = {stream: list(events) for stream, events in self.streams.items()}
        before, causes = list(self.facts), list(self.causes)
        try:
            return self._ask(Addressed(decider, key, command), f"request {len(self.facts)}")
        except Exception:
            self.streams, self.facts, self.causes = streams, before, causes
            raise

    def state(self, decider: Decider[Any], key: UUID) -> Any:
        """What is true of an aggregate now."""
        return decider.fold(self.streams.get(decider.stream(key), []))

    def digest(self) -> str:
        """The digest of the shortlist that was drawn last."""
        drawn = self.happened(ShortlistDrawn)[-1]
        assert isinstance(drawn, ShortlistDrawn)
        return drawn.digest

    def happened(self, kind: type[Event]) -> list[Event]:
        """All events of this kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def recorded(self) -> Iterator[Recorded]:
        """Everything that happened, as a log would tell it."""
        versions: dict[UUID, Iterator[int]] = {}
        told = zip(self.facts, self.causes, strict=True)
        for position, (fact, cause) in enumerate(told, start=1):
            yield Recorded(
                position=position,
                stream=fact.stream,
                version=next(versions.setdefault(fact.stream, count(1))),
                event=fact.event,
                at=fact.at,
                by=fact.by,
                recorded_at=fact.at,
                correlation=SOURCE.event_id,
                causation=cause,
                leaf=LeafRef(position - 1, b""),
            )

    def _ask(self, addressed: Addressed, cause: str) -> Sequence[Event]:
        stream = addressed.decider.stream(addressed.key)
        events = addressed.decider.judge(
            addressed.command, self.state(addressed.decider, addressed.key)
        )
        known = self.streams.setdefault(stream, [])
        first = len(known) + 1
        known.extend(events)
        by = addressed.command.by
        facts = [Happened(stream, event, addressed.command.at, by) for event in events]
        self.facts.extend(facts)
        self.causes.extend([cause] * len(facts))
        for version, fact in enumerate(facts, start=first):
            for reaction in PLAN.react(fact):
                self._ask(reaction, str(event_id(stream, version)))
        return events
