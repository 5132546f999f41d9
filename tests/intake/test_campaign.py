"""Campaign: a notice opens it once, under rules that stay."""

from datetime import datetime

import pytest
from pydantic import ValidationError

from services.intake.campaign import CAMPAIGN, CampaignOpened, OpenCampaign
from shared.contracts.campaign import CampaignConfiguration
from shared.messages import Actor
from tests.actors import AT, EXPERT, LEADING_GROUP, OFFICE
from tests.given import given
from tests.intake.samples import CAMPAIGN_ID, CONFIGURATION

OPENED = CampaignOpened(campaign_id=CAMPAIGN_ID, configuration=CONFIGURATION)


def open_campaign(
    configuration: CampaignConfiguration = CONFIGURATION, at: datetime = AT, by: Actor = OFFICE
) -> OpenCampaign:
    return OpenCampaign(at=at, by=by, configuration=configuration)


def test_the_office_opens_a_campaign() -> None:
    """S2, S25."""
    given(CAMPAIGN).when(open_campaign()).then(OPENED)


@pytest.mark.parametrize("by", [EXPERT, LEADING_GROUP])
def test_nobody_else_opens_it(by: Actor) -> None:
    """S25."""
    given(CAMPAIGN).when(open_campaign(by=by)).refused("S25")


def test_it_opens_no_earlier_than_its_notice_is_dated() -> None:
    """S4: by the day in Beijing."""
    early = datetime.fromisoformat("2019-11-19T23:59:59+08:00")
    given(CAMPAIGN).when(open_campaign(at=early)).refused("S4")
    that_day = datetime.fromisoformat("2019-11-19T16:00:00+00:00")
    given(CAMPAIGN).when(open_campaign(at=that_day)).then(OPENED)


def test_opening_it_again_changes_nothing() -> None:
    given(CAMPAIGN, OPENED).when(open_campaign()).then()


def test_opening_it_with_other_rules_is_refused() -> None:
    """A8."""
    other = CONFIGURATION.model_copy(update={"quota": 9})
    given(CAMPAIGN, OPENED).when(open_campaign(other)).refused("A8")


def test_a_document_number_of_another_form_is_no_configuration() -> None:
    """S2."""
    with pytest.raises(ValidationError):
        CampaignConfiguration.model_validate(
            CONFIGURATION.model_dump() | {"document_number": "嘉港区办[2019]60号"}
        )


def test_the_notice_s_own_rules_are_in_its_file() -> None:
    """S2, S4, S10, S23, A1, A2, P1, P11, P12."""
    assert CONFIGURATION.deadline == datetime.fromisoformat("2019-12-10T23:59:59+08:00")
    assert CONFIGURATION.base_date.isoformat() == "2019-12-10"
    assert CONFIGURATION.issued_on.isoformat() == "2019-11-20"
    assert CONFIGURATION.required_years == 3
    assert set(CONFIGURATION.bodies.leading_group_members) >= {
        *("乍浦镇", "办公室", "人力社保局", "经发局", "财政分局", "总工会")
    }
    assert (CONFIGURATION.notice.days, CONFIGURATION.notice.count_publication_day) == (5, True)
    assert sum(criterion.weight for criterion in CONFIGURATION.scoring.criteria) == 100
    codes = {criterion.code for criterion in CONFIGURATION.scoring.criteria}
    assert codes.issuperset(CONFIGURATION.scoring.tie_break)
    assert CONFIGURATION.voting.majority.reached(4, 6)
    assert not CONFIGURATION.voting.majority.reached(3, 6)
