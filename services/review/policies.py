"""What review makes of news, of other services' and of its own; and what it tells. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.review import (
    approval,
    asking,
    clearance,
    deciding,
    evaluation,
    investigating,
    investigation,
    panel,
    practice,
    recusal,
    scoring,
    seats,
    shortlisting,
    telling,
    vetting,
)
from services.review.approval import APPROVAL
from services.review.clearance import CLEARANCE
from services.review.evaluation import EVALUATION
from services.review.grounds import Ground
from services.review.investigation import INVESTIGATION
from services.review.panel import PANEL
from services.review.practice import PRACTICE
from services.review.vetting import VETTING
from shared.calendar import end_of_day
from shared.contracts import intake, publicity
from shared.contracts.base import Heard, Published
from shared.messages import SYSTEM, Actor, Addressed, Event, Happened, Recorded
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
        case intake.TiesNoted() as ties:
            return _ties(ties, heard.at)
        case intake.NominationWithdrawn() as gone:
            return _leaving(gone.campaign_id, gone.nomination_id, "withdrawn", heard.at)
        case intake.DuplicateResolved(kept=False) as merged:
            return _leaving(merged.campaign_id, merged.nomination_id, "merged", heard.at)
        case intake.DuplicateReopened() as reopened:
            return _returning(reopened, heard.at)
        case intake.NominationSuspended() | intake.NominationResumed() as suspension:
            return _suspension(suspension, heard.at)
        case news:
            return _of_publicity(news, heard.at)


def _of_publicity(message: Published, at: datetime) -> Sequence[Addressed]:
    match message:
        case publicity.ObjectionAccepted() | publicity.ObjectionClosed() as objection:
            return _objection(objection, at)
        case publicity.TitleConferred() as conferred:
            return [_place_taken(conferred, at)]
        case publicity.NoticeClosed() as closed:
            return _notice_closed(closed, at)
        case _:
            return []


def _ties(ties: intake.TiesNoted, at: datetime) -> Sequence[Addressed]:
    """What recusal is compared with (P10), and whether more departments are asked (P8)."""
    nomination, campaign = ties.nomination_id, ties.campaign_id
    note = recusal.NoteTies(
        at=at, by=REVIEW, nomination_id=nomination, campaign_id=campaign, ties=ties.ties
    )
    executive = vetting.NoteExecutive(
        at=at,
        by=REVIEW,
        nomination_id=nomination,
        campaign_id=campaign,
        executive=ties.executive,
    )
    return [Addressed(EVALUATION, nomination, note), Addressed(VETTING, nomination, executive)]


def _leaving(campaign: UUID, nomination: UUID, ground: Ground, at: datetime) -> Sequence[Addressed]:
    """Out of everything, without fraud (S39, P6, P7, P9)."""
    told = {
        "at": at,
        "by": REVIEW,
        "campaign_id": campaign,
        "nomination_id": nomination,
        "ground": ground,
    }
    return [
        Addressed(CLEARANCE, nomination, clearance.EndClearance.model_validate(told)),
        Addressed(PANEL, campaign, panel.LeavePanel.model_validate(told)),
        Addressed(APPROVAL, campaign, approval.LeaveList.model_validate(told)),
        Addressed(EVALUATION, nomination, evaluation.EndEvaluation.model_validate(told)),
        Addressed(VETTING, nomination, vetting.EndVetting.model_validate(told)),
    ]


def _returning(reopened: intake.DuplicateReopened, at: datetime) -> Sequence[Addressed]:
    """P7: merged into no other any longer. What intake says of one nomination comes in order."""
    campaign, nomination = reopened.campaign_id, reopened.nomination_id
    told = {"at": at, "by": REVIEW, "campaign_id": campaign, "nomination_id": nomination}
    return [
        Addressed(CLEARANCE, nomination, clearance.RestoreClearance.model_validate(told)),
        Addressed(EVALUATION, nomination, evaluation.RestoreEvaluation.model_validate(told)),
        Addressed(PANEL, campaign, panel.ReturnCandidate.model_validate(told)),
        Addressed(APPROVAL, campaign, approval.ReturnToList.model_validate(told)),
        Addressed(VETTING, nomination, vetting.RestoreVetting.model_validate(told)),
    ]


def _suspension(
    message: intake.NominationSuspended | intake.NominationResumed, at: datetime
) -> Sequence[Addressed]:
    """S43: nobody scores it and nobody confers it, until the office lets it go on."""
    suspends = isinstance(message, intake.NominationSuspended)
    told = {
        "at": at,
        "by": REVIEW,
        "campaign_id": message.campaign_id,
        "nomination_id": message.nomination_id,
        "suspension_id": message.suspension_id,
    }
    scoring = evaluation.SuspendEvaluation if suspends else evaluation.ResumeEvaluation
    return [
        Addressed(EVALUATION, message.nomination_id, scoring.model_validate(told)),
        _pause(
            message.campaign_id,
            message.nomination_id,
            message.suspension_id,
            "suspension",
            at,
            begins=suspends,
        ),
    ]


def _objection(
    message: publicity.ObjectionAccepted | publicity.ObjectionClosed, at: datetime
) -> Sequence[Addressed]:
    """P5: the person objected to, and nobody else, stands still."""
    begins = isinstance(message, publicity.ObjectionAccepted)
    return [
        _pause(
            message.campaign_id,
            message.nomination_id,
            message.objection_id,
            "objection",
            at,
            begins=begins,
        )
    ]


def _pause(
    campaign: UUID,
    nomination: UUID,
    pause: UUID,
    cause: Literal["suspension", "objection"],
    at: datetime,
    *,
    begins: bool,
) -> Addressed:
    kind = clearance.PauseClearance if begins else clearance.EndPause
    command = kind(
        at=at,
        by=REVIEW,
        nomination_id=nomination,
        campaign_id=campaign,
        pause_id=pause,
        cause=cause,
    )
    return Addressed(CLEARANCE, nomination, command)


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
    practise = practice.PreparePractice(
        at=at, by=REVIEW, campaign_id=campaign, configuration=configuration
    )
    return [
        Addressed(PANEL, campaign, prepare),
        Addressed(APPROVAL, campaign, approve),
        Addressed(PRACTICE, campaign, practise),
    ]


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


def _place_taken(conferred: publicity.TitleConferred, at: datetime) -> Addressed:
    command = approval.NoteConferred(
        at=at,
        by=REVIEW,
        campaign_id=conferred.campaign_id,
        nomination_id=conferred.nomination_id,
    )
    return Addressed(APPROVAL, conferred.campaign_id, command)


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
    at, event = happened.at, happened.event
    match event:
        case scoring.EvaluationOpened() as opened:
            return _new_candidate(opened, at)
        case shortlisting.CandidateAssigned() as assigned:
            return _assigned(assigned, at)
        case scoring.EvaluationCompleted() as completed:
            return _completed(completed, at)
        case shortlisting.ShortlistDrawn() as drawn:
            return _drawn(drawn, at)
        case deciding.ListDecided() as decided:
            return _decided(decided, at)
        case deciding.ReservePromoted() as promoted:
            return _promoted(promoted, at)
        case _:
            return [
                *_recused(event, at),
                *_of_vetting(event, at),
                *_of_investigation(happened),
            ]


def _of_vetting(event: Event, at: datetime) -> Sequence[Addressed]:
    match event:
        case deciding.ListSubmitted() as submitted:
            return _order_vetting(submitted, at)
        case practice.VettingOrdered() as ordered:
            return _request_vetting(ordered, at)
        case asking.VettingOpened() | asking.VettingConcluded(vetted=True) as vetted:
            return _vetted(vetted, at)
        case asking.NomineeRuledOut(ground=ground) as out:
            return _leaving(out.campaign_id, out.nomination_id, ground, at)
        case _:
            return []


def _recused(event: Event, at: datetime) -> Sequence[Addressed]:
    """P10: who is recused where, what becomes of a result, and who has no vote on a tie."""
    match event:
        case shortlisting.InterestsDeclared() | shortlisting.SubstituteAppointed() as bench:
            return _of_judges(bench, at)
        case shortlisting.ShortlistOutdated() as outdated:
            return _outdated(outdated, at)
        case scoring.ResultWithdrawn() as withdrawn:
            return [_about_result(panel.RetractResult, withdrawn, at)]
        case scoring.ScoreStruck() as struck:
            return [_about_result(panel.QuestionResult, struck, at)]
        case scoring.EvaluationAssigned(recused=members) as recused if members:
            return [_note_recusals(recused, members, at)]
        case (
            scoring.InterestFound(member=member)
            | scoring.MemberRecused(member=member)
            | scoring.RecusalDeclared(member=member)
        ) as recused:
            return [_note_recusals(recused, (member,), at)]
        case _:
            return []


def _about_result(
    kind: type[panel.RetractResult] | type[panel.QuestionResult],
    event: scoring.ResultWithdrawn | scoring.ScoreStruck,
    at: datetime,
) -> Addressed:
    command = kind(
        at=at, by=REVIEW, campaign_id=event.campaign_id, nomination_id=event.nomination_id
    )
    return Addressed(PANEL, event.campaign_id, command)


def _note_recusals(
    event: scoring.EvaluationAssigned
    | scoring.InterestFound
    | scoring.MemberRecused
    | scoring.RecusalDeclared,
    members: tuple[str, ...],
    at: datetime,
) -> Addressed:
    command = seats.NoteRecusals(
        at=at,
        by=REVIEW,
        campaign_id=event.campaign_id,
        nomination_id=event.nomination_id,
        members=members,
    )
    return Addressed(PANEL, event.campaign_id, command)


def _of_judges(
    event: shortlisting.InterestsDeclared | shortlisting.SubstituteAppointed, at: datetime
) -> Sequence[Addressed]:
    """P10: what a member signs, each evaluation looks at; a substitute judges where needed."""
    match event:
        case shortlisting.InterestsDeclared():
            apply = recusal.ApplyInterests(at=at, by=REVIEW, interests=event.interests)
            return [Addressed(EVALUATION, one, apply) for one in event.candidates]
        case shortlisting.SubstituteAppointed():
            add = recusal.AddJudge(at=at, by=REVIEW, member=event.member, interests=event.interests)
            return [Addressed(EVALUATION, one, add) for one in event.nominations]


def _outdated(event: shortlisting.ShortlistOutdated, at: datetime) -> Sequence[Addressed]:
    """P10: the candidate's scores are summed up anew, and the undecided list is withdrawn."""
    reopen = evaluation.ReopenEvaluation(at=at, by=REVIEW)
    withdraw = approval.WithdrawList(at=at, by=REVIEW, campaign_id=event.campaign_id)
    return [
        Addressed(EVALUATION, event.nomination_id, reopen),
        Addressed(APPROVAL, event.campaign_id, withdraw),
    ]


