"""Every command that people may give, as one route each: the OpenAPI document is the catalogue."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Header, Request
from pydantic import BaseModel, ConfigDict, create_model

from shared.identity import ROLES
from shared.messages import Command, Decider
from shared.plan import Plan
from shared.web.context import web_of
from shared.web.login import CurrentActor
from shared.web.problems import ROLE_TITLES, ProblemBody

STAMPED = frozenset({"at", "by"})

ANSWERS: dict[int | str, dict[str, Any]] = {
    401: {"model": ProblemBody, "description": "未登录，或令牌无效"},
    403: {"model": ProblemBody, "description": "角色无权办理"},
    404: {"model": ProblemBody, "description": "没有这项操作"},
    409: {"model": ProblemBody, "description": "规则不允许；rule 为规则编号"},
    422: {"model": ProblemBody, "description": "字段不符合要求"},
    503: {"model": ProblemBody, "description": "暂时无法连接所需的服务"},
}


class CommandAnswer(BaseModel):
    """What a command led to: the log's position, and the names of the events."""

    position: int
    events: tuple[str, ...]


def command_router(plan: Plan) -> APIRouter:
    """`POST /api/{aggregate}/{key}/{command}` for each command that some person may give."""
    router = APIRouter()
    for decider in plan.owns:
        for command in decider.commands:
            if command.may & ROLES and not command.inside:
                add_command(router, decider, command)
    return router


def add_command(router: APIRouter, decider: Decider[Any], command: type[Command]) -> None:
    """The route of one command."""
    fields = body_of(command)
    optional = not any(field.is_required() for field in fields.model_fields.values())
    default = Body(default_factory=fields) if optional else Body()

    def give(
        request: Request,
        key: UUID,
        actor: CurrentActor,
        body: fields = default,  # type: ignore[valid-type]
        x_correlation_id: Annotated[UUID | None, Header()] = None,
    ) -> CommandAnswer:
        answer = web_of(request).application.execute(
            decider.name,
            key,
            command.name,
            body.model_dump(mode="json", by_alias=True, exclude_unset=True),  # type: ignore[attr-defined]
            actor,
            x_correlation_id,
        )
        return CommandAnswer(position=answer.position, events=answer.events)

    titles = "、".join(ROLE_TITLES[role] for role in sorted(command.may & ROLES))
    router.add_api_route(
        f"/api/{decider.name}/{{key}}/{command.name}",
        give,
        methods=["POST"],
        tags=[decider.name],
        summary=command.name,
        description=f"{(command.__doc__ or '').strip()}\n\n规则 {command.rule}；角色：{titles}。",
        operation_id=f"{decider.name}.{command.name}",
        responses=ANSWERS,
    )


def body_of(command: type[Command]) -> type[BaseModel]:
    """The command's own fields: neither time nor actor can come from outside."""
    own: dict[str, Any] = {
        name: (field.annotation, field)
        for name, field in command.model_fields.items()
        if name not in STAMPED
    }
    return create_model(
        command.__name__,
        __config__=ConfigDict(extra="forbid", frozen=True),
        __doc__=command.__doc__,
        **own,
    )
