"""Every story that is told in a test is judged again: the same rules must decide the same.

A difference is a command that was not found again, or a `decide` that depends on something that
the log does not hold (the order of a set, chance, a clock).
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from services import intake, publicity, review
from shared.audit.recipes import Unjudged, found
from shared.audit.rejudging import Verdict, rejudge
from shared.messages import Command, Decider, Event, LeafRef, Recorded
from shared.plan import Plan

PLANS = (intake.PLAN, review.PLAN, publicity.PLAN)

NOBODY = UUID(int=0)

TOLD: list[tuple[Plan, Any]] = []
"""The houses of the test that runs: each with its plan, and with `recorded()`."""


MOST = 10
"""Of the houses of one test, so many of the last are heard: a test by chance builds hundreds."""


def expect_same(plan: Plan, told: Iterable[Recorded]) -> list[Verdict]:
    """Whatever can be judged again is decided as it was."""
    verdicts = rejudge(plan, told)
    assert [one for one in verdicts if one.outcome not in ("same", "unjudged")] == []
    return verdicts


def expect_found_again(
    decider: Decider[Any], before: Sequence[Event], command: Command, events: Sequence[Event]
) -> None:
    """The command that is made from the events leads to the same events."""
    plan = next((plan for plan in PLANS if decider in plan.owns), None)
    if plan is None or not events:
        return
    state = decider.fold(before)
    match found(plan.rejudging, decision_of(command, events), state):
        case Unjudged():
            return
        case again:
            assert list(decider.judge(again, state)) == list(events)


def decision_of(command: Command, events: Sequence[Event]) -> list[Recorded]:
    """The events of this command as a log would tell them."""
    return [
        Recorded(
            position=number,
            stream=NOBODY,
            version=number,
            event=event,
            at=command.at,
            by=command.by,
            recorded_at=command.at,
            correlation=NOBODY,
            causation="test",
            leaf=LeafRef(number - 1, b""),
        )
        for number, event in enumerate(events, start=1)
    ]
