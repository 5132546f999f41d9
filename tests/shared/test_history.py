"""An event in words: what people read of it, and what they never read there."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args
from uuid import UUID

import pytest

from services import intake, publicity, review
from services.intake.disclosure import PersonalDataOpened
from services.review.scoring import ScoreSubmitted
from shared.audit.details import COUNTED, LONGEST, SHOWN, WORDS, detail
from shared.audit.history import line
from shared.eventlog import Codec
from shared.messages import Event, LeafRef, Recorded
from tests.actors import AT, OFFICE
from tests.golden.test_golden import OWNERS, content, files

PLANS = (intake.PLAN, review.PLAN, publicity.PLAN)
EVENTS = [event for plan in PLANS for decider in plan.deciders for event in decider.events]
GOLDEN = [
    (Codec(OWNERS[folder]).event(golden["topic"], golden["data"]), golden["data"])
    for folder in OWNERS
    for golden in map(content, files(folder))
]

PRIVATE = {"identity", "contact", "dossier", "entry", "entries", "fingerprints"}
"""Fields that are sealed, or tell of the person."""

PERSONS = {"members", "member", "chair", "investigators", "recused"}
"""Fields that tell of those who judge."""

MACHINES = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{32}")

ONE = UUID(int=1)


def recorded(event: Event) -> Recorded:
    return Recorded(
        position=7,
        stream=ONE,
        version=1,
        event=event,
        at=AT,
        by=OFFICE,
        recorded_at=datetime(2019, 12, 11, 1, 0, tzinfo=UTC),
        correlation=ONE,
        causation="request:1",
        leaf=LeafRef(6, bytes(32)),
    )


def texts(value: Any) -> Iterator[str]:
    """Every text within a JSON value that could be recognised."""
    match value:
        case str():
            yield value
        case dict():
            for one in value.values():
                yield from texts(one)
        case list():
            for one in value:
                yield from texts(one)
        case _:
            return


def codes(event: type[Event], name: str) -> set[Any]:
    """The codes that a field may have, alone or in a tuple."""
    annotation = event.model_fields[name].annotation
    if annotation is bool:
        return {True, False}
    found: set[Any] = set()
    for one in (annotation, *get_args(annotation)):
        found |= {code for code in get_args(one) if isinstance(code, str)}
    return found


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.topic())
def test_every_event_has_a_short_chinese_label(event: type[Event]) -> None:
    assert re.fullmatch(r"[\u4e00-\u9fff“”]{2,12}", event.label)


def test_the_same_word_is_used_for_the_same_fact_in_every_service() -> None:
    """What one service decides and another notes as its milestone is called the same."""
    labels: dict[str, set[str]] = {}
    for event in EVENTS:
        labels.setdefault(event.name, set()).add(event.label)
    assert [name for name, called in labels.items() if len(called) > 1] == []


def test_only_fields_that_exist_are_told() -> None:
    fields = {name for event in EVENTS for name in event.model_fields}
    assert SHOWN.keys() | COUNTED.keys() | WORDS.keys() <= fields


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.topic())
def test_every_code_that_is_told_has_words(event: type[Event]) -> None:
    for name in SHOWN.keys() & event.model_fields.keys() - {"conditions", "claimed_conditions"}:
        assert codes(event, name) <= WORDS.get(name, {}).keys()


@pytest.mark.parametrize(
    ("event", "data"), GOLDEN, ids=lambda one: one.topic() if isinstance(one, Event) else ""
)
def test_nothing_sealed_personal_or_for_machines_is_told(event: Event, data: Any) -> None:
    """P3"""
    told = detail(event)
    assert not MACHINES.search(told)
    hidden = {name: value for name, value in data.items() if name in PRIVATE | PERSONS}
    assert [text for text in texts(hidden) if text and text in told] == []


def test_no_table_names_a_field_that_is_sealed_or_personal() -> None:
    """P3: of those who judge only their number is told."""
    assert SHOWN.keys().isdisjoint(PRIVATE | PERSONS)
    assert COUNTED.keys() & (PRIVATE | PERSONS) == {
        "entries",
        "members",
        "recused",
        "investigators",
    }


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("nomination_pre_reviewed.v1", "初审通过，认定条件C1"),
        ("nomination_evaluated.v1", "得分88.50，第1名，入围"),
        ("nomination_approved.v1", "审定通过，赞成6票，反对0票，弃权1票"),
        ("personal_data_opened.v1", "用于初审核对证件，涉及身份信息、申报内容"),
        ("notice_published.v1", "2019-12-23起，2019-12-27止，计5天，公示2人"),
        ("list_noted.v1", "审定通过2人"),
        ("score_submitted.v1", "各项16、25、15.5、29"),
        ("recusal_declared.v1", "师徒"),
        ("publication_released.v1", ""),
        ("claim_taken.v1", ""),
    ],
)
def test_what_matters_is_told_in_a_line(topic: str, words: str) -> None:
    assert [detail(event) for event, _ in GOLDEN if event.topic() == topic] == [words]


def test_a_moment_is_told_in_beijing_time() -> None:
    received = next(event for event, _ in GOLDEN if event.name == "nomination_received")
    moment = datetime.fromisoformat("2019-12-10T08:30:00Z")
    event = received.model_copy(update={"paper_received_at": moment})
    assert "纸质材料2019-12-10 16:30送达" in detail(event)


def test_what_somebody_wrote_is_cut_short() -> None:
    event = PersonalDataOpened(
        nomination_id=ONE, campaign_id=ONE, purpose="核" * 200, fields=("contact",)
    )
    assert detail(event) == f"用于{'核' * (LONGEST - 1)}…，涉及联系方式"


def test_a_line_has_the_event_in_words_and_in_full() -> None:
    event = ScoreSubmitted(
        nomination_id=ONE, campaign_id=ONE, member="judge-1", marks={"a": Decimal(9)}
    )
    told = line("review", recorded(event))
    assert (told.title, told.detail, told.event) == ("评委评分", "各项9", "score_submitted.v1")
    assert told.rules == ["P11"]
    assert told.data == event.model_dump(mode="json")
