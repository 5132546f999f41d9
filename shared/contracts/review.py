"""What review says."""

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


class InvestigationConcluded(Published, name="investigation_concluded"):
    """The investigation ended."""

    nomination_id: UUID
    campaign_id: UUID
    investigation_id: UUID
    finding: Literal["fraud", "unfounded"]


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
