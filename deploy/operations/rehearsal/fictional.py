"""Fictional numbers that check: region 890000 does not exist, and mobiles 154… are unused."""

from datetime import date, timedelta
from itertools import cycle

CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ORGANISATION = (3, 7, 9, 10, 5, 8, 4, 2)
PERSON = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
FIRST = date(1962, 1, 1)
DAYS = 12_000


def id_number(number: int) -> str:
    """The ID number (GB 11643) of the `number`th person, a man, born between 1962 and 1994."""
    day, sequence = number % DAYS, number // DAYS
    birth = FIRST + timedelta(days=day)
    first = f"890000{birth:%Y%m%d}{2 * sequence + 1:03}"
    total = sum(int(digit) * weight for digit, weight in zip(first, PERSON, strict=True))
    return first + "10X98765432"[total % 11]


def wrong(id_number: str) -> str:
    """The same with another check digit."""
    return id_number[:-1] + ("0" if id_number[-1] != "0" else "1")


def credit_code(kind: str, number: int) -> str:
    """A credit code (GB 32100) of this kind, such as `91`, for the `number`th unit."""
    organisation = f"MC{number:06}"
    total = sum(
        LETTERS.index(letter) * weight
        for letter, weight in zip(organisation, ORGANISATION, strict=True)
    )
    check = {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))
    first = f"{kind}890000{organisation}{check}"
    remainder = sum(CODE.index(letter) * pow(3, at, 31) for at, letter in enumerate(first)) % 31
    return first + CODE[(31 - remainder) % 31]


def patent_number(number: int, *, year: int = 2015, kind: int = 1) -> str:
    """A granted patent's number (ZC 0006): an invention, if `kind` is 1 or 8."""
    digits = f"{year}{kind}{number:07}"
    total = sum(
        int(digit) * weight
        for digit, weight in zip(digits, cycle((2, 3, 4, 5, 6, 7, 8, 9)), strict=False)
    )
    return f"ZL{digits}.{'0123456789X'[total % 11]}"


def certificate_number(number: int, level: int, year: int = 2018) -> str:
    """A certificate of skill level: Y, then region 8900, its year, its level and a serial."""
    return f"Y008900000000{year % 100:02}{level}{number:06}"


def old_certificate_number(number: int, year: int) -> str:
    """A certificate of qualification, which begins with its year and does not tell its level."""
    return f"{year % 100:02}8900{number:010}"
