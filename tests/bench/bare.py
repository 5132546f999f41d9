"""The bare path: pika consumes, one INSERT is committed, a reply is published.

    python -m tests.bench.bare

The environment names the broker (AMQP_URL) and the database (DATABASE_URL).
"""

import os
from typing import Any

import psycopg
from pika import BasicProperties, BlockingConnection, URLParameters

from tests.bench.queues import REPLIES, REQUESTS

PREFETCH = 100


def main() -> None:
    """Answer until the process ends."""
    connection = BlockingConnection(URLParameters(os.environ["AMQP_URL"]))
    channel = connection.channel()
    channel.basic_qos(prefetch_count=PREFETCH)
    persistent = BasicProperties(delivery_mode=2)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database:

        def answer(_: Any, method: Any, properties: BasicProperties, body: bytes) -> None:
            database.execute("INSERT INTO bare (body) VALUES (%b)", (body,))
            reply = b'{"id":"%s"}' % str(properties.message_id).encode()
            channel.basic_publish("", REPLIES, reply, persistent)
            channel.basic_ack(method.delivery_tag)

        channel.basic_consume(REQUESTS, answer)
        channel.start_consuming()


if __name__ == "__main__":
    main()
