"""Where it is measured: databases, a virtual host and message sides of our own, on private servers.

    with ground(servers, directory, "bench") as here:
        here.start("intake")
        here.pause("intake"); …fill its queue…; here.resume("intake")

A message side that is paused (SIGSTOP) keeps its connections: its queue can be filled beforehand,
so that publishing does not take part in what is measured.
"""

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from deploy.local.broker import drop_broker, prepare_broker
from deploy.local.databases import (
    Database,
    administrator,
    drop_databases,
    named,
    prepare_database,
    prepare_databases,
)
from deploy.local.processes import processes
from deploy.local.secrets import prepare_audit, prepare_secrets
from deploy.local.servers import Servers
from deploy.local.system import (
    PLANS,
    SERVICES,
    System,
    addresses,
    command,
    empty,
    migrate,
    permissions,
    registry_for,
)
from shared.application import Application
from shared.clock import RehearsalClock
from shared.contracts.ids import campaign_id
from shared.positions import outbox
from shared.settings import Settings
from tests.actors import OFFICE

CONFIGURATION: dict[str, Any] = json.loads(
    (Path(__file__).resolve().parents[2] / "deploy" / "campaigns" / "2019.json").read_text()
)
CAMPAIGN = campaign_id(CONFIGURATION["document_number"])
OPENED_AT = datetime.fromisoformat("2019-11-21T09:00:00+08:00")
IN_TIME = datetime.fromisoformat("2019-12-10T17:00:00+08:00")

PARTITIONS = 4
PATIENCE = 120.0


class TooSlow(Exception):
    """What was waited for did not come."""


def until(reached: Callable[[], bool], what: str, every: float = 0.01) -> float:
    """Wait, and say when it was (`time.perf_counter`).

    Raises:
        TooSlow: it was not, for two minutes.
    """
    end = time.perf_counter() + PATIENCE
    while not reached():
        if time.perf_counter() > end:
            raise TooSlow(what)
        time.sleep(every)
    return time.perf_counter()


@dataclass
class Ground:
    """See the module. `bench` is a database for the limit and the plain way."""

    system: System
    bench: Database
    _applications: dict[str, Application] = field(default_factory=dict)

    def start(self, service: str, replica: int = 0) -> None:
        """Start a message side and a tail side, and wait until they are at work."""
        names = {side: f"{service}.{side}.{replica}" for side in ("messages", "tail")}
        for side, name in names.items():
            self.system.processes.start(
                name,
                command(side),
                env=self.system.environment_of(service),
                ready=self.system.is_at_work(service, name),
            )
        self.system.processes.wait(*names.values())

    def start_part(self, name: str, environment: Mapping[str, str], *arguments: str) -> None:
        """Start a program of the bench."""
        self.system.processes.start(name, [sys.executable, "-m", *arguments], env=environment)

    def stop(self, service: str, replica: int = 0) -> None:
        """End a message side and its tail side."""
        for side in ("messages", "tail"):
            self.system.processes.stop(f"{service}.{side}.{replica}")

    def pause(self, name: str) -> None:
        """Hold a process."""
        self.system.processes.kill(name, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let it go on."""
        self.system.processes.kill(name, signal.SIGCONT)

    def application(self, service: str) -> Application:
        """A service's own view of its log, in this process."""
        if service not in self._applications:
            environment = self.system.environment_of(service)
            settings = Settings(
                **{  # type: ignore[arg-type]
                    name.removeprefix("GONGJIANG_").lower(): value
                    for name, value in environment.items()
                }
            )
            (plan,) = (plan for plan in PLANS if plan.name == service)
            self._applications[service] = Application(plan, settings)
        return self._applications[service]

    @cached_property
    def intake(self) -> Application:
        """Intake, with its campaign open and the clock before the deadline."""
        application = self.application("intake")
        clock = application.clock
        assert isinstance(clock, RehearsalClock)
        clock.set(OPENED_AT, "bench")
        opening = {"configuration": CONFIGURATION}
        application.execute("campaign", CAMPAIGN, "open_campaign", opening, OFFICE)
        clock.set(IN_TIME, "bench")
        return application

    def settle(self, service: str) -> None:
        """Wait until everything that follows this log has reached its head."""
        application = self.application(service)
        head = application.log.head

        def settled() -> bool:
            with application.reading() as connection:
                positions = connection.execute(
                    "SELECT position FROM outboxes WHERE name <> 'proofs'"
                    " UNION ALL SELECT position FROM projected"
                ).fetchall()
            return all(row["position"] >= head for row in positions)

        until(settled, f"{service} to settle at {head}", 0.05)

    def heads(self) -> list[int]:
        """How far intake's relay has come in each partition."""
        with self.application("intake").reading() as connection:
            return outbox(connection, "relay", PARTITIONS)[1]

    def close(self) -> None:
        """Give the connections back."""
        for application in self._applications.values():
            application.close()


@contextmanager
def ground(servers: Servers, directory: Path, namespace: str) -> Iterator[Ground]:
    """Fresh databases and a fresh virtual host; all processes stopped in the end.

    Every ground takes its secrets from the folder beside `directory`: the broker knows each user
    by one password only.
    """
    drop_databases(servers.database_url, namespace)
    drop_broker(servers, namespace)
    own = directory / namespace
    own.mkdir(parents=True, exist_ok=True)
    secrets = directory / "secrets"
    for service in SERVICES:
        prepare_secrets(secrets / service, identity=secrets, lookup=service == "intake")
    prepare_audit(secrets, SERVICES)
    databases = prepare_databases(servers.database_url, namespace, secrets)
    with administrator(servers.database_url) as connection:
        bench = prepare_database(
            connection, servers.database_url, named(namespace, "bench"), secrets
        )
    broker = prepare_broker(servers, namespace, permissions(), secrets)
    registry = own / "publishers.json"
    registry.write_text(json.dumps(registry_for(broker), ensure_ascii=False))
    migrate(databases)
    with processes(own) as running:
        here = Ground(
            System(
                servers=servers,
                addresses=addresses(own_ports=True),
                databases=databases,
                broker=broker,
                secrets=secrets,
                registry=registry,
                measures=empty(own / "measures"),
                processes=running,
            ),
            bench,
        )
        try:
            yield here
        finally:
            here.close()


def connect(url: str) -> psycopg.Connection[dict[str, Any]]:
    """A connection whose statements are transactions of their own."""
    return psycopg.connect(url, autocommit=True, row_factory=dict_row)


def rates(seconds: Sequence[float], count: int) -> list[float]:
    """How many a second."""
    return [count / one for one in seconds]
