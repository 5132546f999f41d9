"""What can happen to the panel of a campaign, and what is true of it (S36, P10, P11)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from services.review.grounds import Ground
from services.review.interests import Interests
from services.review.judges import PanelMember
from services.review.minutes import MinutesRecorded
from services.review.ranking import Result
from shared.contracts.campaign import Judging, Scoring
from shared.contracts.review import Ranked
from shared.messages import Event

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
