"""Examples of what intake owns."""

from datetime import date, timedelta
from uuid import uuid5

from services.intake import PLAN
from services.intake.campaign import (
    CAMPAIGN,
    AmendCampaign,
    CampaignClosed,
    CampaignOpened,
    CloseCampaign,
    ConfigurationFrozen,
    ExtendDeadline,
    FreezeConfiguration,
    JudgePaper,
    OpenCampaign,
)
from services.intake.claim import (
    CLAIM,
    ClaimContested,
    ClaimTaken,
    ReleaseClaim,
    ReopenClaim,
    SettleClaim,
    TakeClaim,
)
from services.intake.erasure import ERASURE
from services.intake.nomination import NOMINATION
from services.intake.precedents import PRECEDENTS, DecideEquivalence, RelyOnPrecedents, precedent_id
from services.intake.prereview import Equivalence
from services.intake.standing import STANDING, BarPerson, HoldHonour, LoseHonour
from services.intake.submission import SUBMISSION, AnswerSubmission, SubmissionAnswered
from tests.actors import AT, OFFICE, SYSTEM_ACTOR
from tests.intake import erasures, stories
from tests.intake.samples import CAMPAIGN_ID, CONFIGURATION
from tests.intake.stories import IDS, NOMINATION_ID, OTHER, SENDER, SPACE, UNPROVEN
from tests.rules.situations import Examples, Service, after

OPENED = CampaignOpened(campaign_id=CAMPAIGN_ID, configuration=CONFIGURATION)
CLOSED = CampaignClosed(campaign_id=CAMPAIGN_ID, reason="评选结束")
AMENDED = CONFIGURATION.model_copy(update={"quota": CONFIGURATION.quota - 1})

CAMPAIGNS = Examples(
    CAMPAIGN,
    {
        "尚未开展": (),
        "开展中": (OPENED,),
        "开展中，规则已固定": (OPENED, ConfigurationFrozen(campaign_id=CAMPAIGN_ID)),
        "已结束": (OPENED, CLOSED),
        "已结束，档案保存中": (OPENED, CLOSED, erasures.begun()),
        "已结束，未通过材料保存期满": (OPENED, CLOSED, erasures.begun(), erasures.ended()),
    },
    (
        OpenCampaign(at=AT, by=OFFICE, configuration=CONFIGURATION),
        AmendCampaign(at=AT, by=OFFICE, configuration=AMENDED, reason="名额核减"),
        ExtendDeadline(
            at=AT,
            by=OFFICE,
            deadline=CONFIGURATION.deadline + timedelta(days=5),
            reason="报送期延长",
        ),
        FreezeConfiguration(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN_ID),
        JudgePaper(
            at=AT,
            by=SYSTEM_ACTOR,
            campaign_id=CAMPAIGN_ID,
            nomination_id=NOMINATION_ID,
            received_at=CONFIGURATION.deadline + timedelta(seconds=1),
        ),
        CloseCampaign(at=AT, by=OFFICE, reason="评选结束"),
        erasures.begin_retention(),
        erasures.end_retention(),
        erasures.end_retention(erasures.THIRTY_YEARS_ON),
        erasures.expect_over(),
    ),
)

TAKEN = ClaimTaken(nomination_id=NOMINATION_ID)

CLAIMS = Examples(
    CLAIM,
    {
        "无人申报": (),
        "一项申报": (TAKEN,),
        "多项申报": (
            TAKEN,
            ClaimContested(nomination_id=OTHER, holder=NOMINATION_ID, rivals=(NOMINATION_ID,)),
        ),
        "个人信息已删除": (TAKEN, erasures.claim_closed()),
    },
    (
        TakeClaim(at=AT, by=SENDER, nomination_id=OTHER),
        SettleClaim(at=AT, by=SYSTEM_ACTOR, holder=NOMINATION_ID, other=OTHER),
        ReleaseClaim(at=AT, by=SYSTEM_ACTOR, nomination_id=NOMINATION_ID),
        ReopenClaim(at=AT, by=SYSTEM_ACTOR, nomination_id=OTHER),
        erasures.close_claim(),
    ),
)

RECEIVED = stories.received()
UNSIGHTED = RECEIVED.model_copy(
    update={
        "materials": tuple(
            material.model_copy(update={"original_presented": False})
            for material in RECEIVED.materials
        )
    }
)
PASSED = (RECEIVED, stories.pre_reviewed())
APPROVED = (*PASSED, stories.evaluated(), stories.approved())
CONFERRED = (*APPROVED, stories.posted(), stories.ended(), stories.conferred())

