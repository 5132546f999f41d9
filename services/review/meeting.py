"""The meeting of the leading group 领导小组 that decides the list (S23, S37, P8, P10, P12, P13)."""

from typing import assert_never
from uuid import UUID

from pydantic import Field

from services.review.deciding import (
    Decided,
    ListDecided,
    Prepared,
    ReserveFormed,
    Rules,
    State,
    Submitted,
    UnitsRecused,
    Unprepared,
)
from shared.contracts.review import Outcome
from shared.messages import Command, Event, Message, Refused

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


class TieOnTheLine(Refused):
    """The quota ends between two who are equal in rank and in votes."""

    code = "tie_on_the_line"
    rule = "P11"


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


class DecideList(Command, name="decide_list", may={"leading_group"}, rule="S37"):
    """The leading group's meeting: who presided, which units were present, how they voted; and by
    nomination the member units that kept out of the vote (P10)."""

    digest: str
    chair: str
    present: tuple[str, ...]
    votes: dict[UUID, Votes]
    recused_units: dict[UUID, tuple[str, ...]] = Field(default_factory=dict)


# decide


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


def hold_meeting(command: DecideList, undecided: State) -> list[Event]:
    """S37: the whole list at once; what carries beyond the quota waits on the reserve (P16)."""
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
    _check_quota(carried, state.rules)
    reserve = tuple(_ordered(carried, command, state)[state.rules.quota :])
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


def _check_quota(carried: list[UUID], rules: Rules) -> None:
    """P13, P16: no more than there are places, and places on the reserve."""
    most = rules.quota + rules.places.reserve
    if len(carried) > most:
        told = f"名额{rules.quota}人"
        if rules.places.reserve:
            told += f"和递补名额{rules.places.reserve}人"
        raise QuotaExceeded(f"审定通过不得超过{told}，现为{len(carried)}人", field="votes")


def _ordered(carried: list[UUID], command: DecideList, state: Submitted) -> list[UUID]:
    """P11: by rank, then by votes in favour; who is equal in both is not divided by the quota."""
    ranks = dict(zip(state.submitted.nominations, state.submitted.ranks, strict=True))

    def place(nomination: UUID) -> tuple[int, int]:
        return ranks[nomination], -command.votes[nomination].yes

    ordered = sorted(carried, key=place)
    match ordered[state.rules.quota - 1 : state.rules.quota + 1]:
        case [within, beyond] if place(within) == place(beyond):
            raise TieOnTheLine(
                "名额线上的人选名次和同意票数都相同，须再行表决分出先后", field="votes"
            )
        case _:
            return ordered


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
