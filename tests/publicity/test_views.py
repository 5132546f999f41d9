"""The portal's tables, filled by events and read again, on a real database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from deploy.local.servers import Servers
from services.publicity.feeds import items
from services.publicity.views import PORTAL, Picture, picture, told
from shared.messages import Event, LeafRef, Recorded
from tests.actors import SYSTEM_ACTOR
from tests.publicity.pictures import DECIDED, LISTED, POSTED, WITHOUT_JIA
from tests.publicity.stories import (
    BEFORE,
    BING,
    CLOSING,
    JIA,
    LATER,
    MEANWHILE,
    OPENING,
    YI,
    barred,
    cancelled,
    clearance_noted,
    closed,
    conferred,
    entry_noted,
    entry_withdrawn,
    list_noted,
    prepared,
    published,
    revocation_opened,
)

COURSE: list[tuple[Event, datetime]] = [
    (list_noted(JIA, YI, BING), BEFORE),
    (prepared(), BEFORE),
    (entry_noted(JIA), BEFORE),
    (published(BING, YI, JIA), OPENING),
    (cancelled(), MEANWHILE),
    (entry_withdrawn(JIA), MEANWHILE),
    (closed(BING, YI), CLOSING),
    (clearance_noted(YI), CLOSING),
    (conferred(YI, "GQGJ-2019-002"), LATER),
    (conferred(BING, "GQGJ-2019-001"), LATER),
    (revocation_opened(YI), LATER),
]
"""Positions 1 to 11."""


class Tables:
    """The tables of the portal in a schema of their own."""

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection

    def play(self, *course: tuple[Event, datetime]) -> Picture:
        """What is shown after these events."""
        with self.connection.cursor() as cursor:
            for position, (event, at) in enumerate(course, start=1):
                PORTAL.apply(cursor, recorded(event, at, position))
        return picture(self.connection)

    def empty(self) -> None:
        """As `rebuild` does."""
        for table in PORTAL.tables:
            self.connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))

    def everything(self) -> str:
        """All that the tables hold."""
        queries = [SQL("SELECT * FROM {}").format(Identifier(table)) for table in PORTAL.tables]
        return str([self.connection.execute(query).fetchall() for query in queries])


def recorded(event: Event, at: datetime, position: int) -> Recorded:
    return Recorded(
        position=position,
        stream=JIA,
        version=position,
        event=event,
        at=at,
        by=SYSTEM_ACTOR,
        recorded_at=at,
        correlation=JIA,
        causation="test",
        leaf=LeafRef(position, b""),
    )


@pytest.fixture
def tables(servers: Servers) -> Iterator[Tables]:
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA publicity_views")
        try:
            connection.execute("SET search_path TO publicity_views")
            connection.execute(PORTAL.schema)
            yield Tables(connection)
        finally:
            connection.execute("DROP SCHEMA publicity_views CASCADE")


def test_there_is_nothing_before_the_first_event(tables: Tables) -> None:
    assert tables.play() == Picture(0, (), (), (), ())
    assert told(tables.connection) == 0


def test_a_list_may_come_before_its_campaign(tables: Tables) -> None:
    """S37: both orders; a campaign is shown once its terms are known."""
    assert tables.play(*COURSE[:1]).campaigns == ()
    assert tables.play(*COURSE[:2]).campaigns == (DECIDED,)
    tables.empty()
    assert tables.play(COURSE[1], COURSE[0]).campaigns == (DECIDED,)


def test_a_published_notice_is_shown_as_it_was_published(tables: Tables) -> None:
    """S38, P2."""
    shown = tables.play(*COURSE[:4])
    assert shown.notices == (POSTED,)
    assert (shown.position, told(tables.connection)) == (4, 4)


def test_a_withdrawn_name_is_in_no_table_any_more(tables: Tables) -> None:
    """S43, P3: and the notice's own item in the feed has changed."""
    shown = tables.play(*COURSE[:6])
    assert shown.notices == (WITHOUT_JIA,)
    assert [(row.kind, row.position) for row in shown.feed] == [("取消", 6), ("公示", 6)]
    assert shown.feed[1].updated_at == MEANWHILE
    assert LISTED[2].name == "测试甲"
    assert "测试甲" not in tables.everything()


def test_what_is_barred_before_it_is_posted_is_nowhere(tables: Tables) -> None:
    """S43: there was nothing to take back, so there is nothing to tell."""
    shown = tables.play(*COURSE[:3], (barred(JIA), BEFORE))
    assert shown.feed == ()
    assert "测试甲" not in tables.everything()


def test_honours_stand_in_the_order_of_the_notice(tables: Tables) -> None:
    """S40, P14: one decision, one item, however many titles it confers."""
    shown = tables.play(*COURSE)
    assert [honour.nomination_id for honour in shown.honours] == [BING, YI]
    assert [row.kind for row in shown.feed] == ["决定", "结果", "取消", "公示"]
    assert shown.feed[0].position == 10
    assert len(items(shown, "http://portal.example")) == 4


def test_a_revocation_that_has_begun_is_known_but_not_yet_told(tables: Tables) -> None:
    """P15: the title stands until the committee decides."""
    before = tables.play(*COURSE[:10])
    tables.empty()
    after = tables.play(*COURSE)
    assert [honour.standing for honour in after.honours] == ["conferred", "revocation_opened"]
    assert after.feed == before.feed


def test_applied_twice_or_rebuilt_it_is_the_same(tables: Tables) -> None:
    """The tables are made from the log alone."""
    first = tables.play(*COURSE)
    tables.empty()
    assert tables.play(*COURSE) == first
    with tables.connection.cursor() as cursor:
        PORTAL.apply(cursor, recorded(*COURSE[-2], 10))
    assert picture(tables.connection) == first


def test_every_moment_is_in_beijing_time(tables: Tables) -> None:
    """Whatever zone the session has."""
    tables.connection.execute("SET TIME ZONE 'America/Los_Angeles'")
    shown = tables.play(*COURSE)
    assert shown.notices[0].published_at.isoformat() == "2019-12-23T09:00:00+08:00"
    assert replace(shown, feed=()).honours[0].conferred_at.utcoffset() == LATER.utcoffset()
