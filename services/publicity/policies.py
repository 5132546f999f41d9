"""What publicity makes of news, and which of its own it tells. Pure."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.publicity import (
    admission,
    certificate,
    honour,
    notice,
    objecting,
    objection,
    posted,
    revocation,
    revoking,
    telling,
    title,
)
from services.publicity.certificate import CERTIFICATE
from services.publicity.honour import HONOUR
from services.publicity.notice import NOTICE
from services.publicity.objection import OBJECTION
from services.publicity.revocation import REVOCATION
from shared.calendar import end_of_day
from shared.contracts import intake, review
from shared.contracts.base import Heard, Published
from shared.messages import SYSTEM, Actor, Addressed, Happened, Recorded
from shared.plan import Due, Settled

PUBLICITY = Actor(
    id="system:publicity",
    name="公示服务",
    organisation="港区工匠评选系统",
    roles=frozenset({SYSTEM}),
)


def follow(heard: Heard) -> Sequence[Addressed]:
    """What another service's message asks of us.

    What is said of one nomination by one service comes in the order of its partition; every other
    pair may come in either order and leads to the same end.
    """
    at = heard.at
    match heard.message:
        case intake.CampaignOpened() | intake.CampaignAmended() as told:
            return _of_notice(
                told.campaign_id,
                notice.PrepareNotice(
                    at=at,
                    by=PUBLICITY,
                    campaign_id=told.campaign_id,
                    configuration=told.configuration,
                ),
            )
        case intake.PublicationReleased() as released:
            return _of_notice(
                released.campaign_id,
                notice.NoteEntry(
                    at=at,
                    by=PUBLICITY,
                    campaign_id=released.campaign_id,
                    nomination_id=released.nomination_id,
                    entry=released.entry,
                ),
            )
        case review.ListDecided() as decided:
            return _of_notice(decided.campaign_id, _list(decided, at))
        case review.ReservePromoted() as promoted:
            return _of_notice(
                promoted.campaign_id,
                notice.NotePromotion(
                    at=at,
                    by=PUBLICITY,
                    campaign_id=promoted.campaign_id,
                    nomination_id=promoted.nomination_id,
                    in_place_of=promoted.in_place_of,
                ),
            )
        case review.ObjectionInvestigated() as investigated:
            finding = objection.NoteFinding(
                at=at,
                by=PUBLICITY,
                nomination_id=investigated.nomination_id,
                investigation_id=investigated.investigation_id,
                finding=investigated.finding,
            )
            return [Addressed(OBJECTION, investigated.objection_id, finding)]
        case (
            review.ClearanceGranted()
            | review.ClearanceWithdrawn()
            | review.NominationDisqualified()
            | review.NominationExcluded()
            | intake.NominationWithdrawn()
            | intake.DuplicateResolved()
        ) as said:
            return [Addressed(HONOUR, said.nomination_id, _for_honour(said, at))]
        case _:
            return []


def _of_notice(campaign: UUID, command: notice.NoticeCommand) -> Sequence[Addressed]:
    return [Addressed(NOTICE, campaign, command)]


def _list(decided: review.ListDecided, at: datetime) -> notice.NoteListDecided:
    """A12: of the list, only who was approved."""
    approved = (outcome.nomination_id for outcome in decided.outcomes if outcome.approved)
    return notice.NoteListDecided(
        at=at,
        by=PUBLICITY,
        campaign_id=decided.campaign_id,
        digest=decided.digest,
        approved=tuple(approved),
    )


def _for_honour(
    said: review.ClearanceGranted
    | review.ClearanceWithdrawn
    | review.NominationDisqualified
    | review.NominationExcluded
    | intake.NominationWithdrawn
    | intake.DuplicateResolved,
    at: datetime,
) -> honour.HonourCommand:
    nomination, campaign = said.nomination_id, said.campaign_id
    match said:
        case review.NominationDisqualified():
            return honour.Disqualify(
                at=at,
                by=PUBLICITY,
                nomination_id=nomination,
                campaign_id=campaign,
                investigation_id=said.investigation_id,
                reason=said.reason,
            )
        case review.NominationExcluded():
            reason: title.Exclusion = said.ground
        case intake.NominationWithdrawn():
            reason = "withdrawn"
        case review.ClearanceGranted():
            return honour.NoteClearance(
                at=at, by=PUBLICITY, nomination_id=nomination, campaign_id=campaign
            )
        case review.ClearanceWithdrawn():
            return honour.NoteClearanceWithdrawn(
                at=at, by=PUBLICITY, nomination_id=nomination, campaign_id=campaign
            )
        case intake.DuplicateResolved():
            resolved = honour.TakeUpAgain if said.kept else honour.SetAside
            return resolved(at=at, by=PUBLICITY, nomination_id=nomination, campaign_id=campaign)
    return honour.EndCandidacy(
        at=at, by=PUBLICITY, nomination_id=nomination, campaign_id=campaign, reason=reason
    )


def react(happened: Happened) -> Sequence[Addressed]:
    """What an event of ours asks of our other aggregates, in the same transaction."""
    at = happened.at
    match happened.event:
        case title.TitleConferred() as conferred:
            return [_certificate(conferred, at)]
        case (
            title.CandidacyCancelled()
            | title.CandidacyEnded()
            | title.CandidacySetAside()
            | title.CandidacyTakenUp()
        ) as event:
            return _of_notice(event.campaign_id, _off_or_on(event, at))
        case title.RevocationOpened() | title.RevocationProposed() as event:
            return [Addressed(REVOCATION, event.nomination_id, _revocation(event, at))]
        case (
            revoking.TitleRevoked()
            | revoking.RevocationDismissed()
            | revoking.RevocationCorrected()
        ) as event:
            return _revocation_decided(event, at)
        case (
            objecting.ObjectionRaised()
            | objecting.ObjectionAccepted()
            | objecting.ObjectionDeclined()
            | objecting.ObjectionClosed()
            | objecting.ReporterOpened()
            | objecting.DocumentOpened()
        ) as event:
            return _objection(event, happened)
        case objecting.ErasureRequested(ground="retention" | "request") as event:
            expect = admission.ExpectTermOver(
                at=at,
                by=PUBLICITY,
                campaign_id=event.campaign_id,
                nomination_id=event.nomination_id,
                day=event.day,
            )
            return _of_notice(event.campaign_id, expect)
        case posted.ChangeAwaited() as event:
            return _of_honour(
                event.nomination_id,
                honour.AwaitNotice(
                    at=at,
                    by=PUBLICITY,
                    nomination_id=event.nomination_id,
                    campaign_id=event.campaign_id,
                    notice_id=event.notice_id,
                ),
            )
        case posted.NoticeClosed() as event:
            return [ended for one in event.nominations for ended in _notice_ended(one, event, at)]
        case _:
            return []


def _of_honour(nomination: UUID, command: honour.HonourCommand) -> Sequence[Addressed]:
    return [Addressed(HONOUR, nomination, command)]


def _certificate(conferred: title.TitleConferred, at: datetime) -> Addressed:
    """P14: a title that is conferred takes its number, which must be nobody else's."""
    issue = certificate.IssueCertificate(
        at=at,
        by=PUBLICITY,
        nomination_id=conferred.nomination_id,
        certificate_number=conferred.certificate_number,
    )
    key = certificate.certificate_id(conferred.certificate_number)
    return Addressed(CERTIFICATE, key, issue)


