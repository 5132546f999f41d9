"""The certificate number of an honour (授予证书编号): one number, one honour, for ever.

A stream for each number, written in the transaction that confers: two committees that act at the
same time cannot give out one number twice.
"""

from dataclasses import dataclass
from typing import assert_never
from uuid import UUID, uuid5

from shared.contracts.ids import NAMESPACE
from shared.messages import SYSTEM, Command, Decider, Event, Refused

# what can be refused


class NumberTaken(Refused):
    """Another honour has this certificate number."""

    code = "certificate_number_taken"
    rule = "P14"


# what may be asked


class IssueCertificate(Command, name="issue_certificate", may={SYSTEM}, rule="P14"):
    """Give this number to the honour of this nomination."""

    nomination_id: UUID
    certificate_number: str


# what can happen


class CertificateIssued(Event, name="certificate_issued", label="登记授予证书编号", rule="P14"):
    """The number belongs to this honour."""

    nomination_id: UUID
    certificate_number: str


# what is true


@dataclass(frozen=True, slots=True)
class Free:
    """Nobody has the number."""


@dataclass(frozen=True, slots=True)
class Issued:
    """The honour of this nomination has it."""

    nomination_id: UUID


Situation = Free | Issued

# the rules


def decide(command: IssueCertificate, state: Situation) -> list[Event]:
    """A number is given once; giving it to its holder again changes nothing."""
    match state:
        case Free():
            return [
                CertificateIssued(
                    nomination_id=command.nomination_id,
                    certificate_number=command.certificate_number,
                )
            ]
        case Issued(nomination_id=holder):
            if holder == command.nomination_id:
                return []
            raise NumberTaken(
                "该证书编号已用于其他人选，请另编证书编号。", field="certificate_number"
            )
        case _:
            assert_never(state)


def evolve(state: Situation, event: CertificateIssued) -> Situation:
    """Whose it is."""
    return Issued(event.nomination_id)


def certificate_id(certificate_number: str) -> UUID:
    """The stream of a certificate number."""
    return uuid5(NAMESPACE, f"certificate\n{certificate_number}")


CERTIFICATE: Decider[Situation] = Decider(
    name="certificate",
    initial=Free(),
    decide=decide,
    evolve=evolve,
    commands=(IssueCertificate,),
    events=(CertificateIssued,),
    key_of=lambda command: certificate_id(command.certificate_number),
)
