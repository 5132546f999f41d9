"""Who is who: the path of each nomination through the selection, drawn from one seed.

Nothing is left to chance while it is played: what people do follows from the plan alone.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, Protocol

from deploy.operations.rehearsal.expected import Marks, ranking
from deploy.operations.rehearsal.fictional import certificate_number, patent_number
from deploy.operations.rehearsal.lives import Award, Life, Registry, Unit, employ, shorten

Arrival = Literal[
    "clean",
    "refused",
    "late",
    "short",
    "no_award",
    "unsighted",
    "never_sighted",
    "no_paper",
    "second",
    "repeat",
    "conflict",
    "corrected",
    "lapsed",
    "withdrawn",
    "suspended",
    "equal",
]
"""How a message comes in, and what the office has with it before the pre-review."""

SHARES: dict[Arrival, int] = {
    "refused": 60,
    "late": 20,
    "short": 40,
    "no_award": 30,
    "unsighted": 30,
    "never_sighted": 20,
    "no_paper": 40,
    "second": 40,
    "repeat": 20,
    "conflict": 10,
    "corrected": 30,
    "lapsed": 10,
    "withdrawn": 20,
    "suspended": 10,
    "equal": 10,
}
"""Out of a thousand; the rest is clean."""

FLAWS = ("S46 S49", "S66", "S65", "S68", "S30", "S26", "S27", "S58")
"""What the refused ones are refused for."""

Objection = Literal[
    "unfounded", "immaterial", "ineligible", "fraud", "anonymous", "late", "withdrawn"
]
Vetted = Literal["clear", "veto", "weighed", "overdue"]
Title = Literal["kept", "revoked", "dismissed"]

EXPERTS = tuple(f"expert-{number}" for number in range(1, 8))
WEIGHTS = {"craftsmanship": 20, "skill": 30, "mentoring": 20, "achievement": 30}
OWN_UNIT = "expert-2"
"""Some nominees work where this expert works."""
EXPERTS_UNIT = Unit("虚构职业技术学院", "12890000MBXXXX22XG")
EQUAL_HONOUR = {"title": "虚构省首席技师", "issuer": "虚构省人力资源和社会保障厅"}
"""Not named in the notice, and equal by a decision of the office (S16)."""

SMALLEST = 100
LAST_PLACE = 3
"""That counts in a contest (S16)."""

Time = Literal["by day", "on the last evening"]


@dataclass(frozen=True)
class Mending:
    """What the office has corrected, and how it is answered: `becomes` are blanks of the form."""

    fields: tuple[str, ...]
    reason: str
    becomes: Mapping[str, Any]
    asked: Time = "by day"
    answered: Time = "by day"


DIPLOMA = Mending(("education",), "毕业证书与填报的学历不一致", {"education": "技工学校毕业"})


@dataclass
class Case:
    """One message and what becomes of it; `twin` is the message that it repeats or competes with.

    `keeps`: of two nominations of one person the office keeps this one. `marks` are those of each
    expert who scores. `dissent`: one member unit votes against it. `opened`: what the office wants
    to know the reporter for, before an objection is withdrawn.
    """

    number: int
    arrival: Arrival
    life: Life
    flaw: str = ""
    twin: "Case | None" = None
    keeps: bool = True
    reopened: bool = False
    own_unit: bool = False
    declares: str | None = None
    abstains: str | None = None
    mending: Mending = DIPLOMA
    quality: int = 70
    marks: dict[str, Marks] = field(default_factory=dict)
    vetted: Vetted = "clear"
    leaves: bool = False
    yes: bool = True
    dissent: bool = False
    objection: Objection | None = None
    opened: str = ""
    exposed: bool = False
    title: Title = "kept"

    @property
    def passes(self) -> bool:
        """Whether the office passes it in the pre-review."""
        return self.keeps and self.arrival in PASSING


def twin_of(case: Case) -> Case:
    """The message that this one repeats or competes with.

    Raises:
        ValueError: there is none.
    """
    if case.twin is None:
        raise ValueError(f"message {case.number} stands alone")
    return case.twin


PASSING = frozenset({"clean", "unsighted", "no_paper", "corrected", "suspended", "equal", "second"})


@dataclass(frozen=True)
class Plan:
    """The cast, best last: `cases` in the order in which they are published."""

    seed: int
    quota: int
    shortlist: int
    reserve: int
    cases: tuple[Case, ...]

    @property
    def candidates(self) -> list[Case]:
        """Who is scored."""
        return [case for case in self.cases if case.passes]

    @property
    def ranked(self) -> list[Case]:
        """The candidates, best first."""
        by_number = {case.number: case for case in self.candidates}
        return [by_number[number] for number, _ in ranking(self.candidates)]

    @property
    def shortlisted(self) -> list[Case]:
        """Who is on the list: whoever shares the last rank is on it too."""
        places = ranking(self.candidates)
        within = {number for number, rank in places if rank <= self.shortlist}
        return [case for case in self.ranked if case.number in within]

    @property
    def on_the_ballot(self) -> list[Case]:
        """Whom the leading group decides on."""
        return [case for case in self.shortlisted if case.vetted != "veto" and not case.leaves]

    @property
    def carried(self) -> list[Case]:
        """Who carries the vote: by rank, and equals by the votes that they have."""
        ranks = dict(ranking(self.candidates))
        carried = [case for case in self.on_the_ballot if case.yes]
        return sorted(carried, key=lambda case: (ranks[case.number], case.dissent))

    @property
    def approved(self) -> list[Case]:
        """Whom it approves, within the quota."""
        return self.carried[: self.quota]

    @property
    def reserves(self) -> list[Case]:
        """Who waits for a place, in this order."""
        return self.carried[self.quota :]

    @property
    def fallen(self) -> list[Case]:
        """Who is approved and yet not conferred the title."""
        return [
            case
            for case in self.approved
            if case.exposed or case.objection in ("ineligible", "fraud")
        ]

    @property
    def promoted(self) -> list[Case]:
        """Who moves up."""
        return self.reserves[: len(self.fallen)]

    @property
    def winners(self) -> list[Case]:
        """Who is conferred the title."""
        return [case for case in self.approved if case not in self.fallen] + self.promoted


class Tamper(Protocol):
    """Changes what people say or do, while a plan is made: what they do follows from it all."""

    def files(self, cases: Sequence[Case]) -> None:
        """Change what is sent. Nothing that is taken in may be refused for it."""

    def marks(self, candidates: Sequence[Case]) -> None:
        """Change the marks that experts give."""

    def outcomes(self, made: Plan) -> None:
        """Change what happens to whom the leading group approves."""


class Untouched:
    """Everybody is honest."""

    def files(self, cases: Sequence[Case]) -> None:
        """What is sent stays as it is."""

    def marks(self, candidates: Sequence[Case]) -> None:
        """So do the marks."""

    def outcomes(self, made: Plan) -> None:
        """And so does what happens."""


HONEST = Untouched()


def plan(size: int, seed: int, tamper: Tamper = HONEST) -> Plan:
    """A cast of `size` messages.

    Args:
        size: of messages.
        seed: everything is drawn from it.
        tamper: changes what people say or do.

    Raises:
        ValueError: too few for all that happens.
    """
    if size < SMALLEST:
        raise ValueError(f"at least {SMALLEST}")
    rng = random.Random(seed)  # noqa: S311  (nothing here is secret)
    registry = Registry(size, rng)
    cases = [
        Case(number, arrival, registry.life(number))
        for number, arrival in enumerate(_arrivals(size, rng))
    ]
    clean = iter([case for case in cases if case.arrival == "clean"])
    for at, case in enumerate(cases):
        _come(case, at, clean, rng)
        _live(case, registry)
    tamper.files(cases)
    quota = size // 25
    made = Plan(seed, quota, quota * 3 // 2 + 3, max(4, quota // 4), tuple(cases))
    _score(made.candidates, rng)
    tamper.marks(made.candidates)
    _tie_on_the_line(made)
    _after_the_shortlist(made)
    tamper.outcomes(made)
    return made


def _arrivals(size: int, rng: random.Random) -> list[Arrival]:
    """The late ones come last; whoever refers to another comes after it."""
    counts = {kind: max(1, size * share // 1000) for kind, share in SHARES.items()}
    first: list[Arrival] = ["clean"] * (size - sum(counts.values()))
    later: list[Arrival] = []
    for kind, count in counts.items():
        (later if kind in ("second", "repeat", "conflict") else first).extend([kind] * count)
    rng.shuffle(first)
    rng.shuffle(later)
    return (
        [kind for kind in first if kind != "late"]
        + later
        + [kind for kind in first if kind == "late"]
    )


def _come(case: Case, at: int, clean: Iterable[Case], rng: random.Random) -> None:
    match case.arrival:
        case "refused":
            case.flaw = FLAWS[at % len(FLAWS)]
        case "second" | "repeat" | "conflict":
            case.twin = next(iter(clean))
            if case.arrival == "second":
                case.keeps = rng.random() < 0.5
                case.twin.keeps = not case.keeps
                case.reopened = rng.random() < 0.25
        case "clean":
            case.own_unit = rng.random() < 0.02
        case _:
            pass


def _live(case: Case, registry: Registry) -> None:
    """What the file says, where that decides how far it comes."""
    life = case.life
    match case.arrival:
        case "second":
            case.life = twin_of(case).life
        case "refused" if case.flaw == "S65" and not life.patents:
            life.patents = [("一种用于测试的密封装置", patent_number(3 * life.person))]
        case "short":
            shorten(life)
        case "no_award":
            life.condition, life.level = "C2", 3
            placed = registry.contest(life, 2018)
            life.awards = [replace(placed, rank=(placed.rank or 1) + LAST_PLACE)]
            life.certificate = certificate_number(life.person, life.level)
        case "equal":
            life.condition = "C2"
            day = date(2010 + case.number % 8, 5, 1 + case.number % 28)
            title, issuer = EQUAL_HONOUR["title"], EQUAL_HONOUR["issuer"]
            life.awards = [Award(title, issuer, "province", "other", day)]
        case _:
            pass
    if case.own_unit:
        employ(life, EXPERTS_UNIT)


def _score(candidates: Sequence[Case], rng: random.Random) -> None:
    """Each expert is as strict as he is, sees the same work, and errs a little every time."""
    severity = {expert: rng.gauss(0, SEVERITY) for expert in EXPERTS}
    for case in candidates:
        case.own_unit = case.life.unit == EXPERTS_UNIT  # also whoever was nominated a second time
        low = case.own_unit
        case.quality = rng.randint(62, 70) if low else rng.randint(64, 94)
        if not low and rng.random() < 0.02:
            case.declares = rng.choice(EXPERTS)
        elif not low and rng.random() < 0.02:
            case.abstains = rng.choice(EXPERTS)
        case.marks = {
            expert: spread(case.quality + severity[expert] + rng.gauss(0, IMPRESSION), rng)
            for expert in EXPERTS
            if not (case.own_unit and expert == OWN_UNIT)
            and expert not in (case.declares, case.abstains)
        }


SEVERITY, IMPRESSION, SLIP = 2.0, 2.2, 0.8
"""In points: between experts, from one nomination to the next, from one criterion to the next."""


def spread(total: float, rng: random.Random) -> Marks:
    """About this total of a hundred, over the criteria."""
    return {
        code: min(weight, max(0, round(weight * total / 100 + rng.gauss(0, SLIP))))
        for code, weight in WEIGHTS.items()
    }


def _tie_on_the_line(made: Plan) -> None:
    """The last on the list and the first behind it get the same marks from everybody."""
    _level(made.ranked[made.shortlist - 1], made.ranked[made.shortlist])


def _level(upper: Case, lower: Case) -> None:
    """The lower gets what the upper got, and so both or neither work where an expert does."""
    if upper.own_unit and not lower.own_unit:
        upper.own_unit, upper.abstains = False, OWN_UNIT
        employ(upper.life, lower.life.unit)
    elif lower.own_unit and not upper.own_unit:
        lower.own_unit = False
        employ(lower.life, upper.life.unit)
    lower.declares, lower.abstains = upper.declares, upper.abstains
    lower.marks = {expert: dict(marks) for expert, marks in upper.marks.items()}


def _after_the_shortlist(made: Plan) -> None:
    """By place, so that everything happens at every size and never twice to one person."""
    listed = made.shortlisted
    listed[1].vetted, listed[2].vetted, listed[3].vetted = "veto", "weighed", "overdue"
    listed[4].leaves = True
    for case in made.on_the_ballot[made.quota + made.reserve :]:
        case.yes = False
    if len(made.approved) > EVERYTHING:
        made.on_the_ballot[5].yes = False
    within, beyond = made.carried[made.quota - 1 : made.quota + 1]
    _level(within, beyond)
    beyond.dissent = True
    approved = made.approved
    approved[0].objection, approved[1].exposed = "fraud", True
    approved[2].title = "revoked"
    others: tuple[Objection, ...] = (
        "ineligible",
        "unfounded",
        "immaterial",
        "anonymous",
        "late",
        "withdrawn",
    )
    for case, objection in zip(approved[3:-1], others, strict=False):
        case.objection = objection
    if len(approved) > EVERYTHING:
        approved[-1].title = "dismissed"


EVERYTHING = 10
"""So many must be approved for everything to happen."""
