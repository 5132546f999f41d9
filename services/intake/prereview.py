"""Pre-review 资格初审: the office finds which of the claimed conditions hold, or why none (S35).

What data can show was judged at the reception. What only people can judge (S8, S12, S13, S15,
S17, S20) is judged here: with each claim and its evidence where the office wants it on record,
else by its opinion (S69). An error of a clause stands against its own condition alone (S11).
"""

from collections.abc import Mapping, Sequence
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.intake.correction import expect_no_correction
from services.intake.duplicates import DuplicateOpen
from services.intake.papers import expect_materials, expect_paper
from services.intake.record import (
    Live,
    Record,
    Situation,
    before_pre_review,
    without_numbers,
)
from services.intake.suspension import expect_running
from shared.contracts.intake import Condition, Finding
from shared.messages import SYSTEM, Command, Event, Message, Refused

# refusals


class UnderInvestigation(Refused):
    """A nomination stands still while its facts are verified."""

    code = "under_investigation"
    rule = "P5"


class CannotPass(Refused):
    """An error that a rule found stands against it; `rule` is the first of them."""

    code = "cannot_pass"

    def __init__(self, findings: Sequence[Finding], *, field: str | None = None) -> None:
        super().__init__("".join(finding.message for finding in findings), field=field)
        self.rule = findings[0].rule  # type: ignore[misc]


class NoConditionFound(Refused):
    """To pass, at least one of the claimed conditions must be found to hold."""

    code = "no_condition_found"
    rule = "S11"


class NotAssessed(Refused):
    """A condition holds when each of its claims was found to; `rule` is the one that is missing."""

    code = "not_assessed"

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message, field="assessments")
        self.rule = rule  # type: ignore[misc]


class NoSuchReason(Refused):
    """A nomination fails the pre-review by a rule of the notice."""

    code = "no_such_reason"
    rule = "S35"


# values

REASONS = frozenset(f"S{number}" for number in range(6, 35))
"""What a pre-review may fail by (S35)."""

Clause = Literal["S12", "S13", "S14", "S15", "S16", "S17", "S18", "S19", "S20", "S21", "S22"]

CLAUSES: Mapping[Condition, tuple[Clause, ...]] = {
    "C1": ("S12", "S13", "S14"),
    "C2": ("S15", "S16"),
    "C3": ("S17", "S18", "S19"),
    "C4": ("S20", "S21", "S22"),
}
"""What each condition claims."""

OF_A_CONDITION = frozenset(clause for clauses in CLAUSES.values() for clause in clauses)

OpenClause = Literal["S16", "S21"]
"""The clauses whose lists are open: a person may decide that another award is equal (A5)."""


class Assessment(Message):
    """The office found this claim to hold, by these materials."""

    condition: Condition
    clause: Clause
    evidence: tuple[str, ...] = Field(min_length=1)


class Equivalence(Message):
    """For this clause the award counts that a decision of the campaign found equal."""

    clause: OpenClause
    precedent: UUID


# commands


class PassPreReview(Command, name="pass_pre_review", may={"office"}, rule="S25"):
    """The nomination is eligible: these conditions hold.

    Without assessments the opinion is the assessment. With any, each claim of each condition that
    was found has one.
    """

    conditions: tuple[Condition, ...]
    opinion: str = Field(min_length=1, max_length=2000)
    assessments: tuple[Assessment, ...] = ()
    equivalences: tuple[Equivalence, ...] = ()


class FailPreReview(Command, name="fail_pre_review", may={"office"}, rule="S25"):
    """The nomination is not eligible, by these rules."""

    reasons: tuple[str, ...]
    opinion: str = Field(min_length=1, max_length=2000)


class NoteTies(Command, name="note_ties", may={SYSTEM}, rule="P10"):
    """It passed: tell those who judge what recusal has to look at."""


# events


class ConditionsAssessed(Event, name="conditions_assessed", label="逐项认定申报条件", rule="S11"):
    """What the office found of each claim, and by which decisions on equal awards."""

    nomination_id: UUID
    campaign_id: UUID
    assessments: tuple[Assessment, ...]
    equivalences: tuple[Equivalence, ...]


