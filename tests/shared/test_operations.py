"""Who reads whole histories (S25, P11)."""

import pytest

from shared.messages import Actor, Refused
from shared.web.operations import reads_histories
from tests.actors import actor


def test_an_auditor_does() -> None:
    reads_histories(actor("auditor"))


@pytest.mark.parametrize(
    ("reader", "rule"),
    [
        (actor("office"), "S25"),
        (actor("expert"), "S25"),
        (Actor(id="both", name="", organisation="", roles=frozenset({"auditor", "expert"})), "P11"),
    ],
)
def test_nobody_else_does_and_no_judge_whatever_else_they_are(reader: Actor, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        reads_histories(reader)
    assert refused.value.rule == rule
