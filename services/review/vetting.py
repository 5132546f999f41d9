"""Vetting 联审 of one nomination: what the departments answer about the nominee (P8, P9).

It opens when the nomination comes before the leading group, asks each department that the campaign
names for such a nominee, and is concluded when all have answered and nothing stands against the
nominee. No reply is no consent: an overdue one is told of, and waited for. A veto excludes at once.
"""

from datetime import date, datetime
from typing import Annotated, Literal, assert_never
from uuid import UUID

from pydantic import Field

from services.review.asking import (
    Answer,
    Asked,
    Concluded,
    End,
    ExecutiveNoted,
    File,
    NomineeRuledOut,
    Reply,
    ReplyRecorded,
    ReplyWeighed,
    State,
    Unasked,
    VettingConcluded,
    VettingEnded,
    VettingOpened,
    VettingOverdue,
    VettingRequested,
    VettingRestored,
    evolve,
)
from services.review.wording import check
from shared.calendar import beijing_date, end_of_day, term
from shared.contracts.campaign import Authority, Veto, Vetting
from shared.messages import SYSTEM, Command, Decider, Event, Refused

# refusals


class NotAsked(Refused):
    """A department answers what it was asked."""

    code = "not_asked"
    rule = "P8"


class NotTheAuthority(Refused):
    """A department answers for itself; a letter on paper the office puts on record."""

    code = "not_the_authority"
    rule = "P8"


class ReplyNotInOrder(Refused):
    """A reply says what it answers, under an official seal and with its date."""

    code = "reply_not_in_order"
    rule = "P8"


class VetoNotKnown(Refused):
    """Only what the campaign names, told by the department that it names, rules out alone."""

    code = "veto_not_known"
    rule = "P9"


class ConflictingRepeat(Refused):
    """One letter says one thing, however often it comes."""

    code = "conflicting_repeat"
    rule = "P8"


class VettingClosed(Refused):
    """All have answered: what comes to light later is investigated."""

    code = "vetting_closed"
    rule = "P8"


class NothingToWeigh(Refused):
    """The leading group weighs an objection, once."""

    code = "nothing_to_weigh"
    rule = "P8"


# values

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

Reason = Annotated[str, Field(min_length=1, max_length=500)]


# commands


class RequestVetting(Command, name="request_vetting", may={SYSTEM}, rule="P8"):
    """The nomination lies before the leading group."""

    nomination_id: UUID
    campaign_id: UUID
    vetting: Vetting


class NoteExecutive(Command, name="note_executive", may={SYSTEM}, rule="P8"):
    """Whether the nominee heads an enterprise."""

    nomination_id: UUID
    campaign_id: UUID
    executive: bool


class RecordReply(Command, name="record_reply", may={"authority", "office"}, rule="P8"):
    """A department's answer: its seal, its date, the SHA-256 of its document, and a veto's code.

    `letter_id` is the message that brought it, where a message did.
    """

    authority: str
    answer: Answer
    sealed: bool
    sha256: Sha256
    dated: date | None = None
    veto: str | None = None
    letter_id: UUID | None = None


class WeighReply(Command, name="weigh_reply", may={"leading_group"}, rule="P8"):
    """Whether a department's objection stands; the reason is one that can be told."""

    authority: str
    stands: bool
    reason: Reason


class NoteOverdue(Command, name="note_vetting_overdue", may={SYSTEM}, rule="P8"):
    """The term of a request has passed."""


class EndVetting(Command, name="end_vetting", may={SYSTEM}, rule="S39"):
    """The nomination left the selection, or was disqualified."""

    nomination_id: UUID
    campaign_id: UUID
    ground: End


class RestoreVetting(Command, name="restore_vetting", may={SYSTEM}, rule="P7"):
    """The nomination is merged into no other any longer."""

    nomination_id: UUID
    campaign_id: UUID


VettingCommand = (
    RequestVetting
    | NoteExecutive
    | RecordReply
    | WeighReply
    | NoteOverdue
    | EndVetting
    | RestoreVetting
)


# decide


def decide(command: VettingCommand, state: State) -> list[Event]:
    """Judge a command; what a policy gives is never refused for coming early, late or twice.

    Raises:
        Refused: one of the refusals above; or the year of a term is not known.
    """
    match command:
        case RequestVetting():
            return _request(command, state)
        case NoteExecutive():
            return _note_executive(command, state)
        case RecordReply():
            return _record(command, state)
        case WeighReply():
            return _weigh(command, state)
        case NoteOverdue():
            return _note_overdue(command, state)
        case EndVetting() | RestoreVetting():
            return _move(command, state)
        case _:
            assert_never(command)


