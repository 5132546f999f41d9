"""Document numbers 发文字号 of the notices that open a campaign (S2)."""

import re

SHAPE = re.compile(r"嘉港区办〔\d{4}〕[1-9]\d*号", re.ASCII)


def is_valid(number: str) -> bool:
    """Whether it has hexagonal brackets 〔〕, a year, and a number without a leading zero."""
    return SHAPE.fullmatch(number) is not None
