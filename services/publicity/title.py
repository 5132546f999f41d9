"""What can happen to the honour of one nomination, and what is true of it (S40, S43, P6, P15)."""

from dataclasses import dataclass, replace
from typing import Literal, assert_never
from uuid import UUID

from shared.messages import Event, Message

Title = Literal["港区工匠"]

Exclusion = Literal["withdrawn", "ineligible", "vetoed"]
"""Out without fraud, for good: taken back, not eligible after all (P6), ruled out (P9)."""

Ground = Literal[
    "false_deeds", "criminal_penalty", "grave_sanction", "major_accident", "other_cause"
]
"""P15: 主要事迹失实、刑事处罚、严重处分、重大责任事故、其他."""

# what can happen


class OfHonour(Message):
    """What every event of an honour has."""

    nomination_id: UUID
    campaign_id: UUID


class ClearanceNoted(OfHonour, Event, name="clearance_noted", label="收到授予条件确认", rule="S40"):
    """The clearance is known here."""


class ClearanceLapsed(
    OfHonour, Event, name="clearance_lapsed", label="收到授予条件撤回", rule="S40"
):
    """The clearance holds no longer."""


class ObjectionNoted(OfHonour, Event, name="objection_noted", label="因异议暂缓授予", rule="S40"):
    """An objection is open."""

    objection_id: UUID


class ObjectionSettled(
    OfHonour, Event, name="objection_settled", label="异议办结解除暂缓", rule="P6"
):
    """The objection stands in the way no more."""

    objection_id: UUID


class NoticeAwaited(OfHonour, Event, name="notice_awaited", label="因再次公示暂缓授予", rule="P6"):
    """The title waits until this notice has run its time."""

    notice_id: UUID


class AwaitedNoticeEnded(
    OfHonour, Event, name="awaited_notice_ended", label="再次公示期满解除暂缓", rule="P6"
):
    """It has."""

    notice_id: UUID


class CandidacyCancelled(
    OfHonour, Event, name="candidacy_cancelled", label="取消人选资格", rule="S43"
):
    """Disqualified before the conferral: there will be none."""

    investigation_id: UUID
    reason: str


class CandidacyEnded(OfHonour, Event, name="candidacy_ended", label="终止人选资格", rule="P6"):
    """Out without fraud before the conferral: there will be none."""

    reason: Exclusion


class ExclusionNoted(
    OfHonour, Event, name="exclusion_noted", label="授予后收到不合条件认定", rule="P15"
):
    """Heard after the conferral: the office may propose the revocation."""

    reason: Exclusion


class CandidacySetAside(
    OfHonour, Event, name="candidacy_set_aside", label="并入同一人的其他申报", rule="P7"
):
    """Merged into another nomination."""


class CandidacyTakenUp(
    OfHonour, Event, name="candidacy_taken_up", label="撤回并入恢复人选资格", rule="P7"
):
    """The merger was taken back."""


class TitleConferred(
    OfHonour, Event, name="title_conferred", label="授予“港区工匠”荣誉称号", rule="S40"
):
    """The committee conferred the title."""

    title: Title
    certificate_number: str
    decision_number: str


class RewardPaid(OfHonour, Event, name="reward_paid", label="发放奖励", rule="S40"):
    """The reward was paid, and the document with this digest proves it."""

    amount_fen: int
    sha256: str


class RevocationOpened(OfHonour, Event, name="revocation_opened", label="启动撤销程序", rule="P15"):
    """Disqualified after the conferral: the revocation procedure began."""

    investigation_id: UUID
    reason: str


class RevocationProposed(
    OfHonour, Event, name="revocation_proposed", label="提请撤销荣誉称号", rule="P15"
):
    """A unit or a department proposed the revocation: the procedure began."""

    cause: Ground
    reason: str
    proposed_by: str


class TitleForfeited(OfHonour, Event, name="title_forfeited", label="荣誉称号已撤销", rule="P15"):
    """The committee took the title back."""


class TitleKept(OfHonour, Event, name="title_kept", label="保留荣誉称号", rule="P15"):
    """The committee let the holder keep the title, or gave it back by a correction."""


HonourEvent = (
    ClearanceNoted
    | ClearanceLapsed
    | ObjectionNoted
    | ObjectionSettled
    | NoticeAwaited
    | AwaitedNoticeEnded
    | CandidacyCancelled
    | CandidacyEnded
    | ExclusionNoted
    | CandidacySetAside
    | CandidacyTakenUp
    | TitleConferred
    | RewardPaid
    | RevocationOpened
    | RevocationProposed
    | TitleForfeited
    | TitleKept
)

