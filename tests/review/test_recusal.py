"""Who may not judge does not, whenever it becomes known; and who is left decides (P10, P11)."""

from typing import Any
from uuid import UUID

import pytest

from services.review.approval import APPROVAL
from services.review.deciding import Prepared, Submitted
from services.review.drawing import CastTieVote
from services.review.evaluation import EVALUATION
from services.review.investigating import Investigator
from services.review.investigation import INVESTIGATION, OpenInvestigation
from services.review.marking import Abstain
from services.review.panel import PANEL
from services.review.recusal import DeclareInterest, RecuseMember
from services.review.scoring import (
    Assigned,
    EvaluationCompleted,
    InterestFound,
    ResultWithdrawn,
    ScoreStruck,
)
from services.review.seats import AppointSubstitute, DeclareInterests
from services.review.shortlisting import ShortlistDrawn, ShortlistOutdated
from shared.contracts.campaign import Judging
from shared.contracts.intake import (
    CampaignOpened,
    DuplicateReopened,
    DuplicateResolved,
    TiesNoted,
)
from shared.messages import Actor, Refused
from tests.actors import AT, LEADING_GROUP, OFFICE
from tests.review.campaign import (
    ANNA,
    BODO,
    CAMPAIGN,
    CARL,
    ELSEWHERE,
    EMPLOYER,
    INQUIRY,
    as_judge,
    configuration,
    judge,
)
from tests.review.house import House
from tests.review.test_policies import APPOINT, DRAW, decide, passed, score

AWARD = UUID(int=501, version=4)
TIES = TiesNoted(nomination_id=ANNA, campaign_id=CAMPAIGN, ties=(AWARD,), executive=False)


def house_with(minimum: int = 1, ties: str = "share", shortlist_size: int = 2) -> House:
    judging = Judging.model_validate({"minimum_scores": minimum, "ties": ties})
    rules = configuration(quota=1, shortlist_size=shortlist_size)
    house = House()
    house.hear(
        CampaignOpened(
            campaign_id=CAMPAIGN, configuration=rules.model_copy(update={"judging": judging})
        )
    )
    house.ask(PANEL, CAMPAIGN, APPOINT)
    return house


def scored(house: House, *nominations: UUID) -> House:
    for nomination in nominations:
        house.hear(passed(nomination))
        for number in (1, 2, 3):
            score(house, nomination, number)
    return house


def declare(house: House, number: int = 2, **interests: Any) -> None:
    command = DeclareInterests.model_validate({"at": AT, "by": as_judge(number), **interests})
    house.ask(PANEL, CAMPAIGN, command)


def recuse(house: House, number: int = 2, by: Actor = OFFICE, reason: str = "师徒协议") -> None:
    command = RecuseMember(
        at=AT, by=by, member=f"judge-{number}", ground="master_apprentice", reason=reason
    )
    house.ask(EVALUATION, ANNA, command)


def abstain(house: House, number: int) -> None:
    house.ask(EVALUATION, ANNA, Abstain(at=AT, by=as_judge(number), reason="不熟悉该工种"))


def substitute(house: House, uscc: str = ELSEWHERE) -> None:
    command = AppointSubstitute(at=AT, by=OFFICE, member=judge(4, uscc), nominations=(ANNA,))
    house.ask(PANEL, CAMPAIGN, command)


def vote(house: House, number: int, nomination: UUID) -> None:
    command = CastTieVote(at=AT, by=as_judge(number), nomination_id=nomination)
    house.ask(PANEL, CAMPAIGN, command)


def recused(house: House) -> frozenset[str]:
    members: frozenset[str] = house.state(EVALUATION, ANNA).sheet.recused
    return members


