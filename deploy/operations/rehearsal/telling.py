"""What came of a rehearsal, for people: the funnel, where everybody ended, how long it took."""

from collections.abc import Mapping

from rich.bar import Bar
from rich.console import Console
from rich.table import Table

from deploy.operations.rehearsal.books import Tally

WIDTH = 50


def show(console: Console, tally: Tally) -> None:
    """Print it."""
    console.print(_funnel(tally.funnel))
    console.print(_counts("回执", tally.receipts))
    console.print(_counts("拒收依据", tally.refusals))
    console.print(_counts("最终状态", tally.statuses))
    console.print(_counts("异议", tally.objections))
    steps = Table(title="经过", title_justify="left")
    steps.add_column("步骤")
    steps.add_column("秒", justify="right")
    for what, took in tally.steps:
        steps.add_row(what, f"{took:.1f}")
    console.print(steps)
    console.print(
        f"从查实造假到门户撤下姓名：{tally.fraud_to_portal:.3f} 秒；总计 {tally.seconds:.1f} 秒。"
        "各项数字均与另行独立清点的结果一致。"
    )


def _funnel(stages: Mapping[str, int]) -> Table:
    table = Table(title="漏斗", title_justify="left")
    table.add_column("阶段")
    table.add_column("人数", justify="right")
    table.add_column("")
    largest = max(stages.values(), default=1)
    for stage, count in stages.items():
        table.add_row(stage, str(count), Bar(largest, 0, count, width=WIDTH))
    return table


def _counts(title: str, counts: Mapping[str, int]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("类别")
    table.add_column("件数", justify="right")
    for kind, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        table.add_row(kind, str(count))
    return table
