"""A nomination's stream as people read it: where it stands, and each event in a line of words."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Optional, cast
from uuid import UUID

from services.intake import milestones, nomination
from services.intake.nomination import NOMINATION, Absent, Live, Material, Record, Status, status_of
from shared.contracts.intake import Channel, Condition, Entry, Finding, Organisation
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


def _received(event: nomination.NominationReceived) -> str:
    claimed = conditions_in_words(event.claimed_conditions)
    return f"推荐单位：{event.recommender.name}；申报条件：{claimed}"


def _pre_reviewed(event: nomination.NominationPreReviewed) -> str:
    if event.passed:
        return f"认定{conditions_in_words(event.conditions)}。{event.opinion}"
    return f"依据{'、'.join(event.reasons)}。{event.opinion}"


def _opened(event: nomination.PersonalDataOpened) -> str:
    return f"查看{'、'.join(PARTS[part] for part in event.fields)}；用途：{event.purpose}"


def _evaluated(event: milestones.NominationEvaluated) -> str:
    return f"得分{event.total}，第{event.rank}名"


def _approved(event: milestones.NominationApproved) -> str:
    return f"赞成{event.yes}票，反对{event.no}票，弃权{event.abstained}票"


def _conferred(event: milestones.NominationConferred) -> str:
    return f"证书编号{event.certificate_number}；决定文号{event.decision_number}"


TELLINGS: dict[type[Event], Telling] = {
    nomination.NominationReceived: told(words=_received),
    nomination.NominationHeld: told("wait", lambda event: f"另一项申报：{event.other}"),
    nomination.DuplicateResolved: told(
        lambda event: "" if event.kept else "stop",
        lambda event: f"另一项申报：{event.other}",
        lambda event: "重复申报已处理：保留本项" if event.kept else "重复申报已处理：并入另一项",
    ),
    nomination.NominationPreReviewed: told(
        lambda event: "good" if event.passed else "stop",
        _pre_reviewed,
        lambda event: "资格初审通过" if event.passed else "资格初审不通过",
    ),
    nomination.PersonalDataOpened: told(words=_opened),
    nomination.PublicationReleased: told(),
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
    milestones.InvestigationOpened: told("wait"),
    milestones.InvestigationConcluded: told(
        lambda event: "stop" if event.finding == "fraud" else "good",
        title=lambda event: (
            "核查结论：弄虚作假属实" if event.finding == "fraud" else "核查结论：不属实"
        ),
    ),
    milestones.NominationCleared: told(),
    milestones.ClearanceLost: told("wait"),
    milestones.NominationDisqualified: told("stop", lambda event: event.reason),
    milestones.CandidacyCancelled: told("stop"),
    milestones.NominationConferred: told("good", _conferred),
    milestones.RevocationOpened: told("stop"),
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
    entry: Entry | None
    received_at: datetime
    paper_received_at: datetime | None
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
    def received(self) -> nomination.NominationReceived:
        """What came in."""
        return self.record.received

    def file(self) -> CaseFile:
        """The case as JSON tells it."""
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
            findings=received.findings,
            materials=received.materials,
            rivals=tuple(sorted(self.record.rivals)),
            entry=self.record.entry,
            received_at=received.received_at,
            paper_received_at=received.paper_received_at,
            history=self.history,
            position=self.history[-1].position,
        )
