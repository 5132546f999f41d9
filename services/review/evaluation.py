"""Evaluation 综合评审 of one nomination: who may score it, the scores, the result (S36, P10, P11).

It opens when the office passes the nomination, is assigned to the panel once there is one, is
complete when every member who is not recused has scored, and is closed by the shortlist.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import Field

from services.review.investigation import Investigator
from services.review.panel import PanelMember
from shared.contracts.campaign import Scoring
from shared.messages import SYSTEM, Actor, Command, Decider, Event, Refused

# refusals


class EvaluationNotReady(Refused):
    """The stages of an evaluation follow each other."""

    code = "evaluation_not_ready"
    rule = "S39"


class NotAMember(Refused):
    """Only the appointed panel scores."""

    code = "not_a_member"
    rule = "S36"


class Recused(Refused):
    """Who has an interest does not judge."""

    code = "recused"
    rule = "P10"


class MarksNotAccepted(Refused):
    """Marks are given for every criterion of the campaign, from 0 up to its weight, once."""

    code = "marks_not_accepted"
    rule = "P11"


class NominationBarred(Refused):
    """A disqualified nomination enters no later stage."""

    code = "nomination_barred"
    rule = "S43"


class InvestigationNotAdmitted(Refused):
    """Nobody investigates a nomination of the own unit, nor one of another campaign."""

    code = "investigation_not_admitted"
    rule = "P5"


# values

Mark = Annotated[Decimal, Field(max_digits=6, decimal_places=2)]
Marks = dict[str, Mark]
Interest = Literal[
    "relative", "same_unit", "master_apprentice", "shared_work", "recommender_office", "other"
]
"""The grounds of P10: 近亲属、同单位、师徒、同项目或共同获奖、推荐单位任职、其他利害关系."""


# commands


class OpenEvaluation(Command, name="open_evaluation", may={SYSTEM}, rule="S36"):
    """The nomination passed the pre-review."""

    nomination_id: UUID
    campaign_id: UUID
    employer_uscc: str
    recommender_uscc: str


class AssignPanel(Command, name="assign_panel", may={SYSTEM}, rule="S36"):
    """These members score by these rules."""

    members: tuple[PanelMember, ...]
    scoring: Scoring


class DeclareInterest(Command, name="declare_interest", may={"expert"}, rule="P10"):
    """A member steps back from this candidate, before scoring."""

    ground: Interest


class SubmitScore(Command, name="submit_score", may={"expert"}, rule="S25"):
    """A member's marks by criterion."""

    marks: Marks


class CorrectScore(Command, name="correct_score", may={"expert"}, rule="S25"):
    """A member corrects the own marks, until the shortlist is drawn."""

    marks: Marks
    reason: str = Field(min_length=1, max_length=500)


class CloseEvaluation(Command, name="close_evaluation", may={SYSTEM}, rule="S36"):
    """The shortlist was drawn."""

    rank: int
    shortlisted: bool


class StopEvaluation(Command, name="stop_evaluation", may={SYSTEM}, rule="S43"):
    """The nomination was disqualified."""

    nomination_id: UUID
    campaign_id: UUID


class AdmitInvestigation(Command, name="admit_investigation", may={SYSTEM}, rule="P5"):
    """These people are to investigate the nomination: is one of them of its own units?"""

    campaign_id: UUID
    investigators: tuple[Investigator, ...]


EvaluationCommand = (
    OpenEvaluation
    | AssignPanel
    | DeclareInterest
    | SubmitScore
    | CorrectScore
    | CloseEvaluation
    | StopEvaluation
    | AdmitInvestigation
)


# events


class EvaluationOpened(Event, name="evaluation_opened", label="进入综合评审", rule="S36"):
    """The nomination waits for the panel."""

    nomination_id: UUID
    campaign_id: UUID
    employer_uscc: str
    recommender_uscc: str


class EvaluationAssigned(Event, name="evaluation_assigned", label="确定评委及回避", rule="P10"):
    """The panel scores; `recused` are the ids of members whose unit nominates or employs."""

    nomination_id: UUID
    campaign_id: UUID
    members: tuple[PanelMember, ...]
    scoring: Scoring
    recused: tuple[str, ...]


