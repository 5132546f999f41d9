"""One case across the three services, as the operator's commands print it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.operations.client import Client, NotAsExpected
from shared.audit.chain import LINKS, Chain, Step, chains
from shared.audit.timeline import (
    SERVICES,
    TITLES,
    Ask,
    Line,
    Moment,
    Timeline,
    Unreachable,
    WholeCase,
    actor,
    heard_from,
    moment_of,
    openings,
    whole_case,
)
from shared.audit.timeline import timeline as merged
from shared.calendar import BEIJING

RULES = 12
"""Columns for the rules of one event, before they are broken."""

AUDITOR = "auditor"


def asking(client: Client) -> Ask:
    """Ask the services as the auditor's account."""

    def ask(service: str, path: str) -> object:
        try:
            return client.get(service, path, AUDITOR)
        except (httpx.TransportError, NotAsExpected) as fault:
            raise Unreachable(service) from fault

    return ask


def timeline(client: Client, key: str, *, as_of: datetime | None = None) -> Timeline:
    """Ask every service and put its lines together.

    Args:
        client: of the running system.
        key: a nomination's or submission's id, or the id of an outside message.
        as_of: leave out what happened later in business time.
    """
    case = merged(asking(client), key)
    moment = Moment(as_of)
    seen = [line for line in case.lines if moment.sees(line)]
    return Timeline(case.key, seen, case.unreachable, case.keys)


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
            clock(line["at"]),
            TITLES[line["service"]] + (f" ← {TITLES[source]}" if source else ""),
            actor(line),
            told_of(line),
            " ".join(line["rules"]),
        )


def told_of(line: Line) -> Text:
    """An event in words, and dimly its stored name."""
    words = Text(line["title"])
    if line["detail"]:
        words.append(f"：{line['detail']}")
    return words.append(f"  {line['event'].partition('.')[0]}", style="dim")


@dataclass(frozen=True)
class Asked:
    """What somebody wants to know of a case, besides its timeline."""

    as_of: str | None = None
    known_at: str | None = None
    changes_from: str | None = None
    chain: bool = False

    @property
    def moment(self) -> Moment:
        """The moment at which to look.

        Raises:
            NoMoment: it is not written as one.
        """
        return Moment(moment_of(self.as_of), moment_of(self.known_at))

    @property
    def since(self) -> Moment | None:
        """The moment with which to compare it."""
        earlier = moment_of(self.changes_from)
        return None if earlier is None else Moment(earlier, self.moment.known_at)


def whole(client: Client, key: str, asked: Asked) -> WholeCase:
    """Everything that the services say of a case at a moment."""
    return whole_case(asking(client), key, asked.moment, asked.since)