def _order_vetting(event: deciding.ListSubmitted, at: datetime) -> Sequence[Addressed]:
    """P8: asked before the decision, about everybody on the list."""
    order = practice.OrderVetting(
        at=at, by=REVIEW, campaign_id=event.campaign_id, nominations=event.nominations
    )
    return [Addressed(PRACTICE, event.campaign_id, order)]


def _request_vetting(event: practice.VettingOrdered, at: datetime) -> Sequence[Addressed]:
    return [
        Addressed(
            VETTING,
            nomination,
            vetting.RequestVetting(
                at=at,
                by=REVIEW,
                nomination_id=nomination,
                campaign_id=event.campaign_id,
                vetting=event.vetting,
            ),
        )
        for nomination in event.nominations
    ]


def _vetted(
    event: asking.VettingOpened | asking.VettingConcluded, at: datetime
) -> Sequence[Addressed]:
    """P8: asked for, it is a condition of approval and clearance; passed, it is met."""
    campaign, nomination = event.campaign_id, event.nomination_id
    told = {"at": at, "by": REVIEW, "campaign_id": campaign, "nomination_id": nomination}
    match event:
        case asking.VettingOpened():
            await_it = clearance.AwaitVetting.model_validate(told)
            return [Addressed(CLEARANCE, nomination, await_it)]
        case asking.VettingConcluded():
            return [
                Addressed(CLEARANCE, nomination, clearance.NoteVetted.model_validate(told)),
                Addressed(APPROVAL, campaign, approval.NoteVetted.model_validate(told)),
            ]


