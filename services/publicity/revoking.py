"""What can happen to a title that is in question, and what is true of it (P15)."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never
from uuid import UUID

from services.publicity.title import Ground
from shared.messages import Event, Message

Advice = Literal["revoke", "keep"]
"""What the leading group advises."""

Recovered = Literal["certificate", "reward"]
"""What is taken back after a revocation."""


class OfRevocation(Message):
    """What every event of a revocation has."""

    nomination_id: UUID
    campaign_id: UUID


# what can happen


class RevocationCaseOpened(
    OfRevocation, Event, name="revocation_case_opened", label="撤销立案", rule="P15"
):
    """The title is in question for this cause."""

    cause: Ground
    reason: str
    investigation_id: UUID | None


class RevocationCauseAdded(
    OfRevocation, Event, name="revocation_cause_added", label="撤销程序补充事由", rule="P15"
):
    """While the procedure runs, another investigation found fraud."""

    cause: Ground
    reason: str
    investigation_id: UUID | None


class VerificationRecorded(
    OfRevocation, Event, name="verification_recorded", label="登记核查情况", rule="P15"
):
    """The facts were verified."""

    statement: str
    sha256: str


class StatementRecorded(
    OfRevocation, Event, name="statement_recorded", label="登记本人陈述申辩", rule="P15"
):
    """The person was heard on this day, or declined to speak."""

    heard_on: date
    declined: bool
    sha256: str | None


class OpinionGiven(
    OfRevocation, Event, name="opinion_given", label="领导小组提出撤销意见", rule="P15"
):
    """The leading group's opinion is on record."""

    advice: Advice
    statement: str


class TitleRevoked(OfRevocation, Event, name="title_revoked", label="撤销荣誉称号", rule="P15"):
    """The conferring body took the title back."""

    decision_number: str
    statement: str


class RevocationDismissed(
    OfRevocation, Event, name="revocation_dismissed", label="决定不予撤销", rule="P15"
):
    """The conferring body let the title stand."""

    decision_number: str
    statement: str


class RecoveryRecorded(
    OfRevocation, Event, name="recovery_recorded", label="收回证书追回奖金", rule="P15"
):
    """What came with the title was taken back."""

    what: Recovered
    sha256: str
    amount_fen: int | None


class RevocationCorrected(
    OfRevocation, Event, name="revocation_corrected", label="纠正撤销决定", rule="P15"
):
    """The revocation was wrong; the title is the holder's again."""

    decision_number: str
    statement: str


RevocationEvent = (
    RevocationCaseOpened
    | RevocationCauseAdded
    | VerificationRecorded
    | StatementRecorded
    | OpinionGiven
    | TitleRevoked
    | RevocationDismissed
    | RecoveryRecorded
    | RevocationCorrected
)


# what is true


@dataclass(frozen=True, slots=True)
class NotInQuestion:
    """The title stands: never questioned, kept by a decision, or given back by a correction."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The facts are to be verified."""

    nomination_id: UUID
    campaign_id: UUID
    investigations: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Verified:
    """The person is to be heard."""

    nomination_id: UUID
    campaign_id: UUID
    investigations: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Heard:
    """The leading group is to give its opinion."""

    nomination_id: UUID
    campaign_id: UUID
    investigations: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Advised:
    """The conferring body is to decide."""

    nomination_id: UUID
    campaign_id: UUID
    investigations: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Revoked:
    """The title was taken back; with this of what came with it."""

    nomination_id: UUID
    campaign_id: UUID
    recovered: frozenset[Recovered] = frozenset()


UnderWay = Opened | Verified | Heard | Advised

Situation = NotInQuestion | UnderWay | Revoked


def evolve(state: Situation, event: RevocationEvent) -> Situation:
    """What is true after an event."""
    nomination, campaign = event.nomination_id, event.campaign_id
    known = state.investigations if isinstance(state, UnderWay) else frozenset()
    match event:
        case RevocationCaseOpened():
            if event.investigation_id is None:
                return Opened(nomination, campaign, frozenset())
            return Verified(nomination, campaign, frozenset({event.investigation_id}))
        case RevocationCauseAdded():
            return _with_cause(state, event)
        case VerificationRecorded():
            return Verified(nomination, campaign, known)
        case StatementRecorded():
            return Heard(nomination, campaign, known)
        case OpinionGiven():
            return Advised(nomination, campaign, known)
        case TitleRevoked():
            return Revoked(nomination, campaign)
        case RevocationDismissed() | RevocationCorrected():
            return NotInQuestion()
        case RecoveryRecorded():
            taken = state.recovered if isinstance(state, Revoked) else frozenset()
            return Revoked(nomination, campaign, taken | {event.what})
        case _:
            assert_never(event)


def _with_cause(state: Situation, event: RevocationCauseAdded) -> Situation:
    """P15: what is new is put to the person too, before the leading group and the committee."""
    if not isinstance(state, UnderWay) or event.investigation_id is None:
        return state
    known = state.investigations | {event.investigation_id}
    if isinstance(state, Opened):
        return replace(state, investigations=known)
    return Verified(event.nomination_id, event.campaign_id, known)
