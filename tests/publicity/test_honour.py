"""The honour: conferred once cleared, cancelled before, under revocation after."""

from itertools import permutations

import pytest
from pydantic import ValidationError

from services.publicity.honour import HONOUR, ConferTitle
from services.publicity.title import Cancelled
from shared.messages import Command
from tests.actors import COMMITTEE, LEADING_GROUP, OFFICE
from tests.given import given
from tests.publicity.stories import (
    LATER,
    cancelled,
    clear,
    clearance_lapsed,
    clearance_noted,
    confer,
    conferred,
    disqualify,
    revocation_opened,
    unclear,
)


class TestConferring:
    def test_the_committee_confers_what_review_has_cleared(self) -> None:
        """S40: the title is exactly 港区工匠."""
        given(HONOUR, clearance_noted()).when(confer()).then(conferred())
        assert conferred().title == "港区工匠"

    @pytest.mark.parametrize("actor", [OFFICE, LEADING_GROUP])
    def test_nobody_else_may(self, actor: object) -> None:
        """S40, S25: neither the office nor the leading group."""
        given(HONOUR, clearance_noted()).when(confer(by=actor)).refused("S40")  # type: ignore[arg-type]

    def test_not_without_clearance(self) -> None:
        """S40: never cleared, or no longer."""
        given(HONOUR).when(confer()).refused("S40")
        given(HONOUR, clearance_noted(), clearance_lapsed()).when(confer()).refused("S40")

    def test_again_after_a_renewed_clearance(self) -> None:
        """S40."""
        given(HONOUR, clearance_noted(), clearance_lapsed(), clearance_noted()).when(confer()).then(
            conferred()
        )

    def test_never_after_a_cancellation(self) -> None:
        """S43: no later stage is accepted."""
        given(HONOUR, cancelled()).when(confer()).refused("S43")
        given(HONOUR, clearance_noted(), cancelled()).when(confer()).refused("S43")

    def test_not_twice(self) -> None:
        """S39."""
        given(HONOUR, clearance_noted(), conferred()).when(confer()).refused("S39")
        given(HONOUR, clearance_noted(), conferred(), revocation_opened()).when(confer()).refused(
            "S39"
        )

    @pytest.mark.parametrize(
        ("certificate", "decision"),
        [
            ("", "嘉港区管〔2020〕1号"),
            ("GQGJ 001", "嘉港区管〔2020〕1号"),
            ("GQGJ-2019-001", "嘉港区管[2020]1号"),
            ("GQGJ-2019-001", "嘉港区管〔2020〕01号"),
            ("GQGJ-2019-001", "嘉港区管〔2020〕第1号"),
        ],
    )
    def test_numbers_are_written_as_documents_write_them(
        self, certificate: str, decision: str
    ) -> None:
        """S2, P14."""
        with pytest.raises(ValidationError):
            ConferTitle(
                at=LATER, by=COMMITTEE, certificate_number=certificate, decision_number=decision
            )


class TestDisqualifying:
    def test_before_the_conferral_the_candidacy_is_cancelled(self) -> None:
        """S43: from every state, also as the first thing ever heard."""
        given(HONOUR).when(disqualify()).then(cancelled())
        given(HONOUR, clearance_noted()).when(disqualify()).then(cancelled())
        given(HONOUR, clearance_noted(), clearance_lapsed()).when(disqualify()).then(cancelled())

    def test_after_the_conferral_the_revocation_opens(self) -> None:
        """P15: the notice is silent about what was conferred."""
        given(HONOUR, clearance_noted(), conferred()).when(disqualify()).then(revocation_opened())

    def test_once_only(self) -> None:
        given(HONOUR, cancelled()).when(disqualify()).then()
        given(HONOUR, clearance_noted(), conferred(), revocation_opened()).when(disqualify()).then()

    @pytest.mark.parametrize("order", list(permutations([disqualify(), clear()])))
    def test_in_both_orders_with_the_clearance_the_candidacy_ends(
        self, order: tuple[Command, ...]
    ) -> None:
        """S43."""
        assert _after(*order) == Cancelled()

    @pytest.mark.parametrize("order", list(permutations([disqualify(), unclear()])))
    def test_in_both_orders_with_its_withdrawal_too(self, order: tuple[Command, ...]) -> None:
        """S43: review says both at once."""
        assert _after(clear(), *order) == Cancelled()


class TestClearance:
    def test_is_noted_once(self) -> None:
        """S40."""
        given(HONOUR).when(clear()).then(clearance_noted())
        given(HONOUR, clearance_noted()).when(clear()).then()

    def test_lapses_once(self) -> None:
        """S40."""
        given(HONOUR, clearance_noted()).when(unclear()).then(clearance_lapsed())
        given(HONOUR).when(unclear()).then()

    def test_changes_nothing_once_the_matter_is_decided(self) -> None:
        """S43, P15: neither a cancellation nor a conferral is undone by it."""
        for decided in [(cancelled(),), (clearance_noted(), conferred())]:
            given(HONOUR, *decided).when(clear()).then()
            given(HONOUR, *decided).when(unclear()).then()


def _after(*commands: Command) -> object:
    state = HONOUR.initial
    for command in commands:
        state = HONOUR.fold(HONOUR.judge(command, state), state)
    return state
