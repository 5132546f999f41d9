"""Fictional people and events of the campaign of 2019, as publicity knows them."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

from services.publicity import enclosures, honour, notice, objecting, objection, posted, title
from services.publicity.extension import ExtendNotice
from shared.calendar import Revision, end_of_day
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
from shared.contracts.sealed import Sealed
from shared.messages import Actor
from tests.actors import COMMITTEE, OFFICE, SYSTEM_ACTOR

CAMPAIGN = campaign_id("嘉港区办〔2019〕60号")
JIA, YI, BING = (uuid5(CAMPAIGN, name) for name in ("jia", "yi", "bing"))
NOTICE_ID = notice.notice_id(CAMPAIGN, 1)
SECOND_NOTICE = notice.notice_id(CAMPAIGN, 2)
OBJECTION_ID = uuid5(CAMPAIGN, "objection")
PAPER = "5ea1" * 16
SCAN = "ab" * 32
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


def withdraw(nomination_id: UUID, reason: posted.Reason = "disqualified") -> notice.WithdrawEntry:
    return notice.WithdrawEntry(
        at=MEANWHILE,
        by=SYSTEM_ACTOR,
        campaign_id=CAMPAIGN,
        nomination_id=nomination_id,
        reason=reason,
    )


def readmit(nomination_id: UUID) -> notice.ReadmitEntry:
    return notice.ReadmitEntry(
        at=MEANWHILE, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nomination_id=nomination_id
    )


def promote(nomination_id: UUID, in_place_of: UUID) -> notice.NotePromotion:
    return notice.NotePromotion(
        at=MEANWHILE,
        by=SYSTEM_ACTOR,
        campaign_id=CAMPAIGN,
        nomination_id=nomination_id,
        in_place_of=in_place_of,
    )


def extend(
    *,
    at: datetime = MEANWHILE,
    until: date | None = None,
    revision: Revision | None = None,
    notice_id: UUID = NOTICE_ID,
    reason: str = "门户网站停机维护一日",
    by: Actor = OFFICE,
) -> ExtendNotice:
    return ExtendNotice(
        at=at, by=by, notice_id=notice_id, reason=reason, until=until, revision=revision
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


def pay(by: Actor = COMMITTEE) -> honour.RecordPayment:
    return honour.RecordPayment(at=LATER, by=by, amount_fen=1_000_000, sha256=PAPER)


def propose(by: Actor = OFFICE, reason: str = "对一起事故负主要责任") -> honour.ProposeRevocation:
    return honour.ProposeRevocation(
        at=LATER,
        by=by,
        ground="major_accident",
        reason=reason,
        proposed_by="虚构应急管理部门",
    )


def end(reason: title.Exclusion, nomination_id: UUID = JIA) -> honour.EndCandidacy:
    return honour.EndCandidacy(
        at=MEANWHILE,
        by=SYSTEM_ACTOR,
        nomination_id=nomination_id,
        campaign_id=CAMPAIGN,
        reason=reason,
    )


def set_aside(nomination_id: UUID = JIA) -> honour.SetAside:
    return honour.SetAside(
        at=MEANWHILE, by=SYSTEM_ACTOR, nomination_id=nomination_id, campaign_id=CAMPAIGN
    )


def take_up_again(nomination_id: UUID = JIA) -> honour.TakeUpAgain:
    return honour.TakeUpAgain(
        at=MEANWHILE, by=SYSTEM_ACTOR, nomination_id=nomination_id, campaign_id=CAMPAIGN
    )


def note_objection(nomination_id: UUID = JIA) -> honour.NoteObjection:
    return honour.NoteObjection(
        at=MEANWHILE,
        by=SYSTEM_ACTOR,
        nomination_id=nomination_id,
        campaign_id=CAMPAIGN,
        objection_id=OBJECTION_ID,
    )


def note_settled(nomination_id: UUID = JIA) -> honour.NoteObjectionSettled:
    return honour.NoteObjectionSettled(
        at=MEANWHILE,
        by=SYSTEM_ACTOR,
        nomination_id=nomination_id,
        campaign_id=CAMPAIGN,
        objection_id=OBJECTION_ID,
    )


def raise_objection(
    nomination_id: UUID = JIA,
    *,
    at: datetime = MEANWHILE,
    signed: bool = True,
    named: bool = True,
    posted_on: date | None = None,
    allegation: str = "所报技术成果并非本人完成",
    by: Actor = OFFICE,
) -> objection.RaiseObjection:
    return objection.RaiseObjection(
        at=at,
        by=by,
        nomination_id=nomination_id,
        campaign_id=CAMPAIGN,
        objector="person",
        signed=signed,
        reporter=box("reporter") if named else None,
        contact=box("contact") if named else None,
        allegation=allegation,
        sha256=PAPER,
        posted_on=posted_on,
        terms=CONFIGURATION.objections,
    )


def box(field: str) -> Sealed:
    """Something sealed for the objection of these stories."""
    return Sealed(key=uuid5(OBJECTION_ID, field), box="AAECAwQFBgcICQoLDA0ODw==")


def accept(at: datetime = MEANWHILE, by: Actor = OFFICE) -> objection.AcceptObjection:
    return objection.AcceptObjection(at=at, by=by)


def decline(
    ground: objecting.Refusal, *, lead: bool = False, at: datetime = MEANWHILE
) -> objection.DeclineObjection:
    return objection.DeclineObjection(at=at, by=OFFICE, ground=ground, lead=lead)


def conclude(
    finding: objecting.Verdict, at: datetime = LATER, nomination_id: UUID = JIA
) -> objection.NoteFinding:
    return objection.NoteFinding(
        at=at,
        by=SYSTEM_ACTOR,
        nomination_id=nomination_id,
        investigation_id=INVESTIGATION,
        finding=finding,
    )


def answer(at: datetime = LATER, by: Actor = OFFICE) -> objection.AnswerObjection:
    return objection.AnswerObjection(at=at, by=by, sha256=PAPER)


def take_back(*, continued: bool = False) -> objection.WithdrawObjection:
    return objection.WithdrawObjection(at=MEANWHILE, by=OFFICE, continued=continued)


def open_reporter(by: Actor = OFFICE) -> objection.OpenReporter:
    return objection.OpenReporter(at=MEANWHILE, by=by, purpose="联系反映人核实情况")


def supplement(*digests: str, by: Actor = OFFICE) -> enclosures.SupplementObjection:
    return enclosures.SupplementObjection(
        at=MEANWHILE,
        by=by,
        enclosed=tuple(enclosed(one) for one in digests or (SCAN,)),
        key=uuid5(OBJECTION_ID, "dossier"),
    )


def enclosed(sha256: str) -> objecting.Enclosed:
    return objecting.Enclosed(sha256=sha256, kind="application/pdf", part="evidence", size=1000)


def open_document(sha256: str = SCAN, by: Actor = OFFICE) -> enclosures.OpenDocument:
    return enclosures.OpenDocument(at=MEANWHILE, by=by, sha256=sha256, purpose="核对单位公章")


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


def entry_removed(nomination_id: UUID, reason: posted.Harmless) -> posted.NoticeEntryRemoved:
    return posted.NoticeEntryRemoved(
        campaign_id=CAMPAIGN, notice_id=NOTICE_ID, nomination_id=nomination_id, reason=reason
    )


def excluded(nomination_id: UUID, reason: posted.Harmless) -> posted.EntryExcluded:
    return posted.EntryExcluded(campaign_id=CAMPAIGN, nomination_id=nomination_id, reason=reason)


def promotion_noted(nomination_id: UUID, in_place_of: UUID) -> posted.PromotionNoted:
    return posted.PromotionNoted(
        campaign_id=CAMPAIGN, nomination_id=nomination_id, in_place_of=in_place_of
    )


def change_awaited(nomination_id: UUID, number: int = 2) -> posted.ChangeAwaited:
    return posted.ChangeAwaited(
        campaign_id=CAMPAIGN,
        notice_id=notice.notice_id(CAMPAIGN, number),
        nomination_id=nomination_id,
    )


def republished(
    *nominations: UUID,
    corrected: tuple[UUID, ...] = (),
    entries: Mapping[UUID, Entry] | None = None,
) -> posted.NoticeRepublished:
    """Posted again on 25 December: counted to the last day of the year."""
    read = ENTRIES if entries is None else entries
    days = (25, 26, 27, 30, 31)
    return posted.NoticeRepublished(
        campaign_id=CAMPAIGN,
        notice_id=SECOND_NOTICE,
        number=2,
        earlier=NOTICE_ID,
        list_digest=DIGEST,
        opens_on=date(2019, 12, 25),
        closes_on=date(2019, 12, 31),
        closes_at=end_of_day(date(2019, 12, 31)),
        counted=tuple(date(2019, 12, day) for day in days),
        calendar="chinesecalendar 1.11.0",
        entries=tuple(posted.Line(nomination_id=one, entry=read[one]) for one in nominations),
        corrected=corrected,
    )


def closed(*nominations: UUID, notice_id: UUID = NOTICE_ID) -> posted.NoticeClosed:
    return posted.NoticeClosed(campaign_id=CAMPAIGN, notice_id=notice_id, nominations=nominations)


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
