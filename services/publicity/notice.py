"""The public notice of a campaign (公示): what it takes, what it says, and until when (S38, P1–P3).

Before it is published, the notice gathers what other services say, in whatever order it comes:
the campaign, the decided list, the entry released for each person, and who is out. Published, it
can only lose entries, and it closes by the clock alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, assert_never
from uuid import UUID, uuid5

from pydantic import AwareDatetime

from services.publicity.stroke_order import by_strokes
from shared.calendar import Revision, beijing_date, window
from shared.contracts.campaign import CampaignConfiguration
from shared.contracts.intake import Entry
from shared.contracts.lifts import with_practice
from shared.messages import SYSTEM, Command, Decider, Event, Message, Refused

Reason = Literal["disqualified"]
"""Why an entry was taken off. A code, because a sentence could name the person."""

# what can be refused


class CampaignNotKnown(Refused):
    """No campaign was opened that this notice could belong to."""

    code = "campaign_not_known"
    rule = "S39"


class ListNotDecided(Refused):
    """The result is posted after the leading group's decision, not before."""

    code = "list_not_decided"
    rule = "S39"


class AlreadyPublished(Refused):
    """The notice of this list has been published."""

    code = "notice_already_published"
    rule = "S39"


class NobodyToPost(Refused):
    """Nobody on the list was approved, or nobody approved is left."""

    code = "nobody_to_post"
    rule = "S38"


class EntriesNotReleased(Refused):
    """An approved person's public entry has not been released yet."""

    code = "entries_not_released"
    rule = "S38"


class OpensInThePast(Refused):
    """A notice cannot have been posted before it was."""

    code = "notice_opens_in_the_past"
    rule = "P1"


class NotPublished(Refused):
    """Only a published notice can be closed."""

    code = "notice_not_published"
    rule = "S39"


class WindowStillOpen(Refused):
    """A notice closes only by the clock."""

    code = "notice_window_still_open"
    rule = "P1"


# what may be asked


class PrepareNotice(Command, name="prepare_notice", may={SYSTEM}, rule="A8"):
    """A campaign was opened: these are its terms."""

    campaign_id: UUID
    configuration: CampaignConfiguration


class NoteListDecided(Command, name="note_list_decided", may={SYSTEM}, rule="S37"):
    """The leading group decided the list with this digest and approved these nominations."""

    campaign_id: UUID
    digest: str
    approved: tuple[UUID, ...]


class NoteEntry(Command, name="note_entry", may={SYSTEM}, rule="P3"):
    """These fields of a person were released for publication."""

    campaign_id: UUID
    nomination_id: UUID
    entry: Entry


class WithdrawEntry(Command, name="withdraw_entry", may={SYSTEM}, rule="S43"):
    """A nomination is out: take it off the notice, or keep it from ever appearing."""

    campaign_id: UUID
    nomination_id: UUID
    reason: Reason


class PublishNotice(Command, name="publish_notice", may={"office"}, rule="S38"):
    """Post the result, from `opens_on` (the date of the command in Beijing if not given).

    `revision` is a revised holiday notice that the calendar does not hold.
    """

    opens_on: date | None = None
    revision: Revision | None = None


class CloseNotice(Command, name="close_notice", may={SYSTEM}, rule="P1"):
    """The window has ended."""


NoticeCommand = (
    PrepareNotice | NoteListDecided | NoteEntry | WithdrawEntry | PublishNotice | CloseNotice
)

# what can happen


class Line(Message):
    """One person on a notice."""

    nomination_id: UUID
    entry: Entry


class NoticePrepared(Event, name="notice_prepared", label="确定公示办法", rule="A8", version=2):
    """The campaign's terms are known here."""

    campaign_id: UUID
    configuration: CampaignConfiguration


class ListNoted(Event, name="list_noted", label="收到审定名单", rule="S37"):
    """The decided list is known here."""

    campaign_id: UUID
    digest: str
    approved: tuple[UUID, ...]


class EntryNoted(Event, name="entry_noted", label="收到公开内容", rule="P3"):
    """The public entry of a person is known here."""

    campaign_id: UUID
    nomination_id: UUID
    entry: Entry


class EntryBarred(Event, name="entry_barred", label="不予公示", rule="S43"):
    """The nomination was out before it was posted; it will not appear."""

    campaign_id: UUID
    nomination_id: UUID
    reason: Reason


