"""The past decisions of a played selection are judged again, through the command."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.operations import session
from deploy.operations.commands import app
from deploy.operations.demo import FORGED
from deploy.operations.rejudging import DIFFERENT, SAME
from deploy.operations.session import Session
from tests.journeys.conftest import Selection


@pytest.fixture
def running(selection: Selection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Selection:
    """The command finds this system."""
    monkeypatch.setattr(session, "FILE", tmp_path / "session.json")
    Session.of(selection.system).write()
    return selection


def nomination_of(selection: Selection, name: str) -> str:
    lines = selection.outcome.timelines[name].lines
    return str(next(line["stream"] for line in lines if "nomination_received" in line["event"]))


def test_the_disqualified_would_be_disqualified_today(running: Selection) -> None:
    """S43: through all three services, and nothing is written for it."""
    key = nomination_of(running, FORGED)
    client = Session.of(running.system).client()
    heads = {name: client.get(name, "/status", "operator")["head"] for name in client.addresses}
    answer = CliRunner().invoke(app, ["audit", "rejudge", key, "--json"])
    told = json.loads(answer.stdout)
    assert answer.exit_code == SAME, answer.stdout
    assert {one["service"] for one in told["verdicts"]} == {"intake", "review", "publicity"}
    (found,) = [
        one
        for one in told["verdicts"]
        if "nomination_disqualified.v1" in one["events"] and one["service"] == "review"
    ]
    assert found["outcome"] == "same"
    assert "S43" in found["rules"]
    after = {name: client.get(name, "/status", "operator")["head"] for name in client.addresses}
    assert after == heads


def test_a_shorter_list_would_have_hit_somebody(running: Selection, tmp_path: Path) -> None:
    key = nomination_of(running, FORGED)
    other = tmp_path / "rules.json"
    other.write_text(json.dumps({"shortlist_size": 1}))
    answer = CliRunner().invoke(app, ["audit", "rejudge", key, "--with", str(other)])
    assert answer.exit_code == DIFFERENT, answer.stdout
    assert "产生入围名单" in answer.stdout
    assert "S36" in answer.stdout
