"""How intake opens personal data to a reader at another service's desk (P3)."""

import json
import logging
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID, uuid4

import psycopg
import pytest

from services.intake import opening
from services.intake.campaign import CAMPAIGN, AmendCampaign
from services.intake.disclosure import OpenPersonalData, PersonalDataOpened
from services.intake.nomination import NOMINATION
from services.intake.opening import NotOpened, open_for_another_service
from shared.application import Answer, Application
from shared.contracts.campaign import Authority, Vetting
from shared.contracts.opened import Parts
from shared.contracts.sealed import Sealed
from shared.identity import Issuer, Verifier
from shared.messages import Actor
from shared.personal import Erased, Vault
from tests.actors import AT, EXPERT, INVESTIGATOR, OFFICE, OPERATOR, actor
from tests.intake.house import House, nomination_of
from tests.intake.samples import CAMPAIGN_ID, CONFIGURATION
from tests.intake.stories import asked, record
from tests.shared.test_identity import key_pair

PRIVATE, PUBLIC = key_pair()
ISSUER, VERIFIER = Issuer(PRIVATE), Verifier(PUBLIC)
NAME, NUMBER = "测试甲", "890000198503070011"


class Asked:
    """What opens needs of an application, over a house in memory."""

    def __init__(self, house: House) -> None:
        self.log = house.log
        self.house = house

    def execute(
        self, aggregate: str, key: UUID, command: str, body: Mapping[str, Any], actor: Actor
    ) -> Answer:
        """Ask the nomination."""
        assert (aggregate, command) == (NOMINATION.name, OpenPersonalData.name)
        asked = OpenPersonalData.model_validate({**body, "at": AT, "by": actor})
        events = self.house.ask(NOMINATION, key, asked)
        return Answer(len(self.house.rows.rows), tuple(event.name for event in events))


class Reader:
    """Somebody at another service's desk, and intake."""

    def __init__(self) -> None:
        self.house = House()
        self.house.send("good-1")
        self.vault: Any = OpeningVault(self.house)

    def opens(
        self,
        *parts: str,
        actor: Actor = INVESTIGATOR,
        purpose: str = "综合评审",
        token: str | None = None,
        nomination: object = nomination_of("good-1"),
    ) -> dict[str, Any]:
        """What intake answers."""
        return open_for_another_service(
            cast("Application", Asked(self.house)),
            cast("Vault", self.vault),
            VERIFIER,
            ISSUER.token(actor) if token is None else token,
            str(nomination),
            purpose,
            parts,
        )

    def opened(self) -> list[tuple[Actor, PersonalDataOpened]]:
        """What is on record, and by whom."""
        return [
            (recorded.by, recorded.event)
            for recorded in self.house.recorded()
            if isinstance(recorded.event, PersonalDataOpened)
        ]


