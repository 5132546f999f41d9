"""Drawing the shortlist 入围名单 out of the results (S36, S37, P11)."""

from typing import assert_never
from uuid import UUID

from services.review.ranking import digest, rank, tied_on_the_line
from services.review.seats import NotOnThePanel, PanelNotReady, seated
from services.review.shortlisting import (
    Appointed,
    Bench,
    Closed,
    Drawn,
    Prepared,
    Roll,
    Rules,
    ShortlistDrawn,
    State,
    TieVoteCast,
    Unprepared,
)
from shared.contracts.review import Ranked
from shared.messages import Command, Event, Refused

# refusals


class NotTheChair(Refused):
    """The shortlist is drawn by the chair of the panel."""

    code = "not_the_chair"
    rule = "S36"


class ResultsMissing(Refused):
    """A shortlist compares results: every candidate needs one."""

    code = "results_missing"
    rule = "S36"


class TieNotInOrder(Refused):
    """Where the criteria leave candidates equal on the line, each member votes once (P11)."""

    code = "tie_not_in_order"
    rule = "P11"


# commands


class CastTieVote(Command, name="cast_tie_vote", may={"expert"}, rule="P11"):
    """A member's one vote between those whom the criteria leave equal on the line."""

    nomination_id: UUID


class DrawShortlist(Command, name="draw_shortlist", may={"expert"}, rule="S36"):
    """Rank the results and freeze the list."""


# decide


def cast_vote(command: CastTieVote, state: State) -> TieVoteCast:
    """P11: one vote each, between those who are equal in total and in every criterion."""
    rules, bench, roll = seated(state)
    tied = _tied(rules, roll)
    if not tied:
        raise TieNotInOrder("入围线上没有须由评审小组表决的同分人选")
    if command.nomination_id not in tied:
        raise TieNotInOrder("只能在入围线上的同分人选之间表决", field="nomination_id")
    if command.by.id not in bench.voters(tied):
        raise NotOnThePanel("只有不须回避的评审小组成员可以就同分人选表决")
    if command.by.id in bench.cast(tied):
        raise TieNotInOrder("您已就这些同分人选表决，每人一票")
    return TieVoteCast(
        campaign_id=rules.campaign_id,
        nomination_id=command.nomination_id,
        member=command.by.id,
        tied=tied,
    )


def _tied(rules: Rules, roll: Roll) -> tuple[UUID, ...]:
    """Between whom the panel has to vote; nobody while a result is missing."""
    standing = roll.standing
    if rules.judging.ties != "vote" or not roll.results.keys() >= set(standing):
        return ()
    results = {nomination: roll.results[nomination] for nomination in standing}
    return tied_on_the_line(results, rules.scoring, rules.shortlist_size)


def draw(command: DrawShortlist, state: State) -> list[Event]:
    """S36, S37. A list may be drawn again only for a candidate whom the first did not know."""
    match state:
        case Unprepared() | Prepared():
            raise PanelNotReady("评审小组尚未组建，须先组建小组并完成评分")
        case Closed():
            raise PanelNotReady("领导小组已经审定名单，不能再产生入围名单")
        case Drawn(ranked=ranked, outdated=False) if ranked.issuperset(state.roll.standing):
            raise PanelNotReady("入围名单已经产生并报领导小组，不能重新产生")
        case Appointed() | Drawn():
            if command.by.id != state.bench.chair:
                raise NotTheChair("入围名单须由评审小组组长产生")
        case _:
            assert_never(state)
    standing = state.roll.standing
    missing = [nomination for nomination in standing if nomination not in state.roll.results]
    if missing or not standing:
        raise ResultsMissing(
            f"全部候选人都有评审结果之后才能产生入围名单，还缺{len(missing)}人"
            if missing
            else "尚无候选人，不能产生入围名单"
        )
    tied = _tied(state.rules, state.roll)
    if waiting := state.bench.voters(tied) - state.bench.cast(tied).keys() if tied else ():
        raise TieNotInOrder(
            f"入围线上有{len(tied)}人同分，须由评审小组成员表决，还有{len(waiting)}人未表决"
        )
    ranking = _ranking_of(state.rules, state.bench, state.roll)
    return [
        ShortlistDrawn(campaign_id=state.rules.campaign_id, ranking=ranking, digest=digest(ranking))
    ]


def _ranking_of(rules: Rules, bench: Bench, roll: Roll) -> tuple[Ranked, ...]:
    """P11: by results, and on the line by the panel's votes where the criteria leave off."""
    cast = bench.cast(_tied(rules, roll)).values()
    results = {nomination: roll.results[nomination] for nomination in roll.standing}
    votes = {nomination: list(cast).count(nomination) for nomination in set(cast)}
    return rank(results, rules.scoring, rules.shortlist_size, votes)
