"""Questions and answers over nameko's RPC, where nameko's own ways do not do.

`@rpc` and `Peer` are nameko's `@rpc` and `RpcProxy`, with queues that go with their node. nameko's
are durable and live on one node of a cluster: while that is away nobody could ask or be asked, nor
could the queue be declared elsewhere. Whoever gets no answer asks again.

`@fleeting_rpc` has an answer that the broker holds in memory only. nameko sends every answer as a
persistent message; what is under the seal everywhere else must not be written to the broker's disk
on its way. It still is in the broker's memory, in a queue of the asker, until the asker takes it,
and a broker that runs out of memory may page it out.
"""

from typing import Any

from kombu.entity import Queue
from nameko.amqp.publish import Publisher
from nameko.constants import AMQP_URI_CONFIG_KEY, DEFAULT_SERIALIZER, NON_PERSISTENT
from nameko.rpc import (
    ReplyListener,
    Responder,
    Rpc,
    RpcConsumer,
    RpcProxy,
    get_rpc_exchange,
)

from shared.topology import rpc_queue


class Questions(RpcConsumer):
    """Reads the questions to a service."""

    def setup(self) -> None:
        """Name the queue."""
        super().setup()
        service = self.container.service_name
        self.queue: Any = Queue(  # type: ignore[no-untyped-call]
            rpc_queue(service),
            exchange=get_rpc_exchange(self.container.config),
            routing_key=f"{service}.*",
            durable=False,
        )


class Replies(ReplyListener):
    """Reads the answers to a process."""

    def setup(self) -> None:
        """Have a queue that nobody else reads."""
        super().setup()
        self.queue.durable = False


class Peer(RpcProxy):
    """Another of our services, to be asked."""

    rpc_reply_listener = Replies()


class Answering(Rpc):
    """See the module."""

    rpc_consumer = Questions()


class FleetingPublisher(Publisher):
    """Its messages are gone when the broker is."""

    delivery_mode = NON_PERSISTENT


class FleetingResponder(Responder):
    """Sends a transient answer."""

    publisher_cls = FleetingPublisher


class FleetingRpc(Answering):
    """See the module."""

    def handle_result(self, message: Any, worker_ctx: Any, result: Any, exc_info: Any) -> Any:
        """Answer, then acknowledge the question."""
        config = self.container.config
        responder = FleetingResponder(
            config[AMQP_URI_CONFIG_KEY], get_rpc_exchange(config), DEFAULT_SERIALIZER, message
        )
        result, exc_info = responder.send_response(result, exc_info)
        self.rpc_consumer.queue_consumer.ack_message(message)
        return result, exc_info


rpc = Answering.decorator
fleeting_rpc = FleetingRpc.decorator