class NominationPreReviewed(
    Event, name="nomination_pre_reviewed", label="资格初审结果", rule="S35"
):
    """The office decided on eligibility, with its opinion (S69)."""

    nomination_id: UUID
    campaign_id: UUID
    passed: bool
    conditions: tuple[Condition, ...]
    opinion: str
    reasons: tuple[str, ...]
    employer_uscc: str
    recommender_uscc: str


class TiesNoted(Event, name="ties_noted", label="登记回避核对信息", rule="P10"):
    """Keyed hashes of the person, awards, patents and certificates, and whether it is somebody
    who heads an enterprise (P8)."""

    nomination_id: UUID
    campaign_id: UUID
    ties: tuple[UUID, ...]
    executive: bool


# decide


def pass_(command: PassPreReview, record: Record) -> Sequence[Event]:
    """Nothing is open, nothing stands against it, and at least one condition holds."""
    before_pre_review(record)
    _expect_settled(record)
    errors = [finding for finding in record.received.findings if finding.severity == "error"]
    lifted = {equivalence.clause for equivalence in command.equivalences}
    if standing := [one for one in errors if one.rule not in OF_A_CONDITION]:
        raise CannotPass(standing)
    if not command.conditions or not set(command.conditions).issubset(
        record.received.claimed_conditions
    ):
        raise NoConditionFound("通过初审须认定所申报条件中的至少一项。", field="conditions")
    needed = {clause for condition in command.conditions for clause in CLAUSES[condition]}
    if missing := [one for one in errors if one.rule in needed - lifted]:
        raise CannotPass(missing, field="conditions")
    _expect_assessed(command, record)
    without_numbers(command.opinion, "opinion")
    assessed = ConditionsAssessed(
        **record.ids, assessments=command.assessments, equivalences=command.equivalences
    )
    return [
        *([assessed] if command.assessments or command.equivalences else []),
        _pre_reviewed(record, command.opinion, conditions=command.conditions),
    ]


def _expect_settled(record: Record) -> None:
    if record.rivals:
        raise DuplicateOpen("同一人员有多项申报，须先选定保留哪一项，再进行初审。")
    if record.investigated:
        raise UnderInvestigation("该申报正在核查，核查结束前不得通过初审。")
    expect_running(record)
    expect_no_correction(record)
    expect_paper(record)


def _expect_assessed(command: PassPreReview, record: Record) -> None:
    for assessment in command.assessments:
        if (
            assessment.condition not in command.conditions
            or assessment.clause not in CLAUSES[assessment.condition]
        ):
            raise NotAssessed(assessment.clause, "逐项认定的内容须属于所认定的条件。")
        expect_materials(assessment.evidence, record, "assessments")
    found = {assessment.clause for assessment in command.assessments}
    if not found:
        return
    for condition in command.conditions:
        for clause in CLAUSES[condition]:
            if clause not in found:
                raise NotAssessed(clause, f"认定条件{condition}还须逐项认定{clause}。")


def fail(command: FailPreReview, record: Record) -> Sequence[Event]:
    """By rules of the notice, and not while something may still be mended."""
    before_pre_review(record)
    expect_no_correction(record)
    if not command.reasons or not REASONS.issuperset(command.reasons):
        raise NoSuchReason("初审不通过须写明所依据的规则（S6至S34）。", field="reasons")
    without_numbers(command.opinion, "opinion")
    return [_pre_reviewed(record, command.opinion, reasons=command.reasons)]


def _pre_reviewed(
    record: Record,
    opinion: str,
    *,
    conditions: tuple[Condition, ...] = (),
    reasons: tuple[str, ...] = (),
) -> NominationPreReviewed:
    return NominationPreReviewed(
        **record.ids,
        passed=not reasons,
        conditions=tuple(dict.fromkeys(conditions)),
        opinion=opinion,
        reasons=tuple(dict.fromkeys(reasons)),
        employer_uscc=record.received.employer_uscc,
        recommender_uscc=record.received.recommender.uscc,
    )


def note_ties(state: Situation) -> Sequence[Event]:
    """Once, with the pre-review that passed."""
    if not isinstance(state, Live):
        return []
    received = state.record.received
    person = () if received.tie is None else (received.tie,)
    works = (fingerprint.of for fingerprint in received.fingerprints)
    return [
        TiesNoted(
            **state.record.ids,
            ties=tuple(dict.fromkeys((*person, *works))),
            executive=received.executive,
        )
    ]
