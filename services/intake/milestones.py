"""Milestones: what a nomination hears from review and publicity about itself.

Each is an event of the nomination's own stream, with its source in the other service's ledger.
"""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from shared.contracts.base import Source
from shared.messages import Event, Message


class FromElsewhere(Message):
    """What every milestone has; `source` is where the other service recorded it."""

    nomination_id: UUID
    campaign_id: UUID
    source: Source


class NominationEvaluated(
    FromElsewhere, Event, name="nomination_evaluated", label="综合评审结果", rule="S36"
):
    """The panel ranked it; `digest` freezes the list."""

    total: Decimal
    rank: int
    shortlisted: bool
    digest: str


class NominationApproved(
    FromElsewhere, Event, name="nomination_approved", label="领导小组审定结果", rule="S37"
):
    """The leading group decided on it, for or against, with these votes."""

    approved: bool
    yes: int
    no: int
    abstained: int
    digest: str


class NominationPosted(
    FromElsewhere, Event, name="nomination_posted", label="列入社会公示", rule="S38"
):
    """It stands on the public notice."""

    notice_id: UUID
    opens_on: date
    closes_on: date


class EntryWithdrawn(FromElsewhere, Event, name="entry_withdrawn", label="撤出公示名单", rule="P6"):
    """It was taken off the public notice."""

    notice_id: UUID


class NoticeEnded(FromElsewhere, Event, name="notice_ended", label="公示期满", rule="S71"):
    """The window ended, and it was still on the notice."""

    notice_id: UUID


class InvestigationOpened(
    FromElsewhere, Event, name="investigation_opened", label="启动核查", rule="P5"
):
    """Its facts are being verified."""

    investigation_id: UUID


class InvestigationConcluded(
    FromElsewhere, Event, name="investigation_concluded", label="作出核查结论", rule="P6"
):
    """The verification ended."""

    investigation_id: UUID
    finding: Literal["fraud", "unfounded"]


class NominationCleared(
    FromElsewhere, Event, name="nomination_cleared", label="确认具备授予条件", rule="S40"
):
    """Nothing is open against it."""


class ClearanceLost(
    FromElsewhere, Event, name="clearance_lost", label="撤回授予条件确认", rule="S40"
):
    """Something was opened after the clearance."""


class NominationDisqualified(
    FromElsewhere, Event, name="nomination_disqualified", label="取消评选申报资格", rule="S43"
):
    """Proven fraud."""

    investigation_id: UUID
    reason: str


class CandidacyCancelled(
    FromElsewhere, Event, name="candidacy_cancelled", label="取消人选资格", rule="S43"
):
    """Publicity heard of the disqualification before a conferral."""


class NominationConferred(
    FromElsewhere, Event, name="nomination_conferred", label="授予“港区工匠”荣誉称号", rule="S40"
):
    """The title was conferred."""

    certificate_number: str
    decision_number: str


class RevocationOpened(
    FromElsewhere, Event, name="revocation_opened", label="启动撤销程序", rule="P15"
):
    """Fraud was proven after the conferral: the title is on its way back."""


Milestone = (
    NominationEvaluated
    | NominationApproved
    | NominationPosted
    | EntryWithdrawn
    | NoticeEnded
    | InvestigationOpened
    | InvestigationConcluded
    | NominationCleared
    | ClearanceLost
    | NominationDisqualified
    | CandidacyCancelled
    | NominationConferred
    | RevocationOpened
)
