"""What publicity says."""

from datetime import date
from typing import Literal
from uuid import UUID

from shared.contracts.base import Published


class NoticePublished(Published, name="notice_published"):
    """The result, or what has changed of it, is posted for objection (S38, P6)."""

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


class NoticeExtended(Published, name="notice_extended"):
    """The notice stays up longer: its window was lengthened, or the holidays were revised (P1)."""

    campaign_id: UUID
    notice_id: UUID
    closes_on: date
    nominations: tuple[UUID, ...]


class ObjectionReceived(Published, name="objection_received", audience="house"):
    """Somebody objects to a nomination; who it is stays sealed (P4)."""

    nomination_id: UUID
    campaign_id: UUID
    objection_id: UUID


class ObjectionAccepted(Published, name="objection_accepted", audience="house"):
    """The office takes the objection up: this person, and nobody else, stands still (P5)."""

    nomination_id: UUID
    campaign_id: UUID
    objection_id: UUID
    investigate_by: date


class ObjectionDeclined(Published, name="objection_declined", audience="house"):
    """The objection is not taken up: anonymous, under a false name, or late (P4)."""

    nomination_id: UUID
    campaign_id: UUID
    objection_id: UUID
    ground: Literal["anonymous", "false_name", "late", "no_facts"]


class ObjectionClosed(Published, name="objection_closed", audience="house"):
    """The objection has its outcome, or was withdrawn: it stands in the way no more (P6)."""

    nomination_id: UUID
    campaign_id: UUID
    objection_id: UUID
    outcome: Literal["unfounded", "immaterial", "ineligible", "fraud", "withdrawn"]


class RewardPaid(Published, name="reward_paid"):
    """The reward that comes with the title was paid (S40)."""

    nomination_id: UUID
    campaign_id: UUID


class TitleRevoked(Published, name="title_revoked"):
    """The conferring body took the title back (P15)."""

    nomination_id: UUID
    campaign_id: UUID
    decision_number: str


class RevocationDismissed(Published, name="revocation_dismissed"):
    """The revocation procedure ended with the title kept (P15)."""

    nomination_id: UUID
    campaign_id: UUID


Kind = Literal["公示", "更正", "结果", "取消", "决定", "撤销"]


class PortalItemPublished(Published, name="portal_item_published"):
    """The feeds have a new item; `supersedes` is the id of the one whose place it takes.

    Ids are those of the feeds, which have the text: a reader asks for `?since=` (deploy/feeds.md).
    """

    campaign_id: UUID
    item_id: str
    type: Kind
    supersedes: str | None = None


class PortalItemChanged(Published, name="portal_item_changed"):
    """An item of the feeds reads differently now, or was withdrawn with what it listed."""

    campaign_id: UUID
    item_id: str
    type: Kind


class PortalItemWithdrawn(Published, name="portal_item_withdrawn"):
    """An item was taken down: whoever shows it takes it down too."""

    campaign_id: UUID
    item_id: str
    type: Kind
