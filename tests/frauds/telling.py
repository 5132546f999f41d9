"""What came of it, for people."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from tests.frauds.counting import Figures
from tests.frauds.matching import Finding, Matched, Names, touches
from tests.frauds.truth import Incident, Truth


def table(title: str, figures: Mapping[str, Figures]) -> Table:
    """A line for each kind."""
    drawn = Table(title=title, title_justify="left")
    for name in ("kind", "planted", "found", "recall [95 %]", "findings", "false", "precision"):
        drawn.add_column(name, justify="left" if name == "kind" else "right")
    for kind, one in figures.items():
        drawn.add_row(
            kind,
            str(one.recall.whole),
            str(one.recall.part),
            str(one.recall),
            str(one.precision.whole),
            str(one.false),
            str(one.precision),
        )
    return drawn


def look_alikes(truth: Truth, matched: Matched, names: Names) -> Table:
    """How many of those that only look like it were accused."""
    drawn = Table(title="look-alikes accused", title_justify="left")
    for name in ("kind", "what", "accused", "of"):
        drawn.add_column(name, justify="right" if name in ("accused", "of") else "left")
    for (kind, how), (accused, of) in accused_look_alikes(truth, matched, names).items():
        drawn.add_row(kind, how, str(accused), str(of))
    return drawn


def accused_look_alikes(
    truth: Truth, matched: Matched, names: Names
) -> dict[tuple[str, str], tuple[int, int]]:
    """For each sort of them: how many were accused, and how many there are."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for one in truth.honest:
        accused, of = counts.get((one.kind, one.how), (0, 0))
        hit = any(touches(finding, one, names) for finding in matched.false)
        counts[one.kind, one.how] = accused + hit, of + 1
    return counts


def missed(incidents: Sequence[Incident]) -> list[str]:
    """What was not found, line by line."""
    return [
        f"missed  {one.kind:20} {one.how}; messages {list(one.messages)[:4]}"
        f" units {list(one.units)} experts {list(one.experts)}"
        for one in incidents
    ]


def false(findings: Sequence[Finding], names: Names) -> list[str]:
    """What was found where nothing is, line by line."""
    return [
        f"false   {one.kind:20} messages {sorted(map(str, map(names.message_of, one.nominations)))}"
        f" experts {sorted(one.experts)}: {one.words[:120]}"
        for one in findings
    ]


def show(console: Console, title: str, figures: Mapping[str, Figures]) -> None:
    """Print the table."""
    console.print(table(title, figures))
