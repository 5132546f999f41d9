"""Duplicates 重复申报: one person, one live nomination; the office may choose again (P7).

Every rule here works on one nomination; the policies let both sides of a pair, and the claim on
the person, follow each other.
"""

from collections.abc import Sequence
from typing import assert_never
from uuid import UUID

from services.intake.record import (
    Absent,
    CandidacyOver,
    Disqualified,
    Excluded,
    Live,
    Merged,
    NotAtThisStage,
    Reason,
    Record,
    Situation,
    Withdrawn,
    live,
    without_numbers,
)
from shared.messages import SYSTEM, Command, Event, Refused

# refusals


class DuplicateOpen(Refused):
    """While a person is nominated twice, the office first has to choose."""

    code = "duplicate_unresolved"
    rule = "P7"


class NoDuplicate(Refused):
    """There is nothing to choose between."""

    code = "no_duplicate"
    rule = "P7"


class ChoiceRelied(Refused):
    """A choice is not taken back once a pre-review rests on it."""

    code = "choice_relied_on"
    rule = "P7"


# commands


class HoldNomination(Command, name="hold_nomination", may={SYSTEM}, rule="P7"):
    """The same person was nominated again as `other`."""

    other: UUID


class ResolveDuplicate(Command, name="resolve_duplicate", may={"office"}, rule="P7"):
    """Keep this one, and merge every other nomination of the person into it."""


class MergeNomination(Command, name="merge_nomination", may={SYSTEM}, rule="P7"):
    """The office kept `into` instead."""

    into: UUID


class ReopenDuplicate(Command, name="reopen_duplicate", may={"office"}, rule="P7"):
    """Take back that this one was merged into another: both are held again."""

    reason: Reason


class ReopenRival(Command, name="reopen_rival", may={SYSTEM}, rule="P7"):
    """`other`, which had been merged into this one, is live again."""

    other: UUID


class LiftHold(Command, name="lift_hold", may={SYSTEM}, rule="P7"):
    """`other`, which this one was held against, was withdrawn."""

    other: UUID


# events


class NominationHeld(Event, name="nomination_held", label="发现重复申报", rule="P7"):
    """The person is nominated more than once; the office has to choose."""

    nomination_id: UUID
    campaign_id: UUID
    other: UUID


class DuplicateResolved(Event, name="duplicate_resolved", label="处理重复申报", rule="P7"):
    """The office chose: this one goes on (`kept`), or was merged into the other."""

    nomination_id: UUID
    campaign_id: UUID
    claim: UUID
    kept: bool
    other: UUID


class DuplicateReopened(Event, name="duplicate_reopened", label="撤回重复申报的处理", rule="P7"):
    """The choice was taken back. `restored`: this one had been merged, and is live again."""

    nomination_id: UUID
    campaign_id: UUID
    claim: UUID
    other: UUID
    restored: bool
    reason: str


class HoldLifted(Event, name="hold_lifted", label="重复申报已消除", rule="P7"):
    """The other nomination of the person was withdrawn."""

    nomination_id: UUID
    campaign_id: UUID
    other: UUID


# decide


def hold(command: HoldNomination, state: Situation) -> Sequence[Event]:
    """A hold comes from a policy and is never refused; what is over is not held any more."""
    match state:
        case Live(record):
            known = command.other in record.rivals
            return [] if known else [held(record, command.other)]
        case Absent() | Merged() | Withdrawn() | Excluded() | Disqualified():
            return []
        case _:
            assert_never(state)


def held(record: Record, other: UUID) -> NominationHeld:
    """The event that a nomination is held against another."""
    return NominationHeld(**record.ids, other=other)


def merge(command: MergeNomination, state: Situation) -> Sequence[Event]:
    """The other side of a choice. What is over stays what it is."""
    match state:
        case Absent() | Merged() | Withdrawn() | Excluded():
            return []
        case Disqualified():
            raise CandidacyOver("该人员的另一项申报已被取消资格，不得以另一项申报继续参评。")
        case Live(record):
            if record.course == "已授予":
                raise NotAtThisStage("该人员已被授予称号，不得再并入其他申报。")
            return [_resolved(record, command.into, kept=False)]
        case _:
            assert_never(state)


def _resolved(record: Record, other: UUID, *, kept: bool) -> DuplicateResolved:
    return DuplicateResolved(**record.ids, claim=record.received.claim, kept=kept, other=other)


def resolve(record: Record) -> Sequence[Event]:
    """This one goes on, against all others of the person."""
    if not record.rivals:
        raise NoDuplicate("该申报没有待处理的重复申报。")
    return [_resolved(record, other, kept=True) for other in sorted(record.rivals)]


def reopen(command: ReopenDuplicate, state: Situation) -> Sequence[Event]:
    """Asked of the nomination that was merged: it knows into which."""
    kept = state.record.merged_into if isinstance(state, Merged) else None
    if not isinstance(state, Merged) or kept is None:
        raise NoDuplicate("该申报没有并入其他申报；须在被并入的那一项申报上撤回处理。")
    record = state.record
    if record.course != "已受理":
        raise ChoiceRelied("该申报在并入之前已经初审，不得再撤回重复申报的处理。")
    without_numbers(command.reason, "reason")
    return [_reopened(record, kept, restored=True, reason=command.reason)]


def reopen_rival(command: ReopenRival, state: Situation) -> Sequence[Event]:
    """The one that was kept: it refuses for both when something already rests on the choice."""
    record = live(state)
    if record.course != "已受理":
        raise ChoiceRelied("保留的申报已经初审，不得再撤回重复申报的处理。")
    if command.other in record.rivals:
        return []
    return [_reopened(record, command.other, restored=False)]


def _reopened(
    record: Record, other: UUID, *, restored: bool, reason: str = ""
) -> DuplicateReopened:
    return DuplicateReopened(
        **record.ids,
        claim=record.received.claim,
        other=other,
        restored=restored,
        reason=reason,
    )


def lift(command: LiftHold, state: Situation) -> Sequence[Event]:
    """One rival less."""
    if isinstance(state, Live) and command.other in state.record.rivals:
        return [HoldLifted(**state.record.ids, other=command.other)]
    return []
