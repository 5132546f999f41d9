"""Example histories and commands of each aggregate, and what is observed when both meet.

A service's examples are in the file of its name. Who adds a command or a situation adds an example
there; `test_permissions.py` says which is missing.
"""

import copyreg
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_args, get_type_hints

from shared.messages import Actor, Command, Decider, Event, NotEntitled, Refused
from shared.plan import Plan

copyreg.pickle(MappingProxyType, lambda proxy: (MappingProxyType, (dict(proxy),)))
"""So that a state with one can be copied."""


@dataclass(frozen=True)
class Examples:
    """An aggregate: named histories that reach its situations, and commands of each kind.

    A command is by somebody entitled, and fits the histories that are told of the same object.
    """

    decider: Decider[Any]
    histories: Mapping[str, Sequence[Event]]
    commands: Sequence[Command]

    @property
    def situations(self) -> tuple[type, ...]:
        """The classes that its state may have, in the order in which the union names them."""
        state = get_type_hints(self.decider.decide)["state"]
        return get_args(state) or (state,)

    @property
    def states(self) -> list[Any]:
        """What each history makes."""
        return [self.decider.fold(events) for events in self.histories.values()]

    def reaching(self, situation: type) -> dict[str, Any]:
        """The histories that end in a situation, and the states that they make."""
        states = {name: self.decider.fold(events) for name, events in self.histories.items()}
        return {name: state for name, state in states.items() if type(state) is situation}


@dataclass(frozen=True)
class Service:
    """What a service owns, with examples."""

    plan: Plan
    examples: tuple[Examples, ...]


@dataclass(frozen=True)
class Observed:
    """What came of a command: events, none of them where nothing changes, or a refusal."""

    events: tuple[Event, ...] = ()
    refusal: Refused | None = None

    def __str__(self) -> str:
        if self.refusal is not None:
            return f"拒绝 `{self.refusal.code}` {self.refusal.rule}"
        labels = dict.fromkeys(f"{event.label} `{event.name}`" for event in self.events)
        return "、".join(labels) or "无变化"


def observe(decider: Decider[Any], command: Command, state: Any) -> Observed:
    """Ask."""
    try:
        return Observed(tuple(decider.judge(command, state)))
    except Refused as refusal:
        return Observed(refusal=refusal)


@contextmanager
def untouched(state: Any) -> Iterator[None]:
    """Whatever is asked of this state within, it stays as it is."""
    before = deepcopy(state)
    yield
    assert state == before, "a decision changed the state that it judged"


def is_entitled(observed: Observed) -> bool:
    """Whether the role was no hindrance."""
    return not isinstance(observed.refusal, NotEntitled)


def asked_by(role: str, command: Command) -> Command:
    """The same, asked by somebody with this role alone."""
    by = Actor(
        id=command.by.id,
        name=command.by.name,
        organisation=command.by.organisation,
        roles=frozenset({role}),
    )
    return command.model_copy(update={"by": by})


def by_the_entitled(command: Command) -> Iterator[tuple[str, Command]]:
    """The same, asked by each role that may."""
    for role in sorted(command.may):
        yield role, asked_by(role, command)


def after(decider: Decider[Any], *commands: Command) -> tuple[Event, ...]:
    """The history that these commands make, one after the other."""
    history: tuple[Event, ...] = ()
    for command in commands:
        history += tuple(decider.judge(command, decider.fold(history)))
    return history
