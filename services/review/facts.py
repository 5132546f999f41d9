"""What review tells auditors of a whole campaign: who scored whom how, once the list is decided."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from services.review.evaluation import EVALUATION
from services.review.panel import PANEL
from services.review.scoring import (
    EvaluationOpened,
    ScoreCorrected,
    ScoreStruck,
    ScoreSubmitted,
)
from services.review.shortlisting import Closed, Drawn, ShortlistDrawn
from shared.application import Application
from shared.audit.investigation.facts import Candidate, ReviewFacts, Score, at
from shared.messages import Recorded, Refused


class ScoresNotYetRead(Refused):
    """Nobody who judges or looks on compares scores while they can still be changed."""

    code = "scores_not_yet_read"
    rule = "P11"


def facts(application: Application, campaign: UUID) -> ReviewFacts:
    """The scores that count, and what they were before they were corrected.

    Raises:
        ScoresNotYetRead: the list is not decided.
    """
    panel = application.log.batch().state(PANEL, campaign)
    if not isinstance(panel, Closed) or not isinstance(panel.drawn, Drawn):
        raise ScoresNotYetRead("入围名单经领导小组审定之后，方可比对评委评分。")
    with application.reading() as connection:
        rows = connection.execute(
            "SELECT nomination_id FROM evaluations WHERE campaign_id = %s ORDER BY nomination_id",
            (campaign,),
        ).fetchall()
    nominations = [row["nomination_id"] for row in rows]
    streams: dict[UUID, list[Recorded]] = defaultdict(list)
    for recorded in application.log.load([EVALUATION.stream(one) for one in nominations]):
        streams[recorded.stream].append(recorded)
    return ReviewFacts(
        experts=tuple(sorted(panel.drawn.bench.ids)),
        drawn_at=_drawn_at(application.log.load([PANEL.stream(campaign)])),
        candidates=tuple(_candidate(one, streams[EVALUATION.stream(one)]) for one in nominations),
    )


def _drawn_at(stream: Iterable[Recorded]) -> datetime:
    return max(one.at for one in stream if isinstance(one.event, ShortlistDrawn))


def _candidate(nomination: UUID, stream: Sequence[Recorded]) -> Candidate:
    units: set[str] = set()
    scores: dict[str, Score] = {}
    for recorded in stream:
        match recorded.event:
            case EvaluationOpened() as event:
                units |= {event.employer_uscc, event.recommender_uscc}
            case ScoreSubmitted() | ScoreCorrected() as event:
                earlier = scores.get(event.member)
                scores[event.member] = Score(
                    expert=event.member,
                    total=sum(event.marks.values(), Decimal(0)),
                    given=at("review", recorded),
                    before=None if earlier is None else earlier.total,
                )
            case ScoreStruck() as event:
                scores.pop(event.member, None)
            case _:
                pass
    return Candidate(nomination=nomination, units=frozenset(units), scores=tuple(scores.values()))
