"""Windows of public notices by the working days of the State Council's arrangements (P1)."""

import subprocess
import sys
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.calendar import (
    EVERY_DAY,
    WORKING_DAYS,
    Revision,
    YearNotCovered,
    beijing_date,
    end_of_day,
    is_working_day,
    window,
)
from shared.contracts.campaign import NoticePeriod

FIVE = NoticePeriod(days=5, unit="working_days", count_publication_day=True)
SPRING_2020 = Revision(
    document_number="国办发明电〔2019〕16号",
    working=frozenset({date(2020, 1, 31)}),
    resting=frozenset({date(2020, 2, 1)}),
)
"""The spring festival of 2020 as first announced, before it was extended to 2 February."""


@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        ("2024-01-31", "2024-02-05"),
        ("2021-09-14", "2021-09-18"),
        ("2023-05-22", "2023-05-26"),
        ("2025-05-08", "2025-05-14"),
        ("2019-12-23", "2019-12-27"),
    ],
)
def test_five_working_days_close_as_real_notices_did(opens: str, closes: str) -> None:
    """P1: the day of publication counts, weekend days worked in exchange count."""
    assert window(date.fromisoformat(opens), FIVE).closes_on == date.fromisoformat(closes)


def test_a_window_says_which_days_it_counted_and_by_what_calendar() -> None:
    """P1: Sunday 4 February 2024 was worked in exchange, Saturday the 3rd was not."""
    posted = window(date(2024, 1, 31), FIVE)
    assert [day.isoformat() for day in posted.counted] == [
        "2024-01-31",
        "2024-02-01",
        "2024-02-02",
        "2024-02-04",
        "2024-02-05",
    ]
    assert posted.calendar == WORKING_DAYS == "chinesecalendar 1.11.0"


def test_a_revised_holiday_notice_moves_the_end() -> None:
    """P1: opened on 20 January 2020, due on 31 January as announced, on 3 February as revised."""
    assert window(date(2020, 1, 20), FIVE).closes_on == date(2020, 2, 3)
    announced = window(date(2020, 1, 20), FIVE, SPRING_2020)
    assert announced.closes_on == date(2020, 1, 31)
    assert announced.calendar == "chinesecalendar 1.11.0，国办发明电〔2019〕16号"


def test_a_revision_holds_where_the_calendar_knows_nothing() -> None:
    """P1: a day that the revision names is decided, the next one is not."""
    revision = Revision(
        document_number="国办发明电〔2026〕1号", resting=frozenset({date(2027, 1, 1)})
    )
    assert not is_working_day(date(2027, 1, 1), revision)
    with pytest.raises(YearNotCovered):
        is_working_day(date(2027, 1, 4), revision)


def test_the_civil_laws_way_ends_one_working_day_later() -> None:
    """P1: with `count_publication_day` false, counting starts on the next day."""
    period = NoticePeriod(days=5, unit="working_days", count_publication_day=False)
    posted = window(date(2019, 12, 23), period)
    assert posted.closes_on == date(2019, 12, 30)
    assert posted.counted[0] == date(2019, 12, 24)


def test_natural_days_need_no_calendar() -> None:
    """P1: seven natural days, also in a year whose holidays are not known."""
    posted = window(date(2027, 2, 1), NoticePeriod(days=7, unit="days", count_publication_day=True))
    assert (posted.closes_on, posted.calendar) == (date(2027, 2, 7), EVERY_DAY)


@pytest.mark.parametrize(("opens", "year"), [("2027-01-04", "2027"), ("2003-12-31", "2003")])
def test_a_year_that_is_not_known_is_refused_by_name(opens: str, year: str) -> None:
    """P1: never a guess."""
    with pytest.raises(YearNotCovered, match=year) as refusal:
        window(date.fromisoformat(opens), FIVE)
    assert (refusal.value.code, refusal.value.rule) == ("calendar_year_not_covered", "P1")


def test_a_window_that_runs_into_an_unknown_year_is_refused() -> None:
    """P1: a notice of December needs the next year's holidays too."""
    assert window(date(2026, 12, 25), FIVE).closes_on == date(2026, 12, 31)
    with pytest.raises(YearNotCovered, match="2027"):
        window(date(2026, 12, 28), FIVE)


def test_a_window_is_over_at_midnight_in_beijing() -> None:
    """P1: the last day is a whole day."""
    assert window(date(2019, 12, 23), FIVE).closes_at == datetime.fromisoformat(
        "2019-12-28T00:00:00+08:00"
    )
    assert end_of_day(date(2019, 12, 31)).isoformat() == "2020-01-01T00:00:00+08:00"


def test_the_date_is_that_of_beijing() -> None:
    """Four in the afternoon in Greenwich is the next day in Beijing."""
    assert beijing_date(datetime.fromisoformat("2019-12-22T15:59:59+00:00")) == date(2019, 12, 22)
    assert beijing_date(datetime.fromisoformat("2019-12-22T16:00:00+00:00")) == date(2019, 12, 23)


@given(
    opens=st.dates(date(2004, 1, 1), date(2026, 10, 31)),
    days=st.integers(1, 15),
    counts=st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_a_window_counts_just_its_working_days(opens: date, days: int, counts: bool) -> None:
    """P1: every working day from the first to the last is counted, and no other."""
    period = NoticePeriod(days=days, unit="working_days", count_publication_day=counts)
    posted = window(opens, period)
    first = opens if counts else opens + timedelta(days=1)
    span = [first + timedelta(days=n) for n in range((posted.closes_on - first).days + 1)]
    assert list(posted.counted) == [day for day in span if is_working_day(day)]
    assert len(posted.counted) == days


def test_the_calendar_loads_without_a_warning() -> None:
    """The package is old-fashioned; a warning in it would be an error in production."""
    subprocess.run(
        [sys.executable, "-W", "error", "-c", "import shared.calendar"], check=True, timeout=60
    )
