"""What is sent and scored holds what the truth says, and nothing else does."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from itertools import combinations
from statistics import correlation, mean
from typing import NamedTuple

import pytest

from deploy.operations.rehearsal import expected
from deploy.operations.rehearsal.books import NUMBER, TODAY, configuration
from deploy.operations.rehearsal.people import event_of
from deploy.operations.rehearsal.plan import EXPERTS, PASSING, SMALLEST, Case, Plan, plan
from services.intake.findings import Findings, judge
from services.intake.publishers import Publisher
from shared.contracts.campaign import CampaignConfiguration
from shared.contracts.submission import NominationSubmitted
from tests.frauds import reading
from tests.frauds.generator import Frauds
from tests.frauds.reading import Sent
from tests.frauds.truth import KINDS, Incident, Truth

SIZE = 1000
SEEDS = (1, 2)


class Seeded(NamedTuple):
    """A plan with frauds, the truth about it, and the data of each message."""

    made: Plan
    truth: Truth
    sent: dict[int, Sent]

    def of(self, kind: str) -> list[Incident]:
        return [one for one in self.truth.planted if one.kind == kind]

    def like(self, how: str) -> list[Incident]:
        return [one for one in self.truth.honest if one.how == how]

    def files(self, incident: Incident) -> list[Sent]:
        return [self.sent[number] for number in incident.messages]

    @property
    def single(self) -> Iterable[Case]:
        """One message of each person, of those that may be taken in."""
        return [
            case
            for case in self.made.cases
            if case.arrival not in ("refused", "late", "second", "repeat", "conflict")
        ]


@cache
def seeded(seed: int, size: int = SIZE) -> Seeded:
    frauds = Frauds(seed)
    made = plan(size, seed, frauds)
    sent = {case.number: event_of(case, NUMBER)["data"] for case in made.cases}
    return Seeded(made, frauds.truth, sent)


def test_a_seed_decides_everything() -> None:
    again = Frauds(1)
    assert plan(SMALLEST, 1, again) == seeded(1, SMALLEST).made
    assert again.truth == seeded(1, SMALLEST).truth
    assert seeded(2).truth != seeded(1).truth


@pytest.mark.parametrize("seed", SEEDS)
def test_every_kind_is_planted_and_nobody_has_two_parts(seed: int) -> None:
    frauds = seeded(seed)
    assert {one.kind for one in frauds.truth.planted} == set(KINDS)
    used = [
        number
        for one in frauds.truth.planted
        if one.kind not in ("expert_unit", "expert_pair", "objection_withdrawn")
        for number in one.messages
    ]
    assert len(used) == len(set(used))


def test_paths_and_counts_stay_those_of_a_plan() -> None:
    """S39: whoever cheats goes the way that the plan says."""
    honest, frauds = plan(SMALLEST, 1), seeded(1, SMALLEST).made
    assert [one.arrival for one in honest.cases] == [one.arrival for one in frauds.cases]
    assert expected.receipts(honest) == expected.receipts(frauds)
    assert len(honest.candidates) == len(frauds.candidates)


# what intake says


def judged(frauds: Seeded, case: Case, data: Sent) -> Findings:
    publisher = Publisher(
        user="zlb",
        sources=frozenset({"urn"}),
        channels=frozenset({"employer", "industry_association"}),
    )
    return judge(
        NominationSubmitted.model_validate_json(json.dumps(data)),
        publisher,
        CampaignConfiguration.model_validate(configuration(frauds.made)),
        datetime.fromisoformat(TODAY["nominating"]),
        rehearsal=True,
    )


def test_no_fraud_is_stopped_at_the_door() -> None:
    frauds = seeded(1)
    planted = {number for one in frauds.truth.planted for number in one.messages}
    for case in frauds.made.cases:
        if case.number in planted:
            assert not judged(frauds, case, frauds.sent[case.number]).refuse


def test_late_edits_are_what_lets_a_nomination_pass() -> None:
    """S10, S16: an error before, none after; honest edits of the diploma change neither."""
    frauds = seeded(1)
    cases = {case.number: case for case in frauds.made.cases}
    for one in frauds.of("late_edit"):
        case = cases[one.messages[0]]
        before = frauds.sent[case.number]
        after = {**before, "form": {**before["form"], **case.mending.becomes}}
        assert {found.rule for found in judged(frauds, case, before).found} & {"S10", "S16"}
        assert not judged(frauds, case, after).found
        assert case.mending.answered == "on the last evening"
        assert set(case.mending.becomes) == set(case.mending.fields)
    for one in frauds.like("as asked, at the last moment"):
        assert cases[one.messages[0]].mending.fields == ("education",)
    for one in frauds.like("what decides, as asked and by day"):
        assert cases[one.messages[0]].mending.answered == "by day"


# papers


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("same_patent", reading.patents),
        ("same_award", reading.places),
        ("same_document", reading.documents),
    ],
)
def test_what_two_strangers_share_was_planted(seed, kind, read) -> None:  # type: ignore[no-untyped-def]
    frauds = seeded(seed)
    owners: dict[object, list[int]] = defaultdict(list)
    for case in frauds.single:
        for thing in read(frauds.sent[case.number]):
            owners[thing].append(case.number)
    unit = {case.number: case.life.unit.uscc for case in frauds.made.cases}
    shared = {
        frozenset(pair)
        for numbers in owners.values()
        for pair in combinations(numbers, 2)
        if unit[pair[0]] != unit[pair[1]]
    }
    assert shared == {frozenset(one.messages) for one in frauds.of(kind)}


def test_people_of_one_unit_share_what_they_may() -> None:
    frauds = seeded(1)
    for one in frauds.like("a team, each at the own place"):
        titles = [reading.places(data) for data in frauds.files(one)]
        assert not set.intersection(*titles)
        works = [{place[:3] for place in places} for places in titles]
        assert set.intersection(*works)
    for how in ("one project of colleagues", "one paper for a whole unit"):
        for one in frauds.like(how):
            several = frauds.files(one)
            assert len({data["form"]["employer"]["uscc"] for data in several}) == 1
    for one in frauds.like("one paper for a whole unit"):
        papers = [
            {page["sha256"] for page in data["materials"] if page["id"] == "m5"}
            for data in frauds.files(one)
        ]
        assert len(set.union(*papers)) <= 2, "but for one who was planted with another"
    for one in frauds.like("one number after the other"):
        assert not set.intersection(*map(reading.patents, frauds.files(one)))


# lives


@pytest.mark.parametrize("seed", SEEDS)
def test_a_file_contradicts_itself_only_where_that_was_planted(seed: int) -> None:
    frauds = seeded(seed)
    planted = {
        one.messages[0]: one.how
        for one in frauds.truth.planted
        if one.kind in ("career", "certificate")
    }
    found = {
        case.number: reading.contradictions(frauds.sent[case.number]) for case in frauds.single
    }
    assert {number: {how} for number, how in planted.items()} == {
        number: what for number, what in found.items() if what
    }


def test_what_only_looks_like_two_places_at_once_is_there() -> None:
    frauds = seeded(1)
    for how, least, most in (("on one day", 1, 1), ("handing over", 4, 17)):
        for one in frauds.like(how):
            assert least <= reading.overlap(frauds.files(one)[0]) <= most
    for one in frauds.like("part-time, declared"):
        assert any("兼职" in job["post"] for job in frauds.files(one)[0]["form"]["career"])


# units


def heads(data: Sent) -> bool:
    return bool(data["form"]["career"][-1]["post"] == "总经理")


@pytest.mark.parametrize("seed", SEEDS)
def test_only_planted_circles_of_heads_recommend_each_other(seed: int) -> None:
    frauds = seeded(seed)
    edges = {
        (data["recommender"]["uscc"], data["form"]["employer"]["uscc"])
        for data in frauds.sent.values()
        if heads(data) and data["recommender"]["uscc"] != data["form"]["employer"]["uscc"]
    }
    pairs = {frozenset(edge) for edge in edges if edge[::-1] in edges}
    rings = {
        frozenset((first, second, third))
        for first, second in edges
        for start, third in edges
        if start == second and (third, first) in edges and third != first
    }
    assert pairs | rings == {frozenset(one.units) for one in frauds.of("mutual_units")}
    for one in frauds.of("mutual_units"):
        named = {data["form"]["name"] for data in frauds.files(one)}
        assert named == {
            data["form"]["recommender_opinion"]["signed_by"] for data in frauds.files(one)
        }
    assert frauds.like("a head, one way")
    assert frauds.like("each other's workers")
    assert frauds.like("heads, by the town")
    assert frauds.like("heads, by an association")


# marks


def residuals(candidates: Iterable[Case]) -> dict[str, dict[int, float]]:
    """What an expert gave beyond the mean of all on that nomination, and beyond the own habit."""
    beyond: dict[str, dict[int, float]] = {expert: {} for expert in EXPERTS}
    for case in candidates:
        totals = {expert: sum(sheet.values()) for expert, sheet in case.marks.items()}
        middle = mean(totals.values())
        for expert, total in totals.items():
            beyond[expert][case.number] = total - middle
    for expert, values in beyond.items():
        habit = mean(values.values())
        beyond[expert] = {number: value - habit for number, value in values.items()}
    return beyond


@pytest.mark.parametrize("seed", SEEDS)
def test_marks_move_as_the_truth_says(seed: int) -> None:
    frauds = seeded(seed)
    beyond = residuals(frauds.made.candidates)
    for one in frauds.of("expert_unit"):
        (expert,) = one.experts
        given = [beyond[expert][number] for number in one.messages if number in beyond[expert]]
        assert 2 < mean(given) < 9
    (pair,) = frauds.of("expert_pair")
    agreed = {
        frozenset(two): correlation(
            [beyond[two[0]][number] for number in both],
            [beyond[two[1]][number] for number in both],
        )
        for two in combinations(EXPERTS, 2)
        for both in [sorted(beyond[two[0]].keys() & beyond[two[1]].keys())]
    }
    assert max(agreed, key=lambda two: agreed[two]) == frozenset(pair.experts)
    (strict,) = frauds.like("strict with everybody")
    assert strict.experts[0] not in {
        expert for one in frauds.of("expert_unit") for expert in one.experts
    }


# objections


def test_objections_are_withdrawn_with_and_without_contact() -> None:
    frauds = seeded(1)
    cases = {case.number: case for case in frauds.made.cases}
    contacted = [cases[one.messages[0]] for one in frauds.of("objection_withdrawn")]
    mistaken = [cases[one.messages[0]] for one in frauds.like("a mistake")]
    proven = [cases[one.messages[0]] for one in frauds.like("by a letter that was compared")]
    assert all(case.objection == "withdrawn" for case in (*contacted, *mistaken, *proven))
    assert all(case.opened for case in (*contacted, *proven))
    assert not any(case.opened for case in mistaken)
    assert mistaken
    assert proven
    assert all(case in frauds.made.approved and case.arrival in PASSING for case in contacted)