class RecusalDeclared(Event, name="recusal_declared", label="评委申明回避", rule="P10"):
    """A member stepped back."""

    nomination_id: UUID
    campaign_id: UUID
    member: str
    ground: Interest


class ScoreSubmitted(Event, name="score_submitted", label="评委评分", rule="P11"):
    """A member scored."""

    nomination_id: UUID
    campaign_id: UUID
    member: str
    marks: Marks


class ScoreCorrected(Event, name="score_corrected", label="评委更正评分", rule="P11"):
    """These marks count instead of the member's earlier ones, which stay on record."""

    nomination_id: UUID
    campaign_id: UUID
    member: str
    marks: Marks
    reason: str


class EvaluationCompleted(Event, name="evaluation_completed", label="汇总评审得分", rule="P11"):
    """Everybody who may score has: the result out of `scores` scores."""

    nomination_id: UUID
    campaign_id: UUID
    total: Decimal
    means: dict[str, Decimal]
    scores: int


class EvaluationClosed(Event, name="evaluation_closed", label="确定评审结果", rule="S36"):
    """入围 or 未入围: the outcome of the panel's work on this nomination."""

    nomination_id: UUID
    campaign_id: UUID
    rank: int
    shortlisted: bool


class EvaluationStopped(Event, name="evaluation_stopped", label="终止评审", rule="S43"):
    """The nomination was disqualified: nothing follows."""

    nomination_id: UUID
    campaign_id: UUID


EvaluationEvent = (
    EvaluationOpened
    | EvaluationAssigned
    | RecusalDeclared
    | ScoreSubmitted
    | ScoreCorrected
    | EvaluationCompleted
    | EvaluationClosed
    | EvaluationStopped
)


# state


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the evaluation is about."""

    nomination_id: UUID
    campaign_id: UUID
    units: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Who may score by which rules, and who has."""

    scoring: Scoring
    members: frozenset[str]
    recused: frozenset[str]
    scores: Mapping[str, Marks] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether everybody who is not recused has scored, and anybody has."""
        return bool(self.scores) and self.scores.keys() == self.members - self.recused


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing was heard of the nomination."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open, without a panel."""

    subject: Subject


@dataclass(frozen=True, slots=True)
class Assigned:
    """The panel scores, or corrects what it scored."""

    subject: Subject
    sheet: Sheet


@dataclass(frozen=True, slots=True)
class Closed:
    """The shortlist was drawn."""

    subject: Subject
    rank: int
    shortlisted: bool


@dataclass(frozen=True, slots=True)
class Stopped:
    """The nomination was disqualified."""


State = Unknown | Waiting | Assigned | Closed | Stopped


# decide


def decide(command: EvaluationCommand, state: State) -> list[Event]:
    """Judge a command; what a policy gives is never refused for coming early, late or twice."""
    match command:
        case OpenEvaluation():
            return _open(command, state)
        case AssignPanel():
            return _assign(command, state)
        case DeclareInterest():
            return _declare(command, *_judging(command.by, state))
        case SubmitScore():
            return _submit(command, *_judging(command.by, state))
        case CorrectScore():
            return _correct(command, *_judging(command.by, state))
        case CloseEvaluation():
            return _close(command, state)
        case StopEvaluation():
            return _stop(command, state)
        case AdmitInvestigation():
            return _admit(command, state)
        case _:
            assert_never(command)


def _open(command: OpenEvaluation, state: State) -> list[Event]:
    if not isinstance(state, Unknown):
        return []
    return [
        EvaluationOpened(
            nomination_id=command.nomination_id,
            campaign_id=command.campaign_id,
            employer_uscc=command.employer_uscc,
            recommender_uscc=command.recommender_uscc,
        )
    ]


def _assign(command: AssignPanel, state: State) -> list[Event]:
    """P10: who belongs to the unit that employs or recommends is recused without asking."""
    if not isinstance(state, Waiting):
        return []
    subject = state.subject
    return [
        EvaluationAssigned(
            nomination_id=subject.nomination_id,
            campaign_id=subject.campaign_id,
            members=command.members,
            scoring=command.scoring,
            recused=tuple(member.id for member in command.members if member.uscc in subject.units),
        )
    ]


