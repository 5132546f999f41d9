"""Evaluation 综合评审 of one nomination: who may score it, the scores, the result (S36, P10, P11).

It opens when the office passes the nomination, is assigned to the panel once there is one, is
complete when every member who is not recused has scored, and is closed by the shortlist.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, assert_never
from uuid import UUID

from pydantic import Field

from services.review.grounds import Ground
from services.review.interests import Interest, Interests
from services.review.investigation import Investigator
from services.review.panel import PanelMember
from services.review.sheet import Marks, Sheet
from shared.contracts.campaign import Judging, Scoring
from shared.formats.personal_numbers import has_personal_number
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


class EvaluationSuspended(Refused):
    """A complaint is not yet a finding, but while the nomination stands still nobody scores it."""

    code = "evaluation_suspended"
    rule = "S43"


class EnoughJudges(Refused):
    """A substitute is appointed only where too few judges are left."""

    code = "enough_judges"
    rule = "P10"


class PersonalNumberInReason(Refused):
    """ID and telephone numbers have no place in a reason that is kept for ever."""

    code = "personal_number_in_text"
    rule = "P3"


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


class NoteTies(Command, name="note_ties", may={SYSTEM}, rule="P10"):
    """With whom and what the nominee is tied: awards, patents, masters and apprentices."""

    nomination_id: UUID
    campaign_id: UUID
    ties: tuple[UUID, ...]


class ApplyInterests(Command, name="apply_interests", may={SYSTEM}, rule="P10"):
    """A member signed a declaration."""

    interests: Interests


class AddJudge(Command, name="add_judge", may={SYSTEM}, rule="P10"):
    """A substitute was appointed for this candidate, with what the substitute has signed."""

    member: PanelMember
    interests: tuple[Interests, ...]


class RecuseMember(Command, name="recuse_member", may={"office"}, rule="P10"):
    """The office learnt of an interest that the member did not declare."""

    member: str
    ground: Interest
    reason: str = Field(min_length=1, max_length=500)


class Abstain(Command, name="abstain", may={"expert"}, rule="P11"):
    """A member gives no score for this candidate, for a reason that is no interest."""

    reason: str = Field(min_length=1, max_length=500)


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


# decide


def decide(command: EvaluationCommand, state: State) -> list[Event]:
    """Judge a command; what a policy gives is never refused for coming early, late or twice."""
    match command:
        case OpenEvaluation():
            return _open(command, state)
        case AssignPanel():
            return _assign(command, state)
        case NoteTies() | ApplyInterests() | AddJudge() | RecuseMember():
            return _of_bench(command, state)
        case DeclareInterest():
            return _declare(command, *_judging(command.by, state))
        case SubmitScore() | CorrectScore() | Abstain():
            return _of_judge(command, *_scoring(command.by, state))
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


def _of_bench(
    command: NoteTies | ApplyInterests | AddJudge | RecuseMember, state: State
) -> list[Event]:
    match command:
        case NoteTies():
            return _note_ties(command, state)
        case ApplyInterests():
            return _apply(command, state)
        case AddJudge():
            return _add_judge(command, state)
        case RecuseMember():
            return _recuse(command, state)
        case _:
            assert_never(command)


def _of_judge(
    command: SubmitScore | CorrectScore | Abstain, subject: Subject, sheet: Sheet
) -> list[Event]:
    match command:
        case SubmitScore():
            return _submit(command, subject, sheet)
        case CorrectScore():
            return _correct(command, subject, sheet)
        case Abstain():
            return _abstain(command, subject, sheet)
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
                if _interest(member, signed.get(member.id), subject, state.beside) is not None
            ),
            judging=command.judging,
            interests=command.interests,
        )
    ]


def _interest(
    member: PanelMember, signed: Interests | None, subject: Subject, beside: Beside
) -> Interest | None:
    """P10: the member's own unit, and what the member signed."""
    if member.uscc in subject.units:
        return "same_unit"
    return None if signed is None else _signed_interest(signed, subject, beside)


def _signed_interest(signed: Interests, subject: Subject, beside: Beside) -> Interest | None:
    return signed.ground(subject.nomination_id, subject.units, beside.ties)


