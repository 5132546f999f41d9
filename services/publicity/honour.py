"""The honour of one nomination (授予): conferred, cancelled before, or up for revocation after.

A title is conferred only on what review has cleared, and never while this service's own history
knows of something open: an objection, or a changed fact that has not been posted for its time. A
disqualification may be the first thing ever heard of a nomination; this history alone decides what
follows from it: before the conferral the candidacy is cancelled (S43), after it the revocation
opens (P15).
"""

from typing import assert_never
from uuid import UUID

from pydantic import Field

from services.publicity.title import (
    AwaitedNoticeEnded,
    Cancelled,
    CandidacyCancelled,
    CandidacyEnded,
    CandidacySetAside,
    CandidacyTakenUp,
    Candidate,
    ClearanceLapsed,
    ClearanceNoted,
    Cleared,
    Conferred,
    Ended,
    Exclusion,
    ExclusionNoted,
    Ground,
    NoticeAwaited,
    ObjectionNoted,
    ObjectionSettled,
    RevocationOpened,
    RevocationProposed,
    Revoked,
    RewardPaid,
    Situation,
    Tenure,
    TitleConferred,
    TitleForfeited,
    TitleKept,
    UnderRevocation,
    evolve,
)
from services.publicity.wording import DecisionNumber, Sha256, Text, check
from shared.messages import SYSTEM, Command, Decider, Event, Message, Refused

# what can be refused


class NotCleared(Refused):
    """Conferral needs approval, a notice that ran its time, and nothing open (S40)."""

    code = "not_cleared"
    rule = "S40"


class ObjectionOpen(Refused):
    """Nothing is conferred while an objection is open, whatever review has cleared (S40)."""

    code = "objection_open"
    rule = "S40"


class NoticeStillRuns(Refused):
    """A changed fact is posted for its time before the title is conferred (S40, P6)."""

    code = "notice_still_runs"
    rule = "S40"


class CandidacyWasCancelled(Refused):
    """A candidacy cancelled for fraud is never taken up again."""

    code = "candidacy_cancelled"
    rule = "S43"


class CandidacyIsOver(Refused):
    """Taken back, not eligible after all, ruled out, or merged into another nomination."""

    code = "candidacy_over"
    rule = "P6"


class AlreadyConferred(Refused):
    """The title was conferred once; it is not conferred again."""

    code = "already_conferred"
    rule = "S39"


class NotConferred(Refused):
    """What follows a conferral needs one."""

    code = "not_conferred"
    rule = "S39"


class AlreadyPaid(Refused):
    """The reward is paid once."""

    code = "reward_already_paid"
    rule = "S40"


class RevocationUnderWay(Refused):
    """While a revocation is decided, and after it, nothing that comes with the title is given."""

    code = "revocation_under_way"
    rule = "P15"


# what may be asked


class OfNomination(Message):
    """What policies ask names the nomination and its campaign."""

    nomination_id: UUID
    campaign_id: UUID


class NoteClearance(OfNomination, Command, name="note_clearance", may={SYSTEM}, rule="S40"):
    """Review found nothing open."""


class NoteClearanceWithdrawn(
    OfNomination, Command, name="note_clearance_withdrawn", may={SYSTEM}, rule="S40"
):
    """Review opened something after the clearance."""


class NoteObjection(OfNomination, Command, name="note_objection", may={SYSTEM}, rule="S40"):
    """Somebody objects: from now on the title is not conferred."""

    objection_id: UUID


class NoteObjectionSettled(
    OfNomination, Command, name="note_objection_settled", may={SYSTEM}, rule="P6"
):
    """The objection stands in the way no more."""

    objection_id: UUID


class AwaitNotice(OfNomination, Command, name="await_notice", may={SYSTEM}, rule="P6"):
    """A fact has changed: the title waits until this notice has run its time."""

    notice_id: UUID


class NoteNoticeEnded(OfNomination, Command, name="note_notice_ended", may={SYSTEM}, rule="P6"):
    """A notice has run its time with the nomination on it."""

    notice_id: UUID


class Disqualify(OfNomination, Command, name="disqualify", may={SYSTEM}, rule="S43"):
    """Review found fraud."""

    investigation_id: UUID
    reason: str


class EndCandidacy(OfNomination, Command, name="end_candidacy", may={SYSTEM}, rule="P6"):
    """The nomination is out without fraud, for good."""

    reason: Exclusion


class SetAside(OfNomination, Command, name="set_aside", may={SYSTEM}, rule="P7"):
    """The nomination was merged into another one of the same person."""


class TakeUpAgain(OfNomination, Command, name="take_up_again", may={SYSTEM}, rule="P7"):
    """The merger was taken back."""


class ConferTitle(Command, name="confer_title", may={"committee"}, rule="S40"):
    """Confer 港区工匠, by this decision and under this certificate."""

    certificate_number: str = Field(pattern=r"^\S{1,50}$")
    decision_number: DecisionNumber


