"""A stock nameko project hears our news, and needs nothing of ours for it."""

from deploy.operations.client import eventually
from tests.journeys.conftest import Selection


def test_a_project_outside_our_tree_receives_news_unchanged(selection: Selection) -> None:
    """`@event_handler("intake", "nomination_received")`: JSON, as the contract has it."""
    outcome = selection.outcome
    expected = {
        receipt["nomination_id"]: receipt["findings"]
        for receipt in outcome.receipts.values()
        if receipt["nomination_id"] is not None
    }
    news = eventually(
        lambda: [one for one in selection.partner.news() if one["nomination_id"] in expected],
        lambda heard: len(heard) >= len(expected),
        "the partner's news",
    )
    ours = [
        message.said
        for message in selection.messages
        if (message.exchange, message.routing_key) == ("intake.events", "nomination_received")
    ]
    assert sorted(news, key=str) == sorted(ours, key=str)
    assert {one["nomination_id"] for one in news} == set(expected)
    assert {"campaign_id", "submission_id", "channel", "recommender", "claimed_conditions"} <= set(
        news[0]
    )
    for one in news:
        assert one["findings"] == [
            finding for finding in expected[one["nomination_id"]] if finding["rule"] != "P7"
        ]
