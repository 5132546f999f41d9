"""The clock of a selection: the machine's own, or in a rehearsal one that can be set.

Nothing in the domain reads a clock; whoever makes a command asks this one.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Protocol

from psycopg import Connection

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")

CLOCK = """
CREATE TABLE IF NOT EXISTS rehearsal_clock (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    set_to timestamptz NOT NULL,
    set_at timestamptz NOT NULL,
    set_by text NOT NULL
)
"""

Reading = Callable[[], AbstractContextManager[Connection[dict[str, Any]]]]


class Clock(Protocol):
    """Business time."""

    def now(self) -> datetime:
        """The present moment, in Beijing time."""


class MachineClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present moment, in Beijing time."""
        return datetime.now(BEIJING)


class RehearsalClock:
    """A clock that was set, and runs on from there; every process of a service reads the same.

    Who set it and when stays on record.
    """

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def now(self) -> datetime:
        """The moment it was set to and what has passed since; the machine's before the first."""
        with self._reading() as connection:
            row = connection.execute(
                "SELECT set_to, set_at FROM rehearsal_clock ORDER BY number DESC LIMIT 1"
            ).fetchone()
        present = datetime.now(UTC)
        if row is None:
            return present.astimezone(BEIJING)
        moment: datetime = row["set_to"] + (present - row["set_at"])
        return moment.astimezone(BEIJING)

    def set(self, moment: datetime, by: str) -> None:
        """Set the clock for every process of this service."""
        with self._reading() as connection:
            connection.execute(
                "INSERT INTO rehearsal_clock (set_to, set_at, set_by) VALUES (%s, %s, %s)",
                (moment, datetime.now(UTC), by),
            )
