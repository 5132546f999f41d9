"""Database connections that outlive a restart of the server."""

import time
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

C = TypeVar("C", bound=Connection[object])


FRESH = 1.0
"""Seconds after its last use in which a connection is taken to be alive: a try is a round trip."""


class Pool(ConnectionPool[C]):
    """Tries a connection that has rested before it gives it away; if one is dead, its idle
    neighbours are as well.

    The library's own check takes one dead connection after the other, with a pause that doubles
    each time: after a restart of the server a full pool would be of no use for ten seconds.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._used: WeakKeyDictionary[C, float] = WeakKeyDictionary()
        super().__init__(*args, **kwargs)

    def putconn(self, conn: C) -> None:
        """Take a connection back."""
        self._used[conn] = time.monotonic()
        super().putconn(conn)

    def getconn(self, timeout: float | None = None) -> C:
        """A connection that answers, or did a moment ago.

        Raises:
            PoolTimeout: there was none in time (an OperationalError: it passes).
        """
        connection = super().getconn(timeout)
        if time.monotonic() - self._used.get(connection, 0.0) < FRESH:
            return connection
        try:
            self.check_connection(connection)
        except psycopg.OperationalError:
            self.putconn(connection)
            self.drain()
            return super().getconn(timeout)
        return connection
