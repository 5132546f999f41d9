"""Examples of what publicity owns."""

from datetime import date, datetime

from services.publicity import PLAN, admission, revocation
from services.publicity.certificate import CERTIFICATE, CertificateIssued, IssueCertificate
from services.publicity.honour import HONOUR, AwaitNotice, NoteNoticeEnded, NoteRevocationDecided
from services.publicity.notice import NOTICE
from services.publicity.objection import (
    OBJECTION,
    NoteAcceptanceOverdue,
    NoteAnswerOverdue,
)
from services.publicity.revocation import REVOCATION
from tests.actors import AT, COMMITTEE, LEADING_GROUP, OFFICE, SYSTEM_ACTOR
from tests.publicity import erasures, stories
from tests.publicity.stories import CAMPAIGN, JIA, LATER, NOTICE_ID, OBJECTION_ID, PAPER, YI
from tests.rules.situations import Examples, Service, after

OF_JIA = {"campaign_id": CAMPAIGN, "nomination_id": JIA}
AS_SYSTEM = {"at": AT, "by": SYSTEM_ACTOR} | OF_JIA
POSTED_DAY = date(2019, 12, 25)
LONG_AFTER = datetime.fromisoformat("2020-06-01T09:00:00+08:00")

READY = (stories.prepared(), stories.list_noted(JIA), stories.entry_noted(JIA))
PUBLISHED = (*READY, stories.published(JIA))

NOTICES = Examples(
    NOTICE,
    {
        "活动未开启": (),
        "名单待审定": (stories.prepared(),),
        "内容待放行": (stories.prepared(), stories.list_noted(JIA)),
        "可以公示": READY,
        "人选已被取消资格": (*READY, stories.barred(JIA)),
        "公示中": PUBLISHED,
        "公示中，内容有变更": (*PUBLISHED, stories.change_awaited(JIA)),
        "公示期满": (*PUBLISHED, stories.closed(JIA)),
    },
    (
        stories.prepare(),
        stories.note_list(JIA),
        stories.promote(YI, JIA),
        stories.note_entry(JIA),
        stories.withdraw(JIA),
        stories.readmit(JIA),
        stories.publish(),
        stories.extend(until=date(2020, 1, 3)),
        stories.close(at=stories.MEANWHILE),
        stories.close(),
        admission.ExpectPosted.model_validate(AS_SYSTEM),
        admission.AdmitObjection.model_validate(
            AS_SYSTEM | {"objection_id": OBJECTION_ID, "day": POSTED_DAY}
        ),
        admission.ExpectLate.model_validate(AS_SYSTEM | {"day": POSTED_DAY}),
        admission.ExpectStranger.model_validate(
            AS_SYSTEM | {"organisation": stories.ENTRIES[JIA].employer}
        ),
        erasures.expect_over(at=LONG_AFTER),
    ),
)

RAISE = stories.raise_objection()
ACCEPT = stories.accept()
CONCLUDE = stories.conclude("unfounded")
ANSWER = stories.answer()
ANSWERED = (RAISE, ACCEPT, CONCLUDE, ANSWER)
ACCEPTANCE_OVERDUE = NoteAcceptanceOverdue(at=LONG_AFTER, by=SYSTEM_ACTOR)
ANSWER_OVERDUE = NoteAnswerOverdue(at=LONG_AFTER, by=SYSTEM_ACTOR)

OBJECTIONS = Examples(
    OBJECTION,
    {
        "未登记": (),
        "待决定是否受理": after(OBJECTION, RAISE),
        "待决定是否受理，匿名": after(
            OBJECTION, stories.raise_objection(signed=False, named=False)
        ),
        "待决定是否受理，附有材料": after(OBJECTION, RAISE, stories.supplement()),
        "核查中": after(OBJECTION, RAISE, ACCEPT),
        "待答复": after(OBJECTION, RAISE, ACCEPT, CONCLUDE),
        "已办结": after(OBJECTION, RAISE, ACCEPT, CONCLUDE, ANSWER),
        "已撤回": after(OBJECTION, RAISE, ACCEPT, stories.take_back()),
        "不予受理": after(OBJECTION, RAISE, stories.decline("no_facts")),
        "已办结，反映人信息依法保全": after(OBJECTION, *ANSWERED, erasures.place_hold()),
        "已办结，反映人信息正在删除": after(OBJECTION, *ANSWERED, erasures.request()),
        "已办结，反映人信息已删除": after(
            OBJECTION, *ANSWERED, erasures.request(), erasures.complete()
        ),
    },
    (
        RAISE,
        ACCEPT,
        stories.decline("no_facts"),
        stories.decline("anonymous"),
        ACCEPTANCE_OVERDUE,
        stories.take_back(),
        CONCLUDE,
        ANSWER,
        ANSWER_OVERDUE,
        stories.open_reporter(),
        stories.supplement("cd" * 32),
        stories.open_document(),
        erasures.request(),
        erasures.place_hold(),
        erasures.lift_hold(),
        erasures.complete(),
        erasures.note_returned(),
    ),
)

