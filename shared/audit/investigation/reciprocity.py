"""Units that nominate each other's leaders (S28, S42).

A unit nominates its own people, the town and associations those of others. Where unit A nominates
somebody of B and B somebody of A, or three or four go round in a ring, and those who are nominated
lead their units, each unit's truth rests on the word of somebody who owes it a favour.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from shared.audit.investigation.facts import Nomination
from shared.audit.investigation.finding import Finding, as_sent, ordered
from shared.formats import written

LONGEST_RING = 4

LEADS = re.compile(
    "(?<!副)(法定代表人|法人代表|负责人|董事长|执行董事|总经理|总裁|首席执行官|厂长|院长|校长|"
    "会长|理事长|秘书长|所长|站长|矿长|社长|书记|经理)(?!助理|秘书|办公室|特助)"
)
"""Posts of those who head a unit of any kind."""

Edges = Mapping[str, Mapping[str, Sequence[Nomination]]]


def reciprocity(nominations: Sequence[Nomination]) -> Iterator[Finding]:
    """One finding for each ring, a pair being the smallest."""
    edges: dict[str, dict[str, list[Nomination]]] = defaultdict(lambda: defaultdict(list))
    for one in nominations:
        if one.recommender.uscc != one.employer:
            edges[one.recommender.uscc][one.employer].append(one)
    signing = _signing(nominations)
    names = {one.recommender.uscc: one.recommender.name for one in nominations}
    for ring in sorted(_rings(edges)):
        steps = list(zip(ring, (*ring[1:], ring[0]), strict=True))
        led = [
            [one for one in edges[unit][other] if _leads(one, signing.get(other, frozenset()))]
            for unit, other in steps
        ]
        grave = all(led)
        files = [
            one
            for (unit, other), leaders in zip(steps, led, strict=True)
            for one in (leaders if grave else edges[unit][other])
        ]
        told = "，".join(
            f"{names.get(unit, unit)}推荐了{names.get(other, other)}的人选" for unit, other in steps
        )
        yield Finding(
            kind="mutual_units",
            grade="finding" if grave else "note",
            severity=3 if grave else 1,
            nominations=ordered(one.id for one in files),
            units=tuple(sorted(ring)),
            words=f"{told}，{'被推荐人都是所在单位的负责人' if grave else '形成互相推荐'}。"
            "须核实推荐过程和单位之间的关系。",
            evidence=tuple(
                as_sent(one, "由另一单位推荐，且对方单位也推荐了本单位的人选") for one in files
            ),
        )


def _rings(edges: Edges) -> Iterator[tuple[str, ...]]:
    """Each ring once, from its smallest unit on; none that a shorter one is part of."""
    known: list[frozenset[str]] = []
    for length in range(2, LONGEST_RING + 1):
        found = [ring for start in sorted(edges) for ring in _around((start,), edges, length)]
        found = [ring for ring in found if not any(one <= set(ring) for one in known)]
        yield from found
        known += [frozenset(ring) for ring in found]


def _around(way: tuple[str, ...], edges: Edges, length: int) -> Iterator[tuple[str, ...]]:
    if len(way) == length:
        if way[0] in edges.get(way[-1], {}):
            yield way
        return
    for unit in sorted(edges.get(way[-1], {})):
        if unit > way[0] and unit not in way:
            yield from _around((*way, unit), edges, length)


def _signing(nominations: Iterable[Nomination]) -> dict[str, frozenset[str]]:
    """Who signs or reviews for a unit that nominates (S68, S42)."""
    signing: dict[str, set[str]] = defaultdict(set)
    for one in nominations:
        if one.opened is not None:
            names = {written.name(one.opened.signed_by), written.name(one.opened.reviewed_by)}
            signing[one.recommender.uscc] |= names - {""}
    return {unit: frozenset(names) for unit, names in signing.items()}


def _leads(one: Nomination, signing: frozenset[str]) -> bool:
    person = one.opened
    if one.executive or person is None:
        return one.executive
    now = [post for post in person.career if post.until is None]
    return written.name(person.name) in signing or any(
        LEADS.search(written.name(post.post)) for post in now
    )
