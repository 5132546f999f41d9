"""Views follow the log exactly once and can be rebuilt; timers outlive who was to fire them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from deploy.local.servers import Servers
from shared.application import Application
from shared.clock import RehearsalClock
from shared.messages import Recorded
from shared.plan import Due, Settled
from shared.positions import projected, rebuilds
from shared.projector import Projector, rebuild
from shared.recorder import Conflict
from shared.timers import Overdue, Timers, due
from shared.web.measures import measures
from tests.actors import AT, OFFICE
from tests.shared.counters import PLAN, Added
from tests.shared.machinery import counting


@pytest.fixture(scope="module")
def application(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    with counting(servers, tmp_path_factory.mktemp("projector"), "test_projector") as made:
        yield made


@pytest.fixture
def session(application: Application) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    with psycopg.connect(
        application.settings.database_url, autocommit=True, row_factory=dict_row
    ) as connection:
        yield connection


@pytest.fixture
def projector(application: Application) -> Projector:
    return Projector(application, wait=lambda seconds: None, stopped=lambda: False)


def count(application: Application, nomination: UUID, number: int) -> int:
    body = {"nomination_id": nomination, "number": number}
    return application.execute("counter", nomination, "add", body, OFFICE).position


def advance(projector: Projector, session: psycopg.Connection[dict[str, Any]]) -> None:
    for view in (*PLAN.views, *projector._application.views):
        while projector.advance(session, view):
            continue


def sums(session: psycopg.Connection[dict[str, Any]]) -> list[dict[str, Any]]:
    return session.execute("SELECT id, total FROM sums ORDER BY id").fetchall()


def test_a_view_sees_each_event_once_and_its_position_moves_with_every_event(
    application: Application,
    session: psycopg.Connection[dict[str, Any]],
    projector: Projector,
) -> None:
    nomination = uuid4()
    count(application, nomination, 2)
    last = count(application, nomination, 3)
    assert not application.wait_for_views(last, timeout=0.0)
    advance(projector, session)
    advance(projector, session)
    assert {"id": nomination, "total": 5} in sums(session)
    assert projected(session, "sums") == application.log.head
    assert application.wait_for_views(last)


def test_two_projectors_cannot_both_apply_an_event(
    application: Application,
    session: psycopg.Connection[dict[str, Any]],
    projector: Projector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    count(application, uuid4(), 1)
    view = PLAN.views[0]
    apply = type(view).apply

    def overtaken(self: object, cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
        apply(self, cursor, recorded)  # type: ignore[arg-type]

    behind = projected(session, view.name)
    advance(projector, session)
    monkeypatch.setattr("shared.projector.projected", lambda *_: behind)
    with pytest.raises(Conflict):
        projector.advance(session, view)


def test_a_rebuilt_view_equals_the_one_that_grew(
    application: Application,
    session: psycopg.Connection[dict[str, Any]],
    projector: Projector,
) -> None:
    for number in range(1, 6):
        count(application, uuid4(), number)
    advance(projector, session)
    grown = sums(session)
    session.execute("UPDATE sums SET total = 77")
    rebuild(session, PLAN.views[0])
    advance(projector, session)
    assert sums(session) == grown


def test_nobody_sees_a_view_that_is_being_rebuilt(
    application: Application,
    session: psycopg.Connection[dict[str, Any]],
    projector: Projector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """S43: a past moment, at which somebody was still named, never comes back. Others go on."""
    for number in range(1, 6):
        count(application, uuid4(), number)
    advance(projector, session)
    grown, seen = sums(session), []
    apply = type(PLAN.views[0]).apply

    def looked_at(self: object, cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
        apply(self, cursor, recorded)  # type: ignore[arg-type]
        seen.append((sums(session), projected(session, "sums")))

    monkeypatch.setattr(type(PLAN.views[0]), "apply", looked_at)
    monkeypatch.setattr("shared.projector.WINDOW", 2)
    rebuild(session, PLAN.views[0])
    head = application.log.head
    projector._advance_all(session)
    assert len(seen) >= head
    assert all(one == (grown, head) for one in seen)
    assert sums(session) == grown
    assert not rebuilds(session)


def test_the_metrics_tell_how_far_each_view_has_come(
    application: Application,
    session: psycopg.Connection[dict[str, Any]],
    projector: Projector,
) -> None:
    advance(projector, session)
    count(application, uuid4(), 1)
    assert b'gongjiang_view_lag{view="sums"} 2.0' in measures(application)
    advance(projector, session)
    assert b'gongjiang_view_lag{view="sums"} 0.0' in measures(application)


def test_a_timer_is_due_at_its_business_time_even_if_nobody_was_there(
    application: Application, session: psycopg.Connection[dict[str, Any]]
) -> None:
    target = uuid4()
    view = Timers(lambda _: [Due(f"window:{target}", AT, "counter", target, "add")])
    recorded = next(iter(application.log.read(0, 1)))
    with session.cursor() as cursor:
        view.apply(cursor, recorded)
        view.apply(cursor, recorded)
    assert due(session, AT - timedelta(seconds=1)) == []
    (overdue,) = due(session, AT + timedelta(days=3))
    assert (overdue.at, overdue.target, overdue.command) == (AT, target, "add")
    settled = Timers(lambda _: [Settled(f"window:{target}")])
    with session.cursor() as cursor:
        settled.apply(cursor, recorded)
    assert due(session, AT + timedelta(days=3)) == []


def test_a_timer_that_cannot_be_fired_holds_up_no_other(
    application: Application,
    session: psycopg.Connection[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A defect in one deadline must not cost the others theirs."""
    broken, sound = uuid4(), uuid4()
    view = Timers(
        lambda _: [
            Due(f"window:{target}", AT - timedelta(days=days), "counter", target, "add")
            for days, target in ((9, broken), (8, sound))
        ]
    )
    with session.cursor() as cursor:
        view.apply(cursor, next(iter(application.log.read(0, 1))))
    fired = []

    def fire(timer: Overdue) -> None:
        if timer.target == broken:
            raise KeyError("a defect")
        fired.append(timer.target)

    monkeypatch.setattr(application, "_fire", fire)
    assert application.fire_timers() == len((broken, sound))
    assert fired == [sound]
    session.execute("DELETE FROM timers")


