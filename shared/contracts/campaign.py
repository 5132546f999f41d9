"""The configuration of a campaign: what the notice fixes, and the defaults of A and P."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, Field

from shared.messages import Message


class Fraction(Message):
    """An exact share, decided with integers: `part * whole_count <= of * count`."""

    part: int = Field(ge=0)
    of: int = Field(ge=1)

    def reached(self, count: int, among: int) -> bool:
        """Whether `count` is at least this share of `among`."""
        return count * self.of >= self.part * among


class NoticePeriod(Message):
    """How long the result is posted (P1)."""

    days: int = Field(ge=1)
    unit: Literal["working_days", "days"]
    count_publication_day: bool


class Criterion(Message):
    """One aspect of the score: its weight is its highest mark; weights add up to 100 (P11)."""

    code: str
    title: str
    weight: int = Field(ge=1, le=100)


class Scoring(Message):
    """How experts' marks become a result (P11)."""

    criteria: tuple[Criterion, ...]
    drop_extremes_from: int
    decimals: int
    tie_break: tuple[str, ...]
    pass_mark: Decimal


class Voting(Message):
    """How the leading group decides (P12). Abstentions count as not in favour."""

    quorum: Fraction
    majority: Fraction
    secret: bool


class Bodies(Message):
    """Who does what (S1, S23, S24, S40)."""

    issuer: str
    office: str
    leading_group_chair: str
    leading_group_members: tuple[str, ...]
    conferring_body: str
    receiving_desk: str


class Contact(Message):
    """Where objections go (P2). Fictional in every file of this repository."""

    department: str
    telephone: str
    address: str
    postcode: str
    email: str


class CampaignConfiguration(Message):
    """Everything a campaign decides before the first pre-review (A8)."""

    document_number: str = Field(pattern=r"^嘉港区办〔\d{4}〕[1-9]\d*号$")
    title: str
    honour: Literal["港区工匠"]
    issued_on: date
    approval_reference: str
    deadline: AwareDatetime
    base_date: date
    required_years: int = Field(ge=0)
    quota: int = Field(ge=1)
    shortlist_size: int = Field(ge=1)
    reward: str
    bar_years: int = Field(ge=0)
    all_listed_areas: bool
    notice: NoticePeriod
    scoring: Scoring
    voting: Voting
    bodies: Bodies
    contact: Contact
