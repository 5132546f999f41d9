"""What review makes of news, of other services' and of its own; and what it tells. Pure."""

from collections.abc import Sequence
from datetime import datetime

from services.review import approval, clearance, evaluation, investigation, panel
from services.review.approval import APPROVAL
from services.review.clearance import CLEARANCE
from services.review.evaluation import EVALUATION
from services.review.panel import PANEL
from shared.contracts import intake, publicity, review
from shared.contracts.base import Heard, Published
from shared.messages import SYSTEM, Actor, Addressed, Happened, Recorded
from shared.plan import Due, Settled

REVIEW = Actor(
    id="system:review",
    name="综合评审服务",
    organisation="港区工匠评选系统",
    roles=frozenset({SYSTEM}),
)


def follow(heard: Heard) -> Sequence[Addressed]:
    """What another service's message asks of us. Every pair may come in either order."""
    match heard.message:
        case intake.CampaignOpened() | intake.CampaignAmended() as told:
            return _campaign_told(told, heard.at)
        case intake.NominationPreReviewed(passed=True) as passed:
            return _passed(passed, heard.at)
        case publicity.NoticeClosed() as closed:
            return _notice_closed(closed, heard.at)
        case _:
            return []


def _campaign_told(
    told: intake.CampaignOpened | intake.CampaignAmended, at: datetime
) -> Sequence[Addressed]:
    """Of one campaign they come in the order of their partition."""
    campaign, configuration = told.campaign_id, told.configuration
    prepare = panel.PreparePanel(
        at=at, by=REVIEW, campaign_id=campaign, configuration=configuration
    )
    approve = approval.PrepareApproval(
        at=at, by=REVIEW, campaign_id=campaign, configuration=configuration
    )
    return [Addressed(PANEL, campaign, prepare), Addressed(APPROVAL, campaign, approve)]


def _passed(passed: intake.NominationPreReviewed, at: datetime) -> Sequence[Addressed]:
    nomination = passed.nomination_id
    command = evaluation.OpenEvaluation(
        at=at,
        by=REVIEW,
        nomination_id=nomination,
        campaign_id=passed.campaign_id,
        employer_uscc=passed.employer_uscc,
        recommender_uscc=passed.recommender_uscc,
    )
    return [Addressed(EVALUATION, nomination, command)]


def _notice_closed(closed: publicity.NoticeClosed, at: datetime) -> Sequence[Addressed]:
    return [
        Addressed(
            CLEARANCE,
            nomination,
            clearance.NoteNoticeClosed(
                at=at, by=REVIEW, nomination_id=nomination, campaign_id=closed.campaign_id
            ),
        )
        for nomination in closed.nominations
    ]


def react(happened: Happened) -> Sequence[Addressed]:
    """What an event of ours asks of our other aggregates, in the same transaction."""
    at = happened.at
    match happened.event:
        case evaluation.EvaluationOpened() as opened:
            return _new_candidate(opened, at)
        case panel.CandidateAssigned() as assigned:
            return _assigned(assigned, at)
        case evaluation.EvaluationCompleted() as completed:
            return _completed(completed, at)
        case panel.ShortlistDrawn() as drawn:
            return _drawn(drawn, at)
        case approval.ListDecided() as decided:
            return _decided(decided, at)
        case investigation.InvestigationOpened() as opened:
            return _investigated(opened, happened)
        case investigation.InvestigationConcluded(finding="unfounded") as concluded:
            return _released(concluded, happened)
        case investigation.NominationDisqualified() as disqualified:
            return _disqualified(disqualified, at)
        case _:
            return []


def _new_candidate(event: evaluation.EvaluationOpened, at: datetime) -> Sequence[Addressed]:
    command = panel.AddCandidate(
        at=at, by=REVIEW, campaign_id=event.campaign_id, nomination_id=event.nomination_id
    )
    return [Addressed(PANEL, event.campaign_id, command)]


def _assigned(event: panel.CandidateAssigned, at: datetime) -> Sequence[Addressed]:
    command = evaluation.AssignPanel(at=at, by=REVIEW, members=event.members, scoring=event.scoring)
    return [Addressed(EVALUATION, event.nomination_id, command)]


def _completed(event: evaluation.EvaluationCompleted, at: datetime) -> Sequence[Addressed]:
    command = panel.RecordResult(
        at=at,
        by=REVIEW,
        campaign_id=event.campaign_id,
        nomination_id=event.nomination_id,
        total=event.total,
        means=event.means,
    )
    return [Addressed(PANEL, event.campaign_id, command)]


