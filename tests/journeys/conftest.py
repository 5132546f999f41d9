"""Whole systems on real servers: private databases, a private virtual host, six processes."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from deploy.local.secrets import prepare_secrets
from deploy.local.servers import Servers
from deploy.local.system import SERVICES, System, system
from deploy.operations.client import Client
from deploy.operations.demo import FORGED, Outcome
from deploy.operations.session import Session
from tests.journeys import stock
from tests.journeys.importer import Importer
from tests.journeys.plays import History, carried_out, histories, kill, play
from tests.journeys.witness import Leak, Message, kept_in_databases, leaks, tap

Start = Callable[..., AbstractContextManager[System]]

RELEASE = "办公室核准公开内容，发布公示"


SECONDS = 900
"""Longer than any other test may take: whole systems start and play."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the journeys their time; who plays on in the shared selection comes last."""
    places = [n for n, item in enumerate(items) if Path(__file__).parent in item.path.parents]
    ours = sorted((items[n] for n in places), key=lambda item: item.path.name == "test_canaries.py")
    for place, item in zip(places, ours, strict=True):
        items[place] = item
        item.add_marker(pytest.mark.timeout(SECONDS))


@pytest.fixture(scope="package")
def start(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Start:
    """Starts a system of its own: `with start("name") as running`.

    All of them have the same secrets: then they also have the same keyed hashes, and the users of
    the broker, which all systems share, the same passwords. They end at once, and leave their
    databases to private servers, which end soon after.
    """
    secrets = tmp_path_factory.mktemp("journeys") / "secrets"
    prepare_secrets(secrets)
    named = servers.own_postgresql is None or servers.own_rabbitmq is None

    @contextmanager
    def started(name: str, **options: Any) -> Iterator[System]:
        directory = tmp_path_factory.mktemp(name)
        (directory / "secrets").symlink_to(secrets)
        with system(
            servers,
            directory,
            namespace=f"journeys_{name}",
            fresh=named,
            own_ports=True,
            **options,
        ) as running:
            yield running
            for process in [each for service in SERVICES for each in running.names(service)]:
                kill(running, process)

    return started


@dataclass(frozen=True)
class Selection:
    """A selection that nothing disturbed, and what could be seen of it from outside."""

    system: System = field(repr=False)
    outcome: Outcome = field(repr=False)
    histories: dict[str, History] = field(repr=False)
    messages: list[Message] = field(repr=False)
    before_release: set[Leak]
    """What could be read in the databases before the office released anything."""
    partner: stock.Partner
    shown: list[dict[str, Any]] = field(repr=False)
    """What intake's desk showed of one nomination, at the beginning of each step."""
    importer: Importer = field(repr=False)
    """A portal that looked at our feed at the beginning of each step."""


@pytest.fixture(scope="package")
def selection(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Selection]:
    """A whole selection; the system goes on running."""
    before_release: set[Leak] = set()
    shown: list[dict[str, Any]] = []
    partners = tmp_path_factory.mktemp("partner")
    with (
        start("undisturbed") as running,
        stock.partner(running, partners) as partner,
        closing(Session.of(running).client()) as client,
        closing(Importer(running.addresses["publicity"])) as importer,
    ):

        def look(step: str) -> None:
            shown.extend(at_the_desk(client, FORGED))
            importer.look()
            if step == RELEASE:
                before_release.update(leaks(kept_in_databases(running)))

        with tap(running) as heard:
            outcome = play(running, say=look)
            carried_out(running)
            messages = heard.hear()
        yield Selection(
            system=running,
            outcome=outcome,
            histories=histories(outcome),
            messages=messages,
            before_release=before_release,
            partner=partner,
            shown=shown,
            importer=importer,
        )


def at_the_desk(client: Client, message: str) -> Iterator[dict[str, Any]]:
    """What intake's desk shows of the nomination that came with this message, if it has come."""
    for line in client.get("intake", f"/audit/cases/{message}", "auditor"):
        if line["data"].get("message_id") == message:
            nomination = line["data"]["nomination_id"]
            yield client.get("intake", f"/api/nominations/{nomination}", "office")


@pytest.fixture(scope="package")
def logs(selection: Selection, servers: Servers) -> list[Path]:
    """Where the processes and the servers of the selection write their logs."""
    directories = [selection.system.processes.directory]
    directories += [
        server.server.log_file.parent.parent
        for server in (servers.own_postgresql, servers.own_rabbitmq)
        if server is not None
    ]
    return list(dict.fromkeys(directories))
