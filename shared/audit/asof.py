"""What was true of a case at a moment, and what changed between two: one service's own part.

Each stream's events that the moment sees are folded by the aggregate's own `evolve`; the states,
the campaign's rules and what each role could have done are told as plain data. Sealed fields show
that they are sealed or erased, and nothing else; other candidates' parts of a campaign's streams
are left out; what blindness withholds (P11) is withheld here too.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel

from shared.application import Application
from shared.audit.cases import positions_of, subjects_of
from shared.audit.entitled import Permission, permissions
from shared.audit.timeline import Moment
from shared.contracts.intake import Entry
from shared.contracts.sealed import Sealed
from shared.messages import Decider, Recorded
from shared.personal import tombstones
from shared.plan import Plan

SEALED, ERASED, RELEASED = "〔加密保存〕", "〔已删除，无法恢复〕", "〔核定公开的内容〕"

OF_ONE = "nomination"
"""The aggregate whose stream is the nomination itself."""

OF_ALL = "campaign"
"""The aggregate whose stream is the campaign itself."""

NOBODY_ERASED: frozenset[UUID] = frozenset()


class Stream(BaseModel):
    """An aggregate as it stood. `of`: whether it is the case's own or the whole campaign's.

    `version` is that of the last event seen, `events` how many are seen, `unseen` how many are not;
    `since` is the business time of the last one. `situation` names the class of the state.
    """

    aggregate: str
    stream: UUID
    of: Literal["case", "campaign"]
    version: int
    events: int
    unseen: int
    since: datetime
    situation: str
    withheld: bool
    state: Any


class Rulebook(BaseModel):
    """Which rule each command and event of the running code rests on."""

    digest: str
    entries: int


class State(BaseModel):
    """What one service knows of a case at a moment."""

    service: str
    as_of: datetime | None
    known_at: datetime | None
    rulebook: Rulebook
    streams: Sequence[Stream]
    permissions: list[Permission]


class Change(BaseModel):
    """One field that differs. `path` leads to it within the aggregate's state."""

    service: str
    aggregate: str
    stream: UUID
    path: list[str]
    before: Any
    after: Any


def state_of(application: Application, keys: Sequence[str], moment: Moment) -> State:
    """The state of a case at a moment."""
    told, case = streams_of(application, keys)
    return state(application.plan, told, case, moment, erased_in(application, told))


def changes_of(
    application: Application, keys: Sequence[str], earlier: Moment, later: Moment
) -> list[Change]:
    """What differs at the later moment."""
    told, case = streams_of(application, keys)
    erased = erased_in(application, told)
    return changes(
        state(application.plan, told, case, earlier, erased),
        state(application.plan, told, case, later, erased),
    )


def streams_of(
    application: Application, keys: Sequence[str]
) -> tuple[list[Recorded], frozenset[UUID]]:
    """All events of the streams that concern these keys and their campaign, and the case's ids."""
    log = application.log
    with application.reading() as connection:
        case = frozenset(subjects_of(connection, keys))
        told = log.at(positions_of(connection, keys))
    wanted = dict.fromkeys(one.stream for one in told)
    for campaign in campaigns(told):
        wanted[campaign] = None
        for decider in application.plan.owns:
            if decider.of == "campaign":
                wanted[decider.stream(campaign)] = None
    return list(log.load(list(wanted))), case


def campaigns(told: Sequence[Recorded]) -> list[UUID]:
    """The campaigns that these events name."""
    named = (getattr(one.event, "campaign_id", None) for one in told)
    return list(dict.fromkeys(one for one in named if one is not None))


def erased_in(application: Application, told: Sequence[Recorded]) -> frozenset[UUID]:
    """The keys named in these events that were destroyed, as far as this service keeps keys."""
    url = application.settings.keys_database_url
    keys = {sealed.key for one in told for sealed in sealed_in(one.event)}
    if url is None or not keys:
        return frozenset()
    return frozenset(UUID(stone["key"]) for stone in tombstones(url, keys))


def sealed_in(value: Any) -> Iterator[Sealed]:
    """Every sealed value within, however deep."""
    match value:
        case Sealed():
            yield value
        case BaseModel():
            for _, one in value:
                yield from sealed_in(one)
        case Mapping():
            for one in value.values():
                yield from sealed_in(one)
        case tuple() | list() | frozenset():
            for one in value:
                yield from sealed_in(one)
        case _:
            return


def state(
    plan: Plan,
    told: Sequence[Recorded],
    case: Set[UUID],
    moment: Moment,
    erased: Set[UUID] = NOBODY_ERASED,
) -> State:
    """The streams of these events at a moment.

    Args:
        plan: the service.
        told: all events of the streams, each stream in its order.
        case: the ids that the case goes by.
        moment: which events are seen.
        erased: keys that were destroyed; what they sealed is told as erased at every moment.
    """
    told_by: dict[UUID, list[Recorded]] = defaultdict(list)
    for one in told:
        told_by[one.stream].append(one)
    hidden = {event for event, _ in plan.withheld(told)}
    folded = [
        (decider, stream, seen, decider.fold([one.event for one in seen]))
        for stream, events in told_by.items()
        if (decider := owner(plan, events[0])) is not None and concerns(decider, stream, case)
        if (seen := [one for one in events if moment.includes(one.at, one.recorded_at)])
    ]
    campaign = next(iter(campaigns(told)), None)
    return State(
        service=plan.name,
        as_of=moment.as_of,
        known_at=moment.known_at,
        rulebook=rulebook(plan),
        streams=[
            _stream(
                decider,
                seen,
                len(told_by[stream]),
                told_as=None
                if any(one.id in hidden for one in told_by[stream])
                else Told(case | {campaign}, erased, of_all(decider)).plain(folded_state),
                situation=type(folded_state).__name__,
            )
            for decider, stream, seen, folded_state in folded
        ],
        permissions=[
            permission
            for decider, stream, seen, folded_state in folded
            for permission in permissions(
                decider,
                stream,
                folded_state,
                moment.as_of or seen[-1].at,
                {"nomination_id": next(iter(case), None), "campaign_id": campaign},
            )
        ],
    )