def _off_or_on(
    event: title.CandidacyCancelled
    | title.CandidacyEnded
    | title.CandidacySetAside
    | title.CandidacyTakenUp,
    at: datetime,
) -> notice.NoticeCommand:
    """Whose candidacy is over comes off the notice: for fraud (S43) or without (P6, P7)."""
    match event:
        case title.CandidacyTakenUp():
            return notice.ReadmitEntry(
                at=at,
                by=PUBLICITY,
                campaign_id=event.campaign_id,
                nomination_id=event.nomination_id,
            )
        case title.CandidacyCancelled():
            reason: posted.Reason = "disqualified"
        case title.CandidacySetAside():
            reason = "merged"
        case title.CandidacyEnded():
            reason = event.reason
    return notice.WithdrawEntry(
        at=at,
        by=PUBLICITY,
        campaign_id=event.campaign_id,
        nomination_id=event.nomination_id,
        reason=reason,
    )


def _revocation(
    event: title.RevocationOpened | title.RevocationProposed, at: datetime
) -> revocation.OpenRevocation:
    """P15: opened by itself; proven fraud is untrue deeds, verified by its investigation."""
    return revocation.OpenRevocation(
        at=at,
        by=PUBLICITY,
        nomination_id=event.nomination_id,
        campaign_id=event.campaign_id,
        cause="false_deeds" if isinstance(event, title.RevocationOpened) else event.cause,
        reason=event.reason,
        investigation_id=(
            event.investigation_id if isinstance(event, title.RevocationOpened) else None
        ),
    )


def _revocation_decided(
    event: revoking.TitleRevoked | revoking.RevocationDismissed | revoking.RevocationCorrected,
    at: datetime,
) -> Sequence[Addressed]:
    return _of_honour(
        event.nomination_id,
        honour.NoteRevocationDecided(
            at=at,
            by=PUBLICITY,
            nomination_id=event.nomination_id,
            campaign_id=event.campaign_id,
            revoked=isinstance(event, revoking.TitleRevoked),
        ),
    )


def _notice_ended(
    nomination: UUID, event: posted.NoticeClosed, at: datetime
) -> Sequence[Addressed]:
    return _of_honour(
        nomination,
        honour.NoteNoticeEnded(
            at=at,
            by=PUBLICITY,
            nomination_id=nomination,
            campaign_id=event.campaign_id,
            notice_id=event.notice_id,
        ),
    )


