"""The three services as processes on this machine, each with its own database.

    with servers(directory) as where, system(where, directory) as running:
        ...

A `namespace` keeps several systems on the same servers apart: databases, roles, virtual host.
"""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
from psycopg.conninfo import conninfo_to_dict

from deploy.local.broker import Broker, Permissions, Topic, drop_broker, prepare_broker
from deploy.local.databases import Database, drop_databases, prepare_databases
from deploy.local.ports import free_ports, is_open
from deploy.local.processes import Processes, processes
from deploy.local.secrets import POLICY, SIGNER, prepare_audit, prepare_secrets
from deploy.local.servers import Servers
from deploy.local.waiting import Unavailable
from services import intake, publicity, review
from shared import personal
from shared.schema import install
from shared.topology import CHECKPOINTS

PLANS = (intake.PLAN, review.PLAN, publicity.PLAN)
SERVICES = tuple(plan.name for plan in PLANS)
SEALING = ("intake", "publicity")
"""Who keeps personal data under seal: of those who are nominated, and of those who object."""

DEPLOY = Path(__file__).resolve().parent.parent
ACCOUNTS = DEPLOY / "accounts" / "rehearsal.json"
PUBLISHERS = DEPLOY / "publishers.json"

ADDRESSES = {
    "publicity": "http://127.0.0.1:8000",
    "intake": "http://127.0.0.1:8001",
    "review": "http://127.0.0.1:8002",
}
"""Where the web sides answer in development; `GONGJIANG_<SERVICE>_URL` overrides."""


CHECKPOINTS_ONLY = f"^{re.escape(CHECKPOINTS)}$"

OUTSIDE = {"intake": r"|nominations|receipts|receipts\..*", "review": "|vetting"}
"""What a service has of its own for other systems, as a regular expression."""


@dataclass(frozen=True)
class Publisher:
    """A government system that may send nominations, as `publishers.json` names it."""

    user: str
    sources: tuple[str, ...]
    channels: tuple[str, ...]


