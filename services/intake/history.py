"""A nomination's stream as people read it: where it stands, and each event in a line of words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Optional, cast
from uuid import UUID

from services.intake import (
    correction,
    disclosure,
    duplicates,
    milestones,
    nomination,
    papers,
    prereview,
    retention,
    suspension,
    withdrawal,
)
from services.intake.nomination import NOMINATION
from services.intake.record import (
    Absent,
    Live,
    Material,
    NominationReceived,
    OpenCorrection,
    Paper,
    Record,
    Status,
    status_of,
)
from shared.calendar import BEIJING, beijing_date
from shared.contracts.intake import Channel, Condition, Entry, Finding, Organisation
from shared.contracts.sealed import Purpose
from shared.contracts.submission import BLANKS
from shared.messages import Event, Recorded

Tone = Literal["", "good", "wait", "stop"]

CONDITIONS = {
    "C1": "绝技高招或先进操作法",
    "C2": "技能水平领先",
    "C3": "攻坚克难、带徒传技",
    "C4": "精益求精、贡献卓越",
}
"""The four conditions (S12–S22) by what they are about."""

PARTS = {"identity": "身份信息", "contact": "联系方式", "dossier": "申报内容"}
"""The three parts in which personal data is sealed."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event: when, by whom, what, and the rule it rests on."""

    at: datetime
    by: str
    organisation: str
    event: str
    rule: str
    title: str
    words: str
    tone: Tone
    position: int


@dataclass(frozen=True, slots=True)
class Telling:
    """How one kind of event is told."""

    title: Callable[[Any], str]
    tone: Callable[[Any], Tone]
    words: Callable[[Any], str]


def told(
    tone: Tone | Callable[[Any], Tone] = "",
    words: Callable[[Any], str] = lambda _: "",
    title: Callable[[Any], str] = lambda event: event.label,
) -> Telling:
    """A telling, with the event's own label unless the title says more."""
    return Telling(title, tone if callable(tone) else lambda _: tone, words)


def conditions_in_words(conditions: Iterable[str]) -> str:
    """`C1（绝技高招或先进操作法）、C2（…）`."""
    return "、".join(f"{code}（{CONDITIONS[code]}）" for code in conditions)


def _received(event: NominationReceived) -> str:
    claimed = conditions_in_words(event.claimed_conditions)
    return f"推荐单位：{event.recommender.name}；申报条件：{claimed}"


def _pre_reviewed(event: prereview.NominationPreReviewed) -> str:
    if event.passed:
        return f"认定{conditions_in_words(event.conditions)}。{event.opinion}"
    return f"依据{'、'.join(event.reasons)}。{event.opinion}"


def _opened(event: disclosure.PersonalDataOpened) -> str:
    return f"查看{'、'.join(PARTS[part] for part in event.fields)}；用途：{event.purpose}"


def _evaluated(event: milestones.NominationEvaluated) -> str:
    return f"得分{event.total}，第{event.rank}名"


def _approved(event: milestones.NominationApproved) -> str:
    return f"赞成{event.yes}票，反对{event.no}票，弃权{event.abstained}票"


def _conferred(event: milestones.NominationConferred) -> str:
    return f"证书编号{event.certificate_number}；决定文号{event.decision_number}"


def _requested(event: correction.CorrectionRequested) -> str:
    return f"补正栏目：{fields_in_words(event.fields)}；期限：{event.due_on}。{event.reason}"


def _corrected(event: correction.NominationCorrected) -> str:
    errors = [one.rule for one in event.findings if one.severity == "error"]
    rest = f"；仍不符合{'、'.join(errors)}" if errors else ""
    return f"已补正：{fields_in_words(event.fields)}{rest}"


def _assessed(event: prereview.ConditionsAssessed) -> str:
    told_of = [
        f"{one.condition}的{one.clause}（材料{'、'.join(one.evidence)}）"
        for one in event.assessments
    ]
    relied = [f"{one.clause}依据等同认定{one.precedent}" for one in event.equivalences]
    return "；".join((*told_of, *relied))


def _withdrawn(event: withdrawal.NominationWithdrawn) -> str:
    who = "申报人" if event.by == "applicant" else "推荐单位"
    way = "书面声明" if event.letter is not None else "系统报送"
    return f"由{who}于{event.signed_on}提出（{way}）"


def _paper(event: papers.PaperReceived) -> str:
    same = "与电子版一致" if event.electronic_matches else "与电子版不一致"
    return f"{beijing_date(event.received_at)}送达，{same}"


