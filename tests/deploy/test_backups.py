"""A database is put back as it was at a moment, from a base backup and the archived log."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from deploy.local import postgresql
from deploy.local.backups import archive_everything, back_up, put_back, recovered
from deploy.local.databases import administrator
from deploy.local.owners import Home, make_home
from deploy.local.postgresql import PostgreSQL


@dataclass
class Cluster:
    """A server that archives its log, and where."""

    server: PostgreSQL
    directory: Path
    lock: int

    def home(self, name: str) -> Home:
        """Where another server may live, which knows the same administrator."""
        link = self.directory / name
        home = make_home(link, postgresql.PACKAGE_USER, fresh=True, lock=self.lock)
        home.write("administrator.password", self.server.password)
        return home


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    directory = tmp_path
    with (directory / "lock").open("w") as lock:
        home = make_home(
            directory / "first", postgresql.PACKAGE_USER, fresh=True, lock=lock.fileno()
        )
        server = PostgreSQL(home, directory / "first.log", archive=True)
        server.start()
        try:
            server.wait()
            yield Cluster(server, directory, lock.fileno())
        finally:
            server.stop()


def names(server: PostgreSQL) -> list[str]:
    """What the table of the test holds."""
    with psycopg.connect(server.url.rpartition("/")[0] + "/book") as connection:
        rows = connection.execute("SELECT name FROM names ORDER BY 1").fetchall()
    return [name for (name,) in rows]


def test_a_database_comes_back_as_it_was_at_a_moment_and_the_others_stay(cluster: Cluster) -> None:
    """What was written after the moment is gone there, and only there."""
    server = cluster.server
    with administrator(server.url) as connection:
        connection.execute("CREATE DATABASE book")
        connection.execute("CREATE TABLE elsewhere (name text)")
    book = server.url.rpartition("/")[0] + "/book"
    with psycopg.connect(book, autocommit=True) as connection:
        connection.execute("CREATE TABLE names (name text)")
        connection.execute("INSERT INTO names VALUES ('before the backup')")
        back_up(server, server.home.path / "backup")
        connection.execute("INSERT INTO names VALUES ('before the moment')")
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        moment: datetime = row[0]
        connection.execute("INSERT INTO names VALUES ('too late')")
    with administrator(server.url) as connection:
        connection.execute("INSERT INTO elsewhere VALUES ('too late')")
    archive_everything(server)

    home = cluster.home("second")
    log = cluster.directory / "second.log"
    with recovered(server.home.path / "backup", server.archive, moment, home, log) as old:
        assert names(old) == ["before the backup", "before the moment"]
        put_back(old, server, "book")

    assert names(server) == ["before the backup", "before the moment"]
    with administrator(server.url) as connection:
        assert connection.execute("SELECT name FROM elsewhere").fetchall() == [("too late",)]
    assert not (server.home.path / "book.dump").exists()
