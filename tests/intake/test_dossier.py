"""What the public may see of a person is made from the opened parts (P3)."""

import pytest

from services.intake.dossier import dossier_of, entry_of, identity_of
from shared.contracts.intake import Entry
from shared.contracts.opened import Dossier, Identity
from tests.intake.samples import sample


def entry(name: str, changes: dict[str, object] | None = None) -> Entry:
    data = sample(name, changes)
    return entry_of(
        Identity.model_validate_json(identity_of(data.form)),
        Dossier.model_validate_json(dossier_of(data)),
        data.recommender.organisation,
    )


def test_an_entry_has_these_fields_and_no_other() -> None:
    """P3."""
    assert entry("good-1") == Entry(
        name="测试甲",
        sex="男",
        employer="虚构石化示例有限公司",
        post="检修班长",
        qualification="化工检修钳工（一级/高级技师）",
        achievements=sample("good-1").form.achievements,
        recommender="虚构石化示例有限公司",
    )


def test_without_a_qualification_none_is_shown() -> None:
    assert entry("good-2", {"form.vocational_qualification": None}).qualification is None


def test_a_name_is_shown_without_spaces() -> None:
    """S45."""
    assert entry("bad-5").name == "测试甲"


@pytest.mark.parametrize(
    ("changes", "post"),
    [
        ({"form.career": []}, ""),
        ({"form.career.1.to": "2019-12-01"}, "门机司机"),
        ({"form.career.0.to": None}, "门机司机"),
    ],
)
def test_the_post_is_the_present_or_latest_one(changes: dict[str, object], post: str) -> None:
    assert entry("good-2", changes).post == post


def test_the_dossier_holds_no_part_that_is_sealed_apart() -> None:
    form = sample("good-1").form
    dossier = Dossier.model_validate_json(dossier_of(sample("good-1")))
    assert dossier.form.id_number == ""
    for value in (form.id_number, form.mobile, form.email, form.postal_address, form.photo_sha256):
        assert value not in dossier_of(sample("good-1"))
