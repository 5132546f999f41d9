"""The rules that deploy/rules.md tells, and how their numbers are found in a text."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "deploy/rules.md"
GENERATED = "<!-- 以下由 make rules-docs 生成 generated from code and tests, do not edit -->\n"
"""What follows this line in a document is written by the tool."""

NUMBER = re.compile(r"(?<![A-Za-z0-9_])[SAP][1-9]\d?(?![A-Za-z0-9_])")
RANGE = re.compile(
    r"(?<![A-Za-z0-9_])([SAP])([1-9]\d?) ?(?:[–—~至-]|to) ?\1([1-9]\d?)(?![A-Za-z0-9_])"
)


@cache
def told() -> Mapping[str, str]:
    """Each rule and its sentence, in the order of the document."""
    written, _, _ = DOCUMENT.read_text().partition(GENERATED)
    return dict(re.findall(r"^\| ([SAP]\d+) \| (.+) \|$", written, re.MULTILINE))


def numbers(text: str) -> frozenset[str]:
    """The rules that a text names, those within a range (S97–S99) too."""
    found = set(NUMBER.findall(text))
    for letter, first, last in RANGE.findall(text):
        found.update(f"{letter}{number}" for number in range(int(first), int(last) + 1))
    return frozenset(found)