def _note_ties(command: NoteTies, state: State) -> list[Event]:
    """P10: whoever signed one of these ties is recused now, also after scoring."""
    if isinstance(state, Stopped) or state.beside.ties.issuperset(command.ties):
        return []
    noted = TiesNoted(
        nomination_id=command.nomination_id, campaign_id=command.campaign_id, ties=command.ties
    )
    after = evolve(state, noted)
    match after:
        case (
            Assigned(subject=subject, sheet=sheet, beside=beside)
            | Closed(subject=subject, sheet=sheet, beside=beside)
        ):
            found = {
                member: ground
                for member, signed in sorted(sheet.interests.items())
                if member in sheet.members - sheet.recused
                and (ground := _signed_interest(signed, subject, beside)) is not None
            }
            return [noted, *_found(found, after)]
        case Unknown() | Waiting() | Stopped():
            return [noted]
        case _:
            assert_never(after)


def _apply(command: ApplyInterests, state: State) -> list[Event]:
    """P10: also when the declaration comes after the assignment, or after the score."""
    signed = command.interests
    match state:
        case (
            Assigned(subject=subject, sheet=sheet, beside=beside)
            | Closed(subject=subject, sheet=sheet, beside=beside)
        ):
            if signed.member not in sheet.members or sheet.interests.get(signed.member) == signed:
                return []
            noted = InterestsNoted(
                nomination_id=subject.nomination_id,
                campaign_id=subject.campaign_id,
                interests=signed,
            )
            ground = _signed_interest(signed, subject, beside)
            if ground is None or signed.member in sheet.recused:
                return [noted]
            return [noted, *_found({signed.member: ground}, evolve(state, noted))]
        case Unknown() | Waiting() | Stopped():
            return []
        case _:
            assert_never(state)


def _found(found: dict[str, Interest], state: State) -> list[Event]:
    """The recusals, one after the other, with what each strikes out and changes."""
    events: list[Event] = []
    for member, ground in found.items():
        match state:
            case Assigned(subject=subject) | Closed(subject=subject):
                interest = InterestFound(
                    nomination_id=subject.nomination_id,
                    campaign_id=subject.campaign_id,
                    member=member,
                    ground=ground,
                )
                events += _left(interest, state)
                state = evolve(state, interest)
            case Unknown() | Waiting() | Stopped():
                return events
            case _:
                assert_never(state)
    return events


def _left(recusal: InterestFound | MemberRecused, state: Assigned | Closed) -> list[Event]:
    """P10: a recusal strikes the member's score out; what it does to a result that was drawn, the
    panel decides."""
    subject, sheet, member = state.subject, state.sheet, recusal.member
    events: list[Event] = [recusal]
    if member in sheet.scores:
        events.append(
            ScoreStruck(
                nomination_id=subject.nomination_id, campaign_id=subject.campaign_id, member=member
            )
        )
    if isinstance(state, Closed):
        return events
    return [*events, *_changed(subject, sheet, sheet.without(member))]


def _changed(subject: Subject, before: Sheet, after: Sheet) -> list[Event]:
    """The result that follows when other scores count than before, or nobody's is missing now."""
    if after.complete and not (before.complete and before.scores == after.scores):
        return _completed(subject, after)
    if before.complete and not after.complete:
        return [
            ResultWithdrawn(nomination_id=subject.nomination_id, campaign_id=subject.campaign_id)
        ]
    return []


def _add_judge(command: AddJudge, state: State) -> list[Event]:
    """P10: part of the appointment of a substitute, which stands or falls with it."""
    match state:
        case Unknown() | Waiting() | Closed():
            raise EvaluationNotReady("候选人不在评分之中，不能增补评委", field="nominations")
        case Stopped():
            raise NominationBarred("该申报已被取消资格，不再评审", field="nominations")
        case Assigned(subject=subject, sheet=sheet, beside=beside):
            _ensure_taking_part(beside)
            if sheet.quorate:
                raise EnoughJudges(
                    "回避和弃权之后评委人数仍然足够，不须增补评委", field="nominations"
                )
            if command.member.id in sheet.members:
                raise EnoughJudges("该评委已参加评分，请另行增补", field="member")
        case _:
            assert_never(state)
    signed = next(iter(command.interests), None)
    added = JudgeAdded(
        nomination_id=subject.nomination_id,
        campaign_id=subject.campaign_id,
        member=command.member,
    )
    if _interest(command.member, signed, subject, beside) is not None:
        raise Recused("该人员与候选人有利害关系，须另行增补", field="member")
    if signed is None:
        return [added]
    noted = InterestsNoted(
        nomination_id=subject.nomination_id, campaign_id=subject.campaign_id, interests=signed
    )
    return [added, noted]