def test_the_rehearsal_clock_runs_on_from_where_it_was_set_for_every_process(
    application: Application,
) -> None:
    clock = application.clock
    assert isinstance(clock, RehearsalClock)
    moment = datetime.fromisoformat("2019-12-10T17:00:00+08:00")
    clock.set(moment, "operator")
    another = RehearsalClock(application.reading)
    first, second = another.now(), another.now()
    assert moment <= first <= second < moment + timedelta(minutes=1)
    assert first.utcoffset() == timedelta(hours=8)


def test_what_was_added_is_what_was_stored() -> None:
    assert Added.topic() == "added.v1"


def test_a_view_that_cannot_go_on_holds_up_no_other_and_says_so(
    application: Application,
    session: psycopg.Connection[dict[str, Any]],
    projector: Projector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    last = count(application, uuid4(), 1)

    def cannot(self: object, cursor: psycopg.Cursor[Any], recorded: Recorded) -> None:
        cursor.execute("SELECT 1/0")

    with monkeypatch.context() as broken:
        broken.setattr(type(PLAN.views[0]), "apply", cannot)
        projector._advance_all(session)
        assert projector.state == "stuck: sums"
        assert projected(session, "sums") < last
        assert projected(session, "cases") >= last
    projector._stuck.clear()
    advance(projector, session)
    assert projected(session, "sums") >= last


def test_a_rebuild_waits_for_a_projector_that_is_at_work(
    application: Application,
    session: psycopg.Connection[dict[str, Any]],
    projector: Projector,
) -> None:
    """Asked for twice, it is done once; the row of the position is there to be locked."""
    count(application, uuid4(), 2)
    rebuild(session, PLAN.views[0])
    rebuild(session, PLAN.views[0])
    advance(projector, session)
    assert not rebuilds(session)
    row = session.execute("SELECT count(*) AS n FROM projected WHERE view = 'sums'").fetchone()
    assert row == {"n": 1}
    advance(projector, session)
    assert sums(session)
