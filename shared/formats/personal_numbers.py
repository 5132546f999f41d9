"""ID and telephone numbers have no place in a text that is kept for ever (P3)."""

import re

NUMBER = re.compile(r"(?<!\d)(?:\d{17}[\dXx]|1[3-9]\d{9})(?!\d)")
"""18 digits as in GB 11643, or a mobile telephone's 11, and no digit beside them."""


def has_personal_number(text: str) -> bool:
    """Whether a text holds what may be an ID number or a mobile telephone number."""
    return NUMBER.search(text) is not None
