"""How many must be where in the end: counted over the plan alone, with arithmetic of its own.

Exact fractions and integers; nothing of the services is imported here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from deploy.operations.rehearsal.plan import Case, Plan

Marks = dict[str, int]
ENOUGH_TO_DROP = 5
TIE_BREAK = ("achievement", "skill")


class Scored(Protocol):
    """Whoever has a number and marks."""

    number: int
    marks: dict[str, Marks]


def hundredths(values: Iterable[int]) -> int:
    """P11: the mean in hundredths, without one highest and one lowest of five or more, half up."""
    counted = sorted(values)
    if len(counted) >= ENOUGH_TO_DROP:
        counted = counted[1:-1]
    exact = Fraction(sum(counted) * 100, len(counted))
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def standing(scored: Scored) -> tuple[int, ...]:
    """The total, then what breaks ties."""
    sheets = list(scored.marks.values())
    total = hundredths(sum(sheet.values()) for sheet in sheets)
    return total, *(hundredths(sheet[code] for sheet in sheets) for code in TIE_BREAK)


def ranking(candidates: Sequence[Scored]) -> list[tuple[int, int]]:
    """Number and rank, best first; who is equal in everything shares a rank."""
    standings = {one.number: standing(one) for one in candidates}
    ordered = sorted(standings, key=lambda number: standings[number], reverse=True)
    better = Counter(standings.values())
    ranks: dict[tuple[int, ...], int] = {}
    above = 0
    for value in sorted(better, reverse=True):
        ranks[value] = above + 1
        above += better[value]
    return [(number, ranks[standings[number]]) for number in ordered]


def receipts(plan: "Plan") -> Counter[str]:
    """Outcomes of the messages, each message counted once."""
    return Counter(_outcome(case) for case in plan.cases if case.arrival != "repeat")


def _outcome(case: "Case") -> str:
    match case.arrival:
        case "refused" | "late" | "conflict":
            return "refused"
        case "second":
            return "held"
        case _:
            return "received"


def statuses(plan: "Plan") -> Counter[str]:
    """How many nominations end as what."""
    ends: dict[int, str] = {}
    for case in plan.cases:
        if case.arrival not in ("refused", "late", "repeat", "conflict"):
            ends[case.number] = _before_the_panel(case)
    ends.update((case.number, "未入围") for case in plan.candidates)
    listed = plan.shortlisted
    ends.update((case.number, "审定未通过") for case in plan.on_the_ballot)
    ends.update((case.number, "撤出名单") for case in listed if case.vetted == "veto")
    ends.update((case.number, "撤回") for case in listed if case.leaves)
    ends.update((case.number, _after_the_fall(case)) for case in plan.fallen)
    ends.update((case.number, _of_the_title(case)) for case in plan.winners)
    return Counter(ends.values())


def _before_the_panel(case: "Case") -> str:
    if not case.keeps:
        return "重复并入"
    return "撤回" if case.arrival == "withdrawn" else "初审不通过"


def _after_the_fall(case: "Case") -> str:
    return "撤出名单" if case.objection == "ineligible" else "资格取消"


def _of_the_title(case: "Case") -> str:
    return "已撤销" if case.title == "revoked" else "已授予"


def funnel(plan: "Plan") -> dict[str, int]:
    """The stages of the notice, with how many reached each."""
    outcomes = receipts(plan)
    return {
        "收到消息": len(plan.cases),
        "受理申报": outcomes["received"] + outcomes["held"],
        "通过初审": len(plan.candidates),
        "综合评审入围": len(plan.shortlisted),
        "领导小组审定通过": len(plan.approved),
        "公示期满授予": len(plan.winners),
        "现持有称号": sum(case.title != "revoked" for case in plan.winners),
    }


def objections(plan: "Plan") -> Mapping[str, int]:
    """Objections by what came of them."""
    return Counter(case.objection for case in plan.approved if case.objection is not None)
