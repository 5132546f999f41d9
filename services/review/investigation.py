"""Investigation 核查 of one allegation against one nomination (S43, P5).

Found by its own id, which whoever opens it chooses. A finding of fraud and the disqualification
are one decision. Its texts are stored and shown: they name documents, never persons or numbers.
"""

from dataclasses import dataclass, replace
from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import Field

from services.review.panel import Uscc
from shared.formats.personal_numbers import has_personal_number
from shared.messages import Actor, Command, Decider, Event, Message, Refused

# refusals


class InvestigationNotReady(Refused):
    """An investigation is opened once and ends with its conclusion."""

    code = "investigation_not_ready"
    rule = "S39"


class InvestigatorsMissing(Refused):
    """At least two people investigate."""

    code = "investigators_missing"
    rule = "P5"


class NotAnInvestigator(Refused):
    """Evidence is recorded by those who were named for this investigation."""

    code = "not_an_investigator"
    rule = "P5"


class FraudNotProven(Refused):
    """A disqualification needs a finding, evidence and a reason that can be told."""

    code = "fraud_not_proven"
    rule = "S43"


class EvidenceKnown(Refused):
    """The same file is recorded once."""

    code = "evidence_known"
    rule = "S43"


class PersonalNumberInText(Refused):
    """ID and telephone numbers have no place in a text that is kept for ever (P3)."""

    code = "personal_number_in_text"
    rule = "P3"


# values

