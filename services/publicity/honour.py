"""The honour of one nomination (授予): conferred, cancelled before, or up for revocation after.

A title is conferred only on what review has cleared. A disqualification may be the first thing
ever heard of a nomination; this history alone decides what follows from it: before the conferral
the candidacy is cancelled (S43), after it the revocation opens (P15).
"""

from dataclasses import dataclass
from typing import Literal, assert_never
from uuid import UUID

from pydantic import Field

from shared.messages import SYSTEM, Command, Decider, Event, Refused

Title = Literal["港区工匠"]

# what can be refused


class NotCleared(Refused):
    """Conferral needs approval, a notice that ran its time, and nothing open (S40)."""

    code = "not_cleared"
    rule = "S40"


class CandidacyWasCancelled(Refused):
    """A candidacy cancelled for fraud is never taken up again."""

    code = "candidacy_cancelled"
    rule = "S43"


class AlreadyConferred(Refused):
    """The title was conferred once; it is not conferred again."""

    code = "already_conferred"
    rule = "S39"


# what may be asked


class NoteClearance(Command, name="note_clearance", may={SYSTEM}, rule="S40"):
    """Review found nothing open."""

    nomination_id: UUID
    campaign_id: UUID


class NoteClearanceWithdrawn(Command, name="note_clearance_withdrawn", may={SYSTEM}, rule="S40"):
    """Review opened something after the clearance."""

    nomination_id: UUID
    campaign_id: UUID


class Disqualify(Command, name="disqualify", may={SYSTEM}, rule="S43"):
    """Review found fraud."""

    nomination_id: UUID
    campaign_id: UUID
    investigation_id: UUID
    reason: str


class ConferTitle(Command, name="confer_title", may={"committee"}, rule="S40"):
    """Confer 港区工匠, by this decision and under this certificate."""

    certificate_number: str = Field(pattern=r"^\S{1,50}$")
    decision_number: str = Field(pattern=r"^\p{Han}{2,20}〔\d{4}〕[1-9]\d*号$")


HonourCommand = NoteClearance | NoteClearanceWithdrawn | Disqualify | ConferTitle

# what can happen


class ClearanceNoted(Event, name="clearance_noted", label="收到授予条件确认", rule="S40"):
    """The clearance is known here."""

    nomination_id: UUID
    campaign_id: UUID


class ClearanceLapsed(Event, name="clearance_lapsed", label="收到授予条件撤回", rule="S40"):
    """The clearance holds no longer."""

    nomination_id: UUID
    campaign_id: UUID


class CandidacyCancelled(Event, name="candidacy_cancelled", label="取消人选资格", rule="S43"):
    """Disqualified before the conferral: there will be none."""

    nomination_id: UUID
    campaign_id: UUID
    investigation_id: UUID
    reason: str


class TitleConferred(Event, name="title_conferred", label="授予“港区工匠”荣誉称号", rule="S40"):
    """The committee conferred the title."""

    nomination_id: UUID
    campaign_id: UUID
    title: Title
    certificate_number: str
    decision_number: str


class RevocationOpened(Event, name="revocation_opened", label="启动撤销程序", rule="P15"):
    """Disqualified after the conferral: the revocation procedure began."""

    nomination_id: UUID
    campaign_id: UUID
    investigation_id: UUID
    reason: str


HonourEvent = (
    ClearanceNoted | ClearanceLapsed | CandidacyCancelled | TitleConferred | RevocationOpened
)

# what is true


@dataclass(frozen=True, slots=True)
class Candidate:
    """Not cleared: never yet, or no longer."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """Nothing stands in the way of the conferral."""

    nomination_id: UUID
    campaign_id: UUID


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Out for fraud (资格取消)."""


@dataclass(frozen=True, slots=True)
class Conferred:
    """Holds the title (已授予)."""


@dataclass(frozen=True, slots=True)
class UnderRevocation:
    """Holds the title while its revocation is decided."""


Situation = Candidate | Cleared | Cancelled | Conferred | UnderRevocation

# what is decided


def decide(command: HonourCommand, state: Situation) -> list[Event]:
    """What comes of a command.

    Raises:
        Refused: one of the refusals above, to the committee alone; what policies ask and what no
            longer applies comes to nothing.
    """
    match command:
        case NoteClearance():
            return _note_clearance(command, state)
        case NoteClearanceWithdrawn():
            return _note_clearance_withdrawn(command, state)
        case Disqualify():
            return _disqualify(command, state)
        case ConferTitle():
            return [_confer(command, state)]
        case _:
            assert_never(command)


def _note_clearance(command: NoteClearance, state: Situation) -> list[Event]:
    if not isinstance(state, Candidate):
        return []
    return [ClearanceNoted(nomination_id=command.nomination_id, campaign_id=command.campaign_id)]


def _note_clearance_withdrawn(command: NoteClearanceWithdrawn, state: Situation) -> list[Event]:
    if not isinstance(state, Cleared):
        return []
    return [ClearanceLapsed(nomination_id=command.nomination_id, campaign_id=command.campaign_id)]


def _disqualify(command: Disqualify, state: Situation) -> list[Event]:
    match state:
        case Candidate() | Cleared():
            follows: type[CandidacyCancelled | RevocationOpened] = CandidacyCancelled
        case Conferred():
            follows = RevocationOpened
        case Cancelled() | UnderRevocation():
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


def _confer(command: ConferTitle, state: Situation) -> TitleConferred:
    match state:
        case Candidate():
            raise NotCleared(
                "该推荐尚未具备授予条件；须审定通过、公示期满、无未结异议和核查，且未被取消资格。"
            )
        case Cancelled():
            raise CandidacyWasCancelled("该推荐因弄虚作假查实已被取消评选申报资格，不得授予。")
        case Conferred() | UnderRevocation():
            raise AlreadyConferred("该推荐已授予“港区工匠”荣誉称号，不得重复授予。")
        case Cleared(nomination_id, campaign_id):
            return TitleConferred(
                nomination_id=nomination_id,
                campaign_id=campaign_id,
                title="港区工匠",
                certificate_number=command.certificate_number,
                decision_number=command.decision_number,
            )
        case _:
            assert_never(state)


def evolve(_: Situation, event: HonourEvent) -> Situation:
    """What is true after an event."""
    match event:
        case ClearanceNoted():
            return Cleared(event.nomination_id, event.campaign_id)
        case ClearanceLapsed():
            return Candidate()
        case CandidacyCancelled():
            return Cancelled()
        case TitleConferred():
            return Conferred()
        case RevocationOpened():
            return UnderRevocation()
        case _:
            assert_never(event)


HONOUR: Decider[Situation] = Decider(
    name="honour",
    initial=Candidate(),
    decide=decide,
    evolve=evolve,
    of="nomination",
    commands=(NoteClearance, NoteClearanceWithdrawn, Disqualify, ConferTitle),
    events=(
        ClearanceNoted,
        ClearanceLapsed,
        CandidacyCancelled,
        TitleConferred,
        RevocationOpened,
    ),
)
