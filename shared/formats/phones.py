"""Telephone numbers: the mobile number that the form demands (S58)."""

import re

from shared.formats import written

MOBILE = re.compile(r"(\+?86)?(1[3-9]\d{9})", re.ASCII)


def is_mobile(text: str) -> bool:
    """Whether it is a mobile number, with or without +86, spaces and hyphens."""
    return MOBILE.fullmatch(written.code(text).replace("-", "")) is not None
