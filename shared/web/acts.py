"""办理: for every aggregate of a service, what has happened, and a form for all that may be asked.

The forms come from the commands themselves (shapes.py): whatever a service declares can be done
here at once, by the people whose roles its rule names, without JavaScript. What happened is told
by label, time, actor and rule; what stands in an event is for the pages that know what to show.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from shared.application import Answer, Application
from shared.messages import SYSTEM, Actor, Command, Decider, NotEntitled, Recorded, Refused
from shared.web.commands import body_of
from shared.web.context import web_of
from shared.web.login import CurrentActor
from shared.web.pages import Pages
from shared.web.problems import ROLE_TITLES, Problem, field_of, problem_of, sentence
from shared.web.shapes import Group, Node, Place, Sent, join, shape_of
from shared.web.words import FOUND_BY, act_title, aggregate_title, label_of

PAGES = Pages()

ALL_SEEING = "auditor"
"""Reads what has happened anywhere, and acts nowhere by this."""

BLIND = "expert"
"""Judges do not learn from here which other judge has acted, nor when (P11)."""

KNOWN_ALREADY = ("configuration",)
"""Fields that begin with what was last decided. Only what everybody at the desks knows anyway."""

LATEST = 100
"""Lines of a history that are shown at first."""

RECENT, LOOKED_AT = 8, 500
"""Aggregates listed for each kind, out of how many events."""

router = APIRouter(include_in_schema=False)


class NothingToDo(Refused):
    """The rules give nobody with these roles anything to do with this kind of aggregate."""

    code = NotEntitled.code
    rule = "S25"


@dataclass(frozen=True)
class Line:
    """What happened, without what stands in the event."""

    at: datetime
    who: str
    label: str
    rule: str


@dataclass(frozen=True)
class Act:
    """A command as a form. `faults` says by the name of a field what is wrong with it."""

    name: str
    title: str
    rule: str
    roles: tuple[str, ...]
    fields: Sequence[Node]
    open: bool = False


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: at which field of the form, and what."""

    target: str
    label: str
    message: str


@dataclass(frozen=True)
class Tried:
    """A command that was not given: what was typed, and why not, or which list has a new row."""

    command: type[Command]
    draft: dict[str, Any]
    fresh: str = ""
    refusal: Refused | ValidationError | None = None

    @property
    def problem(self) -> Problem | None:
        """Why not, in words."""
        return None if self.refusal is None else problem_of(self.refusal)


@dataclass(frozen=True)
class Kind:
    """A kind of aggregate on the first page."""

    decider: Decider[Any]
    title: str
    found_by: str
    acts: tuple[type[Command], ...]
    recent: Sequence[tuple[UUID, Recorded]]
    new: UUID | None


async def sent(request: Request) -> Sent:
    """The fields of the form."""
    return Sent(await request.form())


SentForm = Annotated[Sent, Depends(sent)]


# who may do what


def acts_of(decider: Decider[Any], actor: Actor) -> tuple[type[Command], ...]:
    """The commands that this person's roles entitle to, and that need no page of their own."""
    return tuple(
        command
        for command in decider.commands
        if command.may & actor.roles - {SYSTEM} and not command.inside
    )


def entitled(application: Application, name: str, actor: Actor) -> Decider[Any]:
    """The aggregate of this name, for somebody who may see it.

    Raises:
        HTTPException: there is none.
        NothingToDo: the person's roles have nothing to do with it.
    """
    try:
        decider = application.plan.decider(name)
    except KeyError as unknown:
        raise HTTPException(404) from unknown
    if ALL_SEEING not in actor.roles and not acts_of(decider, actor):
        may = {role for one in decider.commands if not one.inside for role in one.may}
        titles = "、".join(title for role, title in ROLE_TITLES.items() if role in may)
        raise NothingToDo(
            f"您的身份无权办理此事，须由以下角色办理：{titles or ROLE_TITLES[ALL_SEEING]}",
            field="by.roles",
        )
    return decider


# what has happened


def line(recorded: Recorded, reader: Actor) -> Line:
    """An event as this reader may know of it."""
    event = recorded.event
    return Line(recorded.at, who(recorded.by, reader), event.label, event.rule)


