"""Investigators: what is alleged, the evidence, the hearing, the finding."""

from time import monotonic
from typing import Any
from uuid import UUID, uuid5

from deploy.operations.demo import accounts
from deploy.operations.rehearsal.books import PUBLIC_REASONS, Books
from deploy.operations.rehearsal.people import digest, name_of
from deploy.operations.rehearsal.plan import Case


class Investigating:
    """Verifies allegations."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def find(self, case: Case, finding: str, objection: str | None, number: int = 1) -> None:
        """Verify what is alleged, and come to this finding."""
        key = str(uuid5(UUID(self._books.id(case)), f"investigation {number}"))

        def ask(command: str, account: str, **fields: Any) -> None:
            self._books.stage.soon("review", "investigation", key, command, account, **fields)

        ask(
            "open_investigation",
            "office",
            nomination_id=self._books.id(case),
            campaign_id=self._books.campaign,
            allegation="反映其申报材料与事实不符",
            investigators=[
                {key: one[key] for key in ("id", "organisation", "uscc")}
                for one in accounts()
                if one["id"].startswith("investigator")
            ],
            **({} if objection is None else {"objection_id": objection}),
        )
        ask(
            "record_evidence",
            "investigator-1",
            sha256=digest(case.number, f"evidence {number}"),
            description="发证机关复函",
        )
        ask(
            "record_hearing",
            "investigator-1",
            outcome="heard",
            dated="2020-01-09",
            sha256=digest(case.number, f"hearing {number}"),
        )
        ask(
            "conclude_investigation",
            "leading-group",
            finding=finding,
            statement="经两名核查人员查证。",
            public_reason=PUBLIC_REASONS.get(finding),
        )

    def expose(self, case: Case) -> None:
        """Without an objection: the office had a lead of its own."""
        found = monotonic()
        self.find(case, "fraud", None)
        name = name_of(case.number)
        self._books.stage.until(
            "the notice without the name",
            self._books.notice_page,
            lambda page: name not in page,
        )
        self._books.tally.fraud_to_portal = monotonic() - found
        self._books.becomes(case, "资格取消")
