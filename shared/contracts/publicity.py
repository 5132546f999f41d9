"""What publicity says."""

from datetime import date
from uuid import UUID

from shared.contracts.base import Published


class NoticePublished(Published, name="notice_published"):
    """The result is posted for objection (S38)."""

    campaign_id: UUID
    notice_id: UUID
    opens_on: date
    closes_on: date
    nominations: tuple[UUID, ...]


class NoticeEntryWithdrawn(Published, name="notice_entry_withdrawn"):
    """A candidate was taken off the notice."""

    campaign_id: UUID
    notice_id: UUID
    nomination_id: UUID


class NoticeClosed(Published, name="notice_closed"):
    """The window ended by the clock; these nominations are still on the notice."""

    campaign_id: UUID
    notice_id: UUID
    nominations: tuple[UUID, ...]


class CandidacyCancelled(Published, name="candidacy_cancelled"):
    """Publicity heard of a disqualification before the conferral."""

    nomination_id: UUID
    campaign_id: UUID


class TitleConferred(Published, name="title_conferred"):
    """The title was conferred (S40)."""

    nomination_id: UUID
    campaign_id: UUID
    certificate_number: str
    decision_number: str


class RevocationOpened(Published, name="revocation_opened"):
    """Fraud was proven after the conferral: the revocation procedure began (P15)."""

    nomination_id: UUID
    campaign_id: UUID
