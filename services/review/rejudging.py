"""Which command of review stands behind which event, so that its decisions can be judged again."""

from collections.abc import Sequence
from typing import Any

from services.review import (
    approval,
    asking,
    clearance,
    deciding,
    evaluation,
    investigating,
    investigation,
    marking,
    meeting,
    panel,
    practice,
    recusal,
    scoring,
    seats,
    shortlisting,
    vetting,
)
from services.review.drawing import CastTieVote, DrawShortlist
from services.review.minutes import MinutesRecorded, RecordMinutes
from shared.audit.recipes import Found, Recipe, Rejudging, Unjudged, asked
from shared.messages import Event, Recorded

COPIED = Unjudged("只是抄录受理服务公布的评选规则，规则全文在受理服务的日志中，由该处复判。")


def _declared(decision: Sequence[Recorded], _: Any) -> Found:
    """P10: what is on record holds everything signed so far, and signing it again adds nothing."""
    event: Any = decision[0].event
    signed = event.interests
    return asked(
        seats.DeclareInterests,
        decision,
        units=signed.units,
        ties=signed.ties,
        nominations=signed.nominations,
    )


def _judge_added(decision: Sequence[Recorded], _: Any) -> Found:
    events = [one.event for one in decision]
    signed = tuple(one.interests for one in events if isinstance(one, scoring.InterestsNoted))
    return asked(recusal.AddJudge, decision, interests=signed)


def _replied(decision: Sequence[Recorded], _: Any) -> Found:
    """P8: what is on record was under an official seal."""
    return asked(vetting.RecordReply, decision, sealed=True)


def _decided(decision: Sequence[Recorded], _: Any) -> Found:
    events = [one.event for one in decision]
    recused = {
        one.nomination_id: one.units for one in events if isinstance(one, deciding.UnitsRecused)
    }
    decided = next(one for one in events if isinstance(one, deciding.ListDecided))
    votes = {
        outcome.nomination_id: meeting.Votes(
            yes=outcome.yes, no=outcome.no, abstain=outcome.abstained
        )
        for outcome in decided.outcomes
        if outcome.yes + outcome.no + outcome.abstained  # who was out needed no vote
    }
    return asked(meeting.DecideList, decision, votes=votes, recused_units=recused)


def _concluded(decision: Sequence[Recorded], _: Any) -> Found:
    events = [one.event for one in decision]
    published = next(
        (
            one.reason
            for one in events
            if isinstance(one, investigating.FoundIneligible | investigating.NominationDisqualified)
        ),
        None,
    )
    return asked(investigation.ConcludeInvestigation, decision, public_reason=published)


PANEL: dict[type[Event], Recipe] = {
    shortlisting.PanelPrepared: COPIED,
    shortlisting.PanelAppointed: seats.AppointPanel,
    shortlisting.CandidateAdded: panel.AddCandidate,
    shortlisting.ResultRecorded: panel.RecordResult,
    shortlisting.CandidateBarred: panel.BarCandidate,
    shortlisting.CandidateLeft: panel.LeavePanel,
    shortlisting.CandidateReturned: panel.ReturnCandidate,
    shortlisting.ResultRetracted: panel.RetractResult,
    shortlisting.ShortlistOutdated: panel.QuestionResult,
    shortlisting.RecusalsNoted: seats.NoteRecusals,
    shortlisting.InterestsDeclared: _declared,
    shortlisting.SubstituteAppointed: seats.AppointSubstitute,
    shortlisting.TieVoteCast: CastTieVote,
    shortlisting.ShortlistDrawn: DrawShortlist,
    MinutesRecorded: RecordMinutes,
    shortlisting.SelectionClosed: panel.CloseSelection,
}

