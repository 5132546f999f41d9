"""What publicity tells the other services and the partners: ids, days, numbers and outcomes. Pure.

Names stay at home, as partners read them on the portal (P3); who objects, and what an objection
says, is told to nobody (P4).
"""

from uuid import UUID

from services.publicity import objecting, posted, revoking, title
from shared.contracts import publicity
from shared.contracts.base import Published
from shared.messages import Event


def told(event: Event, stream: UUID) -> Published | None:
    """What is told of an event of this stream, if anything is."""
    return _told_of_notices(event) or _told_of_objections(event, stream) or _told_of_honours(event)


def _told_of_notices(event: Event) -> Published | None:
    match event:
        case posted.NoticePublished() | posted.NoticeRepublished():
            return publicity.NoticePublished(
                campaign_id=event.campaign_id,
                notice_id=event.notice_id,
                opens_on=event.opens_on,
                closes_on=event.closes_on,
                nominations=tuple(line.nomination_id for line in event.entries),
            )
        case posted.NoticeExtended():
            return publicity.NoticeExtended(
                campaign_id=event.campaign_id,
                notice_id=event.notice_id,
                closes_on=event.closes_on,
                nominations=event.nominations,
            )
        case posted.NoticeEntryWithdrawn() | posted.NoticeEntryRemoved():
            return publicity.NoticeEntryWithdrawn(
                campaign_id=event.campaign_id,
                notice_id=event.notice_id,
                nomination_id=event.nomination_id,
            )
        case posted.NoticeClosed():
            return publicity.NoticeClosed(
                campaign_id=event.campaign_id,
                notice_id=event.notice_id,
                nominations=event.nominations,
            )
        case _:
            return None


def _told_of_objections(event: Event, objection_id: UUID) -> Published | None:
    match event:
        case objecting.ObjectionRaised():
            return publicity.ObjectionReceived(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                objection_id=objection_id,
            )
        case objecting.ObjectionAccepted():
            return publicity.ObjectionAccepted(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                objection_id=objection_id,
                investigate_by=event.investigate_by,
            )
        case objecting.ObjectionDeclined():
            return publicity.ObjectionDeclined(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                objection_id=objection_id,
                ground=event.ground,
            )
        case objecting.ObjectionClosed():
            return publicity.ObjectionClosed(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                objection_id=objection_id,
                outcome=event.outcome,
            )
        case _:
            return None


def _told_of_honours(event: Event) -> Published | None:
    match event:
        case title.CandidacyCancelled():
            return publicity.CandidacyCancelled(
                nomination_id=event.nomination_id, campaign_id=event.campaign_id
            )
        case title.TitleConferred():
            return publicity.TitleConferred(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                certificate_number=event.certificate_number,
                decision_number=event.decision_number,
            )
        case title.RewardPaid():
            return publicity.RewardPaid(
                nomination_id=event.nomination_id, campaign_id=event.campaign_id
            )
        case revoking.RevocationCaseOpened():
            return publicity.RevocationOpened(
                nomination_id=event.nomination_id, campaign_id=event.campaign_id
            )
        case revoking.TitleRevoked():
            return publicity.TitleRevoked(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                decision_number=event.decision_number,
            )
        case revoking.RevocationDismissed() | revoking.RevocationCorrected():
            return publicity.RevocationDismissed(
                nomination_id=event.nomination_id, campaign_id=event.campaign_id
            )
        case _:
            return None