Text = Annotated[str, Field(min_length=1, max_length=1000)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Verdict = Literal["fraud", "unfounded"]


class Investigator(Message):
    """One who investigates: the id of an account, and the unit that must not be the nominee's."""

    id: str = Field(min_length=1)
    organisation: str = Field(min_length=1)
    uscc: Uscc


# commands


class OpenInvestigation(Command, name="open_investigation", may={"office"}, rule="P5"):
    """Verify an allegation."""

    nomination_id: UUID
    campaign_id: UUID
    allegation: Text
    investigators: tuple[Investigator, ...]


class RecordEvidence(Command, name="record_evidence", may={"investigator"}, rule="S43"):
    """Put a file on record by its SHA-256, with a description that names no person."""

    sha256: Sha256
    description: Text


class ConcludeInvestigation(
    Command, name="conclude_investigation", may={"leading_group"}, rule="S43"
):
    """The finding; `public_reason` is what the announcement of a disqualification says."""

    finding: Verdict
    statement: Text
    public_reason: Text | None = None


InvestigationCommand = OpenInvestigation | RecordEvidence | ConcludeInvestigation


# events


class InvestigationOpened(Event, name="investigation_opened", label="启动核查", rule="P5"):
    """The nomination stands still while its facts are verified."""

    nomination_id: UUID
    campaign_id: UUID
    allegation: str
    investigators: tuple[Investigator, ...]


class EvidenceRecorded(Event, name="evidence_recorded", label="登记核查证据", rule="S43"):
    """A file is part of the investigation."""

    nomination_id: UUID
    campaign_id: UUID
    sha256: str
    description: str


class InvestigationConcluded(
    Event, name="investigation_concluded", label="作出核查结论", rule="S43"
):
    """The finding, and the files it rests on."""

    nomination_id: UUID
    campaign_id: UUID
    finding: Verdict
    statement: str
    evidence: tuple[str, ...]


class NominationDisqualified(
    Event, name="nomination_disqualified", label="取消评选申报资格", rule="S43"
):
    """Proven fraud: the candidacy is cancelled at once."""

    nomination_id: UUID
    campaign_id: UUID
    reason: str


InvestigationEvent = (
    InvestigationOpened | EvidenceRecorded | InvestigationConcluded | NominationDisqualified
)


# state


@dataclass(frozen=True, slots=True)
class NotOpened:
    """There is no such investigation."""


@dataclass(frozen=True, slots=True)
class Open:
    """Facts are being verified."""

    nomination_id: UUID
    campaign_id: UUID
    investigators: frozenset[str]
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Concluded:
    """The finding is final."""


State = NotOpened | Open | Concluded


# decide


def decide(command: InvestigationCommand, state: State) -> list[Event]:
    """Judge a command."""
    match command:
        case OpenInvestigation():
            return _open(command, state)
        case RecordEvidence():
            return _record(command, _opened(state))
        case ConcludeInvestigation():
            return _conclude(command, _opened(state))
        case _:
            assert_never(command)


def _opened(state: State) -> Open:
    match state:
        case NotOpened():
            raise InvestigationNotReady("核查尚未立案，须先由领导小组办公室立案")
        case Concluded():
            raise InvestigationNotReady("核查已经结案，如有新的线索请另行立案")
        case Open():
            return state
        case _:
            assert_never(state)


def _open(command: OpenInvestigation, state: State) -> list[Event]:
    """P5: two people at least; that none is of the nominee's units, the evaluation checks."""
    if not isinstance(state, NotOpened):
        raise InvestigationNotReady("该核查已经立案，请使用新的编号")
    if len({person.id for person in command.investigators}) < 2:
        raise InvestigatorsMissing("核查须指派两名以上核查人员", field="investigators")
    _check_text(allegation=command.allegation)
    return [
        InvestigationOpened(
            nomination_id=command.nomination_id,
            campaign_id=command.campaign_id,
            allegation=command.allegation,
            investigators=command.investigators,
        )
    ]


def ensure_investigator(reader: Actor, state: State) -> UUID:
    """P5: what the nominee submitted is for those who were named to verify it.

    Returns:
        The nomination.

    Raises:
        Refused: the reader was not named, or there is nothing to verify.
    """
    return _verifying(reader, _opened(state)).nomination_id


def _verifying(investigator: Actor, state: Open) -> Open:
    if investigator.id not in state.investigators:
        raise NotAnInvestigator("只有本核查指派的核查人员可以查阅申报材料、登记证据")
    return state


def _record(command: RecordEvidence, state: Open) -> list[Event]:
    _verifying(command.by, state)
    if command.sha256 in state.evidence:
        raise EvidenceKnown("该证据已经登记", field="sha256")
    _check_text(description=command.description)
    return [
        EvidenceRecorded(
            nomination_id=state.nomination_id,
            campaign_id=state.campaign_id,
            sha256=command.sha256,
            description=command.description,
        )
    ]


def _conclude(command: ConcludeInvestigation, state: Open) -> list[Event]:
    """S43: finding, evidence and decision-maker; the disqualification follows without choice."""
    reason = command.public_reason
    _check_text(statement=command.statement, public_reason=reason or "")
    concluded = InvestigationConcluded(
        nomination_id=state.nomination_id,
        campaign_id=state.campaign_id,
        finding=command.finding,
        statement=command.statement,
        evidence=state.evidence,
    )
    match command.finding:
        case "unfounded":
            return [concluded]
        case "fraud":
            if not state.evidence:
                raise FraudNotProven("认定弄虚作假须有证据，请先登记证据", field="finding")
            if reason is None:
                raise FraudNotProven("取消资格须写明可以公布的理由", field="public_reason")
            disqualified = NominationDisqualified(
                nomination_id=state.nomination_id, campaign_id=state.campaign_id, reason=reason
            )
            return [concluded, disqualified]
        case _:
            assert_never(command.finding)


def _check_text(**texts: str) -> None:
    for name, text in texts.items():
        if has_personal_number(text):
            raise PersonalNumberInText("文字中不得写入身份证号或手机号码", field=name)


# evolve


def evolve(state: State, event: InvestigationEvent) -> State:
    """The investigation after the event."""
    match event, state:
        case InvestigationOpened(), _:
            investigators = frozenset(person.id for person in event.investigators)
            return Open(event.nomination_id, event.campaign_id, investigators)
        case EvidenceRecorded(), Open(evidence=evidence):
            return replace(state, evidence=(*evidence, event.sha256))
        case ((InvestigationConcluded() | NominationDisqualified()), _):
            return Concluded()
        case _:
            return state


INVESTIGATION: Decider[State] = Decider(
    name="investigation",
    initial=NotOpened(),
    decide=decide,
    evolve=evolve,
    commands=(OpenInvestigation, RecordEvidence, ConcludeInvestigation),
    events=(
        InvestigationOpened,
        EvidenceRecorded,
        InvestigationConcluded,
        NominationDisqualified,
    ),
)
