"""Time served 从业年限: whether spans of work add up to a number of full years (S10, A2, A3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from shared.calendar import years_after

DAY = timedelta(days=1)
SEVERAL = 2


@dataclass(frozen=True, slots=True)
class Span:
    """Work from one day to another, both included; without an end it goes on."""

    start: date
    end: date | None


def merged(spans: Iterable[Span], base: date) -> list[tuple[date, date]]:
    """The spans up to the base date: overlaps counted once, adjacent days joined (A3)."""
    clipped = sorted(
        (span.start, min(span.end or base, base)) for span in spans if span.start <= base
    )
    joined: list[tuple[date, date]] = []
    for start, end in clipped:
        if end < start:
            continue
        if joined and start <= joined[-1][1] + DAY:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def served(spans: Iterable[Span], years: int, base: date) -> bool:
    """Whether the spans make this many full years on the base date, that day included (S10)."""
    return full_years(spans, base) >= years


def full_years(spans: Iterable[Span], base: date) -> int:
    """How many full years the spans make on the base date (S57).

    One span makes a year when its anniversary is reached on its last day. Several are summed in
    days against the days of as many years before the base date (A3).
    """
    periods = merged(spans, base)
    longest = max((_anniversaries(start, end) for start, end in periods), default=0)
    return longest if len(periods) < SEVERAL else max(longest, _summed(periods, base))


def _anniversaries(start: date, end: date) -> int:
    years = end.year - start.year
    return years if years_after(start, years) <= end else years - 1


def _summed(periods: Sequence[tuple[date, date]], base: date) -> int:
    days = sum((end - start + DAY for start, end in periods), timedelta())
    years = 0
    while years + 1 < base.year and days >= base - years_after(base, -years - 1):
        years += 1
    return years


def has_gap(spans: Iterable[Span], base: date) -> bool:
    """Whether more than three months lie between two spans (S63)."""
    periods = merged(spans, base)
    return any(start > _three_months_after(end) for (_, end), (start, _) in pairwise(periods))


def _three_months_after(day: date) -> date:
    year, month = divmod(day.month + 2, 12)
    last = (date(day.year + year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - DAY).day
    return date(day.year + year, month + 1, min(day.day, last))
