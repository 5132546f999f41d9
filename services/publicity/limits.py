"""How much the public form takes from one network, and from everybody: token buckets, no CAPTCHA.

A bucket fills by itself and each request takes from it; an empty one says when to come back. The
network (/24 or /56, so that one house is one visitor) is known by a keyed hash alone that changes
every day, and a bucket that has been left alone for a day is forgotten.
"""

import ipaddress
import math
from dataclasses import dataclass
from datetime import date
from typing import LiteralString

from services.publicity.receipts import FormKeys
from shared.application import Application

TAKE: LiteralString = """
INSERT INTO form_buckets AS b (bucket, tokens, at)
VALUES (%(bucket)s, %(size)s - %(cost)s, clock_timestamp())
ON CONFLICT (bucket) DO UPDATE SET
    tokens = least(%(size)s, b.tokens + %(rate)s
        * greatest(0, extract(epoch FROM clock_timestamp() - b.at))) - %(cost)s,
    at = clock_timestamp()
RETURNING tokens
"""

GIVE_BACK: LiteralString = "UPDATE form_buckets SET tokens = tokens + %s WHERE bucket = %s"


@dataclass(frozen=True, slots=True)
class Limit:
    """So much at once, and so much an hour."""

    name: str
    size: float
    an_hour: float


MEGABYTES = 1024.0 * 1024.0
FORMS = (Limit("forms", 60, 60), Limit("forms of all", 1_200, 2_400))
CODES = (Limit("codes", 60, 120), Limit("codes of all", 2_400, 6_000))
BYTES = (
    Limit("bytes", 600 * MEGABYTES, 300 * MEGABYTES),
    Limit("bytes of all", 6_000 * MEGABYTES, 3_000 * MEGABYTES),
)
"""Each of one network and of everybody: a whole office behind one address is welcome."""

Pair = tuple[Limit, Limit]


class Limits:
    """Asks the buckets; one for each process, since they stand in the database."""

    def __init__(self, application: Application, keys: FormKeys) -> None:
        self._application = application
        self._keys = keys

    def take(self, pair: Pair, address: str, today: date, cost: float = 1.0) -> int:
        """Take from the bucket of the network and from that of everybody, or from neither.

        Returns:
            0, or after how many seconds there is enough.
        """
        own, all_ = pair
        asked = (
            (own, self._bucket(own, today, network_of(address))),
            (all_, self._bucket(all_, today, "")),
        )
        with self._application.reading() as connection, connection.transaction():
            taken: list[bytes] = []
            for limit, bucket in asked:
                rate = limit.an_hour / 3600
                row = connection.execute(
                    TAKE, {"bucket": bucket, "size": limit.size, "rate": rate, "cost": cost}
                ).fetchone()
                left = 0.0 if row is None else float(row["tokens"])
                taken.append(bucket)
                if left < 0:
                    for one in taken:
                        connection.execute(GIVE_BACK, (cost, one))
                    return max(1, math.ceil(-left / rate))
        return 0

    def _bucket(self, limit: Limit, today: date, network: str) -> bytes:
        return self._keys.keyed(
            "bucket", limit.name.encode(), str(today).encode(), network.encode()
        )


def forget(application: Application) -> None:
    """Remove the buckets that nobody took from for a day: they are full."""
    with application.reading() as connection:
        connection.execute(
            "DELETE FROM form_buckets WHERE at < clock_timestamp() - interval '1 day'"
        )


def network_of(address: str) -> str:
    """The /24 or /56 in which an address lies; an IPv4 address within IPv6 counts as what it is."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    width = 24 if known.version == 4 else 56
    return str(ipaddress.ip_network(f"{known}/{width}", strict=False))
