"""A small log with signed checkpoints, copied for whoever attacks it, and what an auditor kept.

with signed_log(servers, directory) as log, log.copy() as copy:
    …the administrator changes copy…
    copy.checked(); copy.exported(); log.kept
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from deploy.local.databases import administrator, drop_databases
from deploy.local.secrets import prepare_secrets
from deploy.local.servers import Servers
from shared.application import Application
from shared.audit import checkpoints
from shared.audit.exporting import export, snapshot
from shared.audit.fsck import Checked, check
from shared.audit.integrator import Integrator, tree_of
from shared.audit.verifier import (
    COSIGNATURE,
    NOTE,
    Policy,
    Report,
    VerifierKey,
    cosign,
    read_kept,
    sign_note,
    verify,
)
from shared.eventlog import Batch, Cause
from shared.messages import Addressed
from shared.projector import Projector
from shared.recorder import machine_time
from shared.schema import install
from shared.settings import Settings
from tests.actors import AT, OFFICE
from tests.shared.counters import COUNTER, PLAN, Add
from tests.shared.machinery import database_of

ORIGIN = "gongjiang/review"
NAMESPACE = "test_signed_log"
NOMINATIONS = [UUID(int=number) for number in range(1, 6)]
STAGES = (100, 200, 300)
"""The sizes at which the log was signed; the auditor kept every one."""
BACKUP = 200
"""The size of the log when its backup was made."""
WITNESSES = ("intake", "publicity", "review")


@dataclass(frozen=True)
class Keys:
    """Who signs: the log itself and its witnesses."""

    log: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    witnesses: dict[str, Ed25519PrivateKey] = field(
        default_factory=lambda: {name: Ed25519PrivateKey.generate() for name in WITNESSES}
    )

    def bare(self) -> Policy:
        """The log's own key, and no witness."""
        return Policy.parse(f"{public(self.log, ORIGIN, NOTE)}\n".encode())

    def policy(self) -> Policy:
        """What everybody knows of the keys: two of three witnesses are a quorum."""
        witnesses = [
            f"witness {name} {public(key, f'gongjiang/witness/{name}', COSIGNATURE)}"
            for name, key in self.witnesses.items()
        ]
        quorum = [f"group others 2 {' '.join(self.witnesses)}", "quorum others"]
        lines = (f"log {public(self.log, ORIGIN, NOTE)}", *witnesses, *quorum, "")
        return Policy.parse("\n".join(lines).encode())

    def note(self, size: int, root: bytes) -> bytes:
        """A checkpoint with the log's signature."""
        text = f"{ORIGIN}\n{size}\n{b64encode(root).decode()}\n".encode()
        return text + b"\n" + sign_note(text, ORIGIN, self.log)

    def cosignature(self, witness: str, note: bytes, at: int) -> bytes:
        """A witness's line below it."""
        text = note.partition(b"\n\n")[0] + b"\n"
        return cosign(text, f"gongjiang/witness/{witness}", self.witnesses[witness], at)


def public(key: Ed25519PrivateKey, name: str, kind: int) -> VerifierKey:
    """The public half, as a policy names it."""
    return VerifierKey.of(name, kind, key.public_key().public_bytes_raw())


@dataclass(frozen=True)
class Copy:
    """A database of its own with the log in it, open to its administrator."""

    administrator: Connection[dict[str, Any]]
    application: Application
    directory: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def checked(self) -> Checked:
        """What the internal check says."""
        with snapshot(self.application) as connection:
            return check(connection, ORIGIN)

    def exported(self, *keys: str, sizes: Sequence[int] = ()) -> Path:
        """A bundle of the whole log, or of these cases, linked to checkpoints of these sizes."""
        path = self.directory / f"bundle-{next(self._numbers)}.zip"
        with path.open("wb") as file:
            export(self.application, keys or None, file, sizes)
        return path

    def grown(self, until: int) -> None:
        """The log until it has so many events."""
        grow(self.application, until)

    def integrated(self) -> None:
        """The tree over all leaves."""
        integrate(self.application)

    def signed(self, keys: Keys, *, cosigned: bool = True, at: int | None = None) -> bytes:
        """The tree as it is, signed and kept."""
        return sign(self.administrator, keys, cosigned=cosigned, at=at)


