"""Departments' replies as they come over the broker: read, recorded, parked (P8, P9)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest

from deploy.local.servers import Servers
from services.review.asking import Asked, Concluded
from services.review.practice import PRACTICE, OrderVetting
from services.review.receiving import REPLIES, Receiving
from services.review.replies import LARGEST, read
from services.review.vetting import VETTING
from shared.contracts.campaign import Authority, Veto, Vetting
from shared.contracts.cloudevents import STRUCTURED, Delivery, Unreadable
from shared.contracts.intake import CampaignOpened
from shared.following import retry
from shared.outside import parcel
from tests.actors import AT, SYSTEM_ACTOR
from tests.review.campaign import ANNA, BODO, CAMPAIGN, configuration
from tests.review.running import Running, reviewing

RULES = configuration().model_copy(
    update={
        "vetting": Vetting(
            authorities=(
                Authority(code="police", title="公安部门", account="authority-police"),
                Authority(code="credit", title="信用部门", account="authority-credit"),
            ),
            vetoes=(Veto(code="criminal", title="受过刑事处罚", authority="police"),),
        )
    }
)


def event(number: str = "1", **data: Any) -> dict[str, Any]:
    replied = {
        "nomination_id": str(ANNA),
        "authority": "police",
        "answer": "no_objection",
        "sealed": True,
        "dated": "2019-12-11",
        "sha256": "d" * 64,
    }
    return {
        "specversion": "1.0",
        "id": number,
        "source": "/authorities/police",
        "type": "gongjiang.vetting.replied.v1",
        "data": {**replied, **data},
    }


def delivery(content: dict[str, Any] | bytes, user: str | None = "authority-police") -> Delivery:
    body = content if isinstance(content, bytes) else orjson.dumps(content)
    return Delivery(user, STRUCTURED, {}, body)


class TestReading:
    def test_a_structured_event_is_read(self) -> None:
        incoming = read(delivery(event()))
        assert incoming.user == "authority-police"
        assert incoming.data.nomination_id == ANNA
        assert incoming.letter_id == read(delivery(event(answer="objection"))).letter_id

    @pytest.mark.parametrize("prefix", ["cloudEvents:", "cloudEvents_"])
    def test_a_binary_event_is_read(self, prefix: str) -> None:
        whole = event()
        data = whole.pop("data")
        headers = {f"{prefix}{name}": value for name, value in whole.items()}
        sent = Delivery("authority-police", "application/json", headers, orjson.dumps(data))
        assert read(sent) == read(delivery(event()))

    @pytest.mark.parametrize(
        ("content", "user"),
        [
            (event(), None),
            (b"{", "authority-police"),
            (b"[]", "authority-police"),
            (b"x" * (LARGEST + 1), "authority-police"),
            ({**event(), "type": "gongjiang.nomination.submitted.v1"}, "authority-police"),
            ({**event(), "id": ""}, "authority-police"),
            ({**event(), "data": None}, "authority-police"),
            (event(sha256="13800000000"), "authority-police"),
            (event(remark="另附说明"), "authority-police"),
        ],
    )
    def test_anything_else_is_not(self, content: dict[str, Any] | bytes, user: str | None) -> None:
        """And why not never repeats what was sent (P3)."""
        with pytest.raises(Unreadable) as fault:
            read(delivery(content, user))
        assert "13800000000" not in str(fault.value)
        assert "另附说明" not in str(fault.value)


@pytest.fixture(scope="module")
def running(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory: Path = tmp_path_factory.mktemp("replies")
    with reviewing(servers, directory, "test_review_replies") as made:
        made.hear(CampaignOpened(campaign_id=CAMPAIGN, configuration=RULES))
        order = OrderVetting(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nominations=(ANNA, BODO))
        made.ask(PRACTICE, CAMPAIGN, order)
        yield made


def state(running: Running, nomination: UUID) -> Any:
    return running.application.log.batch().state(VETTING, nomination)


def parked(running: Running) -> list[tuple[str, str, str]]:
    with running.application.reading() as connection:
        rows = connection.execute("SELECT source, key, reason FROM parked ORDER BY number")
        return [(row["source"], row["key"], row["reason"]) for row in rows.fetchall()]


def test_replies_are_recorded_once_parked_where_refused_and_none_is_lost(
    running: Running,
) -> None:
    """P8: as one batch of a broker that delivers twice"""
    receiving = Receiving(running.application)
    good = delivery(event())
    unsealed = delivery(event("2", nomination_id=str(BODO), sealed=False))
    foreign = delivery(event("3", nomination_id=str(BODO)), "authority-credit")
    garbled = delivery(b"{")
    receiving.take([good, unsealed, foreign, garbled, good])
    receiving.take([good, unsealed])
    anna, bodo = state(running, ANNA), state(running, BODO)
    assert isinstance(anna, Asked)
    assert isinstance(bodo, Asked)
    assert set(anna.file.replies) == {"police"}
    assert not bodo.file.replies
    told = parked(running)
    assert sorted((source, reason) for source, _, reason in told) == [
        (f"{REPLIES}:authority-credit", "P8 not_the_authority"),
        (f"{REPLIES}:authority-police", "P8 reply_not_in_order"),
        (f"{REPLIES}:authority-police", "unreadable: not a CloudEvent 1.0 in JSON"),
    ]


def test_a_parked_reply_is_recorded_when_it_is_tried_again(running: Running) -> None:
    """P8: a reply that came before anybody had asked"""
    receiving = Receiving(running.application)
    carl = UUID(int=3, version=4)
    early = delivery(event("9", nomination_id=str(carl)))
    receiving.take([early])
    (key,) = [key for _, key, reason in parked(running) if reason == "P8 not_asked"]
    order = OrderVetting(at=AT, by=SYSTEM_ACTOR, campaign_id=CAMPAIGN, nominations=(carl,))
    running.ask(PRACTICE, CAMPAIGN, order)
    running.application.readers[REPLIES] = receiving.again
    assert retry(running.application, f"{REPLIES}:authority-police", key) == 1
    assert set(state(running, carl).file.replies) == {"police"}
    assert parcel(early) == parcel(delivery(event("9", nomination_id=str(carl))))


def test_a_veto_over_the_broker_excludes_at_once(running: Running) -> None:
    """P9"""
    veto = delivery(event("20", answer="objection", veto="criminal"))
    Receiving(running.application).take([veto])
    anna = state(running, ANNA)
    assert isinstance(anna, Concluded)
    assert not anna.passed