@dataclass
class System:
    """A system that runs. The URLs hold passwords: they are not for logs."""

    servers: Servers
    addresses: Mapping[str, str]
    databases: Mapping[str, Database]
    broker: Broker
    secrets: Path
    registry: Path
    measures: Path
    processes: Processes
    replicas: int = 1
    environment: Mapping[str, str] = field(default_factory=dict)

    def environment_of(self, service: str) -> dict[str, str]:
        """The settings of one service's processes."""
        port = self.addresses[service].rpartition(":")[2]
        env = {
            "GONGJIANG_PROFILE": "rehearsal",
            "GONGJIANG_SERVICE": service,
            "GONGJIANG_DATABASE_URL": self.databases[service].app_url,
            "GONGJIANG_AMQP_URL": self.broker.urls.get(service, self.broker.admin_url),
            "GONGJIANG_SECRETS": str(self.secrets / service),
            "GONGJIANG_PUBLISHERS": str(self.registry),
            "GONGJIANG_ACCOUNTS": str(ACCOUNTS),
            "GONGJIANG_PORTAL_URL": self.addresses["publicity"],
            "GONGJIANG_INTAKE_URL": self.addresses["intake"],
            "GONGJIANG_REVIEW_URL": self.addresses["review"],
            "GONGJIANG_AUDIT_POLICY": str(self.policy),
            "GONGJIANG_PORT": port,
            "PROMETHEUS_MULTIPROC_DIR": str(self.measures / service),
            **self.environment,
        }
        if service in SEALING:
            env["GONGJIANG_KEYS_DATABASE_URL"] = self.databases[f"{service}_keys"].app_url
        return env

    @property
    def policy(self) -> Path:
        """Whose signatures on checkpoints are believed."""
        return self.secrets / POLICY

    @property
    def signer_state(self) -> Path:
        """What the signer has signed."""
        return self.processes.directory / SIGNER

    def environment_of_the_signer(self) -> dict[str, str]:
        """The settings of the signer, which belongs to no service."""
        return {
            **{
                f"GONGJIANG_{service.upper()}_DATABASE_URL": self.databases[service].signer_url
                or self.databases[service].owner_url
                for service in SERVICES
            },
            "GONGJIANG_AMQP_URL": self.broker.urls.get(SIGNER, self.broker.admin_url),
            "GONGJIANG_SIGNER_KEYS": str(self.secrets / SIGNER),
            "GONGJIANG_SIGNER_STATE": str(self.signer_state),
            **self.environment,
        }

    def names(self, service: str) -> list[str]:
        """The names of a service's processes, the web side's last."""
        return [*self.names_of(service, "messages"), *self.names_of(service, "tail"), web(service)]

    def names_of(self, service: str, side: str) -> list[str]:
        """The names of the replicas of a side."""
        return [f"{service}.{side}.{number}" for number in range(self.replicas)]

    def start(self) -> None:
        """Start every process and wait until each is ready."""
        for service in SERVICES:
            env = self.environment_of(service)
            for side in ("messages", "tail"):
                for name in self.names_of(service, side):
                    self.processes.start(
                        name, command(side), env=env, ready=self.is_at_work(service, name)
                    )
            ready = self._answers(service)
            self.processes.start(web(service), command("web"), env=env, ready=ready)
        self.start_signer()
        self.processes.wait()

    def start_signer(self) -> None:
        """Start the signer; see `Processes.wait`."""
        self.processes.start(
            SIGNER, command(SIGNER), env=self.environment_of_the_signer(), ready=self._signs
        )

    def _signs(self) -> bool:
        """Whether the signer is at work: it then writes its number beside its state."""
        at_work = self.signer_state / "at-work"
        return at_work.exists() and at_work.read_text() == str(self.processes.pid(SIGNER))

    def check(self) -> None:
        """Raises `Unavailable` if a process, or a server of our own, has ended by itself."""
        self.processes.check()
        if self.servers.own_postgresql is not None:
            self.servers.own_postgresql.server.must_run()
        if self.servers.own_rabbitmq is not None:
            self.servers.own_rabbitmq.server.must_run()

    def is_at_work(self, service: str, name: str) -> Callable[[], bool]:
        """Whether a process reads its queues or follows its log; its heartbeat says so."""

        def ready() -> bool:
            with psycopg.connect(self.databases[service].owner_url) as connection:
                row = connection.execute(
                    "SELECT count(*) FILTER (WHERE state IN ('reading', 'leading', 'standby'))"
                    " = count(*) AND count(*) > 1 FROM beats WHERE process LIKE %s",
                    (f"%/{self.processes.pid(name)}",),
                ).fetchone()
            return bool(row and row[0])

        return ready

    def _answers(self, service: str) -> Callable[[], bool]:
        def ready() -> bool:
            try:
                return httpx.get(f"{self.addresses[service]}/health", timeout=2).is_success
            except httpx.TransportError:
                return False

        return ready

    def ready_line(self) -> dict[str, Any]:
        """What `gongjiang up --json` prints."""
        return {
            "ready": True,
            "portal": self.addresses["publicity"],
            "intake": self.addresses["intake"],
            "review": self.addresses["review"],
            "amqp_url": self.broker.admin_url,
            "database_urls": {name: self.databases[name].app_url for name in SERVICES},
        }


def web(service: str) -> str:
    """The name of a service's web side."""
    return f"{service}.web"


def command(side: str) -> list[str]:
    """How one side of a service is started; which service, its environment says."""
    return [sys.executable, "-m", "services", side]


def publishers() -> list[Publisher]:
    """The systems that may send nominations."""
    entries = json.loads(PUBLISHERS.read_text())["publishers"]
    return [
        Publisher(entry["user"], tuple(entry["sources"]), tuple(entry["channels"]))
        for entry in entries
    ]


def departments() -> list[str]:
    """The accounts that answer for a department (P8): each is a user of the broker too."""
    accounts = json.loads(ACCOUNTS.read_text())["accounts"]
    return [account["id"] for account in accounts if "authority" in account["roles"]]


def permissions() -> dict[str, Permissions]:
    """What each user of the broker may do.

    A service has its own exchanges and queues, hears the logs of the others, and may ask them by
    RPC; the inbox and the receipts are intake's alone, and departments' replies review's. A
    publisher sends, and reads its own receipts. A department sends its replies, and reads nothing.
    Only the signer publishes signed checkpoints, and each service only what it has witnessed.
    """
    users = {service: permissions_of(service) for service in SERVICES}
    users[SIGNER] = Permissions(
        configure=CHECKPOINTS_ONLY,
        write=CHECKPOINTS_ONLY,
        topics={CHECKPOINTS: Topic(write=rf"^signed\.({'|'.join(SERVICES)})$")},
    )
    for department in departments():
        users[department] = Permissions(
            write="^vetting$", topics={"vetting": Topic(write=r"^vetting\.replied$")}
        )
    for publisher in publishers():
        users[publisher.user] = Permissions(
            write="^nominations$",
            read=f"^receipts\\.{publisher.user}(\\.proofs)?$",
            topics={"nominations": Topic(write="^nomination\\..*")},
        )
    return users


