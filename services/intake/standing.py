"""Standing 个人评选记录: what of one selection follows a person into the next (P16, P19).

The stream is found by a keyed hash of the ID number that is the same in every campaign. It hears
of a nomination's end in any order, each once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import assert_never
from uuid import UUID

from shared.messages import SYSTEM, Command, Decider, Event

# commands


class BarPerson(Command, name="bar_person", may={SYSTEM}, rule="P16"):
    """Fraud was proven: no nomination of the person is taken in until this day has passed."""

    nomination_id: UUID
    campaign_id: UUID
    until: date


class HoldHonour(Command, name="hold_honour", may={SYSTEM}, rule="P19"):
    """The title was conferred."""

    nomination_id: UUID
    campaign_id: UUID


class LoseHonour(Command, name="lose_honour", may={SYSTEM}, rule="P15"):
    """The title was revoked."""

    nomination_id: UUID
    campaign_id: UUID


StandingCommand = BarPerson | HoldHonour | LoseHonour

# events


class PersonBarred(Event, name="person_barred", label="限制申报", rule="P16"):
    """No nomination until this day has passed."""

    nomination_id: UUID
    campaign_id: UUID
    until: date


class HonourHeld(Event, name="honour_held", label="记入所获称号", rule="P19"):
    """The person has the title."""

    nomination_id: UUID
    campaign_id: UUID


class HonourLost(Event, name="honour_lost", label="注销所获称号", rule="P15"):
    """The title was taken back."""

    nomination_id: UUID
    campaign_id: UUID


StandingEvent = PersonBarred | HonourHeld | HonourLost

# state


@dataclass(frozen=True, slots=True)
class Known:
    """By nomination: until when it bars the person, and whose titles were won and lost."""

    barred: Mapping[UUID, date] = field(default_factory=lambda: MappingProxyType({}))
    honoured: frozenset[UUID] = frozenset()
    revoked: frozenset[UUID] = frozenset()

    def barred_on(self, day: date) -> date | None:
        """The last day of a bar that holds on this day (P16)."""
        return max((until for until in self.barred.values() if until >= day), default=None)

    @property
    def holds_title(self) -> bool:
        """Whether the person won the title and still has it (P19)."""
        return bool(self.honoured - self.revoked)


def decide(command: StandingCommand, state: Known) -> Sequence[Event]:
    """Nothing is refused: it has happened."""
    ids = {"nomination_id": command.nomination_id, "campaign_id": command.campaign_id}
    match command:
        case BarPerson(until=until):
            known = command.nomination_id in state.barred
            return [] if known else [PersonBarred(**ids, until=until)]
        case HoldHonour():
            return [] if command.nomination_id in state.honoured else [HonourHeld(**ids)]
        case LoseHonour():
            return [] if command.nomination_id in state.revoked else [HonourLost(**ids)]
        case _:
            assert_never(command)


def evolve(state: Known, event: StandingEvent) -> Known:
    """What is true after the event."""
    match event:
        case PersonBarred():
            return replace(state, barred={**state.barred, event.nomination_id: event.until})
        case HonourHeld():
            return replace(state, honoured=state.honoured | {event.nomination_id})
        case HonourLost():
            return replace(state, revoked=state.revoked | {event.nomination_id})
        case _:
            assert_never(event)


STANDING: Decider[Known] = Decider(
    name="standing",
    initial=Known(),
    decide=decide,
    evolve=evolve,
    commands=(BarPerson, HoldHonour, LoseHonour),
    events=(PersonBarred, HonourHeld, HonourLost),
)