# what is true


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What this service itself knows to stand in the way of a conferral (S40).

    `settled` are the objections that ended, also those that were never noted here.
    """

    objections: frozenset[UUID] = frozenset()
    settled: frozenset[UUID] = frozenset()
    awaited: UUID | None = None
    set_aside: bool = False

    @property
    def objected(self) -> bool:
        """Whether an objection is open."""
        return bool(self.objections - self.settled)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Not cleared: never yet, or no longer."""

    obstacles: Obstacles = Obstacles()


@dataclass(frozen=True, slots=True)
class Cleared:
    """Review knows of nothing that stands in the way of the conferral."""

    nomination_id: UUID
    campaign_id: UUID
    obstacles: Obstacles = Obstacles()


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Out for fraud (资格取消)."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Out without fraud."""


@dataclass(frozen=True, slots=True)
class Tenure:
    """Of a title that was conferred: whose it is, which investigations put it in question, what
    was heard too late, and whether the reward was paid."""

    nomination_id: UUID
    campaign_id: UUID
    investigations: frozenset[UUID] = frozenset()
    excluded: bool = False
    paid: bool = False


@dataclass(frozen=True, slots=True)
class Conferred:
    """Holds the title (已授予)."""

    tenure: Tenure


@dataclass(frozen=True, slots=True)
class UnderRevocation:
    """Holds the title while its revocation is decided."""

    tenure: Tenure


@dataclass(frozen=True, slots=True)
class Revoked:
    """Held the title once (已撤销)."""

    tenure: Tenure


Situation = Candidate | Cleared | Cancelled | Ended | Conferred | UnderRevocation | Revoked


def evolve(state: Situation, event: HonourEvent) -> Situation:
    """What is true after an event."""
    match event:
        case ClearanceNoted():
            return Cleared(event.nomination_id, event.campaign_id, _obstacles(state))
        case ClearanceLapsed():
            return Candidate(_obstacles(state))
        case CandidacyCancelled():
            return Cancelled()
        case CandidacyEnded():
            return Ended()
        case TitleConferred():
            return Conferred(Tenure(event.nomination_id, event.campaign_id))
        case (
            ObjectionNoted()
            | ObjectionSettled()
            | NoticeAwaited()
            | AwaitedNoticeEnded()
            | CandidacySetAside()
            | CandidacyTakenUp()
        ):
            if not isinstance(state, Candidate | Cleared):
                return state
            return replace(state, obstacles=_with(state.obstacles, event))
        case ExclusionNoted() if isinstance(state, UnderRevocation | Revoked):
            return replace(state, tenure=replace(state.tenure, excluded=True))
        case _:
            return _during(_tenure(state, event), event)


def _obstacles(state: Situation) -> Obstacles:
    return state.obstacles if isinstance(state, Candidate | Cleared) else Obstacles()


def _with(
    known: Obstacles,
    event: ObjectionNoted
    | ObjectionSettled
    | NoticeAwaited
    | AwaitedNoticeEnded
    | CandidacySetAside
    | CandidacyTakenUp,
) -> Obstacles:
    match event:
        case ObjectionNoted():
            return replace(known, objections=known.objections | {event.objection_id})
        case ObjectionSettled():
            return replace(known, settled=known.settled | {event.objection_id})
        case NoticeAwaited():
            return replace(known, awaited=event.notice_id)
        case AwaitedNoticeEnded():
            return replace(known, awaited=None)
        case CandidacySetAside():
            return replace(known, set_aside=True)
        case CandidacyTakenUp():
            return replace(known, set_aside=False)
        case _:
            assert_never(event)


def _tenure(state: Situation, event: OfHonour) -> Tenure:
    """That of the title; of a history that was cut, a new one."""
    if isinstance(state, Conferred | UnderRevocation | Revoked):
        return state.tenure
    return Tenure(event.nomination_id, event.campaign_id)


def _during(
    tenure: Tenure,
    event: ExclusionNoted
    | RewardPaid
    | RevocationOpened
    | RevocationProposed
    | TitleForfeited
    | TitleKept,
) -> Situation:
    match event:
        case RevocationOpened():
            known = tenure.investigations | {event.investigation_id}
            return UnderRevocation(replace(tenure, investigations=known))
        case RevocationProposed():
            return UnderRevocation(tenure)
        case RewardPaid():
            return Conferred(replace(tenure, paid=True))
        case ExclusionNoted():
            return Conferred(replace(tenure, excluded=True))
        case TitleForfeited():
            return Revoked(tenure)
        case TitleKept():
            return Conferred(tenure)
        case _:
            assert_never(event)
