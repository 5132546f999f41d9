"""Approval 领导小组审定 of one campaign's shortlist (S23, S37, P12, P13).

The list is frozen by the digest of the panel's ranking: a vote names the digest it voted on. The
leading group decides the whole list at once; a disqualified candidate on it cannot be approved.
"""

from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID

from pydantic import Field

from shared.contracts.campaign import CampaignConfiguration, Voting
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


class DecideList(Command, name="decide_list", may={"leading_group"}, rule="S37"):
    """The leading group's meeting: who presided, which units were present, how they voted."""

    digest: str
    chair: str
    present: tuple[str, ...]
    votes: dict[UUID, Votes]


ApprovalCommand = PrepareApproval | SubmitList | BarCandidate | DecideList


# events


class ApprovalPrepared(Event, name="approval_prepared", label="确定审定办法", rule="S37"):
    """The rules by which this campaign's list is decided."""

    campaign_id: UUID
    chair: str
    units: tuple[str, ...]
    voting: Voting
    quota: int


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


ApprovalEvent = ApprovalPrepared | ListSubmitted | ListEntryBarred | ListDecided


# state


@dataclass(frozen=True, slots=True)
class Rules:
    """What the campaign fixed for the leading group."""

    campaign_id: UUID
    chair: str
    units: frozenset[str]
    voting: Voting
    quota: int


@dataclass(frozen=True, slots=True)
class FrozenList:
    """The list as the panel froze it."""

    digest: str
    nominations: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Unprepared:
    """The campaign is not known yet; a list may be."""

    submitted: FrozenList | None = None
    barred: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Prepared:
    """There is no list yet."""

    rules: Rules
    barred: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Submitted:
    """The list waits for the meeting."""

    rules: Rules
    submitted: FrozenList
    barred: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Decided:
    """The list was decided."""

    barred: frozenset[UUID]


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
    if command.nomination_id in state.barred:
        return []
    return [ListEntryBarred(campaign_id=command.campaign_id, nomination_id=command.nomination_id)]


def ensure_candidate(nomination_id: UUID, state: State) -> None:
    """S37: a nominee's dossier is for the leading group while it decides on the nominee.

    Raises:
        Refused: the nominee is not on the list, or there is nothing to decide.
    """
    submitted = _submitted(state)
    if nomination_id not in submitted.submitted.nominations:
        raise NotOnTheList("只能查阅入围名单上人选的申报内容", field="nomination")
    if nomination_id in submitted.barred:
        raise NotOnTheList("该人选已被取消资格，不再审定", field="nomination")


def _submitted(state: State) -> Submitted:
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
    _check_votes(command, state)
    outcomes = tuple(
        _outcome(nomination, command, state) for nomination in state.submitted.nominations
    )
    approved = sum(outcome.approved for outcome in outcomes)
    if approved > state.rules.quota:
        raise QuotaExceeded(
            f"审定通过不得超过名额{state.rules.quota}人，现为{approved}人", field="votes"
        )
    return [
        ListDecided(
            campaign_id=state.rules.campaign_id,
            digest=command.digest,
            chair=command.chair,
            present=command.present,
            outcomes=outcomes,
        )
    ]


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


def _check_votes(command: DecideList, state: Submitted) -> None:
    """S37: one result for each candidate of the list; only a barred one needs no vote."""
    listed = frozenset(state.submitted.nominations)
    if command.votes.keys() - listed:
        raise VotesNotInOrder("只能对名单上的人选表决", field="votes")
    if listed - state.barred - command.votes.keys():
        raise VotesNotInOrder("须对名单上的每一位人选表决", field="votes")
    present = len(command.present)
    for nomination, votes in command.votes.items():
        if votes.yes + votes.no + votes.abstain != present:
            raise VotesNotInOrder(
                f"同意、反对、弃权票数之和须等于到会单位数{present}", field=f"votes.{nomination}"
            )


def _outcome(nomination: UUID, command: DecideList, state: Submitted) -> Outcome:
    """P12: an abstention is not in favour. S43: a disqualified candidate is never approved."""
    votes = command.votes.get(nomination, Votes(yes=0, no=0, abstain=0))
    carried = state.rules.voting.majority.reached(votes.yes, len(command.present))
    return Outcome(
        nomination_id=nomination,
        approved=carried and nomination not in state.barred,
        yes=votes.yes,
        no=votes.no,
        abstained=votes.abstain,
    )


# evolve


def evolve(state: State, event: ApprovalEvent) -> State:
    """The approval after the event."""
    match event:
        case ApprovalPrepared():
            match state:
                case (
                    Unprepared(submitted=FrozenList() as submitted) | Submitted(submitted=submitted)
                ):
                    return Submitted(_rules(event), submitted, state.barred)
                case Decided():
                    return state
                case _:
                    return Prepared(_rules(event), state.barred)
        case ListSubmitted():
            return _freeze(state, FrozenList(event.digest, event.nominations))
        case ListEntryBarred():
            return replace(state, barred=state.barred | {event.nomination_id})
        case ListDecided():
            return Decided(state.barred)
        case _:
            assert_never(event)


def _freeze(state: State, submitted: FrozenList) -> State:
    match state:
        case Unprepared():
            return replace(state, submitted=submitted)
        case Prepared(rules=rules, barred=barred) | Submitted(rules=rules, barred=barred):
            return Submitted(rules, submitted, barred)
        case Decided():
            return state
        case _:
            assert_never(state)


APPROVAL: Decider[State] = Decider(
    name="approval",
    initial=Unprepared(),
    decide=decide,
    evolve=evolve,
    commands=(PrepareApproval, SubmitList, BarCandidate, DecideList),
    events=(ApprovalPrepared, ListSubmitted, ListEntryBarred, ListDecided),
    of="campaign",
)