def _drawn(event: panel.ShortlistDrawn, at: datetime) -> Sequence[Addressed]:
    """The shortlisted go to the leading group; nobody's scores change any more (S37, S39)."""
    submit = approval.SubmitList(
        at=at,
        by=REVIEW,
        campaign_id=event.campaign_id,
        digest=event.digest,
        nominations=tuple(line.nomination_id for line in event.ranking if line.shortlisted),
    )
    closings = [
        Addressed(
            EVALUATION,
            line.nomination_id,
            evaluation.CloseEvaluation(
                at=at, by=REVIEW, rank=line.rank, shortlisted=line.shortlisted
            ),
        )
        for line in event.ranking
    ]
    return [Addressed(APPROVAL, event.campaign_id, submit), *closings]


def _decided(event: approval.ListDecided, at: datetime) -> Sequence[Addressed]:
    close = panel.CloseSelection(at=at, by=REVIEW, campaign_id=event.campaign_id)
    approvals = [
        Addressed(
            CLEARANCE,
            outcome.nomination_id,
            clearance.NoteApproval(
                at=at,
                by=REVIEW,
                nomination_id=outcome.nomination_id,
                campaign_id=event.campaign_id,
            ),
        )
        for outcome in event.outcomes
        if outcome.approved
    ]
    return [Addressed(PANEL, event.campaign_id, close), *approvals]


def _investigated(
    event: investigation.InvestigationOpened, happened: Happened
) -> Sequence[Addressed]:
    """The nomination is held, unless its evaluation knows an investigator's unit (P5)."""
    nomination = event.nomination_id
    admit = evaluation.AdmitInvestigation(
        at=happened.at,
        by=REVIEW,
        campaign_id=event.campaign_id,
        investigators=event.investigators,
    )
    hold = clearance.HoldClearance(
        at=happened.at,
        by=REVIEW,
        nomination_id=nomination,
        campaign_id=event.campaign_id,
        investigation_id=happened.stream,
    )
    return [Addressed(EVALUATION, nomination, admit), Addressed(CLEARANCE, nomination, hold)]


def _released(
    event: investigation.InvestigationConcluded, happened: Happened
) -> Sequence[Addressed]:
    command = clearance.ReleaseHold(
        at=happened.at,
        by=REVIEW,
        nomination_id=event.nomination_id,
        campaign_id=event.campaign_id,
        investigation_id=happened.stream,
    )
    return [Addressed(CLEARANCE, event.nomination_id, command)]


def _disqualified(event: investigation.NominationDisqualified, at: datetime) -> Sequence[Addressed]:
    """S43: no clearance, no ranking, no approval, no further score."""
    nomination, campaign = event.nomination_id, event.campaign_id
    bar = clearance.BarClearance(at=at, by=REVIEW, nomination_id=nomination, campaign_id=campaign)
    unrank = panel.BarCandidate(at=at, by=REVIEW, nomination_id=nomination, campaign_id=campaign)
    strike = approval.BarCandidate(at=at, by=REVIEW, nomination_id=nomination, campaign_id=campaign)
    stop = evaluation.StopEvaluation(
        at=at, by=REVIEW, nomination_id=nomination, campaign_id=campaign
    )
    return [
        Addressed(CLEARANCE, nomination, bar),
        Addressed(PANEL, campaign, unrank),
        Addressed(APPROVAL, campaign, strike),
        Addressed(EVALUATION, nomination, stop),
    ]


def announce(recorded: Recorded) -> Published | None:
    """What crosses the border. Single scores, allegations and evidence stay at home."""
    match recorded.event:
        case panel.ShortlistDrawn() as event:
            return review.ShortlistDrawn(
                campaign_id=event.campaign_id, ranking=event.ranking, digest=event.digest
            )
        case approval.ListDecided() as event:
            return review.ListDecided(
                campaign_id=event.campaign_id, digest=event.digest, outcomes=event.outcomes
            )
        case investigation.InvestigationOpened() as event:
            return review.InvestigationOpened(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                investigation_id=recorded.stream,
            )
        case investigation.InvestigationConcluded() as event:
            return review.InvestigationConcluded(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                investigation_id=recorded.stream,
                finding=event.finding,
            )
        case investigation.NominationDisqualified() as event:
            return review.NominationDisqualified(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                investigation_id=recorded.stream,
                reason=event.reason,
            )
        case clearance.ClearanceGranted() as event:
            return review.ClearanceGranted(
                nomination_id=event.nomination_id, campaign_id=event.campaign_id
            )
        case clearance.ClearanceWithdrawn() as event:
            return review.ClearanceWithdrawn(
                nomination_id=event.nomination_id, campaign_id=event.campaign_id
            )
        case _:
            return None


def timers(recorded: Recorded) -> Sequence[Due | Settled]:
    """Nothing in review happens by the clock alone."""
    return []
