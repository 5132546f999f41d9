"""The world outside during a run: systems that publish, people who act, and what they witness.

Everything is drawn from one seed. A system publishes until the broker has confirmed, and takes its
receipts; only when told that the broker has lost its data does it publish again what was confirmed
and never answered. People ask once; what they are answered is a promise.
"""

import json
import logging
import random
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing, suppress
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Lock
from typing import Any
from uuid import UUID, uuid5

import httpx
from pika import BasicProperties, BlockingConnection, URLParameters
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError, NackError, UnroutableError

from deploy.local.system import SERVICES, System, publishers
from deploy.operations.client import Client, NotAsExpected
from deploy.operations.demo import CAMPAIGN, accounts
from deploy.operations.nominate import EXCHANGE, ROUTING_KEY, STRUCTURED
from shared.contracts.ids import campaign_id
from shared.topology import receipts_queue
from tests.bench.nominations import id_number
from tests.chaos.checker import Aside, Promise, Receipt, Sent, digest_of

SAMPLES = Path(__file__).resolve().parents[2] / "deploy" / "samples"
FORMS = {
    "zlb": ("good-1", ["C1"]),
    "rsj": ("good-1", ["C1"]),
    "xcl-association": ("good-4", ["C4"]),
}
CONFIGURATION = json.loads(CAMPAIGN.read_text())
CAMPAIGN_ID = str(campaign_id(CONFIGURATION["document_number"]))
IN_TIME = "2019-12-10T10:00:00+08:00"
SPACE = UUID("00000000-0000-5000-8000-0000000c4a05")
RECONNECT = 0.3
GIVES_UP = 0.1
"""How often a system does not publish again what was not confirmed."""

log = logging.getLogger(__name__)


# what is said


@dataclass(frozen=True, slots=True)
class Saying:
    """A message to publish; a poison is to be parked, for this reason."""

    source: str
    id: str
    body: bytes
    content_type: str = STRUCTURED
    poison: str | None = None


class Author:
    """Writes one system's messages: most of them valid, some not, some again.

    `people` are shared by the systems, so that one person may be nominated by several.
    """

    def __init__(self, user: str, number: int, rng: random.Random) -> None:
        (publisher,) = [one for one in publishers() if one.user == user]
        self._source = publisher.sources[0]
        sample, _ = FORMS[user]
        self._event: dict[str, Any] = json.loads((SAMPLES / f"{sample}.json").read_text())
        self._event["source"] = self._source
        self._offset = number * 1_000_000
        self._rng = rng
        self._said: list[Saying] = []
        self._count = 0

    def next(self) -> Saying:
        """Another message."""
        self._count += 1
        chance = self._rng.random()
        known = [one for one in self._said[-200:] if one.poison is None]
        if known and chance < 0.06:
            return self._rng.choice(known)
        if known and chance < 0.09:
            return self._keep(self._conflicting(self._rng.choice(known)))
        if chance < 0.11:
            return self._keep(self._poison())
        if chance < 0.14:
            return self._keep(self._written(self._new_person(), {"type": 0}))
        if chance < 0.19 and self._count > 20:
            known_person = self._offset_of(self._rng.randrange(1, self._count))
            return self._keep(self._written(known_person))
        return self._keep(self._written(self._new_person()))

    def _keep(self, saying: Saying) -> Saying:
        self._said.append(saying)
        return saying

    def _new_person(self) -> int:
        return self._offset_of(self._count)

    def _offset_of(self, count: int) -> int:
        """Every tenth person is known to all systems."""
        return count if count % 10 == 0 else self._offset + count

    def _written(self, person: int, changes: dict[str, Any] | None = None) -> Saying:
        event = deepcopy(self._event)
        event["id"] = f"{self._source.rpartition(':')[2]}-{self._count}"
        event["data"]["form"]["id_number"] = id_number(person)
        event["data"]["form"]["mobile"] = f"154{person:08}"
        if changes is not None:
            event["data"]["form"]["employer"]["uscc"] = "91890000MAXXXX0150"
            event["data"]["campaign"] = "虚构办〔2019〕1号"
        return Saying(self._source, event["id"], json.dumps(event, ensure_ascii=False).encode())

    def _conflicting(self, saying: Saying) -> Saying:
        event = json.loads(saying.body)
        event["data"]["form"]["mobile"] = f"154{self._rng.randrange(10**8):08}"
        return replace(saying, body=json.dumps(event, ensure_ascii=False).encode())

    def _poison(self) -> Saying:
        source, id = self._source, f"poison-{self._count}"
        match self._count % 4:
            case 0:
                body = f"not JSON {self._source} {self._count}".encode()
                return Saying(source, id, body, "text/plain", UNREADABLE)
            case 1:
                body = json.dumps({"specversion": "1.0", "id": id, "of": source}).encode()
                return Saying(source, id, body, STRUCTURED, UNREADABLE)
            case 2:
                event = {**self._event, "id": id, "source": "urn:somebody:else"}
                reason = "unknown_source: the user may not speak for this source"
                return Saying(source, id, json.dumps(event).encode(), STRUCTURED, reason)
            case _:
                body = json.dumps({**self._event, "id": id}).encode() + b" " * 1_050_000
                return Saying(source, id, body, STRUCTURED, "too_large: more than 1048576 bytes")


