"""Examples of the panel and of evaluations. Their histories are what commands made."""

from decimal import Decimal
from uuid import UUID

from services.review import drawing, evaluation, marking, panel, recusal, seats
from services.review.evaluation import EVALUATION
from services.review.interests import Interests
from services.review.investigating import Investigator
from services.review.minutes import RecordMinutes
from services.review.panel import PANEL
from shared.contracts.campaign import Judging
from tests.actors import AT, OFFICE, SYSTEM_ACTOR
from tests.review.campaign import (
    ANNA,
    BODO,
    CAMPAIGN,
    ELSEWHERE,
    EMPLOYER,
    JUDGES,
    RECOMMENDER,
    SCORING,
    as_judge,
    configuration,
    judge,
    marks,
)
from tests.rules.situations import Examples, after

TIE, SUSPENSION = UUID(int=501, version=4), UUID(int=701, version=4)
OF_ANNA = {"at": AT, "by": SYSTEM_ACTOR, "nomination_id": ANNA, "campaign_id": CAMPAIGN}

PREPARE_PANEL = panel.PreparePanel(
    at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, configuration=configuration()
)
APPOINT = seats.AppointPanel(at=AT, by=OFFICE, members=JUDGES, chair="judge-1")
ADD = panel.AddCandidate(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nomination_id=ANNA)
ADD_ANOTHER = ADD.model_copy(update={"nomination_id": BODO})
RECORD_RESULT = panel.RecordResult(
    at=AT,
    by=SYSTEM_ACTOR,
    campaign_id=CAMPAIGN,
    nomination_id=ANNA,
    total=Decimal(80),
    means=marks(),
)
BAR = panel.BarCandidate(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nomination_id=ANNA)
DRAW = drawing.DrawShortlist(at=AT, by=as_judge(1))
RECORD_MINUTES = RecordMinutes(at=AT, by=as_judge(1), held_on=AT.date(), sha256="f" * 64)
CLOSE_SELECTION = panel.CloseSelection(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN)
SCORED = (PREPARE_PANEL, APPOINT, ADD, RECORD_RESULT)
LEAVE = panel.LeavePanel.model_validate(OF_ANNA | {"ground": "merged"})
RETURN = panel.ReturnCandidate.model_validate(OF_ANNA)
RETRACT = panel.RetractResult.model_validate(OF_ANNA)
QUESTION = panel.QuestionResult.model_validate(OF_ANNA)
NOTE_RECUSALS = seats.NoteRecusals.model_validate(OF_ANNA | {"members": ("judge-2",)})
SIGN = seats.DeclareInterests(at=AT, by=as_judge(1), nominations={ANNA: "relative"})
SUBSTITUTE = seats.AppointSubstitute(at=AT, by=OFFICE, member=judge(4), nominations=(ANNA,))
CAST = drawing.CastTieVote(at=AT, by=as_judge(1), nomination_id=ANNA)
VOTED_ON = configuration(quota=1, shortlist_size=1).model_copy(
    update={"judging": Judging(ties="vote")}
)
TIED = (
    PREPARE_PANEL.model_copy(update={"configuration": VOTED_ON}),
    *SCORED[1:],
    ADD_ANOTHER,
    RECORD_RESULT.model_copy(update={"nomination_id": BODO}),
)

PANELS = Examples(
    PANEL,
    {
        "活动未开启": (),
        "评分办法已定": after(PANEL, PREPARE_PANEL),
        "小组已成立": after(PANEL, PREPARE_PANEL, APPOINT),
        "小组已成立，评分齐全": after(PANEL, *SCORED),
        "小组已成立，候选人已退出": after(PANEL, *SCORED, LEAVE),
        "小组已成立，入围线上同分": after(PANEL, *TIED),
        "名单已产生": after(PANEL, *SCORED, DRAW),
        "名单已产生，另有新候选人": after(PANEL, *SCORED, DRAW, ADD_ANOTHER),
        "名单已产生，纪要已登记": after(PANEL, *SCORED, DRAW, RECORD_MINUTES),
        "名单已审定": after(PANEL, *SCORED, DRAW, CLOSE_SELECTION),
    },
    (
        PREPARE_PANEL,
        APPOINT,
        ADD,
        RECORD_RESULT,
        BAR,
        LEAVE,
        RETURN,
        RETRACT,
        QUESTION,
        NOTE_RECUSALS,
        SIGN,
        SUBSTITUTE,
        CAST,
        DRAW,
        RECORD_MINUTES,
        CLOSE_SELECTION,
    ),
)

