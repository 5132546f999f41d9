"""A whole selection on real processes: what came of it, and what was kept to itself."""

from pathlib import Path

from deploy.local.system import SERVICES
from deploy.operations.demo import FORGED, PASSING, Demonstration
from tests.journeys.conftest import Selection
from tests.journeys.witness import (
    Leak,
    carried,
    kept_in_databases,
    kept_in_logs,
    leaks,
    privates,
    rows_of,
)

CONFERRED = [name for name in PASSING if name != FORGED]

COURSE = {
    "intake": [
        # what was sent, and its answer
        "claim_taken.v1",
        "nomination_received.v2",
        "submission_answered.v1",
        # the same person was sent again, as bad-5 (P7)
        "claim_contested.v1",
        "nomination_held.v1",
        "nomination_held.v1",
        "duplicate_resolved.v1",
        "duplicate_resolved.v1",
        "claim_settled.v1",
        # pre-review
        "personal_data_opened.v1",
        "nomination_pre_reviewed.v1",
        "ties_noted.v1",
        # what the others tell, and the release for the notice
        "nomination_evaluated.v1",
        "nomination_approved.v1",
        "personal_data_opened.v1",
        "publication_released.v1",
        "nomination_posted.v1",
    ],
    "review": [
        "evaluation_opened.v1",
        "candidate_added.v1",
        "ties_noted.v1",
        "executive_noted.v1",
        "candidate_assigned.v2",
        "evaluation_assigned.v2",
        "score_submitted.v1",
        "score_submitted.v1",
        "score_submitted.v1",
        "evaluation_completed.v1",
        "result_recorded.v1",
        "shortlist_drawn.v1",
        "list_submitted.v2",
        "evaluation_closed.v1",
        "list_decided.v1",
        "approval_noted.v1",
        "notice_closure_noted.v1",
        "clearance_granted.v1",
        "place_taken.v1",
    ],
    "publicity": [
        "entry_noted.v1",
        "notice_published.v1",
        "notice_closed.v1",
        "clearance_noted.v1",
        "title_conferred.v1",
        "certificate_issued.v1",
    ],
}
"""The timeline of good-1 in each service. What the services do at the same time has no order."""

LAST = {
    "notice_ended.v1",
    "nomination_cleared.v1",
    "nomination_conferred.v1",
    "carried_over.v1",
    "honour_held.v1",
}
"""What intake hears at the end, from two services and in two partitions: in any order; and what it
then notes of the person."""

ACROSS = [
    ("intake", "nomination_received.v2"),
    ("intake", "nomination_pre_reviewed.v1"),
    ("review", "evaluation_opened.v1"),
    ("review", "shortlist_drawn.v1"),
    ("intake", "nomination_evaluated.v1"),
    ("review", "list_decided.v1"),
    ("intake", "nomination_approved.v1"),
    ("intake", "publication_released.v1"),
    ("publicity", "entry_noted.v1"),
    ("publicity", "notice_published.v1"),
    ("intake", "nomination_posted.v1"),
    ("publicity", "notice_closed.v1"),
    ("review", "clearance_granted.v1"),
    ("publicity", "clearance_noted.v1"),
    ("publicity", "title_conferred.v1"),
    ("intake", "nomination_conferred.v1"),
]
"""How it goes to and fro between them."""

RELEASED = {"name", "achievements"}
"""Of the values that the witness looks for, those that may be published (P3)."""

MAY_TELL = {
    "intake.stored_events publication_released.v1",
    "intake.log publication_released.v1",
    "publicity.stored_events entry_noted.v1",
    "publicity.stored_events notice_published.v1",
    "publicity.notice_entries",
}
"""Where they may stand, of those and only of those who were released."""


def test_everything_comes_out_as_the_samples_say(selection: Selection) -> None:
    """The demonstration compares each step; these are its results."""
    outcome = selection.outcome
    assert outcome.conferred == CONFERRED
    assert outcome.finding_to_portal < 5
    receipts = {name: receipt["outcome"] for name, receipt in outcome.receipts.items()}
    assert receipts == {
        **dict.fromkeys(("good-1", "good-2", "good-3", "good-4", "bad-2", "bad-3"), "received"),
        "bad-5": "held",
        **dict.fromkeys(("bad-1", "bad-4", "bad-6", "bad-7"), "refused"),
    }


