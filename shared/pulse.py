"""Wakes those who tail the log as soon as there is something new."""

import logging
import time
from typing import Any

import psycopg
from eventlet.queue import Empty, LightQueue

from shared.recorder import EVENTS

log = logging.getLogger(__name__)

RECONNECT = 1.0


class Pulse:
    """One listener on the log's channel, many who wait.

    A beat that comes while somebody is busy is kept for the next `wait`, so none is missed.
    """

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._waiting: list[LightQueue] = []
        self.stopping = False

    def waiter(self) -> "Waiter":
        """A place to wait at, for one green thread."""
        queue: LightQueue = LightQueue(1)
        self._waiting.append(queue)
        return Waiter(queue)

    def beat(self) -> None:
        """Wake everybody."""
        for queue in self._waiting:
            if not queue.full():
                queue.put_nowait(None)

    def stopped(self) -> bool:
        """Whether the process is about to stop."""
        return self.stopping

    def stop(self) -> None:
        """Let every loop end."""
        self.stopping = True
        self.beat()

    def listen(self) -> None:
        """Beat whenever the log says so, until stopped. Those who wait have timeouts of their own,
        so a lost listener costs time, never an event."""
        while not self.stopping:
            try:
                with psycopg.connect(self._database_url, autocommit=True) as connection:
                    connection.execute(f"LISTEN {EVENTS}")
                    self.beat()
                    self._relisten(connection)
            except psycopg.Error as fault:
                log.warning("the listener starts again: %s", fault)
                time.sleep(RECONNECT)

    def _relisten(self, connection: psycopg.Connection[Any]) -> None:
        while not self.stopping:
            for _ in connection.notifies(timeout=0.5, stop_after=1):
                self.beat()


class Waiter:
    """Where one green thread waits."""

    def __init__(self, queue: LightQueue) -> None:
        self._queue = queue

    def wait(self, seconds: float) -> None:
        """Return at the next beat, or after `seconds`."""
        try:
            self._queue.get(timeout=seconds)
        except Empty:
            return
