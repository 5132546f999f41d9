"""The event log stores everything of a decision or nothing, in order, with its leaves."""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid5

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from deploy.local.servers import Servers
from shared.application import Application
from shared.audit.ledger import NO_PREVIOUS, Entry
from shared.eventlog import LONG, Batch, Cause
from shared.messages import Addressed, Recorded
from shared.recorder import (
    EVENTS_WITH_LEAF,
    OF_STREAMS,
    SMALL,
    STANDING,
    Conflict,
    Gone,
    LedgerRecorder,
    UnsafeRecorder,
)
from tests.actors import AT, OFFICE
from tests.shared.counters import COUNTER, MIRROR, Add, Added, TooHigh
from tests.shared.machinery import counting

ONE = UUID(int=1)
TWO = UUID(int=2)
WHY = Cause("request:test")


@pytest.fixture
def application(servers: Servers, tmp_path: Path) -> Iterator[Application]:
    with counting(servers, tmp_path, "test_eventlog") as made:
        yield made


def owned(application: Application, servers: Servers) -> str:
    """The URL of the application's database, as the administrator's."""
    database = str(conninfo_to_dict(application.settings.database_url)["dbname"])
    return urlsplit(servers.database_url)._replace(path=f"/{database}").geturl()


def add(batch: Batch, nomination: UUID, number: int) -> None:
    command = Add(at=AT, by=OFFICE, nomination_id=nomination, number=number)
    batch.ask(Addressed(COUNTER, nomination, command), WHY)


@pytest.mark.parametrize("statement", [OF_STREAMS, STANDING])
def test_streams_are_found_by_their_index_in_a_young_log_too(
    application: Application, servers: Servers, statement: str
) -> None:
    """A plan that does not know the values is kept until there are statistics."""
    for number in range(20):
        batch = application.log.batch()
        for nomination in range(20):
            add(batch, UUID(int=1 + 20 * number + nomination), 1)
        batch.commit()
    places = iter(("$1", "$2", "$3"))
    known = re.sub("%[sb]", lambda _: next(places), statement)
    with psycopg.connect(owned(application, servers), autocommit=True) as connection:
        connection.execute("SET plan_cache_mode = force_generic_plan")
        connection.execute(f"PREPARE asked AS {known}")
        given = ", ".join(["'{}'"] * known.count("$"))
        plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN EXECUTE asked({given})"))
    assert "stored_events_pkey" in plan
    assert "Seq Scan" not in plan


def test_a_batch_stores_many_streams_and_their_reactions_in_one_transaction(
    application: Application,
) -> None:
    batch = application.log.batch()
    add(batch, ONE, 1)
    add(batch, TWO, 2)
    add(batch, ONE, 3)
    assert batch.commit() == 6

    again = application.log.batch()
    assert again.state(COUNTER, ONE) == 4
    assert again.state(MIRROR, ONE) == 2
    events = application.log.read(0, 100)
    assert [recorded.position for recorded in events] == [1, 2, 3, 4, 5, 6]
    assert events[0].event == Added(nomination_id=ONE, number=1)
    assert (events[0].at, events[0].by) == (AT, OFFICE)


def test_a_reaction_is_caused_by_the_event_and_shares_its_correlation(
    application: Application,
) -> None:
    batch = application.log.batch()
    add(batch, ONE, 1)
    batch.commit()
    added, mirrored = application.log.read(0, 100)
    assert mirrored.causation == str(added.id)
    assert mirrored.correlation == added.correlation


def test_a_refused_command_leaves_the_batch_as_it_was(application: Application) -> None:
    batch = application.log.batch()
    add(batch, ONE, 999)
    with pytest.raises(TooHigh):
        add(batch, ONE, 2)
    add(batch, ONE, 1)
    batch.commit()
    assert application.log.batch().state(COUNTER, ONE) == 1000


