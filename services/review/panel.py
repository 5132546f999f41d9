"""Panel 评审小组: who scores the candidates of a campaign, and the shortlist that results (S36).

One for each campaign. Candidates and results may arrive in any order, also before the panel is
prepared or appointed; the ranking depends on the results alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal, assert_never
from uuid import UUID

from pydantic import Field

from services.review.grounds import Ground
from services.review.interests import Interest, Interests, Uscc
from services.review.minutes import MinutesNotInOrder, MinutesRecorded, RecordMinutes
from services.review.minutes import record as minute
from services.review.ranking import Result, digest, rank, tied_on_the_line
from shared.contracts.campaign import CampaignConfiguration, Judging, Scoring
from shared.contracts.review import Ranked
from shared.messages import SYSTEM, Command, Decider, Event, Message, Refused

# refusals


class PanelNotReady(Refused):
    """The stages of the panel follow each other."""

    code = "panel_not_ready"
    rule = "S39"


class PanelIncomplete(Refused):
    """A panel needs leaders and experts, each named once, and one of them as its chair."""

    code = "panel_incomplete"
    rule = "S36"


class NotTheChair(Refused):
    """The shortlist is drawn by the chair of the panel."""

    code = "not_the_chair"
    rule = "S36"


class ResultsMissing(Refused):
    """A shortlist compares results: every candidate needs one."""

    code = "results_missing"
    rule = "S36"


class NotOnThePanel(Refused):
    """Interests are declared, and ties broken, by those who judge."""

    code = "not_on_the_panel"
    rule = "P10"


class TieNotInOrder(Refused):
    """Where the criteria leave candidates equal on the line, each member votes once (P11)."""

    code = "tie_not_in_order"
    rule = "P11"


# values

Kind = Literal["leader", "expert"]


class PanelMember(Message):
    """One judge: the id of an account, and the unit that recusal (P10) looks at."""

    id: str = Field(min_length=1)
    name: str = Field(min_length=1)
    organisation: str = Field(min_length=1)
    uscc: Uscc
    kind: Kind


# commands


class PreparePanel(Command, name="prepare_panel", may={SYSTEM}, rule="S36"):
    """The campaign was opened, or amended, with these rules."""

    campaign_id: UUID
    configuration: CampaignConfiguration


class AppointPanel(Command, name="appoint_panel", may={"office"}, rule="S36"):
    """Invite leaders and experts, before the first score."""

    members: tuple[PanelMember, ...]
    chair: str


class AddCandidate(Command, name="add_candidate", may={SYSTEM}, rule="S36"):
    """A nomination passed the pre-review."""

    campaign_id: UUID
    nomination_id: UUID


class RecordResult(Command, name="record_result", may={SYSTEM}, rule="P11"):
    """The evaluation of a candidate is complete, or its result was corrected."""

    campaign_id: UUID
    nomination_id: UUID
    total: Decimal
    means: dict[str, Decimal]


class BarCandidate(Command, name="bar_candidate", may={SYSTEM}, rule="S43"):
    """A nomination of this campaign was disqualified."""

    campaign_id: UUID
    nomination_id: UUID


class LeavePanel(Command, name="leave_panel", may={SYSTEM}, rule="S39"):
    """A nomination of this campaign left the selection, without fraud."""

    campaign_id: UUID
    nomination_id: UUID
    ground: Ground


class ReturnCandidate(Command, name="return_candidate", may={SYSTEM}, rule="P7"):
    """The choice between two nominations was taken back: this one is merged no longer."""

    campaign_id: UUID
    nomination_id: UUID


class RetractResult(Command, name="retract_result", may={SYSTEM}, rule="P10"):
    """The evaluation of a candidate is complete no longer."""

    campaign_id: UUID
    nomination_id: UUID


class QuestionResult(Command, name="question_result", may={SYSTEM}, rule="P10"):
    """A score behind a result was struck out."""

    campaign_id: UUID
    nomination_id: UUID


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


class CastTieVote(Command, name="cast_tie_vote", may={"expert"}, rule="P11"):
    """A member's one vote between those whom the criteria leave equal on the line."""

    nomination_id: UUID


