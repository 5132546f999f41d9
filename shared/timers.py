"""The view of what is due: as durable as the events that it is made from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, assert_never
from uuid import UUID

from psycopg import Connection, Cursor

from shared.messages import Recorded
from shared.plan import Due, Settled


class Timers:
    """The timers of a service; `timers` is its pure policy."""

    name = "timers"
    tables: tuple[LiteralString, ...] = ("timers",)
    schema: LiteralString = """
    CREATE TABLE IF NOT EXISTS timers (
        key text PRIMARY KEY,
        at timestamptz NOT NULL,
        decider text NOT NULL,
        target uuid NOT NULL,
        command text NOT NULL,
        cause uuid NOT NULL
    )
    """

    def __init__(self, timers: Callable[[Recorded], Sequence[Due | Settled]]) -> None:
        self._timers = timers

    def apply(self, cursor: Cursor[Any], recorded: Recorded) -> None:
        """Set or settle what this event sets or settles."""
        for timer in self._timers(recorded):
            match timer:
                case Due():
                    cursor.execute(
                        "INSERT INTO timers (key, at, decider, target, command, cause)"
                        " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (key) DO UPDATE"
                        " SET at = excluded.at, decider = excluded.decider,"
                        " target = excluded.target, command = excluded.command,"
                        " cause = excluded.cause",
                        (
                            timer.key,
                            timer.at,
                            timer.decider,
                            timer.target,
                            timer.command,
                            recorded.id,
                        ),
                    )
                case Settled():
                    cursor.execute("DELETE FROM timers WHERE key = %s", (timer.key,))
                case _:
                    assert_never(timer)


@dataclass(frozen=True, slots=True)
class Overdue:
    """A command whose time has come; `cause` is the event that set the timer."""

    at: datetime
    decider: str
    target: UUID
    command: str
    cause: UUID


def due(connection: Connection[Any], now: datetime) -> list[Overdue]:
    """What is due at this moment of business time, the earliest first."""
    rows = connection.execute(
        "SELECT at, decider, target, command, cause FROM timers WHERE at <= %s ORDER BY at, key",
        (now,),
    ).fetchall()
    return [Overdue(**row) for row in rows]
