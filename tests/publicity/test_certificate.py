"""One certificate number belongs to one honour."""

from uuid import uuid4

from services.publicity.certificate import (
    CERTIFICATE,
    CertificateIssued,
    IssueCertificate,
    certificate_id,
)
from services.publicity.policies import PUBLICITY, react
from services.publicity.title import TitleConferred
from shared.messages import Addressed, Happened
from tests.actors import AT, COMMITTEE
from tests.given import given

NUMBER = "GQGJ-2019-001"
ONE, ANOTHER = uuid4(), uuid4()

issued = CertificateIssued(nomination_id=ONE, certificate_number=NUMBER)


def issue(nomination: object) -> IssueCertificate:
    return IssueCertificate.model_validate(
        {"at": AT, "by": PUBLICITY, "nomination_id": nomination, "certificate_number": NUMBER}
    )


def test_a_free_number_is_given_to_the_honour() -> None:
    given(CERTIFICATE).when(issue(ONE)).then(issued)


def test_a_number_is_not_given_twice() -> None:
    """P14."""
    given(CERTIFICATE, issued).when(issue(ANOTHER)).refused("P14")
    given(CERTIFICATE, issued).when(issue(ONE)).then()


def test_a_conferral_takes_its_number_in_the_same_transaction() -> None:
    """P14."""
    conferred = TitleConferred(
        nomination_id=ONE,
        campaign_id=ANOTHER,
        title="港区工匠",
        certificate_number=NUMBER,
        decision_number="嘉港区管〔2019〕1号",
    )
    assert react(Happened(ONE, conferred, AT, COMMITTEE)) == [
        Addressed(CERTIFICATE, certificate_id(NUMBER), issue(ONE))
    ]
