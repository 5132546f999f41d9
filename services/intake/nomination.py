"""Nomination 推荐申报: one person's way through the selection. Its stream alone is the history.

What intake decides itself (pre-review, duplicates, openings, releases) and what it hears from
review and publicity stand in one stream. What is heard is never refused and comes in any order:
a nomination is where its furthest milestone says, and one that was disqualified stays so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, assert_never, get_args
from uuid import UUID

from pydantic import AwareDatetime, Field

from services.intake.milestones import (
    CandidacyCancelled,
    FromElsewhere,
    InvestigationConcluded,
    InvestigationOpened,
    Milestone,
    NominationApproved,
    NominationConferred,
    NominationDisqualified,
    NominationEvaluated,
    NominationPosted,
    NoticeEnded,
    RevocationOpened,
)
from services.intake.submission import PUBLISHER
from shared.contracts.intake import Channel, Condition, Entry, Finding, Organisation
from shared.contracts.sealed import Purpose, Sealed
from shared.contracts.submission import MaterialKind
from shared.messages import SYSTEM, Command, Decider, Event, Message, Refused

# refusals


class NotAtThisStage(Refused):
    """The stages follow each other."""

    code = "not_at_this_stage"
    rule = "S39"


class CandidacyOver(Refused):
    """A cancelled candidacy takes no further step."""

    code = "candidacy_cancelled"
    rule = "S43"


class DuplicateOpen(Refused):
    """While a person is nominated twice, the office first has to choose."""

    code = "duplicate_unresolved"
    rule = "P7"


class PartClosed(Refused):
    """Each role opens what its work needs, and no more."""

    code = "part_closed"
    rule = "P3"


class NoDuplicate(Refused):
    """There is nothing to choose between."""

    code = "no_duplicate"
    rule = "P7"


class UnderInvestigation(Refused):
    """A nomination stands still while its facts are verified."""

    code = "under_investigation"
    rule = "P5"


class CannotPass(Refused):
    """An error that a rule found stands against it; `rule` is the first of them."""

    code = "cannot_pass"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("".join(finding.message for finding in findings))
        self.rule = findings[0].rule  # type: ignore[misc]


class NoConditionFound(Refused):
    """To pass, at least one of the claimed conditions must be found to hold."""

    code = "no_condition_found"
    rule = "S11"


class NoSuchReason(Refused):
    """A nomination fails the pre-review by a rule of the notice."""

    code = "no_such_reason"
    rule = "S35"


# values

Course = Literal[
    "已受理",
    "初审不通过",
    "拟入围",
    "未入围",
    "入围",
    "审定未通过",
    "审定通过",
    "公示中",
    "公示通过",
    "已授予",
]
"""How far a nomination has come; a later one in this order outweighs an earlier."""

COURSE: tuple[Course, ...] = get_args(Course)

Status = Literal[Course, "异议核查中", "资格取消", "重复并入", "撤销程序中"]

RELEASABLE = frozenset({"拟入围", "入围", "审定通过", "公示中", "公示通过", "已授予"})

VERIFIERS = frozenset({"office", "investigator", "auditor", SYSTEM})
"""Who has to know for certain whom a nomination is about."""

REASONS = frozenset(f"S{number}" for number in range(6, 35))
"""What a pre-review may fail by (S35)."""


class Material(Message):
    """One piece of evidence; its title is sealed in the dossier."""

    id: str
    kind: MaterialKind
    sha256: str
    media_type: str
    original_presented: bool


class Fingerprint(Message):
    """A keyed hash of something that two people might both claim (P7)."""

    kind: Literal["patent", "honour", "certificate"]
    of: UUID


# events; those heard from elsewhere are in milestones.py


class NominationReceived(Event, name="nomination_received", label="受理推荐申报", rule="S26"):
    """Accepted for pre-review. `publisher` is the user that sent it, `claim` the claim's stream."""

    nomination_id: UUID
    campaign_id: UUID
    submission_id: UUID
    publisher: str
    channel: Channel
    recommender: Organisation
    employer_uscc: str
    claimed_conditions: tuple[Condition, ...]
    claim: UUID
    identity: Sealed
    contact: Sealed
    dossier: Sealed
    materials: tuple[Material, ...]
    fingerprints: tuple[Fingerprint, ...]
    findings: tuple[Finding, ...]
    paper_received_at: AwareDatetime | None
    received_at: AwareDatetime


class NominationHeld(Event, name="nomination_held", label="发现重复申报", rule="P7"):
    """The person is nominated more than once; the office has to choose."""

    nomination_id: UUID
    campaign_id: UUID
    other: UUID


