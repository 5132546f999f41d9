"""Approval 领导小组审定 of one campaign's shortlist (S23, S37, P8, P10, P12, P13, P16).

The list is frozen by the digest of the panel's ranking: a vote names the digest it voted on. The
leading group decides the whole list at once, when everybody on it is vetted; who is disqualified or
left cannot be approved. Who carries the vote beyond the quota waits on the reserve list, and moves
up when an approved nomination falls out.
"""

from typing import Any, assert_never
from uuid import UUID

from services.review.deciding import (
    ApprovalPrepared,
    Decided,
    FrozenList,
    ListDecided,
    ListEntryBarred,
    ListEntryLeft,
    ListEntryReturned,
    ListEntryVetted,
    ListSubmitted,
    ListWithdrawn,
    PlaceTaken,
    Prepared,
    ReserveFormed,
    ReservePromoted,
    State,
    Submitted,
    UnitsRecused,
    Unprepared,
    evolve,
    rules_of,
)
from services.review.grounds import Ground
from services.review.meeting import DecideList, hold_meeting
from shared.contracts.campaign import CampaignConfiguration, Places
from shared.messages import SYSTEM, Command, Decider, Event

# commands


class PrepareApproval(Command, name="prepare_approval", may={SYSTEM}, rule="S37"):
    """The campaign was opened, or amended, with these rules."""

    campaign_id: UUID
    configuration: CampaignConfiguration


class SubmitList(Command, name="submit_list", may={SYSTEM}, rule="S37"):
    """The panel drew the shortlist: these nominations, in the order of their rank."""

    campaign_id: UUID
    digest: str
    nominations: tuple[UUID, ...]
    ranks: tuple[int, ...]


class BarCandidate(Command, name="bar_candidate", may={SYSTEM}, rule="S43"):
    """A nomination of this campaign was disqualified."""

    campaign_id: UUID
    nomination_id: UUID


class LeaveList(Command, name="leave_list", may={SYSTEM}, rule="S39"):
    """A nomination of this campaign left the selection, without fraud."""

    campaign_id: UUID
    nomination_id: UUID
    ground: Ground


class ReturnToList(Command, name="return_to_list", may={SYSTEM}, rule="P7"):
    """The nomination is merged into no other any longer."""

    campaign_id: UUID
    nomination_id: UUID


class WithdrawList(Command, name="withdraw_list", may={SYSTEM}, rule="P10"):
    """The panel has to draw the shortlist again."""

    campaign_id: UUID


class NoteVetted(Command, name="note_vetted", may={SYSTEM}, rule="P8"):
    """Every department has answered about this nomination, and nothing stands against it."""

    campaign_id: UUID
    nomination_id: UUID


class NoteConferred(Command, name="note_conferred", may={SYSTEM}, rule="P15"):
    """The title was conferred on this nomination."""

    campaign_id: UUID
    nomination_id: UUID


ApprovalCommand = (
    PrepareApproval
    | SubmitList
    | BarCandidate
    | LeaveList
    | ReturnToList
    | WithdrawList
    | NoteVetted
    | NoteConferred
    | DecideList
)


# decide


def decide(command: ApprovalCommand, state: State) -> list[Event]:
    """Judge a command; what a policy gives is never refused for coming early, late or twice."""
    match command:
        case PrepareApproval():
            return _prepare(command, state)
        case SubmitList():
            return _submit(command, state)
        case BarCandidate():
            return _bar(command, state)
        case LeaveList() | ReturnToList():
            return _move(command, state)
        case WithdrawList():
            return _withdraw(command, state)
        case NoteVetted():
            return _note_vetted(command, state)
        case NoteConferred():
            return _note_conferred(command, state)
        case DecideList():
            return hold_meeting(command, state)
        case _:
            assert_never(command)


def _prepare(command: PrepareApproval, state: State) -> list[Event]:
    """What was decided stays decided (A8); until then the rules of the day hold."""
    configuration = command.configuration
    prepared = ApprovalPrepared(
        campaign_id=command.campaign_id,
        chair=configuration.bodies.leading_group_chair,
        units=configuration.bodies.leading_group_members,
        voting=configuration.voting,
        quota=configuration.quota,
        places=configuration.places,
        vetting_required=bool(configuration.vetting.authorities),
    )
    match state:
        case Decided():
            return []
        case Prepared(rules=known) | Submitted(rules=known) if known == rules_of(prepared):
            return []
        case _:
            return [prepared]