def who(actor: Actor, reader: Actor) -> str:
    """Who acted, as this reader may know."""
    if SYSTEM in actor.roles:
        return "系统"
    if BLIND in actor.roles and BLIND in reader.roles:
        return "评委（本人）" if actor.id == reader.id else "评委"
    return actor.name


def recent(application: Application) -> dict[str, dict[UUID, Recorded]]:
    """The last event of what was last acted on, by kind and key."""
    owners = {event: one for one in application.plan.owns for event in one.events}
    head = application.log.head
    found: dict[str, dict[UUID, Recorded]] = {one.name: {} for one in application.plan.owns}
    for recorded in reversed(application.log.at(range(max(1, head - LOOKED_AT + 1), head + 1))):
        decider = owners.get(type(recorded.event))
        key = None if decider is None else key_of(decider, recorded)
        if decider is not None and key is not None and len(found[decider.name]) < RECENT:
            found[decider.name].setdefault(key, recorded)
    return found


def key_of(decider: Decider[Any], recorded: Recorded) -> UUID | None:
    """What the aggregate of an event is found by, where the event tells."""
    if decider.of == "itself":
        return recorded.stream
    key = getattr(recorded.event, f"{decider.of}_id", None)
    return key if key is not None and decider.stream(key) == recorded.stream else None


# pages


@router.get("/acts")
def index(request: Request, actor: CurrentActor) -> Response:
    """The kinds of aggregates on which this person may act, and where something last happened.

    What begins with a command that this person may give can be begun here, under a new number:
    each aggregate names the command that begins it first.
    """
    application = web_of(request).application
    latest = recent(application)
    kinds = [
        Kind(
            decider,
            aggregate_title(decider.name),
            FOUND_BY[decider.of],
            acts,
            list(latest[decider.name].items()),
            uuid4() if decider.of == "itself" and decider.commands[0] in acts else None,
        )
        for decider in application.plan.owns
        if (acts := acts_of(decider, actor)) or ALL_SEEING in actor.roles
    ]
    return PAGES.show(request, "acts_index.html", kinds=kinds, act_title=act_title)


@router.get("/acts/{aggregate}")
def find(request: Request, aggregate: str, key: UUID, actor: CurrentActor) -> Response:
    """On to the page of one, by the number that was typed."""
    decider = entitled(web_of(request).application, aggregate, actor)
    return RedirectResponse(f"/acts/{decider.name}/{key}", status_code=303)


@router.get("/acts/{aggregate}/{key}")
def page(
    request: Request,
    aggregate: str,
    key: UUID,
    actor: CurrentActor,
    done: str = "",
    everything: bool = False,
) -> Response:
    """One aggregate: how it stands, what may be done, what has happened."""
    decider = entitled(web_of(request).application, aggregate, actor)
    told = act_title(done) if any(one.name == done for one in decider.commands) else ""
    return shown(request, decider, key, actor, done=told, everything=everything)


@router.post("/acts/{aggregate}/{key}/{command}")
def give(
    request: Request, aggregate: str, key: UUID, command: str, actor: CurrentActor, form: SentForm
) -> Response:
    """Give the command that the form means, and lead on to what came of it."""
    application = web_of(request).application
    decider = entitled(application, aggregate, actor)
    kind = application.plan.command(aggregate, command)
    if kind is None or kind.inside:
        raise HTTPException(404)
    if not kind.may & actor.roles:
        raise NotEntitled(kind)
    shape = shape_of(body_of(kind))
    draft = shape.read(form, command)
    if form.change:
        tried = Tried(kind, draft, form.change.removeprefix("add "))
        return shown(request, decider, key, actor, tried=tried)
    try:
        key, answer = asked(application, decider, key, kind, shape.body(draft, ""), actor)
    except (Refused, ValidationError) as refusal:
        tried = Tried(kind, draft, refusal=refusal)
        return shown(request, decider, key, actor, tried=tried)
    application.wait_for_views(answer.position)
    return RedirectResponse(f"/acts/{aggregate}/{key}?done={command}", status_code=303)