def _promoted(event: deciding.ReservePromoted, at: datetime) -> Sequence[Addressed]:
    """P16: the place is given away: also when whoever had it should come back."""
    campaign = event.campaign_id
    approved = clearance.NoteApproval(
        at=at, by=REVIEW, campaign_id=campaign, nomination_id=event.nomination_id
    )
    replaced = clearance.EndClearance(
        at=at, by=REVIEW, campaign_id=campaign, nomination_id=event.in_place_of, ground="replaced"
    )
    return [
        Addressed(CLEARANCE, event.nomination_id, approved),
        Addressed(CLEARANCE, event.in_place_of, replaced),
    ]


def _of_investigation(happened: Happened) -> Sequence[Addressed]:
    match happened.event:
        case investigating.InvestigationOpened() as opened:
            return _investigated(opened, happened)
        case practice.InvestigationTimed() as timed:
            return _timed(timed, happened.at)
        case investigating.InvestigationConcluded(finding="unfounded" | "immaterial") as concluded:
            return _released(concluded, happened)
        case investigating.FoundIneligible() as found:
            return _leaving(found.campaign_id, found.nomination_id, "ineligible", happened.at)
        case investigating.NominationDisqualified() as disqualified:
            return _disqualified(disqualified, happened.at)
        case _:
            return []


