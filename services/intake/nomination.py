"""Nomination 推荐申报: one person's way through the selection. Its stream alone is the history.

What intake decides itself (each in a file of its own, see record.py) and what it hears from review
and publicity stand in one stream. What is heard is never refused and comes in any order: a
nomination is where its furthest milestone says, and one that was disqualified stays so.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, get_args
from uuid import UUID

from services.intake import milestones
from services.intake.correction import (
    CorrectionLapsed,
    CorrectionRequested,
    CorrectNomination,
    LapseCorrection,
    NominationCorrected,
    RequestCorrection,
    correct,
    lapse,
    mended,
    request,
)
from services.intake.disclosure import (
    OpenPersonalData,
    PersonalDataOpened,
    PublicationReleased,
    ReleaseForPublication,
    open_parts,
    release,
)
from services.intake.duplicates import (
    DuplicateReopened,
    DuplicateResolved,
    HoldLifted,
    HoldNomination,
    LiftHold,
    MergeNomination,
    NominationHeld,
    ReopenDuplicate,
    ReopenRival,
    ResolveDuplicate,
    held,
    hold,
    lift,
    merge,
    reopen,
    reopen_rival,
    resolve,
)
from services.intake.milestones import FromElsewhere, Milestone
from services.intake.papers import (
    JudgePaperLate,
    OriginalsSighted,
    PaperFoundLate,
    PaperReceived,
    RecordPaperReceipt,
    SightOriginals,
    found_late,
    receive_paper,
    sight,
)
from services.intake.papers import received as paper_of
from services.intake.prereview import (
    ConditionsAssessed,
    FailPreReview,
    NominationPreReviewed,
    NoteTies,
    PassPreReview,
    TiesNoted,
    fail,
    note_ties,
    pass_,
)
from services.intake.record import (
    COURSE,
    Absent,
    Course,
    Disqualified,
    Excluded,
    Live,
    Mark,
    Merged,
    NominationReceived,
    OpenCorrection,
    Record,
    Situation,
    Withdrawn,
    keys_of,
    live,
)
from services.intake.retention import (
    AdmitErasure,
    ErasureAdmitted,
    ExpectReceived,
    admit,
    known,
)
from services.intake.submission import PUBLISHER
from services.intake.suspension import (
    NominationResumed,
    NominationSuspended,
    ResumeNomination,
    SuspendNomination,
    resume,
    suspend,
)
from services.intake.withdrawal import (
    AcceptWithdrawal,
    NominationWithdrawn,
    WithdrawNomination,
    withdraw,
)
from shared.calendar import beijing_date, years_after
from shared.messages import SYSTEM, Command, Decider, Event

# commands


class ReceiveNomination(Command, name="receive_nomination", may={PUBLISHER}, rule="S26"):
    """Take it in; `rivals` are live nominations of the same person (P7)."""

    received: NominationReceived
    rivals: tuple[UUID, ...] = ()


class RecordMilestone(Command, name="record_milestone", may={SYSTEM}, rule="S39"):
    """Review or publicity said this."""

    milestone: Milestone


class CarryOver(Command, name="carry_over", may={SYSTEM}, rule="P16"):
    """What came of it follows the person into the next campaign (P16, P19)."""

    mark: Mark


NominationCommand = (
    ReceiveNomination
    | HoldNomination
    | ResolveDuplicate
    | MergeNomination
    | ReopenDuplicate
    | ReopenRival
    | LiftHold
    | RequestCorrection
    | CorrectNomination
    | LapseCorrection
    | RecordPaperReceipt
    | JudgePaperLate
    | SightOriginals
    | SuspendNomination
    | ResumeNomination
    | WithdrawNomination
    | AcceptWithdrawal
    | PassPreReview
    | FailPreReview
    | NoteTies
    | OpenPersonalData
    | ReleaseForPublication
    | RecordMilestone
    | CarryOver
    | ExpectReceived
    | AdmitErasure
)

# events


class CarriedOver(Event, name="carried_over", label="记入个人评选记录", rule="P16"):
    """What follows the person whose stream `standing` is; a bar holds until a day."""

    nomination_id: UUID
    campaign_id: UUID
    standing: UUID
    mark: Mark
    until: date | None


Happening = (
    NominationReceived
    | NominationHeld
    | DuplicateResolved
    | DuplicateReopened
    | HoldLifted
    | CorrectionRequested
    | NominationCorrected
    | CorrectionLapsed
    | PaperReceived
    | PaperFoundLate
    | OriginalsSighted
    | NominationSuspended
    | NominationResumed
    | NominationWithdrawn
    | ConditionsAssessed
    | NominationPreReviewed
    | TiesNoted
    | PersonalDataOpened
    | PublicationReleased
    | CarriedOver
    | ErasureAdmitted
    | Milestone
)

# decide

WHILE_LIVE: Mapping[type[Command], Callable[[Any, Record], Sequence[Event]]] = {
    ResolveDuplicate: lambda _, record: resolve(record),
    RequestCorrection: request,
    CorrectNomination: correct,
    RecordPaperReceipt: receive_paper,
    JudgePaperLate: found_late,
    SightOriginals: sight,
    SuspendNomination: suspend,
    ResumeNomination: resume,
    WithdrawNomination: withdraw,
    AcceptWithdrawal: withdraw,
    PassPreReview: pass_,
    FailPreReview: fail,
    ReleaseForPublication: release,
}
"""What is asked of a nomination that takes part, and of no other."""

AT_ANY_TIME: Mapping[type[Command], Callable[[Any, Situation], Sequence[Event]]] = {
    HoldNomination: hold,
    MergeNomination: merge,
    ReopenDuplicate: reopen,
    ReopenRival: reopen_rival,
    LiftHold: lift,
    LapseCorrection: lambda _, state: lapse(state),
    NoteTies: lambda _, state: note_ties(state),
    OpenPersonalData: open_parts,
    ExpectReceived: lambda _, state: known(state),
    AdmitErasure: admit,
}
"""What each situation answers in its own way."""


def decide(command: NominationCommand, state: Situation) -> Sequence[Event]:
    """What may happen to a nomination."""
    match command:
        case ReceiveNomination():
            return _receive(command, state)
        case RecordMilestone():
            return _record(command.milestone, state)
        case CarryOver():
            return _carry(command, state)
        case _ if type(command) in WHILE_LIVE:
            return WHILE_LIVE[type(command)](command, live(state))
        case _:
            return AT_ANY_TIME[type(command)](command, state)


def _receive(command: ReceiveNomination, state: Situation) -> Sequence[Event]:
    if not isinstance(state, Absent):
        return []
    holds = (held(Record(command.received), other) for other in command.rivals)
    return [command.received, *holds]


def _record(milestone: Milestone, state: Situation) -> Sequence[Event]:
    if isinstance(state, Absent) or milestone.source.event_id in state.record.heard:
        return []
    return [milestone]


def _carry(command: CarryOver, state: Situation) -> Sequence[Event]:
    if isinstance(state, Absent) or command.mark in state.record.carried:
        return []
    received = state.record.received
    if received.standing is None:
        return []
    years = received.terms.bar_years if command.mark == "barred" else None
    if years == 0:
        return []
    until = None if years is None else years_after(beijing_date(command.at), years)
    return [
        CarriedOver(**state.record.ids, standing=received.standing, mark=command.mark, until=until)
    ]


# evolve


def evolve(state: Situation, event: Happening) -> Situation:
    """What is true after the event."""
    if isinstance(event, NominationReceived):
        return Live(Record(event))
    if isinstance(state, Absent):
        return state
    record = _grown(state.record, event)
    match event:
        case (
            milestones.NominationDisqualified()
            | milestones.CandidacyCancelled()
            | milestones.RevocationOpened()
            | milestones.TitleRevoked()
        ):
            return Disqualified(_settled(record))
        case milestones.NominationExcluded() if isinstance(state, Live | Merged):
            return Excluded(_settled(record))
        case NominationWithdrawn() if isinstance(state, Live):
            return Withdrawn(_settled(record))
        case DuplicateResolved(kept=False) if isinstance(state, Live):
            return Merged(replace(_settled(record), merged_into=event.other))
        case DuplicateReopened(restored=True) if isinstance(state, Merged):
            rivals = frozenset({event.other})
            return Live(replace(record, merged_into=None, rivals=rivals))
        case _:
            return replace(state, record=record)


def _settled(record: Record) -> Record:
    """What is over waits for nothing any more."""
    return replace(record, correction=None, suspension=None)


def _grown(record: Record, event: Happening) -> Record:
    if (reached := course_after(event)) is not None:
        record = replace(record, course=max(record.course, reached, key=COURSE.index))
    if isinstance(event, FromElsewhere):
        return _heard(replace(record, heard=record.heard | {event.source.event_id}), event)
    return _decided(record, event)


def _heard(record: Record, event: Milestone) -> Record:
    match event:
        case milestones.InvestigationOpened():
            return replace(record, opened=record.opened | {event.investigation_id})
        case milestones.InvestigationConcluded():
            return replace(record, concluded=record.concluded | {event.investigation_id})
        case milestones.ObjectionAccepted():
            return replace(record, opened=record.opened | {event.objection_id})
        case milestones.ObjectionClosed():
            return replace(record, concluded=record.concluded | {event.objection_id})
        case milestones.VettingRequested():
            return replace(record, asked=record.asked | {event.authority})
        case milestones.RevocationOpened():
            return replace(record, revocations=record.revocations + 1)
        case milestones.RevocationDismissed():
            return replace(record, dismissals=record.dismissals + 1)
        case milestones.TitleRevoked():
            return replace(record, revoked=True)
        case _:
            return record


def _decided(record: Record, event: Happening) -> Record:
    match event:
        case NominationHeld() | DuplicateReopened():
            return replace(record, rivals=record.rivals | {event.other})
        case DuplicateResolved() | HoldLifted():
            return replace(record, rivals=record.rivals - {event.other})
        case NominationSuspended():
            return replace(
                record, suspension=event.suspension_id, suspensions=record.suspensions + 1
            )
        case NominationResumed():
            return replace(record, suspension=None)
        case PublicationReleased():
            return replace(record, entry=event.entry)
        case CarriedOver():
            return replace(record, carried=record.carried | {event.mark})
        case _:
            return _completed(record, event)


def _completed(record: Record, event: Happening) -> Record:
    match event:
        case CorrectionRequested():
            correction = OpenCorrection(event.fields, event.due_at)
            return replace(record, correction=correction, corrections=record.corrections + 1)
        case CorrectionLapsed():
            return replace(record, correction=None)
        case NominationCorrected():
            replaced = keys_of(record.received) | record.mended
            received = record.received.model_copy(update=mended(event))
            return replace(record, correction=None, received=received, mended=replaced)
        case PaperReceived():
            return replace(record, paper=paper_of(event))
        case PaperFoundLate() if record.paper is not None:
            return replace(record, paper=replace(record.paper, late=True))
        case OriginalsSighted():
            return replace(record, received=_sighted(record.received, event))
        case _:
            return record


def _sighted(received: NominationReceived, event: OriginalsSighted) -> NominationReceived:
    seen = frozenset(event.materials)
    materials = tuple(
        material.model_copy(update={"original_presented": True})
        if material.id in seen
        else material
        for material in received.materials
    )
    findings = tuple(one for one in received.findings if not (event.complete and one.rule == "S31"))
    return received.model_copy(update={"materials": materials, "findings": findings})


def course_after(event: Event) -> Course | None:
    """How far the event says the nomination has come; None when it says nothing of it."""
    match event:
        case NominationPreReviewed():
            return "拟入围" if event.passed else "初审不通过"
        case milestones.NominationEvaluated():
            return "入围" if event.shortlisted else "未入围"
        case milestones.NominationApproved():
            return "审定通过" if event.approved else "审定未通过"
        case milestones.ReservePromoted():
            return "审定通过"
        case milestones.NominationPosted() | milestones.NoticeExtended():
            return "公示中"
        case milestones.NoticeEnded():
            return "公示通过"
        case _ if isinstance(event, CONFERRED):
            return "已授予"
        case _:
            return None


CONFERRED = (
    milestones.NominationConferred,
    milestones.RewardPaid,
    milestones.RevocationOpened,
    milestones.RevocationDismissed,
    milestones.TitleRevoked,
)
"""What only happens to somebody who has, or had, the title."""


def with_standing(data: dict[str, Any]) -> dict[str, Any]:
    """A reception from before standing, ties and terms were kept (P10, P16, P19)."""
    terms = {"corrections": {"working_days": 5, "times": 2}, "bar_years": 3}
    return {**data, "standing": None, "tie": None, "executive": False, "terms": terms}


NOMINATION: Decider[Situation] = Decider(
    name="nomination",
    initial=Absent(),
    decide=decide,
    evolve=evolve,
    commands=get_args(NominationCommand),
    events=get_args(Happening),
    upcasters={"nomination_received.v1": with_standing},
)
