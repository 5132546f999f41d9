"""A case drawn: a lane for each service and one for outside systems, time downwards, an arrow from
what caused to what was caused in another lane.

Only where things stand is worked out here; the template writes the SVG. Each event has a row of its
own, in the order of the timeline, so that an arrow that runs along a row crosses no words. Business
time is told where the day changes; days on which nothing happened take no room, and are counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from shared.audit.chain import Message, cause_of, messages
from shared.audit.marks import Mark, is_echo, mark_of
from shared.audit.timeline import SERVICES, Line, Moment, Timeline, actor
from shared.calendar import BEIJING

OUTSIDE = "outside"
LANES: Mapping[str, tuple[str, int]] = {
    OUTSIDE: ("外部系统", 104),
    "intake": ("受理", 262),
    "review": ("评审", 550),
    "publicity": ("公示", 838),
}
"""Lane -> its title, and where its rail runs."""

WIDTH = 1112
HEAD, DAY, TALL, LOW = 44, 34, 36, 22
"""Heights of the lanes' titles, of a new day, of a row with and without a second line."""

CLOCK = 90
"""Where the time of day ends."""

LETTERS = {OUTSIDE: 10, **dict.fromkeys(SERVICES, 19)}
"""Chinese characters that fit beside a rail in the first line."""

SMALLER = 1.13
"""So many times more of them in smaller letters."""

LEAST = 4
"""Fewer characters than these would say nothing."""