def test_each_of_the_eleven_messages_has_its_history(selection: Selection) -> None:
    """Where it came from, how it was answered, and what then happened to it."""
    timelines = selection.outcome.timelines
    assert len(timelines) == 11
    for name, case in timelines.items():
        assert not case.unreachable
        events = [line["event"] for line in case.lines]
        assert events.count("submission_answered.v1") == 1, name
        assert all(line["rules"] and line["actor"] for line in case.lines), name


def test_the_course_of_a_conferred_nomination(selection: Selection) -> None:
    """Three services, one story, in the order of cause and effect."""
    case = selection.outcome.timelines["good-1"]
    course = [(line["service"], line["event"]) for line in case.lines]
    for service, expected in COURSE.items():
        events = [event for where, event in course if where == service]
        assert [event for event in events if event not in LAST] == expected
    assert {event for _, event in course} >= LAST
    assert [step for step in course if step in ACROSS] == ACROSS
    places = {line["id"]: place for place, line in enumerate(case.lines)}
    for line in case.lines:
        assert places.get(line["causation"], -1) < places[line["id"]]


def test_one_correlation_leads_from_the_outside_message_to_the_last_event_in_every_log(
    selection: Selection,
) -> None:
    """What concerns all nominations at once has the correlation of its campaign."""
    lines = selection.outcome.timelines["good-1"].lines
    answered = next(line for line in lines if line["event"] == "submission_answered.v1")
    correlation = answered["correlation"]
    conferred = next(line for line in lines if line["event"] == "title_conferred.v1")
    assert conferred["correlation"] == correlation
    for service in SERVICES:
        (log,) = selection.system.processes.directory.glob(f"logs/{service}.messages.0.log")
        assert correlation in log.read_text(), service


def test_fraud_ends_a_candidacy_in_every_service(selection: Selection) -> None:
    """S43: finding and disqualification are one decision, and nobody edits anything by hand."""
    lines = selection.outcome.timelines[FORGED].lines
    decided = next(line for line in lines if line["event"] == "investigation_concluded.v2")
    disqualified = next(line for line in lines if line["event"] == "nomination_disqualified.v1")
    assert decided["causation"] == disqualified["causation"]
    after = lines[lines.index(disqualified) + 1 :]
    assert {line["actor"] for line in after} == {
        "system:intake",
        "system:review",
        "system:publicity",
    }
    assert {"candidacy_cancelled.v1", "notice_entry_withdrawn.v1"} <= {
        line["event"] for line in after
    }


def test_nothing_personal_is_kept_in_plaintext(selection: Selection, logs: list[Path]) -> None:
    """In no row of the four databases, and no line of a log, but what was released (P3)."""
    found = leaks(kept_in_databases(selection.system)) | leaks(kept_in_logs(*logs))
    assert found
    assert_only_released(found)


def test_nothing_at_all_is_readable_before_the_release(selection: Selection) -> None:
    """Not even a name."""
    assert selection.before_release == set()


def test_nothing_personal_leaves_in_plaintext(selection: Selection) -> None:
    """In no message to our other services or to anybody else, but the release itself."""
    assert {message.exchange for message in selection.messages} >= {
        "receipts",
        *(
            f"{service}.{kind}"
            for service in selection.system.addresses
            for kind in ("events", "log")
        ),
    }
    found = leaks(carried(selection.messages))
    assert found
    assert_only_released(found)


def assert_only_released(found: set[Leak]) -> None:
    """Raises AssertionError with what was found and should not have been."""
    public = {
        private.value
        for private in privates()
        if private.sample in PASSING and private.field in RELEASED
    }
    assert [leak for leak in sorted(found) if leak.where not in MAY_TELL] == []
    assert [leak for leak in sorted(found) if leak.value not in public] == []


def test_whoever_was_disqualified_is_in_no_view_of_the_portal(selection: Selection) -> None:
    """The log keeps what happened; what the public is shown is made anew without the name."""
    hidden = Demonstration.name(FORGED).encode()
    shown = [
        row for row in rows_of(selection.system, "publicity") if "stored_events" not in row.where
    ]
    assert any(Demonstration.name("good-1").encode() in row.content for row in shown)
    assert [row.where for row in shown if hidden in row.content] == []
