"""Vocational levels 职业资格及等级: five levels, 五级 to 一级; a lower number is a higher level.

A certificate of skill level bears its level as a digit; the older certificates of qualification
have sixteen digits that do not tell it.
"""

import re

from shared.formats import written

LEVELS = {
    1: "一级/高级技师",
    2: "二级/技师",
    3: "三级/高级工",
    4: "四级/中级工",
    5: "五级/初级工",
}
TECHNICIAN = 2
FIRST_OF_THE_CENTURY = 70
"""Two digits below this are years after 2000: there were no such certificates before 1970."""
CERTIFICATE = re.compile(r"[YS]\d{12}(\d{2})([1-5])\d{6}", re.ASCII)
HIGHEST_CERTIFICATE = re.compile(r"[A-Z]{2}\d{20}", re.ASCII)
OLD_CERTIFICATE = re.compile(r"(\d{2})\d{14}", re.ASCII)


def is_certificate(number: str) -> bool:
    """Whether it looks like a certificate of any of the three forms."""
    number = written.code(number)
    return any(
        form.fullmatch(number) for form in (CERTIFICATE, HIGHEST_CERTIFICATE, OLD_CERTIFICATE)
    )


def level_of(number: str) -> int | None:
    """The level that a certificate number tells, if it does."""
    match = CERTIFICATE.fullmatch(written.code(number))
    return int(match[2]) if match else None


def year_of(number: str) -> int | None:
    """The year in which the certificate was given, by its number; None where it tells none."""
    number = written.code(number)
    if match := CERTIFICATE.fullmatch(number):
        return 2000 + int(match[1])
    if match := OLD_CERTIFICATE.fullmatch(number):
        return 1900 + int(match[1]) + 100 * (int(match[1]) < FIRST_OF_THE_CENTURY)
    return None
