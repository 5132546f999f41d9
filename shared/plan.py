"""The plan of a service: what it owns, hears, says and shows. All of it pure but the views."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, Protocol, runtime_checkable
from uuid import UUID

from psycopg import Cursor

from shared.audit.recipes import UNKNOWN, Rejudging
from shared.contracts.base import Heard, Published
from shared.messages import Addressed, Command, Decider, Happened, Recorded
from shared.parking import PARKING
from shared.restoring import LEDGER


@dataclass(frozen=True, slots=True)
class Due:
    """A timer: at `at` (business time) `command` is to be given to the aggregate `target`.

    The same `key` replaces an earlier one.
    """

    key: str
    at: datetime
    decider: str
    target: UUID
    command: str


@dataclass(frozen=True, slots=True)
class Settled:
    """The timer with this key is no longer needed."""

    key: str


class View(Protocol):
    """A read model: tables, and how each event changes them. Rebuilt from the log at any time."""

    name: str
    tables: tuple[LiteralString, ...]
    schema: LiteralString

    def apply(self, cursor: Cursor[Any], recorded: Recorded) -> None:
        """Change the tables for this event; an event that does not matter changes nothing."""


@runtime_checkable
class InWindows(View, Protocol):
    """A read model that changes many rows for each event, and can do so for many events at once."""

    def apply_all(self, cursor: Cursor[Any], window: Sequence[Recorded]) -> None:
        """What `apply` does, for consecutive events."""


def nothing(told: Sequence[Recorded]) -> frozenset[tuple[UUID, str]]:
    """Whoever may read histories reads all of these."""
    del told
    return frozenset()


def no_news(recorded: Recorded) -> Sequence[Published]:
    """The world hears what the house hears, and nothing beside it."""
    del recorded
    return ()


@dataclass(frozen=True, slots=True)
class Erases:
    """How a service that seals is told of destroyed keys (shared/erasing.py): the aggregate, and
    its commands when they are destroyed and when they were there again."""

    decider: str
    completed: str
    returned: str


@dataclass(frozen=True)
class Plan:
    """A service, as its `__init__.py` draws it.

    `answers_publishers` tells that receipts leave from here, and proofs with them. `withheld` names
    what a history does not show yet: fields of events, by the event's id.
    `rejudging` says which commands stand behind past events. `keeps` makes the tables that no event
    tells of, such as a visitor's draft: a rebuild leaves them alone. `news` is what the world alone
    is told of an event, beside what is announced: any number of messages of audience `public`.
    """

    name: str
    owns: tuple[Decider[Any], ...]
    hears: tuple[str, ...]
    follow: Callable[[Heard], Sequence[Addressed]]
    react: Callable[[Happened], Sequence[Addressed]]
    announce: Callable[[Recorded], Published | None]
    timers: Callable[[Recorded], Sequence[Due | Settled]]
    views: tuple[View, ...]
    answers_publishers: bool = False
    withheld: Callable[[Sequence[Recorded]], frozenset[tuple[UUID, str]]] = nothing
    erases: Erases | None = None
    rejudging: Rejudging = UNKNOWN
    keeps: tuple[LiteralString, ...] = ()
    news: Callable[[Recorded], Sequence[Published]] = no_news

    @property
    def deciders(self) -> tuple[Decider[Any], ...]:
        """Every aggregate of the service: its own, and those that each service has."""
        return (*self.owns, PARKING, LEDGER)

    def decider(self, name: str) -> Decider[Any]:
        """The aggregate of this name.

        Raises:
            KeyError: the service owns none.
        """
        return {decider.name: decider for decider in self.owns}[name]

    def command(self, decider: str, name: str) -> type[Command] | None:
        """The command class `name` of an aggregate, or None if there is no such thing to ask."""
        known = {
            (owned.name, command.name): command for owned in self.owns for command in owned.commands
        }
        return known.get((decider, name))
