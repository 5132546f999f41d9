"""Codes of industries 行业 (GB/T 4754-2017): a section letter and up to four digits (S53)."""

import re

SHAPE = re.compile(r"[A-T](\d{2}(\d(\d)?)?)?", re.ASCII)


def is_code(text: str) -> bool:
    """Whether it has the shape of a code, from a section such as C to a class such as C2651."""
    return SHAPE.fullmatch(text) is not None
