"""How the command that was decided is found again in the events that came of it.

The log keeps what happened, not what was asked. Most commands have fields that their events have
too; where one has not, its service has a recipe, or says why there can be none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import ValidationError

from shared.messages import Command, Decider, Event, Recorded


@dataclass(frozen=True, slots=True)
class Unjudged:
    """The command cannot be made again; `words` (Chinese) say why."""

    words: str


Found = Command | Unjudged
Recipe = type[Command] | Unjudged | Callable[[Sequence[Recorded], Any], Found]
"""A command whose fields are those of its events; why there is none; or how it is made from the
events of the decision, the first of them being the decision's, and the state before."""


class Reassessed(NamedTuple):
    """What today's rules make of something that no log holds in the open: the event as it would be,
    the rule and the words (Chinese) for it, and whether it is the `same`."""

    today: Event
    rule: str
    words: str
    same: bool


StateOf = Callable[[Decider[Any], UUID], Any]
"""The state of an aggregate, by its key, just before what is judged."""

Reassess = Callable[[Recorded, StateOf], Reassessed | Unjudged | None]
"""Judges what was opened for it; None for what needs no opening."""

Carried = Mapping[str, str]
"""Field of an event -> the field of the configuration that it was copied from; "" is all of it."""


@dataclass(frozen=True)
class Rejudging:
    """What a service knows of its own past decisions.

    `recipes`: the first event of a decision -> the command. `traceless` are the commands that
    leave no event of their own, or whose events never come first, and why. `carries` are the
    events that hold a copy of the campaign's rules.
    """

    recipes: Mapping[type[Event], Recipe] = field(default_factory=dict)
    traceless: Mapping[type[Command], str] = field(default_factory=dict)
    carries: Mapping[type[Event], Carried] = field(default_factory=dict)


UNKNOWN = Rejudging()

MISSING = Unjudged("这项决定的请求无法由日志还原。")


def found(rejudging: Rejudging, decision: Sequence[Recorded], state: Any) -> Found:
    """The command behind these events, or why it cannot be known."""
    match rejudging.recipes.get(type(decision[0].event), MISSING):
        case Unjudged() as why:
            return why
        case type() as kind:
            return asked(kind, decision)
        case recipe:
            return recipe(decision, state)


def asked(kind: type[Command], decision: Sequence[Recorded], **fields: Any) -> Found:
    """The command with these fields, and the others from the events by their names.

    Where two events have a field of one name, the first is taken. Time and actor are the stored
    ones, as whom the log knows (an event's own field `by` is not an actor).
    """
    first = decision[0]
    said = {name: value for one in reversed(decision) for name, value in one.event}
    given = {**said, **fields, "at": first.at, "by": first.by}
    try:
        return kind.model_validate(
            {name: given[name] for name in kind.model_fields if name in given}
        )
    except ValidationError:
        return MISSING


def lifted(rejudging: Rejudging, event: Event, changes: Mapping[str, Any]) -> Event:
    """The event as if the campaign had had these rules.

    Raises:
        ValidationError: the changes make no configuration.
    """
    carried = rejudging.carries.get(type(event))
    if carried is None:
        return event
    data = event.model_dump(mode="json", by_alias=True)
    for name, source in carried.items():
        *path, last = name.split(".")
        holder = data
        for step in path:
            holder = holder[step]
        if not source:
            holder[last] = merged(holder[last], changes)
        elif source in changes:
            holder[last] = merged(holder[last], changes[source])
    return event.model_validate(data)


def merged(known: Any, changes: Any) -> Any:
    """What is changed replaces what was there; of an object only the fields that are named."""
    if isinstance(known, dict) and isinstance(changes, Mapping):
        return {**known, **{name: merged(known.get(name), one) for name, one in changes.items()}}
    return changes