class NoticePublished(Event, name="notice_published", label="发布社会公示", rule="S38"):
    """The result is posted. `counted` are the days of the window, `calendar` what said so."""

    campaign_id: UUID
    notice_id: UUID
    number: int
    list_digest: str
    opens_on: date
    closes_on: date
    closes_at: AwareDatetime
    counted: tuple[date, ...]
    calendar: str
    entries: tuple[Line, ...]


class NoticeEntryWithdrawn(Event, name="notice_entry_withdrawn", label="撤出公示名单", rule="S43"):
    """A person was taken off the notice."""

    campaign_id: UUID
    notice_id: UUID
    nomination_id: UUID
    reason: Reason


class NoticeClosed(Event, name="notice_closed", label="公示期满", rule="P1"):
    """The window ended with these nominations still on the notice."""

    campaign_id: UUID
    notice_id: UUID
    nominations: tuple[UUID, ...]


NoticeEvent = (
    NoticePrepared
    | ListNoted
    | EntryNoted
    | EntryBarred
    | NoticePublished
    | NoticeEntryWithdrawn
    | NoticeClosed
)

# what is true


@dataclass(frozen=True, slots=True)
class Known:
    """What was heard from other services. Of a barred nomination no entry is kept."""

    campaign: NoticePrepared | None = None
    decided: ListNoted | None = None
    entries: Mapping[UUID, Entry] = field(default_factory=dict)
    barred: frozenset[UUID] = frozenset()

    def without(self, nomination_id: UUID) -> "Known":
        """The same after this nomination is out."""
        entries = {key: entry for key, entry in self.entries.items() if key != nomination_id}
        return replace(self, entries=entries, barred=self.barred | {nomination_id})


@dataclass(frozen=True, slots=True)
class Gathering:
    """Nothing is posted yet."""

    known: Known


@dataclass(frozen=True, slots=True)
class Posted:
    """The notice is up (公示中), with these nominations on it."""

    known: Known
    campaign_id: UUID
    notice_id: UUID
    closes_at: AwareDatetime
    nominations: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """The window is over."""

    known: Known
    notice_id: UUID
    nominations: tuple[UUID, ...]


Situation = Gathering | Posted | Closed


def notice_id(campaign_id: UUID, number: int) -> UUID:
    """The id of the campaign's notice with this number."""
    return uuid5(NOTICE.stream(campaign_id), f"notice {number}")


# what is decided


def decide(command: NoticeCommand, state: Situation) -> list[Event]:
    """What comes of a command.

    Raises:
        Refused: one of the refusals above; YearNotCovered where the calendar ends.
    """
    match command:
        case PrepareNotice():
            return _prepare(command, state.known)
        case NoteListDecided():
            return _note_list(command, state.known)
        case NoteEntry():
            return _note_entry(command, state.known)
        case WithdrawEntry():
            return _withdraw(command, state)
        case PublishNotice():
            return [_publish(command, state)]
        case CloseNotice():
            return _close(command, state)
        case _:
            assert_never(command)


def _prepare(command: PrepareNotice, known: Known) -> list[Event]:
    if known.campaign is not None and known.campaign.configuration == command.configuration:
        return []
    return [NoticePrepared(campaign_id=command.campaign_id, configuration=command.configuration)]


def _note_list(command: NoteListDecided, known: Known) -> list[Event]:
    if known.decided is not None and known.decided.digest == command.digest:
        return []
    return [
        ListNoted(campaign_id=command.campaign_id, digest=command.digest, approved=command.approved)
    ]


def _note_entry(command: NoteEntry, known: Known) -> list[Event]:
    barred = command.nomination_id in known.barred
    if barred or known.entries.get(command.nomination_id) == command.entry:
        return []
    return [
        EntryNoted(
            campaign_id=command.campaign_id,
            nomination_id=command.nomination_id,
            entry=command.entry,
        )
    ]


def _withdraw(command: WithdrawEntry, state: Situation) -> list[Event]:
    if command.nomination_id in state.known.barred:
        return []
    if isinstance(state, Gathering) or command.nomination_id not in state.nominations:
        return [
            EntryBarred(
                campaign_id=command.campaign_id,
                nomination_id=command.nomination_id,
                reason=command.reason,
            )
        ]
    return [
        NoticeEntryWithdrawn(
            campaign_id=command.campaign_id,
            notice_id=state.notice_id,
            nomination_id=command.nomination_id,
            reason=command.reason,
        )
    ]


