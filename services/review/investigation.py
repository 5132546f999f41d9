"""Investigation 核查 of one allegation against one nomination (S43, P5, P6).

Found by its own id, which whoever opens it chooses. It has a term, which may be extended once; the
nominee is heard before a finding that counts against the nominee, except that proven fraud
disqualifies at once, in the same decision. Its texts are stored and shown: they name documents,
never persons or numbers.
"""

from datetime import date, timedelta
from typing import Annotated, Any, assert_never
from uuid import UUID

from pydantic import Field

from services.review.investigating import (
    Concluded,
    EvidenceRecorded,
    FoundIneligible,
    Hearing,
    HearingRecorded,
    InvestigationConcluded,
    InvestigationExtended,
    InvestigationOpened,
    InvestigationOverdue,
    Investigator,
    NominationDisqualified,
    NotOpened,
    ObjectionInvestigated,
    Open,
    State,
    Term,
    TermSet,
    evolve,
)
from services.review.wording import check
from shared.calendar import beijing_date, end_of_day, term
from shared.contracts.review import Verdict
from shared.messages import SYSTEM, Actor, Command, Decider, Event, Refused

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


class ExclusionNotGrounded(Refused):
    """Who is found not eligible is told why, in words that can be published (P6)."""

    code = "exclusion_not_grounded"
    rule = "P6"


class NomineeNotHeard(Refused):
    """Before a finding against the nominee, the nominee is heard or declines to be."""

    code = "nominee_not_heard"
    rule = "P6"


class HearingNotInOrder(Refused):
    """What the nominee stated is on record by its file and its date."""

    code = "hearing_not_in_order"
    rule = "P6"


class ExtensionNotPossible(Refused):
    """The term of an investigation is extended once, for a reason."""

    code = "extension_not_possible"
    rule = "P5"


class EvidenceKnown(Refused):
    """The same file is recorded once."""

    code = "evidence_known"
    rule = "S43"


# values

SAME_DAY = timedelta(microseconds=1)
"""From the midnight after a day back into it."""

Text = Annotated[str, Field(min_length=1, max_length=1000)]

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


# commands


class OpenInvestigation(Command, name="open_investigation", may={"office"}, rule="P5"):
    """Verify an allegation."""

    nomination_id: UUID
    campaign_id: UUID
    allegation: Text
    investigators: tuple[Investigator, ...]
    objection_id: UUID | None = None


class SetTerm(Command, name="set_term", may={SYSTEM}, rule="P5"):
    """Until when the campaign's rules want it concluded, and by how much that may be extended."""

    due_on: date
    calendar: str
    extension_days: int


class ExtendInvestigation(Command, name="extend_investigation", may={"office"}, rule="P5"):
    """Once, for a reason."""

    reason: Text


class NoteOverdue(Command, name="note_investigation_overdue", may={SYSTEM}, rule="P5"):
    """The term has passed."""


class RecordHearing(Command, name="record_hearing", may={"investigator", "office"}, rule="P6"):
    """What the nominee stated, by the file's SHA-256; or that the nominee declined."""

    outcome: Hearing
    dated: date
    sha256: Sha256 | None = None


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


InvestigationCommand = (
    OpenInvestigation
    | SetTerm
    | ExtendInvestigation
    | NoteOverdue
    | RecordHearing
    | RecordEvidence
    | ConcludeInvestigation
)


# decide


def decide(command: InvestigationCommand, state: State) -> list[Event]:
    """Judge a command."""
    match command:
        case OpenInvestigation():
            return _open(command, state)
        case SetTerm():
            return _set_term(command, state)
        case ExtendInvestigation():
            return _extend(command, _opened(state))
        case NoteOverdue():
            return _note_overdue(command, state)
        case RecordHearing():
            return _hear(command, _opened(state))
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
    check(allegation=command.allegation)
    return [
        InvestigationOpened(
            nomination_id=command.nomination_id,
            campaign_id=command.campaign_id,
            allegation=command.allegation,
            investigators=command.investigators,
            objection_id=command.objection_id,
        )
    ]


def _set_term(command: SetTerm, state: State) -> list[Event]:
    if not isinstance(state, Open) or state.term is not None:
        return []
    return [
        TermSet(
            nomination_id=state.nomination_id,
            campaign_id=state.campaign_id,
            due_on=command.due_on,
            calendar=command.calendar,
            extension_days=command.extension_days,
        )
    ]


def _extend(command: ExtendInvestigation, state: Open) -> list[Event]:
    """P5: counted from the day on which it was due, whenever that is decided."""
    current = state.term
    if current is None or current.extended or not current.extension_days:
        raise ExtensionNotPossible("核查期限只能延长一次；本核查没有期限、不得延长或者已经延长")
    check(reason=command.reason)
    longer = term(end_of_day(current.due_on) - SAME_DAY, current.extension_days)
    return [
        InvestigationExtended(
            nomination_id=state.nomination_id,
            campaign_id=state.campaign_id,
            due_on=longer.closes_on,
            calendar=longer.calendar,
            reason=command.reason,
        )
    ]


