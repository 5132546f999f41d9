"""What others can do from outside, and what they cannot."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from pika import BasicProperties, BlockingConnection, URLParameters
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from deploy.operations.client import Client, eventually
from deploy.operations.demo import DECISION, EXPERTS, SAMPLES
from deploy.operations.nominate import EXCHANGE, ROUTING_KEY, STRUCTURED
from deploy.operations.session import Session
from shared.contracts.submission import TYPE
from shared.formats.identity_numbers import check_digit
from shared.topology import REPLIED, VETTING
from tests.intake.samples import event
from tests.journeys.conftest import Selection
from tests.journeys.witness import Message, Tap, tap

IN_TIME = "2019-12-10T17:00:00+08:00"

pytestmark = pytest.mark.usefixtures("confined")


@dataclass
class Outside:
    """The world around the system of the selection, once more before its deadline."""

    session: Session
    client: Client
    tap: Tap
    _receipts: list[Message] = field(default_factory=list)

    @contextmanager
    def channel(self, user: str) -> Iterator[BlockingChannel]:
        """As this user of the broker."""
        connection = BlockingConnection(URLParameters(self.session.amqp_urls[user]))
        try:
            yield connection.channel()
        finally:
            connection.close()

    def publish(self, user: str, body: bytes, **properties: Any) -> None:
        """Send this to the nominations, as this user of the broker."""
        known = {"content_type": STRUCTURED, "delivery_mode": 2, "user_id": user}
        with self.channel(user) as channel:
            channel.confirm_delivery()
            channel.basic_publish(
                EXCHANGE, ROUTING_KEY, body, BasicProperties(**{**known, **properties})
            )

    def receipts(self, message_id: str, count: int = 1) -> list[Message]:
        """The receipts for an outside message, once there are so many."""
        return eventually(
            lambda: self._heard(message_id), lambda heard: len(heard) >= count, "the receipts"
        )

    def _heard(self, message_id: str) -> list[Message]:
        self._receipts += [one for one in self.tap.hear() if one.exchange == "receipts"]
        return [one for one in self._receipts if one.said["id"] == message_id]

    def parked(self, source: str) -> dict[str, Any]:
        """The one message that is parked of this source."""
        (letter,) = eventually(lambda: self._parked(source), bool, f"what is parked of {source}")
        return letter

    def _parked(self, source: str) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.client.get("intake", "/parked", "operator")
        return [letter for letter in listed if letter["source"] == source]

    def discard(self, letter: Mapping[str, Any]) -> list[str]:
        """Give a parked message up.

        Returns:
            What the log has of it.
        """
        key = letter["id"]
        self.client.post("intake", f"/parked/{key}/discard", "operator", {"reason": "测试"})
        assert self._parked(letter["source"]) == []
        lines: list[dict[str, Any]] = eventually(
            lambda: self.client.get("intake", f"/audit/cases/{key}", "auditor"),
            lambda lines: len(lines) > 1,
            "the history of a parked message",
        )
        return [line["event"] for line in lines]

    def answer(self, service: str, path: str, account: str | None, **body: Any) -> httpx.Response:
        """What a service answers to a command."""
        headers = {"Authorization": f"Bearer {self.client.token(account)}"} if account else {}
        return httpx.post(
            f"{self.session.addresses[service]}{path}",
            headers=headers,
            json=body,
            trust_env=False,
        )


@pytest.fixture(scope="module")
def confined(selection: Selection) -> None:
    """Others have users of their own."""
    if not selection.system.broker.confined:
        pytest.skip("this broker lets us make no users")


@pytest.fixture(scope="module")
def outside(selection: Selection) -> Iterator[Outside]:
    """See `Outside`."""
    session = Session.of(selection.system)
    with closing(session.client()) as client, tap(selection.system) as heard:
        client.post("intake", "/clock", "operator", {"at": IN_TIME})
        yield Outside(session, client, heard)


def sample(name: str, message_id: str, changes: Mapping[str, Any] | None = None) -> bytes:
    """A sample under another id."""
    return json.dumps({**event(name, changes), "id": message_id}).encode()


# what is sent


def test_nobody_speaks_for_anothers_source(outside: Outside) -> None:
    """It is parked under the user's name; giving it up is on record (S26, S42)."""
    outside.publish("rsj", sample("good-1", "borrowed"))  # a source of zlb's
    letter = outside.parked("inbox:rsj")
    assert letter["reason"].startswith("unknown_source")
    assert outside.discard(letter) == ["letter_parked.v1", "letter_discarded.v1"]


def test_a_department_publishes_its_reply_and_what_nobody_asked_is_kept(outside: Outside) -> None:
    """P8: no reply is lost; and a department sends nothing but replies"""
    reply = {
        "specversion": "1.0",
        "id": "unasked",
        "source": "/authorities/police",
        "type": "gongjiang.vetting.replied.v1",
        "data": {
            "nomination_id": "00000000-0000-4000-8000-000000000001",
            "authority": "police",
            "answer": "no_objection",
            "sealed": True,
            "dated": "2019-12-10",
            "sha256": "d" * 64,
        },
    }
    user = "authority-police"
    known = BasicProperties(content_type=STRUCTURED, delivery_mode=2, user_id=user)
    with outside.channel(user) as channel:
        channel.confirm_delivery()
        channel.basic_publish(VETTING, REPLIED, json.dumps(reply).encode(), known)
    (letter,) = eventually(
        lambda: outside.client.get("review", "/parked", "operator"), bool, "the parked reply"
    )
    assert (letter["source"], letter["reason"]) == (f"replies:{user}", "P8 not_asked")
    with outside.channel(user) as channel:
        channel.confirm_delivery()
        with pytest.raises(ChannelClosedByBroker):
            channel.basic_publish(EXCHANGE, ROUTING_KEY, b"{}", known)


