"""Review on a database of its own, with its views kept up: for tests of views and pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from time import sleep
from typing import Any
from uuid import UUID

from psycopg.conninfo import conninfo_to_dict

from deploy.local.databases import administrator, drop_databases, named, prepare_database
from deploy.local.secrets import prepare_secrets
from deploy.local.servers import Servers
from services.review import PLAN
from shared.application import Application
from shared.contracts.base import Heard, Published
from shared.eventlog import Batch, Cause
from shared.messages import Addressed, Command, Decider
from shared.projector import Projector
from shared.schema import install
from shared.settings import Settings
from tests.actors import AT, SYSTEM_ACTOR
from tests.review.house import SOURCE

ACCOUNTS = Path("deploy/accounts/rehearsal.json").absolute()


class Running:
    """Like the house in memory, but with a log and views: each step waits until it is shown."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def hear(self, message: Published) -> None:
        """Follow a message of another service."""
        heard = Heard(message, SOURCE, AT, SYSTEM_ACTOR, SOURCE.event_id)
        self._commit(list(PLAN.follow(heard)))

    def ask(self, decider: Decider[Any], key: UUID, command: Command) -> None:
        """Ask one aggregate."""
        self._commit([Addressed(decider, key, command)])

    def _commit(self, addressed: list[Addressed]) -> None:
        def give(batch: Batch) -> None:
            for one in addressed:
                batch.ask(one, Cause("test"))

        position, _ = self.application.commit(give)
        assert self.application.wait_for_views(position, timeout=20)


@contextmanager
def reviewing(servers: Servers, directory: Path, namespace: str) -> Iterator[Running]:
    """The service, its tables just created; its database is dropped in the end."""
    secrets = directory / "secrets"
    prepare_secrets(secrets)
    with administrator(servers.database_url) as connection:
        name = named(namespace, "review")
        database = prepare_database(connection, servers.database_url, name, secrets)
    role = str(conninfo_to_dict(database.app_url)["user"])
    install(database.owner_url, role, "gongjiang/review", PLAN)
    settings = Settings(
        profile="rehearsal",
        service="review",
        database_url=database.app_url,
        amqp_url=servers.amqp_url,
        secrets=secrets,
        accounts=ACCOUNTS,
        port=0,
    )
    application, ended = Application(PLAN, settings), Flag()
    projector = Projector(application, wait=lambda _: sleep(0.005), stopped=ended.is_set)
    thread = Thread(target=projector.run)
    thread.start()
    try:
        yield Running(application)
    finally:
        ended.set()
        thread.join()
        application.close()
        drop_databases(servers.database_url, namespace)
