"""What is drawn on the portal: where the bars and dots of inline SVG stand. Pure.

Every drawing has its words beside it: a list or a table says the same to those who cannot see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.publicity.picture import Campaign, Honour, Notice

WIDTH = 720
LEFT, RIGHT = 150, 80
ROW = 44

Standing = Literal["done", "now", "ahead"]


@dataclass(frozen=True, slots=True)
class Dot:
    """A stage on the line of stages: its number and where it stands."""

    number: int
    x: float
    standing: Standing


@dataclass(frozen=True, slots=True)
class Timeline:
    """A line with a dot for each stage; it is drawn strong as far as `reached`."""

    width: int
    dots: tuple[Dot, ...]
    reached: float


def timeline(standings: Sequence[Standing]) -> Timeline:
    """The stages from left to right, each in the middle of its own column."""
    column = WIDTH / max(1, len(standings))
    dots = tuple(
        Dot(number, column * (number - 0.5), standing)
        for number, standing in enumerate(standings, start=1)
    )
    begun = [dot.x for dot in dots if dot.standing != "ahead"]
    whole = all(dot.standing == "done" for dot in dots)
    return Timeline(WIDTH, dots, float(WIDTH) if whole else max(begun, default=0.0))


@dataclass(frozen=True, slots=True)
class Bar:
    """A number of people as a bar, centred."""

    title: str
    count: int
    note: str
    x: float
    y: int
    width: float


@dataclass(frozen=True, slots=True)
class Funnel:
    """From many to few."""

    width: int
    height: int
    bars: tuple[Bar, ...]


def funnel(campaign: Campaign, notices: Sequence[Notice], honours: Sequence[Honour]) -> Funnel:
    """P13: how many may come on the shortlist, how many places there are, how many were posted, and
    how many hold the title; a step that has not been reached yet is left out."""
    posted = {one.nomination_id for notice in notices for one in notice.entries}
    left = {one.nomination_id for notice in notices for one in notice.withdrawn} - posted
    conferred = [one for one in honours if one.standing != "revoked"]
    steps = [
        ("入围名额", campaign.configuration.shortlist_size, "综合评审可确定的入围人选上限"),
        ("授予名额", campaign.configuration.quota, "宁缺毋滥，可以不足额"),
    ]
    if notices:
        steps.append(("列入公示", len(posted | left), "领导小组审定后列入公示的人选"))
        if left:
            steps.append(("仍在名单", len(posted), f"公示后移出{len(left)}人"))
    if honours:
        steps.append(("授予称号", len(conferred), "管委会决定授予且未被撤销"))
    most = max((count for _, count, _ in steps), default=1) or 1
    room = WIDTH - LEFT - RIGHT
    bars = tuple(
        Bar(
            title,
            count,
            note,
            LEFT + (room - room * count / most) / 2,
            place * ROW,
            max(4.0, room * count / most),
        )
        for place, (title, count, note) in enumerate(steps)
    )
    return Funnel(WIDTH, ROW * len(bars), bars)