class TestDeclarations:
    @pytest.mark.parametrize(
        "interests",
        [
            {"units": [EMPLOYER]},
            {"ties": [AWARD]},
            {"nominations": {ANNA: "relative"}},
        ],
    )
    @pytest.mark.parametrize("order", ["declared", "passed", "scored"])
    def test_whenever_it_is_signed_the_member_is_recused(
        self, interests: dict[str, Any], order: str
    ) -> None:
        """P10: by unit, by tie, by what was declared; before and after assignment and score"""
        house = house_with()
        house.hear(TIES)
        if order == "declared":
            declare(house, **interests)
        house.hear(passed(ANNA))
        if order == "scored":
            score(house, ANNA, 2)
        if order != "declared":
            declare(house, **interests)
        assert recused(house) == {"judge-2"}
        assert len(house.happened(ScoreStruck)) == (order == "scored")
        with pytest.raises(Refused) as refused:
            score(house, ANNA, 2)
        assert refused.value.rule == "P10"

    def test_a_tie_that_is_told_later_strikes_the_score_out(self) -> None:
        """P10"""
        house = house_with()
        declare(house, ties=[AWARD])
        scored(house, ANNA)
        assert not recused(house)
        house.hear(TIES)
        assert recused(house) == {"judge-2"}
        found, struck = house.happened(InterestFound), house.happened(ScoreStruck)
        assert len(found) == len(struck) == 1
        last = house.happened(EvaluationCompleted)[-1]
        assert isinstance(last, EvaluationCompleted)
        assert last.scores == 2

    def test_what_is_signed_while_a_nomination_is_merged_holds_when_it_returns(self) -> None:
        """P7, P10"""
        house = house_with()
        house.hear(passed(ANNA))
        house.hear(
            DuplicateResolved(nomination_id=ANNA, campaign_id=CAMPAIGN, kept=False, other=BODO)
        )
        declare(house, nominations={ANNA: "relative"})
        house.hear(DuplicateReopened(nomination_id=ANNA, campaign_id=CAMPAIGN, other=BODO))
        with pytest.raises(Refused) as refused:
            score(house, ANNA, 2)
        assert refused.value.rule == "P10"

    def test_it_concerns_no_other_candidate(self) -> None:
        house = scored(house_with(), ANNA, BODO)
        declare(house, nominations={ANNA: "relative"})
        assert not house.state(EVALUATION, BODO).sheet.recused

    def test_what_is_signed_is_not_taken_back(self) -> None:
        house = house_with()
        declare(house, units=[EMPLOYER])
        declare(house, ties=[AWARD])
        signed = house.state(PANEL, CAMPAIGN).bench.interests["judge-2"]
        assert signed.units == {EMPLOYER}
        assert signed.ties == {AWARD}

    def test_only_judges_sign(self) -> None:
        house = house_with()
        with pytest.raises(Refused) as refused:
            declare(house, number=9)
        assert refused.value.rule == "P10"

    def test_signing_is_no_condition_of_scoring(self) -> None:
        """Campaigns as that of 2019 ask for no declaration."""
        scored(house_with(), ANNA)


class TestTheOffice:
    def test_it_recuses_also_after_the_score(self) -> None:
        """P10"""
        house = scored(house_with(), ANNA)
        recuse(house)
        assert len(house.happened(ScoreStruck)) == 1
        assert "judge-2" not in house.state(EVALUATION, ANNA).sheet.scores

    def test_nobody_else_does(self) -> None:
        """S25, P10"""
        with pytest.raises(Refused):
            recuse(scored(house_with(), ANNA), by=LEADING_GROUP)

    def test_only_judges_and_once(self) -> None:
        """S36, P10"""
        house = scored(house_with(), ANNA)
        recuse(house)
        for number, rule in ((2, "P10"), (9, "S36")):
            with pytest.raises(Refused) as refused:
                recuse(house, number)
            assert refused.value.rule == rule

    def test_the_reason_holds_no_personal_number(self) -> None:
        """P3"""
        with pytest.raises(Refused) as refused:
            recuse(scored(house_with(), ANNA), reason="电话13800000000")
        assert refused.value.rule == "P3"

    def test_who_is_recused_does_not_investigate_either(self) -> None:
        """P5, P10"""
        house = scored(house_with(), ANNA)
        recuse(house)
        people = tuple(
            Investigator(id=one, organisation="示例核查单位", uscc=ELSEWHERE)
            for one in ("judge-2", "inspector-1")
        )
        command = OpenInvestigation(
            at=AT,
            by=OFFICE,
            nomination_id=ANNA,
            campaign_id=CAMPAIGN,
            allegation="获奖证书与公布名单不符",
            investigators=people,
        )
        with pytest.raises(Refused) as refused:
            house.ask(INVESTIGATION, INQUIRY, command)
        assert refused.value.rule == "P5"


