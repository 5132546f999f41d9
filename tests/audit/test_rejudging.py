"""What a bundle holds is judged again as the log that it came from, without a system."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.operations.rejudging import Untrusted, rejudge_bundle
from services import intake
from shared.audit import ledger
from shared.audit.rejudging import rejudge
from shared.recorder import Row
from tests.audit.logbook import BEGAN, Entry, Logbook, a_log, bundle, policy_text, section
from tests.intake.house import House
from tests.intake.test_reassessing import GOOD


@dataclass(frozen=True)
class Copied(Entry):
    """An event of a log, with what led to it."""

    row: Row | None = None

    def record(self, index: int, previous: bytes) -> bytes:
        assert self.row is not None
        _, stream, version, topic, state, at, correlation, causation, _ = self.row
        entry = ledger.Entry(stream, version, topic, at, "职员", correlation, causation, state)
        return entry.record(self.origin.encode(), previous, bytes([index]) * 32)


def test_a_bundle_is_judged_as_its_log(tmp_path: Path) -> None:
    house = House()
    house.send(*GOOD, "bad-1")
    book = Logbook("intake")
    for row in house.rows.rows:
        one = Copied(row[1], row[2], row[3], row[4], BEGAN, book.base, row=row)
        book.entries.append(one)
    path, policy = tmp_path / "evidence.zip", tmp_path / "policy"
    path.write_bytes(bundle(book, section(book, book.note())))
    policy.write_bytes(policy_text())
    live = [one.model_dump(mode="json") for one in rejudge(intake.PLAN, house.recorded())]
    changed = rejudge(intake.PLAN, house.recorded(), changes={"bar_years": 7})
    assert rejudge_bundle(path).verdicts == live
    assert rejudge_bundle(path, changes={"bar_years": 7}).verdicts == [
        one.model_dump(mode="json") for one in changed
    ]
    assert {one["words"] for one in live if one["outcome"] == "unjudged"} == {
        "密封内容，须经授权开启（--purpose）。",
        "被拒绝的报送只保留摘要，不保留内容，无从复判。",
    }
    unknown = a_log()
    path.write_bytes(bundle(unknown, section(unknown, unknown.note())))
    assert rejudge_bundle(path).left_out == len({one.stream for one in unknown.entries})
    path.write_bytes(bundle(book, section(book, book.note(by="somebody else"))))
    assert rejudge_bundle(path).verdicts == live
    with pytest.raises(Untrusted, match="未通过核验"):
        rejudge_bundle(path, policy)
