"""Each wire sample meets exactly what `deploy/samples/expected.json` says."""

from datetime import datetime

import pytest

from services.intake.findings import REFUSING
from tests.intake.samples import expected, judged, rules, sample

P7 = "P7"
"""Not of one nomination alone: decided by the claim (test_reception.py)."""


@pytest.mark.parametrize("name", expected())
def test_a_sample_is_found_to_be_what_it_is(name: str) -> None:
    said = expected()[name]
    findings = judged(name, at=datetime.fromisoformat(said["publish_at"]))
    errors = [rule for rule in said["errors"] if rule != P7]
    assert sorted(rules(findings, "error")) == sorted(errors)
    assert rules(findings, "warning") == said["warnings"]
    assert findings.refuse is (said["outcome"] == "refused")


@pytest.mark.parametrize("name", expected())
def test_a_fictional_person_exists_only_in_a_rehearsal(name: str) -> None:
    findings = judged(name, rehearsal=False)
    assert {"S49", "S56", "S62"}.issubset(rules(findings, "error"))
    assert findings.refuse


def test_no_finding_repeats_a_personal_value() -> None:
    for name in expected():
        form = sample(name).form
        personal = {form.name, form.id_number, form.mobile, form.email, form.postal_address}
        for finding in judged(name, rehearsal=False).found:
            assert not any(value in finding.message for value in personal)


def test_the_rules_that_refuse_are_those_of_the_design() -> None:
    assert {int(rule[1:]) for rule in REFUSING} == {
        *(2, 11, 26, 27, 29, 30, 32, 42, 44, 45, 46, 48, 49, 50, 51, 53, 55, 56, 58, 62),
        *(65, 66, 67, 68),
    }
