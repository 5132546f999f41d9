"""The campaign of 2019 as review's tests see it: its rules, its judges, its candidates."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from services.review.judges import PanelMember
from shared.contracts.campaign import (
    Bodies,
    CampaignConfiguration,
    Contact,
    Criterion,
    Fraction,
    NoticePeriod,
    Scoring,
    Voting,
)
from shared.contracts.ids import campaign_id
from shared.messages import Actor
from tests.actors import actor

CAMPAIGN = campaign_id("嘉港区办〔2019〕60号")
ANNA, BODO, CARL = (UUID(int=number, version=4) for number in (1, 2, 3))
"""Three nominations."""
INQUIRY, SECOND_INQUIRY = UUID(int=101, version=4), UUID(int=102, version=4)

EMPLOYER = "91890000MAXXXX0318"
RECOMMENDER = "51890000MJXXXX018G"
ELSEWHERE = "12890000MBXXXX0013"

SCORING = Scoring(
    criteria=(
        Criterion(code="spirit", title="工匠精神", weight=20),
        Criterion(code="skill", title="技能技艺", weight=30),
        Criterion(code="teaching", title="带徒传技", weight=20),
        Criterion(code="achievement", title="业绩成果", weight=30),
    ),
    drop_extremes_from=5,
    decimals=2,
    tie_break=("achievement", "skill"),
    pass_mark=Decimal(60),
)

UNITS = ("乍浦镇", "办公室", "人力社保局", "经发局", "财政分局", "总工会")
CHAIR = "管委会分管领导"


def configuration(quota: int = 2, shortlist_size: int = 2) -> CampaignConfiguration:
    """The notice's campaign."""
    return CampaignConfiguration(
        document_number="嘉港区办〔2019〕60号",
        title="关于开展“港区工匠”评选活动的通知",
        honour="港区工匠",
        issued_on=date(2019, 11, 20),
        approval_reference="测试批准文号",
        deadline=datetime.fromisoformat("2019-12-10T23:59:59+08:00"),
        base_date=date(2019, 12, 10),
        required_years=3,
        quota=quota,
        shortlist_size=shortlist_size,
        reward="测试奖励",
        bar_years=3,
        all_listed_areas=False,
        notice=NoticePeriod(days=5, unit="working_days", count_publication_day=True),
        scoring=SCORING,
        voting=Voting(quorum=Fraction(part=2, of=3), majority=Fraction(part=2, of=3), secret=False),
        bodies=Bodies(
            issuer="嘉兴港区开发建设管理委员会办公室",
            office="领导小组办公室",
            leading_group_chair=CHAIR,
            leading_group_members=UNITS,
            conferring_body="嘉兴港区开发建设管理委员会",
            receiving_desk="嘉兴港区人力资源服务中心",
        ),
        contact=Contact(
            department="领导小组办公室",
            telephone="0573-00000000",
            address="虚构路1号",
            postcode="000000",
            email="office@example.com",
        ),
    )


def judge(number: int, uscc: str = ELSEWHERE) -> PanelMember:
    """Judge 1 is a leader, the others are experts."""
    return PanelMember(
        id=f"judge-{number}",
        name=f"测试评委{number}",
        organisation="示例评审单位",
        uscc=uscc,
        kind="leader" if number == 1 else "expert",
    )


JUDGES = (judge(1), judge(2), judge(3))


def as_judge(number: int) -> Actor:
    """The judge at the desk."""
    return actor("expert", id=f"judge-{number}", organisation="示例评审单位")


def marks(
    spirit: str = "15", skill: str = "25", teaching: str = "15", achievement: str = "25"
) -> dict[str, Decimal]:
    """Marks by criterion, 80 in all unless told otherwise."""
    return {
        "spirit": Decimal(spirit),
        "skill": Decimal(skill),
        "teaching": Decimal(teaching),
        "achievement": Decimal(achievement),
    }
