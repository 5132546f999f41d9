"""Relay and announcer carry the log to the broker in its order; they may repeat, never skip."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import monotonic
from uuid import UUID, uuid4

import pytest
from pika import BlockingConnection, URLParameters

from deploy.local.servers import Servers
from shared.application import Application
from shared.confirmed import NotConfirmed, Outgoing, Publisher
from shared.leader import leadership
from shared.letters import Letter, moment, read
from shared.relay import Carrier, House, World, letters_after
from shared.topology import (
    declare_events,
    declare_log,
    events_exchange,
    log_exchange,
    partition_of,
)
from tests.actors import OFFICE
from tests.shared.counters import COUNTER
from tests.shared.machinery import counting

PARTITIONS = 4


@pytest.fixture(scope="module")
def application(
    servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    with counting(servers, tmp_path_factory.mktemp("relay"), "test_relay") as made:
        yield made


@pytest.fixture(scope="module")
def broker(servers: Servers) -> Iterator[BlockingConnection]:
    connection = BlockingConnection(URLParameters(servers.amqp_url))
    channel = connection.channel()
    declare_log(channel, "review")
    for partition in range(PARTITIONS):
        channel.queue_declare(heard_from(partition), durable=True)
        channel.queue_bind(
            heard_from(partition), log_exchange("review"), arguments={"partition": partition}
        )
    declare_events(channel, "review")
    channel.queue_declare("news", durable=True)
    channel.queue_bind("news", events_exchange("review"), "clearance_granted")
    yield connection
    for partition in range(PARTITIONS):
        channel.queue_delete(heard_from(partition))
    channel.queue_delete("news")
    connection.close()


def heard_from(partition: int) -> str:
    return f"tests.relay.{partition}"


def count(application: Application, nomination: UUID, number: int = 1) -> int:
    body = {"nomination_id": nomination, "number": number}
    return application.execute("counter", nomination, "add", body, OFFICE).position


class Running:
    """A carrier in a thread of its own, as nameko's green threads run it."""

    def __init__(self, application: Application, outlet: type[House] | type[World]) -> None:
        self._stop = Event()
        self._wake = Event()
        self.carrier = Carrier(
            application,
            outlet(application),
            wait=lambda seconds: self._wake.wait(min(seconds, 0.02)),
            stopped=self._stop.is_set,
        )
        self._thread = Thread(target=self.carrier.run)

    def __enter__(self) -> "Running":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._wake.set()
        self._thread.join()


def letters(broker: BlockingConnection, partition: int, until: int) -> list[Letter]:
    """What came to one partition's queue, until the letter at position `until`."""
    channel = broker.channel()
    found: list[Letter] = []
    end = monotonic() + 20
    while not any(letter.position >= until and not letter.is_head for letter in found):
        assert monotonic() < end, found
        method, properties, body = channel.basic_get(heard_from(partition), auto_ack=True)
        if method is None:
            broker.process_data_events(0.02)
            continue
        headers = properties.headers
        found.append(
            Letter(
                partition,
                headers["position"],
                headers["previous"],
                body,
                headers.get("traceparent"),
                moment(headers.get("recorded")),
            )
        )
    channel.close()
    return [letter for letter in found if not letter.is_head]


def eventually(holds: Callable[[], bool]) -> None:
    end = monotonic() + 20
    while not holds():
        assert monotonic() < end
        Event().wait(0.01)


def test_each_letter_names_the_one_before_it_in_its_partition(
    application: Application, broker: BlockingConnection
) -> None:
    nominations = [uuid4() for _ in range(6)]
    with Running(application, House):
        last = 0
        for nomination in nominations * 3:
            last = count(application, nomination) - 1
        partition = partition_of(str(nominations[-1]), PARTITIONS)
        came = letters(broker, partition, last)
    positions = [letter.position for letter in came]
    assert positions == sorted(positions)
    assert [letter.previous for letter in came[1:]] == positions[:-1]