def _timed(event: practice.InvestigationTimed, at: datetime) -> Sequence[Addressed]:
    command = investigation.SetTerm(
        at=at,
        by=REVIEW,
        due_on=event.due_on,
        calendar=event.calendar,
        extension_days=event.extension_days,
    )
    return [Addressed(INVESTIGATION, event.investigation_id, command)]


def _new_candidate(event: scoring.EvaluationOpened, at: datetime) -> Sequence[Addressed]:
    command = panel.AddCandidate(
        at=at, by=REVIEW, campaign_id=event.campaign_id, nomination_id=event.nomination_id
    )
    return [Addressed(PANEL, event.campaign_id, command)]


def _assigned(event: shortlisting.CandidateAssigned, at: datetime) -> Sequence[Addressed]:
    command = evaluation.AssignPanel(
        at=at,
        by=REVIEW,
        members=event.members,
        scoring=event.scoring,
        judging=event.judging,
        interests=event.interests,
    )
    return [Addressed(EVALUATION, event.nomination_id, command)]


def _completed(event: scoring.EvaluationCompleted, at: datetime) -> Sequence[Addressed]:
    command = panel.RecordResult(
        at=at,
        by=REVIEW,
        campaign_id=event.campaign_id,
        nomination_id=event.nomination_id,
        total=event.total,
        means=event.means,
    )
    return [Addressed(PANEL, event.campaign_id, command)]