def ensure_judge(reader: Actor, state: State) -> None:
    """S36, P10: the nominee's dossier is for those who judge it, as long as they do.

    Raises:
        Refused: the reader is not on the panel or stepped back, or there is nothing to judge.
    """
    _judging(reader, state)


def _judging(judge: Actor, state: State) -> tuple[Subject, Sheet]:
    """The sheet on which a member of the panel, not recused, may act now."""
    match state:
        case Unknown() | Waiting():
            raise EvaluationNotReady("该申报尚未交评审小组评审，请待初审通过并组建小组后办理")
        case Closed():
            raise EvaluationNotReady("入围名单已经产生，评审结果不再变动")
        case Stopped():
            raise NominationBarred("该申报已被取消资格，不再评审")
        case Assigned(subject=subject, sheet=sheet):
            if judge.id not in sheet.members:
                raise NotAMember("只有本次评审小组的成员可以查阅申报内容、评分或声明回避")
            if judge.id in sheet.recused:
                raise Recused("您与该候选人有利害关系，已经回避，不参加其评审")
            return subject, sheet
        case _:
            assert_never(state)


def _declare(command: DeclareInterest, subject: Subject, sheet: Sheet) -> list[Event]:
    """P10: before scoring; a score that was given stays attributable to its member."""
    member = command.by.id
    if member in sheet.scores:
        raise Recused("回避须在评分之前声明，您已提交评分，请向领导小组办公室报告")
    left = replace(sheet, recused=sheet.recused | {member})
    declared = RecusalDeclared(
        nomination_id=subject.nomination_id,
        campaign_id=subject.campaign_id,
        member=member,
        ground=command.ground,
    )
    return [declared, *_completed(subject, left)]


def _submit(command: SubmitScore, subject: Subject, sheet: Sheet) -> list[Event]:
    member = command.by.id
    if member in sheet.scores:
        raise MarksNotAccepted("您已提交评分，如需修改请使用更正并说明理由")
    _check(command.marks, sheet.scoring)
    submitted = ScoreSubmitted(
        nomination_id=subject.nomination_id,
        campaign_id=subject.campaign_id,
        member=member,
        marks=command.marks,
    )
    return [submitted, *_completed(subject, _marked(sheet, member, command.marks))]


def _correct(command: CorrectScore, subject: Subject, sheet: Sheet) -> list[Event]:
    member = command.by.id
    if member not in sheet.scores:
        raise MarksNotAccepted("您尚未提交评分，没有可以更正的内容")
    _check(command.marks, sheet.scoring)
    corrected = ScoreCorrected(
        nomination_id=subject.nomination_id,
        campaign_id=subject.campaign_id,
        member=member,
        marks=command.marks,
        reason=command.reason,
    )
    return [corrected, *_completed(subject, _marked(sheet, member, command.marks))]


def _check(marks: Marks, scoring: Scoring) -> None:
    """P11: the criteria of the campaign, all of them and no other, each within its weight."""
    if unknown := sorted(marks.keys() - {criterion.code for criterion in scoring.criteria}):
        raise MarksNotAccepted(f"没有这些评审项目：{'、'.join(unknown)}", field="marks")
    for criterion in scoring.criteria:
        mark = marks.get(criterion.code)
        if mark is None or not 0 <= mark <= criterion.weight:
            raise MarksNotAccepted(
                f"“{criterion.title}”须评分，在0分至{criterion.weight}分之间",
                field=f"marks.{criterion.code}",
            )


def _marked(sheet: Sheet, member: str, marks: Marks) -> Sheet:
    return replace(sheet, scores={**sheet.scores, member: marks})


