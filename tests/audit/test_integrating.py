"""The integrator keeps the tree of the leaves: whatever the windows, the races, the damage."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deploy.local.servers import Servers
from shared import recorder
from shared.audit import tiles
from shared.audit.integrator import Integrator, tree_of
from shared.audit.tiles import Damaged, rebuild
from shared.recorder import Conflict
from tests.audit.signed import Ledger, ledger


@pytest.fixture(scope="module")
def ours(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with ledger(servers, tmp_path_factory.mktemp("secrets"), "review", "integrating") as made:
        yield made


@pytest.fixture
def fresh(ours: Ledger) -> Ledger:
    with ours.administrator() as owner:
        owner.execute("TRUNCATE stored_events, ledger_tiles, ledger_tree")
    return ours


def plain_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, word for word."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\1" + plain_root(leaves[:split]) + plain_root(leaves[split:])).digest()


def put(ours: Ledger, leaves: Sequence[bytes], start: int) -> None:
    """Leaves of nothing, straight into the table."""
    with ours.administrator() as owner, owner.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO stored_events VALUES (%s, %s, 1, now(), %s, '', '', '', %s, '', '')",
            [(start + n, uuid4(), uuid4(), leaf) for n, leaf in enumerate(leaves, start=1)],
        )


def size_and_root(ours: Ledger) -> tuple[int, bytes]:
    with ours.session() as session:
        found = tree_of(session)
    assert found is not None
    return found.size, found.root


@given(
    batches=st.lists(st.integers(1, 300), min_size=1, max_size=4),
    window=st.sampled_from([1, 7, 255, 256, 257, 4096]),
)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_root_is_that_of_the_leaves_after_any_batches_in_any_windows(
    ours: Ledger, batches: list[int], window: int
) -> None:
    with ours.administrator() as owner:
        owner.execute("TRUNCATE stored_events, ledger_tiles, ledger_tree")
    known: list[bytes] = []
    before, tiles.WINDOW = tiles.WINDOW, max(window, max(batches) // 20)
    try:
        for batch in batches:
            more = [os.urandom(32) for _ in range(batch)]
            put(ours, more, len(known))
            known += more
            ours.integrate()
            assert size_and_root(ours) == (len(known), plain_root(known))
            assert ours.is_of_one_piece()
    finally:
        tiles.WINDOW = before


def test_of_two_integrators_only_one_can_store_a_window(fresh: Ledger) -> None:
    first, second = (
        Integrator(fresh.application, wait=lambda _: None, stopped=lambda: False) for _ in range(2)
    )
    fresh.count()
    with fresh.session() as one, fresh.session() as two:
        assert first.advance(one)
        fresh.count()
        with one.transaction():
            assert first.advance(one)
            two.execute("SET lock_timeout = '200ms'")
            with pytest.raises(Exception, match="lock timeout"):
                second.advance(two)
        fresh.count()
        stale = second._tree(two)
        assert first.advance(one)
        second._tree = lambda session: stale  # type: ignore[method-assign]
        with pytest.raises(Conflict):
            second.advance(two)
    assert fresh.is_of_one_piece()


def test_eight_writers_leave_leaves_without_a_gap_and_the_tree_is_theirs(fresh: Ledger) -> None:
    """Attack 23: half of them want the same counters, and conflict."""
    shared = [uuid4() for _ in range(4)]

    def write(writer: int) -> None:
        for number in range(12):
            fresh.count(shared[number % 4] if writer % 2 else None)

    with ThreadPoolExecutor(9) as pool:
        running = [pool.submit(write, writer) for writer in range(8)]
        for one in running:
            pool.submit(fresh.integrate).result()
            one.result()
    fresh.integrate()
    with fresh.session() as session:
        rows = session.execute(
            "SELECT notification_id, leaf FROM stored_events ORDER BY notification_id"
        ).fetchall()
    assert [row["notification_id"] - 1 for row in rows] == list(range(8 * 12 * 2))
    assert size_and_root(fresh) == (len(rows), plain_root([row["leaf"] for row in rows]))


def test_a_clock_that_steps_back_changes_neither_order_nor_tree(
    fresh: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attack 24: the order is that of the leaves, and the times stay as they were told."""
    fresh.count()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    monkeypatch.setattr("shared.eventlog.machine_time", lambda: yesterday)
    fresh.count()
    monkeypatch.setattr("shared.eventlog.machine_time", recorder.machine_time)
    fresh.count()
    fresh.integrate()
    with fresh.session() as session:
        rows = session.execute(
            "SELECT recorded_at, leaf FROM stored_events ORDER BY notification_id"
        ).fetchall()
    times = [row["recorded_at"] for row in rows]
    assert times[2] < times[1] < times[4]
    assert size_and_root(fresh) == (6, plain_root([row["leaf"] for row in rows]))


DAMAGE = {
    "damaged": "UPDATE ledger_tiles SET hashes = set_byte(hashes, 3, 255 - get_byte(hashes, 3))",
    "stale": "UPDATE ledger_tiles SET hashes = substring(hashes from 1 for 32)",
    "missing": "DELETE FROM ledger_tiles",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_the_tree_does_not_grow_on_damaged_tiles_and_is_made_anew_from_the_leaves(
    fresh: Ledger, damage: str
) -> None:
    """Attack 11."""
    fresh.count()
    fresh.integrate()
    with fresh.administrator() as owner:
        owner.execute(DAMAGE[damage])
    fresh.count()
    with pytest.raises((Damaged, LookupError)):
        fresh.integrate()
    with fresh.session() as session:
        assert rebuild(session) == 2
    fresh.integrate()
    assert size_and_root(fresh)[0] == 4
    assert fresh.is_of_one_piece()


def test_tiles_are_not_made_anew_from_leaves_that_give_another_root(fresh: Ledger) -> None:
    fresh.count()
    fresh.integrate()
    with fresh.administrator() as owner:
        owner.execute("UPDATE stored_events SET leaf = sha256(leaf) WHERE notification_id = 1")
    with fresh.session() as session, pytest.raises(Damaged, match="do not give the root"):
        rebuild(session)
    assert fresh.is_of_one_piece()
