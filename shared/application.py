"""A service at work: its plan, its log and its clock. One for each process, on either side."""

import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID, uuid4

from psycopg import Connection

from shared.clock import Clock, MachineClock, RehearsalClock
from shared.eventlog import Batch, Cause, EventLog
from shared.letters import read
from shared.messages import SYSTEM, Actor, Addressed, Command, Refused
from shared.plan import Plan
from shared.positions import all_projected
from shared.recorder import PASSING, Conflict, LedgerRecorder
from shared.settings import Settings
from shared.timers import Overdue, due
from shared.views import views_of

T = TypeVar("T")

TRIES = 20
STARVING = 3
"""So many lost in a row: those who only begin let this one go first."""

CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

log = logging.getLogger(__name__)

FOLLOWER = "follower"

Reader = Callable[[Batch, bytes], None]
"""Reads a message's body and lets the aggregates decide what follows from it."""


class UnknownCommand(Exception):
    """There is no such aggregate, or nothing of this name may be asked of it."""


class ControlCharacters(Refused):
    """A text holds characters that no text has, and that a database cannot keep."""

    code = "control_characters"
    rule = "S42"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command led to: the log's position, and the names of the events."""

    position: int
    events: tuple[str, ...]


class Application:
    """See the module.

    `readers` says by the kind of source how a message is read, when it comes and when a parked one
    is retried; a service that hears more than letters adds its own.

    Args:
        plan: the service.
        settings: its process.
        pool_size: database connections kept open.
    """

    def __init__(self, plan: Plan, settings: Settings, *, pool_size: int = 4) -> None:
        self.plan = plan
        self.settings = settings
        self.recorder = LedgerRecorder(settings.database_url, settings.origin, pool_size=pool_size)
        self.log = EventLog(self.recorder, plan.deciders, plan.react)
        self.views = views_of(plan)
        self._turn = Lock()
        self._starving = False
        self.readers: dict[str, Reader] = {FOLLOWER: self._follow}
        self.clock: Clock = RehearsalClock(self.reading) if settings.rehearsal else MachineClock()

    def ask(
        self,
        aggregate: str,
        key: UUID,
        command: str,
        body: Mapping[str, Any],
        actor: Actor,
        correlation: UUID | None = None,
    ) -> Answer:
        """What `execute` does, for commands that anybody may make (see `Command.inside`).

        Raises:
            UnknownCommand: there is no such thing to ask from outside.
        """
        kind = self._kind(aggregate, command)
        if kind.inside:
            raise UnknownCommand(f"{aggregate}/{command}")
        return self.execute(aggregate, key, command, body, actor, correlation)

    def execute(
        self,
        aggregate: str,
        key: UUID,
        command: str,
        body: Mapping[str, Any],
        actor: Actor,
        correlation: UUID | None = None,
    ) -> Answer:
        """Ask an aggregate something in somebody's name, now.

        Raises:
            UnknownCommand: there is no such thing to ask.
            ValidationError: the body does not have the command's fields (pydantic).
            Refused: a rule says no; nothing was stored.
        """
        addressed = self.addressed(aggregate, key, command, body, actor)
        cause = Cause(f"request:{uuid4()}", correlation)
        return Answer(*self.commit(partial(_ask, addressed, cause)))

    def addressed(
        self, aggregate: str, key: UUID, command: str, body: Mapping[str, Any], actor: Actor
    ) -> Addressed:
        """The command that this request means. Time and actor never come from the body."""
        kind = self._kind(aggregate, command)
        refuse_controls(body)
        fields = {**body, "at": self.clock.now(), "by": actor}
        return Addressed(self.plan.decider(aggregate), key, kind.model_validate(fields))

    def _kind(self, aggregate: str, command: str) -> type[Command]:
        kind = self.plan.command(aggregate, command)
        if kind is None:
            raise UnknownCommand(f"{aggregate}/{command}")
        return kind

    def commit(self, ask: Callable[[Batch], T]) -> tuple[int, T]:
        """Decide in a batch and store it; again from the start when somebody was faster.

        Returns:
            The log's position, and what `ask` returned.

        Raises:
            Conflict: others were faster twenty times.
        """
        with ExitStack() as turn:
            waits = self._starving
            if waits:
                turn.enter_context(self._own_turn())
            for tries in range(TRIES):
                batch = self.log.batch()
                result = ask(batch)
                try:
                    return batch.commit(), result
                except Conflict:
                    if tries == TRIES - 1:
                        raise
                    if not waits:  # from now on one after the other, as far as this process goes
                        waits = True
                        turn.enter_context(self._own_turn())
                        continue
                    self._starving = self._starving or tries >= STARVING
                    time.sleep(0.005 * tries)
        raise AssertionError("unreachable")

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        """One after the other; while whoever has the turn loses to newcomers, they wait as well."""
        with self._turn:
            try:
                yield
            finally:
                self._starving = False

    def fire_timers(self) -> int:
        """Give every command that is due, with the time at which it was due.

        A command may be given again until the view has heard of its event; the aggregate then
        answers with nothing.

        Returns:
            How many were due.
        """
        now = self.clock.now()
        with self.reading() as connection:
            overdue = due(connection, now)
        for timer in overdue:
            try:
                self._fire(timer)
            except Refused as refusal:
                log.error(  # noqa: TRY400  (a refusal is an answer, not a fault)
                    "the timer %s was refused: %s", timer.command, refusal.code
                )
            except PASSING:
                raise
            except Exception:  # it stays due, visibly, and holds up no other
                log.exception("the timer %s cannot be fired", timer.command)
        return len(overdue)

    def _fire(self, timer: Overdue) -> None:
        kind = self._kind(timer.decider, timer.command)
        command = kind.model_validate({"at": timer.at, "by": self.actor})
        addressed = Addressed(self.plan.decider(timer.decider), timer.target, command)
        self.commit(partial(_ask, addressed, Cause(str(timer.cause))))

    def follow(self, batch: Batch, bodies: Iterable[bytes]) -> None:
        """Let the aggregates decide what follows from these letters, in their order.

        All that they are addressed to is loaded at once.

        Raises:
            Unreadable: one of them is not a message that we know.
        """
        heard = [read(body) for body in bodies]
        asked = [(one, self.plan.follow(one)) for one in heard]
        wanted: dict[str, set[UUID]] = {}
        for _, commands in asked:
            for addressed in commands:
                wanted.setdefault(addressed.decider.name, set()).add(addressed.key)
        batch.preload(*((self.plan.decider(name), keys) for name, keys in wanted.items()))
        for one, commands in asked:
            cause = Cause(str(one.source.event_id), one.correlation)
            for addressed in commands:
                batch.ask(addressed, cause)

    def _follow(self, batch: Batch, body: bytes) -> None:
        self.follow(batch, (body,))

    @property
    def actor(self) -> Actor:
        """The service itself, when a policy or a timer acts."""
        name = self.plan.name
        return Actor(id=f"system:{name}", name=name, organisation="", roles=frozenset({SYSTEM}))

    @contextmanager
    def reading(self) -> Iterator[Connection[dict[str, Any]]]:
        """A connection for the views; each statement is a transaction of its own."""
        with self.recorder.datastore.get_connection() as connection:
            yield connection

    def wait_for_views(self, position: int, timeout: float = 1.0) -> bool:
        """Wait until every view has seen the log up to this position.

        Returns:
            Whether they have, before `timeout` seconds had passed.
        """
        end = time.monotonic() + timeout
        while True:
            with self.reading() as connection:
                reached = all_projected(connection)
            if all(reached.get(view.name, 0) >= position for view in self.views):
                return True
            if time.monotonic() > end:
                return False
            time.sleep(0.01)

    def close(self) -> None:
        """Give the database connections back."""
        self.log.close()


def _ask(addressed: Addressed, cause: Cause, batch: Batch) -> tuple[str, ...]:
    return tuple(event.name for event in batch.ask(addressed, cause))


def refuse_controls(value: Any, field: str | None = None) -> None:
    """Look for control characters in whatever somebody sent, however deep.

    Raises:
        ControlCharacters: there is one; tabs and line ends are none.
    """
    match value:
        case str():
            if CONTROLS.search(value):
                raise ControlCharacters(
                    "文字中含有不可见的控制字符，请删除后重新提交。", field=field
                )
        case Mapping():
            for name, one in value.items():
                refuse_controls(str(name), field)
                refuse_controls(one, field or str(name))
        case list() | tuple() | set() | frozenset():
            for one in value:
                refuse_controls(one, field)
        case _:
            return
