"""What led to what, who saw what, and where it all stands in the drawing."""

from datetime import timedelta
from typing import Any

import pytest

from services import intake, publicity, review
from shared.audit.chain import chains, messages, way_back
from shared.audit.drawing import LANES, LETTERS, drawn, fitting, room_of
from shared.audit.marks import MARKS, Mark, mark_of
from shared.audit.timeline import (
    OPENINGS,
    Moment,
    Timeline,
    Unreachable,
    openings,
    ordered,
    timeline,
    whole_case,
)
from tests.deploy.test_timeline import NINE, line

EVENTS = {
    event.name
    for plan in (intake.PLAN, review.PLAN, publicity.PLAN)
    for decider in plan.owns
    for event in decider.events
}


def told(service: str, name: str, minute: int, **also: Any) -> dict[str, Any]:
    """A line with all that a service answers."""
    more = {
        "recorded_at": NINE.isoformat(),
        "organisation": "虚构单位",
        "actor": "office",
        "leaf_index": minute,
        "leaf_hash": "ab" * 32,
    }
    return {**line(service, name, minute), **more, **also}


MESSAGE = told(
    "intake",
    "answered",
    0,
    causation="message:7",
    event="submission_answered.v1",
    data={
        "message_id": "good-1",
        "source": "https://hr.example.com",
        "publisher": "hr",
        "outcome": "received",
        "nomination_id": "n1",
    },
)
RECEIVED = told("intake", "received", 0, causation="answered", stream="n", version=1)
PASSED = told(
    "intake",
    "passed",
    60,
    causation="request:1",
    stream="n",
    version=2,
    event="nomination_pre_reviewed.v1",
    data={"passed": True},
)
SCORED = told("review", "scored", 61, causation="passed", stream="r", version=1)
OUT = told(
    "review",
    "out",
    2000,
    causation="request:2",
    stream="r",
    version=2,
    event="nomination_disqualified.v1",
)
HEARD = told(
    "intake",
    "heard",
    2000,
    causation="x",
    stream="n",
    version=3,
    event="nomination_disqualified.v1",
    data={"source": {"service": "review", "event_id": "out"}},
)
LOOKED = told(
    "intake",
    "looked",
    30,
    causation="request:3",
    event="personal_data_opened.v1",
    data={"purpose": "资格初审", "fields": ["identity"]},
)
CASE = ordered([MESSAGE, RECEIVED, PASSED, SCORED, OUT, HEARD, LOOKED])


def picture(moment: Moment = Moment()) -> Any:  # noqa: B008
    return drawn(Timeline("n", CASE, ()), moment)


class TestChains:
    def test_a_decision_leads_back_across_services_to_the_message_that_began_it(self) -> None:
        steps = way_back(CASE, "out")
        assert [(step.link, step.line["id"]) for step in steps] == [
            ("decided", "out"),
            ("followed", "scored"),
            ("caused", "passed"),
            ("followed", "received"),
            ("caused", "answered"),
        ]
        assert chains(CASE)[-1].origin == (
            "外部系统 hr 的报文 good-1（来源 https://hr.example.com）"
        )

    def test_what_somebody_began_rests_on_what_was_decided_by_then(self) -> None:
        began = told("review", "began", 1500, causation="request:9")
        steps = way_back(ordered([*CASE, began]), "began")
        assert [(step.link, step.line["id"]) for step in steps[:2]] == [
            ("decided", "began"),
            ("stood", "passed"),
        ]
        assert steps[-1].line["id"] == "answered"

    def test_each_step_names_its_leaf(self) -> None:
        assert way_back(CASE, "scored")[0].leaf == "review#61 abababababab"

    def test_what_was_only_heard_of_is_no_decision(self) -> None:
        assert [one.decision["id"] for one in chains(CASE)] == ["answered", "passed", "out"]

    def test_a_fact_heard_elsewhere_was_caused_where_it_is_recorded(self) -> None:
        assert way_back(CASE, "heard")[1].line["id"] == "out"

    def test_a_message_goes_by_its_own_id(self) -> None:
        claim = told("intake", "claimed", 0, causation="message:7", actor="publisher:hr")
        (message,) = messages([claim, MESSAGE])
        assert (message.id, message.line["id"]) == ("good-1", "claimed")
        received = told("intake", "got", 1, causation="message:7", actor="publisher:hr")
        lines = [received, {**PASSED, "causation": "got"}, MESSAGE]
        (chain,) = [one for one in chains(lines) if one.decision["id"] == "passed"]
        assert chain.message is not None
        assert chain.message.id == "good-1"

    def test_a_loop_of_causes_ends(self) -> None:
        one, other = told("intake", "a", 0, causation="b"), told("intake", "b", 1, causation="a")
        assert len(way_back([one, other], "a")) == 2


