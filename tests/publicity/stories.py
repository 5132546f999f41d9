"""Fictional people and events of the campaign of 2019, as publicity knows them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from services.publicity import honour, notice, posted, title
from shared.calendar import end_of_day
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
from shared.contracts.intake import Entry
from shared.messages import Actor
from tests.actors import COMMITTEE, OFFICE, SYSTEM_ACTOR

CAMPAIGN = campaign_id("嘉港区办〔2019〕60号")
JIA, YI, BING = (uuid5(CAMPAIGN, name) for name in ("jia", "yi", "bing"))
NOTICE_ID = notice.notice_id(CAMPAIGN, 1)
INVESTIGATION = uuid5(JIA, "investigation")
DIGEST = "c0ffee" * 10 + "2019"
BEFORE = datetime.fromisoformat("2019-12-20T10:00:00+08:00")
OPENING = datetime.fromisoformat("2019-12-23T09:00:00+08:00")
MEANWHILE = datetime.fromisoformat("2019-12-25T14:30:00+08:00")
CLOSING = datetime.fromisoformat("2019-12-28T00:00:00+08:00")
LATER = datetime.fromisoformat("2020-01-03T09:00:00+08:00")

CONFIGURATION = CampaignConfiguration(
    document_number="嘉港区办〔2019〕60号",
    title="关于开展“港区工匠”评选活动的通知",
    honour="港区工匠",
    issued_on=date(2019, 11, 20),
    approval_reference="测试批复〔2019〕1号",
    deadline=datetime.fromisoformat("2019-12-10T23:59:59+08:00"),
    base_date=date(2019, 12, 10),
    required_years=3,
    quota=3,
    shortlist_size=4,
    reward="荣誉证书",
    bar_years=3,
    all_listed_areas=False,
    notice=NoticePeriod(days=5, unit="working_days", count_publication_day=True),
    scoring=Scoring(
        criteria=(Criterion(code="craft", title="工匠精神", weight=100),),
        drop_extremes_from=5,
        decimals=2,
        tie_break=("craft",),
        pass_mark=Decimal(60),
    ),
    voting=Voting(quorum=Fraction(part=2, of=3), majority=Fraction(part=2, of=3), secret=False),
    bodies=Bodies(
        issuer="嘉兴港区开发建设管理委员会办公室",
        office="嘉兴港区“港区工匠”评选活动领导小组办公室",
        leading_group_chair="管委会分管领导",
        leading_group_members=("乍浦镇", "办公室", "人力社保局"),
        conferring_body="嘉兴港区开发建设管理委员会",
        receiving_desk="嘉兴港区人力资源服务中心",
    ),
    contact=Contact(
        department="测试受理部门",
        telephone="0573-00000009",
        address="嘉兴港区示例路9号（虚构）",
        postcode="000000",
        email="yiyi@example.com",
    ),
)


def entry(name: str, employer: str = "虚构石化示例有限公司") -> Entry:
    """What was released of a person."""
    return Entry(
        name=name,
        sex="男",
        employer=employer,
        post="检修钳工",
        qualification="高级技师",
        achievements="虚构的主要业绩摘要。",
        recommender=employer,
    )


ENTRIES = {JIA: entry("测试甲"), YI: entry("测试乙"), BING: entry("阿·测试丙")}


# commands


def prepare() -> notice.PrepareNotice:
    return notice.PrepareNotice(
        at=BEFORE, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, configuration=CONFIGURATION
    )


def note_list(*approved: UUID, digest: str = DIGEST) -> notice.NoteListDecided:
    return notice.NoteListDecided(
        at=BEFORE, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, digest=digest, approved=approved
    )


def note_entry(nomination_id: UUID, released: Entry | None = None) -> notice.NoteEntry:
    return notice.NoteEntry(
        at=BEFORE,
        by=SYSTEM_ACTOR,
        campaign_id=CAMPAIGN,
        nomination_id=nomination_id,
        entry=released or ENTRIES[nomination_id],
    )


def withdraw(nomination_id: UUID) -> notice.WithdrawEntry:
    return notice.WithdrawEntry(
        at=MEANWHILE,
        by=SYSTEM_ACTOR,
        campaign_id=CAMPAIGN,
        nomination_id=nomination_id,
        reason="disqualified",
    )


def publish(
    at: datetime = OPENING, opens_on: date | None = None, by: Actor = OFFICE
) -> notice.PublishNotice:
    return notice.PublishNotice(at=at, by=by, opens_on=opens_on)


def close(at: datetime = CLOSING, by: Actor = SYSTEM_ACTOR) -> notice.CloseNotice:
    return notice.CloseNotice(at=at, by=by)


def clear(nomination_id: UUID = JIA) -> honour.NoteClearance:
    return honour.NoteClearance(
        at=LATER, by=SYSTEM_ACTOR, nomination_id=nomination_id, campaign_id=CAMPAIGN
    )


def unclear(nomination_id: UUID = JIA) -> honour.NoteClearanceWithdrawn:
    return honour.NoteClearanceWithdrawn(
        at=LATER, by=SYSTEM_ACTOR, nomination_id=nomination_id, campaign_id=CAMPAIGN
    )


def disqualify(nomination_id: UUID = JIA) -> honour.Disqualify:
    return honour.Disqualify(
        at=MEANWHILE,
        by=SYSTEM_ACTOR,
        nomination_id=nomination_id,
        campaign_id=CAMPAIGN,
        investigation_id=INVESTIGATION,
        reason="奖励证书系伪造",
    )


def confer(
    by: Actor = COMMITTEE, certificate: str = "GQGJ-2019-001", decision: str = "嘉港区管〔2020〕1号"
) -> honour.ConferTitle:
    return honour.ConferTitle(
        at=LATER, by=by, certificate_number=certificate, decision_number=decision
    )


# events


def prepared() -> posted.NoticePrepared:
    return posted.NoticePrepared(campaign_id=CAMPAIGN, configuration=CONFIGURATION)


def list_noted(*approved: UUID, digest: str = DIGEST) -> posted.ListNoted:
    return posted.ListNoted(campaign_id=CAMPAIGN, digest=digest, approved=approved)


def entry_noted(nomination_id: UUID, released: Entry | None = None) -> posted.EntryNoted:
    return posted.EntryNoted(
        campaign_id=CAMPAIGN,
        nomination_id=nomination_id,
        entry=released or ENTRIES[nomination_id],
    )


def barred(nomination_id: UUID) -> posted.EntryBarred:
    return posted.EntryBarred(
        campaign_id=CAMPAIGN, nomination_id=nomination_id, reason="disqualified"
    )


def published(*nominations: UUID) -> posted.NoticePublished:
    return posted.NoticePublished(
        campaign_id=CAMPAIGN,
        notice_id=NOTICE_ID,
        number=1,
        list_digest=DIGEST,
        opens_on=date(2019, 12, 23),
        closes_on=date(2019, 12, 27),
        closes_at=end_of_day(date(2019, 12, 27)),
        counted=tuple(date(2019, 12, day) for day in range(23, 28)),
        calendar="chinesecalendar 1.11.0",
        entries=tuple(
            posted.Line(nomination_id=nomination, entry=ENTRIES[nomination])
            for nomination in nominations
        ),
    )


def entry_withdrawn(nomination_id: UUID) -> posted.NoticeEntryWithdrawn:
    return posted.NoticeEntryWithdrawn(
        campaign_id=CAMPAIGN,
        notice_id=NOTICE_ID,
        nomination_id=nomination_id,
        reason="disqualified",
    )


def closed(*nominations: UUID) -> posted.NoticeClosed:
    return posted.NoticeClosed(campaign_id=CAMPAIGN, notice_id=NOTICE_ID, nominations=nominations)


def clearance_noted(nomination_id: UUID = JIA) -> title.ClearanceNoted:
    return title.ClearanceNoted(nomination_id=nomination_id, campaign_id=CAMPAIGN)


def clearance_lapsed(nomination_id: UUID = JIA) -> title.ClearanceLapsed:
    return title.ClearanceLapsed(nomination_id=nomination_id, campaign_id=CAMPAIGN)


def cancelled(nomination_id: UUID = JIA) -> title.CandidacyCancelled:
    return title.CandidacyCancelled(
        nomination_id=nomination_id,
        campaign_id=CAMPAIGN,
        investigation_id=INVESTIGATION,
        reason="奖励证书系伪造",
    )


def conferred(
    nomination_id: UUID = JIA,
    certificate: str = "GQGJ-2019-001",
    decision: str = "嘉港区管〔2020〕1号",
) -> title.TitleConferred:
    return title.TitleConferred(
        nomination_id=nomination_id,
        campaign_id=CAMPAIGN,
        title="港区工匠",
        certificate_number=certificate,
        decision_number=decision,
    )


def revocation_opened(nomination_id: UUID = JIA) -> title.RevocationOpened:
    return title.RevocationOpened(
        nomination_id=nomination_id,
        campaign_id=CAMPAIGN,
        investigation_id=INVESTIGATION,
        reason="奖励证书系伪造",
    )
