"""What intake says."""

from datetime import date
from typing import Literal
from uuid import UUID

from shared.contracts.base import Published
from shared.contracts.campaign import CampaignConfiguration
from shared.messages import Message

Channel = Literal["employer", "industry_association"]
Condition = Literal["C1", "C2", "C3", "C4"]


class Organisation(Message):
    """A unit: full name and unified social credit code (GB 32100)."""

    name: str
    uscc: str


class Finding(Message):
    """What a rule says of a nomination; `message` never repeats a personal value."""

    rule: str
    severity: Literal["error", "warning"]
    message: str


class Entry(Message):
    """What the public may see of a person: these fields and no other (P3)."""

    name: str
    sex: Literal["男", "女"]
    employer: str
    post: str
    qualification: str | None
    achievements: str
    recommender: str


class CampaignOpened(Published, name="campaign_opened", version=2):
    """A campaign accepts nominations."""

    campaign_id: UUID
    configuration: CampaignConfiguration


class CampaignAmended(Published, name="campaign_amended", version=2):
    """The configuration was changed: from now on this one holds, for the reason given (A8)."""

    campaign_id: UUID
    configuration: CampaignConfiguration
    reason: str


class CampaignClosed(Published, name="campaign_closed"):
    """The selection is over: no nomination is taken in any more."""

    campaign_id: UUID
    reason: str


class SubmissionAnswered(Published, name="submission_answered", audience="publisher"):
    """The receipt for one outside message."""

    submission_id: UUID
    campaign_id: UUID | None
    publisher: str
    source: str
    id: str
    outcome: Literal["received", "refused", "held"]
    nomination_id: UUID | None
    findings: tuple[Finding, ...]


class NominationReceived(Published, name="nomination_received"):
    """A nomination was accepted for pre-review."""

    nomination_id: UUID
    campaign_id: UUID
    submission_id: UUID
    channel: Channel
    recommender: Organisation
    claimed_conditions: tuple[Condition, ...]
    findings: tuple[Finding, ...]


class NominationHeld(Published, name="nomination_held"):
    """The person is nominated more than once; the office has to choose (P7)."""

    nomination_id: UUID
    campaign_id: UUID
    other: UUID


class DuplicateResolved(Published, name="duplicate_resolved"):
    """The office chose: this nomination goes on, or was merged into the other (P7)."""

    nomination_id: UUID
    campaign_id: UUID
    kept: bool
    other: UUID


class NominationPreReviewed(Published, name="nomination_pre_reviewed"):
    """The office decided on eligibility (S35). `employer_uscc` serves recusal (P10)."""

    nomination_id: UUID
    campaign_id: UUID
    passed: bool
    conditions: tuple[Condition, ...]
    reasons: tuple[str, ...]
    employer_uscc: str
    recommender_uscc: str


class PublicationReleased(Published, name="publication_released", audience="house"):
    """These fields of one person may be published (P3)."""

    nomination_id: UUID
    campaign_id: UUID
    entry: Entry


class DuplicateReopened(Published, name="duplicate_reopened"):
    """The choice between two nominations of a person was taken back: both are held again (P7)."""

    nomination_id: UUID
    campaign_id: UUID
    other: UUID


class CorrectionRequested(Published, name="correction_requested"):
    """The office asks for these fields and no others, to be mended by the end of this day (S31)."""

    nomination_id: UUID
    campaign_id: UUID
    fields: tuple[str, ...]
    due_on: date


class NominationCorrected(Published, name="nomination_corrected"):
    """The named fields were mended; `findings` are those of the whole nomination now."""

    nomination_id: UUID
    campaign_id: UUID
    fields: tuple[str, ...]
    findings: tuple[Finding, ...]


class NominationWithdrawn(Published, name="nomination_withdrawn"):
    """撤回: the person, or the unit that nominated, takes it back. No stage follows."""

    nomination_id: UUID
    campaign_id: UUID
    by: Literal["applicant", "recommender"]


class NominationSuspended(Published, name="nomination_suspended"):
    """The office lets it stand still: a complaint is not yet a finding (S43)."""

    nomination_id: UUID
    campaign_id: UUID
    suspension_id: UUID


class NominationResumed(Published, name="nomination_resumed"):
    """The suspension ended."""

    nomination_id: UUID
    campaign_id: UUID
    suspension_id: UUID


class TiesNoted(Published, name="ties_noted", audience="house"):
    """What recusal looks at beside units (P10): keyed hashes of the person, of awards and patents,
    comparable within the campaign only; and whether the person heads an enterprise (P8)."""

    nomination_id: UUID
    campaign_id: UUID
    ties: tuple[UUID, ...]
    executive: bool
