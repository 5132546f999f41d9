"""Examples of what intake owns."""

from datetime import timedelta
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
    OpenCampaign,
)
from services.intake.claim import (
    CLAIM,
    ClaimContested,
    ClaimTaken,
    SettleClaim,
    TakeClaim,
)
from services.intake.nomination import NOMINATION
from services.intake.submission import SUBMISSION, AnswerSubmission, SubmissionAnswered
from tests.actors import AT, OFFICE, SYSTEM_ACTOR
from tests.intake import stories
from tests.intake.samples import CAMPAIGN_ID, CONFIGURATION
from tests.intake.stories import NOMINATION_ID, OTHER, SENDER, SPACE, UNPROVEN
from tests.rules.situations import Examples, Service

OPENED = CampaignOpened(campaign_id=CAMPAIGN_ID, configuration=CONFIGURATION)
AMENDED = CONFIGURATION.model_copy(update={"quota": CONFIGURATION.quota - 1})

CAMPAIGNS = Examples(
    CAMPAIGN,
    {
        "尚未开展": (),
        "开展中": (OPENED,),
        "开展中，规则已固定": (OPENED, ConfigurationFrozen(campaign_id=CAMPAIGN_ID)),
        "已结束": (OPENED, CampaignClosed(campaign_id=CAMPAIGN_ID, reason="评选结束")),
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
        CloseCampaign(at=AT, by=OFFICE, reason="评选结束"),
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
    },
    (
        TakeClaim(at=AT, by=SENDER, nomination_id=OTHER),
        SettleClaim(at=AT, by=SYSTEM_ACTOR, holder=NOMINATION_ID, other=OTHER),
    ),
)

RECEIVED = stories.received()
PASSED = (RECEIVED, stories.pre_reviewed())
APPROVED = (*PASSED, stories.evaluated(), stories.approved())
CONFERRED = (*APPROVED, stories.posted(), stories.ended(), stories.conferred())

NOMINATIONS = Examples(
    NOMINATION,
    {
        "没有申报": (),
        "已受理": (RECEIVED,),
        "已受理，有不符": (stories.received(UNPROVEN),),
        "已受理，重复待定": (RECEIVED, stories.held()),
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
        "资格取消": (RECEIVED, stories.disqualified()),
        "撤销程序中": (*CONFERRED, stories.revocation_opened()),
    },
    (
        stories.receive(RECEIVED),
        stories.hold(),
        stories.resolve(),
        stories.merge(),
        stories.pass_pre_review(),
        stories.fail_pre_review(),
        stories.open_data(),
        stories.release(),
        stories.record(stories.investigated(uuid5(SPACE, "another investigation"))),
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

SERVICE = Service(PLAN, (CAMPAIGNS, SUBMISSIONS, NOMINATIONS, CLAIMS))
