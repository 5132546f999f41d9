"""What intake does on what it hears, and what it says. Pure.

Review and publicity come in any order: each message becomes a milestone of each nomination that
it names, and a milestone is recorded whatever came before it.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from services.intake import campaign, milestones, nomination, submission
from services.intake.campaign import CAMPAIGN, FreezeConfiguration
from services.intake.claim import CLAIM, SettleClaim
from services.intake.nomination import (
    NOMINATION,
    HoldNomination,
    MergeNomination,
    RecordMilestone,
)
from shared.contracts import intake, publicity, review
from shared.contracts.base import Heard, Published
from shared.messages import SYSTEM, Actor, Addressed, Event, Happened, Recorded
from shared.plan import Due, Settled

INTAKE = Actor(
    id="system:intake",
    name="受理服务",
    organisation="港区工匠评选系统",
    roles=frozenset({SYSTEM}),
)

# what we hear


def follow(heard: Heard) -> Sequence[Addressed]:
    """The milestones that a message of another service is."""
    return [
        Addressed(
            NOMINATION,
            milestone.nomination_id,
            RecordMilestone(at=heard.at, by=INTAKE, milestone=milestone),
        )
        for milestone in milestones_in(heard)
    ]


def milestones_in(heard: Heard) -> Iterable[milestones.Milestone]:
    """One for each nomination that the message names."""
    match heard.message:
        case review.ShortlistDrawn() | review.ListDecided() as listed:
            return _listed(listed, heard)
        case publicity.NoticePublished() | publicity.NoticeClosed() as notice:
            return _noticed(notice, heard)
        case message if (milestone := SAME.get(type(message))) is not None:
            return [milestone.model_validate({**dict(message), "source": heard.source})]
        case _:
            return []


SAME: dict[type[Published], type[milestones.Milestone]] = {
    review.InvestigationOpened: milestones.InvestigationOpened,
    review.InvestigationConcluded: milestones.InvestigationConcluded,
    review.NominationDisqualified: milestones.NominationDisqualified,
    review.ClearanceGranted: milestones.NominationCleared,
    review.ClearanceWithdrawn: milestones.ClearanceLost,
    publicity.NoticeEntryWithdrawn: milestones.EntryWithdrawn,
    publicity.CandidacyCancelled: milestones.CandidacyCancelled,
    publicity.TitleConferred: milestones.NominationConferred,
    publicity.RevocationOpened: milestones.RevocationOpened,
}
"""Messages about one nomination: the milestone has the message's fields and its source."""


def _listed(
    message: review.ShortlistDrawn | review.ListDecided, heard: Heard
) -> Iterable[milestones.Milestone]:
    match message:
        case review.ShortlistDrawn(ranking=ranking):
            return [
                milestones.NominationEvaluated(
                    campaign_id=message.campaign_id,
                    source=heard.source,
                    digest=message.digest,
                    **dict(ranked),
                )
                for ranked in ranking
            ]
        case review.ListDecided(outcomes=outcomes):
            return [
                milestones.NominationApproved(
                    campaign_id=message.campaign_id,
                    source=heard.source,
                    digest=message.digest,
                    **dict(outcome),
                )
                for outcome in outcomes
            ]


def _noticed(
    message: publicity.NoticePublished | publicity.NoticeClosed, heard: Heard
) -> Iterable[milestones.Milestone]:
    match message:
        case publicity.NoticePublished():
            return [
                milestones.NominationPosted(
                    nomination_id=nomination_id,
                    campaign_id=message.campaign_id,
                    source=heard.source,
                    notice_id=message.notice_id,
                    opens_on=message.opens_on,
                    closes_on=message.closes_on,
                )
                for nomination_id in message.nominations
            ]
        case publicity.NoticeClosed():
            return [
                milestones.NoticeEnded(
                    nomination_id=nomination_id,
                    campaign_id=message.campaign_id,
                    source=heard.source,
                    notice_id=message.notice_id,
                )
                for nomination_id in message.nominations
            ]


# what we do at once


def react(happened: Happened) -> Sequence[Addressed]:
    """A hold is mutual, a duplicate is resolved for all at once (P7), and the first pre-review
    freezes the configuration (A8)."""
    match happened.event:
        case nomination.NominationHeld(nomination_id=newcomer, other=other):
            return [_hold(happened, other, newcomer)]
        case nomination.DuplicateResolved(kept=True) as resolved:
            return _resolve(happened, resolved)
        case nomination.NominationPreReviewed(campaign_id=campaign_id):
            freeze = FreezeConfiguration(at=happened.at, by=INTAKE, campaign_id=campaign_id)
            return [Addressed(CAMPAIGN, campaign_id, freeze)]
        case _:
            return []


def _hold(happened: Happened, held: UUID, other: UUID) -> Addressed:
    return Addressed(NOMINATION, held, HoldNomination(at=happened.at, by=INTAKE, other=other))


def _resolve(happened: Happened, resolved: nomination.DuplicateResolved) -> Sequence[Addressed]:
    kept, merged = resolved.nomination_id, resolved.other
    return [
        Addressed(NOMINATION, merged, MergeNomination(at=happened.at, by=INTAKE, into=kept)),
        Addressed(
            CLAIM,
            resolved.claim,
            SettleClaim(at=happened.at, by=INTAKE, holder=kept, other=merged),
        ),
    ]


# what we say

SAID: dict[type[Event], type[Published]] = {
    campaign.CampaignOpened: intake.CampaignOpened,
    campaign.CampaignAmended: intake.CampaignAmended,
    campaign.CampaignClosed: intake.CampaignClosed,
    nomination.NominationReceived: intake.NominationReceived,
    nomination.NominationHeld: intake.NominationHeld,
    nomination.DuplicateResolved: intake.DuplicateResolved,
    nomination.NominationPreReviewed: intake.NominationPreReviewed,
    nomination.PublicationReleased: intake.PublicationReleased,
}
"""The message has the event's fields, as far as the contract names them."""


def announce(recorded: Recorded) -> Published | None:
    """What crosses the border; milestones do not, since their own services tell of them."""
    event = recorded.event
    if isinstance(event, submission.SubmissionAnswered):
        return _receipt(event)
    if (message := SAID.get(type(event))) is None:
        return None
    return message.model_validate({name: getattr(event, name) for name in message.model_fields})


def _receipt(event: submission.SubmissionAnswered) -> intake.SubmissionAnswered:
    return intake.SubmissionAnswered(
        submission_id=event.submission_id,
        campaign_id=event.campaign_id,
        publisher=event.publisher,
        source=event.source,
        id=event.message_id,
        outcome=event.outcome,
        nomination_id=event.nomination_id,
        findings=event.findings,
    )


def timers(_: Recorded) -> Sequence[Due | Settled]:
    """Nothing here happens by the clock."""
    return []