NOMINATIONS = Examples(
    NOMINATION,
    {
        "没有申报": (),
        "已受理": (RECEIVED,),
        "已受理，有不符": (stories.received(UNPROVEN),),
        "已受理，纸质材料未收到": (stories.received(paper_received_at=None),),
        "已受理，原件未核对": (UNSIGHTED,),
        "已受理，重复待定": (RECEIVED, stories.held()),
        "补正中": (RECEIVED, stories.correction_requested()),
        "暂缓办理": (RECEIVED, stories.suspended()),
        "异议核查中": (RECEIVED, stories.investigated()),
        "初审不通过": (RECEIVED, stories.pre_reviewed(passed=False)),
        "拟入围": PASSED,
        "未入围": (*PASSED, stories.evaluated(shortlisted=False)),
        "入围": (*PASSED, stories.evaluated()),
        "审定未通过": (*PASSED, stories.evaluated(), stories.approved(passed=False)),
        "审定通过": APPROVED,
        "公示中": (*APPROVED, stories.posted()),
        "公示通过": (*APPROVED, stories.posted(), stories.ended()),
        "已授予": CONFERRED,
        "重复并入": (RECEIVED, stories.held(), stories.resolved(kept=False)),
        "已撤回": (RECEIVED, stories.taken_back()),
        "不再参评": (*PASSED, stories.excluded()),
        "资格取消": (RECEIVED, stories.disqualified()),
        "撤销程序中": (*CONFERRED, stories.revocation_opened()),
        "已撤销": (*CONFERRED, stories.revocation_opened(), stories.title_revoked()),
    },
    (
        stories.receive(RECEIVED),
        stories.hold(),
        stories.resolve(),
        stories.merge(),
        stories.reopen(),
        stories.reopen_rival(),
        stories.lift_hold(),
        stories.request_correction(),
        stories.correct(stories.corrected()),
        stories.lapse(),
        stories.record_paper(),
        stories.judge_late(),
        stories.sight("m1"),
        stories.suspend(),
        stories.resume(),
        stories.withdraw(),
        stories.accept_withdrawal(),
        stories.pass_pre_review(),
        stories.fail_pre_review(),
        stories.note_ties(),
        stories.open_data(),
        stories.release(),
        stories.record(stories.investigated(uuid5(SPACE, "another investigation"))),
        stories.carry_over("barred"),
        erasures.expect_received(),
        erasures.admit(),
    ),
)

ANSWERED = SubmissionAnswered(
    submission_id=uuid5(SPACE, "submission"),
    campaign_id=None,
    publisher="zlb",
    source="urn:gongjiang:publisher:zlb",
    message_id="a-1",
    digest="aa" * 32,
    outcome="refused",
    nomination_id=None,
    findings=(),
)

SUBMISSIONS = Examples(
    SUBMISSION,
    {
        "未收到": (),
        "已答复": (ANSWERED,),
        "同一编号已答复另一消息": (ANSWERED.model_copy(update={"digest": "bb" * 32}),),
    },
    (AnswerSubmission(at=AT, by=SENDER, answer=ANSWERED),),
)

BAR = BarPerson(at=AT, by=SYSTEM_ACTOR, **IDS, until=date(2022, 12, 11))
HOLD = HoldHonour(at=AT, by=SYSTEM_ACTOR, **IDS)
LOSE = LoseHonour(at=AT, by=SYSTEM_ACTOR, **IDS)

STANDINGS = Examples(
    STANDING,
    {
        "没有记录": (),
        "限制申报": after(STANDING, BAR),
        "持有称号": after(STANDING, HOLD),
        "称号已撤销": after(STANDING, HOLD, LOSE),
    },
    (BAR, HOLD, LOSE),
)

EQUATE = DecideEquivalence(
    at=AT,
    by=OFFICE,
    campaign_id=CAMPAIGN_ID,
    clause="S16",
    title="虚构省首席技师",
    issuer="虚构省人民政府",
    equal=True,
    reason="与浙江省技术能手同级。",
)

PRECEDENT = Examples(
    PRECEDENTS,
    {
        "未作认定": (),
        "认定等同": after(PRECEDENTS, EQUATE),
        "认定不等同": after(PRECEDENTS, EQUATE.model_copy(update={"equal": False})),
    },
    (
        EQUATE,
        RelyOnPrecedents(
            at=AT,
            by=SYSTEM_ACTOR,
            campaign_id=CAMPAIGN_ID,
            equivalences=(
                Equivalence(
                    clause="S16",
                    precedent=precedent_id(CAMPAIGN_ID, "S16", EQUATE.title, EQUATE.issuer),
                ),
            ),
        ),
    ),
)

ERASURES = Examples(
    ERASURE,
    {
        "未删除": (),
        "依法保全": (erasures.hold_placed(),),
        "正在删除": (erasures.requested(),),
        "联系方式已删除": (erasures.requested("contact"), erasures.completed("contact")),
        "已删除": (erasures.requested(), erasures.completed()),
    },
    (
        erasures.request(),
        erasures.place_hold(),
        erasures.lift_hold(),
        erasures.complete(),
        erasures.note_returned(),
    ),
)

SERVICE = Service(
    PLAN, (CAMPAIGNS, SUBMISSIONS, NOMINATIONS, CLAIMS, STANDINGS, PRECEDENT, ERASURES)
)
