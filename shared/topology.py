"""Exchanges and queues: what each is called, and how it is declared.

<service>.log      headers  our own services, by partition
<service>.events   topic    anybody who binds, by the message's name
nominations        topic    other systems publish here ─> intake.inbox
receipts           direct   the answers, by publisher  ─> receipts.<user>
vetting            topic    departments publish here   ─> review.inbox
audit.checkpoints  topic    the signer and the witnesses ─> <service>.checkpoints
"""

from typing import Any
from zlib import crc32

from pika.adapters.blocking_connection import BlockingChannel
from pika.channel import Channel

NOMINATIONS = "nominations"
RECEIPTS = "receipts"
INBOX = "intake.inbox"
VETTING = "vetting"
REPLIES = "review.inbox"
REPLIED = "vetting.replied"
"""The routing key of a department's reply."""
CHECKPOINTS = "audit.checkpoints"

QUORUM = {"x-queue-type": "quorum"}
LAST_RESORT = {"x-delivery-limit": 100_000}
"""Parking is ours; the broker's own limit must never take a healthy message away."""


def partition_of(key: str, partitions: int) -> int:
    """The partition in which everything about this nomination or campaign stays in order."""
    return crc32(key.encode()) % partitions


def log_exchange(service: str) -> str:
    """Where a service's relay publishes to our other services."""
    return f"{service}.log"


def events_exchange(service: str) -> str:
    """Where a service's announcer publishes news; stock nameko handlers bind here."""
    return f"{service}.events"


def follower_queue(consumer: str, upstream: str, partition: int) -> str:
    """The queue in which one partition of an upstream service waits for one consumer."""
    return f"{consumer}.from.{upstream}.{partition}"


def rpc_queue(service: str) -> str:
    """The queue in which questions to a service wait for whichever replica answers."""
    return f"{service}.rpc"


def receipts_queue(user: str) -> str:
    """Where the answers to one publisher wait."""
    return f"receipts.{user}"


def proofs_key(user: str) -> str:
    """By which the proofs of one publisher's receipts are routed."""
    return f"{user}.proofs"


def signed_key(service: str) -> str:
    """By which the signed checkpoints of a service's log are routed."""
    return f"signed.{service}"


def is_signed_key(key: str) -> bool:
    """Whether it is the signer that publishes by this key."""
    return key.startswith("signed.")


def cosigned_key(service: str) -> str:
    """By which what a service has witnessed is routed."""
    return f"cosigned.{service}"


def checkpoints_queue(service: str) -> str:
    """Where checkpoints wait for a service that keeps and witnesses them."""
    return f"{service}.checkpoints"


def declare_log(channel: BlockingChannel | Channel, service: str) -> None:
    """The exchange of a service's relay."""
    channel.exchange_declare(log_exchange(service), "headers", durable=True)


def declare_events(channel: BlockingChannel | Channel, service: str) -> None:
    """The exchange of a service's announcer, declared as nameko declares it."""
    channel.exchange_declare(events_exchange(service), "topic", durable=True)


def declare_follower(
    channel: BlockingChannel, consumer: str, upstream: str, partitions: int
) -> list[str]:
    """The queues of a follower: bounded, and dropping the oldest, since a loss is repaired."""
    declare_log(channel, upstream)
    queues = []
    for partition in range(partitions):
        queue = follower_queue(consumer, upstream, partition)
        arguments: dict[str, Any] = {
            **QUORUM,
            **LAST_RESORT,
            "x-single-active-consumer": True,
            "x-max-length": 100_000,
            "x-overflow": "drop-head",
        }
        channel.queue_declare(queue, durable=True, arguments=arguments)
        channel.queue_bind(
            queue,
            log_exchange(upstream),
            arguments={"x-match": "all", "partition": partition},
        )
        queues.append(queue)
    return queues


def declare_inbox(channel: BlockingChannel, publishers: list[str]) -> str:
    """Where other systems publish nominations, and where each finds its receipts."""
    channel.exchange_declare(RECEIPTS, "direct", durable=True)
    _declare_entrance(channel, NOMINATIONS, INBOX)
    for user in publishers:
        queue = receipts_queue(user)
        arguments = {**QUORUM, "x-max-length": 1_000_000, "x-overflow": "drop-head"}
        channel.queue_declare(queue, durable=True, arguments=arguments)
        channel.queue_bind(queue, RECEIPTS, user)
        proofs = receipts_queue(proofs_key(user))
        channel.queue_declare(proofs, durable=True, arguments=arguments)
        channel.queue_bind(proofs, RECEIPTS, proofs_key(user))
    return INBOX


def declare_checkpoints(channel: BlockingChannel | Channel) -> None:
    """The exchange of the signer and the witnesses."""
    channel.exchange_declare(CHECKPOINTS, "topic", durable=True)


def declare_witness(channel: BlockingChannel, service: str) -> str:
    """The queue of a witness: bounded, and dropping the oldest, since the last ones come again."""
    declare_checkpoints(channel)
    queue = checkpoints_queue(service)
    arguments = {**QUORUM, **LAST_RESORT, "x-max-length": 10_000, "x-overflow": "drop-head"}
    channel.queue_declare(queue, durable=True, arguments=arguments)
    channel.queue_bind(queue, CHECKPOINTS, "#")
    return queue


def declare_replies(channel: BlockingChannel) -> str:
    """Where departments publish their replies (P8)."""
    _declare_entrance(channel, VETTING, REPLIES)
    return REPLIES


def _declare_entrance(channel: BlockingChannel, exchange: str, inbox: str) -> None:
    """An exchange for others and the queue behind it, which refuses rather than drops."""
    channel.exchange_declare(exchange, "topic", durable=True)
    channel.queue_declare(
        inbox,
        durable=True,
        arguments={
            **QUORUM,
            **LAST_RESORT,
            "x-max-length": 1_000_000,
            "x-overflow": "reject-publish",
        },
    )
    channel.queue_bind(inbox, exchange, "#")