class DrawShortlist(Command, name="draw_shortlist", may={"expert"}, rule="S36"):
    """Rank the results and freeze the list."""


class CloseSelection(Command, name="close_selection", may={SYSTEM}, rule="S39"):
    """The leading group has decided the list."""

    campaign_id: UUID


PanelCommand = (
    PreparePanel
    | AppointPanel
    | AddCandidate
    | RecordResult
    | BarCandidate
    | LeavePanel
    | ReturnCandidate
    | RetractResult
    | QuestionResult
    | NoteRecusals
    | DeclareInterests
    | AppointSubstitute
    | CastTieVote
    | DrawShortlist
    | RecordMinutes
    | CloseSelection
)


# events


class PanelPrepared(Event, name="panel_prepared", label="确定评分办法", rule="S36", version=2):
    """The rules by which this campaign is scored."""

    campaign_id: UUID
    document_number: str
    title: str
    scoring: Scoring
    shortlist_size: int
    judging: Judging = Judging()


class PanelAppointed(Event, name="panel_appointed", label="成立评审小组", rule="S36"):
    """The panel stands."""

    campaign_id: UUID
    members: tuple[PanelMember, ...]
    chair: str


class CandidateAdded(Event, name="candidate_added", label="列入评审候选人", rule="S36"):
    """The panel has one more candidate."""

    campaign_id: UUID
    nomination_id: UUID


class CandidateAssigned(
    Event, name="candidate_assigned", label="交评审小组评分", rule="S36", version=2
):
    """The panel is to score this candidate by these rules; its members signed this (P10)."""

    campaign_id: UUID
    nomination_id: UUID
    members: tuple[PanelMember, ...]
    scoring: Scoring
    judging: Judging = Judging()
    interests: tuple[Interests, ...] = ()


class ResultRecorded(Event, name="result_recorded", label="登记评审得分", rule="P11"):
    """The result with which a candidate enters the ranking."""

    campaign_id: UUID
    nomination_id: UUID
    total: Decimal
    means: dict[str, Decimal]


class CandidateBarred(Event, name="candidate_barred", label="不再列入排名", rule="S43"):
    """This nomination is left out of every ranking from now on."""

    campaign_id: UUID
    nomination_id: UUID


class CandidateLeft(Event, name="candidate_left", label="退出评审", rule="S39"):
    """This nomination is left out of every ranking from now on."""

    campaign_id: UUID
    nomination_id: UUID
    ground: Ground


class CandidateReturned(Event, name="candidate_returned", label="恢复评审", rule="P7"):
    """This nomination is merged into no other any longer."""

    campaign_id: UUID
    nomination_id: UUID


class ResultRetracted(Event, name="result_retracted", label="撤回评审得分登记", rule="P10"):
    """The candidate has no result until enough judges have scored."""

    campaign_id: UUID
    nomination_id: UUID


class ShortlistOutdated(Event, name="shortlist_outdated", label="入围名单须重新产生", rule="P10"):
    """A score of this candidate was struck out after the list was drawn, before its decision."""

    campaign_id: UUID
    nomination_id: UUID


class RecusalsNoted(Event, name="recusals_noted", label="登记评委回避", rule="P10"):
    """These members have no vote where this candidate is tied."""

    campaign_id: UUID
    nomination_id: UUID
    members: tuple[str, ...]


class InterestsDeclared(Event, name="interests_declared", label="评委签署回避声明", rule="P10"):
    """A member signed; `candidates` are those for whom it is looked at now."""

    campaign_id: UUID
    interests: Interests
    candidates: tuple[UUID, ...]


class SubstituteAppointed(Event, name="substitute_appointed", label="增补评委", rule="P10"):
    """One more judge, for these candidates."""

    campaign_id: UUID
    member: PanelMember
    nominations: tuple[UUID, ...]
    interests: tuple[Interests, ...]


