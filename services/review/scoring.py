"""What can happen to the evaluation of a nomination, and what is true of it (S36, P10, P11)."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from services.review.grounds import Ground
from services.review.interests import Interest, Interests
from services.review.judges import PanelMember
from services.review.sheet import Marks, Sheet
from shared.contracts.campaign import Judging, Scoring
from shared.messages import Event

# events


class EvaluationOpened(Event, name="evaluation_opened", label="进入综合评审", rule="S36"):
    """The nomination waits for the panel."""

    nomination_id: UUID
    campaign_id: UUID
    employer_uscc: str
    recommender_uscc: str


class EvaluationAssigned(
    Event, name="evaluation_assigned", label="确定评委及回避", rule="P10", version=2
):
    """The panel scores; `recused` are the ids of members whose unit nominates or employs, or who
    signed an interest."""

    nomination_id: UUID
    campaign_id: UUID
    members: tuple[PanelMember, ...]
    scoring: Scoring
    recused: tuple[str, ...]
    judging: Judging = Judging()
    interests: tuple[Interests, ...] = ()


class TiesNoted(Event, name="ties_noted", label="登记回避核对信息", rule="P10"):
    """Keyed hashes that members' declarations are compared with."""

    nomination_id: UUID
    campaign_id: UUID
    ties: tuple[UUID, ...]


class InterestsNoted(Event, name="interests_noted", label="核对评委回避声明", rule="P10"):
    """A member's declaration is known here; a recusal that follows from it is told beside it."""

    nomination_id: UUID
    campaign_id: UUID
    interests: Interests


class JudgeAdded(Event, name="judge_added", label="增补评委参加评分", rule="P10"):
    """One more judge for this candidate."""

    nomination_id: UUID
    campaign_id: UUID
    member: PanelMember


class InterestFound(Event, name="interest_found", label="自动回避", rule="P10"):
    """A declaration, a unit or a tie speaks against this member: recused without being asked."""

    nomination_id: UUID
    campaign_id: UUID
    member: str
    ground: Interest


class MemberRecused(Event, name="member_recused", label="办公室决定回避", rule="P10"):
    """The office recused a member."""

    nomination_id: UUID
    campaign_id: UUID
    member: str
    ground: Interest
    reason: str


class ScoreStruck(Event, name="score_struck", label="评分作废", rule="P10"):
    """The score of a member who is recused now stays on record and counts no more."""

    nomination_id: UUID
    campaign_id: UUID
    member: str


class MemberAbstained(Event, name="member_abstained", label="评委弃权", rule="P11"):
    """A member gives no score for this candidate."""

    nomination_id: UUID
    campaign_id: UUID
    member: str
    reason: str


class ResultWithdrawn(Event, name="result_withdrawn", label="撤回评审得分", rule="P10"):
    """Too few judges are left: there is no result for now."""

    nomination_id: UUID
    campaign_id: UUID


class EvaluationPaused(Event, name="evaluation_paused", label="暂停评分", rule="S43"):
    """Nobody scores until the suspension ends."""

    nomination_id: UUID
    campaign_id: UUID
    suspension_id: UUID


class EvaluationResumed(Event, name="evaluation_resumed", label="恢复评分", rule="S43"):
    """This suspension ended."""

    nomination_id: UUID
    campaign_id: UUID
    suspension_id: UUID


class EvaluationReopened(Event, name="evaluation_reopened", label="重新汇总评审得分", rule="P10"):
    """What counts is what is left of the scores; the list will be drawn again."""

    nomination_id: UUID
    campaign_id: UUID


class EvaluationEnded(Event, name="evaluation_ended", label="退出评审", rule="S39"):
    """The nomination left the selection: nothing follows."""

    nomination_id: UUID
    campaign_id: UUID
    ground: Ground


