"""Panel 评审小组: who scores the candidates of a campaign, and the shortlist that results (S36).

One for each campaign. Candidates and results may arrive in any order, also before the panel is
prepared or appointed; the ranking depends on the results alone.
"""

from decimal import Decimal
from typing import assert_never
from uuid import UUID

from services.review.drawing import CastTieVote, DrawShortlist, NotTheChair, cast_vote, draw
from services.review.grounds import Ground
from services.review.judges import with_judging
from services.review.minutes import MinutesNotInOrder, MinutesRecorded, RecordMinutes
from services.review.minutes import record as minute
from services.review.ranking import Result
from services.review.seats import (
    AppointPanel,
    AppointSubstitute,
    DeclareInterests,
    NoteRecusals,
    appoint,
    assignment,
    seat,
)
from services.review.shortlisting import (
    Appointed,
    CandidateAdded,
    CandidateAssigned,
    CandidateBarred,
    CandidateLeft,
    CandidateReturned,
    Closed,
    Drawn,
    InterestsDeclared,
    PanelAppointed,
    PanelPrepared,
    Prepared,
    RecusalsNoted,
    ResultRecorded,
    ResultRetracted,
    Rules,
    SelectionClosed,
    ShortlistDrawn,
    ShortlistOutdated,
    State,
    SubstituteAppointed,
    TieVoteCast,
    Unprepared,
    evolve,
)
from shared.contracts.campaign import CampaignConfiguration
from shared.messages import SYSTEM, Command, Decider, Event

# commands


class PreparePanel(Command, name="prepare_panel", may={SYSTEM}, rule="S36"):
    """The campaign was opened, or amended, with these rules."""

    campaign_id: UUID
    configuration: CampaignConfiguration


class AddCandidate(Command, name="add_candidate", may={SYSTEM}, rule="S36"):
    """A nomination passed the pre-review."""

    campaign_id: UUID
    nomination_id: UUID


class RecordResult(Command, name="record_result", may={SYSTEM}, rule="P11"):
    """The evaluation of a candidate is complete, or its result was corrected."""

    campaign_id: UUID
    nomination_id: UUID
    total: Decimal
    means: dict[str, Decimal]


class BarCandidate(Command, name="bar_candidate", may={SYSTEM}, rule="S43"):
    """A nomination of this campaign was disqualified."""

    campaign_id: UUID
    nomination_id: UUID


class LeavePanel(Command, name="leave_panel", may={SYSTEM}, rule="S39"):
    """A nomination of this campaign left the selection, without fraud."""

    campaign_id: UUID
    nomination_id: UUID
    ground: Ground


class ReturnCandidate(Command, name="return_candidate", may={SYSTEM}, rule="P7"):
    """The choice between two nominations was taken back: this one is merged no longer."""

    campaign_id: UUID
    nomination_id: UUID


class RetractResult(Command, name="retract_result", may={SYSTEM}, rule="P10"):
    """The evaluation of a candidate is complete no longer."""

    campaign_id: UUID
    nomination_id: UUID


class QuestionResult(Command, name="question_result", may={SYSTEM}, rule="P10"):
    """A score behind a result was struck out."""

    campaign_id: UUID
    nomination_id: UUID


class CloseSelection(Command, name="close_selection", may={SYSTEM}, rule="S39"):
    """The leading group has decided the list."""

    campaign_id: UUID


PanelCommand = (
    PreparePanel
    | AppointPanel
    | AddCandidate
    | RecordResult
    | BarCandidate
    | LeavePanel
    | ReturnCandidate
    | RetractResult
    | QuestionResult
    | NoteRecusals
    | DeclareInterests
    | AppointSubstitute
    | CastTieVote
    | DrawShortlist
    | RecordMinutes
    | CloseSelection
)


# decide


def decide(command: PanelCommand, state: State) -> list[Event]:
    """Judge a command; what a policy gives is never refused for coming early, late or twice."""
    match command:
        case PreparePanel():
            return _prepare(command, state)
        case AppointPanel():
            return appoint(command, state)
        case AddCandidate() | BarCandidate() | LeavePanel() | ReturnCandidate():
            return _enrol(command, state)
        case RecordResult():
            return _record(command, state)
        case RetractResult() | QuestionResult():
            return _doubt(command, state)
        case NoteRecusals() | DeclareInterests() | AppointSubstitute():
            return seat(command, state)
        case CastTieVote():
            return [cast_vote(command, state)]
        case DrawShortlist() | RecordMinutes():
            return _conclude(command, state)
        case CloseSelection():
            return _close(command, state)
        case _:
            assert_never(command)


def _enrol(
    command: AddCandidate | BarCandidate | LeavePanel | ReturnCandidate, state: State
) -> list[Event]:
    match command:
        case AddCandidate():
            return _add(command, state)
        case BarCandidate():
            return _bar(command, state)
        case LeavePanel() | ReturnCandidate():
            return _move(command, state)
        case _:
            assert_never(command)


def _conclude(command: DrawShortlist | RecordMinutes, state: State) -> list[Event]:
    match command:
        case DrawShortlist():
            return draw(command, state)
        case RecordMinutes():
            return _record_minutes(command, _drawn(state))
        case _:
            assert_never(command)


