"""What intake does on what it hears, and what it says. Pure.

Review and publicity come in any order: each message becomes a milestone of each nomination that
it names, and a milestone is recorded whatever came before it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import assert_never
from uuid import UUID

from services.intake import (
    campaign,
    claim,
    correction,
    disclosure,
    duplicates,
    erasure,
    milestones,
    nomination,
    papers,
    prereview,
    record,
    retention,
    submission,
    suspension,
    withdrawal,
)
from services.intake.campaign import CAMPAIGN, FreezeConfiguration, JudgePaper
from services.intake.claim import CLAIM, CloseClaim, ReleaseClaim, ReopenClaim, SettleClaim
from services.intake.correction import LapseCorrection
from services.intake.duplicates import HoldNomination, LiftHold, MergeNomination, ReopenRival
from services.intake.nomination import NOMINATION, CarryOver, RecordMilestone
from services.intake.papers import JudgePaperLate
from services.intake.precedents import PRECEDENTS, RelyOnPrecedents
from services.intake.prereview import NoteTies
from services.intake.standing import STANDING, BarPerson, HoldHonour, LoseHonour
from shared.calendar import end_of_day
from shared.contracts import intake, publicity, review
from shared.contracts.base import Heard, Published
from shared.messages import SYSTEM, Actor, Addressed, Command, Event, Happened, Recorded
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
        case review.ShortlistDrawn() | review.ListDecided() | review.ReserveFormed() as listed:
            return _listed(listed, heard)
        case (
            publicity.NoticePublished()
            | publicity.NoticeClosed()
            | publicity.NoticeExtended() as notice
        ):
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
    review.ObjectionInvestigated: milestones.ObjectionInvestigated,
    review.NominationExcluded: milestones.NominationExcluded,
    review.VettingRequested: milestones.VettingRequested,
    review.VettingConcluded: milestones.VettingConcluded,
    review.ReservePromoted: milestones.ReservePromoted,
    publicity.NoticeEntryWithdrawn: milestones.EntryWithdrawn,
    publicity.CandidacyCancelled: milestones.CandidacyCancelled,
    publicity.TitleConferred: milestones.NominationConferred,
    publicity.RevocationOpened: milestones.RevocationOpened,
    publicity.RevocationDismissed: milestones.RevocationDismissed,
    publicity.TitleRevoked: milestones.TitleRevoked,
    publicity.RewardPaid: milestones.RewardPaid,
    publicity.ObjectionReceived: milestones.ObjectionReceived,
    publicity.ObjectionAccepted: milestones.ObjectionAccepted,
    publicity.ObjectionDeclined: milestones.ObjectionDeclined,
    publicity.ObjectionClosed: milestones.ObjectionClosed,
}
"""Messages about one nomination: the milestone has the message's fields and its source."""


def _listed(
    message: review.ShortlistDrawn | review.ListDecided | review.ReserveFormed, heard: Heard
) -> Iterable[milestones.Milestone]:
    of_list = {
        "campaign_id": message.campaign_id,
        "source": heard.source,
        "digest": message.digest,
    }
    match message:
        case review.ShortlistDrawn(ranking=ranking):
            return [
                milestones.NominationEvaluated.model_validate({**of_list, **dict(ranked)})
                for ranked in ranking
            ]
        case review.ListDecided(outcomes=outcomes):
            return [
                milestones.NominationApproved.model_validate({**of_list, **dict(outcome)})
                for outcome in outcomes
            ]
        case review.ReserveFormed(nominations=nominations):
            return [
                milestones.NominationReserved.model_validate(
                    {**of_list, "nomination_id": nomination_id, "place": place}
                )
                for place, nomination_id in enumerate(nominations, 1)
            ]


def _noticed(
    message: publicity.NoticePublished | publicity.NoticeClosed | publicity.NoticeExtended,
    heard: Heard,
) -> Iterable[milestones.Milestone]:
    kind = ON_NOTICE[type(message)]
    said = {name: getattr(message, name, None) for name in kind.model_fields}
    return [
        kind.model_validate({**said, "nomination_id": nomination_id, "source": heard.source})
        for nomination_id in message.nominations
    ]


ON_NOTICE: dict[type[Published], type[milestones.Milestone]] = {
    publicity.NoticePublished: milestones.NominationPosted,
    publicity.NoticeExtended: milestones.NoticeExtended,
    publicity.NoticeClosed: milestones.NoticeEnded,
}
"""Messages about everybody on a notice."""


# what we do at once


