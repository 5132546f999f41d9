"""Extending a notice (公示期顺延, P1): a longer window, as an event and for a reason.

Either until a later last day, or because a revised holiday notice (日历修订) moves the days that
count. Nothing is ever recomputed silently: the event carries all days of the window as it is now.
"""

from datetime import date, timedelta
from itertools import count, takewhile
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.publicity.posted import NoticeExtended, Posting, Published
from services.publicity.wording import check
from shared.calendar import EVERY_DAY, Revision, Window, is_working_day, window
from shared.messages import Command, Refused

LONGEST = timedelta(days=60)
"""By how much one act may let a notice stay up longer."""

# what can be refused


class NoSuchNotice(Refused):
    """The campaign has no notice with this id."""

    code = "no_such_notice"
    rule = "S39"


class WindowIsOver(Refused):
    """What has ended is not extended: it is posted again (P6)."""

    code = "notice_window_over"
    rule = "P1"


class ExtensionUnclear(Refused):
    """An extension names one new last day, or the revised holidays that move it (P1)."""

    code = "extension_unclear"
    rule = "P1"


class NotLonger(Refused):
    """An extension makes a window longer, by counted days."""

    code = "extension_not_longer"
    rule = "P1"


# what may be asked


class ExtendNotice(Command, name="extend_notice", may={"office"}, rule="P1"):
    """Let a notice stay up longer: until a later last day, or as a revised holiday notice
    (日历修订) makes its window end later (公示期顺延)."""

    notice_id: UUID
    reason: Annotated[str, Field(min_length=2, max_length=200)]
    until: date | None = None
    revision: Revision | None = None


# what is decided


def extend(command: ExtendNotice, state: Published) -> NoticeExtended:
    """P1: while it is up, and only to make it longer.

    Raises:
        Refused: one of the refusals above; YearNotCovered where the calendar ends.
    """
    posting = state.posting(command.notice_id)
    if posting is None:
        raise NoSuchNotice("没有这一期公示；请核对公示编号。", field="notice_id")
    if posting.closed or command.at >= posting.closes_at:
        raise WindowIsOver("公示期已经届满，不能顺延；内容有变更的，请再次公示。")
    check(reason=command.reason)
    longer = _longer(command, posting)
    if longer.closes_on <= posting.closes_on or longer.closes_on not in longer.counted:
        raise NotLonger(
            f"顺延后的截止日须晚于{posting.closes_on.isoformat()}，且为计入公示期的日期。",
            field="until" if command.until is not None else "revision",
        )
    return NoticeExtended(
        campaign_id=state.campaign_id,
        notice_id=posting.notice_id,
        closes_on=longer.closes_on,
        closes_at=longer.closes_at,
        counted=longer.counted,
        calendar=longer.calendar,
        reason=command.reason,
        nominations=posting.nominations,
    )


def _longer(command: ExtendNotice, posting: Posting) -> Window:
    match command.until, command.revision:
        case date() as until, None:
            return _until(until, posting)
        case None, Revision() as revision:
            return window(posting.opens_on, posting.period, revision)
        case _:
            raise ExtensionUnclear(
                "顺延须写明新的截止日，或依据的放假安排调整通知，两者择一。", field="until"
            )


def _until(until: date, posting: Posting) -> Window:
    """The days counted so far, and those that count from the old last day to the new one."""
    if until - posting.closes_on > LONGEST:
        raise ExtensionUnclear(f"一次顺延不得超过{LONGEST.days}日。", field="until")
    later = (posting.closes_on + timedelta(days=passed) for passed in count(1))
    added = takewhile(lambda day: day <= until, later)
    everyday = posting.calendar == EVERY_DAY
    counted = tuple(day for day in added if everyday or is_working_day(day))
    return Window(posting.opens_on, until, (*posting.counted, *counted), posting.calendar)
