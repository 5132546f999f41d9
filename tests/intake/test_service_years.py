"""S10 with A2 and A3: when three years are full."""

from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.service_years import Span, full_years, has_gap, merged, served
from shared.calendar import years_after

BASE = date(2019, 12, 10)


def span(start: str, end: str | None = None) -> Span:
    """From one day to another, both included."""
    return Span(date.fromisoformat(start), date.fromisoformat(end) if end else None)


@pytest.mark.parametrize(
    ("spans", "full"),
    [
        ([span("2016-12-10")], True),
        ([span("2016-12-11")], False),
        ([span("2016-12-10", "2019-12-10")], True),
        ([span("2016-12-10", "2019-12-09")], False),
        ([span("2010-01-01", "2013-01-01")], True),
        ([span("2010-01-01", "2012-12-31")], False),
        ([span("2016-12-10", "2017-12-31"), span("2018-01-01")], True),
        ([span("2016-12-11", "2017-12-31"), span("2017-06-01")], False),
        ([span("2015-01-01", "2016-12-31"), span("2018-12-12")], True),
        ([span("2015-01-01", "2016-12-31"), span("2018-12-13")], False),
        ([span("2018-01-01", "2017-01-01")], False),
        ([span("2019-12-11")], False),
        ([], False),
    ],
)
def test_three_years_are_full_or_not(spans: list[Span], full: bool) -> None:
    """S10: the day itself included; A3: adjacent days joined, overlaps counted once."""
    assert served(spans, 3, BASE) is full


def test_a_span_that_began_on_29_february_is_full_on_the_28th() -> None:
    assert served([span("2016-02-29", "2019-02-28")], 3, BASE)
    assert not served([span("2016-02-29", "2019-02-27")], 3, BASE)


def test_years_are_counted_in_full() -> None:
    """S57."""
    assert full_years([span("2008-12-01")], BASE) == 11
    assert full_years([span("2016-12-11")], BASE) == 2
    assert full_years([], BASE) == 0


def test_more_than_three_months_are_a_gap() -> None:
    """S63."""
    assert not has_gap([span("2010-01-01", "2015-11-30"), span("2016-02-29")], BASE)
    assert has_gap([span("2010-01-01", "2015-11-30"), span("2016-03-01")], BASE)
    assert not has_gap([span("2010-01-01", "2015-09-15"), span("2015-12-15")], BASE)
    assert has_gap([span("2010-01-01", "2015-09-15"), span("2015-12-16")], BASE)
    assert not has_gap([span("2010-01-01")], BASE)


days = st.dates(date(2000, 1, 1), date(2025, 12, 31))
spans_of_any_kind = st.lists(st.builds(Span, days, st.none() | days), max_size=6)


@given(st.lists(st.builds(Span, days, days), max_size=6), st.integers(0, 4000), st.randoms())
def test_order_repeats_and_the_way_a_span_is_cut_do_not_matter(
    spans: list[Span], length: int, order: Random
) -> None:
    """A3."""
    cut = [
        piece
        for whole in spans
        if whole.end is not None and whole.start + timedelta(length) < whole.end
        for piece in (
            Span(whole.start, whole.start + timedelta(length)),
            Span(whole.start + timedelta(length + 1), whole.end),
        )
    ]
    mixed = [*spans, *cut, *spans]
    order.shuffle(mixed)
    assert full_years(mixed, BASE) == full_years(spans, BASE)


@given(spans_of_any_kind)
def test_merged_spans_are_apart_and_in_order(spans: list[Span]) -> None:
    periods = merged(spans, BASE)
    for (_, end), (start, _) in pairwise(periods):
        assert (start - end).days > 1
    assert merged([Span(*period) for period in periods], BASE) == periods


@given(days, st.integers(0, 30))
def test_years_later_and_back_again(day: date, years: int) -> None:
    assert abs((years_after(years_after(day, years), -years) - day).days) <= 1