class OpeningVault:
    """Opens what the house sealed, and knows what was on record then."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.on_record: list[str] = []

    def open_all(self, boxes: Mapping[str, Sealed], _: UUID) -> dict[str, str]:
        """What is in them."""
        self.on_record = self._house.topics()
        return {part: self._house.vault.open(sealed) for part, sealed in boxes.items()}


class FailingVault:
    """Fails in a given way."""

    def __init__(self, fault: Exception) -> None:
        self._fault = fault

    def open_all(self, *_: Any) -> dict[str, str]:
        """Nothing."""
        raise self._fault


@pytest.fixture
def reader() -> Reader:
    return Reader()


def test_the_part_that_was_asked_for_is_opened_and_no_other(reader: Reader) -> None:
    answer = reader.opens("dossier")
    assert answer.keys() == {"parts"}
    parts = Parts.model_validate(answer["parts"])
    assert parts.dossier is not None
    assert parts.dossier.form.employer.name == "虚构石化示例有限公司"
    assert (parts.identity, parts.contact) == (None, None)
    assert NUMBER not in json.dumps(answer)


def test_the_opening_is_on_record_before_anything_is_opened(reader: Reader) -> None:
    reader.opens("identity", "dossier", "identity", actor=INVESTIGATOR, purpose=" 核查 ")
    assert reader.vault.on_record[-1] == "personal_data_opened.v1"
    ((by, event),) = reader.opened()
    assert by == INVESTIGATOR
    assert (event.purpose, event.fields) == ("核查", ("identity", "dossier"))


@pytest.mark.parametrize(
    ("parts", "purpose"),
    [
        ((), "综合评审"),
        (("everything",), "综合评审"),
        (("dossier",), " "),
        (("dossier",), "评" * 201),
    ],
)
def test_nothing_is_opened_without_purpose_and_part(
    reader: Reader, parts: tuple[str, ...], purpose: str
) -> None:
    answer = reader.opens(*parts, purpose=purpose)
    assert (answer["refused"]["code"], answer["refused"]["rule"]) == ("purpose_missing", "P3")
    assert not reader.opened()


def test_who_is_not_entitled_is_refused(reader: Reader) -> None:
    answer = reader.opens("dossier", actor=OPERATOR)
    assert (answer["refused"]["code"], answer["refused"]["rule"]) == ("not_entitled", "P3")
    assert not reader.opened()


def test_a_nomination_that_is_not_there_is_refused(reader: Reader) -> None:
    assert reader.opens("dossier", nomination=uuid4())["refused"]["rule"] == "S39"


@pytest.mark.parametrize(
    "token",
    ["", "forged", Issuer(key_pair()[0]).token(EXPERT)],
    ids=["none", "no token at all", "of another issuer"],
)
def test_whom_nobody_knows_is_told_so(reader: Reader, token: str) -> None:
    answer = reader.opens("dossier", token=token)
    assert answer["unauthenticated"]["code"] in {"token_missing", "token_forged"}
    assert not reader.opened()


def test_what_was_erased_says_so(reader: Reader) -> None:
    reader.vault = FailingVault(Erased())
    assert reader.opens("identity") == {"erased": True}


def test_while_a_server_is_away_one_may_ask_again(reader: Reader) -> None:
    reader.vault = FailingVault(psycopg.OperationalError("the store of the keys"))
    assert reader.opens("identity") == {"unavailable": True}


@pytest.mark.parametrize(
    "fault",
    [
        ValueError(f"what cannot be read: {NAME}"),
        UnicodeDecodeError("utf-8", NAME.encode(), 0, 1, NAME),
    ],
)
def test_a_fault_never_repeats_what_was_opened(
    reader: Reader, caplog: pytest.LogCaptureFixture, fault: Exception
) -> None:
    """nameko logs the exception of a worker, and sends its words to whoever asked."""
    reader.vault = FailingVault(fault)
    with caplog.at_level(logging.DEBUG), pytest.raises(NotOpened) as failed:
        reader.opens("identity")
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("nameko").error("error handling worker", exc_info=failed.value)
    assert opening.__name__ in {record.name for record in caplog.records}
    assert type(fault).__name__ in caplog.text
    assert NAME not in caplog.text
    assert not failed.value.args


def test_nothing_that_was_opened_is_logged(
    reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert NAME in json.dumps(reader.opens("identity"), ensure_ascii=False)
    assert NAME not in caplog.text
    assert NUMBER not in caplog.text


class TestDepartments:
    """A department that was asked opens the identity, on record, and nothing else (P8)."""

    AUTHORITY = actor("authority", id="police-desk")

    @pytest.fixture
    def asked_about(self) -> Reader:
        """good-1, in a campaign that asks the police."""
        reader = Reader()
        vetting = Vetting(
            authorities=(
                Authority(code="police", title="公安", account="police-desk"),
                Authority(code="court", title="法院", account="court-desk"),
            )
        )
        amended = CONFIGURATION.model_copy(update={"vetting": vetting})
        amend = AmendCampaign(at=AT, by=OFFICE, configuration=amended, reason="增加联审。")
        reader.house.ask(CAMPAIGN, CAMPAIGN_ID, amend)
        return reader

    def ask(self, reader: Reader, authority: str) -> None:
        """Review asks this department."""
        about = {"nomination_id": nomination_of("good-1")}
        milestone = asked(authority).model_copy(update=about)
        reader.house.ask(NOMINATION, nomination_of("good-1"), record(milestone))

    def test_whom_it_was_asked_about(self, asked_about: Reader) -> None:
        self.ask(asked_about, "police")
        answer = asked_about.opens("identity", actor=self.AUTHORITY, purpose="联审")
        assert answer["parts"]["identity"]["name"] == NAME
        ((by, event),) = asked_about.opened()
        assert (by, event.fields, event.purpose) == (self.AUTHORITY, ("identity",), "联审")

    def test_nobody_whom_it_was_not_asked_about(self, asked_about: Reader) -> None:
        assert asked_about.opens("identity", actor=self.AUTHORITY)["refused"]["rule"] == "P8"
        self.ask(asked_about, "court")
        assert asked_about.opens("identity", actor=self.AUTHORITY)["refused"]["rule"] == "P8"
        assert not asked_about.opened()

    @pytest.mark.parametrize("parts", [("dossier",), ("contact",), ("identity", "contact")])
    def test_nothing_but_the_identity(self, asked_about: Reader, parts: tuple[str, ...]) -> None:
        """P3."""
        self.ask(asked_about, "police")
        assert asked_about.opens(*parts, actor=self.AUTHORITY)["refused"]["rule"] == "P3"

    def test_a_department_of_no_campaign_opens_nothing(self) -> None:
        """The campaign of 2019 asks nobody."""
        reader = Reader()
        self.ask(reader, "police")
        assert reader.opens("identity", actor=self.AUTHORITY)["refused"]["rule"] == "P8"
