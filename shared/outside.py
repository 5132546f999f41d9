"""What other systems publish: from the broker into our own types, and as it is parked."""

from base64 import b64decode, b64encode

import orjson
from pika import BasicProperties

from shared.contracts.cloudevents import Delivery

BROKERS_OWN = "x-"
"""How the headers begin that the broker adds, such as `x-delivery-count`."""


def parcel(delivery: Delivery) -> bytes:
    """A delivery as it is kept when it is parked."""
    return orjson.dumps(
        {
            "user": delivery.user,
            "content_type": delivery.content_type,
            "headers": {name: plain(value) for name, value in delivery.headers.items()},
            "body": b64encode(delivery.body).decode(),
        }
    )


def plain(value: object) -> str | int | bool | None:
    """A header's value as it is kept; of a nested one only that it was there."""
    return value if isinstance(value, str | int | bool | None) else f"({type(value).__name__})"


def text(value: object) -> str | None:
    """A property of a message as text: a client may send bytes that are none."""
    match value:
        case None | "":
            return None
        case bytes():
            return value.decode("latin-1")
        case _:
            return str(value)


def from_broker(properties: BasicProperties, body: bytes) -> Delivery:
    """A message as the broker delivered it, in our own types.

    Without the broker's own headers: they count deliveries, and the message is the same each time.
    """
    named = {text(name) or "": value for name, value in (properties.headers or {}).items()}
    headers = {name: value for name, value in named.items() if not name.startswith(BROKERS_OWN)}
    return Delivery(text(properties.user_id), text(properties.content_type), headers, body)


def delivery_of(body: bytes) -> Delivery:
    """What `parcel` kept."""
    fields = orjson.loads(body)
    return Delivery(
        fields["user"], fields["content_type"], fields["headers"], b64decode(fields["body"])
    )