def as_json(case: WholeCase) -> dict[str, Any]:
    """For machines."""
    seen = case.seen
    return {
        "key": case.timeline.key,
        "as_of": _iso(case.moment.as_of),
        "known_at": _iso(case.moment.known_at),
        "unreachable": list(case.timeline.unreachable),
        "events": seen,
        "states": case.states,
        "openings": [asdict(one) for one in openings(seen)],
        "chains": [_chain_as_json(one) for one in chains(seen)],
        "changes": list(case.changes),
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _chain_as_json(one: Chain) -> dict[str, Any]:
    return {
        "decision": one.decision["id"],
        "event": one.decision["event"],
        "title": one.decision["title"],
        "origin": one.origin,
        "message": None
        if one.message is None
        else {"id": one.message.id, "source": one.message.source, "from": one.message.publisher},
        "steps": [
            {
                "link": step.link,
                "event": step.line["id"],
                "service": step.line["service"],
                "leaf_index": step.line["leaf_index"],
                "leaf_hash": step.line["leaf_hash"],
            }
            for step in one.steps
        ],
    }


def show(console: Console, case: WholeCase, asked: Asked) -> None:
    """Everything of a case; if asked, what changed and what led to what."""
    seen = case.seen
    console.print(table(Timeline(case.timeline.key, seen, case.timeline.unreachable)))
    if hidden := len(case.timeline.lines) - len(seen):
        console.print(f"另有 {hidden} 个事件不在所选时刻之内", style="dim")
    for drawn in (states(case), *facts(case), rights(case), looks(seen)):
        console.print(drawn)
    if asked.changes_from:
        console.print(changed(case))
    if asked.chain:
        console.print(reasons(seen))


def states(case: WholeCase) -> Table:
    """The situation of each aggregate, the rules of the campaign among them."""
    drawn = plain_table("状态", "服务", "对象", "情形", "自")
    for service, state in case.states.items():
        for stream in state["streams"]:
            drawn.add_row(
                TITLES[service],
                stream["title"],
                stream["situation_words"],
                clock(stream["since"]),
            )
        drawn.add_row(TITLES[service], "规则表", state["rulebook"]["digest"][:16], "", style="dim")
    return drawn


def facts(case: WholeCase) -> Iterator[Table]:
    """Field by field what each aggregate held: form, materials, findings, scores."""
    for service, state in case.states.items():
        for stream in state["streams"]:
            if not stream["facts"]:
                continue
            title = f"{TITLES[service]}：{stream['title']}（{stream['situation_words']}）"
            drawn = plain_table(title, "项目", "内容")
            for name, told in stream["facts"]:
                drawn.add_row(name, told)
            yield drawn


def rights(case: WholeCase) -> Table:
    """What each role could have done."""
    drawn = plain_table("当时的权限", "服务", "对象", "角色", "可以办理")
    for service, state in case.states.items():
        for right in state["rights"]:
            for row in right["roles"]:
                if may := "、".join(row["possible"]):
                    drawn.add_row(TITLES[service], right["title"], row["role"], may)
    return drawn


def looks(lines: list[Line]) -> Table:
    """Who saw personal data, and what for."""
    drawn = plain_table("谁看过个人信息", "时间", "查看人", "单位", "谁的", "用途")
    for one in openings(lines):
        drawn.add_row(clock(one.at), one.actor, one.organisation, one.whose, one.purpose)
    return drawn


def changed(case: WholeCase) -> Table:
    """What differs between the two moments."""
    drawn = plain_table("变化", "服务", "对象", "项目", "从前", "此时")
    for one in case.changes:
        told = (one["title"], one["field"], one["was"], one["now"])
        drawn.add_row(TITLES[one["service"]], *told)
    return drawn


def reasons(lines: Sequence[Line]) -> Table:
    """What led to each decision: every event on the way once, with the number of what it rests on.

    Where the way begins, its origin stands instead. Decisions are bold.
    """
    drawn = plain_table("决定的来由", "号", "事件", "由来", "时间", "账本")
    told = chains(lines)
    decided = {one.decision["id"] for one in told}
    rests: dict[str, tuple[Step, str, str | None]] = {}
    for one in told:
        for later, step in zip(one.steps, [*one.steps[1:], None], strict=True):
            if step is None:
                rests[later.line["id"]] = later, f"始于 {one.origin}", None
            else:
                rests[later.line["id"]] = later, LINKS[step.link], step.line["id"]
    on_the_way = [line["id"] for line in lines if line["id"] in rests]
    number = {event: str(place) for place, event in enumerate(on_the_way, start=1)}
    for event in on_the_way:
        step, link, cause = rests[event]
        line = step.line
        drawn.add_row(
            number[event],
            Text(f"{TITLES[line['service']]} ").append_text(told_of(line)),
            link if cause is None else f"{link} {number[cause]}",
            clock(line["at"]),
            step.leaf,
            style="bold" if event in decided else "",
        )
    return drawn


def plain_table(title: str, *names: str) -> Table:
    """A table whose last column is broken where it does not fit."""
    drawn = Table(
        title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, show_edge=False
    )
    for name in names:
        drawn.add_column(name, overflow="fold")
    return drawn


def clock(text: str) -> str:
    """A moment in Beijing time."""
    return f"{datetime.fromisoformat(text).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


SHEET = re.compile(r'<link rel="stylesheet" href="([^"]+)">')


def page(client: Client, key: str, asked: Asked) -> str:
    """The page of the case as one file that needs no network: its style sheets are within.

    Raises:
        NotAsExpected: no service could make it.
    """
    named = {"as_of": asked.as_of, "known_at": asked.known_at, "since": asked.changes_from}
    query = urlencode({name: value for name, value in named.items() if value})
    for service in reversed(SERVICES):
        try:
            html = client.get(service, f"/audit/case/{quote(key, safe='')}?{query}", AUDITOR)
        except httpx.TransportError:
            continue
        return SHEET.sub(lambda found: _sheet(client, service, found[1]), str(html))  # noqa: B023
    raise NotAsExpected("没有服务答复，无法生成页面")


def _sheet(client: Client, service: str, path: str) -> str:
    return f"<style>{client.get(service, path)}</style>"


def write_page(client: Client, key: str, asked: Asked, file: Path) -> None:
    """Write that page."""
    file.write_text(page(client, key, asked))


def print_json(case: WholeCase) -> str:
    """One object, in a line."""
    return json.dumps(as_json(case), ensure_ascii=False)