GROUNDS = {"retention": "保存期限届满", "request": "本人请求", "unlawful": "违法留存"}
"""Why personal data is erased (P17)."""


def _erased(event: retention.ErasureAdmitted) -> str:
    return f"删除{'、'.join(PARTS[part] for part in event.parts)}；原因：{GROUNDS[event.ground]}"


def _carried(event: nomination.CarriedOver) -> str:
    match event.mark:
        case "barred":
            return f"{event.until}前不得申报"
        case "honoured":
            return "已获得称号"
        case "revoked":
            return "称号已撤销"


FINDINGS = {
    "unfounded": "不属实",
    "immaterial": "属实但不影响",
    "ineligible": "属实，不符合条件",
    "fraud": "弄虚作假属实",
    "withdrawn": "异议人撤回",
}
"""What came of an investigation or an objection (P6)."""

DECLINED = {
    "anonymous": "匿名",
    "false_name": "冒名",
    "late": "逾期",
    "no_facts": "没有具体事实",
}
"""Why an objection is not taken up (P4)."""

EXCLUDED = {"ineligible": "不符合条件", "vetoed": "一票否决"}
"""Why a nomination is out without fraud (P6, P9)."""


def fields_in_words(fields: Iterable[str]) -> str:
    """`学历、工作简历`."""
    return "、".join(BLANKS[name] for name in fields)


def _tone_of_finding(event: Any) -> Tone:
    return "stop" if event.finding in ("fraud", "ineligible") else "good"


TELLINGS: dict[type[Event], Telling] = {
    NominationReceived: told(words=_received),
    duplicates.NominationHeld: told("wait", lambda event: f"另一项申报：{event.other}"),
    duplicates.DuplicateResolved: told(
        lambda event: "" if event.kept else "stop",
        lambda event: f"另一项申报：{event.other}",
        lambda event: "重复申报已处理：保留本项" if event.kept else "重复申报已处理：并入另一项",
    ),
    prereview.NominationPreReviewed: told(
        lambda event: "good" if event.passed else "stop",
        _pre_reviewed,
        lambda event: "资格初审通过" if event.passed else "资格初审不通过",
    ),
    disclosure.PersonalDataOpened: told(words=_opened),
    disclosure.PublicationReleased: told(),
    milestones.NominationEvaluated: told(
        lambda event: "good" if event.shortlisted else "stop",
        _evaluated,
        lambda event: "综合评审：入围" if event.shortlisted else "综合评审：未入围",
    ),
    milestones.NominationApproved: told(
        lambda event: "good" if event.approved else "stop",
        _approved,
        lambda event: "领导小组审定通过" if event.approved else "领导小组审定未通过",
    ),
    milestones.NominationPosted: told(words=lambda event: f"{event.opens_on}至{event.closes_on}"),
    milestones.EntryWithdrawn: told("stop"),
    milestones.NoticeEnded: told("good"),
    milestones.NoticeExtended: told("wait", lambda event: f"顺延至{event.closes_on}"),
    milestones.InvestigationOpened: told("wait"),
    milestones.InvestigationConcluded: told(
        _tone_of_finding, title=lambda event: f"核查结论：{FINDINGS[event.finding]}"
    ),
    milestones.ObjectionReceived: told("wait"),
    milestones.ObjectionAccepted: told("wait", lambda event: f"核查期限：{event.investigate_by}"),
    milestones.ObjectionDeclined: told(words=lambda event: f"原因：{DECLINED[event.ground]}"),
    milestones.ObjectionInvestigated: told(
        _tone_of_finding, lambda event: f"结论：{FINDINGS[event.finding]}"
    ),
    milestones.ObjectionClosed: told(words=lambda event: f"结果：{FINDINGS[event.outcome]}"),
    milestones.VettingRequested: told("wait", lambda event: f"答复期限：{event.due_on}"),
    milestones.VettingConcluded: told(
        lambda event: "good" if event.passed else "stop",
        title=lambda event: "联审通过" if event.passed else "联审未通过",
    ),
    milestones.NominationExcluded: told(
        "stop", lambda event: f"{EXCLUDED[event.ground]}。{event.reason}"
    ),
    milestones.NominationReserved: told(words=lambda event: f"第{event.place}位"),
    milestones.ReservePromoted: told("good", lambda event: f"递补的申报：{event.in_place_of}"),
    milestones.NominationCleared: told(),
    milestones.ClearanceLost: told("wait"),
    milestones.NominationDisqualified: told("stop", lambda event: event.reason),
    milestones.CandidacyCancelled: told("stop"),
    milestones.NominationConferred: told("good", _conferred),
    milestones.RewardPaid: told("good"),
    milestones.RevocationOpened: told("stop"),
    milestones.RevocationDismissed: told("good"),
    milestones.TitleRevoked: told("stop", lambda event: f"决定文号{event.decision_number}"),
    duplicates.DuplicateReopened: told("wait", lambda event: event.reason),
    duplicates.HoldLifted: told(words=lambda event: f"另一项申报已撤回：{event.other}"),
    correction.CorrectionRequested: told("wait", _requested),
    correction.NominationCorrected: told(words=_corrected),
    correction.CorrectionLapsed: told("stop"),
    papers.PaperReceived: told(words=_paper),
    papers.PaperFoundLate: told(
        "stop", lambda event: f"截止时间：{event.deadline.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
    ),
    papers.OriginalsSighted: told(words=lambda event: f"材料{'、'.join(event.materials)}"),
    suspension.NominationSuspended: told("wait", lambda event: event.reason),
    suspension.NominationResumed: told(words=lambda event: event.reason),
    withdrawal.NominationWithdrawn: told("stop", _withdrawn),
    prereview.ConditionsAssessed: told(words=_assessed),
    prereview.TiesNoted: told(words=lambda event: "申报人为企业负责人" if event.executive else ""),
    nomination.CarriedOver: told(words=_carried),
    retention.ErasureAdmitted: told("stop", _erased),
}


