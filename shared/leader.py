"""One leader among the replicas: who holds a PostgreSQL advisory lock on a session of its own.

The session has a short idle timeout: a leader that hangs (SIGSTOP, a dead network) loses its lock
when the server ends the session, and writes of its own fail from then on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zlib import crc32

import psycopg
from psycopg import Connection
from psycopg.rows import dict_row

IDLE = "6s"
SILENCE = 10_000
"""Milliseconds after which a network that says nothing is a lost connection."""


@contextmanager
def leadership(database_url: str, name: str) -> Iterator[Connection[dict[str, Any]] | None]:
    """The session of the leader `name`, or None while another process leads.

    Whoever leads must use the session at least every few seconds, and write through it.
    """
    with psycopg.connect(
        database_url,
        autocommit=True,
        row_factory=dict_row,
        options=f"-c idle_session_timeout={IDLE} -c tcp_user_timeout={IDLE}"
        f" -c idle_in_transaction_session_timeout={IDLE}",
        tcp_user_timeout=SILENCE,
    ) as session:
        row = session.execute(
            "SELECT pg_try_advisory_lock(%s, %s) AS held", (0x676A, crc32(name.encode()) >> 1)
        ).fetchone()
        yield session if row is not None and row["held"] else None
