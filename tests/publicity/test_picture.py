"""P3: the one list of what may ever appear, and what becomes of anything else."""

from dataclasses import fields
from typing import Any

import pytest

from services.publicity.picture import (
    MAY_APPEAR,
    NOT_SHOWN,
    Extension,
    Honour,
    Listed,
    NotForThePublic,
    released,
)
from tests.publicity.stories import JIA

LINE: dict[str, Any] = {
    "nomination_id": JIA,
    "name": "测试甲",
    "sex": "男",
    "employer": "虚构石化示例有限公司",
    "post": "化工总控工",
    "recommender": "虚构石化示例有限公司",
}


@pytest.mark.parametrize("kind", MAY_APPEAR)
def test_the_list_names_all_that_the_picture_holds_and_nothing_else(kind: type) -> None:
    assert {field.name for field in fields(kind)} == MAY_APPEAR[kind]


@pytest.mark.parametrize(
    "secret", ["id_number", "mobile", "address", "email", "birth_date", "photo", "household"]
)
@pytest.mark.parametrize("kind", [Listed, Honour])
def test_nothing_else_of_a_person_gets_into_the_picture(kind: type, secret: str) -> None:
    """P3, S47-S49, S58-S61: whoever adds a column meets the list first."""
    assert secret not in MAY_APPEAR[kind]
    with pytest.raises(NotForThePublic, match=secret):
        released(kind, {secret: "x"})


@pytest.mark.parametrize("number", ["89000019880716009X", "15412345678"])
def test_a_number_within_a_released_text_is_not_shown(number: str) -> None:
    """P3: somebody wrote it where it does not belong."""
    line = released(Listed, {**LINE, "post": f"化工总控工 {number}"})
    assert (line.name, line.post) == ("测试甲", NOT_SHOWN)


def test_what_may_appear_appears_as_it_is() -> None:
    assert released(Listed, LINE) == Listed(**LINE)
    assert Extension in MAY_APPEAR
