"""What review says."""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from shared.contracts.base import Published
from shared.messages import Message


class Ranked(Message):
    """One line of the ranking: the result of a nomination and whether it is shortlisted (S36)."""

    nomination_id: UUID
    total: Decimal
    rank: int
    shortlisted: bool


class Outcome(Message):
    """What the leading group decided on one nomination, with the votes (S37, P12)."""

    nomination_id: UUID
    approved: bool
    yes: int
    no: int
    abstained: int


class ShortlistDrawn(Published, name="shortlist_drawn"):
    """The panel's ranking, and the digest by which the list is frozen."""

    campaign_id: UUID
    ranking: tuple[Ranked, ...]
    digest: str


class ListDecided(Published, name="list_decided"):
    """The leading group decided the frozen list."""

    campaign_id: UUID
    digest: str
    outcomes: tuple[Outcome, ...]


class InvestigationOpened(Published, name="investigation_opened"):
    """Facts of a nomination are being verified; it stands still meanwhile."""

    nomination_id: UUID
    campaign_id: UUID
    investigation_id: UUID


Verdict = Literal["unfounded", "immaterial", "ineligible", "fraud"]
"""P6: 不成立、成立但不影响、成立且不符合条件、成立且属弄虚作假."""


class InvestigationConcluded(Published, name="investigation_concluded"):
    """The investigation ended."""

    nomination_id: UUID
    campaign_id: UUID
    investigation_id: UUID
    finding: Verdict


class NominationDisqualified(Published, name="nomination_disqualified"):
    """Proven fraud: the candidacy is cancelled at once (S43)."""

    nomination_id: UUID
    campaign_id: UUID
    investigation_id: UUID
    reason: str


class ClearanceGranted(Published, name="clearance_granted"):
    """Nothing is open against the nomination: it may be conferred."""

    nomination_id: UUID
    campaign_id: UUID


class ClearanceWithdrawn(Published, name="clearance_withdrawn"):
    """Something was opened after the clearance."""

    nomination_id: UUID
    campaign_id: UUID


class ObjectionInvestigated(Published, name="objection_investigated", audience="house"):
    """The investigation that an objection led to has its finding (P6)."""

    nomination_id: UUID
    campaign_id: UUID
    objection_id: UUID
    investigation_id: UUID
    finding: Verdict


class NominationExcluded(Published, name="nomination_excluded"):
    """The nomination is out without fraud: not eligible after all (P6), or by a veto (P9)."""

    nomination_id: UUID
    campaign_id: UUID
    ground: Literal["ineligible", "vetoed"]
    reason: str


class VettingRequested(Published, name="vetting_requested"):
    """A department is asked about a nominee (P8); whom it is about it opens at intake, on record.

    The answer is a CloudEvent `gongjiang.vetting.replied.v1`.
    """

    nomination_id: UUID
    campaign_id: UUID
    authority: str
    due_on: date


class VettingConcluded(Published, name="vetting_concluded"):
    """Every department that had to be asked has answered (P8)."""

    nomination_id: UUID
    campaign_id: UUID
    passed: bool


class ReserveFormed(Published, name="reserve_formed"):
    """Who moves up when a place falls free, in this order (P16)."""

    campaign_id: UUID
    digest: str
    nominations: tuple[UUID, ...]


class ReservePromoted(Published, name="reserve_promoted"):
    """A nomination of the reserve takes the place of one that is out (P16)."""

    nomination_id: UUID
    campaign_id: UUID
    in_place_of: UUID
