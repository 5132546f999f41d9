"""Deadlines are kept by services that were away when they passed."""

from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Any

from deploy.operations.client import Client, eventually
from deploy.operations.session import Session
from deploy.operations.timeline import timeline
from tests.journeys.conftest import Start
from tests.journeys.plays import Player, kill, nothing

FIRST_MOMENT_AFTER = datetime.fromisoformat("2019-12-28T00:00:00+08:00")
STEPS = ("open_campaign", "publish_nominations", "pre_review", "evaluate", "approve", "post_notice")


def closings(client: Client, nomination: str) -> list[dict[str, Any]]:
    """When publicity closed the notice on which this nomination stands."""
    case = timeline(client, nomination)
    return [line for line in case.lines if line["event"].startswith("notice_closed.")]


def test_a_window_that_ended_while_publicity_was_down_closes_once_and_as_of_its_end(
    start: Start,
) -> None:
    """P1: by the clock alone; the clock strikes once, however late anybody looks at it."""
    with (
        start("timers") as running,
        closing(Session.of(running).client()) as client,
        closing(Player(running, nothing, nothing)) as player,
    ):
        for step in STEPS:
            getattr(player, step)()
        nomination = player.id("good-1")
        for name in running.names("publicity"):
            kill(running, name)
        for service in ("intake", "review"):
            client.post(service, "/clock", "operator", {"at": "2020-01-02T15:00:00+08:00"})
        assert closings_elsewhere(client, nomination) == []
        for name in running.processes.ended():
            running.processes.restart(name)
        player.set_clock("2020-01-02T15:00:00+08:00")
        (closed,) = eventually(
            partial(closings, client, nomination), bool, "the notice to be closed"
        )
        assert datetime.fromisoformat(closed["at"]) == FIRST_MOMENT_AFTER
        player._becomes("good-1", "公示通过")
        for name in running.names("publicity"):
            kill(running, name)
            running.processes.restart(name)
        player.set_clock("2020-01-03T09:00:00+08:00")
        player._becomes("good-1", "公示通过")
        assert len(closings(client, nomination)) == 1


def closings_elsewhere(client: Client, nomination: str) -> list[dict[str, Any]]:
    """What intake has heard of it, while publicity does not answer."""
    history = client.get("intake", f"/api/nominations/{nomination}", "office")["history"]
    return [line for line in history if line["event"] == "notice_ended"]
