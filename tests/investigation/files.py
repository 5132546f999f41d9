"""Honest facts of a campaign, to be spoilt by tests: fictional people of fictional units."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np

from shared.audit.investigation.facts import (
    At,
    Candidate,
    Document,
    Edit,
    Facts,
    IntakeFacts,
    Nomination,
    Person,
    ReviewFacts,
    Score,
)
from shared.contracts.intake import Organisation
from shared.contracts.submission import Honour, Patent, Post, Qualification

CAMPAIGN = UUID(int=2019)
RECEIVED = datetime.fromisoformat("2019-12-06T09:00:00+08:00")
DEADLINE = datetime.fromisoformat("2019-12-10T23:59:59+08:00")
DRAWN = datetime.fromisoformat("2019-12-18T17:00:00+08:00")
BASE = date(2019, 12, 10)
SKILLED = Post(
    since=date(2004, 4, 1),
    employer="虚构甲公司",
    post="操作工",
    in_port_area=True,
    skilled_post=True,
)
CERTIFICATE = "Y008900000000181000003"
"""Of level 1, given in 2018."""


def at(number: int, when: datetime = RECEIVED, service: Any = "intake", event: str = "e.v1") -> At:
    """An event on record."""
    return At(
        service=service,
        id=UUID(int=10_000 + number),
        event=event,
        position=number + 1,
        leaf=number,
        hash=f"{number:064x}",
        at=when,
    )


def person(**changes: Any) -> Person:
    """Somebody against whom nothing speaks."""
    fields: dict[str, Any] = {
        "name": "测试甲",
        "sex": "男",
        "birth": date(1978, 9, 16),
        "number_sex": "男",
        "employer": "虚构甲公司",
        "years_in_trade": 15,
        "years_in_port_area": 15,
        "qualification": Qualification(
            occupation="化工总控工", level=1, certificate_number=CERTIFICATE
        ),
        "career": (SKILLED,),
        "honours": (),
        "patents": (),
        "signed_by": "样例负责人",
        "reviewed_by": "样例经办人",
    }
    return Person(**{**fields, **changes})


def file(
    number: int, *, unit: str | None = None, by: str | None = None, **changes: Any
) -> Nomination:
    """A nomination of the `number`th person; `unit` employs, `by` nominates."""
    employer = unit or f"unit-{number}"
    recommender = by or employer
    fields: dict[str, Any] = {
        "id": UUID(int=number),
        "claim": UUID(int=500 + number),
        "channel": "employer",
        "recommender": Organisation(name=f"名称{recommender}", uscc=recommender),
        "employer": employer,
        "executive": False,
        "received": at(number),
        "documents": (Document(kind="identity_card", sha256=f"{number:064x}"),),
        "opened": person(),
    }
    given = Nomination(**{**fields, **changes})
    if given.opened is None:
        return given
    career = tuple(
        post.model_copy(update={"employer": employer})
        if post.employer == SKILLED.employer
        else post
        for post in given.opened.career
    )
    return given.model_copy(update={"opened": given.opened.model_copy(update={"career": career})})


def with_patent(number: str, title: str = "一种装置") -> Person:
    """Somebody who claims this patent."""
    return person(patents=(Patent(title=title, number=number, material="m7"),))


def with_honour(**changes: Any) -> Person:
    """Somebody who claims an award for a work."""
    fields: dict[str, Any] = {
        "title": "虚构市技术创新成果奖一等奖",
        "issuer": "虚构市总工会",
        "level": "city",
        "kind": "innovation_award",
        "date": date(2018, 5, 1),
        "rank": 1,
    }
    return person(honours=(Honour(**{**fields, **changes}),))


def edited(hours_left: float, *gained: str) -> Edit:
    """A correction so many hours before it was due, long after the campaign's deadline."""
    due = DEADLINE + timedelta(days=5)
    return Edit(
        asked=at(1, due - timedelta(days=7)),
        done=at(2, due - timedelta(hours=hours_left)),
        due_at=due,
        fields=("honours",),
        gained=gained,
    )


def intake(*nominations: Nomination) -> IntakeFacts:
    """What intake tells."""
    return IntakeFacts(
        campaign=CAMPAIGN, deadline=DEADLINE, base_date=BASE, nominations=nominations
    )


def facts(*nominations: Nomination) -> Facts:
    """Only intake told."""
    return Facts(intake=intake(*nominations))


def scored(table: Any, units: int) -> ReviewFacts:
    """A panel's scores: a row for each candidate, whose unit goes round; NaN is no score."""
    experts = tuple(f"expert-{column + 1}" for column in range(table.shape[1]))
    return ReviewFacts(
        experts=experts,
        drawn_at=DRAWN,
        candidates=tuple(
            _candidate(row, scores, experts, units) for row, scores in enumerate(table)
        ),
    )


def _candidate(row: int, scores: Any, experts: Sequence[str], units: int) -> Candidate:
    given = at(row, DRAWN - timedelta(hours=8), "review")
    return Candidate(
        nomination=UUID(int=row),
        units=frozenset({f"unit-{row % units}"}),
        scores=tuple(
            Score(expert=expert, total=Decimal(str(round(float(score), 2))), given=given)
            for expert, score in zip(experts, scores, strict=True)
            if not np.isnan(score)
        ),
    )


def honest(seed: int, candidates: int = 200, experts: int = 7) -> Any:
    """Scores of experts who differ in level, spread and care, and in nothing else."""
    rng = np.random.default_rng(seed)
    merit = rng.normal(80, 8, candidates)
    slopes, level = rng.uniform(0.85, 1.15, experts), rng.normal(0, 3, experts)
    care = rng.uniform(2, 5, experts)
    noise = rng.normal(0, 1, (candidates, experts)) * care
    return np.outer(merit, slopes) + level + noise