class TieVoteCast(Event, name="tie_vote_cast", label="评委就同分人选表决", rule="P11"):
    """A member voted for one of those who are tied; the vote counts between these and no others."""

    campaign_id: UUID
    nomination_id: UUID
    member: str
    tied: tuple[UUID, ...]


class ShortlistDrawn(Event, name="shortlist_drawn", label="产生入围名单", rule="S36"):
    """The ranking of all candidates, frozen by its digest."""

    campaign_id: UUID
    ranking: tuple[Ranked, ...]
    digest: str


class SelectionClosed(Event, name="selection_closed", label="综合评审结束", rule="S39"):
    """The list was decided: no other will be drawn."""

    campaign_id: UUID


PanelEvent = (
    PanelPrepared
    | PanelAppointed
    | CandidateAdded
    | CandidateAssigned
    | ResultRecorded
    | CandidateBarred
    | CandidateLeft
    | CandidateReturned
    | ResultRetracted
    | ShortlistOutdated
    | RecusalsNoted
    | InterestsDeclared
    | SubstituteAppointed
    | TieVoteCast
    | ShortlistDrawn
    | MinutesRecorded
    | SelectionClosed
)


# state


@dataclass(frozen=True, slots=True)
class Roll:
    """What is known of the candidates, in whatever order it came."""

    candidates: frozenset[UUID] = frozenset()
    barred: frozenset[UUID] = frozenset()
    left: frozenset[tuple[UUID, Ground]] = frozenset()
    results: Mapping[UUID, Result] = field(default_factory=dict)

    @property
    def out(self) -> frozenset[UUID]:
        """Who is disqualified or left."""
        return self.barred | {nomination for nomination, _ in self.left}

    @property
    def standing(self) -> list[UUID]:
        """The candidates that are neither barred nor gone."""
        return sorted(self.candidates - self.out)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the campaign fixed for the panel."""

    campaign_id: UUID
    scoring: Scoring
    shortlist_size: int
    judging: Judging


@dataclass(frozen=True, slots=True)
class Bench:
    """The judges and their chair; who stands in for them, what they signed, how they voted."""

    members: tuple[PanelMember, ...]
    chair: str
    substitutes: tuple[PanelMember, ...] = ()
    interests: Mapping[str, Interests] = field(default_factory=dict)
    recused: frozenset[tuple[UUID, str]] = frozenset()
    votes: Mapping[tuple[UUID, ...], Mapping[str, UUID]] = field(default_factory=dict)

    @property
    def ids(self) -> frozenset[str]:
        """Everybody who judges anybody."""
        return frozenset(member.id for member in (*self.members, *self.substitutes))

    def voters(self, tied: tuple[UUID, ...]) -> frozenset[str]:
        """The members who judge every one of the tied (P10)."""
        away = {member for nomination, member in self.recused if nomination in tied}
        return frozenset(member.id for member in self.members) - away

    def cast(self, tied: tuple[UUID, ...]) -> Mapping[str, UUID]:
        """The votes between these, without those of members recused since."""
        voters = self.voters(tied)
        return {
            member: vote for member, vote in self.votes.get(tied, {}).items() if member in voters
        }


@dataclass(frozen=True, slots=True)
class Unprepared:
    """The campaign is not known yet."""

    roll: Roll = Roll()


@dataclass(frozen=True, slots=True)
class Prepared:
    """The rules are known, the judges are not."""

    rules: Rules
    roll: Roll


@dataclass(frozen=True, slots=True)
class Appointed:
    """The judges score."""

    rules: Rules
    bench: Bench
    roll: Roll


@dataclass(frozen=True, slots=True)
class Drawn:
    """A list of these candidates lies before the leading group."""

    rules: Rules
    bench: Bench
    digest: str
    ranked: frozenset[UUID]
    roll: Roll
    outdated: bool = False
    minutes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Closed:
    """The list was decided: the one that was `drawn` last."""

    roll: Roll
    drawn: Drawn | None = None


State = Unprepared | Prepared | Appointed | Drawn | Closed


# decide


def decide(command: PanelCommand, state: State) -> list[Event]:
    """Judge a command; what a policy gives is never refused for coming early, late or twice."""
    match command:
        case PreparePanel():
            return _prepare(command, state)
        case AppointPanel():
            return _appoint(command, state)
        case AddCandidate() | BarCandidate() | LeavePanel() | ReturnCandidate():
            return _enrol(command, state)
        case RecordResult():
            return _record(command, state)
        case RetractResult() | QuestionResult():
            return _doubt(command, state)
        case NoteRecusals() | DeclareInterests() | AppointSubstitute():
            return _seat(command, state)
        case CastTieVote():
            return [_vote(command, state)]
        case DrawShortlist() | RecordMinutes():
            return _conclude(command, state)
        case CloseSelection():
            return _close(command, state)
        case _:
            assert_never(command)


def _enrol(
    command: AddCandidate | BarCandidate | LeavePanel | ReturnCandidate, state: State
) -> list[Event]:
    match command:
        case AddCandidate():
            return _add(command, state)
        case BarCandidate():
            return _bar(command, state)
        case LeavePanel() | ReturnCandidate():
            return _move(command, state)
        case _:
            assert_never(command)


def _seat(
    command: NoteRecusals | DeclareInterests | AppointSubstitute, state: State
) -> list[Event]:
    match command:
        case NoteRecusals():
            return _note_recusals(command, state)
        case DeclareInterests():
            return _declare(command, *_seated(state))
        case AppointSubstitute():
            return _substitute(command, *_seated(state))
        case _:
            assert_never(command)


def _conclude(command: DrawShortlist | RecordMinutes, state: State) -> list[Event]:
    match command:
        case DrawShortlist():
            return _draw(command, state)
        case RecordMinutes():
            return _record_minutes(command, _drawn(state))
        case _:
            assert_never(command)


def _prepare(command: PreparePanel, state: State) -> list[Event]:
    """What judges were given to score by stays (A8): later rules are for nobody here."""
    configuration = command.configuration
    rules = Rules(
        command.campaign_id,
        configuration.scoring,
        configuration.shortlist_size,
        configuration.judging,
    )
    is_news = not isinstance(state, Prepared) or state.rules != rules
    if not isinstance(state, Unprepared | Prepared) or not is_news:
        return []
    return [
        PanelPrepared(
            campaign_id=command.campaign_id,
            document_number=configuration.document_number,
            title=configuration.title,
            scoring=configuration.scoring,
            shortlist_size=configuration.shortlist_size,
            judging=configuration.judging,
        )
    ]


def _appoint(command: AppointPanel, state: State) -> list[Event]:
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
            _assigned(rules, Bench(command.members, command.chair), nomination)
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


def _add(command: AddCandidate, state: State) -> list[Event]:
    campaign, nomination = command.campaign_id, command.nomination_id
    if nomination in state.roll.candidates:
        return []
    added = CandidateAdded(campaign_id=campaign, nomination_id=nomination)
    match state:
        case Unprepared() | Prepared() | Closed():
            return [added]
        case Appointed() | Drawn():
            if nomination in state.roll.out:
                return [added]
            return [added, _assigned(state.rules, state.bench, nomination)]
        case _:
            assert_never(state)


def _assigned(rules: Rules, bench: Bench, nomination: UUID) -> CandidateAssigned:
    return CandidateAssigned(
        campaign_id=rules.campaign_id,
        nomination_id=nomination,
        members=bench.members,
        scoring=rules.scoring,
        judging=rules.judging,
        interests=tuple(bench.interests[member] for member in sorted(bench.interests)),
    )


def _record(command: RecordResult, state: State) -> list[Event]:
    nomination, result = command.nomination_id, Result(command.total, command.means)
    if state.roll.results.get(nomination) == result:
        return []
    return [
        ResultRecorded(
            campaign_id=command.campaign_id,
            nomination_id=nomination,
            total=command.total,
            means=command.means,
        )
    ]


def _bar(command: BarCandidate, state: State) -> list[Event]:
    if command.nomination_id in state.roll.barred:
        return []
    return [CandidateBarred(campaign_id=command.campaign_id, nomination_id=command.nomination_id)]


def _move(command: LeavePanel | ReturnCandidate, state: State) -> list[Event]:
    """S39: who left enters no later stage; only a merger is ever taken back (P7)."""
    campaign, nomination, left = command.campaign_id, command.nomination_id, state.roll.left
    match command:
        case LeavePanel(ground=ground):
            if (nomination, ground) in left:
                return []
            return [CandidateLeft(campaign_id=campaign, nomination_id=nomination, ground=ground)]
        case ReturnCandidate():
            return _returned(campaign, nomination, state)
        case _:
            assert_never(command)


def _returned(campaign: UUID, nomination: UUID, state: State) -> list[Event]:
    """Whom the panel was to score before it was known, it is to score now."""
    if (nomination, "merged") not in state.roll.left:
        return []
    returned = CandidateReturned(campaign_id=campaign, nomination_id=nomination)
    after = evolve(state, returned)
    if not isinstance(after, Appointed | Drawn) or nomination not in after.roll.standing:
        return [returned]
    return [returned, _assigned(after.rules, after.bench, nomination)]


def _doubt(command: RetractResult | QuestionResult, state: State) -> list[Event]:
    """P10: while the list is undecided, a struck score reopens it; decided, it stays decided."""
    campaign, nomination = command.campaign_id, command.nomination_id
    match command:
        case RetractResult():
            if nomination not in state.roll.results:
                return []
            return [ResultRetracted(campaign_id=campaign, nomination_id=nomination)]
        case QuestionResult():
            if not isinstance(state, Drawn) or nomination not in state.ranked:
                return []
            return [ShortlistOutdated(campaign_id=campaign, nomination_id=nomination)]
        case _:
            assert_never(command)


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


def _seated(state: State) -> tuple[Rules, Bench, Roll]:
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


def _vote(command: CastTieVote, state: State) -> TieVoteCast:
    """P11: one vote each, between those who are equal in total and in every criterion."""
    rules, bench, roll = _seated(state)
    tied = _tied(rules, roll)
    if not tied:
        raise TieNotInOrder("入围线上没有须由评审小组表决的同分人选")
    if command.nomination_id not in tied:
        raise TieNotInOrder("只能在入围线上的同分人选之间表决", field="nomination_id")
    if command.by.id not in bench.voters(tied):
        raise NotOnThePanel("只有不须回避的评审小组成员可以就同分人选表决")
    if command.by.id in bench.cast(tied):
        raise TieNotInOrder("您已就这些同分人选表决，每人一票")
    return TieVoteCast(
        campaign_id=rules.campaign_id,
        nomination_id=command.nomination_id,
        member=command.by.id,
        tied=tied,
    )


def _tied(rules: Rules, roll: Roll) -> tuple[UUID, ...]:
    """Between whom the panel has to vote; nobody while a result is missing."""
    standing = roll.standing
    if rules.judging.ties != "vote" or not roll.results.keys() >= set(standing):
        return ()
    results = {nomination: roll.results[nomination] for nomination in standing}
    return tied_on_the_line(results, rules.scoring, rules.shortlist_size)


def _close(command: CloseSelection, state: State) -> list[Event]:
    if isinstance(state, Closed):
        return []
    return [SelectionClosed(campaign_id=command.campaign_id)]


def _draw(command: DrawShortlist, state: State) -> list[Event]:
    """S36, S37. A list may be drawn again only for a candidate whom the first did not know."""
    match state:
        case Unprepared() | Prepared():
            raise PanelNotReady("评审小组尚未组建，须先组建小组并完成评分")
        case Closed():
            raise PanelNotReady("领导小组已经审定名单，不能再产生入围名单")
        case Drawn(ranked=ranked, outdated=False) if ranked.issuperset(state.roll.standing):
            raise PanelNotReady("入围名单已经产生并报领导小组，不能重新产生")
        case Appointed() | Drawn():
            if command.by.id != state.bench.chair:
                raise NotTheChair("入围名单须由评审小组组长产生")
        case _:
            assert_never(state)
    standing = state.roll.standing
    missing = [nomination for nomination in standing if nomination not in state.roll.results]
    if missing or not standing:
        raise ResultsMissing(
            f"全部候选人都有评审结果之后才能产生入围名单，还缺{len(missing)}人"
            if missing
            else "尚无候选人，不能产生入围名单"
        )
    tied = _tied(state.rules, state.roll)
    if waiting := state.bench.voters(tied) - state.bench.cast(tied).keys() if tied else ():
        raise TieNotInOrder(
            f"入围线上有{len(tied)}人同分，须由评审小组成员表决，还有{len(waiting)}人未表决"
        )
    ranking = ranking_of(state.rules, state.bench, state.roll)
    return [
        ShortlistDrawn(campaign_id=state.rules.campaign_id, ranking=ranking, digest=digest(ranking))
    ]


def _drawn(state: State) -> Drawn:
    match state:
        case Drawn():
            return state
        case Closed(drawn=Drawn() as drawn):
            return drawn
        case Unprepared() | Prepared() | Appointed() | Closed():
            raise MinutesNotInOrder("入围名单尚未产生，须在产生名单之后登记评审纪要")
        case _:
            assert_never(state)


def _record_minutes(command: RecordMinutes, drawn: Drawn) -> list[Event]:
    """S72: by the chair or the office, each text once; also after the list was decided."""
    if "office" not in command.by.roles and command.by.id != drawn.bench.chair:
        raise NotTheChair("评审纪要须由评审小组组长或领导小组办公室登记")
    if command.sha256 in drawn.minutes:
        return []
    return [minute(command, drawn.rules.campaign_id, drawn.digest)]


def ranking_of(rules: Rules, bench: Bench, roll: Roll) -> tuple[Ranked, ...]:
    """P11: by results, and on the line by the panel's votes where the criteria leave off."""
    cast = bench.cast(_tied(rules, roll)).values()
    results = {nomination: roll.results[nomination] for nomination in roll.standing}
    votes = {nomination: list(cast).count(nomination) for nomination in set(cast)}
    return rank(results, rules.scoring, rules.shortlist_size, votes)


