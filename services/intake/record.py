"""Record: what a nomination 推荐申报 is, and what has come of it so far.

The events and commands that change it stand beside their rules: correction.py, papers.py,
duplicates.py, prereview.py, suspension.py, withdrawal.py, disclosure.py; milestones.py has what
is heard from elsewhere. nomination.py puts them together to one aggregate.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Protocol, assert_never, get_args
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.campaign import Corrections
from shared.contracts.intake import Channel, Condition, Entry, Finding, Organisation
from shared.contracts.sealed import PersonalKey, Sealed
from shared.contracts.submission import MaterialKind
from shared.formats.personal_numbers import has_personal_number
from shared.messages import Event, Message, Refused

# refusals


class NotAtThisStage(Refused):
    """The stages follow each other."""

    code = "not_at_this_stage"
    rule = "S39"


class CandidacyOver(Refused):
    """A cancelled candidacy takes no further step."""

    code = "candidacy_cancelled"
    rule = "S43"


class PersonalNumberInText(Refused):
    """ID and telephone numbers have no place in a text that is kept for ever (P3)."""

    code = "personal_number_in_text"
    rule = "P3"


class OtherPublisher(Refused):
    """Only the system that nominated speaks for a nomination."""

    code = "other_publisher"
    rule = "S42"


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

Status = Literal[
    Course,
    "补正中",
    "异议核查中",
    "撤回",
    "撤出名单",
    "资格取消",
    "重复并入",
    "撤销程序中",
    "已撤销",
]

Mark = Literal["barred", "honoured", "revoked"]
"""What of a selection follows a person into the next one (P16, P19)."""

Reason = Annotated[str, Field(min_length=1, max_length=500)]

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of a file, in hexadecimal digits."""


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


class Terms(Message):
    """What a nomination has to know of its campaign, as it was when it was received (A8)."""

    corrections: Corrections
    bar_years: int


class NominationReceived(
    Event, name="nomination_received", label="受理推荐申报", rule="S26", version=2
):
    """Accepted for pre-review. `publisher` is the user that sent it, `claim` the claim's stream.

    `standing` is the person's in all campaigns (P16, P19), `tie` a keyed hash of name and unit
    (P10); both are unknown of nominations from before they were asked for. `executive`: the
    present post is that of somebody who heads an enterprise (P8).
    """

    nomination_id: UUID
    campaign_id: UUID
    submission_id: UUID
    publisher: str
    channel: Channel
    recommender: Organisation
    employer_uscc: str
    claimed_conditions: tuple[Condition, ...]
    claim: UUID
    standing: UUID | None
    tie: UUID | None
    executive: bool
    identity: Sealed
    contact: Sealed
    dossier: Sealed
    materials: tuple[Material, ...]
    fingerprints: tuple[Fingerprint, ...]
    findings: tuple[Finding, ...]
    terms: Terms
    paper_received_at: AwareDatetime | None
    received_at: AwareDatetime


class HasParts(Protocol):
    """What holds the three sealed parts: a reception, or a correction."""

    @property
    def identity(self) -> Sealed: ...
    @property
    def contact(self) -> Sealed: ...
    @property
    def dossier(self) -> Sealed: ...


def keys_of(event: HasParts) -> frozenset[PersonalKey]:
    """The keys that sealed the three parts."""
    return frozenset(
        {
            PersonalKey(key=event.identity.key, purpose="identity"),
            PersonalKey(key=event.contact.key, purpose="contact"),
            PersonalKey(key=event.dossier.key, purpose="dossier"),
        }
    )


# what has come of it


@dataclass(frozen=True, slots=True)
class OpenCorrection:
    """补正: these fields may be mended until this moment."""

    fields: tuple[str, ...]
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Paper:
    """The paper as our desk received it, and whether the electronic version is the same (S34)."""

    received_at: datetime
    electronic_matches: bool
    late: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """What has come of a nomination so far, the same in whichever order it was heard.

    `received` is as it stands: with what was corrected and which originals were sighted since.
    `opened` and `concluded` are investigations and accepted objections. Revocations are counted,
    since one may be opened again after it was dismissed. `mended`: keys of what was corrected.
    """

    received: NominationReceived
    course: Course = "已受理"
    rivals: frozenset[UUID] = frozenset()
    merged_into: UUID | None = None
    correction: OpenCorrection | None = None
    corrections: int = 0
    paper: Paper | None = None
    suspension: UUID | None = None
    suspensions: int = 0
    opened: frozenset[UUID] = frozenset()
    concluded: frozenset[UUID] = frozenset()
    asked: frozenset[str] = frozenset()
    entry: Entry | None = None
    carried: frozenset[Mark] = frozenset()
    revocations: int = 0
    dismissals: int = 0
    revoked: bool = False
    heard: frozenset[UUID] = frozenset()
    mended: frozenset[PersonalKey] = frozenset()

    @property
    def keys(self) -> frozenset[PersonalKey]:
        """All that ever sealed something of the person here, corrections included (P17)."""
        return keys_of(self.received) | self.mended

    @property
    def investigated(self) -> bool:
        """Whether something is open; it may be heard to end before it is heard to begin."""
        return bool(self.opened - self.concluded)

    @property
    def ids(self) -> dict[str, UUID]:
        """Whose events these are."""
        received = self.received
        return {"nomination_id": received.nomination_id, "campaign_id": received.campaign_id}


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
class Withdrawn:
    """撤回: the applicant or the recommender took it back."""

    record: Record


