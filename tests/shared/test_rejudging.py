"""Re-judging: the same rules decide the same; other rules are found out where they bite."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_DOWN
from uuid import UUID

import pytest
from pydantic import ValidationError

from services import intake, review
from services.review import meeting, policies, sheet
from services.review.clearance import CLEARANCE, BarClearance
from services.review.evaluation import EVALUATION
from services.review.marking import CorrectScore
from services.review.panel import PANEL
from shared.audit.recipes import Unjudged, found, merged
from shared.audit.rejudging import Verdict, rejudge
from shared.messages import Addressed, Command, Happened, Refused
from tests.actors import AT
from tests.intake import house as intake_house
from tests.rejudged import decision_of
from tests.review.campaign import ANNA, BODO, CAMPAIGN, as_judge, marks
from tests.review.house import House
from tests.review.test_policies import DRAW, approved_house, decide, disqualify, scored_house
from tests.rules.permissions import SERVICES
from tests.rules.situations import Service, by_the_entitled


def differing(house: House, changes: dict[str, object] | None = None) -> list[Verdict]:
    """What is not decided as it was."""
    verdicts = rejudge(review.PLAN, house.recorded(), changes=changes)
    return [one for one in verdicts if one.outcome in ("otherwise", "refused")]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.plan.name)
def test_every_command_is_found_again_or_its_service_says_why_not(service: Service) -> None:
    made: set[type[Command]] = set()
    for examples in service.examples:
        for command in examples.commands:
            for _, asked in by_the_entitled(command):
                for state in examples.states:
                    try:
                        events = examples.decider.judge(asked, state)
                    except Refused:
                        continue
                    if not events:
                        continue
                    again = found(service.plan.rejudging, decision_of(asked, events), state)
                    if not isinstance(again, Unjudged):
                        assert list(examples.decider.judge(again, state)) == events
                        made.add(type(again))
    made |= {one for one in service.plan.rejudging.recipes.values() if isinstance(one, type)}
    owned = {command for decider in service.plan.owns for command in decider.commands}
    assert owned - made == set(service.plan.rejudging.traceless)


def test_a_selection_is_decided_as_it_was() -> None:
    house = approved_house(ANNA, BODO)
    disqualify(house)
    verdicts = rejudge(review.PLAN, house.recorded())
    assert {one.outcome for one in verdicts} == {"same", "unjudged"}
    unjudged = [one for one in verdicts if one.outcome == "unjudged"]
    assert {event for one in unjudged for event in one.events} == {
        "panel_prepared.v2",
        "approval_prepared.v2",
        "practice_prepared.v1",
    }
    assert all("受理服务" in one.words for one in unjudged)


def test_another_rounding_hits_results_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """P11: cut off instead of rounded half up, a mean of thirds would be another."""
    house = scored_house(ANNA)
    correct(house, ANNA, 3, "24")
    monkeypatch.setattr(sheet, "ROUND_HALF_UP", ROUND_DOWN)
    (hit,) = differing(house)
    assert (hit.outcome, hit.rule) == ("otherwise", "P11")
    assert hit.events == ["score_corrected.v1", "evaluation_completed.v1"]
    assert {one.field for one in hit.differences} == {"total", "means"}
    (total,) = [one for one in hit.differences if one.field == "total"]
    assert total.stored != total.today


def correct(house: House, nomination: UUID, judge: int, achievement: str) -> None:
    """A judge thinks otherwise."""
    command = CorrectScore(
        at=AT, by=as_judge(judge), marks=marks(achievement=achievement), reason="核对后更正"
    )
    house.ask(EVALUATION, nomination, command)


def test_a_higher_quorum_refuses_the_meeting_with_its_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """P12"""
    house = approved_house(ANNA, BODO)

    def refuse(*_: object) -> None:
        raise meeting.QuorumMissed("到会成员单位不足", field="present")

    monkeypatch.setattr(meeting, "_check_meeting", refuse)
    (hit,) = differing(house)
    assert (hit.outcome, hit.rule) == ("refused", "P12")
    assert "到会成员单位不足" in hit.words
    assert "list_decided.v1" in hit.events


def test_a_policy_that_no_longer_bars_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """S43: what followed from the finding would not follow today."""
    house = approved_house(ANNA, BODO)
    disqualify(house)

    def nothing(*_: object) -> Sequence[Addressed]:
        return []

    monkeypatch.setattr(policies, "_disqualified", nothing)
    hits = differing(house)
    assert {one.rule for one in hits} == {"S43", "S39"}
    assert {one.events[0] for one in hits} == {
        "clearance_barred.v1",
        "candidate_barred.v1",
        "list_entry_barred.v1",
        "evaluation_stopped.v1",
        "vetting_ended.v1",
    }
    assert all("今天不再" in one.words for one in hits)


def test_a_policy_that_asks_more_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    house = approved_house(ANNA, BODO)

    def more(happened: Happened) -> Sequence[Addressed]:
        asked = policies.react(happened)
        if happened.event.name != "selection_closed":
            return asked
        bar = BarClearance(
            at=happened.at, by=policies.REVIEW, nomination_id=ANNA, campaign_id=CAMPAIGN
        )
        return [*asked, Addressed(CLEARANCE, ANNA, bar)]

    verdicts = rejudge(replace(review.PLAN, react=more), house.recorded())
    (hit,) = [one for one in verdicts if one.outcome == "otherwise"]
    assert hit.events == ["selection_closed.v1"]
    assert hit.differences[-1].today == "确定不予授予"


def test_other_rules_of_the_campaign_tell_whom_they_would_have_hit() -> None:
    """P12, P13: the copies in the log are thought otherwise, and nothing is written."""
    house = approved_house(ANNA, BODO)
    told = list(house.recorded())
    (hit,) = differing(house, {"quota": 1})
    assert hit.outcome == "refused"
    assert hit.rule in ("P11", "P13")
    assert list(house.recorded()) == told
    assert differing(house, {"quota": 2}) == []


def test_after_a_difference_the_stored_history_goes_on() -> None:
    """P11: one place on the list instead of two; what followed is judged as it was."""
    house = scored_house(ANNA, BODO)
    for judge in (1, 2, 3):
        correct(house, BODO, judge, "20")
    house.ask(PANEL, CAMPAIGN, DRAW)
    decide(house)
    (hit,) = differing(house, {"shortlist_size": 1})
    assert hit.events == ["shortlist_drawn.v1"]
    assert {one.field for one in hit.differences} == {"ranking", "digest"}


def test_what_is_no_configuration_is_not_thought() -> None:
    with pytest.raises(ValidationError):
        differing(approved_house(ANNA, BODO), {"shortlist_size": "viele"})


def test_of_an_object_only_what_is_named_is_changed() -> None:
    assert merged({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"c": 5}}) == {
        "a": 1,
        "b": {"c": 5, "d": 3},
    }


def test_a_reception_is_not_judged_while_its_content_is_sealed() -> None:
    """S26: nothing is guessed of what is under the seal, or was not kept."""
    house = intake_house.House()
    house.send("good-1", "bad-1")
    verdicts = rejudge(intake.PLAN, house.recorded())
    answers = [one.words for one in verdicts if one.decider == "submission"]
    assert sorted(answers) == [
        "密封内容，须经授权开启（--purpose）。",
        "被拒绝的报送只保留摘要，不保留内容，无从复判。",
    ]
    assert {one.outcome for one in verdicts if one.decider != "submission"} == {"same"}