# evolve


def evolve(state: State, event: PanelEvent) -> State:
    """The panel after the event."""
    match event:
        case (
            PanelPrepared()
            | PanelAppointed()
            | ShortlistDrawn()
            | ShortlistOutdated()
            | MinutesRecorded()
            | SelectionClosed()
        ):
            return _advance(state, event)
        case RecusalsNoted() | InterestsDeclared() | SubstituteAppointed() | TieVoteCast():
            if not isinstance(state, Appointed | Drawn):
                return state
            return replace(state, bench=_benched(state.bench, event))
        case _:
            return replace(state, roll=_enrolled(state.roll, event))


def _enrolled(
    roll: Roll,
    event: CandidateAdded
    | CandidateAssigned
    | ResultRecorded
    | ResultRetracted
    | CandidateBarred
    | CandidateLeft
    | CandidateReturned,
) -> Roll:
    nomination = event.nomination_id
    match event:
        case CandidateAdded():
            return replace(roll, candidates=roll.candidates | {nomination})
        case CandidateAssigned():
            return roll
        case ResultRecorded():
            result = Result(event.total, event.means)
            return replace(roll, results={**roll.results, nomination: result})
        case ResultRetracted():
            kept = {one: result for one, result in roll.results.items() if one != nomination}
            return replace(roll, results=kept)
        case CandidateBarred():
            return replace(roll, barred=roll.barred | {nomination})
        case CandidateLeft():
            return replace(roll, left=roll.left | {(nomination, event.ground)})
        case CandidateReturned():
            return replace(roll, left=roll.left - {(nomination, "merged")})
        case _:
            assert_never(event)


