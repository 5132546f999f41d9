"""A pool is of use again as soon as the server is."""

import psycopg
from psycopg import Connection

from deploy.local.servers import Servers
from shared.pool import Pool

SIZE = 4
SOON = 3.0


def test_all_dead_connections_are_replaced_at_once(servers: Servers) -> None:
    """One after the other, with growing pauses, it would take longer than anybody waits."""
    url = f"{servers.database_url}?application_name=test_pool"
    with Pool[Connection[object]](url, min_size=SIZE, max_size=SIZE, timeout=SOON) as pool:
        pool.wait()
        with psycopg.connect(servers.database_url, autocommit=True) as administrator:
            ended = administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'test_pool'"
            ).fetchall()
        assert len(ended) == SIZE
        for _ in range(2 * SIZE):
            with pool.connection() as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_connection_that_was_just_used_and_then_ended_is_not_given_away(servers: Servers) -> None:
    url = f"{servers.database_url}?application_name=test_pool_fresh"
    with Pool[Connection[object]](url, min_size=1, max_size=1, timeout=SOON) as pool:
        with pool.connection() as connection:
            connection.execute("SELECT 1")
        with psycopg.connect(servers.database_url, autocommit=True) as administrator:
            administrator.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = 'test_pool_fresh'"
            )
        with pool.connection() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
