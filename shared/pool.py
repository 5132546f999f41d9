"""Database connections that outlive a restart of the server."""

import time
from select import select
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

C = TypeVar("C", bound=Connection[object])


FRESH = 1.0
"""Seconds after its last use in which a silent connection is taken to be alive: a try is a round
trip, and a server that ends says so, or its system closes the socket."""


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
        if time.monotonic() - self._used.get(connection, 0.0) < FRESH and is_silent(connection):
            return connection
        try:
            self.check_connection(connection)
        except psycopg.OperationalError:
            self.putconn(connection)
            self.drain()
            return super().getconn(timeout)
        return connection


def is_silent(connection: Connection[Any]) -> bool:
    """Whether an idle connection has nothing to say: not even that it was closed."""
    said, _, _ = select([connection.fileno()], [], [], 0)
    return not said
