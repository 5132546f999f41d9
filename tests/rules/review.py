"""Examples of what review owns. Its histories are what commands made."""

from datetime import date, datetime

from services.review import PLAN, approval, clearance, investigation, meeting, practice, vetting
from services.review.approval import APPROVAL
from services.review.clearance import CLEARANCE
from services.review.investigation import INVESTIGATION
from services.review.practice import PRACTICE
from services.review.vetting import VETTING
from shared.calendar import WORKING_DAYS
from shared.contracts.campaign import Authority, Veto, Vetting
from tests.actors import AT, LEADING_GROUP, OFFICE, SYSTEM_ACTOR, actor
from tests.review.campaign import (
    ANNA,
    BODO,
    CAMPAIGN,
    CHAIR,
    INQUIRY,
    UNITS,
    configuration,
)
from tests.rules.scoring import EVALUATIONS, INVESTIGATORS, OF_ANNA, PANELS, SUSPENSION
from tests.rules.situations import Examples, Service, after

DIGEST = "a" * 64
FILE = "e" * 64
LONG_AFTER = datetime.fromisoformat("2020-03-02T09:00:00+08:00")

POLICE = Authority(code="police", title="公安部门", account="authority-police")
CREDIT = Authority(code="credit", title="信用部门", account="authority-credit")
ASKED_ALL = Vetting(
    authorities=(POLICE, CREDIT),
    vetoes=(Veto(code="criminal", title="受过刑事处罚或正在被查处", authority="police"),),
)

PREPARE_PRACTICE = practice.PreparePractice(
    at=AT,
    by=SYSTEM_ACTOR,
    campaign_id=CAMPAIGN,
    configuration=configuration().model_copy(update={"vetting": ASKED_ALL}),
)
ORDER_VETTING = practice.OrderVetting(
    at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nominations=(ANNA,)
)
TIME = practice.TimeInvestigation(
    at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, investigation_id=INQUIRY
)

PRACTICES = Examples(
    PRACTICE,
    {
        "活动未开启": (),
        "工作规则已定": after(PRACTICE, PREPARE_PRACTICE),
        "联审已启动": after(PRACTICE, PREPARE_PRACTICE, ORDER_VETTING),
    },
    (PREPARE_PRACTICE, ORDER_VETTING, TIME),
)

REQUEST = vetting.RequestVetting.model_validate(OF_ANNA | {"vetting": ASKED_ALL})
NOTE_EXECUTIVE = vetting.NoteExecutive.model_validate(OF_ANNA | {"executive": False})
REPLY = vetting.RecordReply(
    at=AT,
    by=actor("authority", id="authority-police"),
    authority="police",
    answer="no_objection",
    sealed=True,
    sha256=DIGEST,
    dated=date(2019, 12, 11),
)
OBJECT = REPLY.model_copy(update={"answer": "objection"})
VETO = OBJECT.model_copy(update={"veto": "criminal"})
REPLY_OF_ANOTHER = REPLY.model_copy(
    update={"by": actor("authority", id="authority-credit"), "authority": "credit"}
)
WEIGH = vetting.WeighReply(
    at=AT, by=LEADING_GROUP, authority="police", stands=False, reason="所涉事项的研究意见"
)
VETTING_OVERDUE = vetting.NoteOverdue(at=LONG_AFTER, by=SYSTEM_ACTOR)
END_VETTING = vetting.EndVetting.model_validate(OF_ANNA | {"ground": "merged"})
RESTORE_VETTING = vetting.RestoreVetting.model_validate(OF_ANNA)

VETTINGS = Examples(
    VETTING,
    {
        "未征求意见": (),
        "待回复": after(VETTING, REQUEST),
        "待回复，已逾期": after(VETTING, REQUEST, VETTING_OVERDUE),
        "有异议待研究": after(VETTING, REQUEST, OBJECT, REPLY_OF_ANOTHER),
        "人选已退出": after(VETTING, REQUEST, END_VETTING),
        "联审通过": after(VETTING, REQUEST, REPLY, REPLY_OF_ANOTHER),
        "一票否决": after(VETTING, REQUEST, VETO),
    },
    (
        REQUEST,
        NOTE_EXECUTIVE,
        REPLY,
        VETO,
        WEIGH,
        VETTING_OVERDUE,
        END_VETTING,
        RESTORE_VETTING,
    ),
)

PREPARE_APPROVAL = approval.PrepareApproval(
    at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, configuration=configuration()
)
SUBMIT_LIST = approval.SubmitList(
    at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, digest=DIGEST, nominations=(ANNA,), ranks=(1,)
)
BAR_ENTRY = approval.BarCandidate(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nomination_id=BODO)
LEAVE_LIST = approval.LeaveList.model_validate(OF_ANNA | {"ground": "merged"})
RETURN_TO_LIST = approval.ReturnToList.model_validate(OF_ANNA)
WITHDRAW_LIST = approval.WithdrawList(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN)
VETTED = approval.NoteVetted.model_validate(OF_ANNA)
CONFERRED = approval.NoteConferred.model_validate(OF_ANNA)
PREPARE_VETTED = PREPARE_APPROVAL.model_copy(
    update={"configuration": PREPARE_PRACTICE.configuration}
)
DECIDE = meeting.DecideList(
    at=AT,
    by=LEADING_GROUP,
    digest=DIGEST,
    chair=CHAIR,
    present=UNITS,
    votes={ANNA: meeting.Votes(yes=6, no=0, abstain=0)},
)

