"""Milestones: what a nomination hears from review and publicity about itself.

Each is an event of the nomination's own stream, with its source in the other service's ledger.
"""

from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from shared.contracts.base import Source
from shared.contracts.review import Verdict
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
    """The leading group decided on it, for or against, with these votes: its opinion (S70)."""

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
    finding: Verdict


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


class TitleRevoked(FromElsewhere, Event, name="title_revoked", label="撤销荣誉称号", rule="P15"):
    """The conferring body took the title back."""

    decision_number: str


class RevocationDismissed(
    FromElsewhere, Event, name="revocation_dismissed", label="决定不予撤销", rule="P15"
):
    """The revocation procedure ended with the title kept."""


class RewardPaid(FromElsewhere, Event, name="reward_paid", label="发放奖励", rule="S40"):
    """The reward that comes with the title was paid."""


class NominationExcluded(
    FromElsewhere, Event, name="nomination_excluded", label="撤出名单", rule="P6"
):
    """Out without fraud: not eligible after all (P6), or by a veto (P9)."""

    ground: Literal["ineligible", "vetoed"]
    reason: str


class VettingRequested(
    FromElsewhere, Event, name="vetting_requested", label="征求联审意见", rule="P8"
):
    """A department is asked about the person, whom it may open for that."""

    authority: str
    due_on: date


class VettingConcluded(FromElsewhere, Event, name="vetting_concluded", label="联审办结", rule="P8"):
    """Every department that had to be asked has answered."""

    passed: bool


class NominationReserved(
    FromElsewhere, Event, name="nomination_reserved", label="列为递补人选", rule="P16"
):
    """It moves up at this place of the reserve, when a place falls free."""

    place: int
    digest: str


class ReservePromoted(FromElsewhere, Event, name="reserve_promoted", label="递补人选", rule="P16"):
    """It takes the place of one that is out."""

    in_place_of: UUID


class NoticeExtended(FromElsewhere, Event, name="notice_extended", label="公示期顺延", rule="P1"):
    """The notice on which it stands is posted for longer."""

    notice_id: UUID
    closes_on: date


class ObjectionReceived(
    FromElsewhere, Event, name="objection_received", label="收到异议", rule="P4"
):
    """Somebody objects; who it is stays sealed."""

    objection_id: UUID


class ObjectionAccepted(
    FromElsewhere, Event, name="objection_accepted", label="受理异议", rule="P5"
):
    """The objection is taken up: this nomination stands still."""

    objection_id: UUID
    investigate_by: date


class ObjectionDeclined(
    FromElsewhere, Event, name="objection_declined", label="不予受理异议", rule="P4"
):
    """Anonymous, under a false name, late, or without facts."""

    objection_id: UUID
    ground: Literal["anonymous", "false_name", "late", "no_facts"]


class ObjectionInvestigated(
    FromElsewhere, Event, name="objection_investigated", label="异议核查完毕", rule="P6"
):
    """The investigation that the objection led to has its finding."""

    objection_id: UUID
    investigation_id: UUID
    finding: Verdict


class ObjectionClosed(FromElsewhere, Event, name="objection_closed", label="异议办结", rule="P6"):
    """It stands in the way no more."""

    objection_id: UUID
    outcome: Literal["unfounded", "immaterial", "ineligible", "fraud", "withdrawn"]


Milestone = (
    NominationEvaluated
    | NominationApproved
    | NominationReserved
    | ReservePromoted
    | NominationPosted
    | NoticeExtended
    | EntryWithdrawn
    | NoticeEnded
    | VettingRequested
    | VettingConcluded
    | NominationExcluded
    | ObjectionReceived
    | ObjectionAccepted
    | ObjectionDeclined
    | ObjectionInvestigated
    | ObjectionClosed
    | InvestigationOpened
    | InvestigationConcluded
    | NominationCleared
    | ClearanceLost
    | NominationDisqualified
    | CandidacyCancelled
    | NominationConferred
    | RewardPaid
    | RevocationOpened
    | RevocationDismissed
    | TitleRevoked
)
