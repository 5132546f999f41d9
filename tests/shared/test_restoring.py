"""A log that a larger signed checkpoint contradicts is frozen until the restore is on record."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest

from deploy.local.servers import Servers
from shared.application import Application
from shared.eventlog import Cause
from shared.messages import Addressed, NotEntitled
from shared.recorder import LedgerFrozen
from shared.restored import record_restore
from shared.restoring import (
    LEDGER,
    Epochs,
    FollowRestore,
    LogRestored,
    NotFrozen,
    RecordRestore,
    UpstreamRestored,
    epoch,
    freeze,
    frozen,
    is_on_record,
)
from tests.actors import AT, OFFICE, OPERATOR, SYSTEM_ACTOR
from tests.given import given
from tests.shared.counters import COUNTER, Add
from tests.shared.machinery import counting

ORIGIN = "gongjiang/test"
NOMINATION = UUID("6c1d3a52-1c8e-5d13-9a51-7f3c1d5a9e60")
RECORD = RecordRestore(
    at=AT,
    by=OPERATOR,
    origin=ORIGIN,
    size=900,
    root="9f" * 32,
    note="signed",
    kept=700,
    epoch=2,
    origin_now=f"{ORIGIN}/2",
    reason="磁盘损坏",
)
FOLLOW = FollowRestore(at=AT, by=SYSTEM_ACTOR, upstream="intake", epoch=2, kept=7, reached=(9,))


@pytest.fixture
def application(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    with counting(servers, tmp_path_factory.mktemp("restoring"), "test_restoring") as made:
        yield made


def add(application: Application) -> int:
    """Store one event; its position."""
    batch = application.log.batch()
    command = Add(at=AT, by=OFFICE, nomination_id=NOMINATION, number=1)
    batch.ask(Addressed(COUNTER, NOMINATION, command), Cause("test"))
    return batch.commit()


def freeze_at(
    application: Application, size: int, note: bytes = b"a signed note", origin: str = ORIGIN
) -> None:
    with application.reading() as connection:
        freeze(connection, origin, size, bytes(32), note, "rolled_back")


def grow_tree(application: Application, size: int) -> None:
    """What the integrator had done before the backup was made."""
    with application.reading() as connection:
        connection.execute(
            "INSERT INTO ledger_tree (origin, size, root, first_index) VALUES (%s, %s, %s, 0)",
            (ORIGIN, size, bytes(32)),
        )


def test_a_frozen_log_stores_nothing(application: Application) -> None:
    """The database itself refuses: no service can forget to ask."""
    first = add(application)
    freeze_at(application, 900)
    with pytest.raises(LedgerFrozen):
        add(application)
    assert application.log.head == first


def test_of_several_lost_heads_the_greatest_is_named(application: Application) -> None:
    """They may be heard in any order."""
    for size in (20, 31, 25):
        freeze_at(application, size, str(size).encode())
    with application.reading() as connection:
        known = frozen(connection)
    assert known is not None
    assert (known.size, known.note) == (31, b"31")


def test_recording_the_restore_thaws_the_log_and_begins_the_next_epoch(
    application: Application,
) -> None:
    """The entry is the first leaf behind what survived; the tree goes on under a new origin."""
    kept = [add(application) for _ in range(3)][-1]
    grow_tree(application, kept)
    freeze_at(application, 900)

    record_restore(application, OPERATOR, "磁盘损坏，恢复到十时的备份")

    (told,) = application.log.read(kept, 10)
    assert isinstance(told.event, LogRestored)
    assert told.leaf.index == told.event.kept == kept
    assert (told.event.origin, told.event.size, told.event.epoch) == (ORIGIN, 900, 2)
    with application.reading() as connection:
        assert epoch(connection) == (2, kept)
        assert frozen(connection) is None
        row = connection.execute(
            "SELECT origin, size, first_index FROM ledger_tree ORDER BY first_index DESC LIMIT 1"
        ).fetchone()
    assert row == {"origin": f"{ORIGIN}/2", "size": kept, "first_index": kept}
    assert add(application) > kept + 1


def test_a_backup_from_before_an_earlier_restore_goes_on_in_an_epoch_that_never_was(
    application: Application,
) -> None:
    """The second epoch was lost as well: its origin and its key are not used again."""
    kept = add(application)
    grow_tree(application, kept)
    for size, origin in ((900, ORIGIN), (950, f"{ORIGIN}/2")):
        freeze_at(application, size, origin.encode(), origin)

    told = record_restore(application, OPERATOR, "恢复到上次恢复之前的备份")

    assert (told.origin, told.size, told.note) == (f"{ORIGIN}/2", 950, f"{ORIGIN}/2")
    assert (told.epoch, told.origin_now) == (3, f"{ORIGIN}/3")
    with application.reading() as connection:
        assert epoch(connection) == (3, kept)
        assert frozen(connection) is None
        assert is_on_record(connection, ORIGIN, 900)
        assert is_on_record(connection, f"{ORIGIN}/2", 950)
    assert add(application) > kept + 1


def test_a_larger_head_that_is_heard_of_after_the_record_is_recorded_as_well(
    application: Application,
) -> None:
    grow_tree(application, add(application))
    freeze_at(application, 900)
    record_restore(application, OPERATOR, "磁盘损坏")
    freeze_at(application, 950)
    with pytest.raises(LedgerFrozen):
        add(application)
    told = record_restore(application, OPERATOR, "还有更大的已签名检查点")
    assert (told.size, told.origin_now) == (950, f"{ORIGIN}/3")
    assert add(application)


def test_a_log_that_is_not_frozen_has_nothing_to_record(application: Application) -> None:
    """Nobody begins an epoch without a head that was lost."""
    with pytest.raises(NotFrozen):
        record_restore(application, OPERATOR, "只是试试")


def test_the_services_own_role_thaws_nothing_without_an_entry(application: Application) -> None:
    """Neither by taking the lost head away, nor by making it another."""
    add(application)
    freeze_at(application, 900)
    for statement in (
        "DELETE FROM ledger_frozen",
        "UPDATE ledger_frozen SET size = 1",
        "UPDATE ledger_frozen SET origin = 'gongjiang/other'",
        "INSERT INTO epochs VALUES (2, 0, 'gongjiang/test', 900); DELETE FROM ledger_frozen",
    ):
        with (
            application.reading() as connection,
            pytest.raises(psycopg.Error, match=r"lost head|thaws"),
        ):
            connection.execute(statement)
        with pytest.raises(LedgerFrozen):
            add(application)


def test_only_an_operator_records_a_restore(application: Application) -> None:
    """And the log stays frozen when somebody else tries."""
    grow_tree(application, add(application))
    freeze_at(application, 900)
    with pytest.raises(NotEntitled):
        record_restore(application, OFFICE, "不是运维人员")
    with pytest.raises(LedgerFrozen):
        add(application)


def test_each_epoch_begins_once() -> None:
    """S42: whoever records the same restore again is told which epoch comes next."""
    given(LEDGER, *LEDGER.decide(RECORD, Epochs())).when(RECORD).refused("S42")


def test_a_restore_of_an_upstream_that_is_known_changes_nothing() -> None:
    """S42: every partition brings the news."""
    told = UpstreamRestored(upstream="intake", epoch=2, kept=7, reached=(9,))
    given(LEDGER).when(FOLLOW).then(told)
    given(LEDGER, told).when(FOLLOW).then()
