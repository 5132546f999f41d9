"""A counting service with a signed ledger on a database of its own, and whoever attacks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from deploy.local.databases import (
    Database,
    administrator,
    drop_databases,
    named,
    prepare_database,
)
from deploy.local.secrets import POLICY, SIGNER, prepare_audit, prepare_secrets
from deploy.local.servers import Servers
from shared.application import Application
from shared.audit import tree
from shared.audit.integrator import Integrator, tree_of
from shared.audit.policy import read_policy
from shared.audit.signing import Log, Signed, State, read_key
from shared.audit.tiles import StoredTiles
from shared.audit.verifier import Policy
from shared.audit.witness import Get, Note, Witness
from shared.schema import install
from shared.settings import Settings
from tests.actors import OFFICE
from tests.shared.counters import PLAN

SERVICES = ("intake", "review", "publicity")


@dataclass
class Ledger:
    """One service's log with everything around it."""

    application: Application
    database: Database
    secrets: Path
    state: Path

    @property
    def service(self) -> str:
        return self.application.plan.name

    @property
    def origin(self) -> str:
        return self.application.settings.origin

    @property
    def policy(self) -> Policy:
        return read_policy(self.secrets / POLICY)

    def count(self, nomination: UUID | None = None) -> int:
        """Two events: a count and its mirror. Returns the size of the log."""
        nomination = nomination or uuid4()
        body = {"nomination_id": nomination, "number": 1}
        return self.application.execute("counter", nomination, "add", body, OFFICE).position

    @contextmanager
    def session(self) -> Iterator[Connection[dict[str, Any]]]:
        """As the application's role works."""
        url = self.application.settings.database_url
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as session:
            yield session

    @contextmanager
    def administrator(self) -> Iterator[Connection[Any]]:
        """Whoever may do everything in the database."""
        with psycopg.connect(self.database.owner_url, autocommit=True) as owner:
            yield owner

    def integrate(self) -> None:
        integrator = Integrator(self.application, wait=lambda _: None, stopped=lambda: False)
        with self.session() as session:
            while integrator.advance(session):
                pass

    def log(self, state: Path | None = None, key: str | None = None) -> Log:
        """The signer's view of this log."""
        folder = state or self.state
        folder.mkdir(parents=True, exist_ok=True)
        pem = self.secrets / SIGNER / f"{key or self.service}.pem"
        return Log(self.service, lambda _: read_key(pem), State(folder, self.service))

    def sign(self, log: Log | None = None) -> Signed | None:
        assert self.database.signer_url is not None
        with psycopg.connect(self.database.signer_url, autocommit=True) as connection:
            return (log or self.log()).sign(connection)

    def grow(self, times: int = 1) -> Signed:
        """Count, integrate, sign."""
        for _ in range(times):
            self.count()
        self.integrate()
        signed = self.sign()
        assert signed is not None
        return signed

    def is_of_one_piece(self) -> bool:
        """Whether tiles, size and root agree."""
        with self.session() as session, session.transaction():
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            found = tree_of(session)
            return found is None or tree.root(StoredTiles(session), found.size) == found.root

    def begin_anew(self) -> None:
        """Nothing is stored, signed or frozen."""
        with self.administrator() as owner:
            owner.execute(
                "TRUNCATE stored_events, ledger_tiles, ledger_tree, checkpoints, cosignatures,"
                " forks, ledger_frozen, epochs"
            )
            owner.execute("DELETE FROM ledger_frozen WHERE false")  # its trigger opens the log

    def forge(self) -> None:
        """The administrator writes another last leaf and makes everything agree with it again."""
        with self.administrator() as owner:
            owner.execute(
                "UPDATE stored_events SET leaf = sha256(leaf) WHERE notification_id ="
                " (SELECT max(notification_id) FROM stored_events)"
            )
            self.forget_the_tree(owner)
        self.integrate()

    def cut(self, count: int) -> None:
        """The administrator takes the last events away, and makes everything agree with that."""
        with self.administrator() as owner:
            owner.execute(
                "DELETE FROM stored_events WHERE notification_id >"
                " (SELECT max(notification_id) - %s FROM stored_events)",
                (count,),
            )
            self.forget_the_tree(owner)
        self.integrate()

    @staticmethod
    def forget_the_tree(owner: Connection[Any]) -> None:
        owner.execute("TRUNCATE ledger_tiles, ledger_tree")

    def serves(self) -> Get:
        """What its web side would answer to a witness."""

        def get(_: str, path: str) -> bytes | None:
            if path == "checkpoint":
                last = self.log().last()
                return None if last is None else last.note
            level, number, width = tree.tile_of_path(path)
            with self.session() as session:
                try:
                    return StoredTiles(session)(level, number, width)
                except LookupError:
                    return None

        return get

    def witness(self, get: Get) -> Witness:
        """The witness that this service is for the others."""
        return Witness(self.service, self.policy, self.witness_key, get)

    @property
    def witness_key(self) -> Any:
        return read_key(self.secrets / self.service / "witness-private.pem")

    def hear(self, witness: Witness, *notes: bytes) -> list[bytes]:
        with self.session() as session:
            return [one.note for one in witness.hear(session, [Note(note) for note in notes])]

    def forks(self) -> list[str]:
        with self.session() as session:
            rows = session.execute("SELECT reason FROM forks ORDER BY found_at").fetchall()
        return [row["reason"] for row in rows]


@contextmanager
def ledger(servers: Servers, secrets: Path, service: str, namespace: str) -> Iterator[Ledger]:
    """A service of this name with tables just created; dropped in the end."""
    prepare_secrets(secrets / service, identity=secrets)
    prepare_audit(secrets, SERVICES)
    name = named(namespace, service)
    with administrator(servers.database_url) as connection:
        database = prepare_database(connection, servers.database_url, name, secrets, signed=True)
    plan = replace(PLAN, name=service)
    role = str(conninfo_to_dict(database.app_url)["user"])
    install(database.owner_url, role, f"gongjiang/{service}", plan, f"{name}_signer")
    settings = Settings.model_validate(
        {
            "profile": "rehearsal",
            "service": service,
            "database_url": database.app_url,
            "amqp_url": servers.amqp_url,
            "secrets": secrets / service,
            "audit_policy": secrets / POLICY,
            "port": 0,
        }
    )
    application = Application(plan, settings)
    try:
        yield Ledger(application, database, secrets, secrets / f"{namespace}-state")
    finally:
        application.close()
        drop_databases(servers.database_url, namespace)
