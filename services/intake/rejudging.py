"""Which command of intake stands behind which event, so that its decisions can be judged again."""

from collections.abc import Sequence
from typing import Any

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
    precedents,
    prereview,
    retention,
    standing,
    submission,
    suspension,
    withdrawal,
)
from services.intake.record import NominationReceived
from services.intake.submission import PUBLISHER
from shared.audit.recipes import Found, Recipe, Rejudging, Unjudged, asked
from shared.messages import Event, Recorded

SEALED = Unjudged("密封内容，须经授权开启（--purpose）。")
NOT_KEPT = Unjudged("被拒绝的报送只保留摘要，不保留内容，无从复判。")
AUTHORITIES = Unjudged("查看人当时代表哪些部门取自当时的账号，日志中没有记载，无从复判。")


def _amended(decision: Sequence[Recorded], _: Any) -> Found:
    """S32: moving the deadline alone needs no approval; with one it was an amendment (A8)."""
    event: Any = decision[0].event
    if event.changed == ("deadline",) and event.approval is None:
        deadline = event.configuration.deadline
        return asked(campaign.ExtendDeadline, decision, deadline=deadline)
    return asked(campaign.AmendCampaign, decision)


def _answered(decision: Sequence[Recorded], _: Any) -> Found:
    event: Any = decision[0].event
    return NOT_KEPT if event.outcome == "refused" else SEALED


def _received(decision: Sequence[Recorded], _: Any) -> Found:
    """What was sent is judged with the answer; here, whether it is held (P7)."""
    events = [one.event for one in decision]
    rivals = tuple(one.other for one in events if isinstance(one, duplicates.NominationHeld))
    return asked(nomination.ReceiveNomination, decision, received=events[0], rivals=rivals)


def _corrected(decision: Sequence[Recorded], _: Any) -> Found:
    return asked(correction.CorrectNomination, decision, corrected=decision[0].event)


def _milestone(decision: Sequence[Recorded], _: Any) -> Found:
    return asked(nomination.RecordMilestone, decision, milestone=decision[0].event)


def _resolved(decision: Sequence[Recorded], _: Any) -> Found:
    event: Any = decision[0].event
    if event.kept:
        return asked(duplicates.ResolveDuplicate, decision)
    return asked(duplicates.MergeNomination, decision, into=event.other)


def _reopened(decision: Sequence[Recorded], _: Any) -> Found:
    event: Any = decision[0].event
    return asked(duplicates.ReopenDuplicate if event.restored else duplicates.ReopenRival, decision)


def _withdrawn(decision: Sequence[Recorded], _: Any) -> Found:
    event: Any = decision[0].event
    on_paper = event.letter is not None
    kind = withdrawal.WithdrawNomination if on_paper else withdrawal.AcceptWithdrawal
    return asked(kind, decision, party=event.by)


def _pre_reviewed(decision: Sequence[Recorded], _: Any) -> Found:
    event: Any = decision[0].event
    return asked(prereview.PassPreReview if event.passed else prereview.FailPreReview, decision)


def _opened(decision: Sequence[Recorded], _: Any) -> Found:
    others = decision[0].by.roles - {disclosure.AUTHORITY}
    event: Any = decision[0].event
    if set(event.fields) <= disclosure.readable_by(others):
        return asked(disclosure.OpenPersonalData, decision)
    return AUTHORITIES


def _claimed(decision: Sequence[Recorded], _: Any) -> Found:
    sent = PUBLISHER in decision[0].by.roles
    return asked(claim.TakeClaim if sent else claim.ReopenClaim, decision)


MILESTONES: dict[type[Event], Recipe] = {
    event: _milestone
    for event in nomination.NOMINATION.events
    if event.__module__ == milestones.__name__
}

RECIPES: dict[type[Event], Recipe] = {
    campaign.CampaignOpened: campaign.OpenCampaign,
    campaign.CampaignAmended: _amended,
    campaign.ConfigurationFrozen: campaign.FreezeConfiguration,
    campaign.LatePaperNoted: campaign.JudgePaper,
    campaign.CampaignClosed: campaign.CloseCampaign,
    retention.RetentionBegun: retention.BeginRetention,
    retention.RetentionEnded: retention.EndRetention,
    retention.ErasureAdmitted: retention.AdmitErasure,
    submission.SubmissionAnswered: _answered,
    NominationReceived: _received,
    duplicates.NominationHeld: duplicates.HoldNomination,
    duplicates.DuplicateResolved: _resolved,
    duplicates.DuplicateReopened: _reopened,
    duplicates.HoldLifted: duplicates.LiftHold,
    correction.CorrectionRequested: correction.RequestCorrection,
    correction.NominationCorrected: _corrected,
    correction.CorrectionLapsed: correction.LapseCorrection,
    papers.PaperReceived: papers.RecordPaperReceipt,
    papers.PaperFoundLate: papers.JudgePaperLate,
    papers.OriginalsSighted: papers.SightOriginals,
    suspension.NominationSuspended: suspension.SuspendNomination,
    suspension.NominationResumed: suspension.ResumeNomination,
    withdrawal.NominationWithdrawn: _withdrawn,
    prereview.ConditionsAssessed: prereview.PassPreReview,
    prereview.NominationPreReviewed: _pre_reviewed,
    prereview.TiesNoted: prereview.NoteTies,
    disclosure.PersonalDataOpened: _opened,
    disclosure.PublicationReleased: disclosure.ReleaseForPublication,
    nomination.CarriedOver: nomination.CarryOver,
    **MILESTONES,
    claim.ClaimTaken: _claimed,
    claim.ClaimContested: claim.TakeClaim,
    claim.ClaimSettled: claim.SettleClaim,
    claim.ClaimReleased: claim.ReleaseClaim,
    claim.ClaimReopened: claim.ReopenClaim,
    claim.ClaimClosed: claim.CloseClaim,
    erasure.ErasureRequested: erasure.RequestErasure,
    erasure.LegalHoldPlaced: erasure.PlaceLegalHold,
    erasure.LegalHoldLifted: erasure.LiftLegalHold,
    erasure.ErasureCompleted: erasure.CompleteErasure,
    erasure.KeysReturned: erasure.NoteKeysReturned,
    standing.PersonBarred: standing.BarPerson,
    standing.HonourHeld: standing.HoldHonour,
    standing.HonourLost: standing.LoseHonour,
    precedents.EquivalenceDecided: precedents.DecideEquivalence,
}

REJUDGING = Rejudging(
    recipes=RECIPES,
    traceless={
        submission.AnswerSubmission: "答复由密封的报送内容得出，经授权开启后复判。",
        precedents.RelyOnPrecedents: "只作核对，不留事件；随引起它的初审一并复判。",
        retention.ExpectReceived: "只作核对，不留事件；随引起它的保全一并复判。",
        retention.ExpectTermOver: "只作核对，不留事件；随引起它的删除决定一并复判。",
    },
    carries={
        campaign.CampaignOpened: {"configuration": ""},
        campaign.CampaignAmended: {"configuration": ""},
        NominationReceived: {"terms.corrections": "corrections", "terms.bar_years": "bar_years"},
    },
)
