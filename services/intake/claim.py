"""Claim 申报占用: one person has one live nomination in a campaign (P7).

The stream is found by a keyed hash of campaign and ID number, and written in the transaction that
receives the nomination: of two at once, one finds the claim taken. Under other conditions or
through the other channel it is the same person (A11).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never, get_args
from uuid import UUID

from services.intake.submission import PUBLISHER
from shared.messages import SYSTEM, Command, Decider, Event, Refused

# refusals


class NeededByAnother(Refused):
    """One person has one set of keys in a campaign: another nomination rests on them."""

    code = "needed_by_another"
    rule = "P17"


# commands


class TakeClaim(Command, name="take_claim", may={PUBLISHER}, rule="P7"):
    """Claim the person for a nomination."""

    nomination_id: UUID


class SettleClaim(Command, name="settle_claim", may={SYSTEM}, rule="P7"):
    """The office chose: `holder` goes on, `other` was merged into it."""

    holder: UUID
    other: UUID


class ReleaseClaim(Command, name="release_claim", may={SYSTEM}, rule="P7"):
    """The nomination was withdrawn."""

    nomination_id: UUID


class ReopenClaim(Command, name="reopen_claim", may={SYSTEM}, rule="P7"):
    """The nomination had been merged into another, and is live again."""

    nomination_id: UUID


class CloseClaim(Command, name="close_claim", may={SYSTEM}, rule="P17"):
    """The person's keys are to be destroyed, for this nomination."""

    nomination_id: UUID


ClaimCommand = TakeClaim | SettleClaim | ReleaseClaim | ReopenClaim | CloseClaim

# events


class ClaimTaken(Event, name="claim_taken", label="登记申报人唯一申报", rule="P7"):
    """The nomination is the person's only one."""

    nomination_id: UUID


class ClaimContested(Event, name="claim_contested", label="登记申报人重复申报", rule="P7"):
    """Another nomination of the person: `rivals` are live already, first the holder."""

    nomination_id: UUID
    holder: UUID
    rivals: tuple[UUID, ...]


class ClaimSettled(Event, name="claim_settled", label="确定申报人唯一申报", rule="P7"):
    """The person is `holder`'s; `other` is no longer live."""

    holder: UUID
    other: UUID


class ClaimReleased(Event, name="claim_released", label="解除申报人唯一申报", rule="P7"):
    """The nomination is live no more; `holder` is who has the claim now, if anybody."""

    nomination_id: UUID
    holder: UUID | None


class ClaimReopened(Event, name="claim_reopened", label="恢复申报人重复申报", rule="P7"):
    """The nomination is live again beside `rivals`, first the holder."""

    nomination_id: UUID
    rivals: tuple[UUID, ...]


class ClaimClosed(Event, name="claim_closed", label="申报人不再受理", rule="P17"):
    """Nothing more is taken in of the person in this campaign: there are no keys to seal it."""

    nomination_id: UUID


ClaimEvent = (
    ClaimTaken | ClaimContested | ClaimSettled | ClaimReleased | ClaimReopened | ClaimClosed
)

# state


@dataclass(frozen=True, slots=True)
class Free:
    """Nobody nominated the person, or took every nomination back."""


@dataclass(frozen=True, slots=True)
class Held:
    """The live nominations of the person; more than one wait for the office."""

    holder: UUID
    contenders: tuple[UUID, ...] = ()

    @property
    def live(self) -> tuple[UUID, ...]:
        """All of them, the holder first."""
        return self.holder, *self.contenders


@dataclass(frozen=True, slots=True)
class Closed:
    """The person's data went with this nomination."""

    nomination_id: UUID


Situation = Free | Held | Closed


def decide(command: ClaimCommand, state: Situation) -> Sequence[Event]:
    """Who has the claim. A contested one is held for the office; only an erasure is refused."""
    match command:
        case TakeClaim(nomination_id=newcomer):
            return _take(newcomer, state)
        case SettleClaim(holder=holder, other=other):
            if isinstance(state, Held) and {holder, other}.issubset(state.live):
                return [ClaimSettled(holder=holder, other=other)]
            return []
        case ReleaseClaim(nomination_id=gone):
            if isinstance(state, Held) and gone in state.live:
                left = _without(state, gone)
                return [ClaimReleased(nomination_id=gone, holder=left[0] if left else None)]
            return []
        case ReopenClaim(nomination_id=again):
            return _reopen(again, state)
        case CloseClaim(nomination_id=gone):
            return _close(gone, state)
        case _:
            assert_never(command)


def _close(gone: UUID, state: Situation) -> Sequence[Event]:
    match state:
        case Free():
            pass
        case Held():
            if others := _without(state, gone):
                raise NeededByAnother(f"同一人员的另一项申报（{others[0]}）尚在，须办理该项申报。")
        case Closed(nomination_id=known):
            if known != gone:
                raise NeededByAnother(f"同一人员的个人信息已由另一项申报（{known}）办理删除。")
            return []
        case _:
            assert_never(state)
    return [ClaimClosed(nomination_id=gone)]


def _without(state: Held, gone: UUID) -> tuple[UUID, ...]:
    return tuple(one for one in state.live if one != gone)


def _reopen(again: UUID, state: Situation) -> Sequence[Event]:
    match state:
        case Free():
            return [ClaimTaken(nomination_id=again)]
        case Held() if again in state.live:
            return []
        case Held():
            return [ClaimReopened(nomination_id=again, rivals=state.live)]
        case Closed():
            return []
        case _:
            assert_never(state)


def _take(newcomer: UUID, state: Situation) -> Sequence[Event]:
    match state:
        case Free():
            return [ClaimTaken(nomination_id=newcomer)]
        case Held() if newcomer in state.live:
            return []
        case Held():
            return [ClaimContested(nomination_id=newcomer, holder=state.holder, rivals=state.live)]
        case Closed():
            return []
        case _:
            assert_never(state)


def evolve(state: Situation, event: ClaimEvent) -> Situation:
    """What is true after the event."""
    match event:
        case ClaimTaken():
            return Held(event.nomination_id)
        case ClaimContested():
            return Held(event.holder, (*event.rivals[1:], event.nomination_id))
        case ClaimReopened():
            return Held(event.rivals[0], (*event.rivals[1:], event.nomination_id))
        case ClaimSettled():
            live = state.live if isinstance(state, Held) else ()
            settled = event.holder, event.other
            return Held(event.holder, tuple(one for one in live if one not in settled))
        case ClaimReleased():
            left = _without(state, event.nomination_id) if isinstance(state, Held) else ()
            return Held(left[0], left[1:]) if left else Free()
        case ClaimClosed():
            return Closed(event.nomination_id)
        case _:
            assert_never(event)


CLAIM: Decider[Situation] = Decider(
    name="claim",
    initial=Free(),
    decide=decide,
    evolve=evolve,
    commands=get_args(ClaimCommand),
    events=get_args(ClaimEvent),
)
