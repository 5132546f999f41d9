"""Clearance 授予放行 of one nomination: whether it may be conferred now (S40, S43).

It is granted by itself once the leading group approved, the public notice ended, the vetting was
passed where there is one, and nothing is open; withdrawn when something opens; refused for ever to
a disqualified nomination, and to one that left the selection. The conditions come from different
places and in any order.
"""

from dataclasses import dataclass, replace
from typing import Literal, assert_never
from uuid import UUID

from services.review.grounds import Ground
from shared.messages import SYSTEM, Command, Decider, Event

Pause = Literal["suspension", "objection"]
"""Why the clearance waits beside an investigation: the office, or somebody who objects."""

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


class PauseClearance(Command, name="pause_clearance", may={SYSTEM}, rule="S43"):
    """The office suspended the nomination, or took up an objection to it."""

    nomination_id: UUID
    campaign_id: UUID
    pause_id: UUID
    cause: Pause


class EndPause(Command, name="end_pause", may={SYSTEM}, rule="S43"):
    """The suspension ended, or the objection has its outcome."""

    nomination_id: UUID
    campaign_id: UUID
    pause_id: UUID
    cause: Pause


class AwaitVetting(Command, name="await_vetting", may={SYSTEM}, rule="P8"):
    """Departments are asked about the nominee."""

    nomination_id: UUID
    campaign_id: UUID


class NoteVetted(Command, name="note_vetted", may={SYSTEM}, rule="P8"):
    """Every department has answered, and nothing stands against the nominee."""

    nomination_id: UUID
    campaign_id: UUID


class EndClearance(Command, name="end_clearance", may={SYSTEM}, rule="S39"):
    """The nomination left the selection, without fraud."""

    nomination_id: UUID
    campaign_id: UUID
    ground: Ground


class RestoreClearance(Command, name="restore_clearance", may={SYSTEM}, rule="P7"):
    """The nomination is merged into no other any longer."""

    nomination_id: UUID
    campaign_id: UUID


class BarClearance(Command, name="bar_clearance", may={SYSTEM}, rule="S43"):
    """The nomination was disqualified."""

    nomination_id: UUID
    campaign_id: UUID


ClearanceCommand = (
    NoteApproval
    | NoteNoticeClosed
    | HoldClearance
    | ReleaseHold
    | PauseClearance
    | EndPause
    | AwaitVetting
    | NoteVetted
    | EndClearance
    | RestoreClearance
    | BarClearance
)


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


class ClearancePaused(Event, name="clearance_paused", label="暂缓授予", rule="S43"):
    """The nomination stands still for a suspension or an objection."""

    nomination_id: UUID
    campaign_id: UUID
    pause_id: UUID
    cause: Pause


class PauseEnded(Event, name="pause_ended", label="结束暂缓授予", rule="S43"):
    """This suspension or objection stands in the way no more."""

    nomination_id: UUID
    campaign_id: UUID
    pause_id: UUID
    cause: Pause


class VettingAwaited(Event, name="vetting_awaited", label="等待联审结果", rule="P8"):
    """One more condition: the vetting has to be passed."""

    nomination_id: UUID
    campaign_id: UUID


class VettingNoted(Event, name="vetting_noted", label="登记联审通过", rule="P8"):
    """The vetting was passed."""

    nomination_id: UUID
    campaign_id: UUID


class ClearanceEnded(Event, name="clearance_ended", label="退出评选", rule="S39"):
    """The nomination left the selection: there will be no clearance."""

    nomination_id: UUID
    campaign_id: UUID
    ground: Ground


class ClearanceRestored(Event, name="clearance_restored", label="恢复授予条件核对", rule="P7"):
    """The nomination is merged into no other any longer."""

    nomination_id: UUID
    campaign_id: UUID


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
    | ClearancePaused
    | PauseEnded
    | VettingAwaited
    | VettingNoted
    | ClearanceEnded
    | ClearanceRestored
    | ClearanceBarred
    | ClearanceGranted
    | ClearanceWithdrawn
)


