"""How long a public notice still stands, counted in working days (P1). Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from services.publicity.picture import Notice
from shared.calendar import YearNotCovered, is_working_day
from shared.contracts.campaign import NoticePeriod

Stage = Literal["ahead", "open", "last", "waiting", "over"]


@dataclass(frozen=True, slots=True)
class Countdown:
    """Where a notice stands on one day. `left` counts that day too; None where the working days
    of a year are not known: they are never guessed."""

    stage: Stage
    left: int | None
    total: int
    unit: str

    @property
    def words(self) -> str:
        """As a page says it."""
        match self.stage:
            case "over":
                return "公示期已届满"
            case "waiting":
                return "公示时间已到，等待发布公示结果"
            case "ahead":
                return "公示尚未开始"
            case "last":
                return "今天是公示最后一天"
            case "open" if self.left is None:
                return "公示进行中"
            case "open":
                return f"公示还剩{self.left}个{self.unit}（含今天）"

    @property
    def share(self) -> float:
        """How much of the window has passed, from 0 to 1."""
        if self.stage in ("over", "waiting"):
            return 1.0
        if self.stage == "ahead" or self.left is None or not self.total:
            return 0.0
        return min(1.0, max(0.0, 1 - self.left / self.total))


def countdown(notice: Notice, period: NoticePeriod, today: date) -> Countdown:
    """How the notice stands on this day."""
    working = period.unit == "working_days"
    unit = "工作日" if working else "自然日"
    total = _days(notice.opens_on, notice.closes_on, working) or period.days
    if notice.closed_at is not None:
        return Countdown("over", 0, total, unit)
    if today > notice.closes_on:
        return Countdown("waiting", 0, total, unit)
    if today < notice.opens_on:
        return Countdown("ahead", total, total, unit)
    if today == notice.closes_on:
        return Countdown("last", 1, total, unit)
    return Countdown("open", _days(today, notice.closes_on, working), total, unit)


def _days(first: date, last: date, working: bool) -> int | None:
    days = (first + timedelta(days=passed) for passed in range((last - first).days + 1))
    try:
        return sum(1 for day in days if not working or is_working_day(day))
    except YearNotCovered:
        return None
