"""What was stored by an older version of the code is proven by the same bytes, and read today."""

import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.intake import PLAN
from shared.audit.ledger import Entry
from shared.audit.replaying import Replay, Stored
from shared.eventlog import Codec

GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "golden_leaf.json").read_text())
"""Never changed: an event as intake stored it before its version 2, with record and leaf."""


@pytest.fixture
def entry() -> Entry:
    return Entry(
        stream=UUID(GOLDEN["stream"]),
        version=GOLDEN["version"],
        topic=GOLDEN["topic"],
        recorded_at=datetime.fromisoformat(GOLDEN["recorded_at"]),
        actor=GOLDEN["actor"],
        correlation=UUID(GOLDEN["correlation"]),
        causation=GOLDEN["causation"],
        state=GOLDEN["state"].encode(),
    )


def test_an_old_version_still_has_the_record_and_the_leaf_of_then(entry: Entry) -> None:
    origin = GOLDEN["origin"].encode()
    previous, salt = bytes.fromhex(GOLDEN["previous"]), bytes.fromhex(GOLDEN["salt"])
    assert entry.record(origin, previous, salt).hex() == GOLDEN["record"]
    assert entry.leaf(origin, previous, salt).hex() == GOLDEN["leaf"]
    assert sha256(b"\0" + bytes.fromhex(GOLDEN["record"])).hexdigest() == GOLDEN["leaf"]


def test_it_is_hashed_as_stored_and_never_as_it_is_read_today(entry: Entry) -> None:
    event, at, by = Codec(PLAN.owns).decode(entry.topic, entry.state)
    assert event.topic() != entry.topic
    assert Codec(PLAN.owns).encode(event, at, by) != entry.state


def test_it_is_replayed_by_the_code_of_today(entry: Entry) -> None:
    said = Replay(PLAN.owns).read([Stored(0, entry.stream, 1, entry.topic, entry.state)])
    assert (said.events, said.streams, said.failures) == (1, 1, [])


@pytest.mark.parametrize(
    ("topic", "state", "words"),
    [
        ("nomination_vanished.v1", GOLDEN["state"], "现行程序不认识这一事件名称"),
        (GOLDEN["topic"], GOLDEN["state"].replace("{", "["), "现行程序无法读取或重放"),
    ],
)
def test_what_the_code_of_today_cannot_read_is_told(topic: str, state: str, words: str) -> None:
    stored = Stored(7, UUID(GOLDEN["stream"]), 1, topic, state.encode())
    (failure,) = Replay(PLAN.owns).read([stored]).failures
    assert failure.index == 7
    assert words in failure.words


def test_a_stream_that_is_not_whole_is_left_out_of_the_replay() -> None:
    stream, topic, state = UUID(GOLDEN["stream"]), GOLDEN["topic"], GOLDEN["state"].encode()
    later = Stored(0, stream, 2, topic, state)
    said = Replay(PLAN.owns).read([later])
    assert (said.events, said.streams, said.left_out, said.failures) == (0, 0, 1, [])
