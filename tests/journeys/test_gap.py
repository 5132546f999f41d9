"""The broker may lose everything: what a follower missed, it asks the other service for."""

import json
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from typing import Any

import pytest
from pika import BlockingConnection, URLParameters

from deploy.operations.client import Client, eventually
from deploy.operations.demo import CAMPAIGN
from deploy.operations.session import Session
from shared.contracts.ids import campaign_id
from shared.topology import follower_queue, partition_of
from tests.journeys.conftest import Selection
from tests.journeys.plays import carried_out, kill

PARTITIONS = 4
FOLLOWER = "review.messages.0"


@pytest.fixture
def client(selection: Selection) -> Iterator[Client]:
    """A client of the system of the selection."""
    with closing(Session.of(selection.system).client()) as client:
        yield client


def test_lost_queues_are_made_up_for_from_the_log(selection: Selection, client: Client) -> None:
    """Half of review's queues are deleted before anything comes, half are purged after."""
    system = selection.system
    queues = [follower_queue("review", "intake", number) for number in range(PARTITIONS)]
    kill(system, FOLLOWER)
    connection = BlockingConnection(URLParameters(system.broker.admin_url))
    with closing(connection), closing(connection.channel()) as channel:
        for queue in queues[::2]:
            channel.queue_delete(queue)
        opened = [open_campaign(client, partition) for partition in range(PARTITIONS)]
        carried_out(system)
        for queue in queues[1::2]:
            assert channel.queue_declare(queue, passive=True).method.message_count
            channel.queue_purge(queue)
        system.processes.restart(FOLLOWER)
        known = eventually(
            lambda: {
                panel["campaign_id"] for panel in client.get("review", "/api/panels", "office")
            },
            lambda known: known >= set(opened),
            "review knows the campaigns",
        )
        for queue in queues:
            channel.queue_declare(queue, passive=True)
    assert known >= set(opened)


def open_campaign(client: Client, partition: int) -> str:
    """Open one more campaign, the news of which travels in this partition."""
    configuration: dict[str, Any] = json.loads(CAMPAIGN.read_bytes())
    numbers = (f"嘉港区办〔2019〕{number}号" for number in count(1000 * (1 + partition)))
    number = next(
        number
        for number in numbers
        if partition_of(str(campaign_id(number)), PARTITIONS) == partition
    )
    campaign = str(campaign_id(number))
    configuration["document_number"] = number
    client.command(
        "intake", "campaign", campaign, "open_campaign", "office", configuration=configuration
    )
    return campaign
