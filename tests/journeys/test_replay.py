"""A case that was really played, looked at as it stood and as it was known."""

from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from deploy.operations.client import Client
from deploy.operations.demo import FORGED, Demonstration
from deploy.operations.session import Session
from deploy.operations.timeline import Asked, as_json, page, reasons, show, whole
from shared.audit.chain import chains
from shared.audit.timeline import WholeCase
from tests.journeys.conftest import Selection

HONOURED = "good-1"
COURSE = {"已受理", "拟入围", "入围", "审定通过", "公示中"}


@pytest.fixture(scope="module")
def client(selection: Selection) -> Iterator[Client]:
    with closing(Session.of(selection.system).client()) as made:
        yield made


def at(client: Client, selection: Selection, name: str, **asked: Any) -> WholeCase:
    """The case that came of a sample."""
    return whole(client, selection.outcome.receipts[name]["nomination_id"], Asked(**asked))


def stream(case: WholeCase, service: str, aggregate: str) -> dict[str, Any]:
    """One aggregate of the case."""
    (found,) = [one for one in case.states[service]["streams"] if one["aggregate"] == aggregate]
    return dict(found)


def test_what_was_known_is_what_the_desk_showed(selection: Selection, client: Client) -> None:
    """By machine time: exactly the events that the desk had, and what it made of them."""
    assert len(selection.shown) >= 5
    lines = {
        line["position"]: line
        for line in at(client, selection, FORGED).timeline.lines
        if line["service"] == "intake"
    }
    for shown in selection.shown:
        known_at = lines[shown["position"]]["recorded_at"]
        known = stream(at(client, selection, FORGED, known_at=known_at), "intake", "nomination")
        assert known["events"] == len(shown["history"])
        if shown["status"] in COURSE:
            assert known["state"]["record"]["course"] == shown["status"]
        else:
            assert (known["situation"], shown["status"]) == ("Disqualified", "资格取消")


@pytest.mark.parametrize(
    ("day", "situation", "course"),
    [
        ("2019-12-10", "Live", "已受理"),
        ("2019-12-11", "Live", "拟入围"),
        ("2019-12-12", "Live", "入围"),
        ("2019-12-16", "Live", "审定通过"),
        ("2019-12-24", "Live", "公示中"),
        ("2019-12-25", "Disqualified", "公示中"),
    ],
)
def test_a_case_stands_day_by_day_as_it_was_decided(
    selection: Selection, client: Client, day: str, situation: str, course: str
) -> None:
    stood = stream(at(client, selection, FORGED, as_of=day), "intake", "nomination")
    assert stood["situation"] == situation
    if course != "拟入围":
        assert stood["state"]["record"]["course"] == course


def test_beyond_the_end_it_is_what_it_is(selection: Selection, client: Client) -> None:
    now, beyond = (at(client, selection, HONOURED, as_of=as_of) for as_of in (None, "2030-01-01"))
    assert beyond.states.keys() == now.states.keys() == {"intake", "review", "publicity"}
    for service, state in now.states.items():
        assert beyond.states[service]["streams"] == state["streams"]
    assert stream(now, "publicity", "honour")["situation"] == "Conferred"


def test_the_rules_in_force_and_the_permissions_of_the_day_are_told(
    selection: Selection, client: Client
) -> None:
    """A8, S24, S25"""
    case = at(client, selection, FORGED, as_of="2019-12-10")
    campaign = stream(case, "intake", "campaign")
    assert campaign["of"] == "campaign"
    assert "2019" in str(campaign["state"])
    answers = {
        (one["command"], one["role"]): one["answer"]
        for one in case.states["intake"]["permissions"]
        if one["aggregate"] == "nomination"
    }
    later = {
        (one["command"], one["role"]): one["answer"]
        for one in at(client, selection, FORGED).states["intake"]["permissions"]
        if one["aggregate"] == "nomination"
    }
    assert answers["pass_pre_review", "office"] != "refused"
    assert later["pass_pre_review", "office"] == "refused"


def test_each_decision_leads_back_to_the_message_that_began_it(
    selection: Selection, client: Client
) -> None:
    for name, event in ((FORGED, "nomination_disqualified.v1"), (HONOURED, "title_conferred.v1")):
        told = as_json(at(client, selection, name))
        (chain,) = [one for one in told["chains"] if one["event"] == event]
        assert chain["message"]["id"] == name
        assert {step["service"] for step in chain["steps"]} >= {"intake", "review"}
        assert all(len(step["leaf_hash"]) == 64 for step in chain["steps"])


def test_what_changed_between_two_days_is_told_in_words(
    selection: Selection, client: Client
) -> None:
    case = at(client, selection, FORGED, as_of="2019-12-25", changes_from="2019-12-24")
    words = [one["words"] for one in case.changes]
    assert "推荐申报：情形由“参评中”变为“资格已取消”" in words
    assert all(one["at"] <= "2019-12-25T16" for one in case.seen)


def test_who_saw_personal_data_is_told(selection: Selection, client: Client) -> None:
    """P3"""
    told = as_json(at(client, selection, FORGED))["openings"]
    assert {one["purpose"] for one in told} >= {"资格初审"}
    assert all(one["actor"] and one["whose"] == "申报人" for one in told)


def test_the_text_tells_the_whole_case(selection: Selection, client: Client) -> None:
    """Events, every field of every aggregate, what each role could do, who saw what, and why."""
    asked = Asked(as_of="2019-12-14", changes_from="2019-12-11", chain=True)
    key = selection.outcome.receipts[FORGED]["nomination_id"]
    case = whole(client, key, asked)
    console = Console(file=StringIO(), width=10_000)
    with console.capture() as captured:
        show(console, case, asked)
    told = captured.get()
    for state in case.states.values():
        for one in state["streams"]:
            assert all(f"{value}" in told for _, value in one["facts"])
    assert case.states["review"]["rights"]
    for words in ("推荐表", "评委评分", "当时的权限", "谁看过个人信息", "变化", "决定的来由"):
        assert words in told, words
    assert "open_personal_data" not in told.replace("  open_personal_data", "")


def test_each_event_on_the_way_to_a_decision_is_told_once(
    selection: Selection, client: Client
) -> None:
    seen = at(client, selection, HONOURED).seen
    on_the_way = {step.line["id"] for one in chains(seen) for step in one.steps}
    drawn = reasons(seen)
    numbers = [str(cell) for cell in drawn.columns[0].cells]
    rests_on = [str(cell).rpartition(" ")[2] for cell in drawn.columns[2].cells]
    assert numbers == [str(place) for place in range(1, len(on_the_way) + 1)]
    assert str(next(iter(drawn.columns[2].cells))).startswith("始于 外部系统")
    for number, cause, told in zip(numbers, rests_on, drawn.columns[2].cells, strict=True):
        if not str(told).startswith("始于"):
            assert int(cause) < int(number)
    assert sum(cause in numbers for cause in rests_on) > len(numbers) / 2


def test_nothing_of_the_person_stands_in_it(selection: Selection, client: Client) -> None:
    """P3"""
    case = at(client, selection, FORGED)
    states = str(case.states)
    assert Demonstration.name(FORGED) not in states
    assert "'box'" not in states


def test_the_page_is_one_file_without_the_network(selection: Selection, client: Client) -> None:
    html = page(client, selection.outcome.receipts[FORGED]["nomination_id"], Asked())
    assert "<svg" in html
    assert ".case .rail" in html
    assert 'rel="stylesheet"' not in html
