"""Ties: what recusal compares, and what intake hashes for whoever judges (P8, P10)."""

from datetime import date
from typing import Any, cast
from uuid import UUID

import psycopg
import pytest

from services.intake.comparing import MOST, NotCompared, fingerprints_for_another_service
from services.intake.record import Live
from services.intake.ties import is_executive
from shared.application import Application
from shared.contracts.submission import Post
from shared.messages import Actor
from shared.personal import Vault
from tests.actors import COMMITTEE, EXPERT, INVESTIGATOR, LEADING_GROUP, OFFICE, OPERATOR
from tests.intake.house import House
from tests.intake.samples import CAMPAIGN_ID, sample
from tests.intake.test_opening import ISSUER, VERIFIER

TODAY = date(2019, 12, 10)


@pytest.mark.parametrize(
    ("post", "heads"),
    [
        ("总经理", True),
        ("董事长兼党委书记", True),
        ("法定代表人", True),
        ("厂 长", True),
        ("副总经理", False),
        ("总经理助理", False),
        ("检修班长", False),
        ("", False),
    ],
)
def test_who_heads_an_enterprise(post: str, heads: bool) -> None:
    """P8: asked about by every department."""
    career = [Post(since=date(2010, 1, 1), post=post)]
    assert is_executive(career, TODAY) is heads


def test_only_the_present_post_counts() -> None:
    """P8."""
    former = Post(since=date(2000, 1, 1), until=date(2019, 12, 9), post="厂长")
    until_today = Post(since=date(2000, 1, 1), until=TODAY, post="厂长")
    assert not is_executive([former], TODAY)
    assert is_executive([until_today], TODAY)


class Asked:
    """What a comparison needs of an application."""

    def __init__(self, house: House) -> None:
        self.log = house.log


class FailingVault:
    """Fails in a given way."""

    def __init__(self, fault: Exception) -> None:
        self._fault = fault

    def fingerprint(self, *_: str) -> UUID:
        """Nothing."""
        raise self._fault


@pytest.fixture
def house() -> House:
    house = House()
    house.send("good-1")
    return house


def compared(
    house: House,
    *items: dict[str, Any],
    actor: Actor = EXPERT,
    campaign: object = CAMPAIGN_ID,
    vault: Any = None,
    token: str | None = None,
) -> dict[str, Any]:
    """What intake answers."""
    return fingerprints_for_another_service(
        cast("Application", Asked(house)),
        cast("Vault", vault or house.vault),
        VERIFIER,
        ISSUER.token(actor) if token is None else token,
        str(campaign),
        items,
    )


def declared() -> list[dict[str, Any]]:
    """Everything of good-1, as somebody else would type it."""
    form = sample("good-1").form
    return [
        {"kind": "person", "parts": [f" {form.name} ", form.employer.uscc.lower()]},
        *({"kind": "patent", "parts": [one.number.lower()]} for one in form.patents),
        *(
            {"kind": "honour", "parts": [f"{one.title} ", one.issuer, str(one.date)]}
            for one in form.honours
        ),
    ]


def test_what_a_judge_declares_is_hashed_like_the_ties_of_a_nomination(house: House) -> None:
    """P10."""
    state = house.nomination("good-1")
    assert isinstance(state, Live)
    received = state.record.received
    known = {str(received.tie), *(str(one.of) for one in received.fingerprints)}
    answer = compared(house, *declared())
    assert len(answer["fingerprints"]) == len(declared()) >= 3
    assert set(answer["fingerprints"]) <= known


def test_in_another_campaign_nothing_is_comparable(house: House) -> None:
    """P10."""
    assert compared(house, campaign=UUID(int=7))["refused"]["rule"] == "P10"


@pytest.mark.parametrize("by", [OFFICE, INVESTIGATOR, EXPERT])
def test_those_whom_recusal_concerns_may_ask(house: House, by: Actor) -> None:
    assert compared(house, actor=by) == {"fingerprints": []}


@pytest.mark.parametrize("by", [LEADING_GROUP, COMMITTEE, OPERATOR])
def test_nobody_else_may(house: House, by: Actor) -> None:
    assert compared(house, actor=by)["refused"]["rule"] == "P10"
    assert compared(house, token="forged")["unauthenticated"]["code"] == "token_forged"


@pytest.mark.parametrize(
    "item",
    [
        {"kind": "certificate", "parts": ["Y008900000000191000001"]},
        {"kind": "identity", "parts": ["890000198503070011"]},
        {"kind": "person", "parts": ["测试甲"]},
        {"kind": "person", "parts": ["测试甲", " "]},
        {"kind": "patent", "parts": ["专利"]},
        {},
    ],
)
def test_only_awards_patents_and_persons_are_compared(house: House, item: dict[str, Any]) -> None:
    """P10: never an ID number."""
    assert compared(house, item)["refused"]["rule"] == "P10"


def test_a_question_has_an_end(house: House) -> None:
    many = [{"kind": "person", "parts": ["甲", "乙"]}] * (MOST + 1)
    assert compared(house, *many)["refused"]["rule"] == "P10"


def test_a_fault_never_repeats_what_was_asked(house: House) -> None:
    failing = FailingVault(ValueError("测试甲"))
    with pytest.raises(NotCompared) as failed:
        compared(house, *declared(), vault=failing)
    assert not failed.value.args
    away = FailingVault(psycopg.OperationalError("the store of the keys"))
    assert compared(house, *declared(), vault=away) == {"unavailable": True}