UNREADABLE = "unreadable: not a CloudEvent 1.0 in JSON"


# who says it


@dataclass
class Sender:
    """One outside system."""

    user: str
    url: str
    author: Author
    rate: float
    stop: Event
    rng: random.Random
    draining: Event = field(default_factory=Event)
    """Nothing new is said any more."""
    lock: Lock = field(default_factory=Lock)
    sent: dict[tuple[str, str, str], tuple[Saying, bool]] = field(default_factory=dict)
    receipts: list[Receipt] = field(default_factory=list)
    again: deque[Saying] = field(default_factory=deque)
    longest_silence: float = 0.0
    latest: float = field(default_factory=time.monotonic)

    def run(self) -> None:
        """Publish and listen until stopped, through all that happens to the broker."""
        while not self.stop.is_set():
            try:
                self._connected()
            except (AMQPError, OSError) as fault:
                log.debug("%s connects again: %r", self.user, fault)
                self.stop.wait(RECONNECT)

    def _connected(self) -> None:
        parameters = URLParameters(self.url)
        parameters.heartbeat = 10
        parameters.socket_timeout = parameters.blocked_connection_timeout = 10
        connection = BlockingConnection(parameters)
        try:
            channel = connection.channel()
            channel.confirm_delivery()
            listening = connection.channel()
            listening.add_on_cancel_callback(lambda _: connection.close())
            listening.basic_consume(receipts_queue(self.user), self._hear)
            while not self.stop.is_set():
                if self.again or not self.draining.is_set():
                    self._publish(channel)
                connection.process_data_events(time_limit=self.rng.expovariate(self.rate))
        finally:
            if connection.is_open:
                connection.close()

    def _publish(self, channel: BlockingChannel) -> None:
        saying = self.again.popleft() if self.again else self.author.next()
        key = saying.source, saying.id, digest_of(saying.body)
        with self.lock:
            self.sent.setdefault(key, (saying, False))
        try:
            channel.basic_publish(
                EXCHANGE,
                ROUTING_KEY,
                saying.body,
                BasicProperties(
                    content_type=saying.content_type,
                    delivery_mode=2,
                    user_id=self.user,
                    message_id=saying.id,
                ),
                mandatory=True,
            )
        except (AMQPError, OSError) as fault:
            if self.rng.random() > GIVES_UP:
                self.again.append(saying)
            if not isinstance(fault, UnroutableError | NackError):
                raise
            self.stop.wait(RECONNECT)
        else:
            with self.lock:
                self.sent[key] = (saying, True)

    def _hear(self, channel: BlockingChannel, method: Any, properties: Any, body: bytes) -> None:
        fields = json.loads(body)
        receipt = Receipt(
            user=self.user,
            event=properties.message_id,
            source=fields["source"],
            id=fields["id"],
            outcome=fields["outcome"],
            nomination_id=fields["nomination_id"],
        )
        now = time.monotonic()
        with self.lock:
            self.receipts.append(receipt)
            self.longest_silence = max(self.longest_silence, now - self.latest)
            self.latest = now
        channel.basic_ack(method.delivery_tag)

    def unanswered(self) -> list[Saying]:
        """What was confirmed and has no receipt; a conflict is known by its digest alone, so an id
        counts as answered when as many different answers came as messages were sent under it."""
        with self.lock:
            answers: dict[str, set[str]] = {}
            for receipt in self.receipts:
                answers.setdefault(receipt.id, set()).add(receipt.event)
            asked: dict[str, list[Saying]] = {}
            for saying, confirmed in self.sent.values():
                if confirmed:
                    asked.setdefault(saying.id, []).append(saying)
        return [
            saying
            for id, sayings in asked.items()
            for saying in sayings
            if saying.poison is None and len(answers.get(id, ())) < len(sayings)
        ]

    def publish_again(self) -> None:
        """The broker has lost its data: what was confirmed and not answered is said again."""
        self.again.extend(self.unanswered())
        with self.lock:
            poison = [one for one, confirmed in self.sent.values() if one.poison and confirmed]
        self.again.extend(poison[-100:])

    def witnessed(self) -> list[Sent]:
        """What was published."""
        with self.lock:
            return [
                Sent(self.user, source, id, digest, confirmed)
                for (source, id, digest), (saying, confirmed) in self.sent.items()
                if saying.poison is None
            ]

    def poison(self, *, confirmed: bool) -> Iterator[Aside]:
        """What must be parked because it was confirmed; or what may be, though it was not."""
        for saying, was_confirmed in self.sent.values():
            if saying.poison is not None and was_confirmed is confirmed:
                yield Aside(f"inbox:{self.user}", saying.poison)