def _stream(
    decider: Decider[Any], seen: Sequence[Recorded], all_events: int, told_as: Any, situation: str
) -> Stream:
    last = seen[-1]
    return Stream(
        aggregate=decider.name,
        stream=last.stream,
        of="campaign" if of_all(decider) else "case",
        version=last.version,
        events=len(seen),
        unseen=all_events - len(seen),
        since=last.at,
        situation=situation,
        withheld=told_as is None,
        state=told_as,
    )


def of_all(decider: Decider[Any]) -> bool:
    """Whether the aggregate is the whole campaign's."""
    return decider.of == "campaign" or decider.name == OF_ALL


def owner(plan: Plan, first: Recorded) -> Decider[Any] | None:
    """The aggregate to whose stream an event belongs; None if it is none of the plan's."""
    kind = type(first.event)
    return next((decider for decider in plan.owns if kind in decider.events), None)


def concerns(decider: Decider[Any], stream: UUID, case: Set[UUID]) -> bool:
    """Whether a stream is the case's or everybody's: not that of another nomination."""
    if decider.name == OF_ONE:
        return stream in case
    if decider.of == "nomination":
        return stream in {decider.stream(one) for one in case}
    return True


def rulebook(plan: Plan) -> Rulebook:
    """The rules of the running code, by which two versions of it can be told apart."""
    said = sorted(
        [
            f"{decider.name}/{command.name} {command.rule} {sorted(command.may)}"
            for decider in plan.owns
            for command in decider.commands
        ]
        + [f"{event.topic()} {event.rule}" for decider in plan.owns for event in decider.events]
    )
    return Rulebook(digest=sha256("\n".join(said).encode()).hexdigest(), entries=len(said))


class Told:
    """Tells a state as plain data. What is of another candidate is left out where `pruned`."""

    def __init__(self, case: Set[UUID | None], erased: Set[UUID], pruned: bool) -> None:
        self._case, self._erased, self._pruned = case, erased, pruned

    def plain(self, value: Any) -> Any:
        """JSON for this value."""
        match value:
            case Sealed():
                return ERASED if value.key in self._erased else SEALED
            case Entry():
                return RELEASED
            case BaseModel():
                return {name: self.plain(one) for name, one in value}
            case Mapping():
                return {
                    self._key(key): self.plain(one) for key, one in value.items() if self._ours(key)
                }
            case frozenset() | set():
                return sorted((self.plain(one) for one in value if self._ours(one)), key=str)
            case tuple() | list():
                return [self.plain(one) for one in value if self._ours(one)]
            case _ if is_dataclass(value):
                return {one.name: self.plain(getattr(value, one.name)) for one in fields(value)}
            case _:
                return _single(value)

    def _key(self, key: Any) -> str:
        said = self.plain(key)
        return " ".join(map(str, said)) if isinstance(said, list) else str(said)

    def _ours(self, one: Any) -> bool:
        """Whether what stands in a collection is not another candidate's."""
        if not self._pruned:
            return True
        match one:
            case UUID():
                return one in self._case
            case tuple() if one and isinstance(one[0], UUID):
                return one[0] in self._case
            case _:
                named = getattr(one, "nomination_id", None)
                return named is None or named in self._case


def _single(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | str():
            return value
        case Decimal():
            return f"{value:f}"
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value)


def changes(earlier: State, later: State) -> list[Change]:
    """Field by field, in the order of the later state's streams."""
    before = {one.stream: one for one in earlier.streams}
    after = {one.stream: one for one in later.streams}
    return [
        Change(
            service=later.service,
            aggregate=told.aggregate,
            stream=stream,
            path=path,
            before=was,
            after=now,
        )
        for stream, told in (after | before).items()
        for path, was, now in differences(_leaves(before.get(stream)), _leaves(after.get(stream)))
    ]


Leaves = dict[tuple[str, ...], Any]


def _leaves(stream: Stream | None) -> Leaves:
    if stream is None:
        return {}
    return {("situation",): stream.situation, **dict(leaves(stream.state))}


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value that holds no other, and where it stands. A list of plain values is one."""
    match value:
        case dict() if value:
            for name, one in value.items():
                yield from leaves(one, (*path, name))
        case list() if any(isinstance(one, dict | list) for one in value):
            for number, one in enumerate(value, start=1):
                yield from leaves(one, (*path, str(number)))
        case None | [] | {}:
            return
        case _:
            yield path, value


def differences(before: Leaves, after: Leaves) -> Iterator[tuple[list[str], Any, Any]]:
    """Where the two differ: path, what it was, what it is (None where there is nothing).

    What only stands deeper or higher than before, since the situation has changed, has not.
    """
    gone = {path: one for path, one in before.items() if path not in after}
    come = {path: one for path, one in after.items() if path not in before}
    same = {
        path
        for old, was in gone.items()
        for new, now in come.items()
        if was == now and (old[-len(new) :] == new or new[-len(old) :] == old)
        for path in (old, new)
    }
    for path in dict.fromkeys((*before, *after)):
        was, now = before.get(path), after.get(path)
        if was != now and path not in same:
            yield list(path), was, now
