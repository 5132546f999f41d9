"""What a process remembers of its log is what the log says, and no more than it may."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from deploy.local.servers import Servers
from shared.application import Application
from shared.eventlog import REMEMBERED, Batch, Cause, EventLog
from shared.messages import Addressed
from shared.recorder import Conflict
from tests.actors import AT, OFFICE
from tests.shared.counters import COUNTER, Add, Added
from tests.shared.machinery import counting

ONE = UUID(int=1)


@pytest.fixture
def application(servers: Servers, tmp_path: Path) -> Iterator[Application]:
    with counting(servers, tmp_path, "test_tail") as made:
        yield made


def another(application: Application) -> EventLog:
    """The log as a process sees it that has decided and read nothing."""
    plan = application.plan
    return EventLog(application.recorder, plan.deciders, plan.react)


def add(log: EventLog, nomination: UUID, number: int) -> Batch:
    batch = log.batch()
    command = Add(at=AT, by=OFFICE, nomination_id=nomination, number=number)
    batch.ask(Addressed(COUNTER, nomination, command), Cause("request:test"))
    return batch


def test_what_was_decided_here_reads_like_what_was_stored(application: Application) -> None:
    for number in range(5):
        add(application.log, UUID(int=number), number).commit()
    decided = application.log.read(0, 100)
    assert decided == another(application).read(0, 100)
    assert application.log.read(0, 100) == decided


def test_what_another_process_decided_instead_is_read_as_it_stands(
    application: Application,
) -> None:
    late = add(application.log, ONE, 1)
    add(another(application), ONE, 2).commit()
    with pytest.raises(Conflict):
        late.commit()
    first = application.log.read(0, 1)[0]
    assert first.event == Added(nomination_id=ONE, number=2)


def test_a_reader_behind_what_is_remembered_reads_on_to_the_head(application: Application) -> None:
    batch = application.log.batch()
    for number in range(REMEMBERED):
        command = Add(at=AT, by=OFFICE, nomination_id=UUID(int=number), number=1)
        batch.ask(Addressed(COUNTER, UUID(int=number), command), Cause("request:test"))
    head = batch.commit()
    assert head == 2 * REMEMBERED
    application.log.read(head - 10, 100)
    positions: list[int] = []
    while events := application.log.read(len(positions), 700):
        positions += [recorded.position for recorded in events]
    assert positions == list(range(1, head + 1))
