"""What review tells the other services and the partners: ranks, outcomes, findings. Pure.

Single scores, allegations, evidence and what a department answered stay at home.
"""

from uuid import UUID

from services.review import asking, clearance, deciding, investigating, shortlisting
from shared.contracts import review
from shared.contracts.base import Published
from shared.messages import Event


def told(event: Event, stream: UUID) -> Published | None:
    """What is told of an event of this stream, if anything is."""
    return _told_of_the_list(event) or _told_of_vetting(event) or _told_of_facts(event, stream)


def _told_of_the_list(event: Event) -> Published | None:
    match event:
        case shortlisting.ShortlistDrawn():
            return review.ShortlistDrawn(
                campaign_id=event.campaign_id, ranking=event.ranking, digest=event.digest
            )
        case deciding.ListDecided():
            return review.ListDecided(
                campaign_id=event.campaign_id, digest=event.digest, outcomes=event.outcomes
            )
        case clearance.ClearanceGranted():
            return review.ClearanceGranted(
                nomination_id=event.nomination_id, campaign_id=event.campaign_id
            )
        case clearance.ClearanceWithdrawn():
            return review.ClearanceWithdrawn(
                nomination_id=event.nomination_id, campaign_id=event.campaign_id
            )
        case deciding.ReserveFormed():
            return review.ReserveFormed(
                campaign_id=event.campaign_id, digest=event.digest, nominations=event.nominations
            )
        case deciding.ReservePromoted():
            return review.ReservePromoted(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                in_place_of=event.in_place_of,
            )
        case _:
            return None


def _told_of_vetting(event: Event) -> Published | None:
    """Who is asked until when, and what came of it."""
    match event:
        case asking.VettingRequested():
            return review.VettingRequested(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                authority=event.authority,
                due_on=event.due_on,
            )
        case asking.VettingConcluded():
            return review.VettingConcluded(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                passed=event.vetted,
            )
        case asking.NomineeRuledOut():
            return review.NominationExcluded(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                ground=event.ground,
                reason=event.reason,
            )
        case _:
            return None


def _told_of_facts(event: Event, stream: UUID) -> Published | None:
    """What an investigation, found by this stream, has come to."""
    match event:
        case investigating.InvestigationOpened():
            return review.InvestigationOpened(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                investigation_id=stream,
            )
        case investigating.InvestigationConcluded():
            return review.InvestigationConcluded(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                investigation_id=stream,
                finding=event.finding,
            )
        case investigating.NominationDisqualified():
            return review.NominationDisqualified(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                investigation_id=stream,
                reason=event.reason,
            )
        case investigating.FoundIneligible():
            return review.NominationExcluded(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                ground="ineligible",
                reason=event.reason,
            )
        case investigating.ObjectionInvestigated():
            return review.ObjectionInvestigated(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                objection_id=event.objection_id,
                investigation_id=stream,
                finding=event.finding,
            )
        case _:
            return None
