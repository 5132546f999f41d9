"""given().when().then(): how a decision is told in a test.

given(NOMINATION, received()).when(pass_pre_review()).then(pre_reviewed(passed=True))
given(NOMINATION).when(pass_pre_review()).refused("S39")
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.messages import Command, Decider, Event, Refused
from tests.rejudged import expect_found_again


@dataclass(frozen=True)
class Judged:
    """What came of the command."""

    events: Sequence[Event] | None
    refusal: Refused | None

    def then(self, *events: Event) -> None:
        """Exactly these events happened."""
        assert self.refusal is None, f"refused: {self.refusal!r}"
        assert list(self.events or ()) == list(events)

    def refused(self, rule: str) -> None:
        """The rule with this number said no."""
        assert self.refusal is not None, f"happened: {self.events!r}"
        assert self.refusal.rule == rule


@dataclass(frozen=True)
class Given:
    """An aggregate to which these events have happened."""

    decider: Decider[Any]
    events: tuple[Event, ...]

    def when(self, command: Command) -> Judged:
        """Ask it."""
        try:
            state = self.decider.fold(self.events)
            events = self.decider.judge(command, state)
        except Refused as refusal:
            return Judged(None, refusal)
        expect_found_again(self.decider, self.events, command, events)
        return Judged(events, None)


def given(decider: Decider[Any], *events: Event) -> Given:
    """An aggregate of this kind to which these events have happened."""
    return Given(decider, events)
