"""Whoever owns the database changes the log: what gives it away, and in which words.

Each attack is made as the owner of a real database. Then the administrator recomputes everything;
the internal check passes, and what an auditor kept elsewhere still convicts.
"""

from collections.abc import Iterator

import pytest

from deploy.local.servers import Servers
from tests.audit.attacks import ATTACKS, Attack
from tests.audit.forger import Forger
from tests.audit.signed_log import SignedLog, signed_log

each = pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)


@pytest.fixture(scope="module")
def log(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignedLog]:
    with signed_log(servers, tmp_path_factory.mktemp("signed_log")) as made:
        yield made


def test_an_untouched_log_agrees_with_itself_and_with_what_was_kept(log: SignedLog) -> None:
    with log.copy() as copy:
        checked = copy.checked()
    assert (checked.events, checked.checkpoints) == (300, 3)
    assert checked.findings == ()


@each
def test_what_was_only_changed_is_found_from_inside(log: SignedLog, attack: Attack) -> None:
    with log.copy() as copy:
        attack.act(copy.administrator)
        findings = copy.checked().findings
    for code, words in attack.found:
        assert [one for one in findings if one.code == code and words in one.words], findings


@each
def test_what_was_recomputed_agrees_with_itself(log: SignedLog, attack: Attack) -> None:
    with log.copy() as copy:
        attack.act(copy.administrator)
        Forger(copy.administrator).rehash()
        checked = copy.checked()
    assert checked.findings == ()
