"""Answers over nameko's RPC that the broker holds in memory only.

nameko sends every answer as a persistent message. What is under the seal everywhere else must not
be written to the broker's disk on its way: `@fleeting_rpc` is `@rpc` with an answer that is
transient. It still is in the broker's memory, in a queue of the asker, until the asker takes it,
and a broker that runs out of memory may page it out.
"""

from typing import Any

from nameko.amqp.publish import Publisher
from nameko.constants import AMQP_URI_CONFIG_KEY, DEFAULT_SERIALIZER, NON_PERSISTENT
from nameko.rpc import Responder, Rpc, get_rpc_exchange


class FleetingPublisher(Publisher):
    """Its messages are gone when the broker is."""

    delivery_mode = NON_PERSISTENT


class FleetingResponder(Responder):
    """Sends a transient answer."""

    publisher_cls = FleetingPublisher


class FleetingRpc(Rpc):
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


fleeting_rpc = FleetingRpc.decorator