OPEN_EVALUATION = evaluation.OpenEvaluation(
    at=AT,
    by=SYSTEM_ACTOR,
    nomination_id=ANNA,
    campaign_id=CAMPAIGN,
    employer_uscc=EMPLOYER,
    recommender_uscc=RECOMMENDER,
)
ASSIGN = evaluation.AssignPanel(at=AT, by=SYSTEM_ACTOR, members=JUDGES, scoring=SCORING)
DECLARE = recusal.DeclareInterest(at=AT, by=as_judge(1), ground="relative")
SUBMIT = marking.SubmitScore(at=AT, by=as_judge(1), marks=marks())
CORRECT = marking.CorrectScore(at=AT, by=as_judge(1), marks=marks(), reason="计分笔误")
CLOSE_EVALUATION = evaluation.CloseEvaluation(at=AT, by=SYSTEM_ACTOR, rank=1, shortlisted=True)
STOP = evaluation.StopEvaluation(at=AT, by=SYSTEM_ACTOR, nomination_id=ANNA, campaign_id=CAMPAIGN)
INVESTIGATORS = tuple(
    Investigator(id=f"inspector-{number}", organisation="示例核查单位", uscc=ELSEWHERE)
    for number in (1, 2)
)
ADMIT = evaluation.AdmitInvestigation(
    at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, investigators=INVESTIGATORS
)
ASSIGNED = (OPEN_EVALUATION, ASSIGN)
ASSIGN_TOO_FEW = ASSIGN.model_copy(update={"judging": Judging(minimum_scores=3)})
NOTE_TIES = recusal.NoteTies.model_validate(OF_ANNA | {"ties": (TIE,)})
APPLY = recusal.ApplyInterests(
    at=AT, by=SYSTEM_ACTOR, interests=Interests(member="judge-1", ties=frozenset({TIE}))
)
ADD_JUDGE = recusal.AddJudge(at=AT, by=SYSTEM_ACTOR, member=judge(4), interests=())
RECUSE = recusal.RecuseMember(
    at=AT, by=OFFICE, member="judge-1", ground="master_apprentice", reason="师徒协议"
)
ABSTAIN = marking.Abstain(at=AT, by=as_judge(1), reason="不熟悉该工种")
SUSPEND = evaluation.SuspendEvaluation.model_validate(OF_ANNA | {"suspension_id": SUSPENSION})
RESUME = evaluation.ResumeEvaluation.model_validate(OF_ANNA | {"suspension_id": SUSPENSION})
REOPEN = evaluation.ReopenEvaluation(at=AT, by=SYSTEM_ACTOR)
END = evaluation.EndEvaluation.model_validate(OF_ANNA | {"ground": "merged"})
RESTORE = evaluation.RestoreEvaluation.model_validate(OF_ANNA)

EVALUATIONS = Examples(
    EVALUATION,
    {
        "未进入评审": (),
        "待交小组": after(EVALUATION, OPEN_EVALUATION),
        "评分中": after(EVALUATION, *ASSIGNED),
        "该评委已评分": after(EVALUATION, *ASSIGNED, SUBMIT),
        "该评委已回避": after(EVALUATION, *ASSIGNED, DECLARE),
        "该评委已弃权": after(EVALUATION, *ASSIGNED, ABSTAIN),
        "暂停评审": after(EVALUATION, *ASSIGNED, SUSPEND),
        "已退出评选": after(EVALUATION, *ASSIGNED, END),
        "评委不足": after(EVALUATION, OPEN_EVALUATION, ASSIGN_TOO_FEW, RECUSE),
        "入围名单已产生": after(EVALUATION, *ASSIGNED, SUBMIT, CLOSE_EVALUATION),
        "资格已取消": after(EVALUATION, *ASSIGNED, STOP),
    },
    (
        OPEN_EVALUATION,
        ASSIGN,
        NOTE_TIES,
        APPLY,
        ADD_JUDGE,
        DECLARE,
        RECUSE,
        ABSTAIN,
        SUBMIT,
        CORRECT,
        SUSPEND,
        RESUME,
        CLOSE_EVALUATION,
        REOPEN,
        END,
        RESTORE,
        STOP,
        ADMIT,
    ),
)
