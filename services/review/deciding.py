"""What can happen to the list before the leading group, and what is true of it (S37, P16)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID

from services.review.grounds import Ground
from shared.contracts.campaign import Places, Voting
from shared.contracts.review import Outcome
from shared.messages import Event

# events


class ApprovalPrepared(
    Event, name="approval_prepared", label="确定审定办法", rule="S37", version=2
):
    """The rules by which this campaign's list is decided; perhaps after everybody's vetting."""

    campaign_id: UUID
    chair: str
    units: tuple[str, ...]
    voting: Voting
    quota: int
    places: Places = Places()
    vetting_required: bool = False


class ListSubmitted(Event, name="list_submitted", label="名单提请审定", rule="S37", version=2):
    """The frozen list lies before the leading group; it replaces an undecided one.

    Who is equal in everything has the same rank.
    """

    campaign_id: UUID
    digest: str
    nominations: tuple[UUID, ...]
    ranks: tuple[int, ...]


class ListEntryBarred(Event, name="list_entry_barred", label="不再提请审定", rule="S43"):
    """This nomination cannot be approved."""

    campaign_id: UUID
    nomination_id: UUID


class ListDecided(Event, name="list_decided", label="领导小组审定名单", rule="S37"):
    """The leading group decided every candidate of the list."""

    campaign_id: UUID
    digest: str
    chair: str
    present: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


class ListEntryLeft(Event, name="list_entry_left", label="退出审定", rule="S39"):
    """This nomination left the selection and cannot be approved."""

    campaign_id: UUID
    nomination_id: UUID
    ground: Ground


class ListEntryReturned(Event, name="list_entry_returned", label="恢复审定", rule="P7"):
    """This nomination is merged into no other any longer."""

    campaign_id: UUID
    nomination_id: UUID


class ListWithdrawn(Event, name="list_withdrawn", label="名单撤回重排", rule="P10"):
    """There is no list to decide until the panel has drawn it again."""

    campaign_id: UUID
    digest: str


class ListEntryVetted(Event, name="list_entry_vetted", label="登记联审通过", rule="P8"):
    """The vetting of this nomination was passed."""

    campaign_id: UUID
    nomination_id: UUID


class PlaceTaken(Event, name="place_taken", label="登记已授予", rule="P15"):
    """The title was conferred: the place falls free no more, whatever comes of the title."""

    campaign_id: UUID
    nomination_id: UUID


class UnitsRecused(Event, name="units_recused", label="成员单位回避表决", rule="P10"):
    """These member units kept out of the vote on this nomination."""

    campaign_id: UUID
    nomination_id: UUID
    units: tuple[str, ...]


class ReserveFormed(Event, name="reserve_formed", label="确定递补名单", rule="P16"):
    """Who carried the vote beyond the quota, in the order in which they move up."""

    campaign_id: UUID
    digest: str
    nominations: tuple[UUID, ...]


class ReservePromoted(Event, name="reserve_promoted", label="递补人选", rule="P16"):
    """The first of the reserve takes the place of a nomination that is out."""

    campaign_id: UUID
    nomination_id: UUID
    in_place_of: UUID


ApprovalEvent = (
    ApprovalPrepared
    | ListSubmitted
    | ListEntryBarred
    | ListEntryLeft
    | ListEntryReturned
    | ListWithdrawn
    | ListEntryVetted
    | PlaceTaken
    | UnitsRecused
    | ListDecided
    | ReserveFormed
    | ReservePromoted
)


# state


@dataclass(frozen=True, slots=True)
class Rules:
    """What the campaign fixed for the leading group."""

    campaign_id: UUID
    chair: str
    units: frozenset[str]
    voting: Voting
    quota: int
    places: Places
    vetting_required: bool


@dataclass(frozen=True, slots=True)
class FrozenList:
    """The list as the panel froze it."""

    digest: str
    nominations: tuple[UUID, ...]
    ranks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Roll:
    """What is known of nominations, in whatever order it came."""

    barred: frozenset[UUID] = frozenset()
    left: frozenset[tuple[UUID, Ground]] = frozenset()
    vetted: frozenset[UUID] = frozenset()
    conferred: frozenset[UUID] = frozenset()

    @property
    def out(self) -> frozenset[UUID]:
        """Who is disqualified or left."""
        return self.barred | {nomination for nomination, _ in self.left}


@dataclass(frozen=True, slots=True)
class Unprepared:
    """The campaign is not known yet; a list may be."""

    submitted: FrozenList | None = None
    roll: Roll = Roll()


@dataclass(frozen=True, slots=True)
class Prepared:
    """There is no list yet."""

    rules: Rules
    roll: Roll


@dataclass(frozen=True, slots=True)
class Submitted:
    """The list waits for the meeting."""

    rules: Rules
    submitted: FrozenList
    roll: Roll


@dataclass(frozen=True, slots=True)
class Decided:
    """The list was decided: who is approved, and who moves up in which order."""

    rules: Rules
    approved: frozenset[UUID]
    reserve: tuple[UUID, ...]
    roll: Roll

    @property
    def standing(self) -> frozenset[UUID]:
        """The approved whose places are not free: who is in, and who was conferred the title."""
        return self.approved - (self.roll.out - self.roll.conferred)


State = Unprepared | Prepared | Submitted | Decided


# evolve


def rules_of(prepared: ApprovalPrepared) -> Rules:
    """What the leading group is held to from now on."""
    return Rules(
        prepared.campaign_id,
        prepared.chair,
        frozenset(prepared.units),
        prepared.voting,
        prepared.quota,
        prepared.places,
        prepared.vetting_required,
    )


def evolve(state: State, event: ApprovalEvent) -> State:
    """The approval after the event."""
    match event:
        case ApprovalPrepared():
            return _prepared(state, rules_of(event))
        case ListSubmitted():
            return _freeze(state, FrozenList(event.digest, event.nominations, event.ranks))
        case (
            ListEntryBarred()
            | ListEntryLeft()
            | ListEntryReturned()
            | ListEntryVetted()
            | PlaceTaken()
        ):
            return replace(state, roll=_called(state.roll, event))
        case ListWithdrawn():
            return _thaw(state)
        case UnitsRecused():
            return state
        case ListDecided() | ReserveFormed() | ReservePromoted():
            return _place(state, event)
        case _:
            assert_never(event)


def _called(
    roll: Roll,
    event: ListEntryBarred | ListEntryLeft | ListEntryReturned | ListEntryVetted | PlaceTaken,
) -> Roll:
    nomination = event.nomination_id
    match event:
        case ListEntryBarred():
            return replace(roll, barred=roll.barred | {nomination})
        case ListEntryLeft():
            return replace(roll, left=roll.left | {(nomination, event.ground)})
        case ListEntryReturned():
            return replace(roll, left=roll.left - {(nomination, "merged")})
        case ListEntryVetted():
            return replace(roll, vetted=roll.vetted | {nomination})
        case PlaceTaken():
            return replace(roll, conferred=roll.conferred | {nomination})
        case _:
            assert_never(event)


def _prepared(state: State, rules: Rules) -> State:
    match state:
        case Unprepared(submitted=FrozenList() as submitted) | Submitted(submitted=submitted):
            return Submitted(rules, submitted, state.roll)
        case Unprepared() | Prepared():
            return Prepared(rules, state.roll)
        case Decided():
            return state
        case _:
            assert_never(state)


def _freeze(state: State, submitted: FrozenList) -> State:
    match state:
        case Unprepared():
            return replace(state, submitted=submitted)
        case Prepared(rules=rules, roll=roll) | Submitted(rules=rules, roll=roll):
            return Submitted(rules, submitted, roll)
        case Decided():
            return state
        case _:
            assert_never(state)


def _thaw(state: State) -> State:
    match state:
        case Unprepared():
            return replace(state, submitted=None)
        case Submitted(rules=rules, roll=roll):
            return Prepared(rules, roll)
        case Prepared() | Decided():
            return state
        case _:
            assert_never(state)


def _place(state: State, event: ListDecided | ReserveFormed | ReservePromoted) -> State:
    match event, state:
        case ListDecided(), Prepared(rules=rules) | Submitted(rules=rules):
            return Decided(rules, _approved(event.outcomes), (), state.roll)
        case ReserveFormed(), Decided():
            return replace(state, reserve=event.nominations)
        case ReservePromoted(), Decided(approved=approved, reserve=reserve):
            return replace(
                state,
                approved=approved - {event.in_place_of} | {event.nomination_id},
                reserve=tuple(one for one in reserve if one != event.nomination_id),
            )
        case _:
            return state


def _approved(outcomes: Iterable[Outcome]) -> frozenset[UUID]:
    return frozenset(outcome.nomination_id for outcome in outcomes if outcome.approved)
