"""The three services in memory, with everything between them that can come in another order.

Their plans are the real ones; only log, broker and clock are lists. Of one partition letters come
in order, of several in any: `deliver` chooses. What a test does not deliver is still on its way.

world = World()
world.ask("intake", NOMINATION, key, PassPreReview(...))
world.deliver(("review", "intake", nomination))
world.settle()
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

from services import intake, publicity, review
from shared.contracts.base import Heard, Source
from shared.messages import (
    SYSTEM,
    Actor,
    Addressed,
    Command,
    Decider,
    Event,
    Happened,
    LeafRef,
    Recorded,
    event_id,
)
from shared.plan import Due, Plan

PLANS: dict[str, Plan] = {plan.name: plan for plan in (intake.PLAN, review.PLAN, publicity.PLAN)}

T = TypeVar("T")
Route = tuple[str, str, str]
"""Who hears, from whom, and the key of the partition: the finest that keeps what is promised."""

MACHINE = Actor(id="system:timer", name="定时", organisation="测试", roles=frozenset({SYSTEM}))
NOBODY = UUID(int=0)


@dataclass
class Log:
    """The log of one service."""

    plan: Plan
    streams: dict[UUID, list[Event]] = field(default_factory=dict)
    recorded: list[Recorded] = field(default_factory=list)
    timers: dict[str, tuple[Due, UUID]] = field(default_factory=dict)

    def state(self, decider: Decider[Any], key: UUID) -> Any:
        """What is true of an aggregate."""
        return decider.fold(self.streams.get(decider.stream(key), ()))

    def copy(self) -> "Log":
        """As it stands."""
        return Log(
            self.plan,
            {stream: list(events) for stream, events in self.streams.items()},
            list(self.recorded),
            dict(self.timers),
        )


class World:
    """See the module."""

    def __init__(self) -> None:
        self.logs = {name: Log(plan) for name, plan in PLANS.items()}
        self.letters: dict[Route, deque[Heard]] = {}
        self._asked = count(1)

    def ask(self, service: str, decider: Decider[Any], key: UUID, command: Command) -> None:
        """Ask one aggregate; all that its policies ask then stands or falls with it.

        Raises:
            Refused: nothing was stored.
        """
        self._at_once(service, [Addressed(decider, key, command)], f"request {next(self._asked)}")

    def state(self, service: str, decider: Decider[Any], key: UUID) -> Any:
        """What is true of an aggregate."""
        return self.logs[service].state(decider, key)

    @property
    def routes(self) -> list[Route]:
        """Where a letter is on its way."""
        return sorted(route for route, letters in self.letters.items() if letters)

    def deliver(self, route: Route) -> None:
        """The next letter on this way arrives."""
        heard = self.letters[route].popleft()
        consumer, _, _ = route
        self._hear(consumer, heard)

    def deliver_again(self, service: str, heard: Heard) -> None:
        """A letter that had come comes once more."""
        self._hear(service, heard)

    def settle(self, choose: Callable[[Sequence[Route]], Route] = lambda routes: routes[0]) -> None:
        """Deliver everything, whatever it leads to."""
        while routes := self.routes:
            self.deliver(choose(routes))

    def fire(self, now: datetime) -> None:
        """The clocks of all services strike."""
        for service, log in self.logs.items():
            due = sorted(
                (timer.at, key, timer, cause)
                for key, (timer, cause) in log.timers.items()
                if timer.at <= now
            )
            for at, _, timer, cause in due:
                decider = log.plan.decider(timer.decider)
                kind = log.plan.command(timer.decider, timer.command)
                assert kind is not None
                command = kind.model_validate({"at": at, "by": MACHINE})
                addressed = Addressed(decider, timer.target, command)
                self._at_once(service, [addressed], str(cause))

    def _hear(self, service: str, heard: Heard) -> None:
        self._at_once(service, list(PLANS[service].follow(heard)), str(heard.source.event_id))

    def _at_once(self, service: str, commands: Sequence[Addressed], cause: str) -> None:
        log = self.logs[service].copy()
        before = len(log.recorded)
        for addressed in commands:
            self._decide(log, addressed, cause)
        self.logs[service] = log
        for recorded in log.recorded[before:]:
            self._tell(log, recorded)

    def _decide(self, log: Log, addressed: Addressed, cause: str) -> None:
        decider, command = addressed.decider, addressed.command
        decider.expect(addressed.key, command)
        stream = decider.stream(addressed.key)
        events = decider.judge(command, log.state(decider, addressed.key))
        known = log.streams.setdefault(stream, [])
        first = len(known) + 1
        for event in events:
            known.append(event)
            position = len(log.recorded) + 1
            log.recorded.append(
                Recorded(
                    position=position,
                    stream=stream,
                    version=len(known),
                    event=event,
                    at=command.at,
                    by=command.by,
                    recorded_at=command.at,
                    correlation=NOBODY,
                    causation=cause,
                    leaf=LeafRef(position - 1, bytes(32)),
                )
            )
        for version, event in enumerate(events, start=first):
            for reaction in log.plan.react(Happened(stream, event, command.at, command.by)):
                self._decide(log, reaction, str(event_id(stream, version)))

    def _tell(self, log: Log, recorded: Recorded) -> None:
        for timer in log.plan.timers(recorded):
            if isinstance(timer, Due):
                log.timers[timer.key] = timer, recorded.id
            else:
                log.timers.pop(timer.key, None)
        message = log.plan.announce(recorded)
        if message is None:
            return
        heard = Heard(
            message=message,
            source=Source(
                service=log.plan.name,
                event_id=event_id(recorded.stream, recorded.version),
                position=recorded.position,
                leaf_index=recorded.leaf.index,
                leaf_hash=recorded.leaf.hash.hex(),
            ),
            at=recorded.at,
            by=recorded.by,
            correlation=recorded.correlation,
        )
        for name, plan in PLANS.items():
            if log.plan.name in plan.hears:
                route = name, log.plan.name, message.partition_key
                self.letters.setdefault(route, deque()).append(heard)
