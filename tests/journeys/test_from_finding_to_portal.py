"""From a finding to the portal, with the file that proves why; and the whole log, checked alone."""

import json
import operator
import subprocess
import sys
from contextlib import closing
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from typer.testing import CliRunner

from deploy.local.system import SERVICES, System
from deploy.operations import auditing
from deploy.operations.client import Client, eventually
from deploy.operations.demo import FORGED, Demonstration
from deploy.operations.evidence import export, keep_checkpoints
from shared.audit import verifier
from tests.journeys.conftest import Selection

SAID = CliRunner()


def covered(system: System, client: Client) -> None:
    """Wait until a cosigned checkpoint lies over everything that was recorded."""
    policy = verifier.Policy.parse(system.policy.read_bytes())
    for service in SERVICES:
        head = client.get(service, "/status", "operator")["head"]

        def size(service: str) -> int:
            note = str(client.get(service, "/audit/checkpoint")).encode()
            try:
                return policy.judge(note).checkpoint.size
            except verifier.NoQuorum:
                return 0

        eventually(partial(size, service), partial(operator.le, head), "a checkpoint over all")


@pytest.fixture(scope="module")
def kept(selection: Selection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an auditor keeps, after everything was covered."""
    folder = tmp_path_factory.mktemp("kept")
    with closing(Client(selection.system.addresses)) as client:
        covered(selection.system, client)
        keep_checkpoints(client, folder)
    return folder


@pytest.fixture(scope="module")
def case(selection: Selection, kept: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of the nomination whose award was forged."""
    target = tmp_path_factory.mktemp("case") / "case.zip"
    with closing(Client(selection.system.addresses)) as client:
        export(client, [FORGED], target)
    return target


def verified(selection: Selection, bundle: Path, kept: Path) -> Any:
    """The verdict of the command line."""
    said = SAID.invoke(
        auditing.audit,
        [
            "verify",
            str(bundle),
            "--key",
            str(selection.system.policy),
            "--kept",
            str(kept),
            "--json",
        ],
    )
    return said.exit_code, json.loads(said.stdout)


def events(bundle: Path, service: str) -> dict[str, dict[str, Any]]:
    """What the proven bytes of a service say, by the stored name; the last of each name."""
    opened = verifier.Bundle(bundle)
    pieces = opened.pieces(f"{service}/leaves.bin", verifier.LATEST)
    return {
        verifier.Record.parse(record).topic.partition(".")[0]: json.loads(state or b"{}")
        for _, record, state in verifier.frames(pieces)
    }


def test_the_bundle_of_a_disqualified_nomination_is_proven_and_replays(
    selection: Selection, case: Path, kept: Path
) -> None:
    """S43"""
    code, said = verified(selection, case, kept)
    assert (code, said["verdict"], said["findings"]) == (0, "verified", [])
    assert set(said["services"]) == set(SERVICES)
    assert all(len(one["witnesses"]) >= 2 for one in said["services"].values())
    assert all(one["failures"] == [] for one in said["replayed"].values())
    assert all(one["streams"] > 0 for one in said["replayed"].values())


def test_it_holds_the_finding_its_evidence_and_who_decided(case: Path) -> None:
    """S43: finding and disqualification are one decision."""
    review = events(case, "review")
    concluded = review["investigation_concluded"]
    assert concluded["data"]["finding"] == "fraud"
    assert concluded["by"]["id"] == "leading-group"
    assert review["evidence_recorded"]["data"]["sha256"] in {
        sha256(f"模拟复函 investigator-{number}".encode()).hexdigest() for number in (1, 2)
    }
    disqualified = review["nomination_disqualified"]
    assert (disqualified["at"], disqualified["by"]["id"]) == (concluded["at"], "leading-group")
    cancelled = events(case, "publicity")["candidacy_cancelled"]
    assert cancelled["data"]["reason"] == "申报材料弄虚作假"
    assert {"nomination_disqualified", "entry_withdrawn"} <= events(case, "intake").keys()


def test_its_words_tell_the_course_to_people(case: Path) -> None:
    with ZipFile(case) as archive:
        told = [
            json.loads(line)
            for service in SERVICES
            for line in archive.read(f"{service}/readable.jsonl").decode().splitlines()
        ]
    titles = {f"{line['title']} {line['detail']}" for line in told}
    assert any("查实弄虚作假" in one for one in titles), titles
    assert any("取消" in one for one in titles)


def test_the_portal_no_longer_names_the_person(selection: Selection) -> None:
    """S43: what the file proves is what the public sees."""
    name = Demonstration.name(FORGED)
    with closing(Client(selection.system.addresses)) as client:
        feed = client.get("publicity", "/feed/publicity.json")
        (notice,) = (one["url"] for one in feed["items"] if one["type"] == "公示")
        path = notice[notice.index("/notices/") :]
        for page in (client.get("publicity", "/"), client.get("publicity", path)):
            assert name not in page
    said = json.dumps(feed, ensure_ascii=False)
    assert name not in said
    assert "取消" in said


def test_one_byte_that_differs_convicts(
    selection: Selection, case: Path, kept: Path, tmp_path: Path
) -> None:
    changed = tmp_path / "changed.zip"
    content = case.read_bytes()
    changed.write_bytes(content.replace(b'"finding":"fraud"', b'"finding":"fruad"'))
    assert changed.read_bytes() != content
    code, said = verified(selection, changed, kept)
    assert code in (2, 4)
    assert said["findings"]


def test_a_stranger_checks_whole_logs_with_one_file(
    selection: Selection, kept: Path, tmp_path: Path
) -> None:
    """No network, no database, nothing of ours beside the verifier."""
    program, bundle = tmp_path / "verify.py", tmp_path / "logs.zip"
    assert SAID.invoke(auditing.audit, ["verifier", "-o", str(program)]).exit_code == 0
    with closing(Client(selection.system.addresses)) as client:
        export(client, [], bundle)
    said = subprocess.run(
        [
            sys.executable,
            "-I",
            str(program),
            str(bundle),
            "--key",
            str(selection.system.policy),
            "--kept",
            str(kept),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.startswith("核验通过")
    code, replayed = verified(selection, bundle, kept)
    assert code == 0, replayed


def test_a_service_that_cannot_be_reached_is_named(
    selection: Selection, kept: Path, tmp_path: Path
) -> None:
    addresses = {**selection.system.addresses, "review": "http://127.0.0.1:9"}
    bundle = tmp_path / "part.zip"
    with closing(Client(addresses)) as client:
        assert export(client, [FORGED], bundle).unreachable == ["review"]
    code, said = verified(selection, bundle, kept)
    assert (code, said["verdict"]) == (8, "incomplete")
    assert "导出时此服务不可达，其证据不在包内" in {one["words"] for one in said["findings"]}


def test_the_internal_check_finds_nothing_in_an_honest_system(selection: Selection) -> None:
    with closing(Client(selection.system.addresses)) as client:
        for service in SERVICES:
            checked = client.post(service, "/audit/check", "auditor", {})
            assert checked["findings"] == []
            assert checked["events"] > 0
            assert checked["checkpoints"] > 0
