"""People's systems may also act over nameko RPC: with a signed token, as over HTTP."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from deploy.operations.client import Client
from deploy.operations.demo import CAMPAIGN
from deploy.operations.session import Session
from shared.asking import Asker
from shared.contracts.ids import campaign_id
from tests.journeys.conftest import Selection

NUMBER = "嘉港区办〔2019〕7001号"


@pytest.fixture
def client(selection: Selection) -> Iterator[Client]:
    """Gets the tokens."""
    with closing(Session.of(selection.system).client()) as client:
        yield client


def ask(selection: Selection, token: str, number: str = NUMBER) -> dict[str, Any]:
    """Ask intake to open one more campaign."""
    configuration = json.loads(CAMPAIGN.read_bytes()) | {"document_number": number}
    answer: dict[str, Any] = Asker(selection.system.broker.admin_url).ask(
        "intake",
        "execute",
        token=token,
        aggregate="campaign",
        key=str(campaign_id(number)),
        command="open_campaign",
        body={"configuration": configuration},
    )
    return answer


def test_a_command_is_given_in_the_name_of_the_token(selection: Selection, client: Client) -> None:
    answer = ask(selection, client.token("office"))
    assert answer["events"] == ["campaign_opened"]
    again = ask(selection, client.token("office"))
    assert (again["events"], again["position"]) == ([], 0)


def test_a_refusal_names_the_rule(selection: Selection, client: Client) -> None:
    """S25."""
    refused = ask(selection, client.token("expert-1"), "嘉港区办〔2019〕7002号")["refused"]
    assert (refused["code"], refused["rule"]) == ("not_entitled", "S25")


def test_without_a_token_of_ours_nothing_is_done(selection: Selection, client: Client) -> None:
    head, _, signature = client.token("office").rpartition(".")
    forged = f"{head}.{signature[::-1]}"
    assert "unauthenticated" in ask(selection, forged)
