"""What can happen to an investigation, and what is true of it (S43, P5, P6)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.review.interests import Uscc
from shared.calendar import end_of_day
from shared.contracts.review import Verdict
from shared.messages import Event, Message

# values

Hearing = Literal["heard", "declined"]
"""The nominee stated something, or was asked and did not want to."""


class Investigator(Message):
    """One who investigates: the id of an account, and the unit that must not be the nominee's."""

    id: str = Field(min_length=1)
    organisation: str = Field(min_length=1)
    uscc: Uscc


# events


class InvestigationOpened(
    Event, name="investigation_opened", label="启动核查", rule="P5", version=2
):
    """The nomination stands still while its facts are verified; `objection_id` led to it."""

    nomination_id: UUID
    campaign_id: UUID
    allegation: str
    investigators: tuple[Investigator, ...]
    objection_id: UUID | None = None


class TermSet(Event, name="investigation_term_set", label="确定核查期限", rule="P5"):
    """It is to be concluded by the end of this day."""

    nomination_id: UUID
    campaign_id: UUID
    due_on: date
    calendar: str
    extension_days: int


class InvestigationExtended(Event, name="investigation_extended", label="延长核查期限", rule="P5"):
    """It has more time, once, and for this reason."""

    nomination_id: UUID
    campaign_id: UUID
    due_on: date
    calendar: str
    reason: str


class InvestigationOverdue(Event, name="investigation_overdue", label="核查超过期限", rule="P5"):
    """The term has passed without a conclusion."""

    nomination_id: UUID
    campaign_id: UUID
    due_on: date


class HearingRecorded(Event, name="hearing_recorded", label="登记本人陈述申辩", rule="P6"):
    """The nominee was heard, or declined."""

    nomination_id: UUID
    campaign_id: UUID
    outcome: Hearing
    dated: date
    sha256: str | None


class EvidenceRecorded(Event, name="evidence_recorded", label="登记核查证据", rule="S43"):
    """A file is part of the investigation."""

    nomination_id: UUID
    campaign_id: UUID
    sha256: str
    description: str


class InvestigationConcluded(
    Event, name="investigation_concluded", label="作出核查结论", rule="S43", version=2
):
    """The finding, the files it rests on, and whether the nominee was heard or had declined."""

    nomination_id: UUID
    campaign_id: UUID
    finding: Verdict
    statement: str
    evidence: tuple[str, ...]
    heard: bool = False


class ObjectionInvestigated(Event, name="objection_investigated", label="异议核查完毕", rule="P6"):
    """The objection that led to the investigation has its finding."""

    nomination_id: UUID
    campaign_id: UUID
    objection_id: UUID
    finding: Verdict


class FoundIneligible(Event, name="nomination_found_ineligible", label="撤出名单", rule="P6"):
    """Not eligible after all, without fraud: out of the selection."""

    nomination_id: UUID
    campaign_id: UUID
    reason: str


class NominationDisqualified(
    Event, name="nomination_disqualified", label="取消评选申报资格", rule="S43"
):
    """Proven fraud: the candidacy is cancelled at once."""

    nomination_id: UUID
    campaign_id: UUID
    reason: str


InvestigationEvent = (
    InvestigationOpened
    | TermSet
    | InvestigationExtended
    | InvestigationOverdue
    | HearingRecorded
    | EvidenceRecorded
    | InvestigationConcluded
    | ObjectionInvestigated
    | FoundIneligible
    | NominationDisqualified
)


# state


@dataclass(frozen=True, slots=True)
class NotOpened:
    """There is no such investigation."""


@dataclass(frozen=True, slots=True)
class Term:
    """Until when, and by how much it may still be extended; `noted` once it has passed."""

    due_on: date
    extension_days: int
    extended: bool = False
    noted: bool = False

    def passed(self, at: datetime) -> bool:
        """Whether the last day is over."""
        return end_of_day(self.due_on) <= at


@dataclass(frozen=True, slots=True)
class Open:
    """Facts are being verified."""

    nomination_id: UUID
    campaign_id: UUID
    investigators: frozenset[str]
    objection_id: UUID | None = None
    evidence: tuple[str, ...] = ()
    heard: bool = False
    term: Term | None = None


@dataclass(frozen=True, slots=True)
class Concluded:
    """The finding is final."""


State = NotOpened | Open | Concluded


# evolve


def evolve(state: State, event: InvestigationEvent) -> State:
    """The investigation after the event."""
    match event, state:
        case InvestigationOpened(), _:
            investigators = frozenset(person.id for person in event.investigators)
            return Open(event.nomination_id, event.campaign_id, investigators, event.objection_id)
        case TermSet(), Open():
            return replace(state, term=Term(event.due_on, event.extension_days))
        case InvestigationExtended(), Open(term=Term() as current):
            longer = replace(current, due_on=event.due_on, extended=True, noted=False)
            return replace(state, term=longer)
        case InvestigationOverdue(), Open(term=Term() as current):
            return replace(state, term=replace(current, noted=True))
        case HearingRecorded(), Open():
            return replace(state, heard=True)
        case EvidenceRecorded(), Open(evidence=evidence):
            return replace(state, evidence=(*evidence, event.sha256))
        case ((InvestigationConcluded() | NominationDisqualified() | FoundIneligible()), _):
            return Concluded()
        case _:
            return state
