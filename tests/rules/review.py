"""Examples of what review owns. Its histories are what commands made."""

from decimal import Decimal

from services.review import PLAN, approval, clearance, evaluation, investigation, panel
from services.review.approval import APPROVAL
from services.review.clearance import CLEARANCE
from services.review.evaluation import EVALUATION
from services.review.investigation import INVESTIGATION, Investigator
from services.review.panel import PANEL
from tests.actors import AT, LEADING_GROUP, OFFICE, SYSTEM_ACTOR, actor
from tests.review.campaign import (
    ANNA,
    BODO,
    CAMPAIGN,
    CHAIR,
    ELSEWHERE,
    EMPLOYER,
    INQUIRY,
    JUDGES,
    RECOMMENDER,
    SCORING,
    UNITS,
    as_judge,
    configuration,
    marks,
)
from tests.rules.situations import Examples, Service, after

DIGEST = "a" * 64
FILE = "e" * 64

PREPARE_PANEL = panel.PreparePanel(
    at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, configuration=configuration()
)
APPOINT = panel.AppointPanel(at=AT, by=OFFICE, members=JUDGES, chair="judge-1")
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
DRAW = panel.DrawShortlist(at=AT, by=as_judge(1))
CLOSE_SELECTION = panel.CloseSelection(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN)
SCORED = (PREPARE_PANEL, APPOINT, ADD, RECORD_RESULT)

PANELS = Examples(
    PANEL,
    {
        "活动未开启": (),
        "评分办法已定": after(PANEL, PREPARE_PANEL),
        "小组已成立": after(PANEL, PREPARE_PANEL, APPOINT),
        "小组已成立，评分齐全": after(PANEL, *SCORED),
        "名单已产生": after(PANEL, *SCORED, DRAW),
        "名单已产生，另有新候选人": after(PANEL, *SCORED, DRAW, ADD_ANOTHER),
        "名单已审定": after(PANEL, *SCORED, DRAW, CLOSE_SELECTION),
    },
    (PREPARE_PANEL, APPOINT, ADD, RECORD_RESULT, BAR, DRAW, CLOSE_SELECTION),
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
DECLARE = evaluation.DeclareInterest(at=AT, by=as_judge(1), ground="relative")
SUBMIT = evaluation.SubmitScore(at=AT, by=as_judge(1), marks=marks())
CORRECT = evaluation.CorrectScore(at=AT, by=as_judge(1), marks=marks(), reason="计分笔误")
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

EVALUATIONS = Examples(
    EVALUATION,
    {
        "未进入评审": (),
        "待交小组": after(EVALUATION, OPEN_EVALUATION),
        "评分中": after(EVALUATION, *ASSIGNED),
        "该评委已评分": after(EVALUATION, *ASSIGNED, SUBMIT),
        "该评委已回避": after(EVALUATION, *ASSIGNED, DECLARE),
        "入围名单已产生": after(EVALUATION, *ASSIGNED, SUBMIT, CLOSE_EVALUATION),
        "资格已取消": after(EVALUATION, *ASSIGNED, STOP),
    },
    (OPEN_EVALUATION, ASSIGN, DECLARE, SUBMIT, CORRECT, CLOSE_EVALUATION, STOP, ADMIT),
)

PREPARE_APPROVAL = approval.PrepareApproval(
    at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, configuration=configuration()
)
SUBMIT_LIST = approval.SubmitList(
    at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, digest=DIGEST, nominations=(ANNA,)
)
BAR_ENTRY = approval.BarCandidate(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nomination_id=BODO)
DECIDE = approval.DecideList(
    at=AT,
    by=LEADING_GROUP,
    digest=DIGEST,
    chair=CHAIR,
    present=UNITS,
    votes={ANNA: approval.Votes(yes=6, no=0, abstain=0)},
)

APPROVALS = Examples(
    APPROVAL,
    {
        "活动未开启": (),
        "审定办法已定": after(APPROVAL, PREPARE_APPROVAL),
        "名单待审定": after(APPROVAL, PREPARE_APPROVAL, SUBMIT_LIST),
        "名单已审定": after(APPROVAL, PREPARE_APPROVAL, SUBMIT_LIST, DECIDE),
    },
    (PREPARE_APPROVAL, SUBMIT_LIST, BAR_ENTRY, DECIDE),
)

OPEN_INVESTIGATION = investigation.OpenInvestigation(
    at=AT,
    by=OFFICE,
    nomination_id=ANNA,
    campaign_id=CAMPAIGN,
    allegation="申报的专利奖证书与公布名单不符",
    investigators=INVESTIGATORS,
)
RECORD_EVIDENCE = investigation.RecordEvidence(
    at=AT, by=actor("investigator", id="inspector-1"), sha256=FILE, description="公布名单的副本"
)
CONCLUDE = investigation.ConcludeInvestigation(
    at=AT,
    by=LEADING_GROUP,
    finding="fraud",
    statement="核查情况说明",
    public_reason="获奖证书系伪造",
)

INVESTIGATIONS = Examples(
    INVESTIGATION,
    {
        "未立案": (),
        "核查中": after(INVESTIGATION, OPEN_INVESTIGATION),
        "核查中，已有证据": after(INVESTIGATION, OPEN_INVESTIGATION, RECORD_EVIDENCE),
        "已结案": after(INVESTIGATION, OPEN_INVESTIGATION, RECORD_EVIDENCE, CONCLUDE),
    },
    (OPEN_INVESTIGATION, RECORD_EVIDENCE, CONCLUDE),
)

OF_ANNA = {"at": AT, "by": SYSTEM_ACTOR, "nomination_id": ANNA, "campaign_id": CAMPAIGN}
APPROVE = clearance.NoteApproval.model_validate(OF_ANNA)
CLOSE_NOTICE = clearance.NoteNoticeClosed.model_validate(OF_ANNA)
HOLD = clearance.HoldClearance.model_validate(OF_ANNA | {"investigation_id": INQUIRY})
RELEASE = clearance.ReleaseHold.model_validate(OF_ANNA | {"investigation_id": INQUIRY})
BAR_CLEARANCE = clearance.BarClearance.model_validate(OF_ANNA)

CLEARANCES = Examples(
    CLEARANCE,
    {
        "条件未齐": (),
        "已审定通过": after(CLEARANCE, APPROVE),
        "公示已期满": after(CLEARANCE, CLOSE_NOTICE),
        "暂缓授予": after(CLEARANCE, APPROVE, CLOSE_NOTICE, HOLD),
        "具备授予条件": after(CLEARANCE, APPROVE, CLOSE_NOTICE),
        "不予授予": after(CLEARANCE, BAR_CLEARANCE),
    },
    (APPROVE, CLOSE_NOTICE, HOLD, RELEASE, BAR_CLEARANCE),
)

SERVICE = Service(PLAN, (PANELS, EVALUATIONS, APPROVALS, INVESTIGATIONS, CLEARANCES))
