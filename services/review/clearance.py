"""Clearance 授予放行 of one nomination: whether it may be conferred now (S40, S43).

It is granted by itself once the leading group approved, the public notice ended and nothing is
open; withdrawn when something opens; refused for ever to a disqualified nomination. The
conditions come from different places and in any order.
"""

from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID

from shared.messages import SYSTEM, Command, Decider, Event

# commands


class NoteApproval(Command, name="note_approval", may={SYSTEM}, rule="S40"):
    """The leading group approved the nomination."""

    nomination_id: UUID
    campaign_id: UUID


class NoteNoticeClosed(Command, name="note_notice_closed", may={SYSTEM}, rule="S40"):
    """The public notice ended with the nomination on it."""

    nomination_id: UUID
    campaign_id: UUID


class HoldClearance(Command, name="hold_clearance", may={SYSTEM}, rule="S40"):
    """An investigation was opened."""

    nomination_id: UUID
    campaign_id: UUID
    investigation_id: UUID


class ReleaseHold(Command, name="release_hold", may={SYSTEM}, rule="S40"):
    """The investigation found nothing."""

    nomination_id: UUID
    campaign_id: UUID
    investigation_id: UUID


class BarClearance(Command, name="bar_clearance", may={SYSTEM}, rule="S43"):
    """The nomination was disqualified."""

    nomination_id: UUID
    campaign_id: UUID


ClearanceCommand = NoteApproval | NoteNoticeClosed | HoldClearance | ReleaseHold | BarClearance


# events


class ApprovalNoted(Event, name="approval_noted", label="登记审定通过", rule="S40"):
    """First condition: approved."""

    nomination_id: UUID
    campaign_id: UUID


class NoticeClosureNoted(Event, name="notice_closure_noted", label="登记公示期满", rule="S40"):
    """Second condition: the notice ended."""

    nomination_id: UUID
    campaign_id: UUID


class ClearanceHeld(Event, name="clearance_held", label="因核查暂缓授予", rule="S40"):
    """Third condition broken: something is open."""

    nomination_id: UUID
    campaign_id: UUID
    investigation_id: UUID


class HoldReleased(Event, name="hold_released", label="解除暂缓授予", rule="S40"):
    """This investigation stands in the way no more."""

    nomination_id: UUID
    campaign_id: UUID
    investigation_id: UUID


class ClearanceBarred(Event, name="clearance_barred", label="确定不予授予", rule="S43"):
    """There will be no clearance."""

    nomination_id: UUID
    campaign_id: UUID


class ClearanceGranted(Event, name="clearance_granted", label="确认具备授予条件", rule="S40"):
    """The nomination may be conferred."""

    nomination_id: UUID
    campaign_id: UUID


class ClearanceWithdrawn(Event, name="clearance_withdrawn", label="撤回授予条件确认", rule="S40"):
    """The nomination may not be conferred any more."""

    nomination_id: UUID
    campaign_id: UUID


ClearanceEvent = (
    ApprovalNoted
    | NoticeClosureNoted
    | ClearanceHeld
    | HoldReleased
    | ClearanceBarred
    | ClearanceGranted
    | ClearanceWithdrawn
)


# state


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is known, in whatever order it came; `released` are the investigations that ended."""

    approved: bool = False
    notice_closed: bool = False
    held: frozenset[UUID] = frozenset()
    released: frozenset[UUID] = frozenset()

    @property
    def met(self) -> bool:
        """Approved, the notice ended, nothing open (S40)."""
        return self.approved and self.notice_closed and not self.held - self.released


@dataclass(frozen=True, slots=True)
class Pending:
    """Not cleared: a condition is missing."""

    conditions: Conditions = Conditions()


@dataclass(frozen=True, slots=True)
class Granted:
    """Cleared."""

    conditions: Conditions


@dataclass(frozen=True, slots=True)
class Barred:
    """Disqualified."""


State = Pending | Granted | Barred


# decide


def decide(command: ClearanceCommand, state: State) -> list[Event]:
    """Note what happened, and grant or withdraw the clearance that follows from it."""
    if isinstance(state, Barred):
        return []
    noted = _noted(command, state.conditions)
    if noted is None:
        return []
    return [noted, *_consequence(command, evolve(state, noted), granted=isinstance(state, Granted))]


def _noted(command: ClearanceCommand, known: Conditions) -> "ClearanceEvent | None":
    """The event for this command, or None when it says nothing new."""
    nomination, campaign = command.nomination_id, command.campaign_id
    match command:
        case NoteApproval():
            if known.approved:
                return None
            return ApprovalNoted(nomination_id=nomination, campaign_id=campaign)
        case NoteNoticeClosed():
            if known.notice_closed:
                return None
            return NoticeClosureNoted(nomination_id=nomination, campaign_id=campaign)
        case HoldClearance(investigation_id=investigation):
            if investigation in known.held:
                return None
            return ClearanceHeld(
                nomination_id=nomination, campaign_id=campaign, investigation_id=investigation
            )
        case ReleaseHold(investigation_id=investigation):
            if investigation in known.released:
                return None
            return HoldReleased(
                nomination_id=nomination, campaign_id=campaign, investigation_id=investigation
            )
        case BarClearance():
            return ClearanceBarred(nomination_id=nomination, campaign_id=campaign)
        case _:
            assert_never(command)


def _consequence(command: ClearanceCommand, after: State, *, granted: bool) -> list[Event]:
    met = not isinstance(after, Barred) and after.conditions.met
    if met == granted:
        return []
    kind = ClearanceGranted if met else ClearanceWithdrawn
    return [kind(nomination_id=command.nomination_id, campaign_id=command.campaign_id)]


# evolve


def evolve(state: State, event: ClearanceEvent) -> State:
    """The clearance after the event."""
    if isinstance(state, Barred):
        return state
    known = state.conditions
    match event:
        case ApprovalNoted():
            return replace(state, conditions=replace(known, approved=True))
        case NoticeClosureNoted():
            return replace(state, conditions=replace(known, notice_closed=True))
        case ClearanceHeld():
            held = known.held | {event.investigation_id}
            return replace(state, conditions=replace(known, held=held))
        case HoldReleased():
            released = known.released | {event.investigation_id}
            return replace(state, conditions=replace(known, released=released))
        case ClearanceBarred():
            return Barred()
        case ClearanceGranted():
            return Granted(known)
        case ClearanceWithdrawn():
            return Pending(known)
        case _:
            assert_never(event)


CLEARANCE: Decider[State] = Decider(
    name="clearance",
    initial=Pending(),
    decide=decide,
    evolve=evolve,
    commands=(NoteApproval, NoteNoticeClosed, HoldClearance, ReleaseHold, BarClearance),
    events=(
        ApprovalNoted,
        NoticeClosureNoted,
        ClearanceHeld,
        HoldReleased,
        ClearanceBarred,
        ClearanceGranted,
        ClearanceWithdrawn,
    ),
    of="nomination",
)