def asked(
    application: Application,
    decider: Decider[Any],
    key: UUID,
    kind: type[Command],
    body: dict[str, Any],
    actor: Actor,
) -> tuple[UUID, Answer]:
    """Ask the aggregate. What does not exist yet gets the number that follows from its content.

    Returns:
        The number of the aggregate, and its answer.

    Raises:
        Refused: a rule says no.
        ValidationError: the body does not have the command's fields.
    """
    if decider.key_of is not None and not application.log.batch().version(decider, key):
        addressed = application.addressed(decider.name, key, kind.name, body, actor)
        key = decider.key_of(addressed.command) or key
    return key, application.execute(decider.name, key, kind.name, body, actor)


def shown(
    request: Request,
    decider: Decider[Any],
    key: UUID,
    actor: Actor,
    *,
    tried: Tried | None = None,
    done: str = "",
    everything: bool = False,
) -> Response:
    """The page of one aggregate, with what was typed where a command was not given."""
    application = web_of(request).application
    events = list(application.log.load([decider.stream(key)]))
    known = known_already(events) | {f"{decider.of}_id": str(key)}
    acts = [
        act(command, tried, known, alone=len(acts_of(decider, actor)) == 1)
        for command in acts_of(decider, actor)
    ]
    problem = tried.problem if tried else None
    faults = faults_of(tried, acts) if tried else []
    lines = [line(one, actor) for one in reversed(events)]
    return PAGES.show(
        request,
        "acts.html",
        status=problem.status if problem else 200,
        aggregate=decider.name,
        title=aggregate_title(decider.name),
        found_by=FOUND_BY[decider.of],
        key=key,
        acts=acts,
        lines=lines if everything else lines[:LATEST],
        count=len(lines),
        done=done,
        problem=problem,
        tried=act_title(tried.command.name) if tried else "",
        faults=faults,
        at_fault={fault.target: fault.message for fault in faults if fault.target},
    )


def known_already(events: Sequence[Recorded]) -> dict[str, Any]:
    """What forms begin with: the latest that was decided."""
    known: dict[str, Any] = {}
    for recorded in events:
        for name in KNOWN_ALREADY:
            if name in type(recorded.event).model_fields:
                said = recorded.event.model_dump(mode="json", by_alias=True, include={name})
                known |= said
    return known


def act(command: type[Command], tried: Tried | None, known: dict[str, Any], *, alone: bool) -> Act:
    """A command as a form: with what was typed, or as it begins."""
    shape = shape_of(body_of(command))
    mine = tried if tried and tried.command is command else None
    place = Place(command.name, "", act_title(command.name), fresh=mine.fresh if mine else "")
    return Act(
        command.name,
        act_title(command.name),
        command.rule,
        tuple(title for role, title in ROLE_TITLES.items() if role in command.may),
        shape.fields(place, mine.draft if mine else beginning(shape, known)),
        open=bool(mine) or alone,
    )


def beginning(shape: Group, known: dict[str, Any]) -> dict[str, Any]:
    """The draft of a form in which nobody has typed anything."""
    names = {member.name for member in shape.members}
    return shape.draft({name: value for name, value in known.items() if name in names})


# what is wrong, and where


def faults_of(tried: Tried, acts: Sequence[Act]) -> list[Fault]:
    """Each thing that is wrong, at the field of the form that it is said of."""
    fields = next((one.fields for one in acts if one.name == tried.command.name), ())
    places = {node.place.path: node.place for field in fields for node in field.walk()}
    return [fault(path, message, places) for path, message in said_of(tried.refusal)]


def said_of(refusal: Refused | ValidationError | None) -> Iterator[tuple[str, str]]:
    """The paths of fields, and what is wrong with each."""
    match refusal:
        case Refused():
            yield refusal.field or "", refusal.message
        case ValidationError():
            for error in refusal.errors():
                yield field_of(error), sentence(error)
        case None:
            return


def fault(path: str, message: str, places: dict[str, Place]) -> Fault:
    """What is wrong, at the field itself or at the next one around it."""
    parts = path.split(".")
    around = [places[one] for one in accumulate(parts, join) if one in places]
    if not around:
        return Fault("", label_of(parts[-1]) if path else "", message)
    rows = [place.label for place in around[:-1] if place.key.isdecimal()]
    return Fault(around[-1].name, "，".join([*rows, around[-1].label]), message)
