"""Ids that anybody can compute again: a name leads to the same id in every service."""

from functools import lru_cache
from uuid import UUID, uuid5

NAMESPACE = UUID("6f0f6d6e-6a69-5e67-8a5b-0c0b5c1e2019")


@lru_cache(maxsize=64)
def campaign_id(document_number: str) -> UUID:
    """The campaign that a notice's document number (S2) opens."""
    return uuid5(NAMESPACE, f"campaign\n{document_number}")


def submission_id(user: str, source: str, message_id: str) -> UUID:
    """The one outcome of one outside message: who sent it, for whom, under which id."""
    return uuid5(NAMESPACE, f"submission\n{user}\n{source}\n{message_id}")


def nomination_id(submission: UUID) -> UUID:
    """The nomination that a submission asks for."""
    return uuid5(submission, "nomination")


def reply_id(user: str, source: str, message_id: str) -> UUID:
    """One department's reply: who sent it, for whom, under which id."""
    return uuid5(NAMESPACE, f"reply\n{user}\n{source}\n{message_id}")