def line(recorded: Recorded) -> Line:
    """One event as people read it."""
    event = recorded.event
    telling = TELLINGS[type(event)]
    return Line(
        at=recorded.at,
        by=recorded.by.name,
        organisation=recorded.by.organisation,
        event=event.name,
        rule=event.rule,
        title=telling.title(event),
        words=telling.words(event),
        tone=telling.tone(event),
        position=recorded.position,
    )


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A nomination as JSON tells it; no personal data but what was released."""

    nomination_id: UUID
    campaign_id: UUID
    submission_id: UUID
    publisher: str
    channel: Channel
    recommender: Organisation
    employer_uscc: str
    status: Status
    claimed_conditions: tuple[Condition, ...]
    findings: tuple[Finding, ...]
    materials: tuple[Material, ...]
    rivals: tuple[UUID, ...]
    correction: OpenCorrection | None
    suspended: bool
    erased: tuple[Purpose, ...]
    entry: Entry | None
    received_at: datetime
    paper_received_at: datetime | None
    paper: Paper | None
    history: tuple[Line, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Case:
    """A nomination's events, read once. `live`: it still takes part."""

    record: Record
    status: Status
    live: bool
    history: tuple[Line, ...]

    @classmethod
    def read(cls, stream: Iterable[Recorded]) -> Optional["Case"]:
        """The nomination with this stream, if there is one."""
        told_of = list(stream)
        situation = NOMINATION.fold([recorded.event for recorded in told_of])
        if isinstance(situation, Absent):
            return None
        return cls(
            record=situation.record,
            status=cast("Status", status_of(situation)),
            live=isinstance(situation, Live),
            history=tuple(line(recorded) for recorded in told_of),
        )

    @property
    def received(self) -> NominationReceived:
        """What came in."""
        return self.record.received

    def file(self, shared: tuple[Finding, ...], erased: frozenset[Purpose]) -> CaseFile:
        """The case as JSON tells it; `shared` is what it has in common with others (P7), `erased`
        the parts that nobody opens any more (P17)."""
        received = self.received
        return CaseFile(
            nomination_id=received.nomination_id,
            campaign_id=received.campaign_id,
            submission_id=received.submission_id,
            publisher=received.publisher,
            channel=received.channel,
            recommender=received.recommender,
            employer_uscc=received.employer_uscc,
            status=self.status,
            claimed_conditions=received.claimed_conditions,
            findings=(*received.findings, *shared),
            materials=received.materials,
            rivals=tuple(sorted(self.record.rivals)),
            correction=self.record.correction,
            suspended=self.record.suspension is not None,
            erased=tuple(sorted(erased)),
            entry=self.record.entry,
            received_at=received.received_at,
            paper_received_at=received.paper_received_at,
            paper=self.record.paper,
            history=self.history,
            position=self.history[-1].position,
        )
