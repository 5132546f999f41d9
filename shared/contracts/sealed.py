"""Personal data as it may be stored and sent: sealed, and useless without its key store."""

from typing import Literal
from uuid import UUID

from shared.messages import Message

Purpose = Literal["identity", "contact", "dossier"]


class Sealed(Message):
    """A value sealed with the key `key`: base64 of nonce and ciphertext (AES-256-GCM).

    It opens only together with the nomination (or objection) and the field for which it was sealed.
    """

    key: UUID
    box: str


class PersonalKey(Message):
    """A key of the store, by its id, and the part of a person that it seals."""

    key: UUID
    purpose: Purpose