APPROVALS = Examples(
    APPROVAL,
    {
        "活动未开启": (),
        "审定办法已定": after(APPROVAL, PREPARE_APPROVAL),
        "名单待审定": after(APPROVAL, PREPARE_APPROVAL, SUBMIT_LIST),
        "名单待审定，联审未办结": after(APPROVAL, PREPARE_VETTED, SUBMIT_LIST),
        "名单待审定，人选已退出": after(APPROVAL, PREPARE_APPROVAL, SUBMIT_LIST, LEAVE_LIST),
        "名单已审定": after(APPROVAL, PREPARE_APPROVAL, SUBMIT_LIST, DECIDE),
    },
    (
        PREPARE_APPROVAL,
        SUBMIT_LIST,
        BAR_ENTRY,
        LEAVE_LIST,
        RETURN_TO_LIST,
        WITHDRAW_LIST,
        VETTED,
        CONFERRED,
        DECIDE,
    ),
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
SET_TERM = investigation.SetTerm(
    at=AT, by=SYSTEM_ACTOR, due_on=date(2020, 1, 2), calendar=WORKING_DAYS, extension_days=15
)
EXTEND = investigation.ExtendInvestigation(at=AT, by=OFFICE, reason="须向外地发证机关函询")
INVESTIGATION_OVERDUE = investigation.NoteOverdue(at=LONG_AFTER, by=SYSTEM_ACTOR)
HEAR = investigation.RecordHearing(
    at=AT,
    by=actor("investigator", id="inspector-1"),
    outcome="heard",
    dated=date(2019, 12, 11),
    sha256=FILE,
)

INVESTIGATIONS = Examples(
    INVESTIGATION,
    {
        "未立案": (),
        "核查中": after(INVESTIGATION, OPEN_INVESTIGATION),
        "核查中，期限已定": after(INVESTIGATION, OPEN_INVESTIGATION, SET_TERM),
        "核查中，已有证据": after(INVESTIGATION, OPEN_INVESTIGATION, RECORD_EVIDENCE),
        "已结案": after(INVESTIGATION, OPEN_INVESTIGATION, RECORD_EVIDENCE, CONCLUDE),
    },
    (
        OPEN_INVESTIGATION,
        SET_TERM,
        EXTEND,
        INVESTIGATION_OVERDUE,
        HEAR,
        RECORD_EVIDENCE,
        CONCLUDE,
    ),
)

APPROVE = clearance.NoteApproval.model_validate(OF_ANNA)
CLOSE_NOTICE = clearance.NoteNoticeClosed.model_validate(OF_ANNA)
HOLD = clearance.HoldClearance.model_validate(OF_ANNA | {"investigation_id": INQUIRY})
RELEASE = clearance.ReleaseHold.model_validate(OF_ANNA | {"investigation_id": INQUIRY})
PAUSED = {"pause_id": SUSPENSION, "cause": "suspension"}
PAUSE = clearance.PauseClearance.model_validate(OF_ANNA | PAUSED)
END_PAUSE = clearance.EndPause.model_validate(OF_ANNA | PAUSED)
AWAIT_VETTING = clearance.AwaitVetting.model_validate(OF_ANNA)
NOTE_VETTED = clearance.NoteVetted.model_validate(OF_ANNA)
END_CLEARANCE = clearance.EndClearance.model_validate(OF_ANNA | {"ground": "merged"})
RESTORE_CLEARANCE = clearance.RestoreClearance.model_validate(OF_ANNA)
BAR_CLEARANCE = clearance.BarClearance.model_validate(OF_ANNA)

CLEARANCES = Examples(
    CLEARANCE,
    {
        "条件未齐": (),
        "已审定通过": after(CLEARANCE, APPROVE),
        "公示已期满": after(CLEARANCE, CLOSE_NOTICE),
        "暂缓授予": after(CLEARANCE, APPROVE, CLOSE_NOTICE, HOLD),
        "暂停办理": after(CLEARANCE, APPROVE, CLOSE_NOTICE, PAUSE),
        "联审未办结": after(CLEARANCE, AWAIT_VETTING, APPROVE, CLOSE_NOTICE),
        "已退出评选": after(CLEARANCE, APPROVE, CLOSE_NOTICE, END_CLEARANCE),
        "具备授予条件": after(CLEARANCE, APPROVE, CLOSE_NOTICE),
        "不予授予": after(CLEARANCE, BAR_CLEARANCE),
    },
    (
        APPROVE,
        CLOSE_NOTICE,
        HOLD,
        RELEASE,
        PAUSE,
        END_PAUSE,
        AWAIT_VETTING,
        NOTE_VETTED,
        END_CLEARANCE,
        RESTORE_CLEARANCE,
        BAR_CLEARANCE,
    ),
)

SERVICE = Service(
    PLAN,
    (PANELS, EVALUATIONS, PRACTICES, VETTINGS, APPROVALS, INVESTIGATIONS, CLEARANCES),
)
