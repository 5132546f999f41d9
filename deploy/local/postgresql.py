"""A private PostgreSQL: loopback only, passwords only, no socket file, durable as in production."""

import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import psycopg

from deploy.local.guarded import Guarded, clean_environment
from deploy.local.owners import Home, give
from deploy.local.ports import HOST, free_ports
from deploy.local.secrets import password
from deploy.local.waiting import Unavailable, wait_until

PACKAGE_USER = "postgres"
ADMINISTRATOR = "gongjiang_admin"
START_LASTS_AT_MOST = 60.0
STOP_LASTS_AT_MOST = 15.0

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "fsync": "on",
    "synchronous_commit": "on",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
WHO_MAY_CONNECT = (
    f"host all all {HOST}/32 scram-sha-256\nhost replication all {HOST}/32 scram-sha-256\n"
)


class PostgreSQL:
    """One cluster and its server.

    Args:
        archive: whether every finished segment of the write-ahead log is kept in `archive`.
        extra: settings beside the usual ones.
    """

    def __init__(
        self,
        home: Home,
        log_file: Path,
        *,
        archive: bool = False,
        extra: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.home = home
        self.data = home.path / "data"
        self.archive = home.path / "archive"
        self.programs = find_programs(self.data)
        self.password = password(home.path, "administrator")
        (self.port,) = free_ports(1)
        settings = {**SETTINGS, **extra, "port": str(self.port)}
        if archive:
            self.archive.mkdir(mode=0o700, exist_ok=True)
            give(self.archive, home.owner)
            settings["archive_mode"] = "on"
            kept = f"'{self.archive}/%f'"
            settings["archive_command"] = f"test ! -f {kept} && cp '%p' {kept}"
        self.server = Guarded(
            name="PostgreSQL",
            argv=[
                *(str(self.programs / "postgres"), "-D", str(self.data)),
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            home=home,
            log_file=log_file,
            # SIGINT finishes its books; SIGQUIT leaves them to the next start, as a crash does
            stop_signal=signal.SIGQUIT if home.passing else signal.SIGINT,
            patience=STOP_LASTS_AT_MOST,
        )

    @property
    def url(self) -> str:
        return f"postgresql://{ADMINISTRATOR}:{self.password}@{HOST}:{self.port}/postgres"

    def start(self) -> None:
        """Returns at once: see `wait`."""
        complete = self.home.path / "complete"
        if not complete.exists():
            self.make_cluster()
            complete.touch()
        self.server.start()

    def make_cluster(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.home.write("password", self.password)
        password_file = self.home.path / "password"
        owner = self.home.owner
        made = subprocess.run(
            [
                *(
                    self.programs / "initdb",
                    "--pgdata",
                    self.data,
                    "--no-sync",
                    "--no-instructions",
                ),
                *("--username", ADMINISTRATOR, "--pwfile", password_file),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"),
            ],
            check=False,
            cwd=self.home.path,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            umask=0o077,
            user=owner.uid,
            group=owner.gid,
            extra_groups=None if owner.uid is None else [],
        )
        password_file.unlink()
        if made.returncode != 0:
            raise Unavailable(f"PostgreSQL could not make its data: {made.stderr.strip()}")
        (self.data / "pg_hba.conf").write_text(WHO_MAY_CONNECT)

    def wait(self) -> None:
        wait_until(self.answers, what="PostgreSQL", seconds=START_LASTS_AT_MOST)

    def answers(self) -> bool:
        self.server.must_run()
        try:
            with psycopg.connect(self.url, connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False

    def stop(self, *, keep_data: bool = False) -> None:
        self.server.stop(keep_data=keep_data)


def find_programs(data: Path) -> Path:
    """The directory of the programs that made these data, or of the newest."""
    found = installed()
    if not found:
        raise Unavailable("Please install the Debian package postgresql, or set DATABASE_URL.")
    made_by = data / "PG_VERSION"
    version = int(made_by.read_text()) if made_by.exists() else max(found)
    if version not in found:
        raise Unavailable(
            f"The data in {data} were made by PostgreSQL {version}, which is not installed:"
            f" install it, or remove {data.parent}."
        )
    return found[version]


def installed() -> dict[int, Path]:
    """Major version -> directory of its programs."""
    places = [Path(place) for place in (shutil.which("postgres"),) if place]
    places += Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return {major_version(program): program.resolve().parent for program in places}


def major_version(program: Path) -> int:
    answer = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
    number = re.search(r"\d+", answer.stdout)
    if number is None:
        raise Unavailable(f"{program} does not tell its version.")
    return int(number.group())