class EvaluationRestored(Event, name="evaluation_restored", label="恢复评审", rule="P7"):
    """The nomination is merged into no other any longer: it goes on where it stood."""

    nomination_id: UUID
    campaign_id: UUID


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
    | TiesNoted
    | InterestsNoted
    | JudgeAdded
    | InterestFound
    | MemberRecused
    | ScoreStruck
    | MemberAbstained
    | ResultWithdrawn
    | EvaluationPaused
    | EvaluationResumed
    | EvaluationReopened
    | EvaluationEnded
    | EvaluationRestored
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
class Beside:
    """What is known beside the stage, in whatever order it came."""

    ties: frozenset[UUID] = frozenset()
    suspended: frozenset[UUID] = frozenset()
    resumed: frozenset[UUID] = frozenset()
    grounds: frozenset[Ground] = frozenset()

    @property
    def stands_still(self) -> bool:
        """Whether a suspension has not ended (S43)."""
        return not self.suspended <= self.resumed


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing was heard of the nomination's pre-review."""

    beside: Beside = Beside()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open, without a panel."""

    subject: Subject
    beside: Beside


@dataclass(frozen=True, slots=True)
class Assigned:
    """The panel scores, or corrects what it scored."""

    subject: Subject
    sheet: Sheet
    beside: Beside


@dataclass(frozen=True, slots=True)
class Closed:
    """The shortlist was drawn."""

    subject: Subject
    sheet: Sheet
    rank: int
    shortlisted: bool
    beside: Beside


@dataclass(frozen=True, slots=True)
class Stopped:
    """The nomination was disqualified."""


State = Unknown | Waiting | Assigned | Closed | Stopped


# evolve


def evolve(state: State, event: EvaluationEvent) -> State:
    """The evaluation after the event."""
    if isinstance(state, Stopped):
        return state
    match event:
        case EvaluationStopped():
            return Stopped()
        case (
            TiesNoted()
            | EvaluationPaused()
            | EvaluationResumed()
            | EvaluationEnded()
            | EvaluationRestored()
        ):
            return replace(state, beside=_beside(state.beside, event))
        case EvaluationOpened() | EvaluationAssigned() | EvaluationClosed() | EvaluationReopened():
            return _advance(state, event)
        case EvaluationCompleted() | ResultWithdrawn():
            return state
        case _:
            if not isinstance(state, Assigned | Closed):
                return state
            return replace(state, sheet=_on_sheet(state.sheet, event))


def _beside(
    known: Beside,
    event: TiesNoted | EvaluationPaused | EvaluationResumed | EvaluationEnded | EvaluationRestored,
) -> Beside:
    match event:
        case TiesNoted():
            return replace(known, ties=known.ties | frozenset(event.ties))
        case EvaluationPaused():
            return replace(known, suspended=known.suspended | {event.suspension_id})
        case EvaluationResumed():
            return replace(known, resumed=known.resumed | {event.suspension_id})
        case EvaluationEnded():
            return replace(known, grounds=known.grounds | {event.ground})
        case EvaluationRestored():
            return replace(known, grounds=known.grounds - {"merged"})
        case _:
            assert_never(event)


def _advance(
    state: Unknown | Waiting | Assigned | Closed,
    event: EvaluationOpened | EvaluationAssigned | EvaluationClosed | EvaluationReopened,
) -> State:
    match event, state:
        case EvaluationOpened(), _:
            units = frozenset({event.employer_uscc, event.recommender_uscc})
            return Waiting(Subject(event.nomination_id, event.campaign_id, units), state.beside)
        case EvaluationAssigned(), Waiting(subject=subject):
            return Assigned(subject, _sheet(event), state.beside)
        case EvaluationClosed(), Assigned(subject=subject, sheet=sheet) | Closed(
            subject=subject, sheet=sheet
        ):
            return Closed(subject, sheet, event.rank, event.shortlisted, state.beside)
        case EvaluationReopened(), Closed(subject=subject, sheet=sheet):
            return Assigned(subject, sheet, state.beside)
        case _:
            return state


def _sheet(event: EvaluationAssigned) -> Sheet:
    return Sheet(
        scoring=event.scoring,
        members=frozenset(member.id for member in event.members),
        recused=frozenset(event.recused),
        minimum=event.judging.minimum_scores,
        interests={one.member: one for one in event.interests},
    )


def _on_sheet(
    sheet: Sheet,
    event: InterestsNoted
    | JudgeAdded
    | InterestFound
    | MemberRecused
    | RecusalDeclared
    | ScoreStruck
    | MemberAbstained
    | ScoreSubmitted
    | ScoreCorrected,
) -> Sheet:
    match event:
        case InterestsNoted(interests=signed):
            return replace(sheet, interests={**sheet.interests, signed.member: signed})
        case JudgeAdded():
            return replace(sheet, members=sheet.members | {event.member.id})
        case InterestFound() | MemberRecused() | RecusalDeclared() | ScoreStruck():
            return sheet.without(event.member)
        case MemberAbstained():
            return replace(sheet, abstained=sheet.abstained | {event.member})
        case ScoreSubmitted() | ScoreCorrected():
            return sheet.marked(event.member, event.marks)
        case _:
            assert_never(event)
