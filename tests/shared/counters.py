"""The smallest service: a counter for each nomination, for tests of the machinery."""

from typing import Any, LiteralString
from uuid import UUID

from psycopg import Cursor

from shared.contracts.base import Heard, Published
from shared.contracts.review import ClearanceGranted
from shared.messages import (
    SYSTEM,
    Addressed,
    Command,
    Decider,
    Event,
    Happened,
    Recorded,
    Refused,
)
from shared.plan import Due, Plan, Settled

HIGHEST = 1000
UNLUCKY = 13


class TooHigh(Refused):
    """The counter is full."""

    code = "too_high"
    rule = "P13"


class Poison(Exception):
    """What no message should bring about: a fault of the code."""


class Add(Command, name="add", may={"office", SYSTEM}, rule="S25"):
    """Count on."""

    nomination_id: UUID
    number: int


class Added(Event, name="added", label="计数", rule="S25"):
    """Counted."""

    nomination_id: UUID
    number: int


class Mirrored(Event, name="mirrored", label="同步计数", rule="S25"):
    """The other counter heard of it."""

    nomination_id: UUID


def decide(command: Add, state: int) -> list[Event]:
    """Count up to HIGHEST, and never by the unlucky number."""
    if command.number == UNLUCKY:
        raise Poison
    if state + command.number > HIGHEST:
        raise TooHigh("计数已满。", field="number")
    return [Added(nomination_id=command.nomination_id, number=command.number)]


def evolve(state: int, event: Added) -> int:
    """The sum."""
    return state + event.number


def mirror(command: Add, state: int) -> list[Event]:
    """Note each."""
    return [Mirrored(nomination_id=command.nomination_id)]


COUNTER: Decider[int] = Decider(
    name="counter",
    initial=0,
    decide=decide,
    evolve=evolve,
    commands=(Add,),
    events=(Added,),
)
MIRROR: Decider[int] = Decider(
    name="mirror",
    initial=0,
    decide=mirror,
    evolve=lambda state, _: state + 1,
    commands=(Add,),
    events=(Mirrored,),
    of="nomination",
)


def react(happened: Happened) -> list[Addressed]:
    """Every count is mirrored in the same transaction."""
    match happened.event:
        case Added(nomination_id=nomination, number=number):
            system = happened.by.model_copy(update={"roles": frozenset({SYSTEM})})
            command = Add(at=happened.at, by=system, nomination_id=nomination, number=number)
            return [Addressed(MIRROR, nomination, command)]
        case _:
            return []


def announce(recorded: Recorded) -> Published | None:
    """Counts are public; what they count does not matter here."""
    match recorded.event:
        case Added(nomination_id=nomination):
            return ClearanceGranted(nomination_id=nomination, campaign_id=nomination)
        case _:
            return None


def follow(heard: Heard) -> list[Addressed]:
    """One more for each clearance heard of; its source's position is the number."""
    match heard.message:
        case ClearanceGranted(nomination_id=nomination):
            system = heard.by.model_copy(update={"roles": frozenset({SYSTEM})})
            command = Add(
                at=heard.at,
                by=system,
                nomination_id=nomination,
                number=heard.source.position,
            )
            return [Addressed(COUNTER, nomination, command)]
        case _:
            return []


def timers(recorded: Recorded) -> list[Due | Settled]:
    """None."""
    return []


class Sums:
    """The sum of each nomination."""

    name = "sums"
    tables: tuple[LiteralString, ...] = ("sums",)
    schema: LiteralString = "CREATE TABLE IF NOT EXISTS sums (id uuid PRIMARY KEY, total int)"

    def apply(self, cursor: Cursor[Any], recorded: Recorded) -> None:
        """Add what was added."""
        match recorded.event:
            case Added(nomination_id=nomination, number=number):
                cursor.execute(
                    "INSERT INTO sums VALUES (%s, %s)"
                    " ON CONFLICT (id) DO UPDATE SET total = sums.total + excluded.total",
                    (nomination, number),
                )
            case _:
                return


PLAN = Plan(
    name="review",
    owns=(COUNTER, MIRROR),
    hears=("intake",),
    follow=follow,
    react=react,
    announce=announce,
    timers=timers,
    views=(Sums(),),
)
