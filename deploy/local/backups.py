"""Backups of PostgreSQL, and one database put back as it was at a moment.

    back_up(server, folder)                        a copy of the whole cluster; from then on its
                                                   archive of the write-ahead log completes it
    with recovered(folder, archive, moment, home, log) as old:
        put_back(old, server, "gongjiang_intake")  one database of it instead of today's

What has to be kept beside it, and what must never be put back, says the runbook
deploy/runbooks/a-backup-was-restored.md.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psycopg

from deploy.local.databases import administrator, run
from deploy.local.guarded import clean_environment
from deploy.local.owners import Home, give
from deploy.local.ports import HOST
from deploy.local.postgresql import ADMINISTRATOR, PostgreSQL
from deploy.local.waiting import Unavailable, wait_until

ARCHIVED_WITHIN = 60.0
RECOVERED_WITHIN = 300.0


def back_up(server: PostgreSQL, folder: Path) -> None:
    """Copy the running cluster into a new folder."""
    folder.mkdir(mode=0o700)
    give(folder, server.home.owner)
    by_the_owner(
        server,
        "pg_basebackup",
        *("--dbname", without_password(server), "--pgdata", str(folder)),
        *("--checkpoint=fast", "--wal-method=none", "--no-sync"),
    )


def archive_everything(server: PostgreSQL) -> None:
    """Returns when all that was committed is in the archive."""
    with administrator(server.url) as connection:
        row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        segment = str(row[0]) if row else ""

        def kept() -> bool:
            row = connection.execute("SELECT last_archived_wal FROM pg_stat_archiver").fetchone()
            return bool(row and row[0] and row[0] >= segment)

        wait_until(kept, what="the archive of the write-ahead log", seconds=ARCHIVED_WITHIN)


@contextmanager
def recovered(
    backup: Path, archive: Path, moment: datetime, home: Home, log_file: Path
) -> Iterator[PostgreSQL]:
    """A second server in `home`, with the cluster as it was at the moment; stopped in the end.

    `home` must know the administrator's password of the cluster that was backed up.
    """
    server = PostgreSQL(
        home,
        log_file,
        extra={
            "restore_command": f"cp '{archive}/%f' '%p'",
            "recovery_target_time": moment.isoformat(),
            "recovery_target_action": "promote",
            "archive_mode": "off",
        },
    )
    shutil.copytree(backup, server.data)
    home.write("data/recovery.signal", "")
    for path in (server.data, *server.data.rglob("*")):
        give(path, home.owner)
    server.data.chmod(0o700)
    (home.path / "complete").touch()
    try:
        server.start()
        wait_until(lambda: is_promoted(server), what="the recovery", seconds=RECOVERED_WITHIN)
        yield server
    finally:
        server.stop()


def is_promoted(server: PostgreSQL) -> bool:
    """Whether it has reached the moment and takes writes."""
    if not server.answers():
        return False
    with psycopg.connect(server.url) as connection:
        row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
    return row == (False,)


def put_back(source: PostgreSQL, target: PostgreSQL, database: str) -> None:
    """Replace one database of the target by the source's. Nobody may use it meanwhile."""
    dump = target.home.path / f"{database}.dump"
    by_the_owner(
        source,
        "pg_dump",
        *("--format=custom", "--create", "--file", str(dump)),
        *("--dbname", without_password(source, database)),
    )
    with administrator(target.url) as connection:
        run(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", database)
    by_the_owner(
        target,
        "pg_restore",
        *("--create", "--exit-on-error", "--dbname", without_password(target), str(dump)),
    )
    dump.unlink()


def without_password(server: PostgreSQL, database: str = "postgres") -> str:
    """The server's URL as everybody may see it in the list of processes."""
    return f"postgresql://{ADMINISTRATOR}@{HOST}:{server.port}/{database}"


def by_the_owner(server: PostgreSQL, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs as the owner of this server's data."""
    owner = server.home.owner
    done = subprocess.run(
        [server.programs / name, *arguments],
        check=False,
        cwd=server.home.path,
        env=clean_environment() | {"PGPASSWORD": server.password},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        umask=0o077,
        user=owner.uid,
        group=owner.gid,
        extra_groups=None if owner.uid is None else [],
    )
    if done.returncode != 0:
        raise Unavailable(f"{name} could not do its work: {done.stderr.strip()}")
