"""Patent numbers 专利号 (ZC 0006-2003): ZL, year, kind, serial, a dot and a check character.

ZL stands before a granted patent only; CN is an application. Until October 2003 the year had two
digits and the serial five. Kinds: 1 invention, 2 utility model, 3 design, 8 and 9 the first two
by way of the PCT.
"""

import re
from dataclasses import dataclass
from itertools import cycle

from shared.formats import written

SHAPE = re.compile(r"ZL(\d{4}(\d)\d{7}|\d{2}(\d)\d{5})\.?([\dX])", re.ASCII)
WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9)
INVENTIONS = frozenset("18")


@dataclass(frozen=True, slots=True)
class Patent:
    """A patent number taken apart; `number` is its normal form."""

    number: str
    kind: str
    checks: bool

    @property
    def is_invention(self) -> bool:
        """Whether the form may list it: kinds 1 and 8 only (S65)."""
        return self.kind in INVENTIONS


def check_character(digits: str) -> str:
    """The check character for the digits before it."""
    pairs = zip(digits, cycle(WEIGHTS), strict=False)
    return "0123456789X"[sum(int(digit) * weight for digit, weight in pairs) % 11]


def read(text: str) -> Patent | None:
    """The number, whatever its width, spaces and dot; None when it does not look like one."""
    match = SHAPE.fullmatch(written.code(text))
    if match is None:
        return None
    digits, kind, old_kind, check = match.groups()
    return Patent(
        number=f"ZL{digits}.{check}",
        kind=kind or old_kind,
        checks=check_character(digits) == check,
    )


def year(number: str) -> int | None:
    """The year of the application, which a number tells; None for what is no number."""
    match = SHAPE.fullmatch(written.code(number))
    if match is None:
        return None
    digits = match[1]
    return int(digits[:4]) if match[2] else 1900 + int(digits[:2]) % 100 + 100 * (digits[:2] < "85")
