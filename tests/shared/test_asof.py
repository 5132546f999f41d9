"""A case as it stood at a moment, and as it was known at one: two times, never mixed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings, strategies

from services import intake, review
from services.intake.nomination import NOMINATION
from services.review.evaluation import EVALUATION
from services.review.panel import PANEL
from shared.audit.asof import ERASED, RELEASED, SEALED, State, Stream, changes, leaves, state
from shared.audit.timeline import Moment, NoMoment, moment_of
from shared.messages import Event, LeafRef, Recorded
from shared.web.telling import told_change, told_state
from tests.actors import AT, OFFICE
from tests.intake import stories
from tests.intake.stories import NOMINATION_ID
from tests.review.campaign import ANNA, BODO
from tests.review.test_blindness import house_scored_by

SECRETS = {"marks", "scores", "total", "means"}


def minutes(number: float) -> datetime:
    """So many minutes after the story begins."""
    return AT + timedelta(minutes=number)


@dataclass(frozen=True)
class Told:
    """An event, its business time and when the machine wrote it down, in minutes."""

    event: Event
    at: float
    recorded_at: float


def log(*told: Told) -> list[Recorded]:
    """The nomination's stream."""
    return [
        Recorded(
            position=version,
            stream=NOMINATION_ID,
            version=version,
            event=one.event,
            at=minutes(one.at),
            by=OFFICE,
            recorded_at=minutes(one.recorded_at),
            correlation=NOMINATION_ID,
            causation="request:1",
            leaf=LeafRef(version - 1, bytes(32)),
        )
        for version, one in enumerate(told, start=1)
    ]


STORY = log(
    Told(stories.received(), 0, 0),
    Told(stories.paper_received(), 10, 11),
    Told(stories.opened(), 15, 15),
    Told(stories.pre_reviewed(), 20, 20),
    Told(stories.evaluated(), 30, 31),
    Told(stories.approved(), 40, 40),
    Told(stories.released(), 45, 45),
    Told(stories.posted(), 50, 50),
    Told(stories.disqualified(), 55, 90),  # decided at 55, and heard of late
)


def stood(told: Sequence[Recorded], moment: Moment, **more: Any) -> State:
    return state(intake.PLAN, told, {NOMINATION_ID}, moment, **more)


def nomination(told: Sequence[Recorded], moment: Moment) -> Stream:
    (stream,) = stood(told, moment).streams
    return stream


def course(moment: Moment) -> Any:
    return nomination(STORY, moment).state["record"]["course"]


class TestTwoTimes:
    @pytest.mark.parametrize(
        ("minute", "course_then"),
        [(0, "已受理"), (29.9, "拟入围"), (30, "入围"), (40, "审定通过"), (54, "公示中")],
    )
    def test_a_case_stands_as_its_events_had_made_it_by_then(
        self, minute: float, course_then: str
    ) -> None:
        assert course(Moment(as_of=minutes(minute))) == course_then

    def test_what_was_decided_counts_from_then_though_it_was_heard_of_later(self) -> None:
        """S43"""
        assert nomination(STORY, Moment(as_of=minutes(60))).situation == "Disqualified"

    def test_what_was_not_on_record_was_not_known(self) -> None:
        known = nomination(STORY, Moment(as_of=minutes(60), known_at=minutes(60)))
        assert (known.situation, known.events, known.unseen) == ("Live", 8, 1)

    def test_before_its_first_event_there_is_nothing(self) -> None:
        assert stood(STORY, Moment(as_of=minutes(-1))).streams == []
        assert stood(STORY, Moment(as_of=minutes(-1))).permissions == []

    def test_beyond_the_last_event_it_is_as_it_is(self) -> None:
        now = nomination(STORY, Moment())
        assert nomination(STORY, Moment(minutes(1000), minutes(1000))) == now
        assert now.situation == type(NOMINATION.fold([one.event for one in STORY])).__name__

    @given(strategies.floats(-5, 100), strategies.floats(0, 50), strategies.floats(-5, 100))
    def test_a_later_moment_sees_all_that_an_earlier_one_sees(
        self, early: float, more: float, known: float
    ) -> None:
        def seen(moment: Moment) -> set[UUID]:
            return {one.id for one in STORY if moment.includes(one.at, one.recorded_at)}

        assert seen(Moment(minutes(early), minutes(known))) <= seen(
            Moment(minutes(early + more), minutes(known))
        )
        assert seen(Moment(minutes(early), minutes(known))) <= seen(
            Moment(minutes(early), minutes(known + more))
        )

    @settings(deadline=None, max_examples=20)
    @given(strategies.floats(-5, 100), strategies.floats(-5, 100))
    def test_what_was_known_is_never_more_than_what_was(self, as_of: float, known: float) -> None:
        def events(moment: Moment) -> int:
            return sum(one.events for one in stood(STORY, moment).streams)

        both = events(Moment(minutes(as_of), minutes(known)))
        assert both <= min(events(Moment(minutes(as_of))), events(Moment(None, minutes(known))))


