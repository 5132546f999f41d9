"""Many commands to one aggregate at once: each is decided on what the one before it left."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from deploy.local.servers import Servers
from shared.application import Application
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
