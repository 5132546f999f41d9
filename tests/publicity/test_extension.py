"""Extending a notice: an act with a reason and the days that count now."""

from datetime import date, datetime

import pytest

from services.publicity.notice import NOTICE, PublishNotice
from services.publicity.posted import NoticeExtended, NoticePublished
from shared.calendar import Revision, end_of_day
from tests.actors import COMMITTEE, OFFICE
from tests.given import given
from tests.publicity.stories import (
    CAMPAIGN,
    CLOSING,
    JIA,
    MEANWHILE,
    NOTICE_ID,
    SECOND_NOTICE,
    YI,
    close,
    closed,
    entry_noted,
    extend,
    list_noted,
    prepared,
    published,
)

READY = (prepared(), list_noted(JIA, YI), entry_noted(JIA), entry_noted(YI))
POSTED = (*READY, published(YI, JIA))
MONDAY, NEW_YEAR = date(2019, 12, 30), date(2020, 1, 1)
SPRING = Revision(
    document_number="国办发明电〔2020〕1号",
    resting=frozenset({date(2020, 1, 31), date(2020, 2, 1), date(2020, 2, 2)}),
)
"""The notice of 27 January 2020: the spring festival lasts until 2 February."""


def extended(*, until: date = MONDAY, reason: str = "门户网站停机维护一日") -> NoticeExtended:
    return NoticeExtended(
        campaign_id=CAMPAIGN,
        notice_id=NOTICE_ID,
        closes_on=until,
        closes_at=end_of_day(until),
        counted=(*(date(2019, 12, day) for day in range(23, 28)), MONDAY),
        calendar="chinesecalendar 1.11.0",
        reason=reason,
        nominations=(YI, JIA),
    )


class TestUntilALaterDay:
    def test_the_office_lets_it_stay_up_with_a_reason(self) -> None:
        """P1: the event says which days count; the weekend does not."""
        given(NOTICE, *POSTED).when(extend(until=MONDAY)).then(extended())

    def test_only_the_office_may(self) -> None:
        """S38, P1."""
        given(NOTICE, *POSTED).when(extend(until=MONDAY, by=COMMITTEE)).refused("P1")

    @pytest.mark.parametrize(
        "until", [date(2019, 12, 26), date(2019, 12, 27), date(2019, 12, 28), NEW_YEAR]
    )
    def test_never_shorter_never_the_same_and_never_to_a_day_that_does_not_count(
        self, until: date
    ) -> None:
        """P1: neither an earlier day, the same day, a Saturday, nor a holiday."""
        given(NOTICE, *POSTED).when(extend(until=until)).refused("P1")

    def test_again_from_the_day_to_which_it_was_extended(self) -> None:
        """P1: several acts add up."""
        given(NOTICE, *POSTED, extended()).when(extend(until=MONDAY)).refused("P1")
        state = NOTICE.fold((*POSTED, extended()))
        [event] = NOTICE.judge(extend(until=date(2019, 12, 31)), state)
        assert isinstance(event, NoticeExtended)
        assert event.counted[-2:] == (MONDAY, date(2019, 12, 31))

    def test_not_beyond_every_measure(self) -> None:
        """P1: one act, sixty days."""
        given(NOTICE, *POSTED).when(extend(until=date(2020, 6, 1))).refused("P1")

    def test_by_a_reason_that_holds_no_personal_number(self) -> None:
        """P3."""
        given(NOTICE, *POSTED).when(extend(until=MONDAY, reason="电15400000001反映")).refused("P3")


class TestByARevision:
    def test_the_spring_festival_of_2020_moves_the_last_day(self) -> None:
        """P1: opened on 20 January, due on the 31st as announced, extended to 3 February."""
        opening = datetime.fromisoformat("2020-01-20T09:00:00+08:00")
        state = NOTICE.fold(READY)
        [first] = NOTICE.judge(
            PublishNotice(
                at=opening,
                by=OFFICE,
                revision=Revision(
                    document_number="国办发明电〔2019〕16号",
                    working=frozenset({date(2020, 1, 19), date(2020, 1, 31)}),
                    resting=frozenset(date(2020, 1, day) for day in range(24, 31)),
                ),
            ),
            state,
        )
        assert isinstance(first, NoticePublished)
        assert first.closes_on == date(2020, 1, 31)
        [longer] = NOTICE.judge(
            extend(at=datetime.fromisoformat("2020-01-28T09:00:00+08:00"), revision=SPRING),
            NOTICE.evolve(state, first),
        )
        assert isinstance(longer, NoticeExtended)
        assert longer.closes_on == date(2020, 2, 3)
        assert len(longer.counted) == len(first.counted) == 5
        assert longer.calendar.endswith("国办发明电〔2020〕1号")

    def test_nothing_is_recomputed_when_the_history_is_read_again(self) -> None:
        """P1: a revision changes nothing until somebody acts on it."""
        state = NOTICE.fold(POSTED)
        assert state == NOTICE.fold(POSTED)
        given(NOTICE, *POSTED).when(close(at=CLOSING)).then(closed(YI, JIA))

    def test_a_revision_that_does_not_move_the_window_extends_nothing(self) -> None:
        """P1."""
        given(NOTICE, *POSTED).when(extend(revision=SPRING)).refused("P1")


class TestWhen:
    def test_either_a_day_or_a_revision(self) -> None:
        """P1."""
        given(NOTICE, *POSTED).when(extend()).refused("P1")
        given(NOTICE, *POSTED).when(extend(until=MONDAY, revision=SPRING)).refused("P1")

    def test_only_while_it_is_up(self) -> None:
        """P1: not before it is published, not after it ended, though the timer be late."""
        given(NOTICE, *READY).when(extend(until=MONDAY)).refused("S39")
        given(NOTICE, *POSTED).when(extend(until=MONDAY, at=CLOSING)).refused("P1")
        given(NOTICE, *POSTED, closed(YI, JIA)).when(extend(until=MONDAY)).refused("P1")

    def test_only_a_notice_that_there_is(self) -> None:
        """S39."""
        given(NOTICE, *POSTED).when(extend(until=MONDAY, notice_id=SECOND_NOTICE)).refused("S39")

    def test_extended_it_closes_by_the_clock_at_its_new_end(self) -> None:
        """P1: and not at the old one."""
        given(NOTICE, *POSTED, extended()).when(close(at=CLOSING)).refused("P1")
        given(NOTICE, *POSTED, extended()).when(close(at=MEANWHILE)).refused("P1")
        given(NOTICE, *POSTED, extended()).when(close(at=end_of_day(MONDAY))).then(closed(YI, JIA))