@dataclass(frozen=True)
class SignedLog:
    """The log as it is now, the one of its backup, and what was kept elsewhere."""

    server_url: str
    settings: Settings
    keys: Keys
    kept: Path
    database: str
    backup: str
    directory: Path
    _numbers: Iterator[int] = field(default_factory=count)

    def verified(self, bundle: Path, *, kept: bool = True, witnessed: bool = True) -> Report:
        """What the verifier says, with what the auditor kept or without it, and with the witnesses
        or by the log's own key alone."""
        policy = self.keys.policy() if witnessed else self.keys.bare()
        return verify(bundle, policy, read_kept([self.kept]) if kept else ())

    @contextmanager
    def copy(self, *, of_backup: bool = False) -> Iterator[Copy]:
        """A copy to attack; dropped in the end."""
        name = f"{NAMESPACE}_{next(self._numbers)}"
        url = urlsplit(self.server_url)._replace(path=f"/{name}").geturl()
        duplicate(self.server_url, self.backup if of_backup else self.database, name)
        settings = self.settings.model_copy(update={"database_url": url})
        application = Application(PLAN, settings, pool_size=1)
        directory = self.directory / name
        directory.mkdir()
        try:
            with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
                yield Copy(connection, application, directory)
        finally:
            application.close()
            drop(self.server_url, name)


@contextmanager
def signed_log(servers: Servers, directory: Path) -> Iterator[SignedLog]:
    """Built once, for many copies."""
    secrets = directory / "secrets"
    prepare_secrets(secrets)
    database = database_of(servers, directory, NAMESPACE)
    role = str(conninfo_to_dict(database.app_url)["user"])
    install(database.owner_url, role, ORIGIN, PLAN)
    keys, kept = Keys(), directory / "kept"
    kept.mkdir()
    settings = Settings(
        profile="rehearsal",
        service="review",
        database_url=database.app_url,
        amqp_url=servers.amqp_url,
        secrets=secrets,
        origin=ORIGIN,
        port=0,
    )
    backup = f"{NAMESPACE}_backup"
    try:
        for stage in STAGES:
            application = Application(PLAN, settings, pool_size=1)
            grow(application, stage)
            integrate(application)
            project(application)
            with psycopg.connect(database.app_url, autocommit=True) as connection:
                note = sign(connection, keys)
            (kept / f"{stage}.txt").write_bytes(note)
            application.close()  # nobody may be in a database that is copied
            if stage == BACKUP:
                duplicate(servers.database_url, database.name, backup)
        yield SignedLog(
            servers.database_url, settings, keys, kept, database.name, backup, directory
        )
    finally:
        drop(servers.database_url, backup)
        drop_databases(servers.database_url, NAMESPACE)


def grow(application: Application, until: int) -> None:
    """Count on, each nomination in its turn, until the log has so many events."""
    while (head := application.log.head) < until:
        application.commit(partial(add_all, missing=(until - head) // 2))


def add_all(batch: Batch, missing: int) -> None:
    """One for each nomination, as far as events are missing; each is mirrored by another event."""
    for nomination in NOMINATIONS[:missing]:
        command = Add(at=AT, by=OFFICE, nomination_id=nomination, number=1)
        batch.ask(Addressed(COUNTER, nomination, command), Cause("request:test"))


def integrate(application: Application) -> None:
    """The tree over all leaves."""
    integrator = Integrator(application, wait=lambda _: None, stopped=lambda: False)
    with application.reading() as connection:
        while integrator.advance(connection):
            pass


def project(application: Application) -> None:
    """The views of all events."""
    projector = Projector(application, wait=lambda _: None, stopped=lambda: False)
    with application.reading() as connection:
        for view in application.views:
            while projector.advance(connection, view):
                pass


def sign(
    connection: Connection[Any], keys: Keys, *, cosigned: bool = True, at: int | None = None
) -> bytes:
    """Sign the tree as it is, let two witnesses cosign it, and keep all that."""
    tree = tree_of(connection)
    assert tree is not None
    note = keys.note(tree.size, tree.root)
    checkpoints.keep(connection, ORIGIN, tree.size, tree.root, note, machine_time())
    lines = [
        (f"gongjiang/witness/{name}", keys.cosignature(name, note, at or int(time())))
        for name in WITNESSES[:2]
        if cosigned
    ]
    for name, line in lines:
        checkpoints.keep_cosignature(connection, ORIGIN, tree.size, tree.root, name, line)
    return b"".join((note, *(line for _, line in lines)))


def duplicate(server_url: str, template: str, name: str) -> None:
    """A database that is another one as it is now."""
    with administrator(server_url) as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


def drop(server_url: str, name: str) -> None:
    """End a copy."""
    with administrator(server_url) as connection:
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(statement.format(sql.Identifier(name)))