class TestQuorum:
    def test_an_abstention_is_no_score(self) -> None:
        """P11"""
        house = house_with()
        house.hear(passed(ANNA))
        score(house, ANNA, 1)
        score(house, ANNA, 2)
        assert not house.happened(EvaluationCompleted)
        abstain(house, 3)
        (completed,) = house.happened(EvaluationCompleted)
        assert isinstance(completed, EvaluationCompleted)
        assert completed.scores == 2
        with pytest.raises(Refused):
            score(house, ANNA, 3)
        with pytest.raises(Refused):
            abstain(house, 1)

    def test_too_few_scores_are_no_result(self) -> None:
        """P11"""
        house = scored(house_with(minimum=3), ANNA)
        recuse(house)
        assert len(house.happened(ResultWithdrawn)) == 1
        assert ANNA not in house.state(PANEL, CAMPAIGN).roll.results
        with pytest.raises(Refused):
            house.ask(PANEL, CAMPAIGN, DRAW)

    def test_a_substitute_fills_the_place(self) -> None:
        """P10"""
        house = scored(house_with(minimum=3), ANNA)
        recuse(house)
        substitute(house)
        score(house, ANNA, 4)
        house.ask(PANEL, CAMPAIGN, DRAW)

    def test_a_substitute_without_need_is_refused(self) -> None:
        """P10: nobody packs the panel"""
        with pytest.raises(Refused) as refused:
            substitute(scored(house_with(minimum=3), ANNA))
        assert refused.value.code == "enough_judges"

    def test_a_substitute_of_the_nominees_unit_is_refused(self) -> None:
        """P10"""
        house = scored(house_with(minimum=3), ANNA)
        recuse(house)
        before = list(house.events)
        with pytest.raises(Refused) as refused:
            substitute(house, EMPLOYER)
        assert refused.value.rule == "P10"
        assert house.events == before

    def test_what_a_substitute_signs_is_looked_at_too(self) -> None:
        house = scored(house_with(minimum=3), ANNA)
        recuse(house)
        substitute(house)
        declare(house, 4, nominations={ANNA: "other"})
        assert "judge-4" in recused(house)


class TestAfterTheShortlist:
    def drawn(self) -> House:
        house = scored(house_with(), ANNA, BODO)
        house.ask(PANEL, CAMPAIGN, DRAW)
        return house

    def test_a_struck_score_reopens_an_undecided_list(self) -> None:
        """P10: nothing is decided on a score that does not count"""
        house = self.drawn()
        recuse(house)
        assert len(house.happened(ShortlistOutdated)) == 1
        assert isinstance(house.state(APPROVAL, CAMPAIGN), Prepared)
        assert isinstance(house.state(EVALUATION, ANNA), Assigned)
        house.ask(PANEL, CAMPAIGN, DRAW)
        assert isinstance(house.state(APPROVAL, CAMPAIGN), Submitted)

    def test_a_recusal_without_a_score_does_not(self) -> None:
        house = house_with()
        house.hear(passed(ANNA))
        score(house, ANNA, 1)
        score(house, ANNA, 3)
        abstain(house, 2)
        house.ask(PANEL, CAMPAIGN, DRAW)
        recuse(house)
        assert isinstance(house.state(APPROVAL, CAMPAIGN), Submitted)

    def test_what_is_decided_stays_decided_and_the_strike_is_on_record(self) -> None:
        """S39"""
        house = house_with()
        scored(house, ANNA)
        house.ask(PANEL, CAMPAIGN, DRAW)
        decide(house)
        recuse(house)
        assert len(house.happened(ScoreStruck)) == 1
        assert not house.happened(ShortlistOutdated)


