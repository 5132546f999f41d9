"""What a nomination hears: in any order, never refused, and never back from a disqualification."""

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.intake.milestones import Milestone
from services.intake.nomination import NOMINATION
from services.intake.record import (
    Disqualified,
    Excluded,
    Live,
    Merged,
    Situation,
    Status,
    status_of,
)
from shared.messages import Event
from tests.actors import OFFICE
from tests.given import given
from tests.intake.stories import (
    ALL_MILESTONES,
    OTHER,
    approved,
    asked,
    cancelled,
    clearance_lost,
    cleared,
    concluded,
    conferred,
    corrected,
    correction_requested,
    disqualified,
    ended,
    evaluated,
    excluded,
    extended,
    held,
    investigated,
    lapsed,
    objected,
    objection_accepted,
    objection_closed,
    objection_declined,
    posted,
    pre_reviewed,
    promoted,
    received,
    record,
    reopened,
    reserved,
    resolved,
    resumed,
    revocation_dismissed,
    revocation_opened,
    reward_paid,
    suspended,
    taken_back,
    title_revoked,
    vetted,
    withdrawn,
)


def after(*events: Event) -> Situation:
    """The situation after these events."""
    return NOMINATION.fold([received(), *events])


def told(milestones: Sequence[Milestone], start: Situation) -> Situation:
    """The situation after these were heard one by one."""
    state = start
    for milestone in milestones:
        for event in NOMINATION.judge(record(milestone), state):
            state = NOMINATION.evolve(state, event)
    return state


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ((), "已受理"),
        ((pre_reviewed(),), "拟入围"),
        ((pre_reviewed(passed=False),), "初审不通过"),
        ((pre_reviewed(), evaluated()), "入围"),
        ((pre_reviewed(), evaluated(shortlisted=False)), "未入围"),
        ((pre_reviewed(), evaluated(), approved()), "审定通过"),
        ((pre_reviewed(), evaluated(), approved(passed=False)), "审定未通过"),
        ((approved(), posted()), "公示中"),
        ((posted(), investigated()), "异议核查中"),
        ((posted(), investigated(), concluded()), "公示中"),
        ((posted(), concluded(), investigated()), "公示中"),
        ((posted(), ended()), "公示通过"),
        ((ended(), cleared()), "公示通过"),
        ((ended(), cleared(), clearance_lost()), "公示通过"),
        ((posted(), withdrawn()), "公示中"),
        ((ended(), conferred()), "已授予"),
        ((posted(), disqualified()), "资格取消"),
        ((posted(), cancelled()), "资格取消"),
        ((held(), resolved(kept=False)), "重复并入"),
        ((held(), resolved(kept=True)), "已受理"),
        ((conferred(), disqualified()), "撤销程序中"),
        ((conferred(), revocation_opened()), "撤销程序中"),
        ((revocation_opened(),), "撤销程序中"),
        ((conferred(), reward_paid()), "已授予"),
        ((conferred(), revocation_opened(), revocation_dismissed()), "已授予"),
        ((revocation_dismissed(), revocation_opened(), conferred()), "已授予"),
        ((conferred(), disqualified(), revocation_dismissed()), "已授予"),
        ((conferred(), revocation_opened(), title_revoked()), "已撤销"),
        ((title_revoked(), conferred()), "已撤销"),
        ((conferred(), revocation_opened(), title_revoked(), revocation_dismissed()), "已授予"),
        ((held(), resolved(kept=False), excluded()), "撤出名单"),
        ((held(), excluded(), resolved(kept=False)), "撤出名单"),
        ((pre_reviewed(), excluded()), "撤出名单"),
        ((excluded(), disqualified()), "资格取消"),
        ((disqualified(), excluded()), "资格取消"),
        ((conferred(), excluded()), "已授予"),
        ((posted(), objected()), "公示中"),
        ((posted(), objected(), objection_accepted()), "异议核查中"),
        ((posted(), objection_accepted(), objection_closed()), "公示中"),
        ((posted(), objection_closed(), objection_accepted()), "公示中"),
        ((posted(), objected(), objection_declined()), "公示中"),
        ((posted(), objection_accepted(), investigated(), objection_closed()), "异议核查中"),
        ((approved(passed=False), reserved()), "审定未通过"),
        ((approved(passed=False), reserved(), promoted()), "审定通过"),
        ((extended(),), "公示中"),
        ((extended(), ended()), "公示通过"),
        ((evaluated(), asked(), vetted()), "入围"),
        ((suspended(),), "异议核查中"),
        ((suspended(), resumed()), "已受理"),
        ((suspended(), disqualified()), "资格取消"),
        ((correction_requested(),), "补正中"),
        ((correction_requested(), corrected()), "已受理"),
        ((correction_requested(), lapsed()), "已受理"),
        ((correction_requested(), suspended()), "异议核查中"),
        ((taken_back(),), "撤回"),
        ((taken_back(), disqualified()), "资格取消"),
        ((held(), resolved(kept=False), reopened(restored=True)), "已受理"),
    ],
)
def test_a_nomination_has_a_name_for_where_it_is(events: Sequence[Event], status: Status) -> None:
    assert status_of(after(*events)) == status


