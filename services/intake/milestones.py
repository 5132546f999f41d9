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


class NominationEvaluated(FromElsewhere, Event, name="nomination_evaluated", rule="S36"):
    """The panel ranked it; `digest` freezes the list."""

    total: Decimal
    rank: int
    shortlisted: bool
    digest: str


class NominationApproved(FromElsewhere, Event, name="nomination_approved", rule="S37"):
    """The leading group decided on it, for or against, with these votes."""

    approved: bool
    yes: int
    no: int
    abstained: int
    digest: str


class NominationPosted(FromElsewhere, Event, name="nomination_posted", rule="S38"):
    """It stands on the public notice."""

    notice_id: UUID
    opens_on: date
    closes_on: date


class EntryWithdrawn(FromElsewhere, Event, name="entry_withdrawn", rule="P6"):
    """It was taken off the public notice."""

    notice_id: UUID


class NoticeEnded(FromElsewhere, Event, name="notice_ended", rule="S71"):
    """The window ended, and it was still on the notice."""

    notice_id: UUID


class InvestigationOpened(FromElsewhere, Event, name="investigation_opened", rule="P5"):
    """Its facts are being verified."""

    investigation_id: UUID


class InvestigationConcluded(FromElsewhere, Event, name="investigation_concluded", rule="P6"):
    """The verification ended."""

    investigation_id: UUID
    finding: Literal["fraud", "unfounded"]


class NominationCleared(FromElsewhere, Event, name="nomination_cleared", rule="S40"):
    """Nothing is open against it."""


class ClearanceLost(FromElsewhere, Event, name="clearance_lost", rule="S40"):
    """Something was opened after the clearance."""


class NominationDisqualified(FromElsewhere, Event, name="nomination_disqualified", rule="S43"):
    """Proven fraud."""

    investigation_id: UUID
    reason: str


class CandidacyCancelled(FromElsewhere, Event, name="candidacy_cancelled", rule="S43"):
    """Publicity heard of the disqualification before a conferral."""


class NominationConferred(FromElsewhere, Event, name="nomination_conferred", rule="S40"):
    """The title was conferred."""

    certificate_number: str
    decision_number: str


class RevocationOpened(FromElsewhere, Event, name="revocation_opened", rule="P15"):
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
