"""Erasure 反映人信息删除: the end of who objects, in a log that is for ever (P4, P17).

An objection's paper is part of the nomination's file, so that its reporter is kept for as long as
the campaign keeps nominations (`archives.nomination_years`), counted from the day of the objection:
whoever is accused, or accuses falsely, can be heard for as long. Before that only what was kept
unlawfully goes. The objection itself, with its outcome, stays; a legal hold forbids the erasure.
"""

from typing import assert_never
from uuid import UUID, uuid5

from services.publicity.objecting import (
    Closed,
    Declined,
    ErasureCompleted,
    ErasureRequested,
    Facts,
    Ground,
    KeysReturned,
    LegalHoldLifted,
    LegalHoldPlaced,
    NotRaised,
    Situation,
)
from services.publicity.wording import Text, check
from shared.contracts.sealed import PersonalKey
from shared.messages import SYSTEM, Command, Event, Refused

HOLDERS = {"auditor", "investigator"}
"""Who may say that a reporter is evidence."""

# refusals


class ReporterUnknown(Refused):
    """There is nobody to be erased or kept."""

    code = "reporter_unknown"
    rule = "P17"


class StillOpen(Refused):
    """Who is still to be heard or answered is kept."""

    code = "still_open"
    rule = "P17"


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
    """Erase who objected, and how to reach them, on this ground."""

    ground: Ground


class PlaceLegalHold(Command, name="place_legal_hold", may=HOLDERS, rule="P17"):
    """Who objected is not to be erased, for a reason."""

    reason: Text


class LiftLegalHold(Command, name="lift_legal_hold", may=HOLDERS, rule="P17"):
    """The hold is no longer needed."""

    hold_id: UUID
    reason: Text


class CompleteErasure(Command, name="complete_erasure", may={SYSTEM}, rule="P17", inside=True):
    """These keys are destroyed."""

    keys: tuple[PersonalKey, ...]


class NoteKeysReturned(Command, name="note_keys_returned", may={SYSTEM}, rule="P17", inside=True):
    """Keys that were destroyed were there again, and are destroyed once more."""

    keys: tuple[PersonalKey, ...]


ErasureCommand = (
    RequestErasure | PlaceLegalHold | LiftLegalHold | CompleteErasure | NoteKeysReturned
)

# decide


def erase(command: ErasureCommand, state: Situation) -> list[Event]:
    """What becomes of the reporter; when the term ends the notice knows.

    Raises:
        Refused: one of the refusals above, to people alone.
    """
    match command:
        case RequestErasure():
            return [_request(command, state)]
        case PlaceLegalHold():
            return [_place(command, _there(state))]
        case LiftLegalHold():
            return [_lift(command, state)]
        case CompleteErasure(keys=keys):
            if isinstance(state, NotRaised) or state.facts.erasure != "asked":
                return []
            return [ErasureCompleted(**ids(state.facts), keys=keys)]
        case NoteKeysReturned(keys=keys):
            if isinstance(state, NotRaised) or state.facts.erasure == "none" or not keys:
                return []
            return [KeysReturned(**ids(state.facts), keys=keys)]
        case _:
            assert_never(command)


def ids(facts: Facts) -> dict[str, UUID]:
    """Whose events these are."""
    return {"nomination_id": facts.nomination_id, "campaign_id": facts.campaign_id}


def _there(state: Situation) -> Facts:
    """Who objects, as long as nobody decided that it goes."""
    if isinstance(state, NotRaised) or not state.facts.sealed:
        raise ReporterUnknown("该异议没有反映人信息。")
    if state.facts.erasure != "none":
        raise AlreadyErased("反映人信息已依法删除，或正在删除。")
    return state.facts


def _request(command: RequestErasure, state: Situation) -> ErasureRequested:
    facts = _there(state)
    if not isinstance(state, Closed | Declined):
        raise StillOpen("该异议尚未办结或尚未答复反映人，办结并答复后方可删除反映人信息。")
    if facts.holds:
        raise HeldByLaw(
            f"反映人信息已依法保全（{len(facts.holds)}项），须先由保全人员解除，方可删除。"
        )
    return ErasureRequested(**ids(facts), ground=command.ground, day=facts.day, keys=facts.keys)


def _place(command: PlaceLegalHold, facts: Facts) -> LegalHoldPlaced:
    check(reason=command.reason)
    hold = uuid5(facts.nomination_id, f"legal hold {facts.keys[0].key} {facts.placed + 1}")
    return LegalHoldPlaced(**ids(facts), hold_id=hold, reason=command.reason)


def _lift(command: LiftLegalHold, state: Situation) -> LegalHoldLifted:
    if isinstance(state, NotRaised) or command.hold_id not in state.facts.holds:
        raise NoSuchHold("没有这项保全，或已经解除；请核对保全编号。", field="hold_id")
    check(reason=command.reason)
    return LegalHoldLifted(**ids(state.facts), hold_id=command.hold_id, reason=command.reason)
