"""What publicity makes of news, and which of its own it tells. Pure."""

from collections.abc import Sequence

from services.publicity import certificate, honour, notice
from services.publicity.certificate import CERTIFICATE
from services.publicity.honour import HONOUR
from services.publicity.notice import NOTICE
from shared.contracts import intake, publicity, review
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

    The two clearance messages of a nomination come in the order of their partition; every other
    pair may come in either order and leads to the same end.
    """
    message = heard.message
    match message:
        case (
            intake.CampaignOpened()
            | intake.CampaignAmended()
            | intake.PublicationReleased()
            | review.ListDecided()
        ):
            return [_for_notice(heard, message)]
        case (
            review.ClearanceGranted()
            | review.ClearanceWithdrawn()
            | review.NominationDisqualified()
        ):
            return [_for_honour(heard, message)]
        case _:
            return []


def _for_notice(
    heard: Heard,
    message: intake.CampaignOpened
    | intake.CampaignAmended
    | intake.PublicationReleased
    | review.ListDecided,
) -> Addressed:
    command: notice.NoticeCommand
    match message:
        case intake.CampaignOpened() | intake.CampaignAmended():
            command = notice.PrepareNotice(
                at=heard.at,
                by=PUBLICITY,
                campaign_id=message.campaign_id,
                configuration=message.configuration,
            )
        case intake.PublicationReleased():
            command = notice.NoteEntry(
                at=heard.at,
                by=PUBLICITY,
                campaign_id=message.campaign_id,
                nomination_id=message.nomination_id,
                entry=message.entry,
            )
        case review.ListDecided():
            command = notice.NoteListDecided(
                at=heard.at,
                by=PUBLICITY,
                campaign_id=message.campaign_id,
                digest=message.digest,
                approved=tuple(
                    outcome.nomination_id for outcome in message.outcomes if outcome.approved
                ),
            )
    return Addressed(NOTICE, message.campaign_id, command)


def _for_honour(
    heard: Heard,
    message: review.ClearanceGranted | review.ClearanceWithdrawn | review.NominationDisqualified,
) -> Addressed:
    command: honour.HonourCommand
    match message:
        case review.ClearanceGranted():
            command = honour.NoteClearance(
                at=heard.at,
                by=PUBLICITY,
                nomination_id=message.nomination_id,
                campaign_id=message.campaign_id,
            )
        case review.ClearanceWithdrawn():
            command = honour.NoteClearanceWithdrawn(
                at=heard.at,
                by=PUBLICITY,
                nomination_id=message.nomination_id,
                campaign_id=message.campaign_id,
            )
        case review.NominationDisqualified():
            command = honour.Disqualify(
                at=heard.at,
                by=PUBLICITY,
                nomination_id=message.nomination_id,
                campaign_id=message.campaign_id,
                investigation_id=message.investigation_id,
                reason=message.reason,
            )
    return Addressed(HONOUR, message.nomination_id, command)


def react(happened: Happened) -> Sequence[Addressed]:
    """In the same transaction: a cancelled candidacy comes off the notice (S43), and a title that
    is conferred takes its certificate number (P14), which must be nobody else's.
    """
    match happened.event:
        case honour.TitleConferred() as conferred:
            issue = certificate.IssueCertificate(
                at=happened.at,
                by=PUBLICITY,
                nomination_id=conferred.nomination_id,
                certificate_number=conferred.certificate_number,
            )
            key = certificate.certificate_id(conferred.certificate_number)
            return [Addressed(CERTIFICATE, key, issue)]
        case honour.CandidacyCancelled() as cancelled:
            withdraw = notice.WithdrawEntry(
                at=happened.at,
                by=PUBLICITY,
                campaign_id=cancelled.campaign_id,
                nomination_id=cancelled.nomination_id,
                reason="disqualified",
            )
            return [Addressed(NOTICE, cancelled.campaign_id, withdraw)]
        case _:
            return []


def announce(recorded: Recorded) -> Published | None:
    """What crosses the border. Names stay at home: partners read them on the portal (P3)."""
    match recorded.event:
        case notice.NoticePublished() as event:
            return publicity.NoticePublished(
                campaign_id=event.campaign_id,
                notice_id=event.notice_id,
                opens_on=event.opens_on,
                closes_on=event.closes_on,
                nominations=tuple(line.nomination_id for line in event.entries),
            )
        case notice.NoticeEntryWithdrawn() as event:
            return publicity.NoticeEntryWithdrawn(
                campaign_id=event.campaign_id,
                notice_id=event.notice_id,
                nomination_id=event.nomination_id,
            )
        case notice.NoticeClosed() as event:
            return publicity.NoticeClosed(
                campaign_id=event.campaign_id,
                notice_id=event.notice_id,
                nominations=event.nominations,
            )
        case honour.CandidacyCancelled() as event:
            return publicity.CandidacyCancelled(
                nomination_id=event.nomination_id, campaign_id=event.campaign_id
            )
        case honour.TitleConferred() as event:
            return publicity.TitleConferred(
                nomination_id=event.nomination_id,
                campaign_id=event.campaign_id,
                certificate_number=event.certificate_number,
                decision_number=event.decision_number,
            )
        case honour.RevocationOpened() as event:
            return publicity.RevocationOpened(
                nomination_id=event.nomination_id, campaign_id=event.campaign_id
            )
        case _:
            return None


def timers(recorded: Recorded) -> Sequence[Due | Settled]:
    """A published notice closes by the clock when its last day is over (P1)."""
    match recorded.event:
        case notice.NoticePublished() as event:
            return [
                Due(
                    key=f"notice:{event.notice_id}",
                    at=event.closes_at,
                    decider=NOTICE.name,
                    target=event.campaign_id,
                    command=notice.CloseNotice.name,
                )
            ]
        case notice.NoticeClosed() as event:
            return [Settled(f"notice:{event.notice_id}")]
        case _:
            return []
