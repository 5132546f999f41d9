"""What each role could have done with an aggregate as it stood: asked of the aggregate itself.

The question is the command with nothing in it but time, role, and the ids of the case. Whatever
looks at a field that nobody has said ends the question: then the answer depends on what the command
would have said. So a refusal that is told here holds whatever it says.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, NoReturn
from uuid import UUID

from pydantic import BaseModel, ValidationError

from shared.messages import SYSTEM, Actor, Command, Decider, Refused

Answered = Literal["possible", "depends", "nothing", "refused"]


class Permission(BaseModel):
    """Whether a role could give a command: yes, depending on what it says, without effect, or no.

    `rule` is the rule that entitles the role, or that of the refusal.
    """

    aggregate: str
    stream: UUID
    command: str
    role: str
    answer: Answered
    rule: str
    code: str | None = None
    message: str | None = None


class Unsaid(Exception):
    """It depends on a field that nobody has said."""


def _ends_the_question(*_: object) -> NoReturn:
    raise Unsaid


class Open:
    """The value of a field that nobody has said: whoever uses it ends the question."""

    def __getattr__(self, name: str) -> NoReturn:
        raise Unsaid(name)


for _use in (
    *("eq", "ne", "lt", "le", "gt", "ge", "hash", "bool", "len", "iter", "contains", "str", "repr"),
    *("getitem", "add", "radd", "sub", "rsub", "or", "ror", "and", "rand"),
):
    setattr(Open, f"__{_use}__", _ends_the_question)

OPEN: Any = Open()


def permissions(
    decider: Decider[Any],
    stream: UUID,
    state: Any,
    at: datetime,
    known: Mapping[str, UUID | None],
) -> Iterator[Permission]:
    """What people in each role could have asked of this aggregate at this moment.

    Args:
        decider: the kind of aggregate.
        stream: which one.
        state: as it stood.
        at: the moment.
        known: fields that follow from the case.
    """
    for command in decider.commands:
        for role in sorted(command.may - {SYSTEM}):
            answer, refusal = asked(decider, question(command, role, at, known), state)
            yield Permission(
                aggregate=decider.name,
                stream=stream,
                command=command.name,
                role=role,
                answer=answer,
                rule=refusal.rule if refusal is not None else command.rule,
                code=None if refusal is None else refusal.code,
                message=None if refusal is None else refusal.message,
            )


def question(
    command: type[Command], role: str, at: datetime, known: Mapping[str, UUID | None]
) -> Command:
    """The command by nobody in particular who has this role, saying nothing."""
    by = Actor.model_construct(id=OPEN, name=OPEN, organisation=OPEN, roles=frozenset({role}))
    said: dict[str, Any] = {name: known.get(name) or OPEN for name in command.model_fields}
    return command.model_construct(**(said | {"at": at, "by": by}))


def asked(decider: Decider[Any], command: Command, state: Any) -> tuple[Answered, Refused | None]:
    """What the aggregate answers."""
    try:
        events = decider.judge(command, state)
    except Refused as refusal:
        return "refused", refusal
    except ValidationError:  # it came so far as to write down what was not said
        return "possible", None
    except (Unsaid, TypeError, AssertionError):
        return "depends", None
    return ("possible" if events else "nothing"), None
