"""The ranking of a campaign (P11): results in, places out, whatever order they came in."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from shared.contracts.campaign import Scoring
from shared.contracts.review import Ranked


@dataclass(frozen=True, slots=True)
class Result:
    """A candidate's total and the means by criterion that break ties."""

    total: Decimal
    means: Mapping[str, Decimal]

    def standing(self, scoring: Scoring) -> tuple[Decimal, ...]:
        """What is compared, in this order: the total, then the tie-break criteria."""
        return self.total, *(self.means[code] for code in scoring.tie_break)


NO_VOTES: Mapping[UUID, int] = {}


def rank(
    results: Mapping[UUID, Result],
    scoring: Scoring,
    shortlist_size: int,
    votes: Mapping[UUID, int] = NO_VOTES,
) -> tuple[Ranked, ...]:
    """All results, best first: by total, then by the tie-break criteria, then by `votes` (P11).

    Who is equal in all of them shares a rank, and nobody of equal rank is shortlisted alone.
    """

    def standing(nomination: UUID) -> tuple[Decimal | int, ...]:
        return *results[nomination].standing(scoring), votes.get(nomination, 0)

    ranking: list[Ranked] = []
    before: tuple[Decimal | int, ...] | None = None
    ordered = sorted(sorted(results), key=standing, reverse=True)
    for place, nomination in enumerate(ordered, start=1):
        here = standing(nomination)
        at = ranking[-1].rank if here == before else place
        total = results[nomination].total
        ranking.append(
            Ranked(
                nomination_id=nomination,
                total=total,
                rank=at,
                shortlisted=at <= shortlist_size and total >= scoring.pass_mark,
            )
        )
        before = here
    return tuple(ranking)


def tied_on_the_line(
    results: Mapping[UUID, Result], scoring: Scoring, shortlist_size: int
) -> tuple[UUID, ...]:
    """Those whom the criteria leave equal where the shortlist ends, by id; none elsewhere."""
    ranking = rank(results, scoring, shortlist_size)
    if len(ranking) <= shortlist_size or not ranking[shortlist_size].shortlisted:
        return ()
    line = ranking[shortlist_size].rank
    return tuple(one.nomination_id for one in ranking if one.rank == line)


def digest(ranking: Iterable[Ranked]) -> str:
    """SHA-256 (hexadecimal) of the ranking as JSON with sorted keys and without spaces."""
    lines = [line.model_dump(mode="json") for line in ranking]
    text = json.dumps(lines, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