def _drawn(event: shortlisting.ShortlistDrawn, at: datetime) -> Sequence[Addressed]:
    """The shortlisted go to the leading group; nobody's scores change any more (S37, S39)."""
    submit = approval.SubmitList(
        at=at,
        by=REVIEW,
        campaign_id=event.campaign_id,
        digest=event.digest,
        nominations=tuple(line.nomination_id for line in event.ranking if line.shortlisted),
        ranks=tuple(line.rank for line in event.ranking if line.shortlisted),
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


def _decided(event: deciding.ListDecided, at: datetime) -> Sequence[Addressed]:
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
    event: investigating.InvestigationOpened, happened: Happened
) -> Sequence[Addressed]:
    """The nomination is held, unless its evaluation knows an investigator's unit or interest; and
    the investigation has a term (P5)."""
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
    time = practice.TimeInvestigation(
        at=happened.at,
        by=REVIEW,
        campaign_id=event.campaign_id,
        investigation_id=happened.stream,
    )
    return [
        Addressed(EVALUATION, nomination, admit),
        Addressed(CLEARANCE, nomination, hold),
        Addressed(PRACTICE, event.campaign_id, time),
    ]


def _released(
    event: investigating.InvestigationConcluded, happened: Happened
) -> Sequence[Addressed]:
    command = clearance.ReleaseHold(
        at=happened.at,
        by=REVIEW,
        nomination_id=event.nomination_id,
        campaign_id=event.campaign_id,
        investigation_id=happened.stream,
    )
    return [Addressed(CLEARANCE, event.nomination_id, command)]


def _disqualified(event: investigating.NominationDisqualified, at: datetime) -> Sequence[Addressed]:
    """S43: no clearance, no ranking, no approval, no further score."""
    nomination, campaign = event.nomination_id, event.campaign_id
    bar = clearance.BarClearance(at=at, by=REVIEW, nomination_id=nomination, campaign_id=campaign)
    unrank = panel.BarCandidate(at=at, by=REVIEW, nomination_id=nomination, campaign_id=campaign)
    strike = approval.BarCandidate(at=at, by=REVIEW, nomination_id=nomination, campaign_id=campaign)
    stop = evaluation.StopEvaluation(
        at=at, by=REVIEW, nomination_id=nomination, campaign_id=campaign
    )
    end = vetting.EndVetting(
        at=at,
        by=REVIEW,
        nomination_id=nomination,
        campaign_id=campaign,
        ground="disqualified",
    )
    return [
        Addressed(CLEARANCE, nomination, bar),
        Addressed(PANEL, campaign, unrank),
        Addressed(APPROVAL, campaign, strike),
        Addressed(EVALUATION, nomination, stop),
        Addressed(VETTING, nomination, end),
    ]


def announce(recorded: Recorded) -> Published | None:
    """What crosses the border. Single scores, allegations and evidence stay at home."""
    return telling.told(recorded.event, recorded.stream)


def timers(recorded: Recorded) -> Sequence[Due | Settled]:
    """A department's reply and an investigation are overdue by the clock alone (P5, P8)."""
    match recorded.event:
        case asking.VettingRequested() as event:
            return [
                Due(
                    key=f"vetting:{event.nomination_id}:{event.authority}",
                    at=end_of_day(event.due_on),
                    decider=VETTING.name,
                    target=event.nomination_id,
                    command=vetting.NoteOverdue.name,
                )
            ]
        case asking.ReplyRecorded() as event:
            return [Settled(f"vetting:{event.nomination_id}:{event.authority}")]
        case asking.VettingOverdue(authorities=codes) as event:
            return [Settled(f"vetting:{event.nomination_id}:{code}") for code in codes]
        case asking.VettingConcluded() | asking.VettingEnded() as event:
            return [Settled(f"vetting:{event.nomination_id}:{code}") for code in event.unanswered]
        case investigating.TermSet() | investigating.InvestigationExtended() as event:
            return [
                Due(
                    key=f"investigation:{recorded.stream}",
                    at=end_of_day(event.due_on),
                    decider=INVESTIGATION.name,
                    target=recorded.stream,
                    command=investigation.NoteOverdue.name,
                )
            ]
        case investigating.InvestigationConcluded() | investigating.InvestigationOverdue():
            return [Settled(f"investigation:{recorded.stream}")]
        case _:
            return []