def _benched(
    bench: Bench, event: RecusalsNoted | InterestsDeclared | SubstituteAppointed | TieVoteCast
) -> Bench:
    match event:
        case RecusalsNoted():
            away = {(event.nomination_id, member) for member in event.members}
            return replace(bench, recused=bench.recused | away)
        case InterestsDeclared():
            signed = event.interests
            return replace(bench, interests={**bench.interests, signed.member: signed})
        case SubstituteAppointed():
            others = tuple(one for one in bench.substitutes if one.id != event.member.id)
            return replace(bench, substitutes=(*others, event.member))
        case TieVoteCast():
            cast = {**bench.votes.get(event.tied, {}), event.member: event.nomination_id}
            return replace(bench, votes={**bench.votes, event.tied: cast})
        case _:
            assert_never(event)


def _advance(
    state: State,
    event: PanelPrepared
    | PanelAppointed
    | ShortlistDrawn
    | ShortlistOutdated
    | MinutesRecorded
    | SelectionClosed,
) -> State:
    match event, state:
        case PanelPrepared(), _:
            rules = Rules(event.campaign_id, event.scoring, event.shortlist_size, event.judging)
            return Prepared(rules, state.roll)
        case PanelAppointed(), Prepared(rules=rules):
            return Appointed(rules, Bench(event.members, event.chair), state.roll)
        case ShortlistDrawn(), Appointed(rules=rules, bench=bench) | Drawn(
            rules=rules, bench=bench
        ):
            ranked = frozenset(line.nomination_id for line in event.ranking)
            return Drawn(rules, bench, event.digest, ranked, state.roll)
        case ShortlistOutdated(), Drawn():
            return replace(state, outdated=True)
        case MinutesRecorded(), Drawn():
            return _with_minutes(state, event)
        case MinutesRecorded(), Closed(drawn=Drawn() as drawn):
            return replace(state, drawn=_with_minutes(drawn, event))
        case SelectionClosed(), _:
            return Closed(state.roll, state if isinstance(state, Drawn) else None)
        case _:
            return state