class DuplicateResolved(Event, name="duplicate_resolved", label="处理重复申报", rule="P7"):
    """The office chose: this one goes on (`kept`), or was merged into the other."""

    nomination_id: UUID
    campaign_id: UUID
    claim: UUID
    kept: bool
    other: UUID


class NominationPreReviewed(
    Event, name="nomination_pre_reviewed", label="资格初审结果", rule="S35"
):
    """The office decided on eligibility, with its opinion (S69)."""

    nomination_id: UUID
    campaign_id: UUID
    passed: bool
    conditions: tuple[Condition, ...]
    opinion: str
    reasons: tuple[str, ...]
    employer_uscc: str
    recommender_uscc: str


class PersonalDataOpened(Event, name="personal_data_opened", label="查看个人信息", rule="P3"):
    """Somebody read these parts of the person's data, for this purpose."""

    nomination_id: UUID
    campaign_id: UUID
    purpose: str
    fields: tuple[Purpose, ...]


class PublicationReleased(Event, name="publication_released", label="核定公开内容", rule="P3"):
    """These fields of the person may be published, and no other."""

    nomination_id: UUID
    campaign_id: UUID
    entry: Entry


Happening = (
    NominationReceived
    | NominationHeld
    | DuplicateResolved
    | NominationPreReviewed
    | PersonalDataOpened
    | PublicationReleased
    | Milestone
)


# commands


class ReceiveNomination(Command, name="receive_nomination", may={PUBLISHER}, rule="S26"):
    """Take it in; `rivals` are live nominations of the same person (P7)."""

    received: NominationReceived
    rivals: tuple[UUID, ...] = ()


class HoldNomination(Command, name="hold_nomination", may={SYSTEM}, rule="P7"):
    """The same person was nominated again as `other`."""

    other: UUID


class ResolveDuplicate(Command, name="resolve_duplicate", may={"office"}, rule="P7"):
    """Keep this one, and merge every other nomination of the person into it."""


class MergeNomination(Command, name="merge_nomination", may={SYSTEM}, rule="P7"):
    """The office kept `into` instead."""

    into: UUID


class PassPreReview(Command, name="pass_pre_review", may={"office"}, rule="S25"):
    """The nomination is eligible: these conditions hold."""

    conditions: tuple[Condition, ...]
    opinion: str = Field(min_length=1, max_length=2000)


class FailPreReview(Command, name="fail_pre_review", may={"office"}, rule="S25"):
    """The nomination is not eligible, by these rules."""

    reasons: tuple[str, ...]
    opinion: str = Field(min_length=1, max_length=2000)


class OpenPersonalData(
    Command,
    name="open_personal_data",
    may={
        "office",
        "expert",
        "investigator",
        "auditor",
        "leading_group",
        "committee",
        SYSTEM,
    },
    rule="P3",
    inside=True,
):
    """Put on record that these parts are opened, and what for; only then are they."""

    purpose: str = Field(min_length=2, max_length=200)
    fields: tuple[Purpose, ...] = Field(min_length=1)


class ReleaseForPublication(
    Command, name="release_for_publication", may={"office"}, rule="P3", inside=True
):
    """These fields may be published."""

    entry: Entry


class RecordMilestone(Command, name="record_milestone", may={SYSTEM}, rule="S39"):
    """Review or publicity said this."""

    milestone: Milestone


NominationCommand = (
    ReceiveNomination
    | HoldNomination
    | ResolveDuplicate
    | MergeNomination
    | PassPreReview
    | FailPreReview
    | OpenPersonalData
    | ReleaseForPublication
    | RecordMilestone
)


# state


@dataclass(frozen=True, slots=True)
class Record:
    """What has come of a nomination so far, the same in whichever order it was heard."""

    received: NominationReceived
    course: Course = "已受理"
    rivals: frozenset[UUID] = frozenset()
    opened: frozenset[UUID] = frozenset()
    concluded: frozenset[UUID] = frozenset()
    entry: Entry | None = None
    heard: frozenset[UUID] = frozenset()

    @property
    def investigated(self) -> bool:
        """Whether an investigation is open; one may be heard to end before it is heard to begin."""
        return bool(self.opened - self.concluded)


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no such nomination."""


@dataclass(frozen=True, slots=True)
class Live:
    """It takes part in the selection, or took part until a stage that it did not pass."""

    record: Record


@dataclass(frozen=True, slots=True)
class Merged:
    """It was merged into another nomination of the same person (P7)."""

    record: Record


@dataclass(frozen=True, slots=True)
class Disqualified:
    """Fraud was proven (S43); nothing brings it back."""

    record: Record


Situation = Absent | Live | Merged | Disqualified


def status(
    course: Course, *, investigated: bool = False, merged: bool = False, disqualified: bool = False
) -> Status:
    """The name of the situation. After a conferral, fraud leads to revocation (P15)."""
    if disqualified:
        return "撤销程序中" if course == "已授予" else "资格取消"
    if merged:
        return "重复并入"
    return "异议核查中" if investigated and course != "已授予" else course


def status_of(state: Situation) -> Status | None:
    """The name of a nomination's situation; None when there is no nomination."""
    match state:
        case Absent():
            return None
        case Live(record):
            return status(record.course, investigated=record.investigated)
        case Merged(record):
            return status(record.course, merged=True)
        case Disqualified(record):
            return status(record.course, disqualified=True)
        case _:
            assert_never(state)


