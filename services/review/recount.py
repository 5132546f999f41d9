"""The ranking of a campaign, counted again from what happened (P11): for the auditor, bit by bit.

It asks no aggregate: it reads rules, scores, recusals and votes off the events, and ranks. Of one
stream the order counts; in which order the streams are told does not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from services.review.ranking import Result, digest, rank, tied_on_the_line
from services.review.scoring import (
    EvaluationAssigned,
    InterestFound,
    JudgeAdded,
    MemberAbstained,
    MemberRecused,
    RecusalDeclared,
    ScoreCorrected,
    ScoreSubmitted,
)
from services.review.sheet import Marks, Sheet
from services.review.shortlisting import (
    CandidateAdded,
    CandidateBarred,
    CandidateLeft,
    CandidateReturned,
    PanelAppointed,
    PanelPrepared,
    TieVoteCast,
)
from shared.contracts.review import Ranked
from shared.messages import Event


class Recount(NamedTuple):
    """The ranking and the digest that it must have."""

    ranking: tuple[Ranked, ...]
    digest: str


@dataclass
class Tally:
    """What was read off the events so far."""

    prepared: PanelPrepared | None = None
    judges: frozenset[str] = frozenset()
    candidates: set[UUID] = field(default_factory=set)
    out: set[tuple[UUID, str]] = field(default_factory=set)
    assigned: dict[UUID, EvaluationAssigned] = field(default_factory=dict)
    added: set[tuple[UUID, str]] = field(default_factory=set)
    recused: set[tuple[UUID, str]] = field(default_factory=set)
    abstained: set[tuple[UUID, str]] = field(default_factory=set)
    marks: dict[tuple[UUID, str], Marks] = field(default_factory=dict)
    votes: dict[tuple[tuple[UUID, ...], str], UUID] = field(default_factory=dict)

    def read_panel(self, event: Event) -> None:
        """Read what the panel says."""
        match event:
            case PanelPrepared():
                self.prepared = event
            case PanelAppointed():
                self.judges = frozenset(member.id for member in event.members)
            case CandidateAdded():
                self.candidates.add(event.nomination_id)
            case CandidateBarred():
                self.out.add((event.nomination_id, "barred"))
            case CandidateLeft():
                self.out.add((event.nomination_id, event.ground))
            case CandidateReturned():
                self.out.discard((event.nomination_id, "merged"))
            case TieVoteCast():
                self.votes[event.tied, event.member] = event.nomination_id
            case _:
                pass

    def read_evaluation(self, event: Event) -> None:
        """Read what an evaluation says."""
        match event:
            case EvaluationAssigned():
                self.assigned[event.nomination_id] = event
            case JudgeAdded():
                self.added.add((event.nomination_id, event.member.id))
            case InterestFound() | MemberRecused() | RecusalDeclared():
                self.recused.add((event.nomination_id, event.member))
            case MemberAbstained():
                self.abstained.add((event.nomination_id, event.member))
            case ScoreSubmitted() | ScoreCorrected():
                self.marks[event.nomination_id, event.member] = event.marks
            case _:
                pass

    def of(self, pairs: Iterable[tuple[UUID, str]], nomination: UUID) -> frozenset[str]:
        """The members that stand beside this nomination."""
        return frozenset(member for one, member in pairs if one == nomination)

    def sheet(self, nomination: UUID) -> Sheet | None:
        """The scores that count; None before there are judges."""
        if (assigned := self.assigned.get(nomination)) is None:
            return None
        recused = frozenset(assigned.recused) | self.of(self.recused, nomination)
        return Sheet(
            scoring=assigned.scoring,
            members=frozenset(member.id for member in assigned.members)
            | self.of(self.added, nomination),
            recused=recused,
            minimum=assigned.judging.minimum_scores,
            abstained=self.of(self.abstained, nomination),
            scores={
                member: marks
                for (one, member), marks in self.marks.items()
                if one == nomination and member not in recused
            },
        )


def recompute(events: Iterable[Event]) -> Recount | None:
    """The ranking after these events; None where nothing can be ranked yet.

    Nothing can while the rules are not known, nobody stands, or somebody has no result.
    """
    tally = Tally()
    for event in events:
        tally.read_panel(event)
        tally.read_evaluation(event)
    gone = {nomination for nomination, _ in tally.out}
    results: dict[UUID, Result] = {}
    for nomination in sorted(tally.candidates - gone):
        sheet = tally.sheet(nomination)
        if sheet is None or not sheet.complete:
            return None
        results[nomination] = sheet.result
    if tally.prepared is None or not results:
        return None
    rules = tally.prepared
    ranking = rank(results, rules.scoring, rules.shortlist_size, _votes(tally, rules, results))
    return Recount(ranking, digest(ranking))


def _votes(tally: Tally, rules: PanelPrepared, results: Mapping[UUID, Result]) -> dict[UUID, int]:
    """P10, P11: the votes on who is equal on the line, of members who judge all of them."""
    if rules.judging.ties != "vote":
        return {}
    tied = tied_on_the_line(results, rules.scoring, rules.shortlist_size)
    sheets = [sheet for one in tied if (sheet := tally.sheet(one)) is not None]
    away = frozenset[str]().union(*(sheet.recused for sheet in sheets))
    cast = [
        vote
        for (group, member), vote in tally.votes.items()
        if group == tied and member in tally.judges - away
    ]
    return {nomination: cast.count(nomination) for nomination in set(cast)}
