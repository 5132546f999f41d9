"""Text as people type it, brought into one form before it is checked or compared.

What is stored stays as it was typed; these forms are for checking and comparing only.
"""

from unicodedata import normalize

_DOTS = str.maketrans(dict.fromkeys("•‧∙⋅・･．", "·"))


def code(text: str) -> str:
    """A number or code: half width, upper case, without any white space."""
    return "".join(normalize("NFKC", text).upper().split())


def name(text: str) -> str:
    """A name or a sentence with one: NFC, one kind of middle dot, no white space (S45, P7)."""
    return "".join(normalize("NFC", text).translate(_DOTS).split())