# state


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is known, in whatever order it came.

    `released` are the investigations, suspensions and objections that ended; `grounds` is why the
    nomination left the selection.
    """

    approved: bool = False
    notice_closed: bool = False
    held: frozenset[UUID] = frozenset()
    released: frozenset[UUID] = frozenset()
    vetting_awaited: bool = False
    vetted: bool = False
    grounds: frozenset[Ground] = frozenset()

    @property
    def met(self) -> bool:
        """Approved, the notice ended, vetted where that is asked for, nothing open (S40, P8)."""
        return (
            self.approved
            and self.notice_closed
            and (self.vetted or not self.vetting_awaited)
            and not self.held - self.released
            and not self.grounds
        )


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
    """Note what is new, and grant or withdraw the clearance that follows from it."""
    if isinstance(state, Barred):
        return []
    noted = _noted(command)
    after = evolve(state, noted)
    if after == state:
        return []
    return [noted, *_consequence(command, after, granted=isinstance(state, Granted))]


def _noted(command: ClearanceCommand) -> ClearanceEvent:
    nomination, campaign = command.nomination_id, command.campaign_id
    match command:
        case NoteApproval():
            return ApprovalNoted(nomination_id=nomination, campaign_id=campaign)
        case NoteNoticeClosed():
            return NoticeClosureNoted(nomination_id=nomination, campaign_id=campaign)
        case BarClearance():
            return ClearanceBarred(nomination_id=nomination, campaign_id=campaign)
        case AwaitVetting():
            return VettingAwaited(nomination_id=nomination, campaign_id=campaign)
        case NoteVetted():
            return VettingNoted(nomination_id=nomination, campaign_id=campaign)
        case EndClearance(ground=ground):
            return ClearanceEnded(nomination_id=nomination, campaign_id=campaign, ground=ground)
        case RestoreClearance():
            return ClearanceRestored(nomination_id=nomination, campaign_id=campaign)
        case _:
            return _held_or_released(command)


def _held_or_released(
    command: HoldClearance | ReleaseHold | PauseClearance | EndPause,
) -> ClearanceEvent:
    nomination, campaign = command.nomination_id, command.campaign_id
    match command:
        case HoldClearance(investigation_id=investigation):
            return ClearanceHeld(
                nomination_id=nomination, campaign_id=campaign, investigation_id=investigation
            )
        case ReleaseHold(investigation_id=investigation):
            return HoldReleased(
                nomination_id=nomination, campaign_id=campaign, investigation_id=investigation
            )
        case PauseClearance(pause_id=pause, cause=cause):
            return ClearancePaused(
                nomination_id=nomination, campaign_id=campaign, pause_id=pause, cause=cause
            )
        case EndPause(pause_id=pause, cause=cause):
            return PauseEnded(
                nomination_id=nomination, campaign_id=campaign, pause_id=pause, cause=cause
            )
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
    match event:
        case ClearanceBarred():
            return Barred()
        case ClearanceGranted():
            return Granted(state.conditions)
        case ClearanceWithdrawn():
            return Pending(state.conditions)
        case _:
            return replace(state, conditions=_known(state.conditions, event))


def _known(
    known: Conditions,
    event: ApprovalNoted
    | NoticeClosureNoted
    | ClearanceHeld
    | HoldReleased
    | ClearancePaused
    | PauseEnded
    | VettingAwaited
    | VettingNoted
    | ClearanceEnded
    | ClearanceRestored,
) -> Conditions:
    match event:
        case ApprovalNoted():
            return replace(known, approved=True)
        case NoticeClosureNoted():
            return replace(known, notice_closed=True)
        case ClearanceHeld(investigation_id=hold) | ClearancePaused(pause_id=hold):
            return replace(known, held=known.held | {hold})
        case HoldReleased(investigation_id=hold) | PauseEnded(pause_id=hold):
            return replace(known, released=known.released | {hold})
        case VettingAwaited():
            return replace(known, vetting_awaited=True)
        case VettingNoted():
            return replace(known, vetted=True)
        case ClearanceEnded(ground=ground):
            return replace(known, grounds=known.grounds | {ground})
        case ClearanceRestored():
            return replace(known, grounds=known.grounds - {"merged"})
        case _:
            assert_never(event)


CLEARANCE: Decider[State] = Decider(
    name="clearance",
    initial=Pending(),
    decide=decide,
    evolve=evolve,
    commands=(
        NoteApproval,
        NoteNoticeClosed,
        HoldClearance,
        ReleaseHold,
        PauseClearance,
        EndPause,
        AwaitVetting,
        NoteVetted,
        EndClearance,
        RestoreClearance,
        BarClearance,
    ),
    events=(
        ApprovalNoted,
        NoticeClosureNoted,
        ClearanceHeld,
        HoldReleased,
        ClearancePaused,
        PauseEnded,
        VettingAwaited,
        VettingNoted,
        ClearanceEnded,
        ClearanceRestored,
        ClearanceBarred,
        ClearanceGranted,
        ClearanceWithdrawn,
    ),
    of="nomination",
)
