"""Identity numbers 公民身份号码 (GB 11643-1999): 6 region, 8 birth, 3 sequence, 1 check digit.

Only the province prefix of the region is checked: counties come and go, and a number keeps the
county in which it was given (a county is worth a warning, never a refusal). A first digit 9 is
the identity card of foreigners with permanent residence; 81 to 83 are residence permits.
"""

import re
from datetime import date
from typing import Literal

from shared.formats import written

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
SHAPE = re.compile(r"[1-9]\d{16}[\dX]", re.ASCII)
PROVINCES = frozenset(
    str(code)
    for code in (
        *(*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47)),
        *(*range(50, 55), *range(61, 66), 71, 81, 82, 83),
    )
)
REHEARSAL_PREFIX = "89"
JIAXING = "3304"
JIAXING_COUNTIES = frozenset(
    f"{JIAXING}{county:02}" for county in (0, 1, 2, 11, *range(19, 26), 81, 82, 83)
)
"""Every county of Jiaxing, past ones and the port area's two private codes included."""


def normal(number: str) -> str:
    """The number as it is compared (P7)."""
    return written.code(number)


def check_digit(first: str) -> str:
    """The 18th character for the first seventeen."""
    return CHECKS[
        sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True)) % 11
    ]


def is_valid(number: str, *, rehearsal: bool = False) -> bool:
    """Whether a normal number has a known province, a date of birth and the right check digit."""
    return (
        SHAPE.fullmatch(number) is not None
        and _region_exists(number, rehearsal)
        and birth(number) is not None
        and check_digit(number[:17]) == number[17]
    )


def _region_exists(number: str, rehearsal: bool) -> bool:
    return (
        number[0] == "9"
        or number[:2] in PROVINCES
        or (rehearsal and number[:2] == REHEARSAL_PREFIX)
    )


def birth(number: str) -> date | None:
    """The date of birth, if the number has one."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def sex(number: str) -> Literal["男", "女"] | None:
    """What the 17th digit says: odd is 男; None when there is no such digit."""
    digit = number[16:17]
    if not digit.isdecimal():
        return None
    return "男" if int(digit) % 2 else "女"


def county_is_known(number: str) -> bool:
    """Whether a county of Jiaxing is one that there is or was; others are not looked at."""
    return number[:4] != JIAXING or number[:6] in JIAXING_COUNTIES
