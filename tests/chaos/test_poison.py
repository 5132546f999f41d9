"""Poison is refused or parked with its reason and holds up nobody else; pressure passes."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest
from pika import BasicProperties

from deploy.local import system as systems
from deploy.local.servers import Servers
from deploy.local.system import SERVICES, System, system
from deploy.operations import nominate
from deploy.operations.client import Client, NotAsExpected, eventually
from deploy.operations.nominate import Letter
from deploy.operations.session import Session
from shared.confirmed import Outgoing, Publisher
from shared.outside import from_broker, parcel
from tests.bench.nominations import nominations
from tests.chaos.load import CAMPAIGN_ID, CONFIGURATION, IN_TIME

USER, SOURCE = "zlb", "urn:gongjiang:publisher:zlb"
UNDER_PRESSURE = 3000
AWAY = 8.0
GROWS_AT_MOST = 60 << 20
DRAINS_WITHIN = 90.0

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class House:
    """A system with the campaign open, in which review's policy can be made to raise."""

    system: System
    client: Client
    mistakes: Path

    def publish(self, *letters: Letter, content_type: str = nominate.STRUCTURED) -> None:
        """Publish as an outside system."""
        publisher = Publisher(self.system.broker.urls[USER], lambda _: None)
        try:
            publisher.publish(
                [
                    Outgoing(
                        nominate.EXCHANGE,
                        nominate.ROUTING_KEY,
                        letter.body,
                        BasicProperties(content_type=content_type, user_id=USER, delivery_mode=2),
                    )
                    for letter in letters
                ]
            )
        finally:
            publisher.close()

    def answer(self, letter: Letter) -> Any:
        """The answer to a letter, once there is one."""
        path = f"/api/submissions?source={letter.source}&id={letter.message_id}"
        (answer,) = eventually(
            lambda: self.client.get("intake", path, "office"), bool, f"answer to {letter}"
        )
        return answer

    def parked(self, service: str, count: int) -> list[dict[str, Any]]:
        """What is parked, once it is so much."""
        found: list[dict[str, Any]] = eventually(
            lambda: self.client.get(service, "/parked", "operator"),
            lambda letters: len(letters) == count,
            f"{count} parked in {service}",
        )
        return found

    def pass_pre_review(self, nomination: str) -> None:
        """The office lets a nomination go on to review."""
        eventually(
            lambda: self.client.command(
                "intake",
                "nomination",
                nomination,
                "pass_pre_review",
                "office",
                conditions=["C1"],
                opinion="材料齐全，符合评选条件。",
            ),
            bool,
            "pre-review",
        )

    def reviewed(self, nomination: str) -> bool:
        """Whether review has begun to evaluate it."""
        try:
            self.client.get("review", f"/api/evaluations/{nomination}", "office")
        except NotAsExpected:
            return False
        return True


@pytest.fixture(scope="module")
def house(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("poison")
    mistakes = directory / "mistakes"
    mistakes.write_text("")
    healthy = systems.command

    def command(side: str) -> list[str]:
        poisoned = [sys.executable, "-m", "tests.chaos.poisoned", side, str(mistakes)]
        return poisoned if side == "messages" else healthy(side)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(systems, "command", command)
        with (
            system(servers, directory, namespace="poison", fresh=True, own_ports=True) as running,
            closing(Client(running.addresses)) as client,
        ):
            for service in SERVICES:
                client.post(service, "/clock", "operator", {"at": IN_TIME})
            client.command(
                "intake",
                "campaign",
                CAMPAIGN_ID,
                "open_campaign",
                "office",
                configuration=CONFIGURATION,
            )
            yield House(running, client, mistakes)


@pytest.fixture(scope="module")
def letters() -> Iterator[Letter]:
    """Valid nominations, each of another person."""
    return (Letter(USER, SOURCE, id, body) for id, body in nominations(500))


@pytest.fixture
def gongjiang(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The operator's command line; what it says as JSON."""
    monkeypatch.chdir(tmp_path)
    Session.of(house.system).write()

    program = Path(sys.executable).with_name("gongjiang")

    def run(*words: str) -> Any:
        said = subprocess.run([program, *words, "--json"], check=True, stdout=subprocess.PIPE)
        return json.loads(said.stdout)

    return run


def test_a_message_that_comes_again_is_parked_once() -> None:
    """A quorum queue counts the deliveries in a header of the message."""
    first = BasicProperties(user_id=USER, headers={"cloudEvents:id": "1"})
    again = BasicProperties(user_id=USER, headers={"cloudEvents:id": "1", "x-delivery-count": 2})
    assert parcel(from_broker(first, b"?")) == parcel(from_broker(again, b"?"))


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        (b"\xff\xfe not JSON", nominate.STRUCTURED, "unreadable"),
        (b"<nomination/>", "application/xml", "unreadable"),
        (b"x" * 10_000_000, nominate.STRUCTURED, "too_large"),
        (b'{"specversion": "1.0"}', nominate.STRUCTURED, "unreadable"),
    ],
    ids=["not JSON", "another content type", "10 MB", "half an envelope"],
)
def test_what_cannot_be_read_is_parked_and_can_be_given_up(
    house: House, letters: Iterator[Letter], body: bytes, content_type: str, code: str
) -> None:
    """S42: the sender's name and the reason stay on record; who comes after it is answered."""
    before, after = next(letters), next(letters)
    house.publish(before)
    house.publish(Letter(USER, SOURCE, "poison", body), content_type=content_type)
    house.publish(after)
    assert {house.answer(one)["outcome"] for one in (before, after)} == {"received"}
    (letter,) = house.parked("intake", 1)
    assert letter["source"] == f"inbox:{USER}"
    assert letter["reason"].startswith(f"{code}: ")
    path, reason = f"/parked/{letter['id']}/discard", {"reason": "已联系报送方重新报送"}
    house.client.post("intake", path, "operator", reason)
    assert house.parked("intake", 0) == []
    assert parking_of(house, "intake", letter["id"]) == ["letter_parked.v1", "letter_discarded.v1"]


