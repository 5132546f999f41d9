"""Facts for those who look for fraud over a whole campaign (`POST /audit/facts/{campaign}`).

The answer of intake holds plaintext: it goes to an authenticated auditor or investigator alone, is
never cached, and no line of the logs repeats it.
"""

from typing import Annotated

from pydantic import StringConstraints

from shared.messages import Actor, Message
from shared.web.operations import JudgesAreBlind, needs


class StatedPurpose(Message):
    """What the campaign is looked through for; it stands on record on each nomination (P3)."""

    purpose: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]


def investigates(actor: Actor) -> None:
    """Refuse whoever neither audits nor investigates, or judges as well (P11)."""
    needs(actor, "auditor", "investigator")
    if "expert" in actor.roles:
        raise JudgesAreBlind("评委不得比对评分和申报，须由不担任评委的人员办理。", field="by.roles")
