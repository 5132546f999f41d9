"""The public notice of a campaign (公示): what it takes, what it says, and until when (S38, P1–P3).

Before it is published, the notice gathers what other services say, in whatever order it comes:
the campaign, the decided list, the entry released for each person, and who is out. Published, it
loses whoever is out, is extended by an act of the office alone, and closes by the clock alone.
What has changed of it is posted again, by a notice with the next number and a window of its own
(P6).
"""

from datetime import date
from typing import assert_never
from uuid import UUID, uuid5

from services.publicity.admission import (
    AdmitObjection,
    ExpectLate,
    ExpectPosted,
    ExpectStranger,
    ExpectTermOver,
    admit,
)
from services.publicity.extension import ExtendNotice, extend
from services.publicity.posted import (
    ChangeAwaited,
    EntryBarred,
    EntryExcluded,
    EntryNoted,
    EntryReadmitted,
    Gathering,
    Known,
    Line,
    ListNoted,
    NoticeClosed,
    NoticeEntryRemoved,
    NoticeEntryWithdrawn,
    NoticeExtended,
    NoticePrepared,
    NoticePublished,
    NoticeRepublished,
    ObjectionAdmitted,
    Posting,
    PromotionNoted,
    Published,
    Reason,
    Situation,
    evolve,
)
from services.publicity.stroke_order import by_strokes
from shared.calendar import Revision, beijing_date, window
from shared.contracts.campaign import CampaignConfiguration
from shared.contracts.intake import Entry
from shared.contracts.lifts import with_practice
from shared.messages import SYSTEM, Command, Decider, Event, Refused

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
    """The notice of this list has been published, and nothing of it has changed since."""

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
    """Only a published notice can be closed or extended."""

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


class NotePromotion(Command, name="note_promotion", may={SYSTEM}, rule="P16"):
    """A nomination of the reserve has moved up."""

    campaign_id: UUID
    nomination_id: UUID
    in_place_of: UUID


class NoteEntry(Command, name="note_entry", may={SYSTEM}, rule="P3"):
    """These fields of a person were released for publication."""

    campaign_id: UUID
    nomination_id: UUID
    entry: Entry


class WithdrawEntry(Command, name="withdraw_entry", may={SYSTEM}, rule="P6"):
    """A nomination is out: take it off the notice, or keep it from ever appearing (S43, P6)."""

    campaign_id: UUID
    nomination_id: UUID
    reason: Reason


class ReadmitEntry(Command, name="readmit_entry", may={SYSTEM}, rule="P7"):
    """The merger of this nomination into another was taken back."""

    campaign_id: UUID
    nomination_id: UUID


class PublishNotice(Command, name="publish_notice", may={"office"}, rule="S38"):
    """Post the result, from `opens_on` (the date of the command in Beijing if not given).

    Once it is posted: post again what has changed of it since (P6). `revision` is a revised holiday
    notice that the calendar does not hold.
    """

    opens_on: date | None = None
    revision: Revision | None = None


class CloseNotice(Command, name="close_notice", may={SYSTEM}, rule="P1"):
    """The time has come: whatever window has ended by now is over."""


NoticeCommand = (
    PrepareNotice
    | NoteListDecided
    | NotePromotion
    | NoteEntry
    | WithdrawEntry
    | ReadmitEntry
    | PublishNotice
    | ExtendNotice
    | CloseNotice
    | ExpectPosted
    | AdmitObjection
    | ExpectLate
    | ExpectStranger
    | ExpectTermOver
)


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
        case PrepareNotice() | NoteListDecided() | NotePromotion():
            return _note(command, state.known)
        case NoteEntry():
            return _note_entry(command, state)
        case WithdrawEntry():
            return _withdraw(command, state)
        case ReadmitEntry():
            return _readmit(command, state)
        case PublishNotice():
            return [_publish(command, state)]
        case ExtendNotice():
            return [extend(command, _published(state))]
        case CloseNotice():
            return _close(command, _published(state))
        case ExpectPosted() | AdmitObjection() | ExpectLate() | ExpectStranger() | ExpectTermOver():
            return admit(command, state)
        case _:
            assert_never(command)


