"""Which command of publicity stands behind which event, so that it can be judged again."""

from collections.abc import Sequence
from typing import Any

from services.publicity import (
    admission,
    certificate,
    enclosures,
    erasure,
    extension,
    honour,
    notice,
    objecting,
    objection,
    posted,
    revocation,
    revoking,
    title,
)
from shared.audit.recipes import Found, Recipe, Rejudging, Unjudged, asked
from shared.calendar import EVERY_DAY, WORKING_DAYS, beijing_date
from shared.messages import Event, Recorded

REVISED = Unjudged("公示期依据的放假安排调整通知只记其文号，内容不在日志中，无从复判。")


def _posted(decision: Sequence[Recorded], _: Any) -> Found:
    event: Any = decision[0].event
    if event.calendar not in (EVERY_DAY, WORKING_DAYS):
        return REVISED
    return asked(notice.PublishNotice, decision)


def _extended(decision: Sequence[Recorded], state: Any) -> Found:
    """P1: until a later day, by the calendar of before, or by one that was revised meanwhile."""
    event: Any = decision[0].event
    known = state.posting(event.notice_id) if isinstance(state, posted.Published) else None
    if known is not None and known.calendar != event.calendar:
        return REVISED
    return asked(extension.ExtendNotice, decision, until=event.closes_on)


def _raised(decision: Sequence[Recorded], _: Any) -> Found:
    """P4: the day of the postmark, unless it is that of the receipt."""
    event: Any = decision[0].event
    posted_on = None if event.day == beijing_date(decision[0].at) else event.day
    return asked(objection.RaiseObjection, decision, posted_on=posted_on)


def _proposed(decision: Sequence[Recorded], _: Any) -> Found:
    event: Any = decision[0].event
    return asked(honour.ProposeRevocation, decision, ground=event.cause)


def _noted(decision: Sequence[Recorded], _: Any) -> Found:
    revoked = isinstance(decision[0].event, title.TitleForfeited)
    return asked(honour.NoteRevocationDecided, decision, revoked=revoked)


def _decided(decision: Sequence[Recorded], _: Any) -> Found:
    revoke = isinstance(decision[0].event, revoking.TitleRevoked)
    return asked(revocation.DecideRevocation, decision, revoke=revoke)


NOTICE: dict[type[Event], Recipe] = {
    posted.NoticePrepared: notice.PrepareNotice,
    posted.ListNoted: notice.NoteListDecided,
    posted.PromotionNoted: notice.NotePromotion,
    posted.EntryNoted: notice.NoteEntry,
    posted.EntryBarred: notice.WithdrawEntry,
    posted.EntryExcluded: notice.WithdrawEntry,
    posted.NoticeEntryWithdrawn: notice.WithdrawEntry,
    posted.NoticeEntryRemoved: notice.WithdrawEntry,
    posted.EntryReadmitted: notice.ReadmitEntry,
    posted.NoticePublished: _posted,
    posted.NoticeRepublished: _posted,
    posted.NoticeExtended: _extended,
    posted.ObjectionAdmitted: Unjudged("须连同该项异议的记录一并复判。"),
    posted.NoticeClosed: notice.CloseNotice,
}

OBJECTION: dict[type[Event], Recipe] = {
    objecting.ObjectionRaised: _raised,
    objecting.ObjectionAccepted: objection.AcceptObjection,
    objecting.ObjectionDeclined: objection.DeclineObjection,
    objecting.AcceptanceOverdue: objection.NoteAcceptanceOverdue,
    objecting.ObjectionWithdrawn: objection.WithdrawObjection,
    objecting.FindingNoted: objection.NoteFinding,
    objecting.ObjectionAnswered: objection.AnswerObjection,
    objecting.AnswerOverdue: objection.NoteAnswerOverdue,
    objecting.ReporterOpened: objection.OpenReporter,
    objecting.ErasureRequested: erasure.RequestErasure,
    objecting.LegalHoldPlaced: erasure.PlaceLegalHold,
    objecting.LegalHoldLifted: erasure.LiftLegalHold,
    objecting.ErasureCompleted: erasure.CompleteErasure,
    objecting.KeysReturned: erasure.NoteKeysReturned,
    objecting.ObjectionSupplemented: enclosures.SupplementObjection,
    objecting.DocumentOpened: enclosures.OpenDocument,
}

HONOUR: dict[type[Event], Recipe] = {
    title.ClearanceNoted: honour.NoteClearance,
    title.ClearanceLapsed: honour.NoteClearanceWithdrawn,
    title.ObjectionNoted: honour.NoteObjection,
    title.ObjectionSettled: honour.NoteObjectionSettled,
    title.NoticeAwaited: honour.AwaitNotice,
    title.AwaitedNoticeEnded: honour.NoteNoticeEnded,
    title.CandidacyCancelled: honour.Disqualify,
    title.RevocationOpened: honour.Disqualify,
    title.CandidacyEnded: honour.EndCandidacy,
    title.ExclusionNoted: honour.EndCandidacy,
    title.CandidacySetAside: honour.SetAside,
    title.CandidacyTakenUp: honour.TakeUpAgain,
    title.TitleConferred: honour.ConferTitle,
    title.RewardPaid: honour.RecordPayment,
    title.RevocationProposed: _proposed,
    title.TitleForfeited: _noted,
    title.TitleKept: _noted,
    certificate.CertificateIssued: certificate.IssueCertificate,
}

REVOCATION: dict[type[Event], Recipe] = {
    revoking.RevocationCaseOpened: revocation.OpenRevocation,
    revoking.RevocationCauseAdded: revocation.OpenRevocation,
    revoking.VerificationRecorded: revocation.RecordVerification,
    revoking.StatementRecorded: revocation.RecordStatement,
    revoking.OpinionGiven: revocation.GiveOpinion,
    revoking.TitleRevoked: _decided,
    revoking.RevocationDismissed: _decided,
    revoking.RecoveryRecorded: revocation.RecordRecovery,
    revoking.RevocationCorrected: revocation.CorrectRevocation,
}

CHECKED = "只作核对，不留事件；随引起它的异议决定一并复判。"

REJUDGING = Rejudging(
    recipes={**NOTICE, **OBJECTION, **HONOUR, **REVOCATION},
    traceless={
        admission.ExpectPosted: CHECKED,
        admission.ExpectLate: CHECKED,
        admission.ExpectStranger: CHECKED,
        admission.AdmitObjection: CHECKED,
        admission.ExpectTermOver: "只作核对，不留事件；随引起它的删除决定一并复判。",
    },
    carries={
        posted.NoticePrepared: {"configuration": ""},
        objecting.ObjectionRaised: {"terms": "objections"},
    },
)
