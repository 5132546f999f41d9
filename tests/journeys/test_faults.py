"""Whatever dies, or is away for a while, the histories are those of an undisturbed selection."""

import json
import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from deploy.local import system as systems
from deploy.local.servers import Servers
from deploy.local.system import PLANS, SERVICES
from tests.journeys.conftest import Selection, Start
from tests.journeys.plays import carried_out, differences, histories, kill, plain, play
from tests.journeys.witness import Message, tap

SEED = 20191125
"""Says which process is killed when; any other must do as well."""

ACTS = 60
"""How many acts of people a selection has at least."""

LATE = 45
"""The act after which one replica of each service is gone."""


def news(messages: Iterable[Message]) -> set[tuple[str, str, str]]:
    """What everybody outside could hear, however often it was said."""
    return {
        (message.exchange, message.routing_key, json.dumps(plain(message.said), sort_keys=True))
        for message in messages
        if not message.exchange.endswith(".log")
    }


def test_postgresql_and_rabbitmq_restart_in_the_middle(
    start: Start, selection: Selection, servers: Servers
) -> None:
    """Nobody is restarted because of it: each process waits, and goes on."""
    if servers.own_postgresql is None or servers.own_rabbitmq is None:
        pytest.skip("servers that were named to us are not ours to stop")
    away = {15: servers.without_postgresql, 30: servers.without_rabbitmq}
    gone = []

    def strike(acts: int) -> None:
        if (without := away.get(acts)) is not None:
            with without():
                gone.append(acts)

    with start("restarts") as running:
        outcome = play(running, between=strike)
    assert gone == sorted(away)
    assert differences(histories(outcome), selection.histories) == []


def test_every_process_is_killed_once(start: Start, selection: Selection) -> None:
    """SIGKILL at any moment, whichever side it is, loses and repeats nothing."""
    with start("killed") as running:
        names = [name for service in SERVICES for name in running.names(service)]
        moments = random.Random(SEED).sample(range(1, ACTS), len(names))
        victims = dict(zip(moments, names, strict=True))
        killed = []

        def strike(acts: int) -> None:
            if (victim := victims.get(acts)) is not None:
                kill(running, victim)
                killed.append(victim)

        with tap(running) as heard:
            outcome = play(running, between=strike, revive=True)
            carried_out(running)
            messages = heard.hear()
    assert sorted(killed) == sorted(names)
    assert differences(histories(outcome), selection.histories) == []
    assert news(messages) == news(selection.messages)


def test_death_between_commit_and_acknowledgement_and_between_publish_and_confirm(
    start: Start, selection: Selection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the broker gives again is known; what is published again is known to those who hear."""
    healthy = systems.command

    def command(side: str) -> list[str]:
        doomed = [sys.executable, "-m", "tests.journeys.doomed", side, str(tmp_path)]
        return healthy(side) if side == "web" else doomed

    monkeypatch.setattr(systems, "command", command)
    with start("doomed") as running, tap(running) as heard:
        outcome = play(running, revive=True)
        carried_out(running)
        messages = heard.hear()
    assert {file.name for file in tmp_path.glob("* died")} == set(deaths())
    assert differences(histories(outcome), selection.histories) == []
    assert news(messages) == news(selection.messages)


def deaths() -> Iterator[str]:
    """Of every part of the message sides that could lose or repeat something."""
    for plan in PLANS:
        for relay in ("relay", "announcer", "announcer, unsent"):
            yield f"{plan.name} {relay} died"
        yield from (f"{plan.name} follower:{upstream} died" for upstream in plan.hears)
    yield from ("intake inbox died", "intake inbox, unstored died")


def test_two_replicas_of_each_service_do_as_one(start: Start, selection: Selection) -> None:
    """They compete for the inbox and share the parts; later one of each is gone, for good."""
    with start("replicas", replicas=2) as running:

        def strike(acts: int) -> None:
            if acts == LATE:
                for service in SERVICES:
                    kill(running, f"{service}.messages.0")
                    kill(running, f"{service}.tail.0")

        outcome = play(running, between=strike)
    assert differences(histories(outcome), selection.histories) == []
