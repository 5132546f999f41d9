"""The public notice: what it takes, what it says, until when."""

from datetime import date, datetime
from itertools import permutations

import pytest

from services.publicity.notice import NOTICE, PublishNotice
from services.publicity.posted import Known, Published
from shared.calendar import Revision
from shared.messages import Command
from tests.actors import COMMITTEE, OFFICE
from tests.given import given
from tests.publicity.stories import (
    BING,
    CAMPAIGN,
    CLOSING,
    JIA,
    MEANWHILE,
    NOTICE_ID,
    OPENING,
    YI,
    barred,
    close,
    closed,
    entry,
    entry_noted,
    entry_withdrawn,
    list_noted,
    note_entry,
    note_list,
    prepare,
    prepared,
    publish,
    published,
    withdraw,
)

READY = (prepared(), list_noted(JIA, YI), entry_noted(JIA), entry_noted(YI))
POSTED = (*READY, published(YI, JIA))


class TestPublishing:
    def test_the_office_posts_the_approved_for_five_working_days(self) -> None:
        """S38, P1: 23 to 27 December 2019; P2: one stroke (乙) comes before five (甲)."""
        given(NOTICE, *READY).when(publish()).then(published(YI, JIA))

    def test_only_the_office_may(self) -> None:
        """S38: not even the conferring body."""
        given(NOTICE, *READY).when(publish(by=COMMITTEE)).refused("S38")

    def test_not_before_the_leading_group_decided(self) -> None:
        """S39."""
        given(NOTICE, prepared(), entry_noted(JIA)).when(publish()).refused("S39")

    def test_not_without_a_campaign(self) -> None:
        """S39."""
        given(NOTICE).when(publish()).refused("S39")

    def test_not_before_every_entry_is_released(self) -> None:
        """S38, P3: the list is posted whole, and nothing but what was released of it."""
        given(NOTICE, prepared(), list_noted(JIA, YI), entry_noted(JIA)).when(publish()).refused(
            "S38"
        )

    def test_not_twice(self) -> None:
        """S39."""
        given(NOTICE, *POSTED).when(publish()).refused("S39")
        given(NOTICE, *POSTED, closed(YI, JIA)).when(publish()).refused("S39")

    def test_not_for_nobody(self) -> None:
        """S38: nobody approved, or nobody left."""
        given(NOTICE, prepared(), list_noted()).when(publish()).refused("S38")
        given(NOTICE, prepared(), list_noted(JIA), barred(JIA)).when(publish()).refused("S38")

    def test_the_withdrawn_are_neither_awaited_nor_posted(self) -> None:
        """S43: the entry of a barred nomination need not come."""
        given(NOTICE, prepared(), list_noted(JIA, YI), barred(YI), entry_noted(JIA)).when(
            publish()
        ).then(published(JIA))

    def test_an_entry_outside_the_approved_list_is_not_posted(self) -> None:
        """A12: only the approved."""
        given(NOTICE, prepared(), list_noted(JIA), entry_noted(JIA), entry_noted(BING)).when(
            publish()
        ).then(published(JIA))

    def test_it_opens_on_the_date_in_beijing(self) -> None:
        """P1: half past four in the afternoon of the 22nd in Greenwich."""
        evening = datetime.fromisoformat("2019-12-22T16:30:00+00:00")
        given(NOTICE, *READY).when(publish(at=evening)).then(published(YI, JIA))

    def test_it_may_be_posted_ahead_but_not_back_dated(self) -> None:
        """P1: the window must lie in the future of the publication."""
        friday = datetime.fromisoformat("2019-12-20T10:00:00+08:00")
        monday, thursday = date(2019, 12, 23), date(2019, 12, 19)
        given(NOTICE, *READY).when(publish(at=friday, opens_on=monday)).then(published(YI, JIA))
        given(NOTICE, *READY).when(publish(at=friday, opens_on=thursday)).refused("P1")

    def test_a_year_without_known_holidays_is_refused(self) -> None:
        """P1: the calendar ends with 2026."""
        at = datetime.fromisoformat("2026-12-30T09:00:00+08:00")
        given(NOTICE, *READY).when(publish(at=at)).refused("P1")

    def test_a_revised_holiday_notice_counts_and_is_on_record(self) -> None:
        """P1: with 27 December made a day of rest, the window ends on the 30th."""
        revision = Revision(
            document_number="国办发明电〔2019〕99号", resting=frozenset({date(2019, 12, 27)})
        )
        command = PublishNotice(at=OPENING, by=OFFICE, revision=revision)
        [event] = NOTICE.judge(command, NOTICE.fold(READY))
        assert event.closes_on == date(2019, 12, 30)  # type: ignore[attr-defined]
        assert event.calendar.endswith("国办发明电〔2019〕99号")  # type: ignore[attr-defined]


