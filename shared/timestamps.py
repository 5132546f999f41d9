"""Lets pika read a header whose timestamp lies beyond the calendar, such as one in milliseconds.

pika turns each header of type timestamp into a datetime, and an impossible one into an exception
that ends the connection; the message would come again, and end the next one, for ever. Such a
header stays a number instead.
"""

import struct
from typing import Any

import pika.data

_decode = pika.data.decode_value


def decode_value(encoded: bytes, offset: int) -> tuple[Any, int]:
    """What pika's own function reads, or the number of an impossible timestamp."""
    try:
        value: tuple[Any, int] = _decode(encoded, offset)
    except (ValueError, OverflowError, OSError):
        if encoded[offset : offset + 1] != b"T":
            raise
        return struct.unpack_from(">Q", encoded, offset + 1)[0], offset + 9
    return value


def be_lenient() -> None:
    """From now on, in this process."""
    pika.data.decode_value = decode_value
