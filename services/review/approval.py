"""Approval 领导小组审定 of one campaign's shortlist (S23, S37, P8, P10, P12, P13, P16).

The list is frozen by the digest of the panel's ranking: a vote names the digest it voted on. The
leading group decides the whole list at once, when everybody on it is vetted; who is disqualified or
left cannot be approved. Who carries the vote beyond the quota waits on the reserve list, and moves
up when an approved nomination falls out.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, assert_never
from uuid import UUID

from pydantic import Field

from services.review.grounds import Ground
from shared.contracts.campaign import CampaignConfiguration, Places, Voting
from shared.contracts.review import Outcome
from shared.messages import SYSTEM, Command, Decider, Event, Message, Refused

# refusals


class ApprovalNotReady(Refused):
    """There is a list to decide only between the shortlist and the decision."""

    code = "approval_not_ready"
    rule = "S39"


class ListNotFrozen(Refused):
    """The leading group decides the list that the panel froze, and no other."""

    code = "list_not_frozen"
    rule = "S37"


class NotOnTheList(Refused):
    """The leading group looks at those on whom it decides, and at nobody else."""

    code = "not_on_the_list"
    rule = "S37"


class MeetingNotInOrder(Refused):
    """The head presides, and member units attend."""

    code = "meeting_not_in_order"
    rule = "S23"


class QuorumMissed(Refused):
    """Too few member units are present."""

    code = "quorum_missed"
    rule = "P12"


class VotesNotInOrder(Refused):
    """Everybody present votes once on each candidate: for, against or abstaining."""

    code = "votes_not_in_order"
    rule = "P12"


class QuotaExceeded(Refused):
    """No more are approved than the quota that was set before the evaluation."""

    code = "quota_exceeded"
    rule = "P13"


class VettingIncomplete(Refused):
    """Departments are asked before the decision, and no reply is no consent."""

    code = "vetting_incomplete"
    rule = "P8"


class UnitsNotRecused(Refused):
    """A member unit keeps out of the vote on its own nominee, and on nobody else."""

    code = "units_not_recused"
    rule = "P10"


# values


class Votes(Message):
    """The votes on one candidate."""

    yes: int = Field(ge=0)
    no: int = Field(ge=0)
    abstain: int = Field(ge=0)


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


class DecideList(Command, name="decide_list", may={"leading_group"}, rule="S37"):
    """The leading group's meeting: who presided, which units were present, how they voted; and by
    nomination the member units that kept out of the vote (P10)."""

    digest: str
    chair: str
    present: tuple[str, ...]
    votes: dict[UUID, Votes]
    recused_units: dict[UUID, tuple[str, ...]] = Field(default_factory=dict)


ApprovalCommand = (
    PrepareApproval
    | SubmitList
    | BarCandidate
    | LeaveList
    | ReturnToList
    | WithdrawList
    | NoteVetted
    | DecideList
)


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


class ListSubmitted(Event, name="list_submitted", label="名单提请审定", rule="S37"):
    """The frozen list lies before the leading group; it replaces an undecided one."""

    campaign_id: UUID
    digest: str
    nominations: tuple[UUID, ...]


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


@dataclass(frozen=True, slots=True)
class Roll:
    """What is known of nominations, in whatever order it came."""

    barred: frozenset[UUID] = frozenset()
    left: frozenset[tuple[UUID, Ground]] = frozenset()
    vetted: frozenset[UUID] = frozenset()

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
        """The approved that are still in."""
        return self.approved - self.roll.out


State = Unprepared | Prepared | Submitted | Decided


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
        case DecideList():
            return _decide(command, state)
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
        case Prepared(rules=known) | Submitted(rules=known) if known == _rules(prepared):
            return []
        case _:
            return [prepared]


def _rules(prepared: ApprovalPrepared) -> Rules:
    return Rules(
        prepared.campaign_id,
        prepared.chair,
        frozenset(prepared.units),
        prepared.voting,
        prepared.quota,
        prepared.places,
        prepared.vetting_required,
    )


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


def ensure_candidate(nomination_id: UUID, state: State) -> None:
    """S37: a nominee's dossier is for the leading group while it decides on the nominee.

    Raises:
        Refused: the nominee is not on the list, or there is nothing to decide.
    """
    submitted = _submitted(state)
    if nomination_id not in submitted.submitted.nominations:
        raise NotOnTheList("只能查阅入围名单上人选的申报内容", field="nomination")
    if nomination_id in submitted.roll.barred:
        raise NotOnTheList("该人选已被取消资格，不再审定", field="nomination")
    if nomination_id in submitted.roll.out:
        raise NotOnTheList("该人选已退出评选，不再审定", field="nomination")


def _submitted(state: State) -> Submitted:
    """S39, S70: the leading group's opinion on the form is given on an evaluated list, once."""
    match state:
        case Unprepared() | Prepared():
            raise ApprovalNotReady("入围名单尚未产生，须待评审小组报送名单之后审定")
        case Decided():
            raise ApprovalNotReady("名单已经审定，不能再次审定")
        case Submitted():
            return state
        case _:
            assert_never(state)


