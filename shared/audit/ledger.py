"""The ledger's record of an event and its leaf hash. The format is fixed for ever.

    record = "gongjiang-event-v1" 0x00 | suite u8 | lp(origin) | stream id (16) | version u64
             | lp(topic) | recorded_at µs u64 | lp(actor) | lp(correlation) | lp(causation)
             | previous leaf of this stream (32) | SHA-256(stored bytes) | salt (32)
    leaf   = SHA-256(0x00 | record)                                            (RFC 6962)

`lp(x)` is x with its length as u32 before it; all integers are big-endian. The hash of the
stream's previous leaf stands inside the record, so that one inclusion proof of a stream's head
covers its whole history.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from struct import Struct
from uuid import UUID

PREFIX = b"gongjiang-event-v1\0"
SUITE_SHA256 = b"\x01"
NO_PREVIOUS = bytes(32)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

NUMBERS = Struct(">16sQ").pack
"""A stream's id and a version."""
HASHING = sha256()
"""Copied for each hash: looking the algorithm up again would take longer than a record does."""


def digest(value: bytes) -> bytes:
    """The SHA-256 of these bytes."""
    hashing = HASHING.copy()
    hashing.update(value)
    return hashing.digest()


def lp(value: bytes) -> bytes:
    """The value with its length before it, so that no two records can be spelled the same."""
    return len(value).to_bytes(4, "big") + value


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970 UTC, exactly (no float)."""
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger says of one stored event."""

    stream: UUID
    version: int
    topic: str
    recorded_at: datetime
    actor: str
    correlation: UUID
    causation: str
    state: bytes

    def record(self, origin: bytes, previous: bytes, salt: bytes) -> bytes:
        """The bytes that are hashed. `previous` and `salt` are 32 bytes each."""
        return b"".join(
            (
                PREFIX,
                SUITE_SHA256,
                lp(origin),
                NUMBERS(self.stream.bytes, self.version),
                lp(self.topic.encode()),
                microseconds(self.recorded_at).to_bytes(8, "big"),
                lp(self.actor.encode()),
                lp(self.correlation.bytes),
                lp(self.causation.encode()),
                previous,
                digest(self.state),
                salt,
            )
        )

    def leaf(self, origin: bytes, previous: bytes, salt: bytes) -> bytes:
        """The leaf hash (32 bytes)."""
        return digest(b"\0" + self.record(origin, previous, salt))
