"""Database connections that outlive a restart of the server."""

from typing import TypeVar

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

C = TypeVar("C", bound=Connection[object])


class Pool(ConnectionPool[C]):
    """Tries a connection before it gives it away; if one is dead, its idle neighbours are as well.

    The library's own check takes one dead connection after the other, with a pause that doubles
    each time: after a restart of the server a full pool would be of no use for ten seconds.
    """

    def getconn(self, timeout: float | None = None) -> C:
        """A connection that answers.

        Raises:
            PoolTimeout: there was none in time (an OperationalError: it passes).
        """
        connection = super().getconn(timeout)
        try:
            self.check_connection(connection)
        except psycopg.OperationalError:
            self.putconn(connection)
            self.drain()
            return super().getconn(timeout)
        return connection