def _note(command: PrepareNotice | NoteListDecided | NotePromotion, known: Known) -> list[Event]:
    match command:
        case PrepareNotice():
            return _prepare(command, known)
        case NoteListDecided():
            return _note_list(command, known)
        case NotePromotion():
            return _note_promotion(command, known)
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


def _note_promotion(command: NotePromotion, known: Known) -> list[Event]:
    if command.nomination_id in known.promoted:
        return []
    return [
        PromotionNoted(
            campaign_id=command.campaign_id,
            nomination_id=command.nomination_id,
            in_place_of=command.in_place_of,
        )
    ]


def _note_entry(command: NoteEntry, state: Situation) -> list[Event]:
    nomination, known = command.nomination_id, state.known
    never = known.barred.get(nomination, "merged") != "merged"
    if never or known.entries.get(nomination) == command.entry:
        return []
    noted = EntryNoted(
        campaign_id=command.campaign_id, nomination_id=nomination, entry=command.entry
    )
    return [noted, *_changed(command, state)]


def _changed(command: NoteEntry | ReadmitEntry, state: Situation) -> list[Event]:
    """P6: of whoever was posted, what has changed is posted again, by the next notice.

    A notice that was posted while somebody was merged has not posted what had changed before.
    """
    nomination = command.nomination_id
    if isinstance(state, Gathering) or state.latest(nomination) is None:
        return []
    if isinstance(command, NoteEntry) and nomination in state.known.changed:
        return []
    following = notice_id(command.campaign_id, len(state.postings) + 1)
    return [
        ChangeAwaited(
            campaign_id=command.campaign_id, notice_id=following, nomination_id=nomination
        )
    ]


def _withdraw(command: WithdrawEntry, state: Situation) -> list[Event]:
    nomination, reason = command.nomination_id, command.reason
    if state.known.outweighed(nomination, reason):
        return []
    posting = None if isinstance(state, Gathering) else state.latest(nomination)
    return [_loss(command.campaign_id, nomination, reason, posting)]


def _loss(campaign: UUID, nomination: UUID, reason: Reason, posting: Posting | None) -> Event:
    """Off the notice on which the nomination stood last, or kept from ever appearing."""
    if reason == "disqualified":
        if posting is None:
            return EntryBarred(campaign_id=campaign, nomination_id=nomination, reason=reason)
        return NoticeEntryWithdrawn(
            campaign_id=campaign,
            notice_id=posting.notice_id,
            nomination_id=nomination,
            reason=reason,
        )
    if posting is None:
        return EntryExcluded(campaign_id=campaign, nomination_id=nomination, reason=reason)
    return NoticeEntryRemoved(
        campaign_id=campaign,
        notice_id=posting.notice_id,
        nomination_id=nomination,
        reason=reason,
    )


def _readmit(command: ReadmitEntry, state: Situation) -> list[Event]:
    """P7: only a merger is taken back; whoever had been posted is posted again (P6)."""
    if state.known.barred.get(command.nomination_id) != "merged":
        return []
    readmitted = EntryReadmitted(
        campaign_id=command.campaign_id, nomination_id=command.nomination_id
    )
    return [readmitted, *_changed(command, state)]