def _prepare(command: PreparePanel, state: State) -> list[Event]:
    """What judges were given to score by stays (A8): later rules are for nobody here."""
    configuration = command.configuration
    rules = Rules(
        command.campaign_id,
        configuration.scoring,
        configuration.shortlist_size,
        configuration.judging,
    )
    is_news = not isinstance(state, Prepared) or state.rules != rules
    if not isinstance(state, Unprepared | Prepared) or not is_news:
        return []
    return [
        PanelPrepared(
            campaign_id=command.campaign_id,
            document_number=configuration.document_number,
            title=configuration.title,
            scoring=configuration.scoring,
            shortlist_size=configuration.shortlist_size,
            judging=configuration.judging,
        )
    ]


def _add(command: AddCandidate, state: State) -> list[Event]:
    campaign, nomination = command.campaign_id, command.nomination_id
    if nomination in state.roll.candidates:
        return []
    added = CandidateAdded(campaign_id=campaign, nomination_id=nomination)
    match state:
        case Unprepared() | Prepared() | Closed():
            return [added]
        case Appointed() | Drawn():
            if nomination in state.roll.out:
                return [added]
            return [added, assignment(state.rules, state.bench, nomination)]
        case _:
            assert_never(state)


def _record(command: RecordResult, state: State) -> list[Event]:
    nomination, result = command.nomination_id, Result(command.total, command.means)
    if state.roll.results.get(nomination) == result:
        return []
    return [
        ResultRecorded(
            campaign_id=command.campaign_id,
            nomination_id=nomination,
            total=command.total,
            means=command.means,
        )
    ]


def _bar(command: BarCandidate, state: State) -> list[Event]:
    if command.nomination_id in state.roll.barred:
        return []
    return [CandidateBarred(campaign_id=command.campaign_id, nomination_id=command.nomination_id)]


def _move(command: LeavePanel | ReturnCandidate, state: State) -> list[Event]:
    """S39: who left enters no later stage; only a merger is ever taken back (P7)."""
    campaign, nomination, left = command.campaign_id, command.nomination_id, state.roll.left
    match command:
        case LeavePanel(ground=ground):
            if (nomination, ground) in left:
                return []
            return [CandidateLeft(campaign_id=campaign, nomination_id=nomination, ground=ground)]
        case ReturnCandidate():
            return _returned(campaign, nomination, state)
        case _:
            assert_never(command)


def _returned(campaign: UUID, nomination: UUID, state: State) -> list[Event]:
    """Whom the panel was to score before it was known, it is to score now."""
    if (nomination, "merged") not in state.roll.left:
        return []
    returned = CandidateReturned(campaign_id=campaign, nomination_id=nomination)
    after = evolve(state, returned)
    if not isinstance(after, Appointed | Drawn) or nomination not in after.roll.standing:
        return [returned]
    return [returned, assignment(after.rules, after.bench, nomination)]


def _doubt(command: RetractResult | QuestionResult, state: State) -> list[Event]:
    """P10: while the list is undecided, a struck score reopens it; decided, it stays decided."""
    campaign, nomination = command.campaign_id, command.nomination_id
    match command:
        case RetractResult():
            if nomination not in state.roll.results:
                return []
            return [ResultRetracted(campaign_id=campaign, nomination_id=nomination)]
        case QuestionResult():
            if not isinstance(state, Drawn) or nomination not in state.ranked:
                return []
            return [ShortlistOutdated(campaign_id=campaign, nomination_id=nomination)]
        case _:
            assert_never(command)


def _close(command: CloseSelection, state: State) -> list[Event]:
    if isinstance(state, Closed):
        return []
    return [SelectionClosed(campaign_id=command.campaign_id)]


def _drawn(state: State) -> Drawn:
    match state:
        case Drawn():
            return state
        case Closed(drawn=Drawn() as drawn):
            return drawn
        case Unprepared() | Prepared() | Appointed() | Closed():
            raise MinutesNotInOrder("入围名单尚未产生，须在产生名单之后登记评审纪要")
        case _:
            assert_never(state)


def _record_minutes(command: RecordMinutes, drawn: Drawn) -> list[Event]:
    """S72: by the chair or the office, each text once; also after the list was decided."""
    if "office" not in command.by.roles and command.by.id != drawn.bench.chair:
        raise NotTheChair("评审纪要须由评审小组组长或领导小组办公室登记")
    if command.sha256 in drawn.minutes:
        return []
    return [minute(command, drawn.rules.campaign_id, drawn.digest)]


PANEL: Decider[State] = Decider(
    name="panel",
    initial=Unprepared(),
    decide=decide,
    evolve=evolve,
    commands=(
        PreparePanel,
        AppointPanel,
        AddCandidate,
        RecordResult,
        BarCandidate,
        LeavePanel,
        ReturnCandidate,
        RetractResult,
        QuestionResult,
        NoteRecusals,
        DeclareInterests,
        AppointSubstitute,
        CastTieVote,
        DrawShortlist,
        RecordMinutes,
        CloseSelection,
    ),
    events=(
        PanelPrepared,
        PanelAppointed,
        CandidateAdded,
        CandidateAssigned,
        ResultRecorded,
        CandidateBarred,
        CandidateLeft,
        CandidateReturned,
        ResultRetracted,
        ShortlistOutdated,
        RecusalsNoted,
        InterestsDeclared,
        SubstituteAppointed,
        TieVoteCast,
        ShortlistDrawn,
        MinutesRecorded,
        SelectionClosed,
    ),
    of="campaign",
    upcasters={"panel_prepared.v1": with_judging, "candidate_assigned.v1": with_judging},
)
