"""Erasure 个人信息删除: the end of a person's data in a log that is for ever; one a nomination.

The office asks; what is asked is decided where it is known, in the same transaction: the nomination
says what is open and how it ended, the campaign until when its files are kept, the claim whether
another nomination of the person needs the keys. Then the keys are destroyed (shared/erasing.py),
which is told here in the end. A legal hold forbids all of it until it is lifted.

What survives: the published entry, the bar (P16) and the claim (P7), which are no plaintext of ours
or only hashes; and every proof, since the ledger hashes ciphertext.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal, assert_never, get_args
from uuid import UUID, uuid5

from pydantic import Field

from services.intake.record import Reason, without_numbers
from shared.contracts.sealed import PersonalKey, Purpose
from shared.messages import SYSTEM, Command, Decider, Event, Refused

Ground = Literal["retention", "request", "unlawful"]
"""保存期限届满、本人请求、违法留存: only what should never have been kept waits for no term."""

Parts = Annotated[tuple[Purpose, ...], Field(min_length=1)]

HOLDERS = {"auditor", "investigator"}
"""Who may say that a file is evidence."""

# refusals


class HeldByLaw(Refused):
    """What somebody must still be able to look into is kept."""

    code = "legal_hold"
    rule = "P17"


class AlreadyErased(Refused):
    """What is gone, or is just going, cannot be erased or held."""

    code = "already_erased"
    rule = "P17"


class NoSuchHold(Refused):
    """Only a hold that stands is lifted."""

    code = "no_such_hold"
    rule = "P17"


# commands


class RequestErasure(Command, name="request_erasure", may={"office"}, rule="P17"):
    """Erase these parts of a person, on this ground."""

    nomination_id: UUID
    ground: Ground
    parts: Parts


class PlaceLegalHold(Command, name="place_legal_hold", may=HOLDERS, rule="P17"):
    """Nothing of this nomination is to be erased, for a reason."""

    nomination_id: UUID
    reason: Reason


class LiftLegalHold(Command, name="lift_legal_hold", may=HOLDERS, rule="P17"):
    """The hold is no longer needed."""

    nomination_id: UUID
    hold_id: UUID
    reason: Reason


class CompleteErasure(Command, name="complete_erasure", may={SYSTEM}, rule="P17", inside=True):
    """These keys are destroyed."""

    keys: tuple[PersonalKey, ...]


class NoteKeysReturned(Command, name="note_keys_returned", may={SYSTEM}, rule="P17", inside=True):
    """Keys that were destroyed were there again, and are destroyed once more."""

    keys: tuple[PersonalKey, ...]


ErasureCommand = (
    RequestErasure | PlaceLegalHold | LiftLegalHold | CompleteErasure | NoteKeysReturned
)

# events


class ErasureRequested(Event, name="erasure_requested", label="决定删除个人信息", rule="P17"):
    """These parts are to be erased; from now on nothing takes that back."""

    nomination_id: UUID
    ground: Ground
    parts: tuple[Purpose, ...]


class LegalHoldPlaced(Event, name="legal_hold_placed", label="依法保全个人信息", rule="P17"):
    """Nothing is erased while this stands."""

    nomination_id: UUID
    hold_id: UUID
    reason: str


class LegalHoldLifted(Event, name="legal_hold_lifted", label="解除个人信息保全", rule="P17"):
    """It stands no more."""

    nomination_id: UUID
    hold_id: UUID
    reason: str


class ErasureCompleted(Event, name="erasure_completed", label="个人信息已依法删除", rule="P17"):
    """These keys are destroyed: what they sealed opens never again."""

    nomination_id: UUID
    parts: tuple[Purpose, ...]
    keys: tuple[PersonalKey, ...]


class KeysReturned(Event, name="keys_returned", label="销毁重新出现的密钥", rule="P17"):
    """Somebody brought destroyed keys back, as an old backup does."""

    nomination_id: UUID
    keys: tuple[PersonalKey, ...]


ErasureEvent = (
    ErasureRequested | LegalHoldPlaced | LegalHoldLifted | ErasureCompleted | KeysReturned
)

# state


@dataclass(frozen=True, slots=True)
class Kept:
    """Nothing is being erased. `holds` stand, of `placed` in all; `erased` is gone."""

    holds: frozenset[UUID] = frozenset()
    placed: int = 0
    erased: frozenset[Purpose] = frozenset()
    nomination_id: UUID | None = None

    @property
    def gone(self) -> frozenset[Purpose]:
        """What nobody opens any more, whatever keys there are."""
        return self.erased


@dataclass(frozen=True, slots=True)
class Erasing:
    """These parts are going; nothing takes that back."""

    before: Kept
    nomination_id: UUID
    parts: tuple[Purpose, ...]

    @property
    def gone(self) -> frozenset[Purpose]:
        """What nobody opens any more, though its keys may be there for another moment."""
        return self.before.erased | frozenset(self.parts)


Situation = Kept | Erasing


# decide


def decide(command: ErasureCommand, state: Situation) -> Sequence[Event]:
    """What a person may ask; what the services tell of keys is never refused."""
    match command:
        case RequestErasure():
            return _request(command, _kept(state))
        case PlaceLegalHold():
            return _place(command, _kept(state))
        case LiftLegalHold():
            return _lift(command, state)
        case CompleteErasure(keys=keys):
            if not isinstance(state, Erasing):
                return []
            return [
                ErasureCompleted(nomination_id=state.nomination_id, parts=state.parts, keys=keys)
            ]
        case NoteKeysReturned(keys=keys):
            if state.nomination_id is None or not keys:
                return []
            return [KeysReturned(nomination_id=state.nomination_id, keys=keys)]
        case _:
            assert_never(command)


def _kept(state: Situation) -> Kept:
    match state:
        case Kept():
            return state
        case Erasing():
            raise AlreadyErased("个人信息正在删除，不能中止；删除完毕后可查看结果。")
        case _:
            assert_never(state)


def _request(command: RequestErasure, state: Kept) -> Sequence[Event]:
    if state.holds:
        raise HeldByLaw(
            f"该申报的个人信息已依法保全（{len(state.holds)}项），须先由保全人员解除，方可删除。"
        )
    parts = tuple(
        part for part in get_args(Purpose) if part in command.parts and part not in state.erased
    )
    if not parts:
        raise AlreadyErased("所选的个人信息已经依法删除。", field="parts")
    return [
        ErasureRequested(nomination_id=command.nomination_id, ground=command.ground, parts=parts)
    ]


def _place(command: PlaceLegalHold, state: Kept) -> Sequence[Event]:
    if state.erased >= frozenset(get_args(Purpose)):
        raise AlreadyErased("个人信息已经全部依法删除，没有可以保全的内容。")
    without_numbers(command.reason, "reason")
    hold = uuid5(command.nomination_id, f"legal hold {state.placed + 1}")
    return [
        LegalHoldPlaced(nomination_id=command.nomination_id, hold_id=hold, reason=command.reason)
    ]


def _lift(command: LiftLegalHold, state: Situation) -> Sequence[Event]:
    if isinstance(state, Erasing) or command.hold_id not in state.holds:
        raise NoSuchHold("没有这项保全，或已经解除；请核对保全编号。", field="hold_id")
    without_numbers(command.reason, "reason")
    return [
        LegalHoldLifted(
            nomination_id=command.nomination_id, hold_id=command.hold_id, reason=command.reason
        )
    ]


# evolve


def evolve(state: Situation, event: ErasureEvent) -> Situation:
    """What is true after the event."""
    before = state.before if isinstance(state, Erasing) else state
    match event:
        case ErasureRequested(nomination_id=nomination_id, parts=parts):
            return Erasing(replace(before, nomination_id=nomination_id), nomination_id, parts)
        case LegalHoldPlaced(hold_id=hold):
            return replace(before, holds=before.holds | {hold}, placed=before.placed + 1)
        case LegalHoldLifted(hold_id=hold):
            return replace(before, holds=before.holds - {hold})
        case ErasureCompleted(nomination_id=nomination_id, parts=parts):
            return replace(
                before, erased=before.erased | frozenset(parts), nomination_id=nomination_id
            )
        case KeysReturned():
            return state
        case _:
            assert_never(event)


ERASURE: Decider[Situation] = Decider(
    name="erasure",
    initial=Kept(),
    decide=decide,
    evolve=evolve,
    commands=get_args(ErasureCommand),
    events=get_args(ErasureEvent),
    of="nomination",
)
