"""What is measured: medians of interleaved rounds, their spread, and the goals that they meet."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, Literal

Unit = Literal["/s", "ms", "ratio", "KiB/1000"]


@dataclass(frozen=True, slots=True)
class Goal:
    """What is aimed at, in words, and whether this run has it."""

    words: str
    met: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `limit` is the physical limit or the bare path, `plain` the plain way.

    `spread` is the lowest and the highest of our rounds.
    """

    name: str
    value: float
    unit: Unit
    limit: float | None
    plain: float | None
    spread: tuple[float, float]
    goals: tuple[Goal, ...]

    @property
    def met(self) -> bool:
        """Whether every goal is."""
        return all(goal.met for goal in self.goals)

    def as_dict(self) -> dict[str, Any]:
        """The figure as `.local/bench.json` has it."""
        fields = asdict(self)
        del fields["goals"]
        return {
            **fields,
            "goal": "; ".join(goal.words for goal in self.goals),
            "met": self.met,
        }


@dataclass(frozen=True, slots=True)
class Rounds:
    """Rates or latencies of the same rounds: ours, and what they are compared with."""

    ours: list[float] = field(default_factory=list)
    limit: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)

    def figure(self, name: str, unit: Unit, *goals: Goal) -> Figure:
        """The medians."""
        return Figure(
            name=name,
            value=median(self.ours),
            unit=unit,
            limit=median(self.limit) if self.limit else None,
            plain=median(self.plain) if self.plain else None,
            spread=(min(self.ours), max(self.ours)),
            goals=goals,
        )

    def of_limit(self, share: float) -> Goal:
        """At least this share of the limit."""
        reached = ratio(self.ours, self.limit)
        return Goal(f"≥ {share:.0%} of the limit: {reached:.0%}", reached >= share)

    def of_plain(self, times: float) -> Goal:
        """At least this many times the plain way."""
        reached = ratio(self.ours, self.plain)
        return Goal(f"≥ {times:g} × plain: {reached:.1f} ×", reached >= times)

    def within(self, times: float) -> Goal:
        """At most this many times the bare path (a latency)."""
        reached = ratio(self.ours, self.limit)
        return Goal(f"≤ {times:g} × bare: {reached:.2f} ×", reached <= times)


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of each round: what slows a whole round down cancels out."""
    return median(one / other for one, other in zip(ours, theirs, strict=True))


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines of text."""
    lines = [f"{'figure':<34}{'ours':>10}{'limit':>10}{'plain':>9}  {'spread':<17}goal"]
    for one in figures:
        spread = f"{number(one.spread[0])} – {number(one.spread[1])}"
        marks = "; ".join(("✓ " if goal.met else "✗ ") + goal.words for goal in one.goals)
        lines.append(
            f"{one.name:<34}{number(one.value):>10}{number(one.limit):>10}{number(one.plain):>9}"
            f"  {spread:<17}{marks} [{one.unit}]"
        )
    return "\n".join(lines)


def number(value: float | None) -> str:
    """As a person reads it."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"
