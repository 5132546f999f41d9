"""A database comes back from a backup: the ledger notices, and goes on by an entry that says so."""

from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from deploy.local import postgresql, servers
from deploy.local.backups import archive_everything, back_up, put_back, recovered
from deploy.local.owners import make_home
from deploy.local.postgresql import PostgreSQL
from deploy.local.secrets import new_log_key
from deploy.local.system import System, system
from deploy.operations.client import Client, eventually
from deploy.operations.demo import SAMPLES
from deploy.operations.nominate import NoReceipt, Publisher, read
from deploy.operations.session import Session
from shared.audit.verifier import Checkpoint, Policy, SignedNote
from tests.journeys.plays import Player, nothing

LOG = "gongjiang/intake"


@dataclass
class House:
    """A system whose database archives its log, and somebody who nominates."""

    running: System
    database: PostgreSQL
    client: Client
    directory: Path
    lock: int
    _publishers: dict[str, Publisher] = field(default_factory=dict)

    def nominate(self, sample: str, seconds: float = 30) -> dict[str, Any]:
        """Publish a sample; its receipt.

        Raises:
            NoReceipt: none came.
        """
        session = Session.of(self.running)
        letter = read(SAMPLES / f"{sample}.json", session.sources)
        if letter.user not in self._publishers:
            self._publishers[letter.user] = Publisher(session.amqp_urls[letter.user], letter.user)
        self._publishers[letter.user].publish(letter)
        return self._publishers[letter.user].receipt(letter, seconds)

    def asked(self, service: str, question: str) -> list[dict[str, Any]]:
        """What a service's database answers."""
        url = self.running.databases[service].owner_url
        with psycopg.connect(url, row_factory=dict_row) as connection:
            return connection.execute(question.encode()).fetchall()

    def moment(self) -> datetime:
        """Now, by the database's clock."""
        (row,) = self.asked("intake", "SELECT clock_timestamp() AS now")
        return row["now"]  # type: ignore[no-any-return]

    def covered(self, origin: str) -> Checkpoint:
        """The checkpoint that covers all of intake's log, with both cosignatures that it needs."""
        policy = Policy.parse(self.running.policy.read_bytes())

        def shown() -> Checkpoint | None:
            note = self.client.get("intake", "/audit/checkpoint").encode()
            (row,) = self.asked("intake", "SELECT count(*) AS size FROM stored_events")
            said = Checkpoint.parse(SignedNote.parse(note).text)
            if said.origin != origin or said.size < row["size"]:
                return None
            with suppress(Exception):
                return policy.judge(note).checkpoint
            return None

        return eventually(shown, bool, f"a witnessed checkpoint of {origin}")  # type: ignore[return-value]

    def restore_intake(self, backup: Path, moment: datetime) -> None:
        """Intake's database as it was at the moment; the others stay as they are."""
        archive_everything(self.database)
        link = self.directory / "recovered"
        home = make_home(link, postgresql.PACKAGE_USER, fresh=True, lock=self.lock)
        home.write("administrator.password", self.database.password)
        log = self.directory / "recovered.log"
        with recovered(backup, self.database.archive, moment, home, log) as old:
            name = self.running.databases["intake"].name
            put_back(old, self.database, name)

    def health(self) -> dict[str, Any]:
        """What intake says of itself."""
        address = self.running.addresses["intake"]
        return httpx.get(f"{address}/health", trust_env=False).json()  # type: ignore[no-any-return]

    def close(self) -> None:
        """Give the connections back."""
        for publisher in self._publishers.values():
            publisher.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with (
        servers.servers(tmp_path, fresh=True, archive=True) as where,
        system(where, tmp_path, namespace="restore", fresh=True, own_ports=True) as running,
        closing(Session.of(running).client()) as client,
        (tmp_path / "lock").open("w") as lock,
    ):
        if where.own_postgresql is None:
            pytest.skip("a server that was named to us is not ours to restore")
        with closing(Player(running, nothing, nothing)) as player:
            player.open_campaign()
            player.set_clock("2019-12-05T10:00:00+08:00")
        with closing(House(running, where.own_postgresql, client, tmp_path, lock.fileno())) as made:
            yield made


def test_a_restored_log_stops_is_put_on_record_and_goes_on_for_all_who_follow_it(
    house: House,
) -> None:
    """Nothing regrows silently: what was lost is named by what others had kept."""
    kept = house.nominate("good-1")
    backup = house.database.home.path / "backup"
    back_up(house.database, backup)
    house.nominate("good-2")
    house.covered(LOG)
    moment = house.moment()
    lost = house.nominate("good-3")
    head = house.covered(LOG)
    names = house.running.names("intake")
    house.running.processes.stop(*names)

    house.restore_intake(backup, moment)
    (survived,) = house.asked("intake", "SELECT count(*) AS size FROM stored_events")
    assert survived["size"] < head.size
    for name in names:
        house.running.processes.restart(name)

    # the ledger notices
    said = eventually(house.health, lambda one: not one["ready"], "intake to notice")
    assert any(f"已签署的检查点有{head.size}条" in reason for reason in said["reasons"])
    assert "日志变短" in house.running.processes.log("signer")
    with pytest.raises(NoReceipt):
        house.nominate("good-4", seconds=3)
    (frozen,) = house.asked("intake", "SELECT count(*) AS size FROM stored_events")
    assert frozen == survived

    # an entry links the old head
    new_log_key(house.running.secrets, f"{LOG}/2")
    house.client.post("intake", "/audit/restored", "operator", {"reason": "磁盘损坏，恢复备份"})
    for service in ("intake", "review", "publicity"):
        for name in house.running.names_of(service, "tail"):
            house.running.processes.restart(name)
    covered = house.covered(f"{LOG}/2")
    (entry,) = house.asked(
        "intake",
        "SELECT convert_from(state, 'UTF8')::json -> 'data' AS said, notification_id - 1 AS index"
        " FROM stored_events WHERE topic = 'log_restored.v1'",
    )
    assert entry["index"] == entry["said"]["kept"] == survived["size"]
    assert (entry["said"]["size"], entry["said"]["root"]) == (head.size, head.root.hex())
    assert covered.size > entry["index"]

    # and whoever waited, or lost an answer, is served; whoever follows hears what is said anew
    again = house.nominate("good-3")
    late = house.nominate("good-4")
    assert (again["outcome"], again["nomination_id"]) == ("received", lost["nomination_id"])
    assert late["outcome"] == "received"
    assert house.nominate("good-1") == kept
    told = eventually(
        partial(
            house.asked, "review", "SELECT topic FROM stored_events WHERE topic ~ '^upstream_'"
        ),
        bool,
        "review to hear of the restore",
    )
    assert len(told) == 1
    (witnessed,) = house.asked(
        "review",
        f"SELECT root FROM checkpoints WHERE origin = '{LOG}' AND size = {head.size}",  # noqa: S608
    )
    assert bytes(witnessed["root"]) == head.root
