"""One case across the three services, as the operator's commands print it."""

from collections.abc import Mapping
from datetime import datetime

import httpx
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from deploy.operations.client import Client, NotAsExpected
from shared.audit.timeline import (
    TITLES,
    Ask,
    Line,
    Moment,
    Timeline,
    Unreachable,
    actor,
    heard_from,
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
            f"{datetime.fromisoformat(line['at']).astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
            TITLES[line["service"]] + (f" ← {TITLES[source]}" if source else ""),
            actor(line),
            told(line),
            " ".join(line["rules"]),
        )


def told(line: Line) -> Text:
    """An event in words, and dimly its stored name."""
    words = Text(line["title"])
    if line["detail"]:
        words.append(f"：{line['detail']}")
    return words.append(f"  {line['event'].partition('.')[0]}", style="dim")
