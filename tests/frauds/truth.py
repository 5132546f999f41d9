"""What was planted, and what only looks as if: the answer that the detector is held against."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

from deploy.operations.rehearsal.plan import Case

Kind = Literal[
    "same_patent",
    "same_award",
    "same_document",
    "career",
    "certificate",
    "mutual_units",
    "expert_unit",
    "expert_pair",
    "late_edit",
    "objection_withdrawn",
]
"""As the findings name them."""

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Incident:
    """One fraud, or what looks like it: `how` says what was done.

    `also`: under which other kind it may be found as well. `messages` are numbers of messages of
    the plan, `units` credit codes, `experts` accounts.
    """

    kind: Kind
    how: str
    messages: tuple[int, ...] = ()
    units: tuple[str, ...] = ()
    experts: tuple[str, ...] = ()
    also: tuple[Kind, ...] = ()


@dataclass
class Truth:
    """Frauds, and what may be taken for one though nothing is wrong with it."""

    planted: list[Incident] = field(default_factory=list)
    honest: list[Incident] = field(default_factory=list)

    def plant(
        self,
        kind: Kind,
        how: str,
        cases: Iterable[Case] = (),
        *,
        units: Iterable[str] = (),
        experts: Iterable[str] = (),
        also: tuple[Kind, ...] = (),
    ) -> None:
        """This is a fraud."""
        numbers = tuple(case.number for case in cases)
        self.planted.append(Incident(kind, how, numbers, tuple(units), tuple(experts), also))

    def resemble(
        self,
        kind: Kind,
        how: str,
        cases: Iterable[Case] = (),
        *,
        units: Iterable[str] = (),
        experts: Iterable[str] = (),
    ) -> None:
        """This only looks as if; without anybody there is nothing to look at."""
        numbers = tuple(case.number for case in cases)
        if numbers or experts:
            self.honest.append(Incident(kind, how, numbers, tuple(units), tuple(experts)))
