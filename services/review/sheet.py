"""The score sheet of one candidate (P10, P11): who may score, who has, and what it comes to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import Field

from services.review.interests import Interests
from services.review.ranking import Result
from shared.contracts.campaign import Scoring

Mark = Annotated[Decimal, Field(max_digits=6, decimal_places=2)]
Marks = dict[str, Mark]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Who may score by which rules, and who has; `minimum` scores make a result."""

    scoring: Scoring
    members: frozenset[str]
    recused: frozenset[str]
    minimum: int = 1
    abstained: frozenset[str] = frozenset()
    interests: Mapping[str, Interests] = field(default_factory=dict)
    scores: Mapping[str, Marks] = field(default_factory=dict)

    @property
    def judging(self) -> frozenset[str]:
        """Who is left to judge: neither recused nor abstaining (P10)."""
        return self.members - self.recused - self.abstained

    @property
    def quorate(self) -> bool:
        """Whether enough are left to judge (P11)."""
        return len(self.judging) >= max(self.minimum, 1)

    @property
    def complete(self) -> bool:
        """Whether everybody who is left to judge has scored, and they are enough."""
        return self.quorate and self.scores.keys() == self.judging

    @property
    def result(self) -> Result:
        """What the scores come to; only a complete sheet has one."""
        scores = list(self.scores.values())
        return Result(
            mean((sum(marks.values(), Decimal(0)) for marks in scores), self.scoring),
            {
                criterion.code: mean((marks[criterion.code] for marks in scores), self.scoring)
                for criterion in self.scoring.criteria
            },
        )

    def marked(self, member: str, marks: Marks) -> "Sheet":
        """With these marks of the member."""
        return replace(self, scores={**self.scores, member: marks})

    def without(self, member: str) -> "Sheet":
        """With the member recused, and the own score struck out (P10)."""
        scores = {one: marks for one, marks in self.scores.items() if one != member}
        return replace(self, recused=self.recused | {member}, scores=scores)


def mean(values: Iterable[Decimal], scoring: Scoring) -> Decimal:
    """P11: without one highest and one lowest where there are enough, rounded half up.

    Totals and single criteria are each trimmed by themselves: so the order in which equal scores
    came cannot matter.
    """
    counted = sorted(values)
    if len(counted) >= max(scoring.drop_extremes_from, 3):
        counted = counted[1:-1]
    exact = sum(counted, Decimal(0)) / len(counted)
    return exact.quantize(Decimal(1).scaleb(-scoring.decimals), ROUND_HALF_UP)
