"""What the rules look at, and how they say what they find."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from services.intake.precedents import Decided
from services.intake.publishers import Publisher
from shared.calendar import beijing_date
from shared.contracts.campaign import CampaignConfiguration
from shared.contracts.intake import Finding
from shared.contracts.submission import LEVELS, Form, NominationSubmitted

NOTHING_DECIDED = Decided()


@dataclass(frozen=True, slots=True)
class Case:
    """One nomination, who sent it, the campaign it is for, and when it came by our own clock.

    `precedents` are the campaign's decisions on equal awards (A5), `mended_at` is when it came
    again after a correction (S31).
    """

    data: NominationSubmitted
    publisher: Publisher
    configuration: CampaignConfiguration
    received_at: datetime
    rehearsal: bool
    precedents: Decided = NOTHING_DECIDED
    mended_at: datetime | None = None

    @property
    def form(self) -> Form:
        """The recommendation form."""
        return self.data.form

    @property
    def received_on(self) -> date:
        """The day on which it came, in Beijing."""
        return beijing_date(self.received_at)

    @property
    def signed_by(self) -> date:
        """The day by which everything is signed: that of the reception, or of the correction."""
        return beijing_date(self.mended_at or self.received_at)


Rule = Callable[[Case], Iterator[Finding]]


def error(rule: str, message: str) -> Finding:
    """The rule is not met."""
    return Finding(rule=rule, severity="error", message=message)


def warning(rule: str, message: str) -> Finding:
    """A person has to look."""
    return Finding(rule=rule, severity="warning", message=message)


def at_least(level: str, lowest: str) -> bool:
    """Whether a level is this one or higher; an unknown level is none (以上 includes, S16)."""
    return level in LEVELS and LEVELS.index(level) >= LEVELS.index(lowest)