@dataclass(frozen=True, slots=True)
class Excluded:
    """撤出名单: out without fraud, found ineligible (P6) or by a veto (P9)."""

    record: Record


@dataclass(frozen=True, slots=True)
class Disqualified:
    """Fraud was proven (S43), or revocation began (P15); nothing brings it back as a candidate."""

    record: Record


Situation = Absent | Live | Merged | Withdrawn | Excluded | Disqualified

Ending = Literal["merged", "withdrawn", "excluded", "disqualified"]


@dataclass(frozen=True, slots=True)
class Progress:
    """What a status is made of, whether from an aggregate or from a view's row."""

    course: Course
    ending: Ending | None = None
    correcting: bool = False
    suspended: bool = False
    investigated: bool = False
    revocations: int = 0
    dismissals: int = 0
    revoked: bool = False


NAMES: dict[Ending, Status] = {
    "merged": "重复并入",
    "withdrawn": "撤回",
    "excluded": "撤出名单",
    "disqualified": "资格取消",
}


def status(of: Progress) -> Status:
    """The name of the situation. After a conferral, fraud leads to revocation (P15).

    Each revocation ends with the title kept, or taken back until a correction, which is told as a
    dismissal, gives it back.

    A withdrawal that publicity had not heard of when it conferred came too late: the title is held.
    """
    fraud = of.ending == "disqualified"
    questioned = max(of.revocations, fraud) > of.dismissals
    if of.revoked and questioned:
        return "已撤销"
    if of.course == "已授予":
        return "撤销程序中" if questioned else "已授予"
    if of.ending is not None:
        return NAMES[of.ending]
    if of.suspended or of.investigated:
        return "异议核查中"
    return "补正中" if of.correcting and of.course == "已受理" else of.course


def status_of(state: Situation) -> Status | None:
    """The name of a nomination's situation; None when there is no nomination."""
    match state:
        case Absent():
            return None
        case Live(record):
            return status(_progress(record, None))
        case Merged(record):
            return status(_progress(record, "merged"))
        case Withdrawn(record):
            return status(_progress(record, "withdrawn"))
        case Excluded(record):
            return status(_progress(record, "excluded"))
        case Disqualified(record):
            return status(_progress(record, "disqualified"))
        case _:
            assert_never(state)


def _progress(record: Record, ending: Ending | None) -> Progress:
    return Progress(
        course=record.course,
        ending=ending,
        correcting=record.correction is not None,
        suspended=record.suspension is not None,
        investigated=record.investigated,
        revocations=record.revocations,
        dismissals=record.dismissals,
        revoked=record.revoked,
    )


# what every decision begins with


def live(state: Situation) -> Record:
    """The record of a nomination that takes part.

    Raises:
        NotAtThisStage, CandidacyOver: it does not, or not any more.
    """
    match state:
        case Absent():
            raise NotAtThisStage("没有这项申报。")
        case Merged():
            raise NotAtThisStage("该申报已并入同一人员的另一项申报，请办理该项申报。")
        case Withdrawn():
            raise NotAtThisStage("该申报已撤回，不得再办理后续环节。")
        case Excluded():
            raise NotAtThisStage("该申报已撤出名单，不得再办理后续环节。")
        case Disqualified():
            raise CandidacyOver("该申报已被取消资格，不得再办理后续环节。")
        case Live(record):
            return record
        case _:
            assert_never(state)


def before_pre_review(record: Record) -> None:
    """What may only be done before the pre-review (S39).

    Raises:
        NotAtThisStage: it was pre-reviewed.
    """
    if record.course != "已受理":
        raise NotAtThisStage("该申报已经初审，不得再次初审，也不得再改动申报材料。")


def without_numbers(text: str, field: str) -> None:
    """What is kept for ever tells no personal number (P3).

    Raises:
        PersonalNumberInText: it does.
    """
    if has_personal_number(text):
        raise PersonalNumberInText("文字中不得写入身份证号或手机号码。", field=field)
