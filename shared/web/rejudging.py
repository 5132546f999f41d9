"""POST /audit/cases/{key}/rejudge: would today's rules decide as it was decided?"""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, StringConstraints, ValidationError

from shared.application import Application
from shared.audit.cases import positions_of
from shared.audit.rejudging import Verdict, rejudge
from shared.messages import Recorded, Refused
from shared.web.context import web_of
from shared.web.login import CurrentActor
from shared.web.operations import reads_histories

router = APIRouter(tags=["operations"])


class NoConfiguration(Refused):
    """What is asked with is no configuration of a campaign."""

    code = "no_configuration"
    rule = "A8"


class Question(BaseModel):
    """Fields of a campaign's configuration to be thought otherwise, if any; and for what purpose
    sealed content is opened (on record), without which it stays sealed."""

    changes: dict[str, Any] | None = None
    purpose: (
        Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
        | None
    ) = None


@router.post("/audit/cases/{key}/rejudge", summary="按今天的规则复判一件申报的各项决定")
def rejudge_case(
    request: Request, key: str, question: Question, actor: CurrentActor
) -> list[Verdict]:
    """A verdict for each decision of this service on the case.

    Nothing is stored but the opening of what is sealed, where a purpose is given for it.
    """
    reads_histories(actor)
    application = web_of(request).application
    with application.reading() as connection:
        positions = positions_of(connection, [key])
    told = whole_streams(application, application.log.at(positions))
    wanted = frozenset(positions)
    unseal = getattr(request.app.state, "unseal", None)
    reassess = unseal and unseal(told, wanted, actor, question.purpose)
    try:
        return rejudge(
            application.plan,
            told,
            positions=wanted,
            changes=question.changes,
            reassess=reassess,
        )
    except ValidationError as fault:
        where = ".".join(str(step) for step in fault.errors()[0]["loc"])
        raise NoConfiguration("假设的评选规则不成立，请核对各项取值。", field=where) from fault


def whole_streams(application: Application, case: Sequence[Recorded]) -> list[Recorded]:
    """The streams of a case from their first event on, and those of its campaign and
    of what was known of the person before (P16, P19)."""
    campaigns = {
        campaign
        for one in case
        if isinstance(campaign := getattr(one.event, "campaign_id", None), UUID)
    }
    people = {
        standing
        for one in case
        if isinstance(standing := getattr(one.event, "standing", None), UUID)
    }
    streams = {one.stream for one in case} | campaigns | people
    for decider in application.plan.owns:
        if decider.of == "campaign":
            streams |= {decider.stream(campaign) for campaign in campaigns}
    return list(application.log.load(sorted(streams)))
