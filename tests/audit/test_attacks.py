"""Whoever owns the database changes the log: what gives it away, and in which words.

Each attack is made as the owner of a real database. Then the administrator recomputes everything;
the internal check passes, and what an auditor kept elsewhere still convicts.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.audit.exporting import NothingSigned
from shared.audit.fsck import Checked
from shared.audit.verifier import Report, read_kept, verify
from tests.audit.forger import Forger
from tests.audit.signed_log import NOMINATIONS, STAGES, Copy, SignedLog
from tests.audit.tampering import (
    ATTACKS,
    BROKEN,
    Attack,
    bytes_edited,
    event_appended_with_an_old_time,
)


@dataclass(frozen=True)
class Evidence:
    """What there is to see of an attack, before and after the administrator recomputed everything,
    and after he signed that with the log's own key, which he has stolen."""

    found: Checked
    bundle: Path
    found_when_recomputed: Checked
    bundle_when_recomputed: Path | None
    """None where no checkpoint was left that agrees with anything."""
    bundle_when_signed: Path


@pytest.fixture(scope="module", params=ATTACKS, ids=lambda attack: attack.name)
def attack(request: pytest.FixtureRequest) -> Attack:
    made: Attack = request.param
    return made


@pytest.fixture(scope="module")
def evidence(log: SignedLog, attack: Attack) -> Evidence:
    with log.copy() as copy:
        attack.act(copy.administrator)
        found, bundle = copy.checked(), copy.exported()
        Forger(copy.administrator).rehash()
        recomputed = copy.checked(), exported_if_signed(copy)
        copy.signed(log.keys, cosigned=False)
        return Evidence(found, bundle, *recomputed, copy.exported())


def exported_if_signed(copy: Copy) -> Path | None:
    try:
        return copy.exported()
    except NothingSigned:
        return None


def convicts(report: Report, code: str, *words: str) -> bool:
    """Whether the report ends with this verdict, for these reasons."""
    said = [one.words for one in report.findings]
    return report.verdict == code and all(any(word in one for one in said) for word in words)


def test_an_untouched_log_agrees_with_itself_and_with_what_was_kept(log: SignedLog) -> None:
    with log.copy() as copy:
        checked, bundle, case = copy.checked(), copy.exported(), copy.exported(str(NOMINATIONS[0]))
    for report in (log.verified(bundle), log.verified(case)):
        assert (report.verdict, report.findings) == ("verified", [])
    assert (checked.events, checked.checkpoints) == (300, 3)
    assert checked.findings == ()


def test_what_was_only_changed_is_found_from_inside(attack: Attack, evidence: Evidence) -> None:
    findings = evidence.found.findings
    for code, words in attack.found:
        assert [one for one in findings if one.code == code and words in one.words], findings


def test_what_was_recomputed_agrees_with_itself(evidence: Evidence) -> None:
    """Nothing within a database proves anything against its owner."""
    assert evidence.found_when_recomputed.findings == ()


def test_a_bundle_of_it_convicts(log: SignedLog, attack: Attack, evidence: Evidence) -> None:
    assert convicts(log.verified(evidence.bundle, kept=False), "altered", *attack.proven)


def test_what_was_recomputed_passes_alone_and_what_was_kept_convicts_it(
    log: SignedLog, evidence: Evidence
) -> None:
    """Without the signer's key nothing is left that covers what was changed."""
    bundle = evidence.bundle_when_recomputed
    if bundle is None:
        return
    assert log.verified(bundle, kept=False).verdict == "verified"
    assert convicts(log.verified(bundle), "rolled_back", "签署过的日志比包内的长，且无恢复记载")


def test_with_the_signers_key_stolen_what_was_kept_still_convicts(
    log: SignedLog, attack: Attack, evidence: Evidence
) -> None:
    bundle = evidence.bundle_when_signed
    assert log.verified(bundle, kept=False, witnessed=False).verdict == "verified"
    report = log.verified(bundle, witnessed=False)
    if attack.forked:
        assert convicts(report, "forked", attack.forked)
    else:
        assert convicts(report, "rolled_back", "签署过的日志比包内的长，且无恢复记载")


