"""What can happen to the notices of a campaign, and what is true of them (S38, S71, P1, P6).

Notices are numbered. The first posts the decided list; each later one posts again what has changed
of it, so that a person stands on the latest notice that has the name and on no other. Every notice
has a window of its own, and several may be open at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, assert_never
from uuid import UUID

from pydantic import AwareDatetime

from shared.calendar import EVERY_DAY
from shared.contracts.campaign import CampaignConfiguration, NoticePeriod
from shared.contracts.intake import Entry
from shared.messages import Event, Message

Fraud = Literal["disqualified"]
"""Off for fraud (S43)."""

Harmless = Literal["withdrawn", "merged", "ineligible", "vetoed"]
"""Off without fraud: taken back, merged into another nomination (P7), not eligible after all (P6),
ruled out by a veto (P9)."""

Reason = Fraud | Harmless
"""Why an entry was taken off. A code, because a sentence could name the person."""

WEIGHT: Mapping[Reason, int] = {
    "merged": 1,
    "withdrawn": 2,
    "ineligible": 2,
    "vetoed": 2,
    "disqualified": 3,
}
"""Which reason stands when there are several: fraud above all, and one that may be taken back
below those that may not."""

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


class PromotionNoted(Event, name="promotion_noted", label="收到递补人选", rule="P16"):
    """This nomination of the reserve has moved up."""

    campaign_id: UUID
    nomination_id: UUID
    in_place_of: UUID


class EntryNoted(Event, name="entry_noted", label="收到公开内容", rule="P3"):
    """The public entry of a person is known here."""

    campaign_id: UUID
    nomination_id: UUID
    entry: Entry


class EntryBarred(Event, name="entry_barred", label="不予公示", rule="S43"):
    """The nomination was out for fraud before it was posted; it will not appear."""

    campaign_id: UUID
    nomination_id: UUID
    reason: Fraud


class EntryExcluded(Event, name="entry_excluded", label="不列入公示", rule="P6"):
    """The nomination was out without fraud before it was posted; it will not appear."""

    campaign_id: UUID
    nomination_id: UUID
    reason: Harmless


class EntryReadmitted(Event, name="entry_readmitted", label="恢复列入公示", rule="P7"):
    """The merger of the nomination into another was taken back."""

    campaign_id: UUID
    nomination_id: UUID


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


class ChangeAwaited(Event, name="change_awaited", label="公示内容变更待再次公示", rule="P6"):
    """Of somebody posted a fact has changed: it is to be posted again, by this next notice."""

    campaign_id: UUID
    notice_id: UUID
    nomination_id: UUID


class NoticeRepublished(Event, name="notice_republished", label="再次公示", rule="P6"):
    """What has changed of the notice before, `earlier`, is posted with a window of its own.

    Of the entries, those in `corrected` take the place of a line posted before; the others are new.
    """

    campaign_id: UUID
    notice_id: UUID
    number: int
    earlier: UUID
    list_digest: str
    opens_on: date
    closes_on: date
    closes_at: AwareDatetime
    counted: tuple[date, ...]
    calendar: str
    entries: tuple[Line, ...]
    corrected: tuple[UUID, ...]


class NoticeExtended(Event, name="notice_extended", label="公示期顺延", rule="P1"):
    """The window is longer now: these are its days, all of them, and by what calendar."""

    campaign_id: UUID
    notice_id: UUID
    closes_on: date
    closes_at: AwareDatetime
    counted: tuple[date, ...]
    calendar: str
    reason: str
    nominations: tuple[UUID, ...]


class NoticeEntryWithdrawn(Event, name="notice_entry_withdrawn", label="撤出公示名单", rule="S43"):
    """A person was taken off the notice for fraud."""

    campaign_id: UUID
    notice_id: UUID
    nomination_id: UUID
    reason: Fraud


class NoticeEntryRemoved(Event, name="notice_entry_removed", label="移出公示名单", rule="P6"):
    """A person was taken off the notice without fraud."""

    campaign_id: UUID
    notice_id: UUID
    nomination_id: UUID
    reason: Harmless


class ObjectionAdmitted(Event, name="objection_admitted", label="登记公示期内异议", rule="P4"):
    """An objection that was taken up came within the window of this notice (S71)."""

    campaign_id: UUID
    notice_id: UUID
    nomination_id: UUID
    objection_id: UUID


class NoticeClosed(Event, name="notice_closed", label="公示期满", rule="P1"):
    """The window ended with these nominations still on the notice."""

    campaign_id: UUID
    notice_id: UUID
    nominations: tuple[UUID, ...]


NoticeEvent = (
    NoticePrepared
    | ListNoted
    | PromotionNoted
    | EntryNoted
    | EntryBarred
    | EntryExcluded
    | EntryReadmitted
    | NoticePublished
    | ChangeAwaited
    | NoticeRepublished
    | NoticeExtended
    | NoticeEntryWithdrawn
    | NoticeEntryRemoved
    | ObjectionAdmitted
    | NoticeClosed
)

# what is true


@dataclass(frozen=True, slots=True)
class Known:
    """What was heard from other services.

    Of whoever is out no entry is kept, unless the reason may be taken back. `changed` are those of
    whom a fact is to be posted again.
    """

    campaign: NoticePrepared | None = None
    decided: ListNoted | None = None
    promoted: tuple[UUID, ...] = ()
    entries: Mapping[UUID, Entry] = field(default_factory=dict)
    barred: Mapping[UUID, Reason] = field(default_factory=dict)
    changed: frozenset[UUID] = frozenset()

    def candidates(self, decided: ListNoted) -> Iterator[UUID]:
        """The approved alone (A12), and who moved up (P16); less those who are out (S43, P6)."""
        approved = dict.fromkeys((*decided.approved, *self.promoted))
        return (nomination for nomination in approved if nomination not in self.barred)

    def outweighed(self, nomination_id: UUID, reason: Reason) -> bool:
        """Whether the nomination is out for a reason that stands before this one."""
        known = self.barred.get(nomination_id)
        return known is not None and WEIGHT[known] >= WEIGHT[reason]

    def without(self, nomination_id: UUID, reason: Reason) -> "Known":
        """The same after this nomination is out."""
        entries = dict(self.entries)
        if reason != "merged":
            entries.pop(nomination_id, None)
        barred = {**self.barred, nomination_id: reason}
        return replace(self, entries=entries, barred=barred)

    def readmitting(self, nomination_id: UUID) -> "Known":
        """The same after this nomination is out no more."""
        barred = {one: reason for one, reason in self.barred.items() if one != nomination_id}
        return replace(self, barred=barred)


@dataclass(frozen=True, slots=True)
class Posting:
    """One notice: its window, all that was ever posted on it, and who stands on it now."""

    notice_id: UUID
    number: int
    period: NoticePeriod
    opens_on: date
    closes_on: date
    closes_at: AwareDatetime
    counted: tuple[date, ...]
    calendar: str
    entries: Mapping[UUID, Entry]
    nominations: tuple[UUID, ...]
    closed: bool = False

    def listed_on(self, nomination_id: UUID, day: date) -> bool:
        """Whether the nomination was posted here, and the day lies within the window (P4)."""
        return nomination_id in self.entries and self.opens_on <= day <= self.closes_on

    def less(self, gone: frozenset[UUID]) -> "Posting":
        """The same without these."""
        left = tuple(nomination for nomination in self.nominations if nomination not in gone)
        return replace(self, nominations=left)


@dataclass(frozen=True, slots=True)
class Gathering:
    """Nothing is posted yet."""

    known: Known


@dataclass(frozen=True, slots=True)
class Published:
    """Notices are up (公示中) or over, by number. `objections` came within their windows."""

    known: Known
    campaign_id: UUID
    postings: tuple[Posting, ...]
    objections: frozenset[UUID] = frozenset()

    def posting(self, notice_id: UUID) -> Posting | None:
        """The notice with this id."""
        return next((one for one in self.postings if one.notice_id == notice_id), None)

    def with_posting(self, changed: Posting) -> "Published":
        """The same with this notice as it is now."""
        known = (changed if one.notice_id == changed.notice_id else one for one in self.postings)
        return replace(self, postings=tuple(known))

    def latest(self, nomination_id: UUID) -> Posting | None:
        """The last notice on which the nomination was ever posted."""
        posted = (one for one in reversed(self.postings) if nomination_id in one.entries)
        return next(posted, None)

    @property
    def standing(self) -> frozenset[UUID]:
        """Whoever stands on some notice."""
        return frozenset(nomination for one in self.postings for nomination in one.nominations)


Situation = Gathering | Published


def evolve(state: Situation, event: NoticeEvent) -> Situation:
    """What is true after an event."""
    known = state.known
    match event:
        case NoticePrepared():
            return replace(state, known=replace(known, campaign=event))
        case ListNoted():
            return replace(state, known=replace(known, decided=event))
        case PromotionNoted():
            return replace(
                state, known=replace(known, promoted=(*known.promoted, event.nomination_id))
            )
        case EntryNoted():
            entries = {**known.entries, event.nomination_id: event.entry}
            return replace(state, known=replace(known, entries=entries))
        case EntryReadmitted():
            return replace(state, known=known.readmitting(event.nomination_id))
        case ChangeAwaited():
            changed = known.changed | {event.nomination_id}
            return replace(state, known=replace(known, changed=changed))
        case NoticePublished() | NoticeRepublished():
            return _after_posting(state, event)
        case EntryBarred() | EntryExcluded() | NoticeEntryWithdrawn() | NoticeEntryRemoved():
            return _after_loss(state, event.nomination_id, event.reason)
        case NoticeExtended() | NoticeClosed() | ObjectionAdmitted():
            return state if isinstance(state, Gathering) else _while_published(state, event)
        case _:
            assert_never(event)


def _while_published(
    state: Published, event: NoticeExtended | NoticeClosed | ObjectionAdmitted
) -> Published:
    posting = state.posting(event.notice_id)
    if posting is None:
        return state
    match event:
        case ObjectionAdmitted():
            return replace(state, objections=state.objections | {event.objection_id})
        case NoticeClosed():
            posting = replace(posting, closed=True, nominations=event.nominations)
        case NoticeExtended():
            posting = replace(
                posting,
                closes_on=event.closes_on,
                closes_at=event.closes_at,
                counted=event.counted,
                calendar=event.calendar,
            )
        case _:
            assert_never(event)
    return state.with_posting(posting)


def _after_posting(state: Situation, event: NoticePublished | NoticeRepublished) -> Published:
    """Whoever is posted again stands on the earlier notice no more."""
    entries = {line.nomination_id: line.entry for line in event.entries}
    posting = Posting(
        notice_id=event.notice_id,
        number=event.number,
        period=_period(state.known, event),
        opens_on=event.opens_on,
        closes_on=event.closes_on,
        closes_at=event.closes_at,
        counted=event.counted,
        calendar=event.calendar,
        entries=entries,
        nominations=tuple(entries),
    )
    known = replace(state.known, changed=state.known.changed - entries.keys())
    if isinstance(state, Gathering):
        return Published(known, event.campaign_id, (posting,))
    earlier = (one.less(frozenset(entries)) for one in state.postings)
    return replace(state, known=known, postings=(*earlier, posting))


def _period(known: Known, event: NoticePublished | NoticeRepublished) -> NoticePeriod:
    """What the window was counted by, whatever the campaign is amended to afterwards (A8)."""
    if known.campaign is not None:
        return known.campaign.configuration.notice
    return NoticePeriod(
        days=len(event.counted),
        unit="days" if event.calendar == EVERY_DAY else "working_days",
        count_publication_day=event.opens_on in event.counted,
    )


def _after_loss(state: Situation, nomination_id: UUID, reason: Reason) -> Situation:
    known = state.known.without(nomination_id, reason)
    if isinstance(state, Gathering):
        return Gathering(known)
    gone = frozenset({nomination_id})
    return replace(state, known=known, postings=tuple(one.less(gone) for one in state.postings))