def _publish(command: PublishNotice, state: Situation) -> NoticePublished | NoticeRepublished:
    campaign, decided = _stages_before(state.known)
    people = _to_be_posted(decided, state)
    today = beijing_date(command.at)
    opens_on = command.opens_on or today
    if opens_on < today:
        raise OpensInThePast(
            f"公示起始日不得早于发布之日；请从{today.isoformat()}或以后的日期起公示。",
            field="opens_on",
        )
    lines = _lines(people, state.known)
    posted = window(opens_on, campaign.configuration.notice, command.revision)
    number = 1 if isinstance(state, Gathering) else len(state.postings) + 1
    first = NoticePublished(
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
    if isinstance(state, Gathering):
        return first
    return NoticeRepublished(
        **dict(first),
        earlier=state.postings[-1].notice_id,
        corrected=tuple(
            line.nomination_id for line in lines if line.nomination_id in state.known.changed
        ),
    )


def _stages_before(known: Known) -> tuple[NoticePrepared, ListNoted]:
    """The campaign and its decided list (S39)."""
    if known.campaign is None:
        raise CampaignNotKnown("评选活动尚未开启，无可公示的结果；须先开启评选活动。")
    if known.decided is None:
        raise ListNotDecided("领导小组尚未审定名单，不得公示；须先完成领导小组审定。")
    return known.campaign, known.decided


def _to_be_posted(decided: ListNoted, state: Situation) -> list[UUID]:
    """The approved alone (A12); once posted, whoever is new or has changed among them (P6)."""
    candidates = list(state.known.candidates(decided))
    if isinstance(state, Published):
        standing, changed = state.standing, state.known.changed
        candidates = [one for one in candidates if one not in standing or one in changed]
        if not candidates:
            raise AlreadyPublished("本次评选结果已经公示，且名单和公开内容没有变更，不能重复发布。")
    if not candidates:
        raise NobodyToPost("审定名单中没有可以公示的人选；须有审定通过且未取消资格的人选。")
    return candidates


def _lines(people: list[UUID], known: Known) -> tuple[Line, ...]:
    """Who is posted, in order of strokes (P2), with what was released (P3)."""
    missing = [nomination for nomination in people if nomination not in known.entries]
    if missing:
        raise EntriesNotReleased(
            f"尚有{len(missing)}名审定通过人选的公示内容未由受理环节放行；须待全部放行后再公示。"
        )
    lines = [Line(nomination_id=key, entry=known.entries[key]) for key in people]
    return tuple(sorted(lines, key=lambda line: (by_strokes(line.entry.name), line.nomination_id)))


def _published(state: Situation) -> Published:
    if isinstance(state, Gathering):
        raise NotPublished("尚未发布公示，没有可以顺延或结束的公示；须先发布公示。")
    return state


def _close(command: CloseNotice, state: Published) -> list[Event]:
    """P1, S71: every window that has ended by now, and no other."""
    over = [one for one in state.postings if one.closes_at <= command.at]
    if not over:
        raise WindowStillOpen("公示期尚未届满，不得提前结束；公示期届满后自动结束。")
    return [
        NoticeClosed(
            campaign_id=state.campaign_id,
            notice_id=one.notice_id,
            nominations=one.nominations,
        )
        for one in over
        if not one.closed
    ]


NOTICE: Decider[Situation] = Decider(
    name="notice",
    initial=Gathering(Known()),
    decide=decide,
    evolve=evolve,
    of="campaign",
    commands=(
        PrepareNotice,
        NoteListDecided,
        NotePromotion,
        NoteEntry,
        WithdrawEntry,
        ReadmitEntry,
        PublishNotice,
        ExtendNotice,
        CloseNotice,
        ExpectPosted,
        AdmitObjection,
        ExpectLate,
        ExpectStranger,
        ExpectTermOver,
    ),
    events=(
        NoticePrepared,
        ListNoted,
        PromotionNoted,
        EntryNoted,
        EntryBarred,
        EntryExcluded,
        EntryReadmitted,
        NoticePublished,
        ChangeAwaited,
        NoticeRepublished,
        NoticeExtended,
        NoticeEntryWithdrawn,
        NoticeEntryRemoved,
        ObjectionAdmitted,
        NoticeClosed,
    ),
    upcasters={"notice_prepared.v1": with_practice},
)
