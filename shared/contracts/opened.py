"""What intake opens of a nomination: personal data in three parts, each sealed for its own purpose.

Never published and never stored: it answers one question, which is on record before it (P3).
"""

from shared.contracts.submission import Form
from shared.messages import Message


class Identity(Message):
    """Who it is (S45–S49)."""

    name: str
    sex: str
    household_registration: str
    photo_sha256: str
    id_number: str


class ContactDetails(Message):
    """How to reach the person (S58–S61)."""

    mobile: str
    postal_address: str
    office_phone: str
    email: str


class Dossier(Message):
    """The form without identity and contact, and the titles of the materials by their ids."""

    form: Form
    titles: dict[str, str]


class Parts(Message):
    """The parts that were opened."""

    identity: Identity | None = None
    contact: ContactDetails | None = None
    dossier: Dossier | None = None
