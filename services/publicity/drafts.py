"""A form that is not sent yet: it outlives a session, and nobody but its own form can open it.

The form carries a token, sealed, in a hidden field: the draft's secret, when it was given, and to
which browser. The draft is stored under a key that follows from that secret, which is stored
nowhere. So the form comes back filled when it fails or its time is over, without JavaScript, and
a form that did not come from this browser's page is not acted on (it only comes back).
"""

import json
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.publicity.lodging import Filled
from services.publicity.objecting import Enclosed
from services.publicity.receipts import NONCE, FormKeys
from shared.application import Application

LASTS = 2 * 60 * 60
"""Seconds for which a form is acted on."""

SECRET = 16


@dataclass(frozen=True, slots=True)
class Token:
    """What a form carries. `fresh`: given to this browser, and not too long ago."""

    secret: bytes
    fresh: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """What was written so far, and the files that were taken, each with its name."""

    secret: bytes
    filled: Filled = field(default_factory=Filled)
    files: tuple[tuple[Enclosed, str], ...] = ()

    @property
    def enclosed(self) -> tuple[Enclosed, ...]:
        """The files without their names."""
        return tuple(one for one, _ in self.files)


def new_secret() -> bytes:
    """Of a new draft."""
    return secrets.token_bytes(SECRET)


def token(keys: FormKeys, label: str, said: bytes, browser: str) -> str:
    """What a form carries in its hidden field, for this browser."""
    issued = int(time.time()).to_bytes(8, "big")
    return keys.sealed(label, issued + keys.keyed("browser", browser.encode())[:16] + said)


def read(keys: FormKeys, label: str, sent: str, browser: str) -> Token | None:
    """What the form carried; nothing if it is not ours."""
    said = keys.unsealed(label, sent)
    if said is None or len(said) != 24 + SECRET:
        return None
    issued, of_browser, secret = int.from_bytes(said[:8], "big"), said[8:24], said[24:]
    same = secrets.compare_digest(of_browser, keys.keyed("browser", browser.encode())[:16])
    return Token(secret, fresh=bool(browser) and same and time.time() - issued <= LASTS)


def objection_id(keys: FormKeys, secret: bytes) -> UUID:
    """The id of the objection that this draft becomes: a form sent twice is one objection."""
    return keys.id("objection", secret)


def file_key(keys: FormKeys, secret: bytes, sha256: str) -> bytes:
    """Under which a file of this draft is kept."""
    return keys.keyed("file", secret, sha256.encode())


def load(application: Application, keys: FormKeys, secret: bytes) -> Draft:
    """The draft as it was saved; an empty one if it never was, or is a week old."""
    with application.reading() as connection:
        row = connection.execute(
            "SELECT box FROM objection_drafts WHERE draft_id = %s", (keys.id("draft", secret),)
        ).fetchone()
    if row is None:
        return Draft(secret)
    box = bytes(row["box"])
    try:
        plain = AESGCM(keys.keyed("draft key", secret)).decrypt(box[:NONCE], box[NONCE:], None)
    except InvalidTag:
        return Draft(secret)
    said = json.loads(plain)
    files = ((Enclosed.model_validate(one), name) for one, name in said["files"])
    return Draft(secret, Filled.of(said["filled"]), tuple(files))


def save(application: Application, keys: FormKeys, draft: Draft) -> None:
    """Keep it for a week from now."""
    files: Sequence[object] = [(one.model_dump(mode="json"), name) for one, name in draft.files]
    said = json.dumps({"filled": draft.filled.as_dict(), "files": files})
    nonce = secrets.token_bytes(NONCE)
    box = AESGCM(keys.keyed("draft key", draft.secret)).encrypt(nonce, said.encode(), None)
    with application.reading() as connection:
        connection.execute(
            "INSERT INTO objection_drafts (draft_id, box) VALUES (%s, %s)"
            " ON CONFLICT (draft_id) DO UPDATE SET box = excluded.box, touched_at = now()",
            (keys.id("draft", draft.secret), nonce + box),
        )


def drop(application: Application, keys: FormKeys, secret: bytes) -> None:
    """It has become an objection."""
    with application.reading() as connection:
        connection.execute(
            "DELETE FROM objection_drafts WHERE draft_id = %s", (keys.id("draft", secret),)
        )


def forget(application: Application) -> None:
    """Remove what nobody has touched for a week."""
    with application.reading() as connection:
        connection.execute(
            "DELETE FROM objection_drafts WHERE touched_at < now() - interval '7 days'"
        )
