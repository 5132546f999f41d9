"""Recusal 回避 from one evaluation: who has an interest does not judge (P10)."""

from typing import assert_never
from uuid import UUID

from pydantic import Field

from services.review.interests import Interest, Interests
from services.review.judges import PanelMember
from services.review.marking import (
    EvaluationNotReady,
    NominationBarred,
    NotAMember,
    Recused,
    ensure_taking_part,
    result_after,
    sheet_of,
)
from services.review.scoring import (
    Assigned,
    Beside,
    Closed,
    InterestFound,
    InterestsNoted,
    JudgeAdded,
    MemberRecused,
    RecusalDeclared,
    ScoreStruck,
    State,
    Stopped,
    Subject,
    TiesNoted,
    Unknown,
    Waiting,
    evolve,
)
from services.review.sheet import Sheet
from services.review.wording import check
from shared.messages import SYSTEM, Command, Event, Refused

# refusals


class EnoughJudges(Refused):
    """A substitute is appointed only where too few judges are left."""

    code = "enough_judges"
    rule = "P10"


# commands


class NoteTies(Command, name="note_ties", may={SYSTEM}, rule="P10"):
    """With whom and what the nominee is tied: awards, patents, masters and apprentices."""

    nomination_id: UUID
    campaign_id: UUID
    ties: tuple[UUID, ...]


class ApplyInterests(Command, name="apply_interests", may={SYSTEM}, rule="P10"):
    """A member signed a declaration."""

    interests: Interests


class AddJudge(Command, name="add_judge", may={SYSTEM}, rule="P10"):
    """A substitute was appointed for this candidate, with what the substitute has signed."""

    member: PanelMember
    interests: tuple[Interests, ...]


class RecuseMember(Command, name="recuse_member", may={"office"}, rule="P10"):
    """The office learnt of an interest that the member did not declare."""

    member: str
    ground: Interest
    reason: str = Field(min_length=1, max_length=500)


class DeclareInterest(Command, name="declare_interest", may={"expert"}, rule="P10"):
    """A member steps back from this candidate, before scoring."""

    ground: Interest


# decide


def recuse(
    command: NoteTies | ApplyInterests | AddJudge | RecuseMember | DeclareInterest, state: State
) -> list[Event]:
    """Who does not judge, and who does instead."""
    match command:
        case NoteTies():
            return _note_ties(command, state)
        case ApplyInterests():
            return _apply(command, state)
        case AddJudge():
            return _add_judge(command, state)
        case RecuseMember():
            return _recuse_member(command, state)
        case DeclareInterest():
            return _declare(command, *sheet_of(command.by, state))
        case _:
            assert_never(command)


def interest_of(
    member: PanelMember, signed: Interests | None, subject: Subject, beside: Beside
) -> Interest | None:
    """P10: the member's own unit, and what the member signed."""
    if member.uscc in subject.units:
        return "same_unit"
    return None if signed is None else _signed_interest(signed, subject, beside)


def _signed_interest(signed: Interests, subject: Subject, beside: Beside) -> Interest | None:
    return signed.ground(subject.nomination_id, subject.units, beside.ties)


def _note_ties(command: NoteTies, state: State) -> list[Event]:
    """P10: whoever signed one of these ties is recused now, also after scoring."""
    if isinstance(state, Stopped) or state.beside.ties.issuperset(command.ties):
        return []
    noted = TiesNoted(
        nomination_id=command.nomination_id, campaign_id=command.campaign_id, ties=command.ties
    )
    after = evolve(state, noted)
    match after:
        case (
            Assigned(subject=subject, sheet=sheet, beside=beside)
            | Closed(subject=subject, sheet=sheet, beside=beside)
        ):
            found = {
                member: ground
                for member, signed in sorted(sheet.interests.items())
                if member in sheet.members - sheet.recused
                and (ground := _signed_interest(signed, subject, beside)) is not None
            }
            return [noted, *_found(found, after)]
        case Unknown() | Waiting() | Stopped():
            return [noted]
        case _:
            assert_never(after)