def test_what_cannot_be_read_is_parked_under_the_users_name(outside: Outside) -> None:
    """There is nothing to answer, but somebody to talk to."""
    outside.publish("zlb", b"{ not JSON")
    letter = outside.parked("inbox:zlb")
    assert letter["reason"].startswith("unreadable")
    assert outside.discard(letter) == ["letter_parked.v1", "letter_discarded.v1"]


def test_nobody_sends_without_a_name_or_under_anothers(outside: Outside) -> None:
    """The broker vouches for the user; without that there is no answer (S26)."""
    outside.publish("rsj", sample("good-2", "nameless"), user_id=None)
    letter = outside.parked("inbox:unknown")
    assert letter["reason"].startswith("unknown_user")
    outside.discard(letter)
    with pytest.raises(ChannelClosedByBroker):
        outside.publish("rsj", sample("good-1", "disguised"), user_id="zlb")


def test_the_same_message_again_gets_the_same_receipt_again(
    outside: Outside, selection: Selection
) -> None:
    """One outcome for ever; its delivery may repeat, under the same message id."""
    (first,) = (
        message
        for message in selection.messages
        if message.exchange == "receipts" and message.said["id"] == "good-3"
    )
    body = (SAMPLES / "good-3.json").read_bytes()
    outside.publish("xcl-association", body)
    (again,) = outside.receipts("good-3")
    assert (again.id, again.routing_key, again.said) == (first.id, first.routing_key, first.said)


def test_another_message_under_a_known_id_is_refused(
    outside: Outside, selection: Selection
) -> None:
    """And stays refused; the first answer stands."""
    other = sample("good-2", "good-2", {"form.specialty": "另一专业"})
    for count in (1, 2):
        outside.publish("rsj", other)
        receipts = outside.receipts("good-2", count)
        assert len({receipt.id for receipt in receipts}) == 1
    said = receipts[0].said
    assert (said["outcome"], said["nomination_id"]) == ("refused", None)
    assert [finding["rule"] for finding in said["findings"]] == ["conflicting_repeat"]
    standing = outside.client.get(
        "intake",
        f"/api/nominations/{selection.outcome.receipts['good-2']['nomination_id']}",
        "office",
    )
    assert standing["status"] == "已授予"


def test_a_cloud_event_in_binary_mode_is_as_good(outside: Outside) -> None:
    """The attributes are headers, the body is the data."""
    number = "89000019900521004"
    person = event("good-2", {"form.id_number": number + check_digit(number)})
    outside.publish(
        "rsj",
        json.dumps(person["data"]).encode(),
        content_type="application/json",
        headers={
            "cloudEvents:specversion": "1.0",
            "cloudEvents:id": "binary",
            "cloudEvents:source": person["source"],
            "cloudEvents:type": TYPE,
        },
    )
    (receipt,) = outside.receipts("binary")
    assert receipt.said["outcome"] == "received"
    assert receipt.said["nomination_id"]


# what is heard


@pytest.mark.parametrize("queue", ["receipts.zlb", "intake.inbox", "review.from.intake.0"])
def test_nobody_reads_what_is_for_others(outside: Outside, queue: str) -> None:
    """The broker refuses."""
    with outside.channel("rsj") as channel, pytest.raises(ChannelClosedByBroker, match="403"):
        channel.basic_get(queue)


@pytest.mark.parametrize("exchange", ["receipts", "intake.log", "review.events", ""])
def test_nobody_speaks_in_our_name(outside: Outside, exchange: str) -> None:
    """A publisher sends nominations, and nothing else."""
    with outside.channel("rsj") as channel:
        channel.confirm_delivery()
        with pytest.raises(ChannelClosedByBroker, match="403"):
            channel.basic_publish(exchange, "zlb", b"{}")


# who acts


def test_each_acts_by_the_own_role_only(outside: Outside, selection: Selection) -> None:
    """S25: the office reviews eligibility, experts score, the committee confers."""
    nomination = selection.outcome.receipts["good-1"]["nomination_id"]
    score = f"/api/evaluation/{nomination}/submit_score"
    confer = f"/api/honour/{nomination}/confer_title"
    refused = outside.answer("review", score, "office", marks={})
    assert (refused.status_code, refused.json()["rule"]) == (403, "S25")
    decision = {"certificate_number": "GQGJ-2019-999", "decision_number": DECISION}
    refused = outside.answer("publicity", confer, EXPERTS[0], **decision)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_entitled")


def test_nobody_acts_without_a_token(outside: Outside, selection: Selection) -> None:
    """Neither on a case nor on the clock."""
    nomination = selection.outcome.receipts["good-1"]["nomination_id"]
    score = outside.answer("review", f"/api/evaluation/{nomination}/submit_score", None, marks={})
    assert score.status_code == 401
    assert outside.answer("intake", "/clock", None, at=IN_TIME).status_code == 401
