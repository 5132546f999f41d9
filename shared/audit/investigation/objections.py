"""Objections that were withdrawn (P5): who took pressure off whom is for people to find out.

An office that goes on all the same has lost nothing: that is a note.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from shared.audit.investigation.facts import Nomination, Objection
from shared.audit.investigation.finding import Finding, shows


def withdrawn(
    objections: Iterable[Objection], nominations: Mapping[UUID, Nomination]
) -> Iterator[Finding]:
    """One finding for each objection."""
    taken_back = [one for one in objections if one.withdrawn is not None]
    of_each = Counter(one.nomination for one in taken_back)
    for one in taken_back:
        if one.withdrawn is None:
            continue
        after = one.withdrawn.at - (one.accepted or one.raised).at
        stage = "受理后" if one.accepted else "收到后"
        words = f"{'实名' if one.signed else '匿名'}异议在{stage}{after.days}天撤回"
        if of_each[one.nomination] > 1:
            words += f"，同一申报共有{of_each[one.nomination]}件异议撤回"
        if one.continued:
            words += "，办公室继续核查"
        known = nominations.get(one.nomination)
        steps = [(one.raised, "收到异议"), (one.accepted, "受理异议"), (one.withdrawn, "撤回")]
        yield Finding(
            kind="objection_withdrawn",
            grade="note" if one.continued else "finding",
            severity=1
            if one.continued
            else 3
            if of_each[one.nomination] > 1
            else 2
            if one.accepted
            else 1,
            nominations=(one.nomination,),
            units=() if known is None else (known.employer,),
            objections=(one.id,),
            words=f"{words}。须向反映人核实撤回是否出于本意，所反映的事实是否已查清。",
            evidence=tuple(shows(at, one.nomination, what) for at, what in steps if at is not None),
        )