# decide


def decide(command: NominationCommand, state: Situation) -> Sequence[Event]:
    """What may happen to a nomination."""
    match command:
        case ReceiveNomination():
            return _receive(command, state)
        case HoldNomination() | MergeNomination():
            return _settle(command, state)
        case RecordMilestone():
            return _record(command.milestone, state)
        case ResolveDuplicate():
            return _resolve(_live(state))
        case PassPreReview():
            return _pass(command, _live(state))
        case FailPreReview():
            return _fail(command, _live(state))
        case OpenPersonalData():
            return _open(command, state)
        case ReleaseForPublication():
            return _release(command, _live(state))
        case _:
            assert_never(command)


def _receive(command: ReceiveNomination, state: Situation) -> Sequence[Event]:
    if not isinstance(state, Absent):
        return []
    return [command.received, *(_held(command.received, other) for other in command.rivals)]


def _held(received: NominationReceived, other: UUID) -> NominationHeld:
    return NominationHeld(
        nomination_id=received.nomination_id, campaign_id=received.campaign_id, other=other
    )


def _settle(command: HoldNomination | MergeNomination, state: Situation) -> Sequence[Event]:
    match state:
        case Absent() | Merged():
            return []
        case Disqualified():
            if isinstance(command, HoldNomination):
                return []
            raise CandidacyOver("该人员的另一项申报已被取消资格，不得以另一项申报继续参评。")
        case Live(record):
            if isinstance(command, HoldNomination):
                known = command.other in record.rivals
                return [] if known else [_held(record.received, command.other)]
            if record.course == "已授予":
                raise NotAtThisStage("该人员已被授予称号，不得再并入其他申报。")
            return [_resolved(record, command.into, kept=False)]
        case _:
            assert_never(state)


def _resolved(record: Record, other: UUID, *, kept: bool) -> DuplicateResolved:
    return DuplicateResolved(
        nomination_id=record.received.nomination_id,
        campaign_id=record.received.campaign_id,
        claim=record.received.claim,
        kept=kept,
        other=other,
    )


def _record(milestone: Milestone, state: Situation) -> Sequence[Event]:
    match state:
        case Absent():
            return []
        case Live(record) | Merged(record) | Disqualified(record):
            return [] if milestone.source.event_id in record.heard else [milestone]
        case _:
            assert_never(state)


def _live(state: Situation) -> Record:
    match state:
        case Absent():
            raise NotAtThisStage("没有这项申报。")
        case Merged():
            raise NotAtThisStage("该申报已并入同一人员的另一项申报，请办理该项申报。")
        case Disqualified():
            raise CandidacyOver("该申报已被取消资格，不得再办理后续环节。")
        case Live(record):
            return record
        case _:
            assert_never(state)


def _resolve(record: Record) -> Sequence[Event]:
    if not record.rivals:
        raise NoDuplicate("该申报没有待处理的重复申报。")
    return [_resolved(record, other, kept=True) for other in sorted(record.rivals)]


def _pass(command: PassPreReview, record: Record) -> Sequence[Event]:
    _before_pre_review(record)
    if record.rivals:
        raise DuplicateOpen("同一人员有多项申报，须先选定保留哪一项，再进行初审。")
    if record.investigated:
        raise UnderInvestigation("该申报正在核查，核查结束前不得通过初审。")
    if standing := [finding for finding in record.received.findings if finding.severity == "error"]:
        raise CannotPass(standing)
    if not command.conditions or not set(command.conditions).issubset(
        record.received.claimed_conditions
    ):
        raise NoConditionFound("通过初审须认定所申报条件中的至少一项。", field="conditions")
    return [_pre_reviewed(record, command.opinion, conditions=command.conditions)]