def test_with_the_signers_key_stolen_the_witnesses_are_missing(
    log: SignedLog, evidence: Evidence
) -> None:
    report = log.verified(evidence.bundle_when_signed, kept=False)
    assert convicts(report, "untrusted", "见证人不足：策略要求 others，有效的只有 0 个（无）")


def test_a_case_is_convicted_like_a_whole_log(log: SignedLog) -> None:
    """By its own chain before everything is recomputed, by what was kept after it was signed."""
    with log.copy() as copy:
        bytes_edited(copy.administrator)
        changed = log.verified(copy.exported(str(NOMINATIONS[0])), kept=False)
        Forger(copy.administrator).rehash()
        copy.signed(log.keys, cosigned=False)
        case = copy.exported(str(NOMINATIONS[0]), sizes=STAGES)
    assert convicts(changed, "altered", BROKEN, "记录不在已签署的日志中：证明不成立")
    assert log.verified(case, kept=False, witnessed=False).verdict == "verified"
    report = log.verified(case, witnessed=False)
    assert convicts(report, "forked", "同一规模签署过两个不同的根", "不能证明最新检查点是它的延续")


def test_an_older_backup_agrees_with_itself_and_what_was_kept_convicts_it(log: SignedLog) -> None:
    with log.copy(of_backup=True) as copy:
        assert copy.checked().findings == ()
        bundle = copy.exported()
    assert log.verified(bundle, kept=False).verdict == "verified"
    assert convicts(log.verified(bundle), "rolled_back", "签署过的日志比包内的长，且无恢复记载")


def test_a_backup_that_grew_again_is_a_fork_and_two_notes_alone_show_it(
    log: SignedLog, tmp_path: Path
) -> None:
    """Even where signer and witnesses were rolled back with it."""
    with log.copy(of_backup=True) as copy:
        copy.grown(300)
        copy.integrated()
        note = copy.signed(log.keys)
        assert copy.checked().findings == ()
        bundle = copy.exported()
    assert log.verified(bundle, kept=False).verdict == "verified"
    assert convicts(log.verified(bundle), "forked", "同一规模签署过两个不同的根")

    (tmp_path / "seen").write_bytes(note)
    report = verify(bundle, log.keys.policy(), read_kept([log.kept, tmp_path]))
    assert convicts(report, "forked", "根不同：同一规模签署过两个根")


def test_an_event_with_an_old_time_contradicts_the_witnesses_before_it(log: SignedLog) -> None:
    """It was signed in good faith; that it is new, the checkpoint before it shows."""
    with log.copy() as copy:
        event_appended_with_an_old_time(copy.administrator)
        copy.integrated()
        copy.signed(log.keys)
        assert copy.checked().findings == ()
        bundle = copy.exported()
    words = "记录时间早于此前检查点的见证时间：事件被倒签日期"
    assert convicts(log.verified(bundle), "out_of_time", words)


def test_checkpoints_that_were_rewritten_with_the_log_contradict_their_notes(
    log: SignedLog,
) -> None:
    with log.copy() as copy:
        copy.administrator.execute("UPDATE checkpoints SET size = 299 WHERE size = 300")
        findings = copy.checked().findings
    assert [one for one in findings if "登记与其签署的原文不符" in one.words], findings


def test_tiles_that_are_damaged_or_missing_are_named(log: SignedLog) -> None:
    with log.copy() as copy:
        copy.administrator.execute(
            "UPDATE ledger_tiles SET hashes = overlay(hashes PLACING '\\x00'::bytea FROM 9)"
            " WHERE level = 0 AND number = 0"
        )
        copy.administrator.execute("DELETE FROM ledger_tiles WHERE level = 1")
        found = {one.where: one.words for one in copy.checked().findings}
    assert found == {
        "tile/0/000": "瓦片缺失或与现有各叶不符，可由各叶重建",
        "tile/1/000.p/1": "瓦片缺失，可由各叶重建",
    }
