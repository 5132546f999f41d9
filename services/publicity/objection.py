"""Objection 异议 to one posted nomination: received, taken up or not, answered (P4–P6).

Found by its own id, which the desk that records it chooses. Who objects is sealed before the
command is made: no event, message or page holds the name. While an objection is open the person it
is about, and nobody else, stands still; it ends with the finding of the investigation, with its
withdrawal, or because it is not taken up. Its texts name no person and no number.
"""

from datetime import date
from typing import assert_never, get_args
from uuid import UUID

from services.publicity.enclosures import (
    PUBLIC,
    SEALED_FROM,
    EnclosureCommand,
    OpenDocument,
    SealedFromReader,
    SupplementObjection,
    enclose,
)
from services.publicity.erasure import ErasureCommand, erase
from services.publicity.objecting import (
    AcceptanceOverdue,
    Accepted,
    AnswerOverdue,
    Closed,
    Concluded,
    Declined,
    DocumentOpened,
    Facts,
    FindingNoted,
    NotRaised,
    ObjectionAccepted,
    ObjectionAnswered,
    ObjectionClosed,
    ObjectionDeclined,
    ObjectionRaised,
    ObjectionSupplemented,
    ObjectionWithdrawn,
    Objector,
    OfReporter,
    Raised,
    Received,
    Refusal,
    ReporterOpened,
    Situation,
    Verdict,
    evolve,
    to_be_answered,
)
from services.publicity.wording import Sha256, Text, check
from shared.calendar import YearNotCovered, beijing_date, end_of_day, term
from shared.contracts.campaign import Objections
from shared.contracts.sealed import Sealed
from shared.messages import SYSTEM, Command, Decider, Event, Refused

# what can be refused


class AlreadyRaised(Refused):
    """An objection is recorded once under its id."""

    code = "objection_already_raised"
    rule = "P4"


class ReporterMissing(Refused):
    """Whoever signs an objection gives the true name, or the unit's, and how to be reached."""

    code = "reporter_missing"
    rule = "P4"


class PostmarkInFuture(Refused):
    """A letter is not postmarked after it came."""

    code = "postmark_in_future"
    rule = "P4"


class NotAtThisStep(Refused):
    """An objection is decided on once, and answered once its outcome is known."""

    code = "objection_not_at_this_step"
    rule = "P5"


class Anonymous(Refused):
    """What nobody signed is not taken up; it may be a lead."""

    code = "objection_anonymous"
    rule = "P4"


class GroundDoesNotHold(Refused):
    """What was signed is not anonymous; a name that was not given is not false."""

    code = "ground_does_not_hold"
    rule = "P4"


class NobodySealed(Refused):
    """Nobody is known behind this objection."""

    code = "nobody_sealed"
    rule = "P4"


# what may be asked


class RaiseObjection(
    Command, name="raise_objection", may={"office", "desk", PUBLIC}, rule="P4", inside=True
):
    """Record an objection in writing. A page seals who objects, and adds the campaign's clocks."""

    nomination_id: UUID
    campaign_id: UUID
    objector: Objector
    signed: bool
    reporter: Sealed | None = None
    contact: Sealed | None = None
    allegation: Text
    sha256: Sha256
    posted_on: date | None = None
    terms: Objections


class AcceptObjection(Command, name="accept_objection", may={"office"}, rule="P5"):
    """Take it up: its facts will be verified."""


class DeclineObjection(Command, name="decline_objection", may={"office"}, rule="P4"):
    """Do not take it up, on this ground; `lead` if what it says is concrete enough to look into."""

    ground: Refusal
    lead: bool = False


class NoteAcceptanceOverdue(Command, name="note_acceptance_overdue", may={SYSTEM}, rule="P5"):
    """The days for the decision are over."""


class WithdrawObjection(
    Command, name="withdraw_objection", may={"office", "desk", PUBLIC}, rule="P5"
):
    """The reporter takes it back; `continued` if the office goes on all the same."""

    continued: bool = False


class NoteFinding(Command, name="note_finding", may={SYSTEM}, rule="P6"):
    """Review concluded the investigation of this nomination that this objection led to."""

    nomination_id: UUID
    investigation_id: UUID
    finding: Verdict


class AnswerObjection(Command, name="answer_objection", may={"office"}, rule="P5"):
    """The reporter was answered in writing; this is the digest of the answer."""

    sha256: Sha256


class NoteAnswerOverdue(Command, name="note_answer_overdue", may={SYSTEM}, rule="P5"):
    """The days for the answer are over."""


