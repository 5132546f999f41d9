"""From an older version of a message, or of a stored event, to the next."""

from collections.abc import Mapping
from typing import Any

from shared.messages import Upcaster

Data = dict[str, Any]

PRACTICE_OF_2019: Mapping[str, Any] = {
    "readings": {
        "patent_awards": ["中国专利奖"],
        "lowest_city_level": "city",
        "skill_level_certificates": True,
    },
    "entrance": {"unit_notice_required": False, "repeat_winners": "new_merit"},
    "corrections": {"working_days": 5, "times": 2},
    "judging": {"minimum_scores": 1, "ties": "share", "differential_percent": 0},
    "vetting": {"authorities": [], "working_days": 5, "vetoes": []},
    "objections": {
        "acceptance_days": 2,
        "investigation_days": 15,
        "extension_days": 15,
        "answer_days": 5,
    },
    "places": {"reserve": 0, "promote_reserve": False},
    "archives": {"nomination_years": 30, "rejected_years": 10},
}
"""What held for a campaign that was opened before these were part of its configuration (A8).

Never changed: histories were decided by it.
"""


def with_practice(data: Data) -> Data:
    """The same, with a configuration that says what had been taken for granted."""
    return {**data, "configuration": {**data["configuration"], **PRACTICE_OF_2019}}


LIFTS: Mapping[str, Upcaster] = {
    "campaign_opened.v1": with_practice,
    "campaign_amended.v1": with_practice,
}
"""By the topic of the older version of a published message: its data as the next one has them."""