class TestPersonalData:
    """P3, P17"""

    def test_what_is_sealed_says_so_and_nothing_else(self) -> None:
        told = json.dumps(stood(STORY, Moment()).model_dump(mode="json"), ensure_ascii=False)
        assert SEALED in told
        assert '"box"' not in told
        assert stories.sealed("identity").box not in told

    def test_what_was_released_is_only_told_to_be(self) -> None:
        told = dict(leaves(nomination(STORY, Moment()).state))
        assert RELEASED in told.values()
        assert stories.ENTRY.name not in told.values()

    def test_what_was_erased_is_erased_at_every_moment(self) -> None:
        key = stories.sealed("identity").key
        (then,) = stood(STORY, Moment(minutes(1)), erased={key}).streams
        assert ERASED in dict(leaves(then.state)).values()


class TestOthers:
    def test_no_score_is_told_before_everybody_has_scored(self) -> None:
        """P11: neither of the evaluation nor of the panel"""
        told = list(house_scored_by(1, 2).recorded())
        streams = {one.aggregate: one for one in state(review.PLAN, told, {ANNA}, Moment()).streams}
        assert streams[EVALUATION.name].withheld
        assert streams[EVALUATION.name].state is None

    def test_all_is_told_once_everybody_has(self) -> None:
        """P11"""
        told = list(house_scored_by(1, 2, 3).recorded())
        streams = {one.aggregate: one for one in state(review.PLAN, told, {ANNA}, Moment()).streams}
        assert not any(one.withheld for one in streams.values())
        paths = [path for one in streams.values() for path, _ in leaves(one.state)]
        assert {part for path in paths for part in path} & SECRETS == {"scores", "total", "means"}

    def test_another_candidate_does_not_stand_in_what_is_told_of_the_panel(self) -> None:
        told = list(house_scored_by(1, 2, 3).recorded())
        (panel,) = [
            one
            for one in state(review.PLAN, told, {BODO}, Moment()).streams
            if one.aggregate == PANEL.name
        ]
        assert str(ANNA) not in json.dumps(panel.state)


class TestChanges:
    def test_a_change_is_told_field_by_field_and_in_words(self) -> None:
        found = changes(stood(STORY, Moment(minutes(35))), stood(STORY, Moment(minutes(60))))
        told = {one.words for one in map(told_change, found)}
        assert "推荐申报：情形由“参评中”变为“资格已取消”" in told
        assert {one.path[-1] for one in found} >= {"situation", "course"}

    @settings(deadline=None, max_examples=20)
    @given(strategies.floats(-5, 100))
    def test_between_a_moment_and_itself_nothing_changes(self, minute: float) -> None:
        then = stood(STORY, Moment(minutes(minute)))
        assert changes(then, then) == []

    def test_what_only_stands_deeper_has_not_changed(self) -> None:
        """Live and Disqualified hold the same record."""
        found = changes(stood(STORY, Moment(minutes(52))), stood(STORY, Moment()))
        assert not [one for one in found if one.path[-1] in {"campaign_id", "submission_id"}]


class TestWords:
    def test_a_state_is_told_in_chinese(self) -> None:
        told = told_state(stood(STORY, Moment()))
        (stream,) = told.streams
        assert (stream.title, stream.situation_words) == ("推荐申报", "资格已取消")
        assert ("申报·办理阶段", "公示中") in stream.facts

    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("2019-12-20T17:00:00+08:00", "2019-12-20T09:00:00+00:00"),
            ("2019-12-20T17:00", "2019-12-20T09:00:00+00:00"),
            ("2019-12-20T09:00:00Z", "2019-12-20T09:00:00+00:00"),
            ("2019-12-20", "2019-12-20T15:59:59.999999+00:00"),
        ],
    )
    def test_a_moment_without_a_zone_is_beijing_time_and_a_day_is_its_end(
        self, text: str, meant: str
    ) -> None:
        assert moment_of(text) == datetime.fromisoformat(meant)

    @pytest.mark.parametrize("text", ["yesterday", "2019-13-01", "2019-12-20T25:00"])
    def test_what_is_no_moment_is_refused_in_words(self, text: str) -> None:
        with pytest.raises(NoMoment, match="不是时间"):
            moment_of(text)

    def test_no_moment_is_now(self) -> None:
        assert moment_of(None) is None
        assert moment_of("") is None
