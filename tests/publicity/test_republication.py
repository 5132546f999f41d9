"""Posting again what has changed, and taking off whoever is out, for whatever reason."""

from contextlib import suppress
from itertools import permutations

import pytest

from services.publicity import posted
from services.publicity.notice import (
    NOTICE,
    AlreadyPublished,
    EntriesNotReleased,
    PublishNotice,
)
from services.publicity.posted import Published
from shared.calendar import end_of_day
from shared.messages import Command
from tests.actors import OFFICE
from tests.given import given
from tests.publicity.stories import (
    BING,
    CAMPAIGN,
    CLOSING,
    ENTRIES,
    JIA,
    MEANWHILE,
    SECOND_NOTICE,
    YI,
    barred,
    change_awaited,
    close,
    closed,
    entry,
    entry_noted,
    entry_removed,
    entry_withdrawn,
    excluded,
    list_noted,
    note_entry,
    prepared,
    promote,
    promotion_noted,
    publish,
    published,
    readmit,
    republished,
    withdraw,
)

READY = (prepared(), list_noted(JIA, YI), entry_noted(JIA), entry_noted(YI))
POSTED = (*READY, published(YI, JIA))
CORRECTED = entry("测试甲", employer="虚构港务示例有限公司")
READ_ANEW = {**ENTRIES, JIA: CORRECTED}
CHANGED = (entry_noted(JIA, CORRECTED), change_awaited(JIA))
AGAIN = republished(JIA, corrected=(JIA,), entries=READ_ANEW)
HARMLESS: tuple[posted.Harmless, ...] = ("withdrawn", "merged", "ineligible", "vetoed")


def publish_again() -> PublishNotice:
    return PublishNotice(at=MEANWHILE, by=OFFICE)


class TestAChangedFact:
    def test_of_somebody_posted_is_to_be_posted_again(self) -> None:
        """P6: noted at once, by the id of the notice that will post it."""
        given(NOTICE, *POSTED).when(note_entry(JIA, CORRECTED)).then(*CHANGED)

    def test_of_somebody_not_posted_is_only_noted(self) -> None:
        """P3."""
        given(NOTICE, *READY).when(note_entry(JIA, CORRECTED)).then(entry_noted(JIA, CORRECTED))
        given(NOTICE, *POSTED).when(note_entry(BING)).then(entry_noted(BING))

    def test_the_office_posts_the_changed_part_and_no_more(self) -> None:
        """P6: number 2, an id and a window of its own; it names the notice before it."""
        given(NOTICE, *POSTED, *CHANGED).when(publish_again()).then(AGAIN)

    def test_changed_twice_it_is_posted_once_as_it_reads_last(self) -> None:
        """P6."""
        last = entry("测试甲", employer="虚构码头示例有限公司")
        given(NOTICE, *POSTED, *CHANGED).when(note_entry(JIA, last)).then(entry_noted(JIA, last))
        given(NOTICE, *POSTED, *CHANGED, entry_noted(JIA, last)).when(publish_again()).then(
            republished(JIA, corrected=(JIA,), entries={JIA: last})
        )

    def test_posted_again_there_is_nothing_left_to_post(self) -> None:
        """S39."""
        given(NOTICE, *POSTED, *CHANGED, AGAIN).when(publish_again()).refused("S39")
        given(NOTICE, *POSTED).when(publish_again()).refused("S39")

    def test_after_the_first_window_it_is_posted_all_the_same(self) -> None:
        """P6: a closed notice is not opened again; the next one is."""
        given(NOTICE, *POSTED, closed(YI, JIA), *CHANGED).when(publish_again()).then(AGAIN)


class TestSomebodyNew:
    def test_who_moved_up_after_the_publication_is_posted_by_the_next_notice(self) -> None:
        """P6, P16, A12."""
        given(
            NOTICE, *POSTED, entry_withdrawn(JIA), entry_noted(BING), promotion_noted(BING, JIA)
        ).when(publish_again()).then(republished(BING))

    def test_not_before_the_entry_is_released(self) -> None:
        """S38."""
        given(NOTICE, *POSTED, promotion_noted(BING, JIA)).when(publish_again()).refused("S38")

    def test_who_moved_up_before_it_is_posted_with_the_others(self) -> None:
        """P16: promotion and publication in either order post the same people."""
        given(NOTICE, *READY, barred(JIA), promotion_noted(BING, JIA), entry_noted(BING)).when(
            publish()
        ).then(published(BING, YI))

    def test_a_promotion_is_noted_once_and_may_come_first(self) -> None:
        """P16."""
        given(NOTICE).when(promote(BING, JIA)).then(promotion_noted(BING, JIA))
        given(NOTICE, promotion_noted(BING, JIA)).when(promote(BING, JIA)).then()


class TestSeveralWindows:
    def test_each_closes_by_its_own_clock(self) -> None:
        """P1, P6: the first one ends with those who stand on it last."""
        given(NOTICE, *POSTED, *CHANGED, AGAIN).when(close(at=CLOSING)).then(closed(YI))
        given(NOTICE, *POSTED, *CHANGED, AGAIN, closed(YI)).when(
            close(at=end_of_day(AGAIN.closes_on))
        ).then(closed(JIA, notice_id=SECOND_NOTICE))

    def test_one_firing_closes_every_window_whose_time_has_come(self) -> None:
        """P1: both, though the service was down when each was due; and only once."""
        late = end_of_day(AGAIN.closes_on)
        both = (closed(YI), closed(JIA, notice_id=SECOND_NOTICE))
        given(NOTICE, *POSTED, *CHANGED, AGAIN).when(close(at=late)).then(*both)
        given(NOTICE, *POSTED, *CHANGED, AGAIN, *both).when(close(at=late)).then()

    def test_a_second_firing_of_the_first_timer_changes_nothing_while_the_other_is_up(
        self,
    ) -> None:
        """P1."""
        given(NOTICE, *POSTED, *CHANGED, AGAIN, closed(YI)).when(close(at=CLOSING)).then()

    def test_nobody_stands_on_two_notices(self) -> None:
        """P6."""
        state = NOTICE.fold((*POSTED, *CHANGED, AGAIN))
        assert isinstance(state, Published)
        standing = [nomination for one in state.postings for nomination in one.nominations]
        assert sorted(standing) == sorted({JIA, YI})