CLEARED = stories.clearance_noted()
TITLE = (stories.clear(), stories.confer())
AWAIT = AwaitNotice.model_validate(AS_SYSTEM | {"notice_id": NOTICE_ID})
REVOKED = NoteRevocationDecided.model_validate(AS_SYSTEM | {"revoked": True})

HONOURS = Examples(
    HONOUR,
    {
        "不具备授予条件": (),
        "授予条件已撤回": (CLEARED, stories.clearance_lapsed()),
        "具备授予条件": (CLEARED,),
        "具备授予条件，异议未办结": after(HONOUR, stories.clear(), stories.note_objection()),
        "具备授予条件，等待再次公示": after(HONOUR, stories.clear(), AWAIT),
        "已并入其他申报": after(HONOUR, stories.clear(), stories.set_aside()),
        "资格已取消": (stories.cancelled(),),
        "人选资格已终止": after(HONOUR, stories.end("withdrawn")),
        "已授予": after(HONOUR, *TITLE),
        "已授予，奖励已发放": after(HONOUR, *TITLE, stories.pay()),
        "撤销程序中": after(HONOUR, *TITLE, stories.disqualify()),
        "已撤销": after(HONOUR, *TITLE, stories.disqualify(), REVOKED),
    },
    (
        stories.clear(),
        stories.unclear(),
        stories.note_objection(),
        stories.note_settled(),
        AWAIT,
        NoteNoticeEnded.model_validate(AS_SYSTEM | {"notice_id": NOTICE_ID}),
        stories.disqualify(),
        stories.end("withdrawn"),
        stories.set_aside(),
        stories.take_up_again(),
        stories.confer(),
        stories.pay(),
        stories.propose(),
        REVOKED,
    ),
)

OPEN_CASE = revocation.OpenRevocation.model_validate(
    AS_SYSTEM | {"cause": "major_accident", "reason": "对一起事故负主要责任"}
)
VERIFY = revocation.RecordVerification(at=LATER, by=OFFICE, statement="调查报告属实", sha256=PAPER)
HEAR = revocation.RecordStatement(at=LATER, by=OFFICE, heard_on=date(2020, 1, 2), sha256=PAPER)
ADVISE = revocation.GiveOpinion(at=LATER, by=LEADING_GROUP, advice="revoke", statement="建议撤销")
REVOKE = revocation.DecideRevocation(
    at=LATER, by=COMMITTEE, revoke=True, decision_number="嘉港区管〔2020〕9号", statement="决定撤销"
)
RECOVER = revocation.RecordRecovery(at=LATER, by=OFFICE, what="certificate", sha256=PAPER)
CORRECT = revocation.CorrectRevocation(
    at=LATER, by=COMMITTEE, decision_number="嘉港区管〔2020〕12号", statement="原认定有误"
)

REVOCATIONS = Examples(
    REVOCATION,
    {
        "未提请": (),
        "待核查": after(REVOCATION, OPEN_CASE),
        "待听取陈述申辩": after(REVOCATION, OPEN_CASE, VERIFY),
        "待领导小组意见": after(REVOCATION, OPEN_CASE, VERIFY, HEAR),
        "待管委会决定": after(REVOCATION, OPEN_CASE, VERIFY, HEAR, ADVISE),
        "已撤销": after(REVOCATION, OPEN_CASE, VERIFY, HEAR, ADVISE, REVOKE),
        "已撤销，证书已收回": after(REVOCATION, OPEN_CASE, VERIFY, HEAR, ADVISE, REVOKE, RECOVER),
    },
    (OPEN_CASE, VERIFY, HEAR, ADVISE, REVOKE, RECOVER, CORRECT),
)

NUMBER = "GQGJ-2019-001"

CERTIFICATES = Examples(
    CERTIFICATE,
    {
        "未使用": (),
        "已用于该人选": (CertificateIssued(nomination_id=JIA, certificate_number=NUMBER),),
        "已用于其他人选": (CertificateIssued(nomination_id=YI, certificate_number=NUMBER),),
    },
    (IssueCertificate(at=AT, by=SYSTEM_ACTOR, nomination_id=JIA, certificate_number=NUMBER),),
)

SERVICE = Service(PLAN, (NOTICES, OBJECTIONS, HONOURS, REVOCATIONS, CERTIFICATES))
