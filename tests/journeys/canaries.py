"""Canaries: values that stand nowhere else, planted in every personal field, and looked for."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import httpx
from pika import BlockingConnection, URLParameters

from deploy.local.broker import management, part
from deploy.local.servers import Servers
from deploy.local.system import System
from tests.journeys.witness import SAMPLES, Kept

PLAIN = {
    "sex",
    "education",
    "photo_sha256",
    "industry",
    "employer",
    "years_in_trade",
    "years_in_port_area",
}
"""Fields of the form of which nobody could tell a canary, or that the rules compare."""

CODES = {"from", "to", "date", "level", "kind", "material", "area", "reviewed_on", "text"}
"""Names inside of the form whose values are dates, codes, references, or fixed texts."""


def checked(digits: str) -> str:
    """Seventeen digits with their check character (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return digits + "10X98765432"[total % 11]


def patent(number: int) -> str:
    """The number of a patent with its check character."""
    digits = f"2017187654{number}1"
    weights = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return f"ZL{digits}.{'0123456789X'[total % 11]}"


class Canaries:
    """One nomination full of them; `planted` is field -> value.

    Args:
        number: tells one nomination's from another's.
    """

    def __init__(self, number: int, campaign: str) -> None:
        self.planted: dict[str, str] = {}
        self._number = number
        self.event = self._planted_in(json.loads((SAMPLES / "good-1.json").read_bytes()), campaign)

    @property
    def body(self) -> bytes:
        """The CloudEvent."""
        return json.dumps(self.event, ensure_ascii=False).encode()

    def _planted_in(self, event: dict[str, Any], campaign: str) -> dict[str, Any]:
        event = deepcopy(event) | {"id": f"canary-{self._number}"}
        data, form = event["data"], event["data"]["form"]
        data["campaign"] = campaign
        number = checked(f"89000019880716{self._number}91")
        own = {
            "name": self._plant("name", f"金丝雀{'甲乙丙丁'[self._number]}"),
            "id_number": self._plant("id_number", number),
            "mobile": self._plant("mobile", f"1541234560{self._number}"),
            "office_phone": self._plant("office_phone", f"0573-8765432{self._number}"),
            "email": self._plant("email", f"canary-{self._number}@example.com"),
        }
        form["recommender_opinion"]["text"] = form["recommender_opinion"]["text"].replace(
            form["name"], own["name"]
        )
        form |= {
            name: own.get(name) or (value if name in PLAIN else self._within(name, value))
            for name, value in form.items()
        }
        form["patents"][0]["number"] = self._plant("patents.0.number", patent(self._number))
        for material in data["materials"][1:]:  # the title of the first is that of the form
            material["title"] = self._marked(f"materials.{material['id']}", material["title"])
        form["applicant_commitment"]["signed_by"] = own["name"]
        return event

    def _within(self, path: str, value: Any) -> Any:
        match value:
            case dict():
                return {
                    name: one if name in CODES else self._within(f"{path}.{name}", one)
                    for name, one in value.items()
                }
            case list():
                return [self._within(f"{path}.{place}", one) for place, one in enumerate(value)]
            case str() if value:
                return self._marked(path, value)
            case _:
                return value

    def _marked(self, path: str, value: str) -> str:
        mark = self._plant(path, f"雀{self._number}{len(self.planted):03d}羽")
        return f"{value}{mark}"

    def _plant(self, path: str, value: str) -> str:
        self.planted[path] = value
        return value


def seen(kept: Iterator[Kept], *flocks: Mapping[str, str]) -> set[tuple[str, str]]:
    """Where a canary can be read, as it is or as JSON or Python may escape it: (where, field)."""
    forms = [
        (field, form)
        for flock in flocks
        for field, value in flock.items()
        for form in {
            value.encode(),
            json.dumps(value)[1:-1].encode(),
            repr(value.encode())[2:-1].encode(),
        }
    ]
    return {(one.where, field) for one in kept for field, form in forms if form in one.content}


def dumped(system: System) -> Iterator[Kept]:
    """A plain dump of every database, as a backup would hold it."""
    for name, database in system.databases.items():
        done = subprocess.run(
            ["pg_dump", "--inserts", "--dbname", database.owner_url],
            capture_output=True,
            check=True,
        )
        yield Kept(f"dump of {name}", readable(done.stdout))


def readable(dump: bytes) -> bytes:
    """The dump, and behind it what its `bytea` columns hold: they are written as hexadecimal."""
    parts = dump.split(b"'\\x")[1:]
    columns = (bytes.fromhex(part.partition(b"'")[0].decode()) for part in parts)
    return b"\n".join((dump, *columns))


def queued(system: System, servers: Servers) -> Iterator[Kept]:
    """Every message that waits in any queue of the system; they stay there.

    A queue of a single active consumer, or of one connection, lets nobody else look: what goes
    into these is what `tap` hears. A broker without a management API names no queues.
    """
    if servers.broker_api is None:
        return
    admin = URLParameters(system.broker.admin_url)
    with management(servers.broker_api) as api:
        queues = api.get(f"/queues/{part(admin.virtual_host)}").raise_for_status().json()
    connection = BlockingConnection(admin)
    try:
        channel = connection.channel()
        for name in (queue["name"] for queue in queues if not closed(queue)):
            while (got := channel.basic_get(name))[0] is not None:
                yield Kept(f"queue {name}", bytes(got[2] or b""))
    finally:
        connection.close()


def closed(queue: Mapping[str, Any]) -> bool:
    """Whether only its own reader may look into it."""
    return bool(queue.get("exclusive") or queue["arguments"].get("x-single-active-consumer"))


def shown(system: System, paths: tuple[str, ...]) -> Iterator[Kept]:
    """What the portal answers to everybody."""
    for path in paths:
        answer = httpx.get(f"{system.addresses['publicity']}{path}", timeout=10)
        yield Kept(f"portal {path}", answer.raise_for_status().content)