def _publish(command: PublishNotice, state: Situation) -> NoticePublished:
    if not isinstance(state, Gathering):
        raise AlreadyPublished("本次评选结果已经公示，不能重复发布。")
    campaign, decided = _stages_before(state.known)
    today = beijing_date(command.at)
    opens_on = command.opens_on or today
    if opens_on < today:
        raise OpensInThePast(
            f"公示起始日不得早于发布之日；请从{today.isoformat()}或以后的日期起公示。",
            field="opens_on",
        )
    lines = _lines(decided, state.known)
    posted = window(opens_on, campaign.configuration.notice, command.revision)
    number = 1
    return NoticePublished(
        campaign_id=campaign.campaign_id,
        notice_id=notice_id(campaign.campaign_id, number),
        number=number,
        list_digest=decided.digest,
        opens_on=posted.opens_on,
        closes_on=posted.closes_on,
        closes_at=posted.closes_at,
        counted=posted.counted,
        calendar=posted.calendar,
        entries=lines,
    )


def _stages_before(known: Known) -> tuple[NoticePrepared, ListNoted]:
    """The campaign and its decided list (S39)."""
    if known.campaign is None:
        raise CampaignNotKnown("评选活动尚未开启，无可公示的结果；须先开启评选活动。")
    if known.decided is None:
        raise ListNotDecided("领导小组尚未审定名单，不得公示；须先完成领导小组审定。")
    return known.campaign, known.decided


def _lines(decided: ListNoted, known: Known) -> tuple[Line, ...]:
    """Who is posted: the approved alone (A12), less those who are out, in order of strokes (P2)."""
    candidates = [nomination for nomination in decided.approved if nomination not in known.barred]
    if not candidates:
        raise NobodyToPost("审定名单中没有可以公示的人选；须有审定通过且未取消资格的人选。")
    missing = [nomination for nomination in candidates if nomination not in known.entries]
    if missing:
        raise EntriesNotReleased(
            f"尚有{len(missing)}名审定通过人选的公示内容未由受理环节放行；须待全部放行后再公示。"
        )
    lines = [Line(nomination_id=key, entry=known.entries[key]) for key in candidates]
    return tuple(sorted(lines, key=lambda line: (by_strokes(line.entry.name), line.nomination_id)))


def _close(command: CloseNotice, state: Situation) -> list[Event]:
    match state:
        case Gathering():
            raise NotPublished("尚未发布公示，没有可以结束的公示。")
        case Closed():
            return []
        case Posted():
            if command.at < state.closes_at:
                raise WindowStillOpen("公示期尚未届满，不得提前结束；公示期届满后自动结束。")
            return [
                NoticeClosed(
                    campaign_id=state.campaign_id,
                    notice_id=state.notice_id,
                    nominations=state.nominations,
                )
            ]


def evolve(state: Situation, event: NoticeEvent) -> Situation:
    """What is true after an event."""
    known = state.known
    match event:
        case NoticePrepared():
            return replace(state, known=replace(known, campaign=event))
        case ListNoted():
            return replace(state, known=replace(known, decided=event))
        case EntryNoted():
            entries = {**known.entries, event.nomination_id: event.entry}
            return replace(state, known=replace(known, entries=entries))
        case EntryBarred():
            return replace(state, known=known.without(event.nomination_id))
        case NoticePublished():
            nominations = tuple(line.nomination_id for line in event.entries)
            return Posted(known, event.campaign_id, event.notice_id, event.closes_at, nominations)
        case NoticeEntryWithdrawn():
            return _after_withdrawal(state, event.nomination_id)
        case NoticeClosed():
            return Closed(known, event.notice_id, event.nominations)
        case _:
            assert_never(event)


def _after_withdrawal(state: Situation, nomination_id: UUID) -> Situation:
    known = state.known.without(nomination_id)
    if isinstance(state, Gathering):
        return Gathering(known)
    left = tuple(nomination for nomination in state.nominations if nomination != nomination_id)
    return replace(state, known=known, nominations=left)


NOTICE: Decider[Situation] = Decider(
    name="notice",
    initial=Gathering(Known()),
    decide=decide,
    evolve=evolve,
    of="campaign",
    commands=(
        PrepareNotice,
        NoteListDecided,
        NoteEntry,
        WithdrawEntry,
        PublishNotice,
        CloseNotice,
    ),
    events=(
        NoticePrepared,
        ListNoted,
        EntryNoted,
        EntryBarred,
        NoticePublished,
        NoticeEntryWithdrawn,
        NoticeClosed,
    ),
    upcasters={"notice_prepared.v1": with_practice},
)
