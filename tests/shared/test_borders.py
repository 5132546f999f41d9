"""What comes from outside cannot stop us: odd headers, control characters, the wrong address."""

import struct
from typing import Any
from uuid import uuid4

import pika.data
import pytest
from pika import BasicProperties

from services.intake.campaign import CAMPAIGN, OpenCampaign
from shared.application import ControlCharacters, refuse_controls
from shared.contracts.ids import campaign_id
from shared.letters import delivered
from shared.messages import Misaddressed
from shared.outside import delivery_of, from_broker, parcel
from shared.timestamps import be_lenient, decode_value
from tests.actors import AT, OFFICE
from tests.intake.samples import CONFIGURATION


def test_a_timestamp_in_milliseconds_is_read_as_a_number_and_an_honest_one_as_a_time() -> None:
    milliseconds = b"T" + struct.pack(">Q", 1_575_000_000_000)
    assert decode_value(milliseconds, 0) == (1_575_000_000_000, 9)
    seconds = b"T" + struct.pack(">Q", 1_575_000_000)
    value, _ = decode_value(seconds, 0)
    assert value.year == 2019
    be_lenient()
    assert pika.data.decode_value is decode_value


@pytest.mark.parametrize(
    "headers",
    [None, {}, {"partition": 1}, {"partition": 1, "position": "2", "previous": 0}],
)
def test_a_message_that_is_no_letter_is_dropped(headers: dict[str, Any] | None) -> None:
    assert delivered(BasicProperties(headers=headers), b"{}") is None


def test_what_a_client_sends_as_bytes_is_read_as_text_and_can_be_parked() -> None:
    properties = BasicProperties(
        content_type=b"\xff\xfe", headers={b"\xfe": {"deep": [1]}, "id": "1"}, user_id="zlb"
    )
    delivery = from_broker(properties, b"{")
    assert delivery.content_type == "\xff\xfe"
    again = delivery_of(parcel(delivery))
    assert (again.user, again.body) == ("zlb", b"{")
    assert again.headers == {"\xfe": "(dict)", "id": "1"}


@pytest.mark.parametrize(
    "body",
    [{"title": "a\u0000b"}, {"a": {"b": ["\u001f"]}}, {"a\u0000": 1}],
)
def test_control_characters_are_refused_however_deep(body: dict[str, Any]) -> None:
    with pytest.raises(ControlCharacters):
        refuse_controls(body)


def test_tabs_and_line_ends_are_text() -> None:
    refuse_controls({"opinion": "一\t二\r\n三", "number": 1, "none": None})


def test_a_campaign_is_opened_under_its_own_key_only() -> None:
    command = OpenCampaign(at=AT, by=OFFICE, configuration=CONFIGURATION)
    CAMPAIGN.expect(campaign_id(CONFIGURATION.document_number), command)
    with pytest.raises(Misaddressed):
        CAMPAIGN.expect(uuid4(), command)
