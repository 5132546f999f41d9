"""The database of each service, with two roles: one owns it, the other works in it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from deploy.local.secrets import password

SIGNED = ("intake", "review", "publicity")
"""Those with a log, which the signer reads."""
DATABASES = ("intake", "intake_keys", "review", "publicity", "publicity_keys")
PREFIX = re.compile(r"[a-z][a-z0-9_]{0,29}")


@dataclass(frozen=True)
class Database:
    """One database as its two roles reach it. The URLs hold passwords: they are not for logs."""

    name: str
    owner_url: str
    """Migrates: owns the database and every table in it."""
    app_url: str
    """Works: may connect and see, and beyond that what the migrations grant."""
    signer_url: str | None = None
    """Reads the log and its tree; only where there is a log."""


def prepare_databases(database_url: str, prefix: str, secrets: Path) -> dict[str, Database]:
    """Create what is missing of `<prefix>_<name>` and its roles, whose passwords are kept."""
    with administrator(database_url) as connection:
        return {
            name: prepare_database(
                connection, database_url, named(prefix, name), secrets, signed=name in SIGNED
            )
            for name in DATABASES
        }


def drop_databases(database_url: str, prefix: str) -> None:
    """Drop the databases and their roles, if they are there."""
    with administrator(database_url) as connection:
        for name in (named(prefix, name) for name in DATABASES):
            owner, app = roles_of(name)
            run(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
            run(connection, "DROP ROLE IF EXISTS {}", app)
            run(connection, "DROP ROLE IF EXISTS {}", signer_of(name))
            run(connection, "DROP ROLE IF EXISTS {}", owner)


def prepare_database(
    connection: psycopg.Connection,
    server_url: str,
    name: str,
    secrets: Path,
    *,
    signed: bool = False,
) -> Database:
    owner, app = roles_of(name)
    signer = [signer_of(name)] if signed else []
    for role in (owner, app, *signer):
        prepare_role(connection, role, password(secrets, role))
    create_database(connection, name, owner)
    database = Database(
        name=name,
        owner_url=url_as(server_url, owner, password(secrets, owner), name),
        app_url=url_as(server_url, app, password(secrets, app), name),
        signer_url=(
            url_as(server_url, signer[0], password(secrets, signer[0]), name) if signer else None
        ),
    )
    run(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", name)
    for role in (app, *signer):
        run(connection, "GRANT CONNECT ON DATABASE {} TO {}", name, role)
    with administrator(database.owner_url) as inside:
        run(inside, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
        run(inside, "GRANT USAGE ON SCHEMA public TO {}", app)
    return database


def prepare_role(connection: psycopg.Connection, role: str, secret: str) -> None:
    if not there(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
        run(connection, "CREATE ROLE {} NOSUPERUSER NOCREATEDB NOCREATEROLE", role)
    # hashed here: the server's log and statistics never see the password
    verifier = connection.pgconn.encrypt_password(secret.encode(), role.encode(), b"scram-sha-256")
    connection.execute(
        sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(
            sql.Identifier(role), sql.Literal(verifier.decode())
        )
    )


def create_database(connection: psycopg.Connection, name: str, owner: str) -> None:
    if there(connection, "SELECT 1 FROM pg_database WHERE datname = %s", name):
        return
    # whoever is no superuser must be a member of the role that shall own a database
    run(connection, "GRANT {} TO CURRENT_USER", owner)
    run(
        connection,
        "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'"
        " LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'",
        name,
        owner,
    )


def roles_of(database: str) -> tuple[str, str]:
    return f"{database}_owner", f"{database}_app"


def signer_of(database: str) -> str:
    return f"{database}_signer"


def named(prefix: str, name: str) -> str:
    if not PREFIX.fullmatch(prefix):
        raise ValueError(f"not a prefix for databases: {prefix!r}")
    return f"{prefix}_{name}"


def url_as(server_url: str, role: str, secret: str, database: str) -> str:
    server = urlsplit(server_url)
    address = server.netloc.rpartition("@")[2]
    login = f"{quote(role, safe='')}:{quote(secret, safe='')}"
    return server._replace(netloc=f"{login}@{address}", path=f"/{database}").geturl()


@contextmanager
def administrator(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def there(connection: psycopg.Connection, query: str, name: str) -> bool:
    return connection.execute(query.encode(), [name]).fetchone() is not None


def run(connection: psycopg.Connection, statement: str, *identifiers: str) -> None:
    names = [sql.Identifier(identifier) for identifier in identifiers]
    connection.execute(sql.SQL(statement).format(*names))
