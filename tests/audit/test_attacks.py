"""Whoever owns the database changes the log: what gives it away, and in which words.

Each attack is made as the owner of a real database. Then the administrator recomputes everything;
the internal check passes, and what an auditor kept elsewhere still convicts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.local.servers import Servers
from shared.audit.exporting import NothingSigned
from shared.audit.fsck import Checked
from shared.audit.verifier import Report
from tests.audit.attacks import ATTACKS, Attack
from tests.audit.forger import Forger
from tests.audit.signed_log import NOMINATIONS, Copy, SignedLog, signed_log


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


@pytest.fixture(scope="module")
def log(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignedLog]:
    with signed_log(servers, tmp_path_factory.mktemp("signed_log")) as made:
        yield made


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