class TestWithdrawing:
    def test_a_disqualified_candidate_comes_off_the_notice(self) -> None:
        """S43."""
        given(NOTICE, *POSTED).when(withdraw(JIA)).then(entry_withdrawn(JIA))

    def test_also_off_a_closed_one(self) -> None:
        """S43: from any state before the conferral."""
        given(NOTICE, *POSTED, closed(YI, JIA)).when(withdraw(JIA)).then(entry_withdrawn(JIA))

    def test_once_only(self) -> None:
        given(NOTICE, *POSTED, entry_withdrawn(JIA)).when(withdraw(JIA)).then()
        given(NOTICE, barred(JIA)).when(withdraw(JIA)).then()

    def test_before_the_publication_it_is_barred_even_as_the_first_thing_heard(self) -> None:
        """S43."""
        given(NOTICE).when(withdraw(JIA)).then(barred(JIA))

    def test_who_was_never_posted_is_barred_from_what_may_come(self) -> None:
        """S43."""
        given(NOTICE, *POSTED).when(withdraw(BING)).then(barred(BING))

    def test_the_name_of_the_barred_is_not_even_taken_in(self) -> None:
        """P3: what may never be shown is not kept."""
        given(NOTICE, barred(JIA)).when(note_entry(JIA)).then()


class TestClosing:
    def test_the_clock_closes_it_with_those_who_are_left(self) -> None:
        """P1."""
        given(NOTICE, *POSTED, entry_withdrawn(JIA)).when(close()).then(closed(YI))

    def test_it_stays_open_to_the_last_moment(self) -> None:
        """P1."""
        last = datetime.fromisoformat("2019-12-27T23:59:59.999999+08:00")
        given(NOTICE, *POSTED).when(close(at=last)).refused("P1")
        given(NOTICE, *POSTED).when(close(at=MEANWHILE)).refused("P1")

    def test_nobody_closes_it_by_hand(self) -> None:
        """P1."""
        given(NOTICE, *POSTED).when(close(by=OFFICE)).refused("P1")

    def test_a_second_time_changes_nothing(self) -> None:
        given(NOTICE, *POSTED, closed(YI, JIA)).when(close(at=CLOSING)).then()

    def test_what_was_not_published_cannot_close(self) -> None:
        """S39."""
        given(NOTICE, *READY).when(close()).refused("S39")


class TestHearing:
    def test_each_thing_is_noted_once(self) -> None:
        given(NOTICE).when(prepare()).then(prepared())
        given(NOTICE, prepared()).when(prepare()).then()
        given(NOTICE).when(note_list(JIA, YI)).then(list_noted(JIA, YI))
        given(NOTICE, list_noted(JIA, YI)).when(note_list(JIA, YI)).then()
        given(NOTICE).when(note_entry(JIA)).then(entry_noted(JIA))
        given(NOTICE, entry_noted(JIA)).when(note_entry(JIA)).then()

    def test_a_changed_entry_takes_the_place_of_the_first(self) -> None:
        """P3: the latest release holds until the publication."""
        corrected = entry("测试甲", employer="虚构港务示例有限公司")
        given(NOTICE, entry_noted(JIA)).when(note_entry(JIA, corrected)).then(
            entry_noted(JIA, corrected)
        )

    def test_news_after_the_publication_changes_nothing_of_what_is_posted(self) -> None:
        """S39: what was posted is posted; a change of it is an act of its own."""
        corrected = entry("测试甲", employer="虚构港务示例有限公司")
        before = NOTICE.fold(POSTED)
        after = NOTICE.fold((*POSTED, entry_noted(JIA, corrected), prepared()))
        assert isinstance(before, Published)
        assert isinstance(after, Published)
        assert after.postings == before.postings

    @pytest.mark.parametrize(
        "order",
        list(permutations([prepare(), note_list(JIA, YI), note_entry(JIA), withdraw(YI)])),
        ids=lambda order: "-".join(command.name for command in order),
    )
    def test_in_every_order_the_same_is_posted(self, order: tuple[Command, ...]) -> None:
        """S43: what policies ask commutes."""
        state = NOTICE.initial
        for command in order:
            state = NOTICE.fold(NOTICE.judge(command, state), state)
        assert NOTICE.judge(publish(), state) == [published(JIA)]

    @pytest.mark.parametrize("order", list(permutations([note_entry(YI), withdraw(YI)])))
    def test_no_entry_is_kept_of_the_withdrawn(self, order: tuple[Command, ...]) -> None:
        """P3, S43: in both orders."""
        state = NOTICE.initial
        for command in order:
            state = NOTICE.fold(NOTICE.judge(command, state), state)
        assert state.known == Known(barred={YI: "disqualified"})


def test_the_id_of_a_notice_can_be_computed_again() -> None:
    """The same in every process and after every rebuild; not an event's id."""
    assert str(NOTICE_ID) == "4bffc9c5-92a3-5fe3-b667-bab563d1f65e"
    assert NOTICE.stream(CAMPAIGN) != NOTICE_ID
