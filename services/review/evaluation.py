"""Evaluation 综合评审 of one nomination: who may score it, the scores, the result (S36, P10, P11).

It opens when the office passes the nomination, is assigned to the panel once there is one, is
complete when every member who is not recused has scored, and is closed by the shortlist.
"""

from typing import assert_never
from uuid import UUID

from services.review.grounds import Ground
from services.review.interests import Interests
from services.review.investigating import Investigator
from services.review.judges import PanelMember, with_judging
from services.review.marking import (
    Abstain,
    CorrectScore,
    SubmitScore,
    mark,
    summed_up,
)
from services.review.recusal import (
    AddJudge,
    ApplyInterests,
    DeclareInterest,
    NoteTies,
    RecuseMember,
    interest_of,
    recuse,
)
from services.review.scoring import (
    Assigned,
    Closed,
    EvaluationAssigned,
    EvaluationClosed,
    EvaluationCompleted,
    EvaluationEnded,
    EvaluationOpened,
    EvaluationPaused,
    EvaluationReopened,
    EvaluationRestored,
    EvaluationResumed,
    EvaluationStopped,
    InterestFound,
    InterestsNoted,
    JudgeAdded,
    MemberAbstained,
    MemberRecused,
    RecusalDeclared,
    ResultWithdrawn,
    ScoreCorrected,
    ScoreStruck,
    ScoreSubmitted,
    State,
    Stopped,
    TiesNoted,
    Unknown,
    Waiting,
    evolve,
)
from shared.contracts.campaign import Judging, Scoring
from shared.messages import SYSTEM, Command, Decider, Event, Refused

# refusals


class InvestigationNotAdmitted(Refused):
    """Nobody investigates a nomination of the own unit or one that one has to keep out of, nor one
    of another campaign."""

    code = "investigation_not_admitted"
    rule = "P5"


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
    judging: Judging = Judging()
    interests: tuple[Interests, ...] = ()


class SuspendEvaluation(Command, name="suspend_evaluation", may={SYSTEM}, rule="S43"):
    """The office lets the nomination stand still."""

    nomination_id: UUID
    campaign_id: UUID
    suspension_id: UUID


class ResumeEvaluation(Command, name="resume_evaluation", may={SYSTEM}, rule="S43"):
    """The suspension ended."""

    nomination_id: UUID
    campaign_id: UUID
    suspension_id: UUID


class CloseEvaluation(Command, name="close_evaluation", may={SYSTEM}, rule="S36"):
    """The shortlist was drawn."""

    rank: int
    shortlisted: bool


class ReopenEvaluation(Command, name="reopen_evaluation", may={SYSTEM}, rule="P10"):
    """The shortlist has to be drawn again, since a score of this candidate was struck out."""


class EndEvaluation(Command, name="end_evaluation", may={SYSTEM}, rule="S39"):
    """The nomination left the selection, without fraud."""

    nomination_id: UUID
    campaign_id: UUID
    ground: Ground


class RestoreEvaluation(Command, name="restore_evaluation", may={SYSTEM}, rule="P7"):
    """The nomination is merged into no other any longer."""

    nomination_id: UUID
    campaign_id: UUID


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
    | NoteTies
    | ApplyInterests
    | AddJudge
    | RecuseMember
    | Abstain
    | SuspendEvaluation
    | ResumeEvaluation
    | ReopenEvaluation
    | EndEvaluation
    | RestoreEvaluation
    | DeclareInterest
    | SubmitScore
    | CorrectScore
    | CloseEvaluation
    | StopEvaluation
    | AdmitInvestigation
)


# decide


def decide(command: EvaluationCommand, state: State) -> list[Event]:
    """Judge a command; what a policy gives is never refused for coming early, late or twice."""
    match command:
        case OpenEvaluation():
            return _open(command, state)
        case AssignPanel():
            return _assign(command, state)
        case NoteTies() | ApplyInterests() | AddJudge() | RecuseMember() | DeclareInterest():
            return recuse(command, state)
        case SubmitScore() | CorrectScore() | Abstain():
            return mark(command, state)
        case SuspendEvaluation() | ResumeEvaluation():
            return _stand_still(command, state)
        case CloseEvaluation() | ReopenEvaluation():
            return _of_shortlist(command, state)
        case EndEvaluation() | RestoreEvaluation() | StopEvaluation():
            return _leave(command, state)
        case AdmitInvestigation():
            return _admit(command, state)
        case _:
            assert_never(command)


