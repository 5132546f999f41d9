"""Beijing time and the working days of public notices (P1). Pure.

Working days are those of the yearly arrangements of the State Council as `chinesecalendar` keeps
them, weekend days worked in exchange for a holiday included. Outside the years that it knows it
does not guess: every date of such a year is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from itertools import count, islice

import chinese_calendar
from pydantic import Field

from shared.contracts.campaign import NoticePeriod
from shared.messages import Message, Refused

BEIJING = timezone(timedelta(hours=8), "UTC+08:00")

WORKING_DAYS = f"chinesecalendar {chinese_calendar.__version__}"
"""Where the working days are from, as every window names it."""

EVERY_DAY = "自然日"


class YearNotCovered(Refused):
    """The arrangements of holidays of this year are not known: they are never guessed (P1)."""

    code = "calendar_year_not_covered"
    rule = "P1"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"工作日历（{WORKING_DAYS}）没有{year}年的节假日安排，无法计算公示期；"
            f"须待国务院办公厅公布{year}年放假安排并更新日历后再办理。",
            field="opens_on",
        )


class Revision(Message):
    """A revised holiday notice (国办文号) and the days that it made working days or days of rest.

    Its days hold whatever the calendar says of them.
    """

    document_number: str = Field(pattern=r"^.+〔\d{4}〕[1-9]\d*号$")
    working: frozenset[date] = frozenset()
    resting: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which a notice is posted: those counted, the last of them, and by what calendar.

    The window closes when `closes_on` ends in Beijing.
    """

    opens_on: date
    closes_on: date
    counted: tuple[date, ...]
    calendar: str

    @property
    def closes_at(self) -> datetime:
        """The first moment after the window."""
        return end_of_day(self.closes_on)


def beijing_date(at: datetime) -> date:
    """The date in Beijing at this moment."""
    return at.astimezone(BEIJING).date()


def end_of_day(day: date) -> datetime:
    """The moment at which `day` is over in Beijing: the midnight that follows it."""
    return datetime.combine(day + timedelta(days=1), time(), BEIJING)


def years_after(day: date, years: int) -> date:
    """The same day some years later or, if negative, earlier; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def is_working_day(day: date, revision: Revision | None = None) -> bool:
    """Whether `day` is worked: a weekend day worked in exchange is, a public holiday is not.

    Raises:
        YearNotCovered: neither the calendar nor the revision knows the year of `day`.
    """
    if revision is not None and day in revision.working:
        return True
    if revision is not None and day in revision.resting:
        return False
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        raise YearNotCovered(day.year) from None


def window(opens_on: date, period: NoticePeriod, revision: Revision | None = None) -> Window:
    """The window of a notice posted on `opens_on` (P1).

    The day of publication counts as the first one if the campaign says so; else counting
    starts on the day after it (the civil law's way).

    Raises:
        YearNotCovered: the window needs a day of a year whose holidays are not known.
    """
    days = _days_from(opens_on if period.count_publication_day else opens_on + timedelta(days=1))
    if period.unit == "working_days":
        days = (day for day in days if is_working_day(day, revision))
    counted = tuple(islice(days, period.days))
    return Window(opens_on, counted[-1], counted, _name_of_calendar(period, revision))


def term(at: datetime, working_days: int, revision: Revision | None = None) -> Window:
    """The days that somebody has to act in, from the working day after `at` on (P5, P8).

    Raises:
        YearNotCovered: the term needs a day of a year whose holidays are not known.
    """
    period = NoticePeriod(days=working_days, unit="working_days", count_publication_day=False)
    return window(beijing_date(at), period, revision)


def _days_from(first: date) -> Iterator[date]:
    return (first + timedelta(days=passed) for passed in count())


def _name_of_calendar(period: NoticePeriod, revision: Revision | None) -> str:
    if period.unit == "days":
        return EVERY_DAY
    return WORKING_DAYS if revision is None else f"{WORKING_DAYS}，{revision.document_number}"
