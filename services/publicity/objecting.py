"""What can happen to an objection, and what is true of it (P4–P6)."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never
from uuid import UUID

from shared.contracts.campaign import Objections
from shared.contracts.sealed import Sealed
from shared.messages import Event, Message

Objector = Literal["person", "unit"]
"""P4: a person signs with the true name, a unit with its seal (公章)."""

Refusal = Literal["anonymous", "false_name", "late", "no_facts"]
"""P4: 匿名、冒名、逾期、无具体事实."""

Verdict = Literal["unfounded", "immaterial", "ineligible", "fraud"]
"""P6: 不成立、成立但不影响、成立且不符合条件、成立且属弄虚作假."""

Outcome = Literal["unfounded", "immaterial", "ineligible", "fraud", "withdrawn"]

# what can happen


class OfObjection(Message):
    """What every event of an objection has: against whom it is, in which campaign."""

    nomination_id: UUID
    campaign_id: UUID


class ObjectionRaised(OfObjection, Event, name="objection_raised", label="收到异议", rule="P4"):
    """Somebody objects. `day` is that of the postmark or of the receipt; `terms` are its clocks.

    `reporter` and `contact` are sealed for this objection; `sha256` is that of what was written.
    """

    objector: Objector
    signed: bool
    reporter: Sealed | None
    contact: Sealed | None
    allegation: str
    sha256: str
    day: date
    terms: Objections
    accept_by: date


class ObjectionAccepted(OfObjection, Event, name="objection_accepted", label="受理异议", rule="P5"):
    """The office takes it up, since its day lies within the window; the facts are to be verified by
    the other day."""

    day: date
    investigate_by: date


class ObjectionDeclined(
    OfObjection, Event, name="objection_declined", label="不予受理异议", rule="P4"
):
    """It is not taken up. `lead`: what it says is concrete enough to be looked into (线索)."""

    day: date
    ground: Refusal
    lead: bool


class AcceptanceOverdue(
    OfObjection, Event, name="acceptance_overdue", label="异议逾期未作受理决定", rule="P5"
):
    """Nobody decided in time whether to take it up."""


class ObjectionWithdrawn(
    OfObjection, Event, name="objection_withdrawn", label="反映人撤回异议", rule="P5"
):
    """The reporter takes it back. `continued`: its facts are concrete, and the office goes on."""

    continued: bool


class FindingNoted(OfObjection, Event, name="finding_noted", label="收到核查结论", rule="P6"):
    """The investigation that it led to has its finding.

    `answer_by` is the last day for the answer in writing; none where nobody is to be answered, or
    where the calendar of that year is not known yet.
    """

    investigation_id: UUID
    finding: Verdict
    answer_by: date | None


class ObjectionClosed(OfObjection, Event, name="objection_closed", label="异议办结", rule="P6"):
    """It stands in the way no more."""

    outcome: Outcome


class ObjectionAnswered(
    OfObjection, Event, name="objection_answered", label="书面答复反映人", rule="P5"
):
    """The reporter has the answer, of which this is the digest."""

    sha256: str


class AnswerOverdue(OfObjection, Event, name="answer_overdue", label="逾期未答复反映人", rule="P5"):
    """Nobody answered in time."""


class ReporterOpened(OfObjection, Event, name="reporter_opened", label="查看反映人信息", rule="P4"):
    """Who objects was looked at, for this purpose."""

    purpose: str


ObjectionEvent = (
    ObjectionRaised
    | ObjectionAccepted
    | ObjectionDeclined
    | AcceptanceOverdue
    | ObjectionWithdrawn
    | FindingNoted
    | ObjectionClosed
    | ObjectionAnswered
    | AnswerOverdue
    | ReporterOpened
)

# what is true


@dataclass(frozen=True, slots=True)
class Facts:
    """What holds of an objection from the beginning."""

    nomination_id: UUID
    campaign_id: UUID
    signed: bool
    sealed: bool
    day: date
    terms: Objections
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class NotRaised:
    """There is no such objection."""


@dataclass(frozen=True, slots=True)
class Received:
    """The office is to decide by the end of this day whether to take it up."""

    facts: Facts
    accept_by: date
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """Its facts are being verified (异议核查中)."""

    facts: Facts


@dataclass(frozen=True, slots=True)
class Concluded:
    """The finding is known, and the reporter is to be answered."""

    facts: Facts
    answer_by: date | None
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Closed:
    """There is nothing left to do."""

    facts: Facts


@dataclass(frozen=True, slots=True)
class Declined:
    """It was not taken up."""

    facts: Facts


Raised = Received | Accepted | Concluded | Closed | Declined
Situation = NotRaised | Raised


def evolve(state: Situation, event: ObjectionEvent) -> Situation:
    """What is true after an event."""
    if isinstance(event, ObjectionRaised):
        facts = Facts(
            nomination_id=event.nomination_id,
            campaign_id=event.campaign_id,
            signed=event.signed,
            sealed=event.reporter is not None,
            day=event.day,
            terms=event.terms,
        )
        return Received(facts, event.accept_by)
    return state if isinstance(state, NotRaised) else _next(state, event)


def _next(
    state: Raised,
    event: ObjectionAccepted
    | ObjectionDeclined
    | AcceptanceOverdue
    | ObjectionWithdrawn
    | FindingNoted
    | ObjectionClosed
    | ObjectionAnswered
    | AnswerOverdue
    | ReporterOpened,
) -> Raised:
    facts = state.facts
    match event:
        case ObjectionAccepted():
            return Accepted(facts)
        case ObjectionDeclined():
            return Declined(facts)
        case ObjectionWithdrawn():
            return replace(state, facts=replace(facts, withdrawn=True))
        case FindingNoted():
            return Concluded(facts, event.answer_by) if to_be_answered(facts) else Closed(facts)
        case ObjectionClosed():
            return state if isinstance(state, Concluded) else Closed(facts)
        case ObjectionAnswered():
            return Closed(facts)
        case AcceptanceOverdue() | AnswerOverdue():
            return (
                replace(state, overdue=True) if isinstance(state, Received | Concluded) else state
            )
        case ReporterOpened():
            return state
        case _:
            assert_never(event)


def to_be_answered(facts: Facts) -> bool:
    """P5: whoever signed, and did not take it back, is answered in writing."""
    return facts.signed and not facts.withdrawn