def _apply(command: ApplyInterests, state: State) -> list[Event]:
    """P10: also when the declaration comes after the assignment, or after the score."""
    signed = command.interests
    match state:
        case (
            Assigned(subject=subject, sheet=sheet, beside=beside)
            | Closed(subject=subject, sheet=sheet, beside=beside)
        ):
            if signed.member not in sheet.members or sheet.interests.get(signed.member) == signed:
                return []
            noted = InterestsNoted(
                nomination_id=subject.nomination_id,
                campaign_id=subject.campaign_id,
                interests=signed,
            )
            ground = _signed_interest(signed, subject, beside)
            if ground is None or signed.member in sheet.recused:
                return [noted]
            return [noted, *_found({signed.member: ground}, evolve(state, noted))]
        case Unknown() | Waiting() | Stopped():
            return []
        case _:
            assert_never(state)


def _found(found: dict[str, Interest], state: State) -> list[Event]:
    """The recusals, one after the other, with what each strikes out and changes."""
    events: list[Event] = []
    for member, ground in found.items():
        match state:
            case Assigned(subject=subject) | Closed(subject=subject):
                interest = InterestFound(
                    nomination_id=subject.nomination_id,
                    campaign_id=subject.campaign_id,
                    member=member,
                    ground=ground,
                )
                events += _left(interest, state)
                state = evolve(state, interest)
            case Unknown() | Waiting() | Stopped():
                return events
            case _:
                assert_never(state)
    return events


def _left(recusal: InterestFound | MemberRecused, state: Assigned | Closed) -> list[Event]:
    """P10: a recusal strikes the member's score out; what it does to a result that was drawn, the
    panel decides."""
    subject, sheet, member = state.subject, state.sheet, recusal.member
    events: list[Event] = [recusal]
    if member in sheet.scores:
        events.append(
            ScoreStruck(
                nomination_id=subject.nomination_id, campaign_id=subject.campaign_id, member=member
            )
        )
    if isinstance(state, Closed):
        return events
    return [*events, *result_after(subject, sheet, sheet.without(member))]


def _add_judge(command: AddJudge, state: State) -> list[Event]:
    """P10: part of the appointment of a substitute, which stands or falls with it."""
    match state:
        case Unknown() | Waiting() | Closed():
            raise EvaluationNotReady("候选人不在评分之中，不能增补评委", field="nominations")
        case Stopped():
            raise NominationBarred("该申报已被取消资格，不再评审", field="nominations")
        case Assigned(subject=subject, sheet=sheet, beside=beside):
            ensure_taking_part(beside)
            if sheet.quorate:
                raise EnoughJudges(
                    "回避和弃权之后评委人数仍然足够，不须增补评委", field="nominations"
                )
            if command.member.id in sheet.members:
                raise EnoughJudges("该评委已参加评分，请另行增补", field="member")
        case _:
            assert_never(state)
    signed = next(iter(command.interests), None)
    added = JudgeAdded(
        nomination_id=subject.nomination_id,
        campaign_id=subject.campaign_id,
        member=command.member,
    )
    if interest_of(command.member, signed, subject, beside) is not None:
        raise Recused("该人员与候选人有利害关系，须另行增补", field="member")
    if signed is None:
        return [added]
    noted = InterestsNoted(
        nomination_id=subject.nomination_id, campaign_id=subject.campaign_id, interests=signed
    )
    return [added, noted]


def _recuse_member(command: RecuseMember, state: State) -> list[Event]:
    """P10: decided by the office, for a ground and with a reason; also after the member scored."""
    match state:
        case Unknown() | Waiting():
            raise EvaluationNotReady("该申报尚未交评审小组评审，尚无评委可以回避")
        case Stopped():
            raise NominationBarred("该申报已被取消资格，不再评审")
        case Assigned() | Closed():
            subject, sheet = state.subject, state.sheet
        case _:
            assert_never(state)
    if command.member not in sheet.members:
        raise NotAMember("该人员不是本候选人的评委", field="member")
    if command.member in sheet.recused:
        raise Recused("该评委已经回避", field="member")
    check(reason=command.reason)
    recused = MemberRecused(
        nomination_id=subject.nomination_id,
        campaign_id=subject.campaign_id,
        member=command.member,
        ground=command.ground,
        reason=command.reason,
    )
    return _left(recused, state)


def _declare(command: DeclareInterest, subject: Subject, sheet: Sheet) -> list[Event]:
    """P10: before scoring; a score that was given stays attributable to its member."""
    member = command.by.id
    if member in sheet.scores:
        raise Recused("回避须在评分之前声明，您已提交评分，请向领导小组办公室报告")
    declared = RecusalDeclared(
        nomination_id=subject.nomination_id,
        campaign_id=subject.campaign_id,
        member=member,
        ground=command.ground,
    )
    return [declared, *result_after(subject, sheet, sheet.without(member))]