def _request(command: RequestVetting, state: State) -> list[Event]:
    if not isinstance(state, Unasked) or state.ends:
        return []
    opened = VettingOpened(
        nomination_id=command.nomination_id,
        campaign_id=command.campaign_id,
        vetting=command.vetting,
    )
    return [opened, *_asking(command.at, evolve(state, opened))]


def _note_executive(command: NoteExecutive, state: State) -> list[Event]:
    if state.executive == command.executive:
        return []
    noted = ExecutiveNoted(
        nomination_id=command.nomination_id,
        campaign_id=command.campaign_id,
        executive=command.executive,
    )
    return [noted, *_asking(command.at, evolve(state, noted))]


def _asking(at: datetime, state: State) -> list[Event]:
    """P8: the departments that have to be asked about such a nominee and were not yet."""
    if not isinstance(state, Asked) or state.ends:
        return []
    file = state.file
    requests: list[VettingRequested] = []
    for authority in file.vetting.authorities:
        if authority.code in file.requests or not _fits(authority, state.executive):
            continue
        window = term(at, file.vetting.working_days)
        requests.append(
            VettingRequested(
                nomination_id=file.nomination_id,
                campaign_id=file.campaign_id,
                authority=authority.code,
                title=authority.title,
                due_on=window.closes_on,
                calendar=window.calendar,
            )
        )
    after: State = state
    for one in requests:
        after = evolve(after, one)
    return [*requests, *_passing(after)]


def _fits(authority: Authority, executive: bool | None) -> bool:
    return authority.subjects == "everyone" or executive is True


def _passing(state: State) -> list[Event]:
    if not isinstance(state, Asked) or not state.passed:
        return []
    return [_concluded(state.file, passed=True)]


def _concluded(file: File, *, passed: bool) -> VettingConcluded:
    return VettingConcluded(
        nomination_id=file.nomination_id,
        campaign_id=file.campaign_id,
        vetted=passed,
        unanswered=file.unanswered,
    )


def _record(command: RecordReply, state: State) -> list[Event]:
    """P8, P9: the same letter, and the same answer, counts once."""
    if isinstance(state, Unasked):
        raise NotAsked("尚未就该人选征求联审意见，不能登记回复")
    file = state.file
    if command.letter_id is not None and command.letter_id in file.letters:
        if not _same(command, file.letters[command.letter_id]):
            raise ConflictingRepeat("同一编号已报送过内容不同的回复，请另用新的编号")
        return []
    authority = _authority(command, file)
    dated = _check_form(command)
    veto = _veto(command, authority, file.vetting)
    if _same(command, file.replies.get(authority.code)):
        return []
    if isinstance(state, Concluded) and state.passed and veto is None:
        raise VettingClosed("该人选的联审已经办结，如有新的情况请移送核查")
    recorded = ReplyRecorded(
        nomination_id=file.nomination_id,
        campaign_id=file.campaign_id,
        authority=authority.code,
        answer=command.answer,
        dated=dated,
        sha256=command.sha256,
        veto=command.veto,
        letter_id=command.letter_id,
    )
    after = evolve(state, recorded)
    failed = isinstance(state, Concluded) and not state.passed
    if veto is not None and not failed and not state.ends:
        return [recorded, *_ruled_out(after, "vetoed", veto.title)]
    return [recorded, *_passing(after)]


def _authority(command: RecordReply, file: File) -> Authority:
    asked = {one.code: one for one in file.vetting.authorities if one.code in file.requests}
    authority = asked.get(command.authority)
    if authority is None:
        raise NotAsked("没有就该人选向该部门征求意见，请核对部门代码", field="authority")
    if "office" not in command.by.roles and command.by.id != authority.account:
        raise NotTheAuthority(
            f"只能由{authority.title}的账号答复，纸质回复由领导小组办公室登记", field="authority"
        )
    return authority


def _check_form(command: RecordReply) -> date:
    """P8: without a seal or a date it is no reply."""
    if not command.sealed:
        raise ReplyNotInOrder("联审回复须加盖公章，请盖章后重新回复", field="sealed")
    if command.dated is None:
        raise ReplyNotInOrder("联审回复须注明日期", field="dated")
    if command.dated > beijing_date(command.at):
        raise ReplyNotInOrder("联审回复的日期不得晚于登记之日", field="dated")
    return command.dated


