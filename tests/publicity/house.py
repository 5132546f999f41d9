"""Publicity as a whole, in memory: its aggregates and its policies, without a database.

house = House()
house.hear(ListDecided(...))
house.ask(NOTICE, campaign, PublishNotice(...))
house.pass_time(to)
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from services.publicity import PLAN
from services.publicity.policies import PUBLICITY
from shared.contracts.base import Heard, Published, Source
from shared.messages import (
    Addressed,
    Command,
    Decider,
    Event,
    Happened,
    LeafRef,
    Recorded,
    Refused,
)
from shared.plan import Due, Settled
from tests import rejudged
from tests.actors import SYSTEM_ACTOR
from tests.publicity.stories import BEFORE

SOURCE = Source(
    service="test",
    event_id=UUID(int=9, version=4),
    position=1,
    leaf_index=0,
    leaf_hash="00" * 32,
)


class House:
    """States by stream, the policies between them, the timers. A refusal leaves nothing behind."""

    def __init__(self) -> None:
        self.states: dict[UUID, tuple[Decider[Any], Any]] = {}
        self.told: list[Recorded] = []
        self.timers: dict[str, tuple[Due, UUID]] = {}
        self.said: list[Published] = []
        self._asked = count(1)
        rejudged.TOLD.append((PLAN, self))

    @property
    def events(self) -> list[Event]:
        """Everything that happened, in order."""
        return [one.event for one in self.told]

    @property
    def facts(self) -> list[Happened]:
        """The same, each with its stream, its time and its actor."""
        return [Happened(one.stream, one.event, one.at, one.by) for one in self.told]

    def happened(self, kind: type[Event]) -> list[Event]:
        """All events of this kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def hear(self, message: Published, at: datetime = BEFORE) -> None:
        """Follow a message of another service."""
        heard = Heard(message, SOURCE, at, SYSTEM_ACTOR, SOURCE.event_id)
        for addressed in PLAN.follow(heard):
            self.give(addressed, f"letter {next(self._asked)}")

    def ask(self, decider: Decider[Any], key: UUID, command: Command) -> Sequence[Event]:
        """Ask one aggregate.

        Raises:
            Refused: by it or by one that its policies asked.
        """
        return self.give(Addressed(decider, key, command), f"request {next(self._asked)}")

    def give(self, addressed: Addressed, cause: str = "given") -> Sequence[Event]:
        """What policies ask of others then stands or falls with the command."""
        states, facts = dict(self.states), len(self.told)
        try:
            events = self._ask(addressed, cause)
        except Refused:
            self.states, self.told = states, self.told[:facts]
            raise
        for one in self.told[facts:]:
            self._tell(one)
        return events

    def pass_time(self, to: datetime) -> int:
        """Fire what is due by then, in one go, each with the time at which it was due."""
        overdue = sorted(
            (timer for timer in self.timers.values() if timer[0].at <= to),
            key=lambda timer: (timer[0].at, timer[0].key),
        )
        for timer, cause in overdue:
            kind = PLAN.command(timer.decider, timer.command)
            assert kind is not None
            command = kind.model_validate({"at": timer.at, "by": PUBLICITY})
            addressed = Addressed(PLAN.decider(timer.decider), timer.target, command)
            self.give(addressed, str(cause))
        return len(overdue)

    def state(self, decider: Decider[Any], key: UUID) -> Any:
        """What is true of an aggregate now."""
        return self.states.get(decider.stream(key), (decider, decider.initial))[1]

    def replayed(self) -> dict[UUID, Any]:
        """The state of every stream, made anew from its events."""
        logs: dict[UUID, list[Event]] = {}
        for fact in self.facts:
            logs.setdefault(fact.stream, []).append(fact.event)
        return {
            stream: decider.fold(logs.get(stream, ()))
            for stream, (decider, _) in self.states.items()
        }

    def recorded(self) -> Iterable[Recorded]:
        """Everything that happened, as a log would tell it."""
        return iter(self.told)

    def _ask(self, addressed: Addressed, cause: str) -> Sequence[Event]:
        decider, command = addressed.decider, addressed.command
        decider.expect(addressed.key, command)
        stream = decider.stream(addressed.key)
        state = self.state(decider, addressed.key)
        events = decider.judge(command, state)
        self.states[stream] = decider, decider.fold(events, state)
        first = sum(one.stream == stream for one in self.told) + 1
        told = [
            recorded(
                Happened(stream, event, command.at, command.by),
                len(self.told) + number,
                first + number - 1,
                cause,
            )
            for number, event in enumerate(events, start=1)
        ]
        self.told += told
        for one in told:
            for reaction in PLAN.react(Happened(stream, one.event, one.at, one.by)):
                self._ask(reaction, str(one.id))
        return events

    def _tell(self, one: Recorded) -> None:
        if (message := PLAN.announce(one)) is not None:
            self.said.append(message)
        for timer in PLAN.timers(one):
            match timer:
                case Due():
                    self.timers[timer.key] = timer, one.id
                case Settled():
                    self.timers.pop(timer.key, None)


def recorded(
    fact: Happened, position: int, version: int | None = None, cause: str = "test"
) -> Recorded:
    """The fact as a log would tell it."""
    return Recorded(
        position=position,
        stream=fact.stream,
        version=version or position,
        event=fact.event,
        at=fact.at,
        by=fact.by,
        recorded_at=fact.at,
        correlation=SOURCE.event_id,
        causation=cause,
        leaf=LeafRef(position - 1, b""),
    )