EVALUATION: dict[type[Event], Recipe] = {
    scoring.EvaluationOpened: evaluation.OpenEvaluation,
    scoring.EvaluationAssigned: evaluation.AssignPanel,
    scoring.TiesNoted: recusal.NoteTies,
    scoring.InterestsNoted: recusal.ApplyInterests,
    scoring.JudgeAdded: _judge_added,
    scoring.MemberRecused: recusal.RecuseMember,
    scoring.MemberAbstained: marking.Abstain,
    scoring.EvaluationPaused: evaluation.SuspendEvaluation,
    scoring.EvaluationResumed: evaluation.ResumeEvaluation,
    scoring.EvaluationReopened: evaluation.ReopenEvaluation,
    scoring.EvaluationEnded: evaluation.EndEvaluation,
    scoring.EvaluationRestored: evaluation.RestoreEvaluation,
    scoring.RecusalDeclared: recusal.DeclareInterest,
    scoring.ScoreSubmitted: marking.SubmitScore,
    scoring.ScoreCorrected: marking.CorrectScore,
    scoring.EvaluationClosed: evaluation.CloseEvaluation,
    scoring.EvaluationStopped: evaluation.StopEvaluation,
}

VETTING: dict[type[Event], Recipe] = {
    practice.PracticePrepared: COPIED,
    practice.VettingOrdered: practice.OrderVetting,
    practice.InvestigationTimed: practice.TimeInvestigation,
    asking.VettingOpened: vetting.RequestVetting,
    asking.ExecutiveNoted: vetting.NoteExecutive,
    asking.ReplyRecorded: _replied,
    asking.VettingOverdue: vetting.NoteOverdue,
    asking.ReplyWeighed: vetting.WeighReply,
    asking.VettingEnded: vetting.EndVetting,
    asking.VettingRestored: vetting.RestoreVetting,
}

APPROVAL: dict[type[Event], Recipe] = {
    deciding.ApprovalPrepared: COPIED,
    deciding.ListSubmitted: approval.SubmitList,
    deciding.ListEntryBarred: approval.BarCandidate,
    deciding.ListEntryLeft: approval.LeaveList,
    deciding.ListEntryReturned: approval.ReturnToList,
    deciding.ListWithdrawn: approval.WithdrawList,
    deciding.ListEntryVetted: approval.NoteVetted,
    deciding.PlaceTaken: approval.NoteConferred,
    deciding.UnitsRecused: _decided,
    deciding.ListDecided: _decided,
}

INVESTIGATION: dict[type[Event], Recipe] = {
    investigating.InvestigationOpened: investigation.OpenInvestigation,
    investigating.TermSet: investigation.SetTerm,
    investigating.InvestigationExtended: investigation.ExtendInvestigation,
    investigating.InvestigationOverdue: investigation.NoteOverdue,
    investigating.HearingRecorded: investigation.RecordHearing,
    investigating.EvidenceRecorded: investigation.RecordEvidence,
    investigating.InvestigationConcluded: _concluded,
}

CLEARANCE: dict[type[Event], Recipe] = {
    clearance.ApprovalNoted: clearance.NoteApproval,
    clearance.NoticeClosureNoted: clearance.NoteNoticeClosed,
    clearance.ClearanceHeld: clearance.HoldClearance,
    clearance.HoldReleased: clearance.ReleaseHold,
    clearance.ClearancePaused: clearance.PauseClearance,
    clearance.PauseEnded: clearance.EndPause,
    clearance.VettingAwaited: clearance.AwaitVetting,
    clearance.VettingNoted: clearance.NoteVetted,
    clearance.ClearanceEnded: clearance.EndClearance,
    clearance.ClearanceRestored: clearance.RestoreClearance,
    clearance.ClearanceBarred: clearance.BarClearance,
}

REJUDGING = Rejudging(
    recipes={**PANEL, **EVALUATION, **VETTING, **APPROVAL, **INVESTIGATION, **CLEARANCE},
    traceless={
        panel.PreparePanel: COPIED.words,
        approval.PrepareApproval: COPIED.words,
        practice.PreparePractice: COPIED.words,
        evaluation.AdmitInvestigation: "只作核对，不留事件；随引起它的立案一并复判。",
    },
    carries={
        shortlisting.PanelPrepared: {
            "scoring": "scoring",
            "shortlist_size": "shortlist_size",
            "judging": "judging",
        },
        shortlisting.CandidateAssigned: {"scoring": "scoring", "judging": "judging"},
        scoring.EvaluationAssigned: {"scoring": "scoring", "judging": "judging"},
        deciding.ApprovalPrepared: {"voting": "voting", "quota": "quota", "places": "places"},
        practice.PracticePrepared: {"vetting": "vetting", "objections": "objections"},
        practice.VettingOrdered: {"vetting": "vetting"},
        asking.VettingOpened: {"vetting": "vetting"},
    },
)