def _decide(command: DecideList, undecided: State) -> list[Event]:
    state = _submitted(undecided)
    if command.digest != state.submitted.digest:
        raise ListNotFrozen(
            "审定的须是评审小组报送并固定的名单，请按最新名单重新审定", field="digest"
        )
    _check_meeting(command, state.rules)
    _check_recusals(command, state)
    _check_vetting(state)
    _check_votes(command, state)
    carried = [
        nomination
        for nomination in state.submitted.nominations
        if _carried(nomination, command, state)
    ]
    reserve = _reserve(carried, state.rules)
    decided = ListDecided(
        campaign_id=state.rules.campaign_id,
        digest=command.digest,
        chair=command.chair,
        present=command.present,
        outcomes=tuple(
            _outcome(
                nomination, command, approved=nomination in carried and nomination not in reserve
            )
            for nomination in state.submitted.nominations
        ),
    )
    recusals = [
        UnitsRecused(campaign_id=state.rules.campaign_id, nomination_id=nomination, units=units)
        for nomination, units in sorted(command.recused_units.items())
        if units
    ]
    formed = ReserveFormed(
        campaign_id=state.rules.campaign_id, digest=command.digest, nominations=reserve
    )
    return [*recusals, decided, *([formed] if reserve else [])]


def _reserve(carried: list[UUID], rules: Rules) -> tuple[UUID, ...]:
    """P13, P16: the quota is filled in the order of the list, then the reserve, and that is all."""
    most = rules.quota + rules.places.reserve
    if len(carried) > most:
        told = f"名额{rules.quota}人"
        if rules.places.reserve:
            told += f"和递补名额{rules.places.reserve}人"
        raise QuotaExceeded(f"审定通过不得超过{told}，现为{len(carried)}人", field="votes")
    return tuple(carried[rules.quota :])


def _check_meeting(command: DecideList, rules: Rules) -> None:
    """S23, P12: the head presides over enough of the member units, each counted once."""
    if command.chair != rules.chair:
        raise MeetingNotInOrder(f"审定会议须由组长（{rules.chair}）主持", field="chair")
    present = frozenset(command.present)
    if len(present) < len(command.present):
        raise MeetingNotInOrder("同一成员单位只能计一次", field="present")
    if strangers := sorted(present - rules.units):
        raise MeetingNotInOrder(f"不是成员单位：{'、'.join(strangers)}", field="present")
    if not present or not rules.voting.quorum.reached(len(present), len(rules.units)):
        quorum = rules.voting.quorum
        raise QuorumMissed(
            f"到会成员单位须达到{len(rules.units)}家的{quorum.of}分之{quorum.part}，"
            f"现为{len(present)}家",
            field="present",
        )


