"""Wakes those who tail the log as soon as there is something new."""

import logging
from threading import Event
from typing import Any

import psycopg

from shared.recorder import EVENTS

log = logging.getLogger(__name__)

RECONNECT = 1.0


class Pulse:
    """One listener on the log's channel, many who wait.

    A beat that comes while somebody is busy is kept for the next `wait`, so none is missed.
    """

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._waiting: list[Event] = []
        self.ended = Event()

    def waiter(self) -> "Waiter":
        """A place to wait at, for one thread."""
        event = Event()
        self._waiting.append(event)
        return Waiter(event)

    def beat(self) -> None:
        """Wake everybody."""
        for event in self._waiting:
            event.set()

    def stopped(self) -> bool:
        """Whether the process is about to stop."""
        return self.ended.is_set()

    def stop(self) -> None:
        """Let every loop end."""
        self.ended.set()
        self.beat()

    def listen(self) -> None:
        """Beat whenever the log says so, until stopped. Those who wait have timeouts of their own,
        so a lost listener costs time, never an event."""
        while not self.stopped():
            try:
                with psycopg.connect(self._database_url, autocommit=True) as connection:
                    connection.execute(f"LISTEN {EVENTS}")
                    self.beat()
                    self._relisten(connection)
            except psycopg.Error as fault:
                log.warning("the listener starts again: %s", fault)
                self.ended.wait(RECONNECT)

    def _relisten(self, connection: psycopg.Connection[Any]) -> None:
        while not self.stopped():
            for _ in connection.notifies(timeout=0.5, stop_after=1):
                self.beat()


class Waiter:
    """Where one thread waits."""

    def __init__(self, event: Event) -> None:
        self._event = event

    def wait(self, seconds: float) -> None:
        """Return at the next beat, or after `seconds`. Look at the log afterwards, not before."""
        self._event.wait(seconds)
        self._event.clear()
