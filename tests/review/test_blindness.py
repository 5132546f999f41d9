"""What even who may read whole histories reads of scores, and when (P11)."""

from uuid import UUID

import pytest

from services.review import PLAN
from services.review.evaluation import EVALUATION
from services.review.marking import Abstain
from services.review.panel import PANEL
from services.review.recusal import RecuseMember
from shared.audit.history import Line, lines
from shared.contracts.campaign import Judging
from shared.contracts.intake import CampaignOpened
from tests.actors import AT, OFFICE
from tests.review.campaign import ANNA, CAMPAIGN, as_judge, configuration
from tests.review.house import House
from tests.review.test_policies import APPOINT, DRAW, disqualify, passed, score, scored_house


def house_scored_by(*judges: int, minimum: int = 1) -> House:
    rules = configuration().model_copy(update={"judging": Judging(minimum_scores=minimum)})
    house = House()
    house.hear(CampaignOpened(campaign_id=CAMPAIGN, configuration=rules))
    house.ask(PANEL, CAMPAIGN, APPOINT)
    house.hear(passed(ANNA))
    for judge in judges:
        score(house, ANNA, judge)
    return house


def told(house: House) -> list[Line]:
    return lines(PLAN, list(house.recorded()))


def revealing(house: House) -> set[str]:
    """The kinds of events of which marks or totals are told."""
    return {
        line.event
        for line in told(house)
        if {"marks", "total", "means"} & line.data.keys()
        or "得分" in line.detail
        or "各项" in line.detail
    }


class TestHistories:
    def test_no_mark_is_told_before_everybody_has_scored(self) -> None:
        """P11: that somebody scored is told, and when; not how"""
        house = house_scored_by(1, 2)
        assert not revealing(house)
        assert [one.title for one in told(house)].count("评委评分") == 2

    def test_all_is_told_once_everybody_has(self) -> None:
        """P11"""
        assert revealing(house_scored_by(1, 2, 3)) == {
            "score_submitted.v1",
            "evaluation_completed.v1",
            "result_recorded.v1",
        }

    def test_a_result_that_was_withdrawn_is_told_no_more(self) -> None:
        """P10, P11: a substitute is still to score"""
        house = house_scored_by(1, 2, 3, minimum=3)
        house.ask(
            EVALUATION,
            ANNA,
            RecuseMember(at=AT, by=OFFICE, member="judge-2", ground="relative", reason="近亲属"),
        )
        assert not revealing(house)

    def test_where_nobody_scores_any_more_it_stays_told(self) -> None:
        """S43"""
        house = scored_house(ANNA)
        house.ask(PANEL, CAMPAIGN, DRAW)
        assert revealing(house)
        disqualify(house)
        assert revealing(house)

    def test_an_abstention_of_the_last_tells_the_others(self) -> None:
        house = house_scored_by(1, 2)
        house.ask(EVALUATION, ANNA, Abstain(at=AT, by=as_judge(3), reason="不熟悉该工种"))
        assert revealing(house)


@pytest.mark.parametrize("events", [(), (ANNA,)])
def test_of_nothing_nothing_is_withheld(events: tuple[UUID, ...]) -> None:
    house = scored_house(*events)
    assert not PLAN.withheld(list(house.recorded()))
