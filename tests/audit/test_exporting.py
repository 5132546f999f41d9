"""What leaves the house: to whom, which events of a case, and what stays back."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID
from zipfile import ZipFile

import pytest

from shared.audit.exporting import IndexLags, StillWithheld
from shared.audit.verifier import LATEST, Bundle, Record, frames
from shared.identity import Issuer
from shared.messages import Actor, Refused
from shared.web import create_app
from shared.web.exporting import router
from shared.web.operations import JudgesAreBlind, NotYours
from tests.audit.signed_log import NOMINATIONS, Copy, SignedLog
from tests.serving import serving, visiting
from tests.shared.counters import COUNTER, MIRROR

ONE = NOMINATIONS[0]


@pytest.fixture
def copy(log: SignedLog) -> Iterator[Copy]:
    with log.copy() as made:
        yield made


def about(bundle: Path) -> dict[str, Any]:
    with ZipFile(bundle) as archive:
        part: dict[str, Any] = json.loads(archive.read("manifest.json"))["services"]["review"]
    return part


def events(bundle: Path) -> list[tuple[Record, bytes | None]]:
    pieces = Bundle(bundle).pieces("review/leaves.bin", LATEST)
    return [(Record.parse(record), state) for _, record, state in frames(pieces)]


def test_a_case_is_its_whole_streams_and_nobody_elses(copy: Copy) -> None:
    bundle = copy.exported(str(ONE))
    streams = [UUID(bytes=record.stream) for record, _ in events(bundle)]
    assert set(streams) == {COUNTER.stream(ONE), MIRROR.stream(ONE)}
    assert len(streams) == about(bundle)["events"] == 60


def test_what_came_after_the_checkpoint_is_left_out_and_counted(log: SignedLog, copy: Copy) -> None:
    copy.grown(310)
    whole, case = copy.exported(), copy.exported(str(ONE))
    assert (about(whole)["events"], about(whole)["uncovered"]) == (300, 10)
    assert (about(case)["events"], about(case)["uncovered"]) == (60, 2)
    remarks = [one.code for one in log.verified(whole).remarks]
    assert "uncovered" in remarks


def test_a_case_whose_index_lags_behind_the_checkpoint_is_not_exported(copy: Copy) -> None:
    copy.administrator.execute("UPDATE projected SET position = 299 WHERE view = 'cases'")
    with pytest.raises(IndexLags, match="案卷索引尚未更新到最新检查点"):
        copy.exported(str(ONE))


def withhold(copy: Copy, version: int) -> UUID:
    """Have the service keep an event of a case to itself; its stream."""
    stream = MIRROR.stream(ONE)
    copy.application.plan = replace(
        copy.application.plan,
        withheld=lambda told: frozenset(
            (one.id, "number") for one in told if (one.stream, one.version) == (stream, version)
        ),
    )
    return stream


def test_what_is_withheld_is_left_out_of_a_case_and_counted(log: SignedLog, copy: Copy) -> None:
    """P11: not even its record leaves, by whose hash it could be guessed."""
    before = about(copy.exported(str(ONE)))["events"]
    stream = withhold(copy, 3)
    bundle = copy.exported(str(ONE))
    shown = {(UUID(bytes=record.stream), record.version) for record, _ in events(bundle)}
    assert (stream, 3) not in shown
    assert (about(bundle)["events"], about(bundle)["withheld"]) == (before - 1, 1)
    report = log.verified(bundle)
    assert report.verdict == "verified"
    assert "1 条事件暂不公开，未收入" in {one.words for one in report.remarks}


def test_a_whole_log_is_not_exported_while_something_of_it_is_withheld(copy: Copy) -> None:
    """P11: it cannot be whole without it."""
    withhold(copy, 3)
    with pytest.raises(StillWithheld, match="此时不能导出整个日志"):
        copy.exported()


def test_an_event_that_nobody_can_read_any_more_is_exported_all_the_same(copy: Copy) -> None:
    copy.administrator.execute("UPDATE stored_events SET state = 'x' WHERE notification_id = 1")
    assert next(state for _, state in events(copy.exported(str(ONE)))) == b"x"


@pytest.mark.parametrize(
    ("roles", "refusal"),
    [
        ({"auditor"}, None),
        ({"office"}, NotYours),
        ({"operator"}, NotYours),
        ({"auditor", "expert"}, JudgesAreBlind),
    ],
)
def test_auditors_export_and_no_judge(
    copy: Copy, roles: set[str], refusal: type[Refused] | None
) -> None:
    """P11, S25"""
    identity = (copy.application.settings.secrets / "identity-private.pem").read_bytes()
    token = Issuer(identity).token(
        Actor(id="reader", name="", organisation="", roles=frozenset(roles))
    )
    headers = {"Authorization": f"Bearer {token}"}
    with serving(create_app(copy.application, router)) as address, visiting(address) as client:
        answer = client.post("/audit/export", json={"keys": [str(ONE)]}, headers=headers)
    if refusal is None:
        assert answer.headers["content-type"] == "application/zip"
        assert answer.content.startswith(b"PK")
    else:
        assert answer.json()["rule"] == refusal.rule
