"""The past decisions of a played selection are judged again, through the command."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.operations import session
from deploy.operations.commands import app
from deploy.operations.demo import FORGED, SAMPLES
from deploy.operations.rejudging import DIFFERENT, SAME
from deploy.operations.session import Session
from shared.audit.investigation.finding import TITLES
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
    with closing(Session.of(running.system).client()) as client:
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


def test_the_id_of_an_outside_message_reaches_all_three_services(running: Selection) -> None:
    """Only intake knows that id; the others are asked by the nomination that came of it."""
    by_message, by_nomination = (
        CliRunner().invoke(app, ["audit", "rejudge", key, "--json"])
        for key in (FORGED, nomination_of(running, FORGED))
    )
    told = json.loads(by_message.stdout)["verdicts"]
    assert {one["service"] for one in told} == {"intake", "review", "publicity"}
    assert len(told) >= len(json.loads(by_nomination.stdout)["verdicts"])


def test_what_nobody_knows_of_is_said_and_gives_no_evidence(
    running: Selection, tmp_path: Path
) -> None:
    bundle = tmp_path / "none.zip"
    for command in (["timeline", "nosuch"], ["export", "nosuch", "-o", str(bundle)]):
        answer = CliRunner().invoke(app, ["audit", *command])
        assert answer.exit_code == 1, answer.stdout
        assert "三个服务都没有关于 nosuch" in answer.output
    assert not bundle.exists()


def test_a_campaign_is_investigated_by_the_number_of_its_notice(
    running: Selection, tmp_path: Path
) -> None:
    out = tmp_path / "findings"
    asked = ["嘉港区办〔2019〕60号", "--purpose", "年度专项核查", "-o", str(out)]
    answer = CliRunner().invoke(app, ["audit", "investigate", *asked])
    assert answer.exit_code == 0, answer.output
    report = json.loads((out / "findings.json").read_text())
    page = (out / "findings.html").read_text()
    assert report["examined"] > 0
    assert report["findings"]
    for number, one in enumerate(report["findings"], start=1):
        assert f"<h2>{number}. {TITLES[one['kind']]}" in page
        for nomination in one["nominations"]:
            assert nomination in page
            assert report["nominations"][nomination]["recommender"] in page
        assert all(event["id"] in page for event in one["evidence"])
    told = page + (out / "findings.json").read_text()
    for sample in SAMPLES.glob("*-*.json"):
        form = json.loads(sample.read_text())["data"].get("form") or {}
        for field in ("name", "id_number", "mobile", "email", "postal_address"):
            assert not form.get(field) or form[field] not in told, (sample.name, field)


def test_a_shorter_list_would_have_hit_somebody(running: Selection, tmp_path: Path) -> None:
    key = nomination_of(running, FORGED)
    other = tmp_path / "rules.json"
    other.write_text(json.dumps({"shortlist_size": 1}))
    answer = CliRunner().invoke(app, ["audit", "rejudge", key, "--with", str(other)])
    assert answer.exit_code == DIFFERENT, answer.stdout
    assert "产生入围名单" in answer.stdout
    assert "S36" in answer.stdout
