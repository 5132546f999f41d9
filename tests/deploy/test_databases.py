"""Each service's database, and what its two roles may do."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from deploy.local.databases import DATABASES, Database, drop_databases, prepare_databases
from deploy.local.servers import Servers


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secrets")


@pytest.fixture(scope="module")
def databases(servers: Servers, secrets: Path) -> Iterator[dict[str, Database]]:
    yield prepare_databases(servers.database_url, "deploytest", secrets)
    drop_databases(servers.database_url, "deploytest")


def test_every_service_has_its_own(databases: dict[str, Database]) -> None:
    assert tuple(databases) == DATABASES
    assert databases["intake"].name == "deploytest_intake"


def test_preparing_twice_changes_nothing(
    servers: Servers, databases: dict[str, Database], secrets: Path
) -> None:
    with psycopg.connect(databases["review"].owner_url) as owner:
        owner.execute("CREATE TABLE kept (answer int)")
    again = prepare_databases(servers.database_url, "deploytest", secrets)
    assert again == databases
    with psycopg.connect(again["review"].owner_url) as owner:
        owner.execute("DROP TABLE kept")


def test_the_application_creates_no_table(databases: dict[str, Database]) -> None:
    with (
        psycopg.connect(databases["intake"].app_url) as app,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        app.execute("CREATE TABLE mine (answer int)")


def test_the_application_sees_of_a_table_what_it_was_granted(
    databases: dict[str, Database],
) -> None:
    with psycopg.connect(databases["intake"].owner_url) as owner:
        owner.execute("CREATE TABLE log (entry int)")
    with psycopg.connect(databases["intake"].app_url, autocommit=True) as app:
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute("SELECT * FROM log")
        with psycopg.connect(databases["intake"].owner_url) as owner:
            owner.execute("GRANT SELECT ON log TO deploytest_intake_app")
        assert app.execute("SELECT * FROM log").fetchall() == []


def test_a_service_does_not_enter_the_database_of_another(
    databases: dict[str, Database],
) -> None:
    for role in (databases["review"].app_url, databases["review"].owner_url):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(role.removesuffix("review") + "intake_keys")


def test_dropping_leaves_neither_database_nor_role(servers: Servers, secrets: Path) -> None:
    prepare_databases(servers.database_url, "passing", secrets)
    drop_databases(servers.database_url, "passing")
    drop_databases(servers.database_url, "passing")
    with psycopg.connect(servers.database_url) as administrator:
        left = administrator.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'passing%'"
            " UNION SELECT rolname FROM pg_roles WHERE rolname LIKE 'passing%'"
        ).fetchall()
    assert left == []


def test_a_prefix_is_a_plain_name(servers: Servers, secrets: Path) -> None:
    with pytest.raises(ValueError, match="not a prefix"):
        prepare_databases(servers.database_url, 'a"b', secrets)