def _fail(command: FailPreReview, record: Record) -> Sequence[Event]:
    _before_pre_review(record)
    if not command.reasons or not REASONS.issuperset(command.reasons):
        raise NoSuchReason("初审不通过须写明所依据的规则（S6至S34）。", field="reasons")
    return [_pre_reviewed(record, command.opinion, reasons=command.reasons)]


def _before_pre_review(record: Record) -> None:
    if record.course != "已受理":
        raise NotAtThisStage("该申报已经初审，不得再次初审。")


def _pre_reviewed(
    record: Record,
    opinion: str,
    *,
    conditions: tuple[Condition, ...] = (),
    reasons: tuple[str, ...] = (),
) -> NominationPreReviewed:
    return NominationPreReviewed(
        nomination_id=record.received.nomination_id,
        campaign_id=record.received.campaign_id,
        passed=not reasons,
        conditions=tuple(dict.fromkeys(conditions)),
        opinion=opinion,
        reasons=tuple(dict.fromkeys(reasons)),
        employer_uscc=record.received.employer_uscc,
        recommender_uscc=record.received.recommender.uscc,
    )


def _open(command: OpenPersonalData, state: Situation) -> Sequence[Event]:
    if isinstance(state, Absent):
        raise NotAtThisStage("没有这项申报。")
    if not set(command.fields) <= readable_by(command.by.roles):
        raise PartClosed(
            "评审、审定和授予只需查看申报内容，身份信息与联系方式不对您开放。", field="fields"
        )
    received = state.record.received
    return [
        PersonalDataOpened(
            nomination_id=received.nomination_id,
            campaign_id=received.campaign_id,
            purpose=command.purpose,
            fields=tuple(dict.fromkeys(command.fields)),
        )
    ]


def readable_by(roles: frozenset[str]) -> frozenset[Purpose]:
    """The parts that somebody with these roles may open: who judges deeds needs no ID number."""
    everything: frozenset[Purpose] = frozenset(get_args(Purpose))
    return everything if roles & VERIFIERS else frozenset({"dossier"})


def _release(command: ReleaseForPublication, record: Record) -> Sequence[Event]:
    if record.course not in RELEASABLE:
        raise NotAtThisStage("只有通过初审且未落选的申报，才能核定公开内容。")
    if record.entry == command.entry:
        return []
    return [
        PublicationReleased(
            nomination_id=record.received.nomination_id,
            campaign_id=record.received.campaign_id,
            entry=command.entry,
        )
    ]


# evolve


def evolve(state: Situation, event: Happening) -> Situation:
    """What is true after the event."""
    if isinstance(event, NominationReceived):
        return Live(Record(event))
    if isinstance(state, Absent):
        return state
    record = _grown(state.record, event)
    match event:
        case NominationDisqualified() | CandidacyCancelled() | RevocationOpened():
            return Disqualified(record)
        case DuplicateResolved(kept=False) if isinstance(state, Live):
            return Merged(record)
        case _:
            return replace(state, record=record)


def _grown(record: Record, event: Happening) -> Record:
    if (reached := course_after(event)) is not None:
        record = replace(record, course=max(record.course, reached, key=COURSE.index))
    if isinstance(event, FromElsewhere):
        record = replace(record, heard=record.heard | {event.source.event_id})
    match event:
        case NominationHeld():
            return replace(record, rivals=record.rivals | {event.other})
        case DuplicateResolved():
            return replace(record, rivals=record.rivals - {event.other})
        case InvestigationOpened():
            return replace(record, opened=record.opened | {event.investigation_id})
        case InvestigationConcluded():
            return replace(record, concluded=record.concluded | {event.investigation_id})
        case PublicationReleased():
            return replace(record, entry=event.entry)
        case _:
            return record


def course_after(event: Event) -> Course | None:
    """How far the event says the nomination has come; None when it says nothing of it."""
    match event:
        case NominationPreReviewed():
            return "拟入围" if event.passed else "初审不通过"
        case NominationEvaluated():
            return "入围" if event.shortlisted else "未入围"
        case NominationApproved():
            return "审定通过" if event.approved else "审定未通过"
        case NominationPosted():
            return "公示中"
        case NoticeEnded():
            return "公示通过"
        case NominationConferred() | RevocationOpened():
            return "已授予"
        case _:
            return None


NOMINATION: Decider[Situation] = Decider(
    name="nomination",
    initial=Absent(),
    decide=decide,
    evolve=evolve,
    commands=get_args(NominationCommand),
    events=get_args(Happening),
)
