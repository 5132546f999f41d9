"""One case across the three services, in the order of cause and effect."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Any

import httpx
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from deploy.operations.client import Client, NotAsExpected
from shared.calendar import BEIJING

SERVICES = ("intake", "review", "publicity")
TITLES = {"intake": "受理", "review": "评审", "publicity": "公示"}
RULES = 12
"""Columns for the rules of one event, before they are broken."""


@dataclass(frozen=True)
class Timeline:
    """The lines in order, and the services that could not be asked."""

    key: str
    lines: Sequence[dict[str, Any]]
    unreachable: Sequence[str]


def timeline(client: Client, key: str, *, as_of: datetime | None = None) -> Timeline:
    """Ask every service and put its lines together.

    Args:
        key: a nomination's or submission's id, or the id of an outside message.
        as_of: leave out what happened later in business time.
    """
    lines: list[dict[str, Any]] = []
    unreachable = []
    keys = {key}
    for service in SERVICES:
        try:
            for one in sorted(keys):
                lines += client.get(service, f"/audit/cases/{one}", "auditor")
        except (httpx.TransportError, NotAsExpected):
            unreachable.append(service)
        keys |= {str(line["data"]["nomination_id"]) for line in lines if names_one(line)}
    if as_of is not None:
        lines = [line for line in lines if datetime.fromisoformat(line["at"]) <= as_of]
    return Timeline(key, ordered(lines), unreachable)


def names_one(line: dict[str, Any]) -> bool:
    """Whether the line tells which nomination the key stands for."""
    return line["event"].startswith("submission_answered") and bool(
        line["data"].get("nomination_id")
    )


def ordered(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
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


def edges(by_id: dict[str, dict[str, Any]]) -> Iterable[tuple[str, str]]:
    """Which event comes before which: by cause, and by version within a stream."""
    streams: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for one, line in by_id.items():
        if line["causation"] in by_id:
            yield line["causation"], one
        streams[line["service"], line["stream"]].append(line)
    for stream in streams.values():
        stream.sort(key=lambda line: int(line["version"]))
        for earlier, later in pairwise(stream):
            yield earlier["id"], later["id"]


def order(line: dict[str, Any]) -> tuple[datetime, int, int, str]:
    """How lines that neither causes nor follows the other are put one after the other."""
    return (
        datetime.fromisoformat(line["at"]),
        SERVICES.index(line["service"]),
        int(line["position"]),
        line["id"],
    )


def heard_from(lines: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Event id -> the other service from which it was heard."""
    by_id = {line["id"]: line for line in lines}
    heard = {}
    for one, line in by_id.items():
        cause = by_id.get(line["causation"]) or line["data"].get("source")
        if isinstance(cause, dict) and cause["service"] != line["service"]:
            heard[one] = cause["service"]
    return heard


def table(case: Timeline) -> Table:
    """One timeline: time, service, actor, event and the rules it rests on."""
    drawn = columns(f"{case.key}：{len(case.lines)} 个事件")
    fill(drawn, case)
    return drawn


def tables(cases: Mapping[str, Timeline]) -> Table:
    """Several timelines under each other, each with a name."""
    drawn = columns("历史")
    for name, case in cases.items():
        drawn.add_section()
        drawn.add_row(name, "", "", f"{len(case.lines)} 个事件", style="bold")
        fill(drawn, case)
    return drawn


def columns(title: str) -> Table:
    """A table without lines: what does not fit is broken, never cut."""
    drawn = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=SIMPLE_HEAD,
        show_edge=False,
        padding=0,
    )
    for column in ("时间", "服务", "办理人"):
        drawn.add_column(column, no_wrap=True)
    drawn.add_column("事件", overflow="fold")
    drawn.add_column("依据", max_width=RULES, overflow="fold")
    return drawn


def fill(drawn: Table, case: Timeline) -> None:
    """Add a line for each event."""
    heard = heard_from(case.lines)
    for line in case.lines:
        source = heard.get(line["id"])
        drawn.add_row(
            f"{datetime.fromisoformat(line['at']).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
            TITLES[line["service"]] + (f" ← {TITLES[source]}" if source else ""),
            actor(line),
            told(line),
            " ".join(line["rules"]),
        )


def actor(line: dict[str, Any]) -> str:
    """Who acted; a timer acts under the name of its service."""
    name: str = line["actor_name"]
    return f"{TITLES[name]}服务" if name in TITLES else name


def told(line: dict[str, Any]) -> Text:
    """An event in words, and dimly its stored name."""
    words = Text(line["title"])
    if line["detail"]:
        words.append(f"：{line['detail']}")
    return words.append(f"  {line['event'].partition('.')[0]}", style="dim")