class TestWhoeverComesBack:
    def test_is_posted_by_the_next_notice_whichever_it_was_to_be_when_something_changed(
        self,
    ) -> None:
        """P6, P7: the second one went up without the merged nomination."""
        merged = entry_removed(JIA, "merged")
        history = (*POSTED, *CHANGED, merged, republished(YI, corrected=(YI,)))
        readmitted = posted.EntryReadmitted(campaign_id=CAMPAIGN, nomination_id=JIA)
        given(NOTICE, *history).when(readmit(JIA)).then(readmitted, change_awaited(JIA, 3))


class TestWhoeverIsOut:
    @pytest.mark.parametrize("reason", HARMLESS)
    def test_comes_off_the_notice_as_what_it_is(self, reason: posted.Harmless) -> None:
        """P6, P7, P9: not as fraud."""
        given(NOTICE, *POSTED).when(withdraw(JIA, reason)).then(entry_removed(JIA, reason))

    @pytest.mark.parametrize("reason", HARMLESS)
    def test_or_never_appears(self, reason: posted.Harmless) -> None:
        """P6."""
        given(NOTICE).when(withdraw(JIA, reason)).then(excluded(JIA, reason))
        given(NOTICE, *READY, excluded(JIA, reason)).when(publish()).then(published(YI))

    def test_comes_off_the_notice_on_which_it_stands_last(self) -> None:
        """P6."""
        [event] = NOTICE.judge(withdraw(JIA), NOTICE.fold((*POSTED, *CHANGED, AGAIN)))
        assert isinstance(event, posted.NoticeEntryWithdrawn)
        assert event.notice_id == SECOND_NOTICE

    @pytest.mark.parametrize("reason", HARMLESS)
    def test_fraud_stands_before_every_other_reason_in_both_orders(
        self, reason: posted.Harmless
    ) -> None:
        """S43: whichever is heard first."""
        given(NOTICE, *POSTED, entry_removed(JIA, reason)).when(withdraw(JIA)).then(
            entry_withdrawn(JIA)
        )
        given(NOTICE, *POSTED, entry_withdrawn(JIA)).when(withdraw(JIA, reason)).then()
        given(NOTICE, excluded(JIA, reason)).when(withdraw(JIA)).then(barred(JIA))
        given(NOTICE, barred(JIA)).when(withdraw(JIA, reason)).then()

    def test_is_heard_once(self) -> None:
        """P6."""
        given(NOTICE, *POSTED, entry_removed(JIA, "vetoed")).when(withdraw(JIA, "vetoed")).then()
        given(NOTICE, *POSTED, entry_removed(JIA, "vetoed")).when(withdraw(JIA, "merged")).then()

    @pytest.mark.parametrize(
        "order",
        list(permutations([promote(BING, JIA), withdraw(JIA), note_entry(BING), publish()])),
        ids=lambda order: "-".join(command.name for command in order),
    )
    def test_in_every_order_with_promotion_and_publication_the_same_people_stand(
        self, order: tuple[Command, ...]
    ) -> None:
        """S43, P6, P16: what is not on the first notice is on the next."""
        state = NOTICE.fold(READY)
        for command in (*order, publish_again()):
            with suppress(EntriesNotReleased, AlreadyPublished):
                state = NOTICE.fold(NOTICE.judge(command, state), state)
        assert isinstance(state, Published)
        assert state.standing == {YI, BING}


class TestAMergerTakenBack:
    def test_lets_the_nomination_appear_again(self) -> None:
        """P7: it needs no second release."""
        readmitted = posted.EntryReadmitted(campaign_id=CAMPAIGN, nomination_id=JIA)
        given(NOTICE, *READY, excluded(JIA, "merged")).when(readmit(JIA)).then(readmitted)
        given(NOTICE, *READY, excluded(JIA, "merged"), readmitted).when(publish()).then(
            published(YI, JIA)
        )

    def test_after_the_publication_by_the_next_notice(self) -> None:
        """P6, P7."""
        readmitted = posted.EntryReadmitted(campaign_id=CAMPAIGN, nomination_id=JIA)
        merged = (*POSTED, entry_removed(JIA, "merged"))
        given(NOTICE, *merged).when(readmit(JIA)).then(readmitted, change_awaited(JIA))
        given(NOTICE, *merged, readmitted, change_awaited(JIA)).when(publish_again()).then(
            republished(JIA, corrected=(JIA,))
        )

    def test_is_heard_of_nobody_else(self) -> None:
        """S43, P6: nothing else is taken back."""
        given(NOTICE, *POSTED).when(readmit(JIA)).then()
        given(NOTICE, *POSTED, entry_withdrawn(JIA)).when(readmit(JIA)).then()
        given(NOTICE, *POSTED, entry_removed(JIA, "ineligible")).when(readmit(JIA)).then()