def react(happened: Happened) -> Sequence[Addressed]:
    """What follows in the same transaction, and is refused for all of it or not at all."""
    match happened.event:
        case prereview.NominationPreReviewed() as pre_reviewed:
            return _pre_reviewed(happened, pre_reviewed)
        case prereview.ConditionsAssessed() as assessed:
            return _rely(happened, assessed)
        case withdrawal.NominationWithdrawn() as withdrawn:
            return _release(happened, withdrawn)
        case papers.PaperReceived() | campaign.LatePaperNoted() as paper:
            return [_judge_paper(happened, paper)]
        case nomination.CarriedOver() as carried:
            return [_carried(happened, carried)]
        case (
            milestones.NominationDisqualified()
            | milestones.NominationConferred()
            | milestones.TitleRevoked() as milestone
        ):
            carry = CarryOver(at=happened.at, by=INTAKE, mark=MARKS[type(milestone)])
            return [Addressed(NOMINATION, milestone.nomination_id, carry)]
        case (
            erasure.ErasureRequested()
            | erasure.LegalHoldPlaced()
            | retention.ErasureAdmitted()
            | campaign.CampaignClosed()
        ) as event:
            return _erasure(event, happened.at)
        case event:
            return _of_one_person(happened, event)


def _erasure(
    event: erasure.ErasureRequested
    | erasure.LegalHoldPlaced
    | retention.ErasureAdmitted
    | campaign.CampaignClosed,
    at: datetime,
) -> Sequence[Addressed]:
    """An erasure is decided where each thing is known: nomination, campaign, claim (P17)."""
    match event:
        case campaign.CampaignClosed(campaign_id=closed):
            return [Addressed(CAMPAIGN, closed, retention.BeginRetention(at=at, by=INTAKE))]
        case erasure.LegalHoldPlaced(nomination_id=held):
            return [Addressed(NOMINATION, held, retention.ExpectReceived(at=at, by=INTAKE))]
        case erasure.ErasureRequested(nomination_id=asked):
            admit = retention.AdmitErasure(at=at, by=INTAKE, ground=event.ground, parts=event.parts)
            return [Addressed(NOMINATION, asked, admit)]
        case retention.ErasureAdmitted(nomination_id=gone):
            expect = retention.ExpectTermOver(
                at=at,
                by=INTAKE,
                campaign_id=event.campaign_id,
                nomination_id=gone,
                ground=event.ground,
                parts=event.parts,
                file=event.file,
                over=event.over,
            )
            close = CloseClaim(at=at, by=INTAKE, nomination_id=gone)
            return [
                Addressed(CAMPAIGN, event.campaign_id, expect),
                Addressed(CLAIM, event.claim, close),
            ]
        case _:
            assert_never(event)


MARKS: dict[type[Event], record.Mark] = {
    milestones.NominationDisqualified: "barred",
    milestones.NominationConferred: "honoured",
    milestones.TitleRevoked: "revoked",
}
"""What follows a person into the next campaign (P16, P19)."""


def _of_one_person(happened: Happened, event: Event) -> Sequence[Addressed]:
    """A hold is mutual, and a choice is made, and taken back, for all at once (P7)."""
    at = happened.at
    match event:
        case duplicates.NominationHeld(nomination_id=newcomer, other=other):
            return [Addressed(NOMINATION, other, HoldNomination(at=at, by=INTAKE, other=newcomer))]
        case duplicates.DuplicateResolved(kept=True, nomination_id=kept, other=merged):
            settle = SettleClaim(at=at, by=INTAKE, holder=kept, other=merged)
            return [
                Addressed(NOMINATION, merged, MergeNomination(at=at, by=INTAKE, into=kept)),
                Addressed(CLAIM, event.claim, settle),
            ]
        case duplicates.DuplicateReopened(restored=True, nomination_id=again, other=kept):
            reopen = ReopenClaim(at=at, by=INTAKE, nomination_id=again)
            return [
                Addressed(NOMINATION, kept, ReopenRival(at=at, by=INTAKE, other=again)),
                Addressed(CLAIM, event.claim, reopen),
            ]
        case claim.ClaimReopened(nomination_id=again, rivals=rivals):
            return [
                Addressed(NOMINATION, again, HoldNomination(at=at, by=INTAKE, other=rival))
                for rival in rivals
            ]
        case _:
            return []


def _pre_reviewed(
    happened: Happened, event: prereview.NominationPreReviewed
) -> Sequence[Addressed]:
    """The first pre-review freezes the configuration (A8); who passed is told of ties (P10)."""
    freeze = FreezeConfiguration(at=happened.at, by=INTAKE, campaign_id=event.campaign_id)
    ties = Addressed(NOMINATION, event.nomination_id, NoteTies(at=happened.at, by=INTAKE))
    return [Addressed(CAMPAIGN, event.campaign_id, freeze), *([ties] if event.passed else [])]


def _rely(happened: Happened, event: prereview.ConditionsAssessed) -> Sequence[Addressed]:
    if not event.equivalences:
        return []
    rely = RelyOnPrecedents(
        at=happened.at,
        by=INTAKE,
        campaign_id=event.campaign_id,
        equivalences=event.equivalences,
    )
    return [Addressed(PRECEDENTS, event.campaign_id, rely)]


def _release(happened: Happened, event: withdrawal.NominationWithdrawn) -> Sequence[Addressed]:
    """The person is free for another nomination, and no other one is held against this (P7)."""
    gone = event.nomination_id
    release = ReleaseClaim(at=happened.at, by=INTAKE, nomination_id=gone)
    return [
        Addressed(CLAIM, event.claim, release),
        *(
            Addressed(NOMINATION, rival, LiftHold(at=happened.at, by=INTAKE, other=gone))
            for rival in event.rivals
        ),
    ]


