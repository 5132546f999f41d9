"""The secret of the public form, and what follows from it: receipt codes, tokens, hashes.

One secret, made once, is kept under the vault's seal: whoever has the database alone has nothing.
A receipt code is made from the draft's own secret, which only the visitor's form holds, so that a
form that is sent twice gets the same code, and what is stored is a keyed hash of it.

    Refused
    └── UnknownReceipt      no objection has this code, or it was copied wrong
"""

import hashlib
import hmac
import json
import secrets
import unicodedata
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.application import Application
from shared.contracts.sealed import Sealed
from shared.messages import Refused
from shared.personal import Vault

HOLDER = UUID("5b0d3c0e-6d0f-5b1a-9a6e-0d5f0c1c2a10")
"""Under whose name the vault keeps the secret: nobody's."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O, U, so that a code survives a telephone and a pencil."""

DIGITS = 19
"""Of five bits each: 95 bits, and a check digit behind them."""

NONCE = 12


class UnknownReceipt(Refused):
    """Nothing is told without the code."""

    code = "unknown_receipt"
    rule = "P4"


@dataclass(frozen=True)
class FormKeys:
    """What is derived from the secret; `label` keeps every use apart."""

    secret: bytes

    def keyed(self, label: str, *parts: bytes) -> bytes:
        """A keyed hash, 32 bytes."""
        said = b"".join(len(part).to_bytes(4, "big") + part for part in (label.encode(), *parts))
        return hmac.digest(self.secret, said, hashlib.sha256)

    def id(self, label: str, *parts: bytes) -> UUID:
        """A keyed hash that looks like an id."""
        return UUID(bytes=self.keyed(label, *parts)[:16], version=5)

    def sealed(self, label: str, plain: bytes) -> str:
        """Something for a form to carry that nobody else can read or make."""
        nonce = secrets.token_bytes(NONCE)
        box = AESGCM(self.keyed(label)).encrypt(nonce, plain, label.encode())
        return urlsafe_b64encode(nonce + box).decode()

    def unsealed(self, label: str, token: str) -> bytes | None:
        """What it carried; nothing if it is not ours."""
        try:
            box = urlsafe_b64decode(token.encode())
            return AESGCM(self.keyed(label)).decrypt(box[:NONCE], box[NONCE:], label.encode())
        except (InvalidTag, ValueError):
            return None

    def code(self, draft: bytes) -> str:
        """The receipt code of what this draft becomes."""
        number = int.from_bytes(self.keyed("receipt", draft)[:12], "big") >> 1
        digits = [number >> 5 * place & 31 for place in reversed(range(DIGITS))]
        return grouped("".join(ALPHABET[digit] for digit in (*digits, check_digit(digits))))


def check_digit(digits: list[int]) -> int:
    """Luhn's, for 32 digits: one wrong digit is always noticed, two that changed places mostly."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = digit * (2 - place % 2)
        total += doubled // 32 + doubled % 32
    return -total % 32


def grouped(code: str) -> str:
    """In groups of four, as people copy."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def plain(written: str) -> str:
    """A code as it was made, however it was copied.

    Raises:
        UnknownReceipt: it has another length, or its check digit does not fit.
    """
    text = unicodedata.normalize("NFKC", written).upper()
    text = text.translate(str.maketrans("OIL", "011", " -—–\t\r\n"))
    if len(text) != DIGITS + 1 or not set(text) <= set(ALPHABET):
        raise UnknownReceipt(
            f"回执编号应为{DIGITS + 1}位字母和数字（每4位一组），请核对后重新填写。", field="code"
        )
    digits = [ALPHABET.index(letter) for letter in text]
    if check_digit(digits[:-1]) != digits[-1]:
        raise UnknownReceipt("回执编号有误（校验位不符），请对照回执逐组核对。", field="code")
    return text


def form_keys(application: Application, vault: Vault) -> FormKeys:
    """The secret; made when it is asked for the first time."""
    with application.reading() as connection:
        row = connection.execute("SELECT sealed FROM form_secret").fetchone()
        if row is None:
            vault.ensure_keys((HOLDER,))
            made = b64encode(secrets.token_bytes(32)).decode()
            box = vault.seal(HOLDER, "identity", HOLDER, "form_secret", made)
            connection.execute(
                "INSERT INTO form_secret (one, sealed) VALUES (true, %s) ON CONFLICT DO NOTHING",
                (json.dumps(box.model_dump(mode="json")),),
            )
            row = connection.execute("SELECT sealed FROM form_secret").fetchone()
    if row is None:
        raise LookupError("the secret of the form was removed while it was made")
    opened = vault.open(Sealed.model_validate(row["sealed"]), HOLDER, "form_secret")
    return FormKeys(b64decode(opened))


def note(application: Application, keys: FormKeys, code: str, objection_id: UUID) -> None:
    """Let the code lead to the objection. Harmless to repeat, and before there is one."""
    with application.reading() as connection:
        connection.execute(
            "INSERT INTO objection_receipts (code, objection_id) VALUES (%s, %s)"
            " ON CONFLICT DO NOTHING",
            (keys.keyed("code", plain(code).encode()), objection_id),
        )


def objection_of(application: Application, keys: FormKeys, written: str) -> UUID:
    """Which objection has this code.

    Raises:
        UnknownReceipt: none.
    """
    code = keys.keyed("code", plain(written).encode())
    with application.reading() as connection:
        row = connection.execute(
            "SELECT objection_id FROM objection_receipts WHERE code = %s", (code,)
        ).fetchone()
    if row is None:
        raise UnknownReceipt("没有这个回执编号，请对照回执核对。", field="code")
    found: UUID = row["objection_id"]
    return found
