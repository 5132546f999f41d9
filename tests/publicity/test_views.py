"""The portal's tables, filled by events and read again, on a real database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import psycopg
import pytest
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from deploy.local.servers import Servers
from services.publicity.feeds import Tombstone, everything, items
from services.publicity.objecting import ObjectionClosed
from services.publicity.picture import Extension, Picture, picture, told
from services.publicity.posted import Harmless, NoticeExtended, ObjectionAdmitted
from services.publicity.revoking import RevocationCorrected, TitleRevoked
from services.publicity.title import RewardPaid, TitleForfeited, TitleKept
from services.publicity.views import PORTAL
from shared.calendar import end_of_day
from shared.messages import Event, LeafRef, Recorded
from tests.actors import SYSTEM_ACTOR
from tests.publicity.pictures import DECIDED, LISTED, POSTED, WITHOUT_JIA
from tests.publicity.stories import (
    BEFORE,
    BING,
    CAMPAIGN,
    CLOSING,
    ENTRIES,
    JIA,
    LATER,
    MEANWHILE,
    NOTICE_ID,
    OPENING,
    PAPER,
    YI,
    barred,
    cancelled,
    clearance_noted,
    closed,
    conferred,
    entry,
    entry_noted,
    entry_removed,
    entry_withdrawn,
    list_noted,
    prepared,
    published,
    republished,
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


# what follows the first notice


def later(*course: Event) -> list[tuple[Event, datetime]]:
    """The first notice is up; then, two days later, this."""
    return [*COURSE[:4], *((event, MEANWHILE) for event in course)]


def test_an_extended_notice_shows_its_new_end_and_why(tables: Tables) -> None:
    """P1: told as a correction, and the notice reads differently."""
    until = date(2019, 12, 30)
    longer = NoticeExtended(
        campaign_id=CAMPAIGN,
        notice_id=NOTICE_ID,
        closes_on=until,
        closes_at=end_of_day(until),
        counted=(*published().counted, until),
        calendar="chinesecalendar 1.11.0",
        reason="门户网站停机维护一日",
        nominations=(BING, YI, JIA),
    )
    shown = tables.play(*later(longer))
    [notice] = shown.notices
    assert (notice.closes_on, notice.closes_at) == (until, end_of_day(until))
    assert notice.extensions == (Extension(until, "门户网站停机维护一日", MEANWHILE),)
    told = items(shown, "http://portal.example")
    assert [item.type for item in told] == ["更正", "公示"]
    assert told[0].supersedes == told[1].urn
    assert "门户网站停机维护一日" in told[0].document.html
    assert "顺延至2019年12月30日" in told[1].document.html


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("withdrawn", "撤回申报"),
        ("merged", "并入同一人的另一项申报"),
        ("ineligible", "不符合评选条件"),
        ("vetoed", "一票否决"),
    ],
)
def test_a_removed_entry_is_told_as_what_it_is(
    tables: Tables, reason: Harmless, words: str
) -> None:
    """P6, P7, P9: no cancellation, and no name any more (P3)."""
    shown = tables.play(*later(entry_removed(JIA, reason)))
    told = items(shown, "http://portal.example")
    assert [item.type for item in told] == ["更正", "公示"]
    for item in told:
        assert words in item.document.html
        assert "弄虚作假" not in item.document.html
    assert "测试甲" not in tables.everything()


def test_fraud_found_after_a_removal_is_announced_all_the_same(tables: Tables) -> None:
    """S43."""
    shown = tables.play(*later(entry_removed(JIA, "withdrawn"), entry_withdrawn(JIA)))
    assert "取消" in [item.type for item in items(shown, "http://portal.example")]
    assert [one.reason for one in shown.notices[0].withdrawn] == ["disqualified"]


def test_what_is_posted_again_stands_on_the_latest_notice_alone(tables: Tables) -> None:
    """P6: the second names the first, and the first says that it was corrected."""
    corrected = {**ENTRIES, JIA: entry("测试甲", employer="虚构港务示例有限公司")}
    again = republished(JIA, corrected=(JIA,), entries=corrected)
    shown = tables.play(*later(again))
    second, first = shown.notices
    assert (second.number, second.earlier) == (2, first.notice_id)
    assert [one.employer for one in second.entries] == ["虚构港务示例有限公司"]
    assert [one.nomination_id for one in first.entries] == [BING, YI]
    assert [one.reason for one in first.withdrawn] == ["corrected"]
    newest, oldest = items(shown, "http://portal.example")
    assert newest.document.title == "关于“港区工匠”评选结果的再次公示"
    assert newest.supersedes == oldest.urn
    assert "另行再次公示" in oldest.document.html


def test_the_result_says_what_became_of_the_objections_and_never_of_whom(tables: Tables) -> None:
    """S71, P6, P4."""
    assert "届满，无异议。" in _result(tables.play(*COURSE[:4], (closed(BING, YI), CLOSING)))
    tables.empty()
    admitted = ObjectionAdmitted(
        campaign_id=CAMPAIGN, notice_id=NOTICE_ID, nomination_id=JIA, objection_id=JIA
    )
    pending = (*later(admitted), (closed(BING, YI, JIA), CLOSING))
    assert "有异议1件，处理结果：正在核查1件。" in _result(tables.play(*pending))
    tables.empty()
    ended = ObjectionClosed(nomination_id=JIA, campaign_id=CAMPAIGN, outcome="unfounded")
    shown = tables.play(*pending, (ended, LATER))
    assert "有异议1件，处理结果：不成立1件。" in _result(shown)
    result = next(row for row in shown.feed if row.kind == "结果")
    assert result.updated_at == LATER


def _result(shown: Picture) -> str:
    told = items(shown, "http://portal.example")
    return str(next(item.document.html for item in told if item.type == "结果"))


def test_a_revoked_title_is_announced_and_stays_on_the_roll_as_revoked(tables: Tables) -> None:
    """P15: 公告; the decision that conferred it says so too; a correction is told as well."""
    about = {"nomination_id": YI, "campaign_id": CAMPAIGN}
    number = "嘉港区管〔2020〕9号"
    revoked = [
        *COURSE,
        (TitleRevoked(**about, decision_number=number, statement="撤销"), LATER),
        (TitleForfeited(**about), LATER),
    ]
    shown = tables.play(*revoked)
    [honour] = [one for one in shown.honours if one.nomination_id == YI]
    assert (honour.standing, honour.revocation_number) == ("revoked", number)
    told = items(shown, "http://portal.example")
    revocation = next(item for item in told if item.type == "撤销")
    assert "决定撤销测试乙" in revocation.document.html
    assert "测试乙（已撤销）" in next(i.document.html for i in told if i.type == "决定")
    tables.empty()
    restored = tables.play(
        *revoked,
        (
            RevocationCorrected(**about, decision_number="嘉港区管〔2020〕12号", statement="有误"),
            LATER,
        ),
        (TitleKept(**about), LATER),
    )
    [honour] = [one for one in restored.honours if one.nomination_id == YI]
    assert honour.standing == "conferred"
    told = items(restored, "http://portal.example")
    assert "撤销" not in [item.type for item in told]
    correction = told[0]
    assert correction.document.title == "关于纠正撤销“港区工匠”荣誉称号决定的公告"
    assert "已由嘉港区管〔2020〕12号予以纠正" in correction.document.html
    [stone] = (one for one in everything(restored, "") if isinstance(one, Tombstone))
    assert (stone.urn, stone.deleted_at) == (revocation.urn, LATER)
    assert correction.supersedes == stone.urn


def test_a_notice_that_lists_nobody_any_more_leaves_a_tombstone(tables: Tables) -> None:
    """S43, P6: no id vanishes, and what was told of the notice is taken down with its last line."""
    before = tables.play(*COURSE[:4])
    posted = {one.urn for one in items(before, "") if one.type == "公示"}
    gone = [(entry_removed(one, "withdrawn"), LATER) for one in (BING, YI, JIA)]
    tables.empty()
    told = everything(tables.play(*COURSE[:4], *gone), "")
    assert {one.urn for one in told if isinstance(one, Tombstone)} == posted


def test_amended_terms_change_every_text_of_the_campaign(tables: Tables) -> None:
    """A8: contact and periods stand in the texts, so no reader may keep the old ones."""
    before = tables.play(*COURSE)
    tables.empty()
    after = tables.play(*COURSE, (prepared(), LATER))
    assert {row.position for row in after.feed} == {after.position}
    assert after.position > before.position


def test_a_paid_reward_is_known(tables: Tables) -> None:
    """S40."""
    paid = RewardPaid(nomination_id=BING, campaign_id=CAMPAIGN, amount_fen=100, sha256=PAPER)
    shown = tables.play(*COURSE, (paid, LATER))
    assert [one.paid for one in shown.honours] == [True, False]