def _veto(command: RecordReply, authority: Authority, vetting: Vetting) -> Veto | None:
    if command.veto is None:
        return None
    if command.answer != "objection":
        raise VetoNotKnown("提出一票否决的，答复须为有异议", field="answer")
    known = {veto.code: veto for veto in vetting.vetoes if veto.authority == authority.code}
    if (veto := known.get(command.veto)) is None:
        raise VetoNotKnown("不是本次评选规定由该部门提供的一票否决事项", field="veto")
    return veto


def _same(command: RecordReply, known: Reply | None) -> bool:
    return known is not None and (known.answer, known.dated, known.sha256, known.veto) == (
        command.answer,
        command.dated,
        command.sha256,
        command.veto,
    )


def _ruled_out(state: State, ground: Literal["ineligible", "vetoed"], reason: str) -> list[Event]:
    """P9, P6: at once, whoever else has not answered yet."""
    if isinstance(state, Unasked):
        return []
    file = state.file
    out = NomineeRuledOut(
        nomination_id=file.nomination_id,
        campaign_id=file.campaign_id,
        ground=ground,
        reason=reason,
    )
    return [_concluded(file, passed=False), out]


def _weigh(command: WeighReply, state: State) -> list[Event]:
    """P8: an objection without a veto is the leading group's to decide."""
    if not isinstance(state, Asked):
        raise NothingToWeigh("该人选没有待研究的联审意见")
    reply = state.file.replies.get(command.authority)
    if reply is None or reply.settled:
        raise NothingToWeigh("该部门没有待研究的异议", field="authority")
    check(reason=command.reason)
    weighed = ReplyWeighed(
        nomination_id=state.file.nomination_id,
        campaign_id=state.file.campaign_id,
        authority=command.authority,
        stands=command.stands,
        reason=command.reason,
    )
    after = evolve(state, weighed)
    if command.stands:
        return [weighed, *_ruled_out(after, "ineligible", command.reason)]
    return [weighed, *_passing(after)]


def _note_overdue(command: NoteOverdue, state: State) -> list[Event]:
    """P8: no reply is no consent; it is told of, once."""
    if not isinstance(state, Asked) or state.ends:
        return []
    file = state.file
    late = tuple(
        code
        for code in file.unanswered
        if not file.requests[code].noted and end_of_day(file.requests[code].due_on) <= command.at
    )
    if not late:
        return []
    return [
        VettingOverdue(
            nomination_id=file.nomination_id, campaign_id=file.campaign_id, authorities=late
        )
    ]


def _move(command: EndVetting | RestoreVetting, state: State) -> list[Event]:
    """S39: whoever is out is not vetted; only a merger is ever taken back (P7)."""
    nomination, campaign = command.nomination_id, command.campaign_id
    match command:
        case EndVetting(ground=ground):
            if ground in state.ends:
                return []
            unanswered = state.file.unanswered if isinstance(state, Asked) else ()
            return [
                VettingEnded(
                    nomination_id=nomination,
                    campaign_id=campaign,
                    ground=ground,
                    unanswered=unanswered,
                )
            ]
        case RestoreVetting():
            if "merged" not in state.ends:
                return []
            restored = VettingRestored(nomination_id=nomination, campaign_id=campaign)
            after = evolve(state, restored)
            if isinstance(after, Asked) and not after.ends and (told := after.file.vetoed):
                return [restored, *_ruled_out(after, "vetoed", told)]
            return [restored, *_asking(command.at, after)]
        case _:
            assert_never(command)


VETTING: Decider[State] = Decider(
    name="vetting",
    initial=Unasked(),
    decide=decide,
    evolve=evolve,
    commands=(
        RequestVetting,
        NoteExecutive,
        RecordReply,
        WeighReply,
        NoteOverdue,
        EndVetting,
        RestoreVetting,
    ),
    events=(
        VettingOpened,
        ExecutiveNoted,
        VettingRequested,
        ReplyRecorded,
        VettingOverdue,
        ReplyWeighed,
        VettingConcluded,
        NomineeRuledOut,
        VettingEnded,
        VettingRestored,
    ),
    of="nomination",
)
