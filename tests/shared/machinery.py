"""A counting application on a database of its own, for tests of the machinery."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from deploy.local.databases import (
    Database,
    administrator,
    drop_databases,
    named,
    prepare_database,
)
from deploy.local.secrets import prepare_secrets
from deploy.local.servers import Servers
from shared.application import Application
from shared.schema import install
from shared.settings import Settings
from tests.shared.counters import PLAN


@contextmanager
def counting(servers: Servers, directory: Path, namespace: str) -> Iterator[Application]:
    """The application, its tables just created; its databases are dropped in the end."""
    secrets = directory / "secrets"
    prepare_secrets(secrets)
    database = database_of(servers, directory, namespace)
    role = str(conninfo_to_dict(database.app_url)["user"])
    install(database.owner_url, role, "gongjiang/test", PLAN)
    settings = Settings(
        profile="rehearsal",
        service="review",
        database_url=database.app_url,
        amqp_url=servers.amqp_url,
        secrets=secrets,
        origin="gongjiang/test",
        port=0,
    )
    application = Application(PLAN, settings)
    try:
        yield application
    finally:
        application.close()
        drop_databases(servers.database_url, namespace)


def database_of(servers: Servers, directory: Path, namespace: str) -> Database:
    """The one database that the application needs."""
    with administrator(servers.database_url) as connection:
        name = named(namespace, "review")
        return prepare_database(connection, servers.database_url, name, directory / "secrets")
