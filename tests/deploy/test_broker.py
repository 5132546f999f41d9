"""What a user of the broker may do, and what it may not."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pika
import pytest
from pika.exceptions import ChannelClosedByBroker, ProbableAccessDeniedError

from deploy.local.broker import Broker, Permissions, Topic, drop_broker, prepare_broker
from deploy.local.servers import Servers

USERS = {
    "test-publisher": Permissions(
        write="^news$", topics={"news": Topic(write="^publisher\\."), "other": Topic()}
    ),
    "test-reader": Permissions(
        configure="^reader\\..*", write="^reader\\..*", read="^(news|reader\\..*)$"
    ),
}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secrets")


@pytest.fixture(scope="module")
def broker(servers: Servers, secrets: Path) -> Iterator[Broker]:
    prepared = prepare_broker(servers, "deploy/test", USERS, secrets)
    if not prepared.confined:
        pytest.skip("AMQP_URL names a broker without management API")
    with channel(prepared.admin_url) as administrator:
        administrator.exchange_declare("news", "topic", durable=True)
    yield prepared
    drop_broker(servers, "deploy/test", USERS)


@contextmanager
def channel(url: str) -> Iterator[Any]:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        yield connection.channel()
    finally:
        connection.close()


def test_a_user_publishes_where_it_may(broker: Broker) -> None:
    with channel(broker.urls["test-reader"]) as reader:
        reader.queue_declare("reader.news", exclusive=True)
        reader.queue_bind("reader.news", "news", "#")
        with channel(broker.urls["test-publisher"]) as publisher:
            publisher.confirm_delivery()
            publisher.basic_publish("news", "publisher.said", b"body", mandatory=True)
        assert reader.basic_get("reader.news", auto_ack=True)[2] == b"body"


def test_a_user_does_not_publish_under_a_key_of_another(broker: Broker) -> None:
    with channel(broker.urls["test-publisher"]) as publisher:
        publisher.confirm_delivery()
        with pytest.raises(ChannelClosedByBroker, match="ACCESS_REFUSED"):
            publisher.basic_publish("news", "someone-else.said", b"body")


def test_a_user_declares_nothing_that_is_not_its_own(broker: Broker) -> None:
    for url in broker.urls.values():
        with (
            channel(url) as user,
            pytest.raises(ChannelClosedByBroker, match="ACCESS_REFUSED"),
        ):
            user.queue_declare("intake.inbox")


def test_a_user_stays_in_its_virtual_host(broker: Broker) -> None:
    elsewhere = broker.urls["test-reader"].replace("/deploy%2Ftest", "/%2F")
    with pytest.raises(ProbableAccessDeniedError):
        pika.BlockingConnection(pika.URLParameters(elsewhere))


def test_preparing_again_takes_back_what_was_granted(
    servers: Servers, broker: Broker, secrets: Path
) -> None:
    wider = {"test-publisher": Permissions(write="^news$", topics={"news": Topic(write=".*")})}
    assert prepare_broker(servers, "deploy/test", wider, secrets).urls == {
        "test-publisher": broker.urls["test-publisher"]
    }
    assert prepare_broker(servers, "deploy/test", USERS, secrets) == broker
    test_a_user_does_not_publish_under_a_key_of_another(broker)


def test_without_management_every_user_is_the_administrator(
    servers: Servers, secrets: Path
) -> None:
    named = replace(servers, broker_api=None)
    prepared = prepare_broker(named, "deploy/test", USERS, secrets)
    assert prepared == Broker(
        servers.amqp_url, dict.fromkeys(USERS, servers.amqp_url), confined=False
    )