def test_what_does_not_exist_has_no_status() -> None:
    assert status_of(NOMINATION.initial) is None


@pytest.mark.parametrize("milestone", ALL_MILESTONES)
@pytest.mark.parametrize(
    "history",
    [
        (),
        (pre_reviewed(),),
        (pre_reviewed(passed=False),),
        (disqualified(),),
        (held(), resolved(kept=False)),
        (conferred(),),
    ],
)
def test_a_milestone_is_recorded_whatever_came_before(
    milestone: Milestone, history: Sequence[Event]
) -> None:
    """S39 is for people; what other services did has happened."""
    expected = [] if milestone in history else [milestone]
    given(NOMINATION, received(), *history).when(record(milestone)).then(*expected)


@pytest.mark.parametrize("milestone", ALL_MILESTONES)
def test_a_milestone_is_recorded_once(milestone: Milestone) -> None:
    given(NOMINATION, received(), milestone).when(record(milestone)).then()


@pytest.mark.parametrize("milestone", ALL_MILESTONES)
def test_a_milestone_of_an_unknown_nomination_is_not_ours(milestone: Milestone) -> None:
    given(NOMINATION).when(record(milestone)).then()


def test_nobody_records_a_milestone_by_hand() -> None:
    given(NOMINATION, received()).when(record(conferred(), by=OFFICE)).refused("S39")


@pytest.mark.parametrize(("first", "second"), list(permutations(ALL_MILESTONES, 2)))
def test_two_milestones_commute(first: Milestone, second: Milestone) -> None:
    """Both orders of every pair lead to the same situation."""
    assert after(first, second) == after(second, first)


milestones_in_any_order = st.lists(st.sampled_from(ALL_MILESTONES), max_size=20)


@for_all(milestones_in_any_order, milestones_in_any_order)
def test_no_order_of_milestones_brings_a_disqualified_nomination_back(
    before: list[Milestone], afterwards: list[Milestone]
) -> None:
    """S43."""
    state = told([*before, disqualified(), *afterwards], after(pre_reviewed()))
    assert isinstance(state, Disqualified)
    assert status_of(state) in {"资格取消", "撤销程序中", "已撤销", "已授予"}
    kept = revocation_dismissed() in (*before, *afterwards)
    assert status_of(state) != "已授予" or kept


@for_all(st.permutations(ALL_MILESTONES), milestones_in_any_order)
def test_every_order_of_milestones_leads_to_the_same_situation(
    order: list[Milestone], repeats: list[Milestone]
) -> None:
    start = after(pre_reviewed())
    assert told([*order, *repeats], start) == told(ALL_MILESTONES, start)


@for_all(milestones_in_any_order)
def test_a_nomination_only_goes_forward(milestones: list[Milestone]) -> None:
    """S39: nothing heard late takes a nomination back to an earlier stage."""
    honest = [one for one in milestones if one not in (disqualified(), cancelled(), excluded())]
    once = told(honest, after())
    again = told([evaluated(), approved(), posted()], once)
    assert isinstance(once, Live | Disqualified)
    if isinstance(once, Live) and once.record.course in {"公示通过", "已授予"}:
        assert isinstance(again, Live)
        assert again.record.course == once.record.course


@for_all(milestones_in_any_order)
def test_a_merged_nomination_stays_merged_unless_it_is_out_for_good(
    milestones: list[Milestone],
) -> None:
    """P7, P6, S43."""
    state = told(milestones, after(held(OTHER), resolved(kept=False)))
    fraud = {
        disqualified().name,
        cancelled().name,
        revocation_opened().name,
        title_revoked().name,
    }
    told_of = {milestone.name for milestone in milestones}
    out = Excluded if excluded().name in told_of else Merged
    assert isinstance(state, Disqualified if fraud & told_of else out)
