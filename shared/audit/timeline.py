"""One case across the three services, in the order of cause and effect.

    case = timeline(asking(http, addresses, token), key)
    whole = whole_case(ask, key, Moment(as_of, known_at), since=…)

Services are asked over HTTP, in the name of whoever looks. Events are ordered by what caused them
and by their streams' versions, never by comparing the clocks of two services; a service that does
not answer is named.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from shared.calendar import BEIJING

SERVICES = ("intake", "review", "publicity")
TITLES = {"intake": "受理", "review": "评审", "publicity": "公示"}

OPENINGS = {
    "personal_data_opened": "申报人",
    "reporter_opened": "反映人",
    "document_opened": "异议材料",
}
"""Event -> whose personal data it says was looked at."""

Line = dict[str, Any]
"""A line of a history as a service answers it (see shared/audit/history.py)."""

Ask = Callable[[str, str], Any]
"""Service and path -> the JSON that it answers. Raises Unreachable."""


class Unreachable(Exception):
    """A service did not answer, or not with success."""


class NoMoment(ValueError):
    """A text is no moment."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Business time and machine time: what had happened by `as_of` and was on record by `known_at`.

    None stands for now.
    """

    as_of: datetime | None = None
    known_at: datetime | None = None

    def includes(self, at: datetime, recorded_at: datetime) -> bool:
        """Whether an event with these two times is seen."""
        return (self.as_of is None or at <= self.as_of) and (
            self.known_at is None or recorded_at <= self.known_at
        )

    def sees(self, line: Mapping[str, Any]) -> bool:
        """Whether a line is."""
        return self.includes(
            datetime.fromisoformat(line["at"]), datetime.fromisoformat(line["recorded_at"])
        )

    def query(self, prefix: str = "") -> dict[str, str]:
        """As parameters of an address."""
        named = {f"{prefix}as_of": self.as_of, f"{prefix}known_at": self.known_at}
        return {name: at.isoformat() for name, at in named.items() if at is not None}


def moment_of(text: str | None) -> datetime | None:
    """A moment as people write it: ISO 8601; without a zone it is Beijing time, a date is its end.

    Raises:
        NoMoment: it is not written so.
    """
    if not text:
        return None
    try:
        if len(text) == len("2019-12-10"):
            return datetime.combine(date.fromisoformat(text), time.max, BEIJING)
        at = datetime.fromisoformat(text)
    except ValueError as fault:
        raise NoMoment(
            f"“{text[:40]}”不是时间；写法如 2019-12-20 或 2019-12-20T17:00:00+08:00"
        ) from fault
    return at if at.tzinfo is not None else at.replace(tzinfo=BEIJING)


@dataclass(frozen=True)
class Timeline:
    """The lines in order, and the services that could not be asked."""

    key: str
    lines: Sequence[Line]
    unreachable: Sequence[str]
    keys: frozenset[str] = frozenset()
    """The key, and the nominations that it turned out to stand for."""


@dataclass(frozen=True)
class WholeCase:
    """A timeline, and what each service says of the state at a moment and of what changed since.

    `timeline` has every line, also those that the moment does not see.
    """

    timeline: Timeline
    moment: Moment
    states: Mapping[str, Any]
    since: Moment | None = None
    changes: Sequence[Mapping[str, Any]] = field(default=())

    @property
    def seen(self) -> list[Line]:
        """The lines that the moment sees."""
        return [line for line in self.timeline.lines if self.moment.sees(line)]


def asking(http: httpx.Client, addresses: Mapping[str, str], token: str) -> Ask:
    """Ask services at these addresses with this token."""

    def ask(service: str, path: str) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = http.get(f"{addresses[service]}{path}", headers=headers)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as fault:
            raise Unreachable(service) from fault

    return ask


def timeline(ask: Ask, key: str) -> Timeline:
    """Ask every service for its lines, and put them together.

    Args:
        ask: asks one service.
        key: a nomination's or submission's id, or the id of an outside message.
    """
    lines: dict[str, Line] = {}
    unreachable = []
    keys = {key}
    for service in SERVICES:
        try:
            for one in sorted(keys):
                told = ask(service, f"/audit/cases/{quote(one, safe='')}")
                lines |= {line["id"]: line for line in told}
        except Unreachable:
            unreachable.append(service)
        keys |= {str(one["data"]["nomination_id"]) for one in lines.values() if names_one(one)}
    return Timeline(key, ordered(lines.values()), unreachable, frozenset(keys))


def whole_case(ask: Ask, key: str, moment: Moment, since: Moment | None = None) -> WholeCase:
    """The timeline with the states at a moment, and what changed `since` another."""
    case = timeline(ask, key)
    nominations = sorted(case.keys - {key}) or [key]
    states: dict[str, Any] = {}
    changes: list[Mapping[str, Any]] = []
    for service in SERVICES:
        if service in case.unreachable:
            continue
        about = f"/audit/cases/{quote(nominations[0], safe='')}"
        try:
            states[service] = ask(service, f"{about}/state?{urlencode(moment.query())}")
            if since is not None:
                asked = {**since.query("from_"), **moment.query("to_")}
                changes += ask(service, f"{about}/changes?{urlencode(asked)}")
        except Unreachable:
            case = Timeline(case.key, case.lines, [*case.unreachable, service], case.keys)
    return WholeCase(case, moment, states, since, changes)


def names_one(line: Line) -> bool:
    """Whether the line tells which nomination the key stands for."""
    return line["event"].startswith("submission_answered") and bool(
        line["data"].get("nomination_id")
    )


def ordered(lines: Iterable[Line]) -> list[Line]:
    """Causes before effects, each stream in its own order; business time only breaks ties."""
    by_id = {line["id"]: line for line in lines}
    after: dict[str, set[str]] = defaultdict(set)
    waits: dict[str, int] = dict.fromkeys(by_id, 0)
    for before, later in edges(by_id):
        if later not in after[before]:
            after[before].add(later)
            waits[later] += 1
    ready = [order(by_id[one]) for one, count in waits.items() if count == 0]
    heapify(ready)
    result = []
    while ready:
        *_, one = heappop(ready)
        result.append(by_id[one])
        for later in after[one]:
            waits[later] -= 1
            if waits[later] == 0:
                heappush(ready, order(by_id[later]))
    return result


def edges(by_id: Mapping[str, Line]) -> Iterable[tuple[str, str]]:
    """Which event comes before which: by cause, and by version within a stream."""
    streams: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for one, line in by_id.items():
        if line["causation"] in by_id:
            yield line["causation"], one
        streams[line["service"], line["stream"]].append(line)
    for stream in streams.values():
        stream.sort(key=lambda line: int(line["version"]))
        for earlier, later in pairwise(stream):
            yield earlier["id"], later["id"]


def order(line: Line) -> tuple[datetime, int, int, str]:
    """How lines that neither causes nor follows the other are put one after the other."""
    return (
        datetime.fromisoformat(line["at"]),
        SERVICES.index(line["service"]),
        int(line["position"]),
        line["id"],
    )


def heard_from(lines: Iterable[Line]) -> dict[str, str]:
    """Event id -> the other service from which it was heard."""
    by_id = {line["id"]: line for line in lines}
    heard = {}
    for one, line in by_id.items():
        cause = by_id.get(line["causation"]) or line["data"].get("source")
        if isinstance(cause, dict) and cause["service"] != line["service"]:
            heard[one] = cause["service"]
    return heard


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody looked at personal data: who, when, whose, which parts, what for."""

    id: str
    service: str
    at: str
    actor: str
    organisation: str
    whose: str
    parts: tuple[str, ...]
    purpose: str


def openings(lines: Iterable[Line]) -> list[Opening]:
    """Who looked at personal data, in the order of the lines."""
    return [
        Opening(
            id=line["id"],
            service=line["service"],
            at=line["at"],
            actor=actor(line),
            organisation=line["organisation"],
            whose=OPENINGS[name],
            parts=tuple(line["data"].get("fields", ("identity", "contact"))),
            purpose=line["data"]["purpose"],
        )
        for line in lines
        if (name := name_of(line)) in OPENINGS
    ]


def name_of(line: Line) -> str:
    """The event's name without its version."""
    return str(line["event"]).partition(".")[0]


def actor(line: Line) -> str:
    """Who acted; a timer acts under the name of its service."""
    name: str = line["actor_name"]
    return f"{TITLES[name]}服务" if name in TITLES else name
