"""Marks 评分 of one evaluation: who may give them, and what they come to (S25, P11)."""

from dataclasses import replace
from typing import assert_never

from pydantic import Field

from services.review.scoring import (
    Assigned,
    Beside,
    Closed,
    EvaluationCompleted,
    MemberAbstained,
    ResultWithdrawn,
    ScoreCorrected,
    ScoreSubmitted,
    State,
    Stopped,
    Subject,
    Unknown,
    Waiting,
)
from services.review.sheet import Marks, Sheet
from services.review.wording import check
from shared.contracts.campaign import Scoring
from shared.messages import Actor, Command, Event, Refused

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


# commands


class Abstain(Command, name="abstain", may={"expert"}, rule="P11"):
    """A member gives no score for this candidate, for a reason that is no interest."""

    reason: str = Field(min_length=1, max_length=500)


class SubmitScore(Command, name="submit_score", may={"expert"}, rule="S25"):
    """A member's marks by criterion."""

    marks: Marks


class CorrectScore(Command, name="correct_score", may={"expert"}, rule="S25"):
    """A member corrects the own marks, until the shortlist is drawn."""

    marks: Marks
    reason: str = Field(min_length=1, max_length=500)


# decide


def mark(command: SubmitScore | CorrectScore | Abstain, state: State) -> list[Event]:
    """A member scores, or says why not."""
    subject, sheet = _open_sheet_of(command.by, state)
    match command:
        case SubmitScore():
            return _submit(command, subject, sheet)
        case CorrectScore():
            return _correct(command, subject, sheet)
        case Abstain():
            return _abstain(command, subject, sheet)
        case _:
            assert_never(command)


def result_after(subject: Subject, before: Sheet, after: Sheet) -> list[Event]:
    """The result that follows when other scores count than before, or nobody's is missing now."""
    if after.complete and not (before.complete and before.scores == after.scores):
        return summed_up(subject, after)
    if before.complete and not after.complete:
        return [
            ResultWithdrawn(nomination_id=subject.nomination_id, campaign_id=subject.campaign_id)
        ]
    return []


def ensure_judge(reader: Actor, state: State) -> None:
    """S36, P10: the nominee's dossier is for those who judge it, as long as they do.

    Raises:
        Refused: the reader is not on the panel or stepped back, or there is nothing to judge.
    """
    sheet_of(reader, state)


def _open_sheet_of(judge: Actor, state: State) -> tuple[Subject, Sheet]:
    """The sheet on which a member may score now: not while the nomination stands still (S43)."""
    subject, sheet = sheet_of(judge, state)
    if not isinstance(state, Stopped) and state.beside.stands_still:
        raise EvaluationSuspended("该申报已暂停，须待办公室恢复之后再评分")
    return subject, sheet


def ensure_taking_part(beside: Beside) -> None:
    """S39: who left the selection is judged no more."""
    if beside.grounds:
        raise EvaluationNotReady("该申报已退出评选，不再评审")


def sheet_of(judge: Actor, state: State) -> tuple[Subject, Sheet]:
    """The sheet on which a member of the panel, not recused, may act now."""
    if not isinstance(state, Stopped):
        ensure_taking_part(state.beside)
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
    return [submitted, *summed_up(subject, sheet.marked(member, command.marks))]


def _abstain(command: Abstain, subject: Subject, sheet: Sheet) -> list[Event]:
    """P11: an abstention is no score; whoever has scored corrects the score instead."""
    member = command.by.id
    if member in sheet.scores:
        raise MarksNotAccepted("您已提交评分，不能再弃权；如需修改请使用更正并说明理由")
    if member in sheet.abstained:
        raise MarksNotAccepted("您已对该候选人弃权")
    check(reason=command.reason)
    abstained = MemberAbstained(
        nomination_id=subject.nomination_id,
        campaign_id=subject.campaign_id,
        member=member,
        reason=command.reason,
    )
    after = replace(sheet, abstained=sheet.abstained | {member})
    return [abstained, *result_after(subject, sheet, after)]


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
    return [corrected, *summed_up(subject, sheet.marked(member, command.marks))]


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


def summed_up(subject: Subject, sheet: Sheet) -> list[Event]:
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