# who acts


@dataclass
class People:
    """The office, investigators and the leading group, one step after the other."""

    system: System
    senders: list[Sender]
    rate: float
    stop: Event
    rng: random.Random
    promises: list[Promise] = field(default_factory=list)
    refused: int = 0
    unknown: int = 0
    _seen: dict[str, int] = field(default_factory=dict)

    def open_campaign(self) -> None:
        """Before anything else."""
        with closing(Client(self.system.addresses)) as client:
            for service in SERVICES:
                client.post(service, "/clock", "operator", {"at": IN_TIME})
            self._promised(
                "intake",
                client.command(
                    "intake",
                    "campaign",
                    CAMPAIGN_ID,
                    "open_campaign",
                    "office",
                    configuration=CONFIGURATION,
                ),
            )

    def run(self) -> None:
        """Act until stopped."""
        with closing(Client(self.system.addresses)) as client:
            for account in ("office", "investigator-1", "leading-group"):
                client.token(account)
            while not self.stop.wait(self.rng.expovariate(self.rate)):
                for receipt in self._new_receipts():
                    if self.stop.is_set():
                        return
                    self._act(client, receipt)
                    self.stop.wait(self.rng.expovariate(self.rate))

    def _new_receipts(self) -> list[Receipt]:
        """Of what came since the last time, a handful."""
        fresh: list[Receipt] = []
        for sender in self.senders:
            with sender.lock:
                known = self._seen.get(sender.user, 0)
                fresh += [one for one in sender.receipts[known:] if one.nomination_id is not None]
                self._seen[sender.user] = len(sender.receipts)
        return self.rng.sample(fresh, min(len(fresh), 12))

    def _act(self, client: Client, receipt: Receipt) -> None:
        nomination = str(receipt.nomination_id)
        if receipt.outcome == "held":
            self._ask(client, "intake", f"/api/nomination/{nomination}/resolve_duplicate")
        _, conditions = FORMS[receipt.user]
        passed = self._ask(
            client,
            "intake",
            f"/api/nomination/{nomination}/pass_pre_review",
            conditions=conditions,
            opinion="材料齐全，符合评选条件，同意列为拟入围人选。",
        )
        if not passed:
            return
        chance = self.rng.random()
        if chance < 0.10:
            self._ask(client, "intake", f"/api/nominations/{nomination}/release")
        elif chance < 0.45:
            self._investigate(client, nomination, fraud=chance < 0.25)

    def _investigate(self, client: Client, nomination: str, *, fraud: bool) -> None:
        path = f"/api/investigation/{uuid5(SPACE, nomination)}"
        named = [one for one in accounts() if one["id"].startswith("investigator")]
        investigators = [{key: one[key] for key in ("id", "organisation", "uscc")} for one in named]
        opened = self._ask(
            client,
            "review",
            f"{path}/open_investigation",
            nomination_id=nomination,
            campaign_id=CAMPAIGN_ID,
            allegation="反映申报材料与登记不符",
            investigators=investigators,
        )
        if not opened:
            return
        self._ask(
            client,
            "review",
            f"{path}/record_evidence",
            "investigator-1",
            sha256=digest_of(nomination.encode()),
            description="登记机关复函",
        )
        self._ask(
            client,
            "review",
            f"{path}/conclude_investigation",
            "leading-group",
            finding="fraud" if fraud else "unfounded",
            statement="核查结束。",
            public_reason="申报材料弄虚作假",
        )

    def _ask(
        self, client: Client, service: str, path: str, account: str = "office", **body: Any
    ) -> bool:
        try:
            self._promised(service, client.post(service, path, account, body))
        except NotAsExpected as refusal:
            log.debug("%s", refusal)
            self.refused += 1
            return False
        except (httpx.HTTPError, OSError):
            self.unknown += 1
            return False
        return True

    def _promised(self, service: str, answer: Any) -> None:
        self.promises.append(Promise(service, answer["position"], tuple(answer["events"])))


def set_clock(system: System, moment: str) -> None:
    """Set the clocks of all services; one whose web side is away keeps its own."""
    with closing(Client(system.addresses)) as client:
        for service in SERVICES:
            with suppress(NotAsExpected, httpx.HTTPError):
                client.post(service, "/clock", "operator", {"at": moment})