class TestDrawing:
    def test_each_event_has_a_row_of_its_own_in_the_order_of_the_timeline(self) -> None:
        nodes = picture().nodes
        assert [node.id for node in nodes] == [one["id"] for one in CASE]
        heights = [node.y for node in nodes]
        assert heights == sorted(set(heights))
        assert {node.x for node in nodes} <= {x for _, x in LANES.values()}

    def test_an_arrow_joins_what_caused_and_what_was_caused_elsewhere(self) -> None:
        assert len(picture().arrows) == 3  # message to answer, pre-review to review, out to intake

    def test_days_without_events_are_counted_and_take_no_room(self) -> None:
        assert [day.gap for day in picture().days] == [0, 0]
        far = told("intake", "far", 60 * 24 * 30)
        days = drawn(Timeline("n", ordered([RECEIVED, far]), ()), Moment()).days
        assert [day.gap for day in days] == [0, 29]

    def test_what_the_moment_does_not_see_is_pale_and_behind_its_line(self) -> None:
        shown = picture(Moment(NINE + timedelta(minutes=61)))
        assert shown.now is not None
        assert {node.id: node.y < shown.now for node in shown.nodes} == {
            node.id: node.seen for node in shown.nodes
        }
        assert shown.now_words == "业务时间截至 2019-12-10 10:01"

    def test_now_has_no_line(self) -> None:
        assert picture().now is None

    def test_it_is_told_in_words_too(self) -> None:
        assert "受理5个事件、评审2个事件" in picture().words
        assert "标题" in picture().words

    @pytest.mark.parametrize("text", ["短", "很长的标题" * 9, "GQGJ-2019-001 " * 5, ""])
    def test_no_text_runs_out_of_its_lane(self, text: str) -> None:
        assert room_of(fitting(text, LETTERS["intake"]).rstrip("…")) <= LETTERS["intake"]


class TestMarks:
    def test_every_name_is_that_of_an_event_and_has_one_mark(self) -> None:
        names = [name for names in MARKS.values() for name in names]
        assert set(names) <= EVENTS
        assert len(names) == len(set(names))
        assert MARKS[Mark.OPENING] == OPENINGS.keys()

    @pytest.mark.parametrize(
        ("name", "data", "mark"),
        [
            ("submission_answered", {"outcome": "refused"}, Mark.REFUSAL),
            ("submission_answered", {"outcome": "held"}, Mark.HOLD),
            ("nomination_pre_reviewed", {"passed": False}, Mark.REFUSAL),
            ("nomination_pre_reviewed", {"passed": True}, Mark.DECISION),
            ("score_submitted", {}, Mark.STEP),
        ],
    )
    def test_a_decision_against_somebody_is_marked_so(
        self, name: str, data: dict[str, Any], mark: Mark
    ) -> None:
        assert mark_of(told("intake", "x", 0, event=f"{name}.v1", data=data)) is mark


class TestAsking:
    def test_who_saw_personal_data_is_told_with_organisation_and_purpose(self) -> None:
        (one,) = openings(CASE)
        assert (one.actor, one.organisation, one.parts, one.purpose) == (
            "测试经办",
            "虚构单位",
            ("identity",),
            "资格初审",
        )

    def test_a_service_that_does_not_answer_is_named_and_the_others_are_told(self) -> None:
        def ask(service: str, path: str) -> Any:
            if service == "review":
                raise Unreachable(service)
            if path.endswith(("/state?", "state")):
                return {"streams": [], "permissions": []}
            return [one for one in CASE if one["service"] == service]

        whole = whole_case(ask, "n", Moment())
        assert whole.timeline.unreachable == ["review"]
        assert {one["service"] for one in whole.timeline.lines} == {"intake"}
        assert whole.states.keys() == {"intake", "publicity"}

    def test_an_outside_message_leads_to_its_nomination(self) -> None:
        asked: list[str] = []

        def ask(service: str, path: str) -> Any:
            asked.append(f"{service}{path}")
            return [MESSAGE] if (service, path) == ("intake", "/audit/cases/good-1") else []

        assert timeline(ask, "good-1").keys == {"good-1", "n1"}
        assert "review/audit/cases/n1" in asked