class OpenReporter(
    Command, name="open_reporter", may={"office", "investigator"}, rule="P4", inside=True
):
    """Look at who objects, for this purpose. A page opens the seal once this is on record."""

    purpose: Text


ObjectionCommand = (
    RaiseObjection
    | AcceptObjection
    | DeclineObjection
    | NoteAcceptanceOverdue
    | WithdrawObjection
    | NoteFinding
    | AnswerObjection
    | NoteAnswerOverdue
    | OpenReporter
    | EnclosureCommand
    | ErasureCommand
)

# what is decided


def decide(command: ObjectionCommand, state: Situation) -> list[Event]:
    """What comes of a command.

    Raises:
        Refused: one of the refusals above, to people alone; YearNotCovered where the calendar ends.
    """
    match command:
        case RaiseObjection():
            return [_raise(command, state)]
        case AcceptObjection():
            return [_accept(command, _undecided(state))]
        case DeclineObjection():
            return [_decline(command, _undecided(state))]
        case NoteAcceptanceOverdue():
            return _acceptance_overdue(command, state)
        case WithdrawObjection():
            return _withdraw(command, state)
        case NoteFinding():
            return _conclude(command, state)
        case AnswerObjection():
            return [_answer(command, state)]
        case NoteAnswerOverdue():
            return _answer_overdue(command, state)
        case OpenReporter():
            return [_open_reporter(command, _raised(state).facts)]
        case _:
            return _beside(command, state)


def _beside(command: EnclosureCommand | ErasureCommand, state: Situation) -> list[Event]:
    if isinstance(command, SupplementObjection | OpenDocument):
        return enclose(command, state)
    return erase(command, state)


def _raise(command: RaiseObjection, state: Situation) -> ObjectionRaised:
    """P4: recorded whoever sent it and whenever; that the nominee was posted the notice checks."""
    if not isinstance(state, NotRaised):
        raise AlreadyRaised("该异议已经登记，请使用新的编号。")
    if command.signed and (command.reporter is None or command.contact is None):
        raise ReporterMissing(
            "实名异议须写明反映人姓名（单位须写明名称并加盖公章）和有效联系方式。", field="reporter"
        )
    today = beijing_date(command.at)
    if command.posted_on is not None and command.posted_on > today:
        raise PostmarkInFuture("邮戳日期不得晚于收到之日。", field="posted_on")
    check(allegation=command.allegation)
    return ObjectionRaised(
        nomination_id=command.nomination_id,
        campaign_id=command.campaign_id,
        objector=command.objector,
        signed=command.signed,
        reporter=command.reporter,
        contact=command.contact,
        allegation=command.allegation,
        sha256=command.sha256,
        day=command.posted_on or today,
        terms=command.terms,
        accept_by=term(command.at, command.terms.acceptance_days).closes_on,
    )


def _raised(state: Situation) -> Raised:
    if isinstance(state, NotRaised):
        raise NotAtThisStep("没有这项异议；须先登记。")
    return state


def _undecided(state: Situation) -> Received:
    if not isinstance(known := _raised(state), Received):
        raise NotAtThisStep("对该异议已作出是否受理的决定，不得再作决定。")
    return known


def _accept(command: AcceptObjection, state: Received) -> ObjectionAccepted:
    """P4: in writing and signed; that its day lies within the window the notice checks."""
    facts = state.facts
    if not facts.signed:
        raise Anonymous("匿名异议不予受理；内容具体的，可在不予受理时列为线索。")
    return ObjectionAccepted(
        nomination_id=facts.nomination_id,
        campaign_id=facts.campaign_id,
        day=facts.day,
        investigate_by=term(command.at, facts.terms.investigation_days).closes_on,
    )


def _decline(command: DeclineObjection, state: Received) -> ObjectionDeclined:
    facts = state.facts
    match command.ground:
        case "anonymous" if facts.signed:
            raise GroundDoesNotHold("该异议已具名，不属匿名。", field="ground")
        case "false_name" if not facts.sealed:
            raise GroundDoesNotHold("该异议没有具名，不属冒名。", field="ground")
        case _:
            return ObjectionDeclined(
                nomination_id=facts.nomination_id,
                campaign_id=facts.campaign_id,
                day=facts.day,
                ground=command.ground,
                lead=command.lead,
            )


def _acceptance_overdue(command: NoteAcceptanceOverdue, state: Situation) -> list[Event]:
    if not isinstance(state, Received) or state.overdue:
        return []
    if command.at < end_of_day(state.accept_by):
        return []
    facts = state.facts
    return [AcceptanceOverdue(nomination_id=facts.nomination_id, campaign_id=facts.campaign_id)]


