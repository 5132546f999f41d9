"""Unified social credit codes 统一社会信用代码 (GB 32100-2015) of units.

18 characters without I, O, S, V and Z: two for the registering body and the kind of unit, six for
the region (letters too, in village collectives), nine of the organisation code (GB 11714, whose
own check is worth a warning only), and a check character.
"""

import re

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
VALUES = {character: value for value, character in enumerate(ALPHABET)}
WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
SHAPE = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{18}")
REHEARSAL_PREFIX = "89"
ASSOCIATION = "51"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def check_character(first: str) -> str:
    """The 18th character for the first seventeen; 0 when nothing remains."""
    total = sum(VALUES[sign] * weight for sign, weight in zip(first, WEIGHTS, strict=True))
    return ALPHABET[(31 - total % 31) % 31]


def is_valid(code: str, *, rehearsal: bool = False) -> bool:
    """Whether the code has its alphabet and its check; the test region only in a rehearsal."""
    return (
        SHAPE.fullmatch(code) is not None
        and (rehearsal or code[2:4] != REHEARSAL_PREFIX)
        and check_character(code[:17]) == code[17]
    )


def is_association(code: str) -> bool:
    """Whether the unit is a social organisation 社会团体 (S29)."""
    return code.startswith(ASSOCIATION)


def organisation_check(first: str) -> str:
    """The check character of an organisation code for its first eight."""
    total = sum(
        int(sign, 36) * weight for sign, weight in zip(first, ORGANISATION_WEIGHTS, strict=True)
    )
    return "0123456789X0"[11 - total % 11]


def organisation_is_valid(code: str) -> bool:
    """Whether the organisation code inside a credit code has its own check."""
    return organisation_check(code[8:16]) == code[16]