def _check_recusals(command: DecideList, state: Submitted) -> None:
    """P10: member units, for nominees of the list; enough of the others have to be left (P12)."""
    units, quorum = state.rules.units, state.rules.voting.quorum
    for nomination, recused in command.recused_units.items():
        where = f"recused_units.{nomination}"
        if nomination not in state.submitted.nominations:
            raise UnitsNotRecused("只能对名单上的人选申明回避", field=where)
        if len(set(recused)) < len(recused) or not units.issuperset(recused):
            raise UnitsNotRecused("回避的须是成员单位，同一单位只能计一次", field=where)
        voting = _voting(nomination, command)
        others = len(units) - len(recused)
        if not voting or not quorum.reached(voting, others):
            raise QuorumMissed(
                f"回避之后，到会成员单位须达到其余{others}家的{quorum.of}分之{quorum.part}，"
                f"现为{voting}家",
                field=where,
            )


def _voting(nomination: UUID, command: DecideList) -> int:
    """P10: how many vote on this nominee: the units present that do not keep out."""
    return len(set(command.present) - set(command.recused_units.get(nomination, ())))


def _check_vetting(state: Submitted) -> None:
    """P8: where departments are asked, the list is decided when all of them have answered."""
    standing = frozenset(state.submitted.nominations) - state.roll.out
    waiting = standing - state.roll.vetted
    if state.rules.vetting_required and waiting:
        raise VettingIncomplete(
            f"名单上还有{len(waiting)}人的联审没有完成，须待各部门回复并办结之后审定",
            field="digest",
        )


def _check_votes(command: DecideList, state: Submitted) -> None:
    """S37: one result for each candidate of the list; only who is out needs no vote."""
    listed = frozenset(state.submitted.nominations)
    if command.votes.keys() - listed:
        raise VotesNotInOrder("只能对名单上的人选表决", field="votes")
    if listed - state.roll.out - command.votes.keys():
        raise VotesNotInOrder("须对名单上的每一位人选表决", field="votes")
    for nomination, votes in command.votes.items():
        voting = _voting(nomination, command)
        if votes.yes + votes.no + votes.abstain != voting:
            raise VotesNotInOrder(
                f"同意、反对、弃权票数之和须等于到会单位数{voting}（不含回避的单位）",
                field=f"votes.{nomination}",
            )


def _carried(nomination: UUID, command: DecideList, state: Submitted) -> bool:
    """P12: an abstention is not in favour. S43, S39: nobody who is out is ever approved."""
    votes = command.votes.get(nomination)
    if votes is None or nomination in state.roll.out:
        return False
    return state.rules.voting.majority.reached(votes.yes, _voting(nomination, command))


def _outcome(nomination: UUID, command: DecideList, *, approved: bool) -> Outcome:
    votes = command.votes.get(nomination, Votes(yes=0, no=0, abstain=0))
    return Outcome(
        nomination_id=nomination,
        approved=approved,
        yes=votes.yes,
        no=votes.no,
        abstained=votes.abstain,
    )


# evolve


def evolve(state: State, event: ApprovalEvent) -> State:
    """The approval after the event."""
    roll = state.roll
    match event:
        case ApprovalPrepared():
            return _prepared(state, _rules(event))
        case ListSubmitted():
            return _freeze(state, FrozenList(event.digest, event.nominations))
        case ListEntryBarred():
            return replace(state, roll=replace(roll, barred=roll.barred | {event.nomination_id}))
        case ListEntryLeft():
            left = roll.left | {(event.nomination_id, event.ground)}
            return replace(state, roll=replace(roll, left=left))
        case ListEntryReturned():
            left = roll.left - {(event.nomination_id, "merged")}
            return replace(state, roll=replace(roll, left=left))
        case ListEntryVetted():
            return replace(state, roll=replace(roll, vetted=roll.vetted | {event.nomination_id}))
        case ListWithdrawn():
            return _thaw(state)
        case UnitsRecused():
            return state
        case ListDecided() | ReserveFormed() | ReservePromoted():
            return _place(state, event)
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


def with_places(data: dict[str, Any]) -> dict[str, Any]:
    """Before places and vetting were configured, nobody waited on a reserve or was vetted."""
    return {**data, "places": Places().model_dump(mode="json"), "vetting_required": False}


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
        UnitsRecused,
        ListDecided,
        ReserveFormed,
        ReservePromoted,
    ),
    of="campaign",
    upcasters={"approval_prepared.v1": with_places},
)