def _withdraw(command: WithdrawObjection, state: Situation) -> list[Event]:
    """P5: recorded; it ends the matter unless the office goes on with concrete facts. Online, what
    is being verified goes on: whoever presses a reporter stops no verification."""
    known = _raised(state)
    facts = known.facts
    if not isinstance(known, Received | Accepted) or facts.withdrawn:
        raise NotAtThisStep("该异议已有结果或已经撤回，不能再撤回。")
    goes_on = command.continued or (PUBLIC in command.by.roles and isinstance(known, Accepted))
    withdrawn = ObjectionWithdrawn(
        nomination_id=facts.nomination_id,
        campaign_id=facts.campaign_id,
        continued=goes_on,
    )
    if goes_on:
        return [withdrawn]
    closed = ObjectionClosed(
        nomination_id=facts.nomination_id, campaign_id=facts.campaign_id, outcome="withdrawn"
    )
    return [withdrawn, closed]


def _conclude(command: NoteFinding, state: Situation) -> list[Event]:
    """P6: known, it stands in the way no more; what follows from it review has decided.

    Of another nomination than the one that is objected to, it ends nothing.
    """
    match state:
        case NotRaised() | Concluded() | Closed() | Declined():
            return []
        case Received(facts) | Accepted(facts) if facts.nomination_id != command.nomination_id:
            return []
        case Received(facts) | Accepted(facts):
            noted = FindingNoted(
                nomination_id=facts.nomination_id,
                campaign_id=facts.campaign_id,
                investigation_id=command.investigation_id,
                finding=command.finding,
                answer_by=_answer_by(command, facts),
            )
            closed = ObjectionClosed(
                nomination_id=facts.nomination_id,
                campaign_id=facts.campaign_id,
                outcome=command.finding,
            )
            return [noted, closed]
        case _:
            assert_never(state)


def _answer_by(command: NoteFinding, facts: Facts) -> date | None:
    """P5: a finding is heard whatever the calendar knows; a day that it does not know is none."""
    if not to_be_answered(facts):
        return None
    try:
        return term(command.at, facts.terms.answer_days).closes_on
    except YearNotCovered:
        return None


def _answer(command: AnswerObjection, state: Situation) -> ObjectionAnswered:
    known = _raised(state)
    if not isinstance(known, Concluded):
        raise NotAtThisStep("核查结论作出后方可书面答复实名反映人，且只答复一次。")
    return ObjectionAnswered(
        nomination_id=known.facts.nomination_id,
        campaign_id=known.facts.campaign_id,
        sha256=command.sha256,
    )


def _answer_overdue(command: NoteAnswerOverdue, state: Situation) -> list[Event]:
    if not isinstance(state, Concluded) or state.overdue or state.answer_by is None:
        return []
    if command.at < end_of_day(state.answer_by):
        return []
    facts = state.facts
    return [AnswerOverdue(nomination_id=facts.nomination_id, campaign_id=facts.campaign_id)]


def _open_reporter(command: OpenReporter, facts: Facts) -> ReporterOpened:
    """P4: on record before the seal is opened; whose colleague the reader is the notice knows."""
    if not facts.sealed:
        raise NobodySealed("该异议没有反映人信息可查看。")
    if command.by.roles & SEALED_FROM:
        raise SealedFromReader("反映人信息对评审、审定、联审和授予人员保密，您不得查看。")
    check(purpose=command.purpose)
    return ReporterOpened(
        nomination_id=facts.nomination_id,
        campaign_id=facts.campaign_id,
        purpose=command.purpose,
    )


OBJECTION: Decider[Situation] = Decider(
    name="objection",
    initial=NotRaised(),
    decide=decide,
    evolve=evolve,
    commands=(
        RaiseObjection,
        AcceptObjection,
        DeclineObjection,
        NoteAcceptanceOverdue,
        WithdrawObjection,
        NoteFinding,
        AnswerObjection,
        NoteAnswerOverdue,
        OpenReporter,
        *get_args(EnclosureCommand),
        *get_args(ErasureCommand),
    ),
    events=(
        ObjectionRaised,
        ObjectionAccepted,
        ObjectionDeclined,
        AcceptanceOverdue,
        ObjectionWithdrawn,
        FindingNoted,
        ObjectionClosed,
        ObjectionAnswered,
        AnswerOverdue,
        ReporterOpened,
        ObjectionSupplemented,
        DocumentOpened,
        *get_args(OfReporter),
    ),
)