def _judge_paper(
    happened: Happened, event: papers.PaperReceived | campaign.LatePaperNoted
) -> Addressed:
    """The campaign knows the deadline (S32), the nomination bears what follows."""
    if isinstance(event, campaign.LatePaperNoted):
        late = JudgePaperLate(at=happened.at, by=INTAKE, deadline=event.deadline)
        return Addressed(NOMINATION, event.nomination_id, late)
    judge = JudgePaper(
        at=happened.at,
        by=INTAKE,
        campaign_id=event.campaign_id,
        nomination_id=event.nomination_id,
        received_at=event.received_at,
    )
    return Addressed(CAMPAIGN, event.campaign_id, judge)


def _carried(happened: Happened, event: nomination.CarriedOver) -> Addressed:
    said = {
        "at": happened.at,
        "by": INTAKE,
        "nomination_id": event.nomination_id,
        "campaign_id": event.campaign_id,
    }
    command: Command
    match event.mark:
        case "barred":
            command = BarPerson.model_validate({**said, "until": event.until})
        case "honoured":
            command = HoldHonour.model_validate(said)
        case "revoked":
            command = LoseHonour.model_validate(said)
    return Addressed(STANDING, event.standing, command)


# what we say

SAID: dict[type[Event], type[Published]] = {
    campaign.CampaignOpened: intake.CampaignOpened,
    campaign.CampaignAmended: intake.CampaignAmended,
    campaign.CampaignClosed: intake.CampaignClosed,
    record.NominationReceived: intake.NominationReceived,
    duplicates.NominationHeld: intake.NominationHeld,
    duplicates.DuplicateResolved: intake.DuplicateResolved,
    duplicates.DuplicateReopened: intake.DuplicateReopened,
    correction.CorrectionRequested: intake.CorrectionRequested,
    correction.NominationCorrected: intake.NominationCorrected,
    withdrawal.NominationWithdrawn: intake.NominationWithdrawn,
    suspension.NominationSuspended: intake.NominationSuspended,
    suspension.NominationResumed: intake.NominationResumed,
    prereview.NominationPreReviewed: intake.NominationPreReviewed,
    prereview.TiesNoted: intake.TiesNoted,
    disclosure.PublicationReleased: intake.PublicationReleased,
}
"""The message has the event's fields, as far as the contract names them."""


def announce(recorded: Recorded) -> Published | None:
    """What crosses the border; milestones do not, since their own services tell of them."""
    match recorded.event:
        case submission.SubmissionAnswered() as answered:
            return _receipt(answered)
        case duplicates.HoldLifted() as lifted:
            return intake.DuplicateResolved(
                nomination_id=lifted.nomination_id,
                campaign_id=lifted.campaign_id,
                kept=True,
                other=lifted.other,
            )
        case event if (message := SAID.get(type(event))) is not None:
            said = {name: getattr(event, name) for name in message.model_fields}
            return message.model_validate(said)
        case _:
            return None


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


# what waits for the clock

ENDING = (
    correction.NominationCorrected,
    correction.CorrectionLapsed,
    withdrawal.NominationWithdrawn,
    milestones.NominationExcluded,
    milestones.NominationDisqualified,
    milestones.CandidacyCancelled,
    milestones.RevocationOpened,
    milestones.TitleRevoked,
)
"""After these nobody waits for a correction any more."""


def timers(recorded: Recorded) -> Sequence[Due | Settled]:
    """A correction lapses at its deadline (S31), the files of a campaign at the end of theirs."""
    match recorded.event:
        case retention.RetentionBegun() as terms:
            files: tuple[retention.File, ...] = ("rejected", "conferred")
            return [_kept_until(terms, file) for file in files]
        case retention.RetentionEnded(campaign_id=campaign_id, file=file):
            return [Settled(_retention(campaign_id, file))]
        case correction.CorrectionRequested(nomination_id=nomination_id, due_at=due_at):
            return [
                Due(
                    key=_correction(nomination_id),
                    at=due_at,
                    decider=NOMINATION.name,
                    target=nomination_id,
                    command=LapseCorrection.name,
                )
            ]
        case duplicates.DuplicateResolved(kept=False, nomination_id=nomination_id):
            return [Settled(_correction(nomination_id))]
        case event if isinstance(event, ENDING):
            return [Settled(_correction(event.nomination_id))]
        case _:
            return []


def _kept_until(terms: retention.RetentionBegun, file: retention.File) -> Due:
    """P17: it erases nothing, it puts files on the office's list."""
    return Due(
        key=_retention(terms.campaign_id, file),
        at=end_of_day(retention.until(terms, file)),
        decider=CAMPAIGN.name,
        target=terms.campaign_id,
        command=retention.EndRetention.name,
    )


def _retention(campaign_id: UUID, file: retention.File) -> str:
    return f"retention:{campaign_id}:{file}"


def _correction(nomination_id: UUID) -> str:
    return f"correction:{nomination_id}"
