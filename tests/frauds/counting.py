"""Recall and precision for each kind, each with its 95 % interval (Clopper and Pearson).

The interval is exact: it covers the true share in at least 95 of 100 cases, however few there are.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from scipy.stats import binomtest

from tests.frauds.matching import Matched
from tests.frauds.truth import KINDS

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies; anywhere, if there was nothing to see."""
        if self.whole == 0:
            return 0.0, 1.0
        bounds = binomtest(self.part, self.whole).proportion_ci(CONFIDENCE, method="exact")
        return float(bounds.low), float(bounds.high)

    def __str__(self) -> str:
        if self.whole == 0:
            return "—"
        low, high = self.interval
        return f"{self.part / self.whole:.1%} [{low:.1%}, {high:.1%}]"

    def __add__(self, other: "Share") -> "Share":
        return Share(self.part + other.part, self.whole + other.whole)

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        share = self.part / self.whole if self.whole else None
        return {**asdict(self), "share": share, "interval": list(self.interval)}


@dataclass(frozen=True)
class Figures:
    """Of one kind: incidents found of those planted, findings that are true of those made."""

    recall: Share
    precision: Share

    @property
    def false(self) -> int:
        """Findings about nothing that was planted."""
        return self.precision.whole - self.precision.part

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(self.recall + other.recall, self.precision + other.precision)

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "recall": self.recall.as_dict(),
            "precision": self.precision.as_dict(),
            "false_positives": self.false,
        }


ALL = "all"
NOTHING = Figures(Share(0, 0), Share(0, 0))


def figures(matched: Matched) -> dict[str, Figures]:
    """For each kind, also for those of the findings that nobody asked for; and for all of them."""
    others = {one.kind for one in (*matched.true, *matched.false)}.difference(KINDS)
    by_kind = {kind: _of(matched, kind) for kind in (*KINDS, *sorted(others))}
    return {**by_kind, ALL: sum(by_kind.values(), NOTHING)}


def _of(matched: Matched, kind: str) -> Figures:
    found = sum(one.kind == kind for one in matched.found)
    missed = sum(one.kind == kind for one in matched.missed)
    true = sum(one.kind == kind for one in matched.true)
    false = sum(one.kind == kind for one in matched.false)
    return Figures(Share(found, found + missed), Share(true, true + false))


def pooled(runs: Iterable[dict[str, Figures]]) -> dict[str, Figures]:
    """Several runs as one."""
    total: dict[str, Figures] = {}
    for run in runs:
        for kind, one in run.items():
            total[kind] = total.get(kind, NOTHING) + one
    return total