def test_what_makes_a_policy_raise_waits_with_all_that_follows_about_the_same_nomination(
    house: House, letters: Iterator[Letter], gongjiang: Callable[..., Any]
) -> None:
    """Others go on; once the mistake is mended, a retry brings everything in order."""
    sick, well = next(letters), next(letters)
    house.publish(sick, well)
    wrong, right = (house.answer(one)["nomination_id"] for one in (sick, well))
    house.mistakes.write_text(wrong)
    house.pass_pre_review(wrong)
    parked, _ = house.parked("review", 2)  # what was decided, and whom the nominee is tied to
    assert (parked["source"], parked["key"], parked["reason"]) == (
        "follower:intake",
        wrong,
        "Mistake",
    )
    house.pass_pre_review(right)
    eventually(lambda: house.reviewed(right), bool, "the other nomination")
    house.client.post("intake", f"/api/nominations/{wrong}/release", "office", {})
    house.parked("review", 3)
    assert [one["key"] for one in gongjiang("parked", "list")] == [wrong] * 3
    assert not house.reviewed(wrong)
    house.mistakes.write_text("")
    assert gongjiang("parked", "retry", "review", parked["id"]) == {"processed": 3}
    eventually(lambda: house.reviewed(wrong), bool, "the mended nomination")
    assert house.parked("review", 0) == []
    assert parking_of(house, "review", parked["id"]) == ["letter_parked.v1", "letter_settled.v1"]


def test_a_command_for_an_unknown_nomination_is_refused(house: House) -> None:
    """S39: there is nothing to review before there is something received."""
    with pytest.raises(NotAsExpected, match="409"):
        house.client.command(
            "intake",
            "nomination",
            str(uuid4()),
            "pass_pre_review",
            "office",
            conditions=["C1"],
            opinion="无此申报。",
        )


def test_publishers_go_on_while_the_database_is_away(house: House, servers: Servers) -> None:
    """Nobody's memory grows by what waits, and everything is answered afterwards."""
    if servers.own_postgresql is None:
        pytest.skip("a server that was named to us is not ours to stop")
    waiting = [
        Letter(USER, SOURCE, id, body) for id, body in nominations(UNDER_PRESSURE, start=10_000)
    ]
    before = memory(house.system)
    with servers.without_postgresql():
        begun = time.monotonic()
        for first in range(0, UNDER_PRESSURE, 500):
            house.publish(*waiting[first : first + 500])
        while time.monotonic() - begun < AWAY:
            house.system.processes.check()
            time.sleep(0.1)
        during = memory(house.system)
    eventually(
        lambda: house.client.get(
            "intake", f"/api/submissions?source={SOURCE}&id={waiting[-1].message_id}", "office"
        ),
        bool,
        "the last answer",
        seconds=DRAINS_WITHIN,
    )
    answered = {house.answer(letter)["outcome"] for letter in waiting[:: UNDER_PRESSURE // 50]}
    assert answered == {"received"}
    for name, resident in before.items():
        assert during[name] - resident < GROWS_AT_MOST, name


def memory(running: System) -> dict[str, int]:
    """Resident bytes of each process."""
    return {
        name: psutil.Process(running.processes.pid(name)).memory_info().rss
        for service in SERVICES
        for name in running.names(service)
    }


def parking_of(house: House, service: str, letter: str) -> list[str]:
    """What the log has to say of a parked message."""
    lines = eventually(
        lambda: house.client.get(service, f"/audit/cases/{letter}", "auditor"),
        lambda lines: len(lines) == 2,
        "the history of a parked message",
    )
    return [line["event"] for line in lines]
