"""How long a notice still stands, in working days (P1)."""

from dataclasses import replace
from datetime import date

import pytest

from services.publicity.countdown import countdown
from services.publicity.drawing import funnel, timeline
from shared.contracts.campaign import NoticePeriod
from tests.publicity.pictures import DECIDED, HONOURS, OVER, POSTED, WITHOUT_JIA
from tests.publicity.stories import CONFIGURATION

WORKING = CONFIGURATION.notice
OVER_NEW_YEAR = replace(POSTED, opens_on=date(2024, 1, 31), closes_on=date(2024, 2, 5))


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2019, 12, 22), "公示尚未开始"),
        (date(2019, 12, 23), "公示还剩5个工作日（含今天）"),
        (date(2019, 12, 26), "公示还剩2个工作日（含今天）"),
        (date(2019, 12, 27), "今天是公示最后一天"),
        (date(2019, 12, 28), "公示时间已到，等待发布公示结果"),
    ],
)
def test_counts_the_working_days_that_are_left_and_today(today: date, words: str) -> None:
    assert countdown(POSTED, WORKING, today).words == words


def test_counts_a_sunday_that_is_worked() -> None:
    """2024-02-04 was worked in exchange for a holiday."""
    assert countdown(OVER_NEW_YEAR, WORKING, date(2024, 1, 31)).left == 5
    assert countdown(OVER_NEW_YEAR, WORKING, date(2024, 2, 3)).left == 2


def test_never_guesses_a_year_that_the_calendar_does_not_know() -> None:
    unknown = replace(POSTED, opens_on=date(2126, 1, 2), closes_on=date(2126, 1, 9))
    one = countdown(unknown, WORKING, date(2126, 1, 3))
    assert (one.left, one.words) == (None, "公示进行中")


def test_counts_natural_days_where_the_campaign_does() -> None:
    period = NoticePeriod(days=5, unit="days", count_publication_day=True)
    assert countdown(OVER_NEW_YEAR, period, date(2024, 2, 3)).words == "公示还剩3个自然日（含今天）"


def test_a_closed_notice_is_over_whatever_the_day_is() -> None:
    assert countdown(OVER, WORKING, date(2019, 12, 25)).words == "公示期已届满"


def test_the_line_is_strong_as_far_as_the_selection_has_come() -> None:
    drawn = timeline(["done", "done", "now", "ahead"])
    assert [dot.x for dot in drawn.dots] == [90, 270, 450, 630]
    assert drawn.reached == 450


def test_the_funnel_counts_everybody_once_and_nobody_by_name() -> None:
    """P13: who was taken off was posted, and does not stand on the list."""
    drawn = funnel(DECIDED, (WITHOUT_JIA,), HONOURS)
    assert [(bar.title, bar.count) for bar in drawn.bars[2:]] == [
        ("列入公示", 3),
        ("仍在名单", 2),
        ("授予称号", 2),
    ]
