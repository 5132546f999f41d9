"""What can happen to an objection, and what is true of it (P4–P6)."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never
from uuid import UUID

from shared.contracts.campaign import Objections
from shared.contracts.sealed import PersonalKey, Purpose, Sealed
from shared.messages import Event, Message

Objector = Literal["person", "unit"]
"""P4: a person signs with the true name, a unit with its seal (公章)."""

Refusal = Literal["anonymous", "false_name", "late", "no_facts"]
"""P4: 匿名、冒名、逾期、无具体事实."""

Verdict = Literal["unfounded", "immaterial", "ineligible", "fraud"]
"""P6: 不成立、成立但不影响、成立且不符合条件、成立且属弄虚作假."""

Outcome = Literal["unfounded", "immaterial", "ineligible", "fraud", "withdrawn"]

Ground = Literal["retention", "request", "unlawful"]
"""P17: 保存期限届满、本人请求、违法留存."""

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


class Enclosed(Message):
    """A document that was handed in: its digest, what it is, its size in bytes."""

    sha256: str
    kind: Literal["application/pdf", "image/jpeg", "image/png"]
    part: Literal["seal", "evidence"]
    size: int


class ObjectionSupplemented(
    OfObjection, Event, name="objection_supplemented", label="提交异议材料", rule="P4"
):
    """These documents were handed in, the scan with a unit's seal among them. They are stored
    elsewhere, sealed by the key `key`."""

    enclosed: tuple[Enclosed, ...]
    key: UUID


class DocumentOpened(OfObjection, Event, name="document_opened", label="查看异议材料", rule="P4"):
    """A document was looked at, for this purpose."""

    sha256: str
    purpose: str


class ErasureRequested(
    OfObjection, Event, name="erasure_requested", label="决定删除个人信息", rule="P17"
):
    """Who objected on this day is to be erased; from now on nothing takes that back."""

    ground: Ground
    day: date
    keys: tuple[PersonalKey, ...]


class LegalHoldPlaced(
    OfObjection, Event, name="legal_hold_placed", label="依法保全个人信息", rule="P17"
):
    """Nothing is erased while this stands."""

    hold_id: UUID
    reason: str


class LegalHoldLifted(
    OfObjection, Event, name="legal_hold_lifted", label="解除个人信息保全", rule="P17"
):
    """It stands no more."""

    hold_id: UUID
    reason: str


class ErasureCompleted(
    OfObjection, Event, name="erasure_completed", label="个人信息已依法删除", rule="P17"
):
    """These keys are destroyed: what they sealed opens never again."""

    keys: tuple[PersonalKey, ...]


class KeysReturned(
    OfObjection,
    Event,
    name="keys_returned",
    label="销毁重新出现的密钥",
    rule="P17",
):
    """Somebody brought destroyed keys back, as an old backup does."""

    keys: tuple[PersonalKey, ...]


OfReporter = ErasureRequested | LegalHoldPlaced | LegalHoldLifted | ErasureCompleted | KeysReturned
"""What becomes of who objects, at whatever step the objection is."""

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
    | ObjectionSupplemented
    | DocumentOpened
    | OfReporter
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
    keys: tuple[PersonalKey, ...] = ()
    enclosed: frozenset[str] = frozenset()
    holds: frozenset[UUID] = frozenset()
    placed: int = 0
    erasure: Literal["none", "asked", "completed"] = "none"


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
            keys=_keys(event),
        )
        return Received(facts, event.accept_by)
    if isinstance(state, NotRaised):
        return state
    if isinstance(event, OfReporter):
        return replace(state, facts=_of_reporter(state.facts, event))
    return _next(state, event)


def _keys(event: ObjectionRaised) -> tuple[PersonalKey, ...]:
    sealed: tuple[tuple[Purpose, Sealed | None], ...] = (
        ("identity", event.reporter),
        ("contact", event.contact),
    )
    return tuple(PersonalKey(key=box.key, purpose=part) for part, box in sealed if box is not None)


def _of_reporter(facts: Facts, event: OfReporter) -> Facts:
    match event:
        case ErasureRequested():
            return replace(facts, erasure="asked")
        case LegalHoldPlaced(hold_id=hold):
            return replace(facts, holds=facts.holds | {hold}, placed=facts.placed + 1)
        case LegalHoldLifted(hold_id=hold):
            return replace(facts, holds=facts.holds - {hold})
        case ErasureCompleted():
            return replace(facts, erasure="completed")
        case KeysReturned():
            return facts
        case _:
            assert_never(event)


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
    | ReporterOpened
    | ObjectionSupplemented
    | DocumentOpened,
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
        case ObjectionSupplemented():
            return replace(state, facts=_with_enclosed(facts, event))
        case ReporterOpened() | DocumentOpened():
            return state
        case _:
            assert_never(event)


def _with_enclosed(facts: Facts, event: ObjectionSupplemented) -> Facts:
    """P17: the key of the documents goes when the reporter goes."""
    own = PersonalKey(key=event.key, purpose="dossier")
    return replace(
        facts,
        enclosed=facts.enclosed | {one.sha256 for one in event.enclosed},
        keys=facts.keys if own in facts.keys else (*facts.keys, own),
    )


def to_be_answered(facts: Facts) -> bool:
    """P5: whoever signed, and did not take it back, is answered in writing."""
    return facts.signed and not facts.withdrawn