class RecordPayment(Command, name="record_payment", may={"committee", "office"}, rule="S40"):
    """The reward was paid: how much, in fen, and the digest of the document that proves it."""

    amount_fen: int = Field(ge=1, le=10_000_000_000)
    sha256: Sha256


class ProposeRevocation(Command, name="propose_revocation", may={"office"}, rule="P15"):
    """A unit or a department proposes that the title be taken back, and why."""

    ground: Ground
    reason: Text
    proposed_by: Text


class NoteRevocationDecided(
    OfNomination, Command, name="note_revocation_decided", may={SYSTEM}, rule="P15"
):
    """The committee decided on the revocation, or corrected its decision: revoked or not."""

    revoked: bool


HonourCommand = (
    NoteClearance
    | NoteClearanceWithdrawn
    | NoteObjection
    | NoteObjectionSettled
    | AwaitNotice
    | NoteNoticeEnded
    | Disqualify
    | EndCandidacy
    | SetAside
    | TakeUpAgain
    | ConferTitle
    | RecordPayment
    | ProposeRevocation
    | NoteRevocationDecided
)

# what is decided


def decide(command: HonourCommand, state: Situation) -> list[Event]:
    """What comes of a command.

    Raises:
        Refused: one of the refusals above, to people alone; what policies ask and what no longer
            applies comes to nothing.
    """
    match command:
        case ConferTitle():
            return [_confer(command, state)]
        case RecordPayment():
            return [_pay(command, state)]
        case ProposeRevocation():
            return [_propose(command, state)]
        case Disqualify():
            return _disqualify(command, state)
        case EndCandidacy():
            return _end(command, state)
        case NoteRevocationDecided():
            return _revocation_decided(command, state)
        case _:
            return _note(command, state)


def _note(
    command: NoteClearance
    | NoteClearanceWithdrawn
    | NoteObjection
    | NoteObjectionSettled
    | AwaitNotice
    | NoteNoticeEnded
    | SetAside
    | TakeUpAgain,
    state: Situation,
) -> list[Event]:
    """What stands in the way of a conferral, or no more (S40); once decided, nothing does."""
    if not isinstance(state, Candidate | Cleared):
        return []
    nomination, campaign = command.nomination_id, command.campaign_id
    known = state.obstacles
    match command:
        case NoteClearance() if isinstance(state, Candidate):
            return [ClearanceNoted(nomination_id=nomination, campaign_id=campaign)]
        case NoteClearanceWithdrawn() if isinstance(state, Cleared):
            return [ClearanceLapsed(nomination_id=nomination, campaign_id=campaign)]
        case NoteObjection(objection_id=objection) if objection not in known.objections:
            return [
                ObjectionNoted(
                    nomination_id=nomination, campaign_id=campaign, objection_id=objection
                )
            ]
        case NoteObjectionSettled(objection_id=objection) if objection not in known.settled:
            return [
                ObjectionSettled(
                    nomination_id=nomination, campaign_id=campaign, objection_id=objection
                )
            ]
        case AwaitNotice(notice_id=notice) if notice != known.awaited:
            return [NoticeAwaited(nomination_id=nomination, campaign_id=campaign, notice_id=notice)]
        case NoteNoticeEnded(notice_id=notice) if notice == known.awaited:
            return [
                AwaitedNoticeEnded(nomination_id=nomination, campaign_id=campaign, notice_id=notice)
            ]
        case SetAside() if not known.set_aside:
            return [CandidacySetAside(nomination_id=nomination, campaign_id=campaign)]
        case TakeUpAgain() if known.set_aside:
            return [CandidacyTakenUp(nomination_id=nomination, campaign_id=campaign)]
        case _:
            return []


def _disqualify(command: Disqualify, state: Situation) -> list[Event]:
    """S43 before the conferral, P15 after it; each investigation once."""
    match state:
        case Candidate() | Cleared() | Ended():
            follows: type[CandidacyCancelled | RevocationOpened] = CandidacyCancelled
        case Conferred(tenure) | UnderRevocation(tenure):
            if command.investigation_id in tenure.investigations:
                return []
            follows = RevocationOpened
        case Cancelled() | Revoked():
            return []
        case _:
            assert_never(state)
    return [
        follows(
            nomination_id=command.nomination_id,
            campaign_id=command.campaign_id,
            investigation_id=command.investigation_id,
            reason=command.reason,
        )
    ]