def test_of_a_long_stream_only_what_came_since_is_read(
    application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that what a campaign costs does not grow with the square of its nominations."""
    batch = application.log.batch()
    for _ in range(LONG):
        add(batch, ONE, 1)
    batch.commit()
    assert application.log.batch().state(COUNTER, ONE) == LONG

    refused = application.log.batch()
    add(refused, ONE, 5)  # never stored
    another = application.log.batch()
    add(another, ONE, 1)
    another.commit()

    read: list[int] = []
    load = application.log.load_behind

    def counted(versions: Mapping[UUID, int]) -> Iterator[Recorded]:
        for one in load(versions):
            read.append(one.version)
            yield one

    monkeypatch.setattr(application.log, "load_behind", counted)
    again = application.log.batch()
    assert (again.state(COUNTER, ONE), again.version(COUNTER, ONE)) == (LONG + 1, LONG + 1)
    assert read == [LONG + 1]
    add(again, ONE, 1)
    again.commit()
    assert application.log.batch().state(COUNTER, ONE) == LONG + 2
    assert application.log.read(0, 1)[0].correlation == again.entries[0].correlation


def test_of_two_who_decide_on_the_same_version_one_conflicts(application: Application) -> None:
    first, second = application.log.batch(), application.log.batch()
    add(first, ONE, 1)
    add(second, TWO, 1)
    add(second, ONE, 1)
    first.commit()
    with pytest.raises(Conflict):
        second.commit()
    assert application.log.batch().state(COUNTER, TWO) == 0


@pytest.mark.parametrize("commands", [1, SMALL], ids=["statement", "copy"])
def test_nothing_goes_on_behind_an_event_that_is_gone_and_the_process_forgets_it(
    application: Application, servers: Servers, commands: int
) -> None:
    """A process may outlive the restore of an older log; what it knows is then of another one."""
    batch = application.log.batch()
    for _ in range(LONG):
        add(batch, ONE, 1)
    batch.commit()
    late = application.log.batch()
    for _ in range(commands):
        add(late, ONE, 1)
    add(late, TWO, 1)
    with psycopg.connect(owned(application, servers), autocommit=True) as owner:
        owner.execute(
            "DELETE FROM stored_events WHERE originator_id = %s AND originator_version > 10",
            (COUNTER.stream(ONE),),
        )
    with pytest.raises(Gone):
        late.commit()
    again = application.log.batch()
    assert (again.state(COUNTER, ONE), again.state(COUNTER, TWO)) == (10, 0)


APART = """
CREATE TABLE ledger_leaves AS
    SELECT notification_id - 1 AS leaf_index, originator_id, originator_version, recorded_at, actor,
           correlation, causation, leaf, salt FROM stored_events;
ALTER TABLE stored_events DROP recorded_at, DROP actor, DROP correlation, DROP causation, DROP leaf,
    DROP salt
"""
"""As a log was at first."""


def test_a_log_whose_leaves_have_a_table_of_their_own_is_joined_with_them(
    application: Application, servers: Servers
) -> None:
    batch = application.log.batch()
    add(batch, ONE, 1)
    add(batch, TWO, 2)
    batch.commit()
    url = owned(application, servers)
    with psycopg.connect(url, autocommit=True) as owner:
        as_it_was = owner.execute(EVENTS_WITH_LEAF).fetchall()
        owner.execute(APART)
    older = LedgerRecorder(url, "gongjiang/test", pool_size=1)
    try:
        for _ in range(2):
            older.create()
    finally:
        older.datastore.close()
    with psycopg.connect(url) as owner:
        assert owner.execute(EVENTS_WITH_LEAF).fetchall() == as_it_was
    again = application.log.batch()
    add(again, ONE, 1)
    assert again.commit() == 6


@pytest.mark.parametrize("versions", [(2,), (1, 3)])
def test_a_stream_has_no_gap(application: Application, versions: Sequence[int]) -> None:
    """It is a mistake of ours to ask for one: nobody else can make it."""
    batch = application.log.batch()
    add(batch, ONE, 1)
    entries = [replace(batch.entries[0], version=version) for version in versions]
    with pytest.raises(ValueError, match="does not follow"):
        application.log.recorder.store(entries, {})


def test_a_step_that_goes_with_the_events_undoes_them_when_it_fails(
    application: Application,
) -> None:
    def fail(cursor: psycopg.Cursor) -> None:
        raise Conflict("a zombie's position")

    batch = application.log.batch()
    add(batch, ONE, 1)
    with pytest.raises(Conflict):
        batch.commit([fail])
    assert application.log.head == 0


def test_eight_writers_leave_positions_and_leaves_without_gaps(application: Application) -> None:
    def write(number: int) -> None:
        for step in range(12):
            nomination = uuid5(ONE, str((number + step) % 5))
            application.commit(partial(add, nomination=nomination, number=1))

    with ThreadPoolExecutor(8) as writers:
        list(writers.map(write, range(8)))

    events = application.log.read(0, 1000)
    assert [recorded.position for recorded in events] == list(range(1, 8 * 12 * 2 + 1))
    assert [recorded.leaf.index for recorded in events] == list(range(8 * 12 * 2))


def test_each_leaf_covers_the_stored_bytes_and_the_leaf_before_it(
    application: Application,
) -> None:
    batch = application.log.batch()
    add(batch, ONE, 1)
    add(batch, ONE, 2)
    batch.commit()
    with application.reading() as connection:
        rows = connection.execute(
            "SELECT * FROM stored_events WHERE originator_id = %s ORDER BY originator_version",
            (ONE,),
        ).fetchall()
    previous = NO_PREVIOUS
    for row in rows:
        entry = Entry(
            stream=row["originator_id"],
            version=row["originator_version"],
            topic=row["topic"],
            recorded_at=row["recorded_at"],
            actor=row["actor"],
            correlation=row["correlation"],
            causation=row["causation"],
            state=bytes(row["state"]),
        )
        assert entry.leaf(b"gongjiang/test", previous, bytes(row["salt"])) == row["leaf"]
        previous = bytes(row["leaf"])
    assert len(rows) == 2


def test_the_format_of_a_leaf_never_changes() -> None:
    entry = Entry(ONE, 1, "added.v1", AT, "office", TWO, "request:1", b"{}")
    record = entry.record(b"gongjiang/test", NO_PREVIOUS, bytes(32))
    assert sha256(b"\0" + record).digest() == entry.leaf(b"gongjiang/test", NO_PREVIOUS, bytes(32))
    assert (
        record.hex()
        == "676f6e676a69616e672d6576656e742d763100010000000e676f6e676a69616e672f74657374"
        "00000000000000000000000000000001000000000000000100000008"
        "61646465642e7631"
        "0005996325e30400"  # 1576026000 s
        "000000066f6666696365"
        "0000001000000000000000000000000000000002"
        "00000009726571756573743a31" + "00" * 32 + sha256(b"{}").hexdigest() + "00" * 32
    )


@pytest.mark.parametrize("table", ["stored_events", "rehearsal_clock"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_can_neither_change_nor_remove_what_is_recorded(
    application: Application, table: str, statement: str
) -> None:
    column = {"stored_events": "topic", "rehearsal_clock": "set_by"}
    with (
        application.reading() as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.format(table, column[table], "''"))


def test_the_librarys_unsafe_way_of_writing_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REVIEW_POSTGRES_ENABLE_DB_FUNCTIONS", "y")
    with pytest.raises(UnsafeRecorder, match="REVIEW_POSTGRES_ENABLE_DB_FUNCTIONS"):
        LedgerRecorder("postgresql://nobody@127.0.0.1/none", "gongjiang/test")


def test_the_librarys_own_insert_is_no_way_into_the_log(application: Application) -> None:
    with pytest.raises(UnsafeRecorder):
        application.recorder.insert_events([])