def _objection(
    event: objecting.ObjectionRaised
    | objecting.ObjectionAccepted
    | objecting.ObjectionDeclined
    | objecting.ObjectionClosed
    | objecting.ReporterOpened
    | objecting.DocumentOpened,
    happened: Happened,
) -> Sequence[Addressed]:
    """S40: from the receipt to the end the title waits. P4: what the notices know, they check."""
    match event:
        case objecting.ObjectionRaised():
            return [*_checked(event, happened), *_hold(event, happened, honour.NoteObjection)]
        case (
            objecting.ObjectionAccepted() | objecting.ReporterOpened() | objecting.DocumentOpened()
        ):
            return _checked(event, happened)
        case objecting.ObjectionDeclined():
            settled = _hold(event, happened, honour.NoteObjectionSettled)
            return [*_checked(event, happened), *settled]
        case objecting.ObjectionClosed():
            return _hold(event, happened, honour.NoteObjectionSettled)


def _hold(
    event: objecting.OfObjection,
    happened: Happened,
    note: type[honour.NoteObjection | honour.NoteObjectionSettled],
) -> Sequence[Addressed]:
    return _of_honour(
        event.nomination_id,
        note(
            at=happened.at,
            by=PUBLICITY,
            nomination_id=event.nomination_id,
            campaign_id=event.campaign_id,
            objection_id=happened.stream,
        ),
    )


def _checked(
    event: objecting.ObjectionRaised
    | objecting.ObjectionAccepted
    | objecting.ObjectionDeclined
    | objecting.ReporterOpened
    | objecting.DocumentOpened,
    happened: Happened,
) -> Sequence[Addressed]:
    campaign, nomination, at = event.campaign_id, event.nomination_id, happened.at
    match event:
        case objecting.ObjectionRaised():
            expected: notice.NoticeCommand = admission.ExpectPosted(
                at=at, by=PUBLICITY, campaign_id=campaign, nomination_id=nomination
            )
        case objecting.ObjectionAccepted():
            expected = admission.AdmitObjection(
                at=at,
                by=PUBLICITY,
                campaign_id=campaign,
                nomination_id=nomination,
                objection_id=happened.stream,
                day=event.day,
            )
        case objecting.ObjectionDeclined(ground="late"):
            expected = admission.ExpectLate(
                at=at,
                by=PUBLICITY,
                campaign_id=campaign,
                nomination_id=nomination,
                day=event.day,
            )
        case objecting.ObjectionDeclined():
            return []
        case objecting.ReporterOpened() | objecting.DocumentOpened():
            expected = admission.ExpectStranger(
                at=at,
                by=PUBLICITY,
                campaign_id=campaign,
                nomination_id=nomination,
                organisation=happened.by.organisation,
            )
    return _of_notice(campaign, expected)


def announce(recorded: Recorded) -> Published | None:
    """What crosses the border. Names stay at home: partners read them on the portal (P3), and who
    objects, or what an objection says, is told to nobody (P4)."""
    return telling.told(recorded.event, recorded.stream)


def timers(recorded: Recorded) -> Sequence[Due | Settled]:
    """A notice closes by the clock when its last day is over (P1), extended or not; an objection is
    decided on, and its reporter answered, within the days of the campaign (P5)."""
    event, key = recorded.event, recorded.stream
    match event:
        case posted.NoticePublished() | posted.NoticeRepublished() | posted.NoticeExtended():
            return [
                Due(
                    key=f"notice:{event.notice_id}",
                    at=event.closes_at,
                    decider=NOTICE.name,
                    target=event.campaign_id,
                    command=notice.CloseNotice.name,
                )
            ]
        case posted.NoticeClosed():
            return [Settled(f"notice:{event.notice_id}")]
        case objecting.ObjectionRaised():
            return [
                Due(
                    key=f"objection:{key}:acceptance",
                    at=end_of_day(event.accept_by),
                    decider=OBJECTION.name,
                    target=key,
                    command=objection.NoteAcceptanceOverdue.name,
                )
            ]
        case objecting.FindingNoted(answer_by=date) if date is not None:
            return [
                Settled(f"objection:{key}:acceptance"),
                Due(
                    key=f"objection:{key}:answer",
                    at=end_of_day(date),
                    decider=OBJECTION.name,
                    target=key,
                    command=objection.NoteAnswerOverdue.name,
                ),
            ]
        case (
            objecting.ObjectionAccepted()
            | objecting.ObjectionDeclined()
            | objecting.AcceptanceOverdue()
            | objecting.ObjectionClosed()
        ):
            return [Settled(f"objection:{key}:acceptance")]
        case objecting.ObjectionAnswered() | objecting.AnswerOverdue():
            return [Settled(f"objection:{key}:answer")]
        case _:
            return []
