"""Seats on the panel 评审小组: who is appointed, what each signs, who stands in (S36, P10)."""

from typing import assert_never
from uuid import UUID

from pydantic import Field

from services.review.interests import Interest, Interests, Uscc
from services.review.judges import PanelMember
from services.review.shortlisting import (
    Appointed,
    Bench,
    CandidateAssigned,
    Closed,
    Drawn,
    InterestsDeclared,
    PanelAppointed,
    Prepared,
    RecusalsNoted,
    Roll,
    Rules,
    State,
    SubstituteAppointed,
    Unprepared,
)
from shared.messages import SYSTEM, Command, Event, Refused

# refusals


class PanelNotReady(Refused):
    """The stages of the panel follow each other."""

    code = "panel_not_ready"
    rule = "S39"


class PanelIncomplete(Refused):
    """A panel needs leaders and experts, each named once, and one of them as its chair."""

    code = "panel_incomplete"
    rule = "S36"


class NotOnThePanel(Refused):
    """Interests are declared, and ties broken, by those who judge."""

    code = "not_on_the_panel"
    rule = "P10"


# commands


class AppointPanel(Command, name="appoint_panel", may={"office"}, rule="S36"):
    """Invite leaders and experts, before the first score."""

    members: tuple[PanelMember, ...]
    chair: str


class NoteRecusals(Command, name="note_recusals", may={SYSTEM}, rule="P10"):
    """These members do not judge this candidate."""

    campaign_id: UUID
    nomination_id: UUID
    members: tuple[str, ...]


class DeclareInterests(Command, name="declare_interests", may={"expert"}, rule="P10"):
    """A member signs for the campaign: own units, ties, and nominations with a ground."""

    units: frozenset[Uscc] = frozenset()
    ties: frozenset[UUID] = frozenset()
    nominations: dict[UUID, Interest] = Field(default_factory=dict)


class AppointSubstitute(Command, name="appoint_substitute", may={"office"}, rule="P10"):
    """One more judge for candidates whom too few are left to judge."""

    member: PanelMember
    nominations: tuple[UUID, ...] = Field(min_length=1)


# decide


def seat(command: NoteRecusals | DeclareInterests | AppointSubstitute, state: State) -> list[Event]:
    """Who keeps out of which votes, and who stands in."""
    match command:
        case NoteRecusals():
            return _note_recusals(command, state)
        case DeclareInterests():
            return _declare(command, *seated(state))
        case AppointSubstitute():
            return _substitute(command, *seated(state))
        case _:
            assert_never(command)


def appoint(command: AppointPanel, state: State) -> list[Event]:
    """S36: at least one leader and one expert; no score is possible before this."""
    match state:
        case Unprepared():
            raise PanelNotReady("活动尚未开启，须在活动开启之后组建评审小组")
        case Appointed() | Drawn() | Closed():
            raise PanelNotReady("评审小组已经组建，不能再次组建")
        case Prepared():
            _check_bench(command)
        case _:
            assert_never(state)
    rules = state.rules
    return [
        PanelAppointed(campaign_id=rules.campaign_id, members=command.members, chair=command.chair),
        *(
            assignment(rules, Bench(command.members, command.chair), nomination)
            for nomination in state.roll.standing
        ),
    ]


def _check_bench(command: AppointPanel) -> None:
    ids = {member.id for member in command.members}
    if len(ids) < len(command.members):
        raise PanelIncomplete("同一评委只能列入一次", field="members")
    if {member.kind for member in command.members} != {"leader", "expert"}:
        raise PanelIncomplete("评审小组须由相关领导和专家组成，至少各一人", field="members")
    if command.chair not in ids:
        raise PanelIncomplete("评审小组组长须是小组成员", field="chair")


def assignment(rules: Rules, bench: Bench, nomination: UUID) -> CandidateAssigned:
    """The panel is to score this candidate by these rules."""
    return CandidateAssigned(
        campaign_id=rules.campaign_id,
        nomination_id=nomination,
        members=bench.members,
        scoring=rules.scoring,
        judging=rules.judging,
        interests=tuple(bench.interests[member] for member in sorted(bench.interests)),
    )


def _note_recusals(command: NoteRecusals, state: State) -> list[Event]:
    """Only where the panel may have to vote on who is equal."""
    if not isinstance(state, Appointed | Drawn) or state.rules.judging.ties != "vote":
        return []
    noted = {
        member for nomination, member in state.bench.recused if nomination == command.nomination_id
    }
    members = tuple(sorted(set(command.members) - noted))
    if not members:
        return []
    return [
        RecusalsNoted(
            campaign_id=command.campaign_id, nomination_id=command.nomination_id, members=members
        )
    ]


def seated(state: State) -> tuple[Rules, Bench, Roll]:
    """What the panel judges by, while it judges."""
    match state:
        case Unprepared() | Prepared():
            raise PanelNotReady("评审小组尚未组建，须先组建小组")
        case Closed():
            raise PanelNotReady("领导小组已经审定名单，综合评审已经结束")
        case Appointed() | Drawn():
            return state.rules, state.bench, state.roll
        case _:
            assert_never(state)


def _declare(command: DeclareInterests, rules: Rules, bench: Bench, roll: Roll) -> list[Event]:
    """P10: signed for the campaign; what is signed once is not taken back, only added to. Looked at
    for those, too, who are merged into another nomination and may return (P7)."""
    member = command.by.id
    if member not in bench.ids:
        raise NotOnThePanel("只有本次评审小组的成员可以签署回避声明")
    known = bench.interests.get(member, Interests(member=member))
    interests = Interests(
        member=member,
        units=known.units | command.units,
        ties=known.ties | command.ties,
        nominations={**command.nominations, **known.nominations},
    )
    if member in bench.interests and interests == known:
        return []
    return [
        InterestsDeclared(
            campaign_id=rules.campaign_id,
            interests=interests,
            candidates=tuple(sorted(roll.candidates)),
        )
    ]


def _substitute(command: AppointSubstitute, rules: Rules, bench: Bench, roll: Roll) -> list[Event]:
    """P10: that too few judges are left, each evaluation checks for itself."""
    if strangers := set(command.nominations) - set(roll.standing):
        raise PanelIncomplete(
            f"增补评委只能针对在评的候选人，有{len(strangers)}人不在其中", field="nominations"
        )
    member = command.member
    if member.id in {one.id for one in bench.members}:
        raise PanelIncomplete("该评委已是评审小组成员，请另行增补", field="member")
    signed = bench.interests.get(member.id)
    return [
        SubstituteAppointed(
            campaign_id=rules.campaign_id,
            member=member,
            nominations=command.nominations,
            interests=() if signed is None else (signed,),
        )
    ]
