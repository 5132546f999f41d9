"""PostgreSQL and RabbitMQ: those named by DATABASE_URL and AMQP_URL, else private ones."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeVar
from urllib.parse import urlsplit

import httpx
import psutil

from deploy.local import postgresql, rabbitmq
from deploy.local.owners import make_home, remove_home
from deploy.local.postgresql import PostgreSQL
from deploy.local.rabbitmq import RabbitMQ
from deploy.local.waiting import Unavailable, wait_until

THE_LAST_RUN_ENDS_WITHIN = 45.0
MANAGEMENT_PORT = 15672

Server = TypeVar("Server", PostgreSQL, RabbitMQ)


@dataclass(frozen=True)
class Servers:
    """Where the servers are. The URLs hold passwords: they are not for logs."""

    database_url: str
    """Its user may create databases and roles."""
    amqp_url: str
    """The administrator's, on the default virtual host."""
    broker_api: str | None
    """RabbitMQ's management API with credentials; None if the named broker offers none."""
    own_postgresql: PostgreSQL | None = field(default=None, repr=False)
    own_rabbitmq: RabbitMQ | None = field(default=None, repr=False)

    @contextmanager
    def without_postgresql(self) -> Iterator[None]:
        """Our PostgreSQL stops, and starts again with the same data on the same port."""
        with without(self.own_postgresql):
            yield

    @contextmanager
    def without_rabbitmq(self) -> Iterator[None]:
        """Our RabbitMQ stops, and starts again with the same data on the same ports."""
        with without(self.own_rabbitmq):
            yield


@contextmanager
def servers(
    directory: Path,
    *,
    fresh: bool = False,
    archive: bool = False,
    log: Callable[[str], None] = print,
) -> Iterator[Servers]:
    """Both servers, ready for use. Private ones are stopped in the end, whatever happens.

    They keep their data in `directory` and find them there again. With `fresh` they start from
    nothing and leave nothing but their logs. One run at a time may use a directory.

    Args:
        archive: whether the database keeps its write-ahead log (see deploy/local/backups.py).
    """
    database_url = os.environ.get("DATABASE_URL")
    amqp_url = os.environ.get("AMQP_URL")
    if database_url and amqp_url:
        yield Servers(database_url, amqp_url, management_api(amqp_url))
        return
    with ExitStack() as stack:
        directory = directory.resolve()
        lock = stack.enter_context(only_user_of(directory))
        log("starting private servers")
        broker = None if amqp_url else stack.enter_context(broker_in(directory, fresh, lock))
        database = (
            None
            if database_url
            else stack.enter_context(database_in(directory, fresh, lock, archive))
        )
        for server in (database, broker):
            if server is not None:
                server.wait()
        yield Servers(
            database_url=database.url if database else str(database_url),
            amqp_url=broker.url if broker else str(amqp_url),
            broker_api=broker.api if broker else management_api(str(amqp_url)),
            own_postgresql=database,
            own_rabbitmq=broker,
        )
        log("stopping private servers")


@contextmanager
def broker_in(directory: Path, fresh: bool, lock: int) -> Iterator[RabbitMQ]:
    link = directory / "rabbitmq"
    home = make_home(link, rabbitmq.PACKAGE_USER, fresh=fresh, lock=lock)
    with started(RabbitMQ(home, new_log(directory, "rabbitmq")), link) as broker:
        yield broker


@contextmanager
def database_in(
    directory: Path, fresh: bool, lock: int, archive: bool = False
) -> Iterator[PostgreSQL]:
    link = directory / "postgresql"
    home = make_home(link, postgresql.PACKAGE_USER, fresh=fresh, lock=lock)
    made = PostgreSQL(home, new_log(directory, "postgresql"), archive=archive)
    with started(made, link) as database:
        yield database


@contextmanager
def started(server: Server, link: Path) -> Iterator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.stop()
        if server.home.passing:
            remove_home(link)


@contextmanager
def without(server: PostgreSQL | RabbitMQ | None) -> Iterator[None]:
    if server is None:
        raise Unavailable("A server that was named to us is not ours to stop.")
    server.stop(keep_data=True)
    try:
        yield
    finally:
        server.start()
        server.wait()


def new_log(directory: Path, name: str) -> Path:
    file = directory / "logs" / f"{name}.log"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"")
    return file


@contextmanager
def only_user_of(directory: Path) -> Iterator[int]:
    """An open file whose lock says that the directory is in use.

    The guards hold it too, so that it stays locked until the last server of a run that was killed
    is gone. For those we wait; another run that lives is in its right.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "in-use-by").open("a+") as file:
        wait_until(
            lambda: is_ours(file, directory),
            what=f"{directory}, whose last servers are stopping,",
            seconds=THE_LAST_RUN_ENDS_WITHIN,
        )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file.fileno()


def is_ours(file: IO[str], directory: Path) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        user = file.read()
        if user and psutil.pid_exists(int(user)):
            raise Unavailable(f"{directory} is in use by process {user}: stop it first.") from None
        return False
    return True


def management_api(amqp_url: str) -> str | None:
    """Where a named broker's management API usually is, if it takes the same credentials."""
    broker = urlsplit(amqp_url)
    credentials = f"{broker.username or 'guest'}:{broker.password or 'guest'}"
    api = f"http://{credentials}@{broker.hostname}:{MANAGEMENT_PORT}/api"
    try:
        answer = httpx.get(f"{api}/whoami", timeout=2, trust_env=False)
    except httpx.TransportError:
        return None
    administers = answer.is_success and "administrator" in answer.json()["tags"]
    return api if administers else None
