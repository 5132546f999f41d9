"""Whoever hangs holds nobody up for long."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest

from deploy.local.servers import Servers
from shared import leader, recorder
from shared.application import Application
from shared.eventlog import Cause
from shared.leader import leadership
from shared.recorder import PASSING
from tests.actors import OFFICE
from tests.shared.machinery import counting

GIVE_UP = 20.0


@pytest.fixture
def application(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Application]:
    monkeypatch.setattr(recorder, "HANGS_FOR", 0.5)
    monkeypatch.setattr(leader, "IDLE", "500ms")
    with counting(servers, tmp_path, "test_hanging") as made:
        yield made


def test_a_writer_that_hangs_in_its_transaction_does_not_keep_others_from_writing(
    application: Application,
) -> None:
    """It holds the lock of all writers; the server ends its session, and it has written nothing."""
    inside, over = Event(), Event()
    faults: list[BaseException] = []
    nomination = uuid4()
    body = {"nomination_id": nomination, "number": 1}

    def hang(_: Any) -> None:
        inside.set()
        over.wait(GIVE_UP)

    def write() -> None:
        batch = application.log.batch()
        batch.ask(
            application.addressed("counter", nomination, "add", body, OFFICE),
            Cause("request:hanging"),
        )
        try:
            batch.commit([hang])
        except PASSING as fault:
            faults.append(fault)

    hanging = Thread(target=write)
    hanging.start()
    assert inside.wait(GIVE_UP)
    answer = application.execute("counter", nomination, "add", body, OFFICE)
    over.set()
    hanging.join()
    assert answer.events
    assert len(faults) == 1


def test_a_leader_that_hangs_in_a_transaction_is_replaced(application: Application) -> None:
    url = application.settings.database_url
    with pytest.raises(PASSING):
        hang_while_another_takes_over(url)


def hang_while_another_takes_over(url: str) -> None:
    """Lead, begin a transaction, and do nothing until somebody else leads."""
    with leadership(url, "hanging") as session:
        assert session is not None
        with session.transaction():
            session.execute("SELECT 1")
            assert led_by_another(url)
            session.execute("SELECT 1")


def led_by_another(url: str) -> bool:
    """Whether somebody else comes to lead before long."""
    patience = Event()
    for _ in range(int(GIVE_UP / 0.05)):
        with leadership(url, "hanging") as session:
            if session is not None:
                return True
        patience.wait(0.05)
    return False