def _note_overdue(command: NoteOverdue, state: State) -> list[Event]:
    match state:
        case Open(term=Term() as current) if current.passed(command.at) and not current.noted:
            return [
                InvestigationOverdue(
                    nomination_id=state.nomination_id,
                    campaign_id=state.campaign_id,
                    due_on=current.due_on,
                )
            ]
        case _:
            return []


def _hear(command: RecordHearing, state: Open) -> list[Event]:
    """P6: by those who investigate, or by the office."""
    if "office" not in command.by.roles:
        _verifying(command.by, state)
    if command.dated > beijing_date(command.at):
        raise HearingNotInOrder("听取陈述申辩的日期不得晚于登记之日", field="dated")
    if command.outcome == "heard" and command.sha256 is None:
        raise HearingNotInOrder("听取陈述申辩须登记笔录或书面陈述的摘要", field="sha256")
    return [
        HearingRecorded(
            nomination_id=state.nomination_id,
            campaign_id=state.campaign_id,
            outcome=command.outcome,
            dated=command.dated,
            sha256=command.sha256,
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
    check(description=command.description)
    return [
        EvidenceRecorded(
            nomination_id=state.nomination_id,
            campaign_id=state.campaign_id,
            sha256=command.sha256,
            description=command.description,
        )
    ]


def _conclude(command: ConcludeInvestigation, state: Open) -> list[Event]:
    """S43, P6: finding, evidence and decision-maker; what follows from it leaves no choice."""
    check(statement=command.statement, public_reason=command.public_reason or "")
    concluded = InvestigationConcluded(
        nomination_id=state.nomination_id,
        campaign_id=state.campaign_id,
        finding=command.finding,
        statement=command.statement,
        evidence=state.evidence,
        heard=state.heard,
    )
    return [concluded, *_answered(command, state), *_following(command, state)]


def _answered(command: ConcludeInvestigation, state: Open) -> list[Event]:
    if state.objection_id is None:
        return []
    return [
        ObjectionInvestigated(
            nomination_id=state.nomination_id,
            campaign_id=state.campaign_id,
            objection_id=state.objection_id,
            finding=command.finding,
        )
    ]


def _following(command: ConcludeInvestigation, state: Open) -> list[Event]:
    """S43: fraud is answered at once, heard or not; P6: any other finding against the nominee only
    after the nominee could speak."""
    reason = command.public_reason
    match command.finding:
        case "unfounded":
            return []
        case "immaterial":
            _ensure_heard(state)
            return []
        case "ineligible":
            if not state.evidence:
                raise ExclusionNotGrounded("撤出名单须有证据，请先登记证据", field="finding")
            _ensure_heard(state)
            if reason is None:
                raise ExclusionNotGrounded("撤出名单须写明可以公布的理由", field="public_reason")
            return [
                FoundIneligible(
                    nomination_id=state.nomination_id, campaign_id=state.campaign_id, reason=reason
                )
            ]
        case "fraud":
            if not state.evidence:
                raise FraudNotProven("认定弄虚作假须有证据，请先登记证据", field="finding")
            if reason is None:
                raise FraudNotProven("取消资格须写明可以公布的理由", field="public_reason")
            return [
                NominationDisqualified(
                    nomination_id=state.nomination_id, campaign_id=state.campaign_id, reason=reason
                )
            ]
        case _:
            assert_never(command.finding)


def _ensure_heard(state: Open) -> None:
    if not state.heard:
        raise NomineeNotHeard(
            "作出该结论之前须听取本人陈述申辩，或者登记本人放弃陈述", field="finding"
        )


def with_objection(data: dict[str, Any]) -> dict[str, Any]:
    """Before objections were taken up here, no investigation was led to by one (P5)."""
    return {**data, "objection_id": None}


def with_heard(data: dict[str, Any]) -> dict[str, Any]:
    """Before hearings were recorded, nobody was heard on record (P6)."""
    return {**data, "heard": False}


INVESTIGATION: Decider[State] = Decider(
    name="investigation",
    initial=NotOpened(),
    decide=decide,
    evolve=evolve,
    commands=(
        OpenInvestigation,
        SetTerm,
        ExtendInvestigation,
        NoteOverdue,
        RecordHearing,
        RecordEvidence,
        ConcludeInvestigation,
    ),
    events=(
        InvestigationOpened,
        TermSet,
        InvestigationExtended,
        InvestigationOverdue,
        HearingRecorded,
        EvidenceRecorded,
        InvestigationConcluded,
        ObjectionInvestigated,
        FoundIneligible,
        NominationDisqualified,
    ),
    upcasters={
        "investigation_opened.v1": with_objection,
        "investigation_concluded.v1": with_heard,
    },
)