def _with_minutes(drawn: Drawn, event: MinutesRecorded) -> Drawn:
    return replace(drawn, minutes=drawn.minutes | {event.sha256})


def with_judging(data: dict[str, Any]) -> dict[str, Any]:
    """Before judging was configured, one score sufficed and equals shared a rank (P11)."""
    return {**data, "judging": Judging().model_dump(mode="json")}


PANEL: Decider[State] = Decider(
    name="panel",
    initial=Unprepared(),
    decide=decide,
    evolve=evolve,
    commands=(
        PreparePanel,
        AppointPanel,
        AddCandidate,
        RecordResult,
        BarCandidate,
        LeavePanel,
        ReturnCandidate,
        RetractResult,
        QuestionResult,
        NoteRecusals,
        DeclareInterests,
        AppointSubstitute,
        CastTieVote,
        DrawShortlist,
        RecordMinutes,
        CloseSelection,
    ),
    events=(
        PanelPrepared,
        PanelAppointed,
        CandidateAdded,
        CandidateAssigned,
        ResultRecorded,
        CandidateBarred,
        CandidateLeft,
        CandidateReturned,
        ResultRetracted,
        ShortlistOutdated,
        RecusalsNoted,
        InterestsDeclared,
        SubstituteAppointed,
        TieVoteCast,
        ShortlistDrawn,
        MinutesRecorded,
        SelectionClosed,
    ),
    of="campaign",
    upcasters={"panel_prepared.v1": with_judging, "candidate_assigned.v1": with_judging},
)
