"""Command, Event, Refused: the base of every message of the domain.

Message
├── Actor       who acts
├── Command     what may be asked; carries its time and its actor
└── Event       what has happened; never refused, never changed

Exception
└── Refused     an answer by a rule; never retried. Everything else is a fault.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeVar
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict

S = TypeVar("S")

SYSTEM = "system"
"""The role of the services themselves, for commands that a policy or a timer gives."""


class Message(BaseModel):
    """A value that is sent or stored: immutable, and without fields that nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


WHEN_USED = ConfigDict(defer_build=True)
"""The validator of a command, an event or a published message is made when it is first used: no
process uses all of them, and each would make them all at its start."""


class Actor(Message):
    """Who acts: made from a verified token (or by a service for itself), never from a request."""

    id: str
    name: str
    organisation: str
    roles: frozenset[str]


class Refused(Exception):
    """A rule says no. `code` is for machines, `message` (Chinese) for people.

    `rule` is a number of deploy/rules.md (S10, P4 …), `field` names what would have to change.
    """

    code: ClassVar[str] = "refused"
    rule: ClassVar[str] = ""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    def as_dict(self) -> dict[str, str | None]:
        """The refusal as it goes over the wire."""
        return {
            "code": self.code,
            "rule": self.rule,
            "field": self.field,
            "message": self.message,
        }


class NotEntitled(Refused):
    """The actor has none of the roles that the rule gives this act to (S24, S25)."""

    code = "not_entitled"

    def __init__(self, command: "Command | type[Command]") -> None:
        super().__init__(
            f"您的身份无权执行此操作，须由以下角色办理：{'、'.join(sorted(command.may))}",
            field="by.roles",
        )
        self.rule = command.rule  # type: ignore[misc]
        self.may = command.may


class Misaddressed(Refused):
    """The command names another object than the one it was given to."""

    code = "misaddressed"
    rule = "S42"


class Command(Message):
    """A request to one aggregate. `may` names the roles entitled to ask, `rule` why.

    `inside`: only the service's own pages may make it, since they add what nobody may choose, such
    as fields that come from under the seal. It has no route of its own.
    """

    model_config = WHEN_USED

    name: ClassVar[str]
    may: ClassVar[frozenset[str]]
    rule: ClassVar[str]
    inside: ClassVar[bool]

    at: AwareDatetime
    by: Actor

    def __init_subclass__(
        cls, *, name: str, may: set[str], rule: str, inside: bool = False, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls.name, cls.may, cls.rule, cls.inside = name, frozenset(may), rule, inside


class Event(Message):
    """A fact. `name` and `version` are its stored form for ever; `rule` is what it rests on.

    `label` is what people read (Chinese); it is stored nowhere and may be improved at any time.
    """

    model_config = WHEN_USED

    name: ClassVar[str]
    version: ClassVar[int]
    label: ClassVar[str]
    rule: ClassVar[str]

    def __init_subclass__(
        cls, *, name: str, label: str, rule: str, version: int = 1, **kwargs: Any
    ) -> None:
        super().__init_subclass__(**kwargs)
        cls.name, cls.label, cls.rule, cls.version = name, label, rule, version

    @classmethod
    def topic(cls) -> str:
        """The stored name, such as `nomination_received.v1`."""
        return f"{cls.name}.v{cls.version}"


Upcaster = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Decider(Generic[S]):
    """One kind of aggregate: its messages, its first state and its two pure functions.

    `of` says what an aggregate is found by: its own id, or the nomination or campaign to which
    there is one of this kind; `key_of` tells from a command which key it must be given to, where
    that follows from what it says. `upcasters` maps a stored topic of an older version to the
    function that turns its data into those of the next version.
    """

    name: str
    initial: S
    decide: Callable[[Any, S], Sequence[Event]]
    evolve: Callable[[S, Any], S]
    commands: tuple[type[Command], ...]
    events: tuple[type[Event], ...]
    of: Literal["itself", "nomination", "campaign"] = "itself"
    upcasters: Mapping[str, Upcaster] = field(default_factory=dict)
    key_of: Callable[[Any], UUID | None] | None = None

    def stream(self, key: UUID) -> UUID:
        """The stream of the aggregate that is found by `key` (see `of`)."""
        return key if self.of == "itself" else uuid5(key, self.name)

    def expect(self, key: UUID, command: Command) -> None:
        """Check that a command speaks of the aggregate to which it is given.

        Raises:
            Misaddressed: it names another nomination, campaign or key.
        """
        named = None
        if self.key_of is not None:
            named = self.key_of(command)
        elif self.of != "itself":
            named = getattr(command, f"{self.of}_id", None)
        if named is not None and named != key:
            raise Misaddressed("编号与所指的对象不一致。", field="key")

    def judge(self, command: Command, state: S) -> list[Event]:
        """Decide once, after the actor's role was checked.

        Raises:
            NotEntitled: the actor has no role that the command's rule entitles.
            Refused: the rules of the aggregate say no.
        """
        if not command.by.roles & command.may:
            raise NotEntitled(command)
        return list(self.decide(command, state))

    def fold(self, events: Sequence[Event], state: S | None = None) -> S:
        """The state after these events."""
        state = self.initial if state is None else state
        for event in events:
            state = self.evolve(state, event)
        return state


@dataclass(frozen=True, slots=True)
class LeafRef:
    """Where the ledger of a service keeps the proof of an event."""

    index: int
    hash: bytes


class Recorded(NamedTuple):
    """A stored event and what its log knows of it.

    `at` is business time (the clock of the selection), `recorded_at` the machine's own.
    `causation` is the id of the event or request that led to it.
    """

    position: int
    stream: UUID
    version: int
    event: Event
    at: datetime
    by: Actor
    recorded_at: datetime
    correlation: UUID
    causation: str
    leaf: LeafRef

    @property
    def id(self) -> UUID:
        """The event's id, the same wherever it is heard of."""
        return event_id(self.stream, self.version)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event that is about to be stored, as a service's own policy sees it."""

    stream: UUID
    event: Event
    at: datetime
    by: Actor


@dataclass(frozen=True, slots=True)
class Addressed:
    """A command and whom it is for; `key` as in `Decider.stream`."""

    decider: "Decider[Any]"
    key: UUID
    command: Command

    @property
    def nomination(self) -> UUID | None:
        """The one nomination that it concerns, if it concerns one."""
        if self.decider.of == "nomination":
            return self.key
        return getattr(self.command, "nomination_id", None)


def event_id(stream: UUID, version: int) -> UUID:
    """The id of the `version`th event of a stream."""
    return uuid5(stream, str(version))


def next_version(topic: str) -> str:
    """`name.v1` to `name.v2`."""
    name, _, version = topic.rpartition(".v")
    return f"{name}.v{int(version) + 1}"