def _recuse(command: RecuseMember, state: State) -> list[Event]:
    """P10: decided by the office, for a ground and with a reason; also after the member scored."""
    match state:
        case Unknown() | Waiting():
            raise EvaluationNotReady("该申报尚未交评审小组评审，尚无评委可以回避")
        case Stopped():
            raise NominationBarred("该申报已被取消资格，不再评审")
        case Assigned() | Closed():
            subject, sheet = state.subject, state.sheet
        case _:
            assert_never(state)
    if command.member not in sheet.members:
        raise NotAMember("该人员不是本候选人的评委", field="member")
    if command.member in sheet.recused:
        raise Recused("该评委已经回避", field="member")
    _check_reason(command.reason)
    recused = MemberRecused(
        nomination_id=subject.nomination_id,
        campaign_id=subject.campaign_id,
        member=command.member,
        ground=command.ground,
        reason=command.reason,
    )
    return _left(recused, state)


def _check_reason(reason: str) -> None:
    if has_personal_number(reason):
        raise PersonalNumberInReason("文字中不得写入身份证号或手机号码", field="reason")


def ensure_judge(reader: Actor, state: State) -> None:
    """S36, P10: the nominee's dossier is for those who judge it, as long as they do.

    Raises:
        Refused: the reader is not on the panel or stepped back, or there is nothing to judge.
    """
    _judging(reader, state)


def _scoring(judge: Actor, state: State) -> tuple[Subject, Sheet]:
    """The sheet on which a member may score now: not while the nomination stands still (S43)."""
    subject, sheet = _judging(judge, state)
    if not isinstance(state, Stopped) and state.beside.stands_still:
        raise EvaluationSuspended("该申报已暂停，须待办公室恢复之后再评分")
    return subject, sheet


def _ensure_taking_part(beside: Beside) -> None:
    """S39: who left the selection is judged no more."""
    if beside.grounds:
        raise EvaluationNotReady("该申报已退出评选，不再评审")


def _judging(judge: Actor, state: State) -> tuple[Subject, Sheet]:
    """The sheet on which a member of the panel, not recused, may act now."""
    if not isinstance(state, Stopped):
        _ensure_taking_part(state.beside)
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
    declared = RecusalDeclared(
        nomination_id=subject.nomination_id,
        campaign_id=subject.campaign_id,
        member=member,
        ground=command.ground,
    )
    return [declared, *_changed(subject, sheet, sheet.without(member))]


def _submit(command: SubmitScore, subject: Subject, sheet: Sheet) -> list[Event]:
    member = command.by.id
    if member in sheet.scores:
        raise MarksNotAccepted("您已提交评分，如需修改请使用更正并说明理由")
    if member in sheet.abstained:
        raise MarksNotAccepted("您已对该候选人弃权，不再评分")
    _check(command.marks, sheet.scoring)
    submitted = ScoreSubmitted(
        nomination_id=subject.nomination_id,
        campaign_id=subject.campaign_id,
        member=member,
        marks=command.marks,
    )
    return [submitted, *_completed(subject, sheet.marked(member, command.marks))]


def _abstain(command: Abstain, subject: Subject, sheet: Sheet) -> list[Event]:
    """P11: an abstention is no score; whoever has scored corrects the score instead."""
    member = command.by.id
    if member in sheet.scores:
        raise MarksNotAccepted("您已提交评分，不能再弃权；如需修改请使用更正并说明理由")
    if member in sheet.abstained:
        raise MarksNotAccepted("您已对该候选人弃权")
    _check_reason(command.reason)
    abstained = MemberAbstained(
        nomination_id=subject.nomination_id,
        campaign_id=subject.campaign_id,
        member=member,
        reason=command.reason,
    )
    after = replace(sheet, abstained=sheet.abstained | {member})
    return [abstained, *_changed(subject, sheet, after)]


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
    return [corrected, *_completed(subject, sheet.marked(member, command.marks))]


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


def _completed(subject: Subject, sheet: Sheet) -> list[Event]:
    """The result, when the last score that was missing has come or a score was corrected."""
    if not sheet.complete:
        return []
    result = sheet.result
    return [
        EvaluationCompleted(
            nomination_id=subject.nomination_id,
            campaign_id=subject.campaign_id,
            total=result.total,
            means=dict(result.means),
            scores=len(sheet.scores),
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
    if completed := _completed(subject, state.sheet):
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


def with_judging(data: dict[str, Any]) -> dict[str, Any]:
    """Before judging was configured, one score sufficed (P11)."""
    return {**data, "judging": Judging().model_dump(mode="json")}


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