def _end(command: EndCandidacy, state: Situation) -> list[Event]:
    """P6: out before the conferral; after it, a matter for the office to propose (P15)."""
    match state:
        case Candidate() | Cleared():
            follows: type[CandidacyEnded | ExclusionNoted] = CandidacyEnded
        case Conferred(tenure) | UnderRevocation(tenure) | Revoked(tenure) if not tenure.excluded:
            follows = ExclusionNoted
        case Conferred() | Cancelled() | Ended() | UnderRevocation() | Revoked():
            return []
        case _:
            assert_never(state)
    return [
        follows(
            nomination_id=command.nomination_id,
            campaign_id=command.campaign_id,
            reason=command.reason,
        )
    ]


def _confer(command: ConferTitle, state: Situation) -> TitleConferred:
    match state:
        case Candidate():
            raise NotCleared(
                "该推荐尚未具备授予条件；须审定通过、公示期满、无未结异议和核查，且未被取消资格。"
            )
        case Cancelled():
            raise CandidacyWasCancelled("该推荐因弄虚作假查实已被取消评选申报资格，不得授予。")
        case Ended():
            raise CandidacyIsOver("该推荐已撤回或不再符合条件，不得授予。")
        case Conferred() | UnderRevocation() | Revoked():
            raise AlreadyConferred("该推荐已授予“港区工匠”荣誉称号，不得重复授予。")
        case Cleared(nomination_id, campaign_id, obstacles):
            if obstacles.set_aside:
                raise CandidacyIsOver("该推荐已并入同一人的另一项申报，不得授予。")
            if obstacles.objected:
                raise ObjectionOpen("对该人选的异议尚未办结，不得授予；须先办结异议。")
            if obstacles.awaited is not None:
                raise NoticeStillRuns("该人选的公示内容有变更，再次公示期满后方可授予。")
            return TitleConferred(
                nomination_id=nomination_id,
                campaign_id=campaign_id,
                title="港区工匠",
                certificate_number=command.certificate_number,
                decision_number=command.decision_number,
            )
        case _:
            assert_never(state)


def _tenure(state: Situation) -> Tenure:
    match state:
        case Candidate() | Cleared() | Cancelled() | Ended():
            raise NotConferred("该推荐尚未授予“港区工匠”荣誉称号；须先由管委会授予。")
        case UnderRevocation():
            raise RevocationUnderWay("该荣誉称号正在撤销程序中；须待管委会作出决定。")
        case Revoked():
            raise RevocationUnderWay("该荣誉称号已经撤销，不得再办理。")
        case Conferred(tenure):
            return tenure
        case _:
            assert_never(state)


def _pay(command: RecordPayment, state: Situation) -> RewardPaid:
    """S40: once, and to whoever holds the title without a doubt (P15)."""
    held = _tenure(state)
    if held.paid:
        raise AlreadyPaid("奖励已经发放，不得重复登记。")
    return RewardPaid(
        nomination_id=held.nomination_id,
        campaign_id=held.campaign_id,
        amount_fen=command.amount_fen,
        sha256=command.sha256,
    )


def _propose(command: ProposeRevocation, state: Situation) -> RevocationProposed:
    """P15: of a title in question the revocation itself says whether its procedure runs: those
    from before there was one wait for somebody to propose it."""
    held = state.tenure if isinstance(state, UnderRevocation) else _tenure(state)
    check(reason=command.reason, proposed_by=command.proposed_by)
    return RevocationProposed(
        nomination_id=held.nomination_id,
        campaign_id=held.campaign_id,
        cause=command.ground,
        reason=command.reason,
        proposed_by=command.proposed_by,
    )


def _revocation_decided(command: NoteRevocationDecided, state: Situation) -> list[Event]:
    """P15: what the committee decided, this history follows."""
    match state, command.revoked:
        case UnderRevocation(), True:
            follows: type[TitleForfeited | TitleKept] = TitleForfeited
        case ((UnderRevocation() | Revoked()), False):
            follows = TitleKept
        case _:
            return []
    return [follows(nomination_id=command.nomination_id, campaign_id=command.campaign_id)]


HONOUR: Decider[Situation] = Decider(
    name="honour",
    initial=Candidate(),
    decide=decide,
    evolve=evolve,
    of="nomination",
    commands=(
        NoteClearance,
        NoteClearanceWithdrawn,
        NoteObjection,
        NoteObjectionSettled,
        AwaitNotice,
        NoteNoticeEnded,
        Disqualify,
        EndCandidacy,
        SetAside,
        TakeUpAgain,
        ConferTitle,
        RecordPayment,
        ProposeRevocation,
        NoteRevocationDecided,
    ),
    events=(
        ClearanceNoted,
        ClearanceLapsed,
        ObjectionNoted,
        ObjectionSettled,
        NoticeAwaited,
        AwaitedNoticeEnded,
        CandidacyCancelled,
        CandidacyEnded,
        ExclusionNoted,
        CandidacySetAside,
        CandidacyTakenUp,
        TitleConferred,
        RewardPaid,
        RevocationOpened,
        RevocationProposed,
        TitleForfeited,
        TitleKept,
    ),
)
