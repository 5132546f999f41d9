"""Counting Chinese characters as the form means them (S66), and names written in them (S45)."""

from unicodedata import normalize

import regex

from shared.formats import written

HAN = regex.compile(r"\p{Script=Han}")
PERSON = regex.compile(r"\p{Script=Han}(?:[\p{Script=Han}·]*\p{Script=Han})?")
LONGEST_NAME = 50


def count(text: str) -> int:
    """Code points of the script Han after NFC: no punctuation, digits or variation selectors.

    Characters of the extension planes count as one each. Word's 字数 counts otherwise.
    """
    return len(HAN.findall(normalize("NFC", text)))


def is_name(text: str) -> bool:
    """Whether a person can be called so: Han characters, with middle dots between them."""
    normal = written.name(text)
    return len(normal) <= LONGEST_NAME and PERSON.fullmatch(normal) is not None