class TestTies:
    def tied(self) -> House:
        """Three equal candidates for one place."""
        return scored(house_with(ties="vote", shortlist_size=1), ANNA, BODO, CARL)

    def test_equals_on_the_line_are_voted_on(self) -> None:
        """P11"""
        house = self.tied()
        with pytest.raises(Refused) as refused:
            house.ask(PANEL, CAMPAIGN, DRAW)
        assert refused.value.rule == "P11"
        for number, nomination in ((1, BODO), (2, BODO), (3, ANNA)):
            vote(house, number, nomination)
        house.ask(PANEL, CAMPAIGN, DRAW)
        (drawn,) = house.happened(ShortlistDrawn)
        assert isinstance(drawn, ShortlistDrawn)
        assert [line.nomination_id for line in drawn.ranking] == [BODO, ANNA, CARL]
        assert [line.shortlisted for line in drawn.ranking] == [True, False, False]

    def test_what_the_vote_leaves_equal_shares_a_rank(self) -> None:
        house = self.tied()
        for number, nomination in ((1, BODO), (2, ANNA), (3, CARL)):
            vote(house, number, nomination)
        house.ask(PANEL, CAMPAIGN, DRAW)
        (drawn,) = house.happened(ShortlistDrawn)
        assert isinstance(drawn, ShortlistDrawn)
        assert [line.rank for line in drawn.ranking] == [1, 1, 1]

    def test_everybody_votes_once(self) -> None:
        house = self.tied()
        vote(house, 1, ANNA)
        with pytest.raises(Refused):
            vote(house, 1, BODO)

    def test_who_is_recused_from_one_of_them_does_not_vote(self) -> None:
        """P10"""
        house = self.tied()
        recuse(house)
        for number in (1, 3):
            score_again = house.state(EVALUATION, ANNA).sheet.scores
            assert f"judge-{number}" in score_again
        with pytest.raises(Refused) as refused:
            vote(house, 2, BODO)
        assert refused.value.rule == "P10"
        vote(house, 1, BODO)
        vote(house, 3, BODO)
        house.ask(PANEL, CAMPAIGN, DRAW)

    def test_who_is_recused_after_voting_has_not_voted(self) -> None:
        """P10"""
        house = self.tied()
        for number, nomination in ((1, ANNA), (2, BODO), (3, ANNA)):
            vote(house, number, nomination)
        house.ask(
            EVALUATION,
            BODO,
            RecuseMember(at=AT, by=OFFICE, member="judge-2", ground="other", reason="利害关系"),
        )
        house.ask(PANEL, CAMPAIGN, DRAW)
        (drawn,) = house.happened(ShortlistDrawn)
        assert isinstance(drawn, ShortlistDrawn)
        assert drawn.ranking[0].nomination_id == ANNA

    def test_where_nobody_is_equal_nobody_votes(self) -> None:
        house = house_with(ties="vote", shortlist_size=1)
        scored(house, ANNA)
        with pytest.raises(Refused):
            vote(house, 1, ANNA)
        house.ask(PANEL, CAMPAIGN, DRAW)

    def test_equals_share_a_rank_where_the_campaign_says_so(self) -> None:
        house = scored(house_with(shortlist_size=1), ANNA, BODO)
        with pytest.raises(Refused):
            vote(house, 1, ANNA)
        house.ask(PANEL, CAMPAIGN, DRAW)


def test_the_own_declaration_before_a_score_still_stands() -> None:
    """P10: `declare_interest`, as before"""
    house = house_with()
    house.hear(passed(ANNA))
    house.ask(EVALUATION, ANNA, DeclareInterest(at=AT, by=as_judge(2), ground="other"))
    assert recused(house) == {"judge-2"}