def _submit(command: SubmitList, state: State) -> list[Event]:
    match state:
        case Decided():
            return []
        case (
            Unprepared(submitted=FrozenList(digest=digest))
            | Submitted(submitted=FrozenList(digest=digest))
        ) if digest == command.digest:
            return []
        case Unprepared() | Prepared() | Submitted():
            return [
                ListSubmitted(
                    campaign_id=command.campaign_id,
                    digest=command.digest,
                    nominations=command.nominations,
                    ranks=command.ranks,
                )
            ]
        case _:
            assert_never(state)


def _bar(command: BarCandidate, state: State) -> list[Event]:
    if command.nomination_id in state.roll.barred:
        return []
    barred = ListEntryBarred(campaign_id=command.campaign_id, nomination_id=command.nomination_id)
    return [barred, *_promoted(command.campaign_id, state, evolve(state, barred))]


def _move(command: LeaveList | ReturnToList, state: State) -> list[Event]:
    """S39: who left is not approved; only a merger is ever taken back (P7)."""
    campaign, nomination, left = command.campaign_id, command.nomination_id, state.roll.left
    match command:
        case LeaveList(ground=ground):
            if (nomination, ground) in left:
                return []
            gone = ListEntryLeft(campaign_id=campaign, nomination_id=nomination, ground=ground)
            return [gone, *_promoted(campaign, state, evolve(state, gone))]
        case ReturnToList():
            if (nomination, "merged") not in left:
                return []
            back = ListEntryReturned(campaign_id=campaign, nomination_id=nomination)
            return [back, *_promoted(campaign, state, evolve(state, back))]
        case _:
            assert_never(command)


def _promoted(campaign: UUID, before: State, after: State) -> list[Event]:
    """P16: the first of the reserve who are still in take the places that are free, also those
    that fell free while nobody of the reserve was in."""
    if not isinstance(before, Decided) or not isinstance(after, Decided):
        return []
    free = sorted(after.approved - after.standing)
    if not after.rules.places.promote_reserve:
        return []
    waiting = [nomination for nomination in after.reserve if nomination not in after.roll.out]
    return [
        ReservePromoted(campaign_id=campaign, nomination_id=nomination, in_place_of=gone)
        for nomination, gone in zip(waiting, free, strict=False)
    ]


def _withdraw(command: WithdrawList, state: State) -> list[Event]:
    """P10: what is not decided yet waits for the new list."""
    match state:
        case Submitted(submitted=submitted) | Unprepared(submitted=FrozenList() as submitted):
            return [ListWithdrawn(campaign_id=command.campaign_id, digest=submitted.digest)]
        case Unprepared() | Prepared() | Decided():
            return []
        case _:
            assert_never(state)


def _note_vetted(command: NoteVetted, state: State) -> list[Event]:
    if command.nomination_id in state.roll.vetted:
        return []
    return [ListEntryVetted(campaign_id=command.campaign_id, nomination_id=command.nomination_id)]


def _note_conferred(command: NoteConferred, state: State) -> list[Event]:
    """P15, P16: what is found after the conferral leads to a revocation, and frees no place."""
    if command.nomination_id in state.roll.conferred:
        return []
    return [PlaceTaken(campaign_id=command.campaign_id, nomination_id=command.nomination_id)]


def with_places(data: dict[str, Any]) -> dict[str, Any]:
    """Before places and vetting were configured, nobody waited on a reserve or was vetted."""
    return {**data, "places": Places().model_dump(mode="json"), "vetting_required": False}


def with_ranks(data: dict[str, Any]) -> dict[str, Any]:
    """Before ranks were told, the order of the list was all there was."""
    return {**data, "ranks": list(range(1, len(data["nominations"]) + 1))}


APPROVAL: Decider[State] = Decider(
    name="approval",
    initial=Unprepared(),
    decide=decide,
    evolve=evolve,
    commands=(
        PrepareApproval,
        SubmitList,
        BarCandidate,
        LeaveList,
        ReturnToList,
        WithdrawList,
        NoteVetted,
        NoteConferred,
        DecideList,
    ),
    events=(
        ApprovalPrepared,
        ListSubmitted,
        ListEntryBarred,
        ListEntryLeft,
        ListEntryReturned,
        ListWithdrawn,
        ListEntryVetted,
        PlaceTaken,
        UnitsRecused,
        ListDecided,
        ReserveFormed,
        ReservePromoted,
    ),
    of="campaign",
    upcasters={"approval_prepared.v1": with_places, "list_submitted.v1": with_ranks},
)
