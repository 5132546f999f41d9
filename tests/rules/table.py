"""The table of the rules: what each says, where it is decided, what proves it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.rules.numbers import DOCUMENT, GENERATED, told
from tests.rules.places import Place, Rank, places
from tests.rules.proofs import Proof, proofs

SHOWN = 3
"""How many places or tests stand where there is little room."""


@dataclass(frozen=True, slots=True)
class Row:
    """One rule; places and tests stand in the order of how close they are to it."""

    rule: str
    sentence: str
    places: tuple[Place, ...]
    proofs: tuple[Proof, ...]

    @property
    def closest(self) -> tuple[Place, ...]:
        """Where it is decided or, if nowhere, explained; a function or class once."""
        deciding = [place for place in self.places if place.rank is not Rank.EXPLAINS]
        shown = deciding or self.places
        return tuple({(place.file, place.name): place for place in reversed(shown)}.values())[::-1]

    def as_dict(self) -> dict[str, Any]:
        """What machines read: every place and test."""
        return {
            "sentence": self.sentence,
            "places": [
                {"kind": place.rank.name.lower(), "at": str(place)} for place in self.places
            ],
            "proofs": [proof.node for proof in self.proofs],
        }


def rows() -> tuple[Row, ...]:
    """Every rule that is told."""
    return tuple(
        Row(rule, sentence, places().get(rule, ()), proofs().get(rule, ()))
        for rule, sentence in told().items()
    )


def faults(table: Sequence[Row]) -> list[str]:
    """What is missing, a sentence for each."""
    return [
        *(
            f"{row.rule}：代码中没有判断或说明之处 no place in the code"
            for row in table
            if not row.places
        ),
        *(f"{row.rule}：没有测试 no test" for row in table if not row.proofs),
    ]


def printed(table: Sequence[Row]) -> Iterator[str]:
    """The table for a terminal, line by line."""
    for row in table:
        yield f"{row.rule:4} {row.sentence}"
        yield f"     {_short([str(place) for place in row.closest]) or '（无）'}"
        yield f"     {_short([proof.node for proof in row.proofs]) or '（无）'}"


def _short(told_of: Sequence[str]) -> str:
    more = f"（+{len(told_of) - SHOWN}）" if len(told_of) > SHOWN else ""
    return "\n     ".join(told_of[:SHOWN]) + more


def document() -> str:
    """deploy/rules.md with its sentences as they are and the rest as code and tests say."""
    written, _, _ = DOCUMENT.read_text().partition(GENERATED)
    lines = [f"| {row.rule} | {_cell(row.closest)} | {_tests(row.proofs)} |" for row in rows()]
    head = (
        "\n## 判断与证明 Where decided, proved by\n\n"
        "行号见 `make rules`；此处只列函数名，各至多三处。\n\n"
        "| 编号 | 判断之处 | 证明 |\n|---|---|---|\n"
    )
    return written + GENERATED + head + "\n".join(lines) + "\n"


def _cell(shown: Sequence[Place]) -> str:
    files: dict[str, list[str]] = {}
    for place in shown[:SHOWN]:
        files.setdefault(place.file, []).append(f"`{place.name}`" if place.name else "")
    more = " 等" if len(shown) > SHOWN else ""
    return "<br>".join(f"{file} {'、'.join(names)}".strip() for file, names in files.items()) + more


def _tests(shown: Sequence[Proof]) -> str:
    more = " 等" if len(shown) > SHOWN else ""
    return "<br>".join(proof.node.removeprefix("tests/") for proof in shown[:SHOWN]) + more