def permissions_of(service: str) -> Permissions:
    """What a service needs of the broker: names of exchanges and queues as regular expressions."""
    logs = "|".join(rf"{one}\.log" for one in SERVICES)
    own = rf"{service}\..*|nameko-rpc|rpc\.reply-.*|audit\.checkpoints"
    outside = OUTSIDE.get(service, "")
    return Permissions(
        configure=f"^({own}|{logs}{outside})$",
        write=f"^({own}{outside})$",
        read=f"^({own}|{logs}{outside})$",
        topics={CHECKPOINTS: Topic(write=rf"^cosigned\.{service}$", read=".*")},
    )


@contextmanager
def system(
    servers: Servers,
    directory: Path,
    *,
    namespace: str = "gongjiang",
    fresh: bool = False,
    own_ports: bool = False,
    replicas: int = 1,
    environment: Mapping[str, str] | None = None,
) -> Iterator[System]:
    """Databases, broker and secrets made ready, and the processes started; all stopped in the end.

    Args:
        fresh: begin from nothing, and leave nothing in the servers.
        own_ports: any free ports instead of the addresses of development.
        replicas: how many message sides and tail sides each service has.
        environment: added to every process's.
    """
    users = permissions()
    if fresh:
        drop_databases(servers.database_url, namespace)
        drop_broker(servers, namespace)
        shutil.rmtree(directory / SIGNER, ignore_errors=True)
    secrets = directory / "secrets"
    for service in SERVICES:
        prepare_secrets(secrets / service, identity=secrets, lookup=service == "intake")
    prepare_audit(secrets, SERVICES)
    databases = prepare_databases(servers.database_url, namespace, secrets)
    broker = prepare_broker(servers, namespace, users, secrets)
    registry = directory / "publishers.json"
    registry.write_text(json.dumps(registry_for(broker), ensure_ascii=False, indent=1))
    migrate(databases)
    with processes(directory) as running:
        made = System(
            servers=servers,
            addresses=addresses(own_ports=own_ports),
            databases=databases,
            broker=broker,
            secrets=secrets,
            registry=registry,
            measures=empty(directory / "measures"),
            processes=running,
            replicas=replicas,
            environment=environment or {},
        )
        made.start()
        yield made
    if fresh:
        drop_databases(servers.database_url, namespace)
        drop_broker(servers, namespace)


def empty(directory: Path) -> Path:
    """A folder for the counts of each service's processes, without those of an earlier run."""
    shutil.rmtree(directory, ignore_errors=True)
    for service in SERVICES:
        (directory / service).mkdir(parents=True)
    return directory


def registry_for(broker: Broker) -> dict[str, Any]:
    """The publishers as intake knows them.

    A named broker that lets us make no users is reached by one user, who then speaks for all of
    them: good enough for a rehearsal, and only there.
    """
    known = publishers()
    if not broker.confined:
        known = [
            Publisher(
                httpx.URL(broker.admin_url).username,
                tuple(source for one in known for source in one.sources),
                tuple(sorted({channel for one in known for channel in one.channels})),
            )
        ]
    return {"publishers": [asdict(one) for one in known]}


def migrate(databases: Mapping[str, Database]) -> None:
    """Create the tables of every service, as the owner of its database."""
    for plan in PLANS:
        role = conninfo_to_dict(databases[plan.name].app_url)["user"]
        database = databases[plan.name]
        signer = database.signer_url and str(conninfo_to_dict(database.signer_url)["user"])
        install(database.owner_url, str(role), f"gongjiang/{plan.name}", plan, signer or None)
    for service in SEALING:
        keys = databases[f"{service}_keys"]
        personal.create(keys.owner_url, str(conninfo_to_dict(keys.app_url)["user"]))


def addresses(*, own_ports: bool) -> dict[str, str]:
    """Where each web side is to answer."""
    if own_ports:
        ports = free_ports(len(SERVICES))
        return {
            service: f"http://127.0.0.1:{port}"
            for service, port in zip(SERVICES, ports, strict=True)
        }
    named = {
        service: os.environ.get(f"GONGJIANG_{service.upper()}_URL", address).rstrip("/")
        for service, address in ADDRESSES.items()
    }
    for service, address in named.items():
        if is_open(int(address.rpartition(":")[2])):
            raise Unavailable(
                f"{address} is in use by another program: stop it, or give {service} another"
                f" address by GONGJIANG_{service.upper()}_URL"
            )
    return named
