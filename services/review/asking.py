"""What can happen to the vetting of a nominee, and what is true of it (P8, P9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, assert_never
from uuid import UUID

from services.review.grounds import Ground
from shared.contracts.campaign import Vetting
from shared.messages import Event

# values

Answer = Literal["no_objection", "objection"]

End = Ground | Literal["disqualified"]


# events


class VettingOpened(Event, name="vetting_opened", label="启动联审", rule="P8"):
    """The nominee is vetted by these rules."""

    nomination_id: UUID
    campaign_id: UUID
    vetting: Vetting


class ExecutiveNoted(Event, name="executive_noted", label="登记是否企业负责人", rule="P8"):
    """About heads of enterprises more departments are asked."""

    nomination_id: UUID
    campaign_id: UUID
    executive: bool


class VettingRequested(Event, name="vetting_requested", label="征求联审意见", rule="P8"):
    """A department is asked, to answer by the end of this day."""

    nomination_id: UUID
    campaign_id: UUID
    authority: str
    title: str
    due_on: date
    calendar: str


class ReplyRecorded(Event, name="reply_recorded", label="登记联审回复", rule="P8"):
    """A department answered, under seal; a later answer of the same department replaces it."""

    nomination_id: UUID
    campaign_id: UUID
    authority: str
    answer: Answer
    dated: date
    sha256: str
    veto: str | None
    letter_id: UUID | None


class VettingOverdue(Event, name="vetting_overdue", label="联审逾期未回复", rule="P8"):
    """These departments have not answered in time. That is no consent."""

    nomination_id: UUID
    campaign_id: UUID
    authorities: tuple[str, ...]


class ReplyWeighed(Event, name="reply_weighed", label="领导小组研究联审意见", rule="P8"):
    """The leading group decided whether an objection stands."""

    nomination_id: UUID
    campaign_id: UUID
    authority: str
    stands: bool
    reason: str


class VettingConcluded(Event, name="vetting_concluded", label="联审办结", rule="P8"):
    """All have answered and nothing stands against the nominee; or something does."""

    nomination_id: UUID
    campaign_id: UUID
    vetted: bool
    unanswered: tuple[str, ...]


class NomineeRuledOut(Event, name="nominee_ruled_out", label="联审否决", rule="P9"):
    """The nominee is out: by a veto, or by an objection that stands."""

    nomination_id: UUID
    campaign_id: UUID
    ground: Literal["ineligible", "vetoed"]
    reason: str


class VettingEnded(Event, name="vetting_ended", label="终止联审", rule="S39"):
    """The nomination is out: nobody is waited for."""

    nomination_id: UUID
    campaign_id: UUID
    ground: End
    unanswered: tuple[str, ...]


class VettingRestored(Event, name="vetting_restored", label="恢复联审", rule="P7"):
    """The nomination is merged into no other any longer."""

    nomination_id: UUID
    campaign_id: UUID


VettingEvent = (
    VettingOpened
    | ExecutiveNoted
    | VettingRequested
    | ReplyRecorded
    | VettingOverdue
    | ReplyWeighed
    | VettingConcluded
    | NomineeRuledOut
    | VettingEnded
    | VettingRestored
)


# state


@dataclass(frozen=True, slots=True)
class Request:
    """Until when a department may answer; `noted` once that has passed."""

    due_on: date
    noted: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What a department answered; `weighed` is whether its objection stands, once decided."""

    answer: Answer
    dated: date
    sha256: str
    veto: str | None
    weighed: bool | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing is left to decide about it in the nominee's favour."""
        return self.answer == "no_objection" or self.weighed is False


@dataclass(frozen=True, slots=True)
class File:
    """A vetting that was opened: who was asked, who answered."""

    nomination_id: UUID
    campaign_id: UUID
    vetting: Vetting
    requests: Mapping[str, Request] = field(default_factory=dict)
    replies: Mapping[str, Reply] = field(default_factory=dict)
    letters: Mapping[UUID, Reply] = field(default_factory=dict)

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The departments that are waited for."""
        return tuple(sorted(self.requests.keys() - self.replies.keys()))

    @property
    def vetoed(self) -> str | None:
        """The ground of a veto that was told, in words (P9)."""
        told = {reply.veto for reply in self.replies.values()}
        return next((veto.title for veto in self.vetting.vetoes if veto.code in told), None)


@dataclass(frozen=True, slots=True)
class Unasked:
    """Nobody was asked yet."""

    executive: bool | None = None
    ends: frozenset[End] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """Departments are waited for, or the leading group has an objection to weigh."""

    file: File
    executive: bool | None
    ends: frozenset[End]

    @property
    def passed(self) -> bool:
        """Whether all that have to be asked were, have answered, and nothing stands (P8)."""
        undecided = self.executive is None and any(
            authority.subjects == "executives" for authority in self.file.vetting.authorities
        )
        replies = self.file.replies.values()
        return (
            not self.ends
            and not undecided
            and not self.file.unanswered
            and all(reply.settled for reply in replies)
        )


@dataclass(frozen=True, slots=True)
class Concluded:
    """Passed, or failed for good."""

    file: File
    passed: bool
    executive: bool | None
    ends: frozenset[End]


State = Unasked | Asked | Concluded


# evolve


def evolve(state: State, event: VettingEvent) -> State:
    """The vetting after the event."""
    match event:
        case ExecutiveNoted():
            return replace(state, executive=event.executive)
        case VettingEnded():
            return replace(state, ends=state.ends | {event.ground})
        case VettingRestored():
            return replace(state, ends=state.ends - {"merged"})
        case VettingOpened():
            file = File(event.nomination_id, event.campaign_id, event.vetting)
            return Asked(file, state.executive, state.ends)
        case VettingConcluded():
            if isinstance(state, Unasked):
                return state
            return Concluded(state.file, event.vetted, state.executive, state.ends)
        case NomineeRuledOut():
            return state
        case VettingRequested() | ReplyRecorded() | VettingOverdue() | ReplyWeighed():
            if isinstance(state, Unasked):
                return state
            return replace(state, file=_filed(state.file, event))
        case _:
            assert_never(event)


def _filed(
    file: File, event: VettingRequested | ReplyRecorded | VettingOverdue | ReplyWeighed
) -> File:
    match event:
        case VettingRequested():
            request = Request(event.due_on)
            return replace(file, requests={**file.requests, event.authority: request})
        case ReplyRecorded():
            reply = Reply(event.answer, event.dated, event.sha256, event.veto)
            letters = {} if event.letter_id is None else {event.letter_id: reply}
            return replace(
                file,
                replies={**file.replies, event.authority: reply},
                letters={**file.letters, **letters},
            )
        case VettingOverdue():
            noted = {
                code: replace(request, noted=True)
                for code, request in file.requests.items()
                if code in event.authorities
            }
            return replace(file, requests={**file.requests, **noted})
        case ReplyWeighed():
            objection = file.replies.get(event.authority)
            if objection is None:
                return file
            weighed = replace(objection, weighed=event.stands)
            return replace(file, replies={**file.replies, event.authority: weighed})
        case _:
            assert_never(event)