def _completed(subject: Subject, sheet: Sheet) -> list[Event]:
    """The result, when the last score that was missing has come or a score was corrected."""
    if not sheet.complete:
        return []
    scores, scoring = list(sheet.scores.values()), sheet.scoring
    return [
        EvaluationCompleted(
            nomination_id=subject.nomination_id,
            campaign_id=subject.campaign_id,
            total=mean((sum(marks.values(), Decimal(0)) for marks in scores), scoring),
            means={
                criterion.code: mean((marks[criterion.code] for marks in scores), scoring)
                for criterion in scoring.criteria
            },
            scores=len(scores),
        )
    ]


def mean(values: Iterable[Decimal], scoring: Scoring) -> Decimal:
    """P11: without one highest and one lowest where there are enough, rounded half up.

    Totals and single criteria are each trimmed by themselves: so the order in which equal scores
    came cannot matter.
    """
    counted = sorted(values)
    if len(counted) >= max(scoring.drop_extremes_from, 3):
        counted = counted[1:-1]
    exact = sum(counted, Decimal(0)) / len(counted)
    return exact.quantize(Decimal(1).scaleb(-scoring.decimals), ROUND_HALF_UP)


def _close(command: CloseEvaluation, state: State) -> list[Event]:
    if not isinstance(state, Assigned | Closed):
        return []
    subject = state.subject
    closed = Closed(subject, command.rank, command.shortlisted)
    if state == closed:
        return []
    return [
        EvaluationClosed(
            nomination_id=subject.nomination_id,
            campaign_id=subject.campaign_id,
            rank=command.rank,
            shortlisted=command.shortlisted,
        )
    ]


def _stop(command: StopEvaluation, state: State) -> list[Event]:
    if isinstance(state, Stopped):
        return []
    return [EvaluationStopped(nomination_id=command.nomination_id, campaign_id=command.campaign_id)]


def _admit(command: AdmitInvestigation, state: State) -> list[Event]:
    """P5, P10: part of the decision to open an investigation, which stands or falls with it."""
    match state:
        case Unknown() | Stopped():
            return []
        case Waiting() | Assigned() | Closed():
            if command.campaign_id != state.subject.campaign_id:
                raise InvestigationNotAdmitted(
                    "该申报不属于所填的评选活动，请核对", field="campaign_id"
                )
            if any(person.uscc in state.subject.units for person in command.investigators):
                raise InvestigationNotAdmitted(
                    "核查人员不得来自被核查人的工作单位或推荐单位，请另行指派",
                    field="investigators",
                )
            return []
        case _:
            assert_never(state)


# evolve


def evolve(state: State, event: EvaluationEvent) -> State:
    """The evaluation after the event."""
    match event, state:
        case EvaluationOpened(), _:
            units = frozenset({event.employer_uscc, event.recommender_uscc})
            return Waiting(Subject(event.nomination_id, event.campaign_id, units))
        case EvaluationAssigned(), Waiting(subject=subject):
            members = frozenset(member.id for member in event.members)
            return Assigned(subject, Sheet(event.scoring, members, frozenset(event.recused)))
        case RecusalDeclared(), Assigned(subject=subject, sheet=sheet):
            return Assigned(subject, replace(sheet, recused=sheet.recused | {event.member}))
        case ScoreSubmitted() | ScoreCorrected(), Assigned(subject=subject, sheet=sheet):
            return Assigned(subject, _marked(sheet, event.member, event.marks))
        case EvaluationClosed(), Assigned(subject=subject) | Closed(subject=subject):
            return Closed(subject, event.rank, event.shortlisted)
        case EvaluationStopped(), _:
            return Stopped()
        case _:
            return state


EVALUATION: Decider[State] = Decider(
    name="evaluation",
    initial=Unknown(),
    decide=decide,
    evolve=evolve,
    commands=(
        OpenEvaluation,
        AssignPanel,
        DeclareInterest,
        SubmitScore,
        CorrectScore,
        CloseEvaluation,
        StopEvaluation,
        AdmitInvestigation,
    ),
    events=(
        EvaluationOpened,
        EvaluationAssigned,
        RecusalDeclared,
        ScoreSubmitted,
        ScoreCorrected,
        EvaluationCompleted,
        EvaluationClosed,
        EvaluationStopped,
    ),
    of="nomination",
)
