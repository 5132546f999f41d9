"""The ranking counted again from the events (P11)."""

from collections.abc import Iterator
from decimal import Decimal
from uuid import UUID

from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st

from services.review.evaluation import EVALUATION
from services.review.marking import CorrectScore, SubmitScore
from services.review.panel import PANEL
from services.review.recount import recompute
from services.review.scoring import ScoreSubmitted
from services.review.shortlisting import ShortlistDrawn, TieVoteCast
from shared.contracts.intake import NominationWithdrawn
from shared.messages import Event, Happened
from tests.actors import AT
from tests.review.campaign import ANNA, BODO, CAMPAIGN, CARL, as_judge, marks
from tests.review.house import House
from tests.review.test_policies import DRAW, disqualify, passed
from tests.review.test_recusal import abstain, declare, house_with, recuse, scored, vote

MARK = st.integers(min_value=0, max_value=30).map(str)


def drawn(house: House) -> ShortlistDrawn:
    house.ask(PANEL, CAMPAIGN, DRAW)
    event = house.happened(ShortlistDrawn)[-1]
    assert isinstance(event, ShortlistDrawn)
    return event


def agrees(house: House) -> None:
    """What was drawn and what is counted again are the same, bit by bit."""
    event = drawn(house)
    again = recompute(house.events)
    assert again is not None
    assert (again.ranking, again.digest) == (event.ranking, event.digest)


def shuffled(facts: list[Happened], data: st.DataObject) -> Iterator[Event]:
    """The events with their streams told in any order among each other, each in its own order."""
    streams: dict[UUID, list[Event]] = {}
    for fact in facts:
        streams.setdefault(fact.stream, []).append(fact.event)
    while streams:
        key = data.draw(st.sampled_from(sorted(streams)))
        yield streams[key].pop(0)
        if not streams[key]:
            del streams[key]


@settings(deadline=None, derandomize=True, max_examples=40)
@forall(st.data(), st.lists(st.tuples(MARK, MARK), min_size=9, max_size=9))
def test_the_ranking_is_the_same_in_every_order_of_arrival(
    data: st.DataObject, given_marks: list[tuple[str, str]]
) -> None:
    """P11"""
    house = house_with()
    everybody = [(one, number) for one in (ANNA, BODO, CARL) for number in (1, 2, 3)]
    for nomination in (ANNA, BODO, CARL):
        house.hear(passed(nomination))
    for (nomination, number), (skill, achievement) in zip(everybody, given_marks, strict=True):
        given_by = as_judge(number)
        house.ask(
            EVALUATION,
            nomination,
            SubmitScore(at=AT, by=given_by, marks=marks(skill=skill, achievement=achievement)),
        )
    event = drawn(house)
    again = recompute(shuffled(house.facts, data))
    assert again is not None
    assert (again.ranking, again.digest) == (event.ranking, event.digest)


class TestWhatCounts:
    def test_corrections_recusals_and_abstentions(self) -> None:
        """P10, P11"""
        house = house_with()
        house.hear(passed(ANNA))
        abstain(house, 3)
        for number in (1, 2):
            house.ask(EVALUATION, ANNA, SubmitScore(at=AT, by=as_judge(number), marks=marks()))
        scored(house, BODO)
        better = marks(achievement="30")
        house.ask(
            EVALUATION, BODO, CorrectScore(at=AT, by=as_judge(1), marks=better, reason="录入有误")
        )
        recuse(house)
        agrees(house)

    def test_declarations_and_who_is_out(self) -> None:
        """P10, S39, S43"""
        house = scored(house_with(), ANNA, BODO, CARL)
        declare(house, nominations={BODO: "relative"})
        disqualify(house)
        house.hear(NominationWithdrawn(nomination_id=CARL, campaign_id=CAMPAIGN, by="recommender"))
        agrees(house)

    def test_votes_on_equals(self) -> None:
        """P11"""
        house = scored(house_with(ties="vote", shortlist_size=1), ANNA, BODO, CARL)
        recuse(house)
        for number in (1, 3):
            vote(house, number, CARL)
        agrees(house)

    def test_who_is_recused_after_voting_has_not_voted(self) -> None:
        """P10, P11: with the vote BODO would be ahead, without it two share the rank."""
        house = scored(house_with(ties="vote", shortlist_size=1), ANNA, BODO, CARL)
        for number, nomination in ((1, ANNA), (2, BODO), (3, BODO)):
            vote(house, number, nomination)
        recuse(house)
        agrees(house)

    def test_no_vote_where_equals_share_a_rank(self) -> None:
        """P10, P11"""
        house = scored(house_with(shortlist_size=1), ANNA, BODO)
        event = drawn(house)
        cast = TieVoteCast(
            campaign_id=CAMPAIGN, nomination_id=BODO, member="judge-1", tied=(ANNA, BODO)
        )
        again = recompute([*house.events, cast])
        assert again is not None
        assert again.digest == event.digest

    def test_nothing_is_ranked_before_everybody_has_a_result(self) -> None:
        house = scored(house_with(), ANNA)
        house.hear(passed(BODO))
        assert recompute(house.events) is None
        assert recompute([]) is None

    def test_a_score_that_was_changed_on_the_way_does_not_agree(self) -> None:
        house = scored(house_with(), ANNA, BODO)
        event = drawn(house)
        forged = [
            one.model_copy(update={"marks": {**one.marks, "skill": Decimal(1)}})
            if isinstance(one, ScoreSubmitted) and one.member == "judge-1"
            else one
            for one in house.events
        ]
        again = recompute(forged)
        assert again is not None
        assert again.digest != event.digest
