"""Who may be used: each message for one thing alone, so that a finding is about that."""

import random
from collections.abc import Callable, Iterable, Sequence

from deploy.operations.rehearsal.lives import Life
from deploy.operations.rehearsal.plan import Case

Fits = Callable[[Life], bool]


def anybody(_: Life) -> bool:
    """Whoever it is."""
    return True


class Cast:
    """Of one rehearsal.

    Args:
        cases: all messages.
        size: how many there are; amounts are given for a thousand.
        rng: draws.
    """

    def __init__(self, cases: Sequence[Case], rng: random.Random) -> None:
        self.rng = rng
        self.everybody = cases
        self._size = len(cases)
        doubled = {case.twin.number for case in cases if case.twin is not None}
        self._free = [
            case
            for case in cases
            if case.arrival == "clean" and not case.own_unit and case.number not in doubled
        ]
        rng.shuffle(self._free)

    def amount(self, of_a_thousand: int) -> int:
        """So many here: one at least."""
        return max(1, round(of_a_thousand * self._size / 1000))

    def one(self, fits: Fits = anybody) -> Case | None:
        """Somebody who fits and was not used yet."""
        found = next((case for case in self._free if fits(case.life)), None)
        if found is not None:
            self._free.remove(found)
        return found

    def some(self, count: int, fits: Fits = anybody) -> list[Case]:
        """As many of them as there are."""
        return [case for case in (self.one(fits) for _ in range(count)) if case is not None]

    def strangers(self, first: Fits = anybody, second: Fits = anybody) -> tuple[Case, Case] | None:
        """Two people of different units."""
        one = self.one(first)
        if one is None:
            return None
        other = self.one(lambda life: life.unit != one.life.unit and second(life))
        return None if other is None else (one, other)

    def colleagues(self, count: int, fits: Fits = anybody) -> list[Case]:
        """Some of one unit, or nobody."""
        units = {case.life.unit for case in self._free if fits(case.life)}
        for unit in sorted(units, key=lambda one: one.uscc):
            free = [case for case in self._free if case.life.unit == unit and fits(case.life)]
            if len(free) >= count:
                chosen = free[:count]
                self._leave(chosen)
                return chosen
        return []

    def _leave(self, chosen: Iterable[Case]) -> None:
        for case in chosen:
            self._free.remove(case)
