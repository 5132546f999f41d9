"""What was ever stored or sent must be read for ever: one file for each event and each message.

    tests/golden/<service>/<topic>.json     the events of a service
    tests/golden/shared/<topic>.json        those that every service stores
    tests/golden/contracts/<topic>.json     the messages of the published language

Each file is `{"topic", "data"}`. A file is never changed: a new version gets a new topic, a new
file, and an upcaster from the old one.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services import intake, publicity, review
from shared.contracts import MESSAGES
from shared.contracts import read as read_message
from shared.contracts.base import Published
from shared.eventlog import Codec
from shared.letters import read, write
from shared.messages import Decider, Happened, LeafRef, Recorded
from shared.parking import PARKING
from shared.plan import Plan
from shared.restoring import LEDGER
from tests.actors import AT, OFFICE

HERE = Path(__file__).parent
PLANS = (intake.PLAN, review.PLAN, publicity.PLAN)

OWNERS: dict[str, tuple[Decider[Any], ...]] = {
    **{plan.name: plan.owns for plan in PLANS},
    "shared": (PARKING, LEDGER),
}
"""Folder -> the aggregates whose events it keeps."""

STREAM = UUID("7a1f0e54-2d0b-5d0e-8a5e-2f1e6c9b2019")


def files(folder: str) -> list[Path]:
    """The golden files of a folder."""
    return sorted((HERE / folder).glob("*.json"))


def content(file: Path) -> dict[str, Any]:
    """What a golden file says."""
    golden: dict[str, Any] = json.loads(file.read_text())
    return golden


def named(file: Path) -> str:
    """A test's name for a file."""
    return f"{file.parent.name}/{file.stem}"


def recorded(plan: Plan, file: Path) -> Recorded:
    """The event of a golden file as a service's own log would give it."""
    golden = content(file)
    return Recorded(
        position=7,
        stream=STREAM,
        version=3,
        event=Codec(plan.owns).event(golden["topic"], golden["data"]),
        at=AT,
        by=OFFICE,
        recorded_at=datetime(2019, 12, 11, 1, 0, tzinfo=UTC),
        correlation=STREAM,
        causation="request:golden",
        leaf=LeafRef(6, bytes(32)),
    )


def of(plan: Plan) -> Iterable[Recorded]:
    """Every golden event of a service."""
    return (recorded(plan, file) for file in files(plan.name))


@pytest.mark.parametrize("folder", OWNERS)
def test_every_event_has_a_golden_file(folder: str) -> None:
    events = {event.topic() for decider in OWNERS[folder] for event in decider.events}
    assert events <= {file.stem for file in files(folder)}


def test_every_folder_of_golden_files_has_an_owner() -> None:
    folders = {path.name for path in HERE.iterdir() if path.is_dir() and path.name[0] not in "._"}
    assert folders == {*OWNERS, "contracts"}


@pytest.mark.parametrize("file", [file for folder in OWNERS for file in files(folder)], ids=named)
def test_every_event_that_was_ever_stored_loads(file: Path) -> None:
    """A topic that nobody knows any more, nor lifts to a newer version, would not load."""
    golden = content(file)
    assert golden["topic"] == file.stem
    codec = Codec(OWNERS[file.parent.name])
    event = codec.event(golden["topic"], golden["data"])
    stored = codec.encode(event, AT, OFFICE)
    assert codec.decode(event.topic(), stored) == (event, AT, OFFICE)
    if event.topic() == golden["topic"]:
        assert json.loads(stored)["data"] == golden["data"]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_every_event_can_be_evolved_from_the_first_state_on(plan: Plan) -> None:
    """A history that was cut, or heard in another order, is still loaded."""
    owners = {event: decider for decider in plan.owns for event in decider.events}
    for one in of(plan):
        decider = owners[type(one.event)]
        decider.fold([one.event, one.event])


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_every_policy_understands_every_event_of_its_service(plan: Plan) -> None:
    for one in of(plan):
        for addressed in plan.react(Happened(one.stream, one.event, one.at, one.by)):
            assert addressed.decider in plan.owns
            assert type(addressed.command) in addressed.decider.commands
        for timer in plan.timers(one):
            assert timer.key


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_a_service_says_all_that_its_contract_promises_and_nothing_else(plan: Plan) -> None:
    said = {type(message) for one in of(plan) if (message := plan.announce(one)) is not None}
    said |= {type(message) for one in of(plan) for message in plan.news(one)}
    home = f"shared.contracts.{plan.name}"
    promised = {message for message in MESSAGES.values() if message.__module__ == home}
    assert said == promised


def test_no_two_messages_share_a_topic() -> None:
    kinds = Published.__subclasses__()
    assert len(kinds) == len({kind.topic() for kind in kinds}) == len(MESSAGES)


def test_every_message_of_the_published_language_has_a_golden_file() -> None:
    assert set(MESSAGES) <= {file.stem for file in files("contracts")}


@pytest.mark.parametrize("file", files("contracts"), ids=named)
def test_every_message_that_was_ever_sent_is_read(file: Path) -> None:
    golden = content(file)
    assert golden["topic"] == file.stem
    message = read_message(golden["topic"], json.dumps(golden["data"]).encode())
    if message.topic() == golden["topic"]:
        assert json.loads(message.model_dump_json()) == golden["data"]


@pytest.mark.parametrize("file", files("contracts"), ids=named)
def test_every_message_travels_as_a_letter_and_every_service_can_follow_it(file: Path) -> None:
    golden = content(file)
    message = read_message(golden["topic"], json.dumps(golden["data"]).encode())
    sender = type(message).__module__.rpartition(".")[2]
    origin = next(plan for plan in PLANS if plan.name == sender)
    heard = read(write(sender, message, next(iter(of(origin)))))
    assert (heard.message, heard.at, heard.by) == (message, AT, OFFICE)
    for plan in PLANS:
        if sender in plan.hears:
            for addressed in plan.follow(heard):
                assert addressed.decider in plan.owns
                assert type(addressed.command) in addressed.decider.commands
