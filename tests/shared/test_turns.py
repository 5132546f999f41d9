"""Many commands to one aggregate at once: each is decided on what the one before it left."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from uuid import uuid4

import pytest

from deploy.local.servers import Servers
from shared.application import Application
from shared.eventlog import Batch, Cause
from tests.actors import OFFICE
from tests.shared.machinery import counting

HANDS = 8
COMMANDS = 160


@pytest.fixture(scope="module")
def application(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    with counting(servers, tmp_path_factory.mktemp("turns"), "test_turns") as made:
        yield made


def test_whoever_was_too_late_once_waits_for_the_own_turn(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight hands at one aggregate: all succeed, and few decide more than twice."""
    nomination, tried = uuid4(), []
    begin = application.log.batch

    def batch() -> Any:
        tried.append(nomination)
        return begin()

    monkeypatch.setattr(application.log, "batch", batch)

    def add(_: int) -> None:
        body = {"nomination_id": nomination, "number": 1}
        application.execute("counter", nomination, "add", body, OFFICE)

    with ThreadPoolExecutor(HANDS) as hands:
        list(hands.map(add, range(COMMANDS)))
    decider = application.plan.decider("counter")
    assert begin().state(decider, nomination) == COMMANDS
    assert len(tried) < 3 * COMMANDS


def test_who_decides_slowly_is_not_starved_by_the_quick(application: Application) -> None:
    """Each of its tries is overtaken, until those who only begin let it go first."""
    nomination, done = uuid4(), Event()
    body = {"nomination_id": nomination, "number": 1}
    addressed = application.addressed("counter", nomination, "add", body, OFFICE)

    def slowly(batch: Batch) -> None:
        batch.ask(addressed, Cause("slow"))
        time.sleep(0.05)

    def quickly() -> int:
        count = 0
        while not done.is_set():
            application.execute("counter", nomination, "add", body, OFFICE)
            count += 1
        return count

    with ThreadPoolExecutor(HANDS) as hands:
        quick = [hands.submit(quickly) for _ in range(HANDS - 1)]
        try:
            application.commit(slowly)
        finally:
            done.set()
        total = sum(one.result() for one in quick) + 1
    state = application.log.batch().state(application.plan.decider("counter"), nomination)
    assert state == total > HANDS
