"""Intervals with known values, and which finding is about what."""

import pytest

from tests.frauds.counting import Share, figures, pooled
from tests.frauds.matching import Finding, Names, accusations, match
from tests.frauds.truth import Incident

NAMES = Names({1: "n1", 2: "n2", 3: "n3"}, {3: "o3"})


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        # zero of n: 1 - 0.025^(1/n); the rest from Clopper and Pearson's own definition, by hand
        (0, 10, 0.0, 0.3085),
        (10, 10, 0.6915, 1.0),
        (8, 10, 0.4439, 0.9748),
        (1, 1, 0.0250, 1.0),
        (50, 100, 0.3983, 0.6017),
        (0, 0, 0.0, 1.0),
    ],
)
def test_the_interval_is_the_exact_one(part: int, whole: int, low: float, high: float) -> None:
    assert Share(part, whole).interval == pytest.approx((low, high), abs=0.0001)


def found(kind: str, **named: list[str]) -> Finding:
    return Finding.read({"kind": kind, **named})


PATENT = Incident("same_patent", "wide", (1, 2))
PAIR = Incident("expert_pair", "", experts=("expert-1", "expert-2"))
FAVOUR = Incident("expert_unit", "", (1, 2), ("u1",), ("expert-1",))
RING = Incident("mutual_units", "a ring", (1, 2, 3), ("u1", "u2", "u3"))
CHILD = Incident("certificate", "worked as a child", (1,), also=("career",))
OBJECTION = Incident("objection_withdrawn", "after contact", (3,))


@pytest.mark.parametrize(
    ("finding", "incident", "is_about"),
    [
        (found("same_patent", nominations=["n1", "n2"]), PATENT, True),
        (found("same_patent", nominations=["n1", "n2", "n3"]), PATENT, True),
        (found("same_patent", nominations=["n1", "n3"]), PATENT, False),
        (found("same_award", nominations=["n1", "n2"]), PATENT, False),
        (found("expert_pair", experts=["expert-2", "expert-1"]), PAIR, True),
        (found("expert_pair", experts=["expert-2", "expert-3"]), PAIR, False),
        (found("expert_unit", experts=["expert-1"], units=["u1"]), FAVOUR, True),
        (found("expert_unit", experts=["expert-2"], units=["u1"]), FAVOUR, False),
        (found("expert_unit", experts=["expert-1"], units=["u2"]), FAVOUR, False),
        (found("mutual_units", units=["u2", "u3"]), RING, True),
        (found("mutual_units", units=["u1", "u9"]), RING, False),
        (found("career", nominations=["n1"]), CHILD, True),
        (found("late_edit", nominations=["n1"]), CHILD, False),
        (found("objection_withdrawn", objections=["o3"]), OBJECTION, True),
        (found("objection_withdrawn", nominations=["n3"]), OBJECTION, True),
        (found("objection_withdrawn", nominations=["n1"]), OBJECTION, False),
    ],
)
def test_a_finding_is_about_what_it_names(
    finding: Finding, incident: Incident, is_about: bool
) -> None:
    matched = match([finding], [incident], NAMES)
    assert bool(matched.found) is bool(matched.true) is is_about
    assert len(matched.found) + len(matched.missed) == 1
    assert len(matched.true) + len(matched.false) == 1


def test_an_incident_counts_once_and_every_false_finding_counts() -> None:
    findings = [
        found("mutual_units", units=["u1", "u2"]),
        found("mutual_units", units=["u2", "u3"]),
        found("mutual_units", units=["u8", "u9"]),
        found("something_else", nominations=["n1"]),
    ]
    counted = figures(match(findings, [RING, PATENT], NAMES))
    assert counted["mutual_units"].recall == Share(1, 1)
    assert counted["mutual_units"].precision == Share(2, 3)
    assert counted["same_patent"].recall == Share(0, 1)
    assert counted["something_else"].false == 1
    assert counted["all"].recall == Share(1, 2)
    assert counted["all"].precision == Share(2, 4)
    assert pooled([counted, counted])["all"].recall == Share(2, 4)


def test_a_note_accuses_nobody() -> None:
    rows = [{"kind": "career", "grade": "note"}, {"kind": "career", "grade": "finding"}]
    assert len(accusations({"findings": rows})) == 1