def _of_shortlist(command: CloseEvaluation | ReopenEvaluation, state: State) -> list[Event]:
    match command:
        case CloseEvaluation():
            return _close(command, state)
        case ReopenEvaluation():
            return _reopen(state)
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
    subject, signed = state.subject, {one.member: one for one in command.interests}
    return [
        EvaluationAssigned(
            nomination_id=subject.nomination_id,
            campaign_id=subject.campaign_id,
            members=command.members,
            scoring=command.scoring,
            recused=tuple(
                member.id
                for member in command.members
                if interest_of(member, signed.get(member.id), subject, state.beside) is not None
            ),
            judging=command.judging,
            interests=command.interests,
        )
    ]


def _close(command: CloseEvaluation, state: State) -> list[Event]:
    if not isinstance(state, Assigned | Closed):
        return []
    subject = state.subject
    closed = Closed(subject, state.sheet, command.rank, command.shortlisted, state.beside)
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


def _reopen(state: State) -> list[Event]:
    """P10: what is left of the scores is summed up anew, or judges are missing."""
    if not isinstance(state, Closed):
        return []
    subject = state.subject
    reopened = EvaluationReopened(
        nomination_id=subject.nomination_id, campaign_id=subject.campaign_id
    )
    if completed := summed_up(subject, state.sheet):
        return [reopened, *completed]
    withdrawn = ResultWithdrawn(
        nomination_id=subject.nomination_id, campaign_id=subject.campaign_id
    )
    return [reopened, withdrawn]


def _stand_still(command: SuspendEvaluation | ResumeEvaluation, state: State) -> list[Event]:
    """S43: in whatever order the two come."""
    if isinstance(state, Stopped):
        return []
    told = command.nomination_id, command.campaign_id, command.suspension_id
    nomination, campaign, suspension = told
    match command:
        case SuspendEvaluation():
            if suspension in state.beside.suspended:
                return []
            return [
                EvaluationPaused(
                    nomination_id=nomination, campaign_id=campaign, suspension_id=suspension
                )
            ]
        case ResumeEvaluation():
            if suspension in state.beside.resumed:
                return []
            return [
                EvaluationResumed(
                    nomination_id=nomination, campaign_id=campaign, suspension_id=suspension
                )
            ]
        case _:
            assert_never(command)


def _leave(
    command: EndEvaluation | RestoreEvaluation | StopEvaluation, state: State
) -> list[Event]:
    """S39, S43: who left enters no later stage; only a merger is ever taken back (P7)."""
    if isinstance(state, Stopped):
        return []
    nomination, campaign = command.nomination_id, command.campaign_id
    grounds = state.beside.grounds
    match command:
        case EndEvaluation(ground=ground):
            if ground in grounds:
                return []
            return [EvaluationEnded(nomination_id=nomination, campaign_id=campaign, ground=ground)]
        case RestoreEvaluation():
            if "merged" not in grounds:
                return []
            return [EvaluationRestored(nomination_id=nomination, campaign_id=campaign)]
        case StopEvaluation():
            return [EvaluationStopped(nomination_id=nomination, campaign_id=campaign)]
        case _:
            assert_never(command)


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
            recused = state.sheet.recused if isinstance(state, Assigned | Closed) else frozenset()
            if any(person.id in recused for person in command.investigators):
                raise InvestigationNotAdmitted(
                    "核查人员与被核查人有利害关系、已经回避评审，请另行指派",
                    field="investigators",
                )
            return []
        case _:
            assert_never(state)


EVALUATION: Decider[State] = Decider(
    name="evaluation",
    initial=Unknown(),
    decide=decide,
    evolve=evolve,
    commands=(
        OpenEvaluation,
        AssignPanel,
        NoteTies,
        ApplyInterests,
        AddJudge,
        RecuseMember,
        Abstain,
        SuspendEvaluation,
        ResumeEvaluation,
        ReopenEvaluation,
        EndEvaluation,
        RestoreEvaluation,
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
        TiesNoted,
        InterestsNoted,
        JudgeAdded,
        InterestFound,
        MemberRecused,
        ScoreStruck,
        MemberAbstained,
        ResultWithdrawn,
        EvaluationPaused,
        EvaluationResumed,
        EvaluationReopened,
        EvaluationEnded,
        EvaluationRestored,
        RecusalDeclared,
        ScoreSubmitted,
        ScoreCorrected,
        EvaluationCompleted,
        EvaluationClosed,
        EvaluationStopped,
    ),
    of="nomination",
    upcasters={"evaluation_assigned.v1": with_judging},
)