def test_each_letter_bears_the_trace_of_its_case(
    application: Application, broker: BlockingConnection
) -> None:
    """W3C Trace Context: version, trace, parent, flags."""
    nomination = uuid4()
    with Running(application, House):
        partition = partition_of(str(nomination), PARTITIONS)
        count(application, nomination)
        *_, first, second = letters(broker, partition, count(application, nomination) - 1)
    said = [read(letter.body) for letter in (first, second)]
    assert said[0].correlation == said[1].correlation
    assert first.recorded is not None
    assert abs(datetime.now(UTC) - first.recorded) < timedelta(minutes=5)
    for letter, heard in zip((first, second), said, strict=True):
        version, trace, parent, flags = str(letter.trace).split("-")
        assert (version, flags) == ("00", "01")
        assert (len(trace), len(parent)) == (32, 16)
        assert trace == heard.correlation.hex
        assert heard.source.event_id.hex.startswith(parent)


def test_a_relay_that_dies_before_it_moves_its_position_repeats_and_skips_nothing(
    application: Application, broker: BlockingConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    nomination = uuid4()
    partition = partition_of(str(nomination), PARTITIONS)
    publish = Publisher.publish
    deaths = [1, 2]

    def publish_then_die(self: Publisher, messages: list[Outgoing]) -> None:
        publish(self, messages)
        if messages and deaths:
            deaths.pop()
            raise NotConfirmed("killed between the confirm and the position")

    monkeypatch.setattr(Publisher, "publish", publish_then_die)
    first = count(application, nomination) - 1
    with Running(application, House):
        came = letters(broker, partition, first)
        eventually(lambda: not deaths)
        second = count(application, nomination) - 1
        came += letters(broker, partition, second)
    mine = [letter.position for letter in came if str(nomination).encode() in letter.body]
    assert set(mine) == {first, second}
    assert mine == sorted(mine)
    assert mine.count(first) >= 2


def test_only_one_of_two_relays_leads_and_the_other_takes_over(
    application: Application,
) -> None:
    url = application.settings.database_url
    with leadership(url, "someone") as first, leadership(url, "someone") as second:
        assert first is not None
        assert second is None
    with leadership(url, "someone") as third:
        assert third is not None


def test_a_gap_is_answered_from_the_log_itself(application: Application) -> None:
    nomination = uuid4()
    partition = partition_of(str(nomination), PARTITIONS)
    before = application.log.head
    positions = [count(application, nomination) - 1 for _ in range(5)]
    found = letters_after(application, partition, before, 3)
    assert [letter.position for letter in found.letters][:3] == positions[:3]
    assert found.letters[0].previous == before
    rest = letters_after(application, partition, found.letters[2].position, 100)
    assert [letter.position for letter in rest.letters] == positions[3:]
    assert rest.scanned == application.log.head


def test_news_are_cloudevents_in_binary_mode_with_plain_json_inside(
    application: Application, broker: BlockingConnection
) -> None:
    nomination = uuid4()
    count(application, nomination)
    channel = broker.channel()
    with Running(application, World):
        body, properties = b"", None
        end = monotonic() + 20
        while str(nomination).encode() not in body:
            assert monotonic() < end
            method, properties, body = channel.basic_get("news", auto_ack=True)
            if method is None:
                body = b""
                broker.process_data_events(0.02)
    assert json.loads(body) == {"nomination_id": str(nomination), "campaign_id": str(nomination)}
    assert properties is not None
    assert properties.content_type == "application/json"
    assert properties.headers["cloudEvents:type"] == "gongjiang.review.clearance_granted.v1"
    assert properties.headers["cloudEvents:id"] == properties.message_id
    trace = UUID(properties.headers["cloudEvents:traceparent"].split("-")[1])
    assert str(trace) == properties.headers["cloudEvents:correlationid"]
    version = application.log.batch().version(COUNTER, nomination)
    assert version == 1
