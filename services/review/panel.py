"""Panel 评审小组: who scores the candidates of a campaign, and the shortlist that results (S36).

One for each campaign. Candidates and results may arrive in any order, also before the panel is
prepared or appointed; the ranking depends on the results alone.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import Field

from shared.contracts.campaign import CampaignConfiguration, Scoring
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


# values

Kind = Literal["leader", "expert"]
Uscc = Annotated[str, Field(pattern=r"^[0-9A-HJ-NP-RTUW-Y]{18}$")]


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
    | DrawShortlist
    | CloseSelection
)


# events


class PanelPrepared(Event, name="panel_prepared", label="确定评分办法", rule="S36"):
    """The rules by which this campaign is scored."""

    campaign_id: UUID
    document_number: str
    title: str
    scoring: Scoring
    shortlist_size: int


class PanelAppointed(Event, name="panel_appointed", label="成立评审小组", rule="S36"):
    """The panel stands."""

    campaign_id: UUID
    members: tuple[PanelMember, ...]
    chair: str


class CandidateAdded(Event, name="candidate_added", label="列入评审候选人", rule="S36"):
    """The panel has one more candidate."""

    campaign_id: UUID
    nomination_id: UUID


class CandidateAssigned(Event, name="candidate_assigned", label="交评审小组评分", rule="S36"):
    """The panel is to score this candidate by these rules."""

    campaign_id: UUID
    nomination_id: UUID
    members: tuple[PanelMember, ...]
    scoring: Scoring


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
    | ShortlistDrawn
    | SelectionClosed
)


# state


@dataclass(frozen=True, slots=True)
class Result:
    """A candidate's total and the means by criterion that break ties."""

    total: Decimal
    means: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Roll:
    """What is known of the candidates, in whatever order it came."""

    candidates: frozenset[UUID] = frozenset()
    barred: frozenset[UUID] = frozenset()
    results: Mapping[UUID, Result] = field(default_factory=dict)

    @property
    def standing(self) -> list[UUID]:
        """The candidates that are not barred."""
        return sorted(self.candidates - self.barred)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the campaign fixed for the panel."""

    campaign_id: UUID
    scoring: Scoring
    shortlist_size: int


@dataclass(frozen=True, slots=True)
class Bench:
    """The judges and their chair."""

    members: tuple[PanelMember, ...]
    chair: str


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
    ranked: frozenset[UUID]
    roll: Roll


@dataclass(frozen=True, slots=True)
class Closed:
    """The list was decided."""

    roll: Roll


State = Unprepared | Prepared | Appointed | Drawn | Closed


# decide


def decide(command: PanelCommand, state: State) -> list[Event]:
    """Judge a command; what a policy gives is never refused for coming early, late or twice."""
    match command:
        case PreparePanel():
            return _prepare(command, state)
        case AppointPanel():
            return _appoint(command, state)
        case AddCandidate():
            return _add(command, state)
        case RecordResult():
            return _record(command, state)
        case BarCandidate():
            return _bar(command, state)
        case DrawShortlist():
            return _draw(command, state)
        case CloseSelection():
            return _close(command, state)
        case _:
            assert_never(command)


def _prepare(command: PreparePanel, state: State) -> list[Event]:
    """What judges were given to score by stays (A8): later rules are for nobody here."""
    configuration = command.configuration
    rules = Rules(command.campaign_id, configuration.scoring, configuration.shortlist_size)
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
            if nomination in state.roll.barred:
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
        case Drawn(ranked=ranked) if ranked.issuperset(state.roll.standing):
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
    results = {nomination: state.roll.results[nomination] for nomination in standing}
    ranking = rank(results, state.rules.scoring, state.rules.shortlist_size)
    return [
        ShortlistDrawn(campaign_id=state.rules.campaign_id, ranking=ranking, digest=digest(ranking))
    ]


def rank(
    results: Mapping[UUID, Result], scoring: Scoring, shortlist_size: int
) -> tuple[Ranked, ...]:
    """All results, best first: by total, then by the tie-break criteria (P11).

    Who is equal in all of them shares a rank, and nobody of equal rank is shortlisted alone.
    """

    def standing(nomination: UUID) -> tuple[Decimal, ...]:
        result = results[nomination]
        return result.total, *(result.means[code] for code in scoring.tie_break)

    ranking: list[Ranked] = []
    before: tuple[Decimal, ...] | None = None
    ordered = sorted(sorted(results), key=standing, reverse=True)
    for place, nomination in enumerate(ordered, start=1):
        here = standing(nomination)
        at = ranking[-1].rank if here == before else place
        total = results[nomination].total
        ranking.append(
            Ranked(
                nomination_id=nomination,
                total=total,
                rank=at,
                shortlisted=at <= shortlist_size and total >= scoring.pass_mark,
            )
        )
        before = here
    return tuple(ranking)


def digest(ranking: Iterable[Ranked]) -> str:
    """SHA-256 (hexadecimal) of the ranking as JSON with sorted keys and without spaces."""
    lines = [line.model_dump(mode="json") for line in ranking]
    text = json.dumps(lines, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


# evolve


def evolve(state: State, event: PanelEvent) -> State:
    """The panel after the event."""
    roll = state.roll
    match event:
        case PanelPrepared() | PanelAppointed() | ShortlistDrawn() | SelectionClosed():
            return _advance(state, event)
        case CandidateAdded():
            return replace(
                state, roll=replace(roll, candidates=roll.candidates | {event.nomination_id})
            )
        case CandidateAssigned():
            return state
        case ResultRecorded():
            result = Result(event.total, event.means)
            return replace(
                state, roll=replace(roll, results={**roll.results, event.nomination_id: result})
            )
        case CandidateBarred():
            return replace(state, roll=replace(roll, barred=roll.barred | {event.nomination_id}))
        case _:
            assert_never(event)


def _advance(
    state: State, event: PanelPrepared | PanelAppointed | ShortlistDrawn | SelectionClosed
) -> State:
    match event, state:
        case PanelPrepared(), _:
            rules = Rules(event.campaign_id, event.scoring, event.shortlist_size)
            return Prepared(rules, state.roll)
        case PanelAppointed(), Prepared(rules=rules):
            return Appointed(rules, Bench(event.members, event.chair), state.roll)
        case ShortlistDrawn(), Appointed(rules=rules, bench=bench) | Drawn(
            rules=rules, bench=bench
        ):
            ranked = frozenset(line.nomination_id for line in event.ranking)
            return Drawn(rules, bench, ranked, state.roll)
        case SelectionClosed(), _:
            return Closed(state.roll)
        case _:
            return state


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
        DrawShortlist,
        CloseSelection,
    ),
    events=(
        PanelPrepared,
        PanelAppointed,
        CandidateAdded,
        CandidateAssigned,
        ResultRecorded,
        CandidateBarred,
        ShortlistDrawn,
        SelectionClosed,
    ),
    of="campaign",
)