@dataclass(frozen=True, slots=True)
class Node:
    """A mark with its words. `seen`: whether the moment sees it; `echo`: decided elsewhere."""

    id: str
    lane: str
    x: int
    y: int
    mark: Mark
    echo: bool
    seen: bool
    clock: str
    title: str
    beside: str
    detail: str
    whole: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of an outside system."""

    id: str
    x: int
    y: int
    seen: bool
    title: str
    detail: str
    whole: str


@dataclass(frozen=True, slots=True)
class Day:
    """Where a day begins, and how many days without an event lie before it."""

    y: int
    words: str
    gap: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a cause to its effect in another lane. `path` is that of SVG."""

    path: str
    seen: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that is drawn. `now`: the height of the moment's line, if one was asked for."""

    width: int
    height: int
    lanes: Sequence[tuple[str, str, int]]
    days: Sequence[Day]
    letters: Sequence[Letter]
    nodes: Sequence[Node]
    arrows: Sequence[Arrow]
    now: int | None
    now_words: str
    marks: Sequence[Mark]
    words: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where something stands, and where its row begins."""

    lane: str
    y: int
    top: int


def drawn(case: Timeline, moment: Moment) -> Drawing:
    """Lay a case out.

    Args:
        case: all of its lines, in order.
        moment: lines that it does not see are drawn pale, behind a line across all lanes.
    """
    sent = {message.line["id"]: message for message in messages(case.lines)}
    days: list[Day] = []
    nodes: list[Node] = []
    letters: list[Letter] = []
    places: dict[str, _Place] = {}
    y, today, now, clock = HEAD, None, None, ""
    last_seen = max((n for n, line in enumerate(case.lines) if moment.sees(line)), default=-1)
    for number, line in enumerate(case.lines):
        at = datetime.fromisoformat(line["at"]).astimezone(BEIJING)
        if at.date() != today:
            days.append(_day(y, at.date(), today))
            y, today, clock = y + DAY, at.date(), ""
        if line["id"] in sent:
            letters.append(_letter(sent[line["id"]], y, moment.sees(line)))
            places[_letter_id(line)] = _Place(OUTSIDE, y + TALL // 2, y)
            y += TALL
        node = _node(line, y, moment.sees(line))
        if node.clock == clock:
            node = replace(node, clock="")
        clock = node.clock or clock
        nodes.append(node)
        places[line["id"]] = _Place(node.lane, node.y, y)
        y += TALL if node.detail else LOW
        if number == last_seen:
            now = y
    asked = moment.as_of is not None or moment.known_at is not None
    return Drawing(
        width=WIDTH,
        height=y + LOW,
        lanes=[(lane, title, x) for lane, (title, x) in LANES.items()],
        days=days,
        letters=letters,
        nodes=nodes,
        arrows=list(_arrows(case.lines, sent, places, moment)),
        now=(now if now is not None else HEAD) if asked else None,
        now_words=in_words(moment),
        marks=[mark for mark in Mark if any(node.mark is mark for node in nodes)],
        words=_alternative(case, nodes),
    )


def in_words(moment: Moment) -> str:
    """The moment as people say it; empty for now."""
    return "，".join(
        words.format(at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M"))
        for words, at in (("业务时间截至 {}", moment.as_of), ("已于 {} 前入库", moment.known_at))
        if at is not None
    )


def _node(line: Line, y: int, seen: bool) -> Node:
    mark = mark_of(line)
    lane = line["service"]
    words = fitting(line["title"], LETTERS[lane])
    left = (LETTERS[lane] - room_of(words)) * SMALLER - 1
    beside = mark is Mark.STEP or is_echo(line)
    second = "" if beside else line["detail"]
    at = datetime.fromisoformat(line["at"]).astimezone(BEIJING)
    return Node(
        id=line["id"],
        lane=lane,
        x=LANES[lane][1],
        y=y + (14 if second else LOW // 2),
        mark=mark,
        echo=is_echo(line),
        seen=seen,
        clock=f"{at:%H:%M:%S}",
        title=words,
        beside=fitting(line["detail"], left) if beside and left > LEAST else "",
        detail=fitting(second, LETTERS[lane] * SMALLER),
        whole="，".join(
            filter(
                None,
                (f"{at:%Y-%m-%d %H:%M:%S}", actor(line), line["title"], line["detail"]),
            )
        ),
    )


def _letter(message: Message, y: int, seen: bool) -> Letter:
    return Letter(
        id=message.line["id"],
        x=LANES[OUTSIDE][1],
        y=y + TALL // 2,
        seen=seen,
        title=fitting(message.publisher, LETTERS[OUTSIDE]),
        detail=fitting(message.id, LETTERS[OUTSIDE] * SMALLER),
        whole=f"{message.publisher} 的报文 {message.id}，来源 {message.source}",
    )


def _letter_id(line: Line) -> str:
    return f"message of {line['id']}"


def _day(y: int, day: date, before: date | None) -> Day:
    return Day(y, f"{day:%Y-%m-%d}", 0 if before is None else max(0, (day - before).days - 1))


def _arrows(
    lines: Sequence[Line],
    sent: Mapping[str, Message],
    places: Mapping[str, _Place],
    moment: Moment,
) -> Iterator[Arrow]:
    for line in lines:
        cause = _letter_id(line) if line["id"] in sent else cause_of(line)
        effect = places[line["id"]]
        if (begin := places.get(cause)) is not None and begin.lane != effect.lane:
            yield Arrow(_path(begin, effect), moment.sees(line))


def _path(begin: _Place, end: _Place) -> str:
    """Down beside the cause's rail, then along the row of the effect: no words stand there.

    To the left it runs above the row, for the effect's words stand at its right.
    """
    source, target = LANES[begin.lane][1], LANES[end.lane][1]
    if target > source:
        x = source + 11
        return (
            f"M{source + 6} {begin.y + 4}Q{x} {begin.y + 6} {x} {begin.y + 12}"
            f"V{end.y - 5}Q{x} {end.y} {x + 5} {end.y}H{target - 12}"
        )
    x, above = source - 11, end.top + 1
    if above < begin.y + 12:  # the effect's row is the next one
        return f"M{source - 7} {begin.y + 3}L{target + 12} {end.y - 4}"
    return (
        f"M{source - 6} {begin.y + 4}Q{x} {begin.y + 6} {x} {begin.y + 12}"
        f"V{above - 5}Q{x} {above} {x - 5} {above}H{target + 11}Q{target + 5} {above} {target + 5}"
        f" {end.y - 9}"
    )


def fitting(text: str, letters: float) -> str:
    """As much of a text as has room."""
    if room_of(text) <= letters:
        return text
    while text and room_of(text) + 1 > letters:
        text = text[:-1]
    return f"{text}…"


def room_of(text: str) -> float:
    """How much room a text takes, in Chinese characters; an ASCII one takes half and a little."""
    return sum(0.56 if letter.isascii() else 1 for letter in text)


def _alternative(case: Timeline, nodes: Sequence[Node]) -> str:
    """The drawing in a sentence; the rows of the table say everything."""
    told = "、".join(
        f"{title}{count}个事件"
        for lane, (title, _) in LANES.items()
        if (count := sum(node.lane == lane for node in nodes))
    )
    marked = "；".join(
        f"{node.whole}"
        for node in nodes
        if node.mark in (Mark.CONFERRAL, Mark.DISQUALIFICATION) and not node.echo
    )
    return f"{case.key}的时间线：{told}。{marked}"
