"""Claim 申报占用: one person has one live nomination in a campaign (P7).

The stream is found by a keyed hash of campaign and ID number, and written in the transaction that
receives the nomination: of two at once, one finds the claim taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from services.intake.submission import PUBLISHER
from shared.messages import SYSTEM, Command, Decider, Event

# commands


class TakeClaim(Command, name="take_claim", may={PUBLISHER}, rule="P7"):
    """Claim the person for a nomination."""

    nomination_id: UUID


class SettleClaim(Command, name="settle_claim", may={SYSTEM}, rule="P7"):
    """The office chose: `holder` goes on, `other` was merged into it."""

    holder: UUID
    other: UUID


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


# state


@dataclass(frozen=True, slots=True)
class Free:
    """Nobody nominated the person."""


@dataclass(frozen=True, slots=True)
class Held:
    """The live nominations of the person; more than one wait for the office."""

    holder: UUID
    contenders: tuple[UUID, ...] = ()

    @property
    def live(self) -> tuple[UUID, ...]:
        """All of them, the holder first."""
        return self.holder, *self.contenders


Situation = Free | Held


def decide(command: TakeClaim | SettleClaim, state: Situation) -> Sequence[Event]:
    """Who has the claim. Nothing is refused: a contested claim is held for the office."""
    match command:
        case TakeClaim(nomination_id=newcomer):
            return _take(newcomer, state)
        case SettleClaim(holder=holder, other=other):
            if isinstance(state, Held) and {holder, other}.issubset(state.live):
                return [ClaimSettled(holder=holder, other=other)]
            return []
        case _:
            assert_never(command)


def _take(newcomer: UUID, state: Situation) -> Sequence[Event]:
    match state:
        case Free():
            return [ClaimTaken(nomination_id=newcomer)]
        case Held() if newcomer in state.live:
            return []
        case Held():
            return [ClaimContested(nomination_id=newcomer, holder=state.holder, rivals=state.live)]
        case _:
            assert_never(state)


def evolve(state: Situation, event: ClaimTaken | ClaimContested | ClaimSettled) -> Situation:
    """What is true after the event."""
    match event:
        case ClaimTaken():
            return Held(event.nomination_id)
        case ClaimContested():
            return Held(event.holder, (*event.rivals[1:], event.nomination_id))
        case ClaimSettled():
            live = state.live if isinstance(state, Held) else ()
            settled = event.holder, event.other
            return Held(event.holder, tuple(one for one in live if one not in settled))
        case _:
            assert_never(event)


CLAIM: Decider[Situation] = Decider(
    name="claim",
    initial=Free(),
    decide=decide,
    evolve=evolve,
    commands=(TakeClaim, SettleClaim),
    events=(ClaimTaken, ClaimContested, ClaimSettled),
)
