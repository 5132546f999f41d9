"""Who acts: signed actor tokens, and the accounts of those who may ask for one.

    Exception
    ├── Unauthenticated         nobody is known behind this request
    │   ├── TokenMissing
    │   ├── TokenExpired
    │   ├── TokenForged         not signed by us, damaged, or without what we need to know
    │   ├── SystemForbidden     people never act as a service, nor as a system that publishes
    │   └── WrongCredentials
    └── UnusableAccounts        the file of accounts may not be used here

Tokens run by the machine's own clock, never by that of a rehearsal.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

import jwt
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerificationError
from pydantic import Field, ValidationError

from shared.messages import Actor, Message

ISSUER = "gongjiang"
ALGORITHM = "EdDSA"
VALID_FOR = timedelta(hours=8)
CLAIMS = ("iss", "sub", "name", "org", "roles", "iat", "exp", "jti")

Role = Literal[
    "office",
    "desk",
    "expert",
    "leading_group",
    "committee",
    "investigator",
    "authority",
    "auditor",
    "operator",
]
ROLES: frozenset[str] = frozenset(get_args(Role))
"""The roles that a person can have; that of the services is not among them."""


class Unauthenticated(Exception):
    """Nobody is known behind this request. Not a refusal by a rule: there is nobody to refuse."""

    code: ClassVar[str] = "unauthenticated"
    message: ClassVar[str] = "请先登录"

    def __init__(self) -> None:
        super().__init__(self.message)


class TokenMissing(Unauthenticated):
    """No token came with the request."""

    code = "token_missing"
    message = "请先登录：请求没有携带身份令牌"


class TokenExpired(Unauthenticated):
    """The token was good once."""

    code = "token_expired"
    message = "登录已过期，请重新登录"


class TokenForged(Unauthenticated):
    """The token was not signed by us, or does not say what a token must say."""

    code = "token_forged"
    message = "身份令牌无效：签名不符或内容不完整"


class SystemForbidden(Unauthenticated):
    """A role that no person has never comes from outside."""

    code = "system_forbidden"
    message = "身份令牌无效：系统角色不对外签发"


class WrongCredentials(Unauthenticated):
    """Unknown account or wrong password; which of them is not said."""

    code = "wrong_credentials"
    message = "账号或密码不正确"


class UnusableAccounts(Exception):
    """The file of accounts is for another profile, or not such a file at all."""


def machine_now() -> datetime:
    """The machine's own time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Issuer:
    """Signs tokens. `private_key` is an Ed25519 key in PEM."""

    private_key: bytes
    now: Callable[[], datetime] = machine_now

    def token(self, actor: Actor) -> str:
        """A token that says who acts, valid for eight hours.

        Raises:
            SystemForbidden: the actor is not a person.
        """
        if not actor.roles <= ROLES:
            raise SystemForbidden
        issued = self.now()
        claims = {
            "iss": ISSUER,
            "sub": actor.id,
            "name": actor.name,
            "org": actor.organisation,
            "roles": sorted(actor.roles),
            "iat": issued,
            "exp": issued + VALID_FOR,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, self.private_key, algorithm=ALGORITHM)


@dataclass(frozen=True)
class Verifier:
    """Believes tokens of one issuer. `public_key` is an Ed25519 key in PEM."""

    public_key: bytes

    def actor(self, token: str | None) -> Actor:
        """Who acts.

        Raises:
            Unauthenticated: one of its kinds, for a token that is missing, expired or not ours.
        """
        if not token:
            raise TokenMissing
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self.public_key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                options={"require": list(CLAIMS)},
            )
            actor = Actor(
                id=claims["sub"],
                name=claims["name"],
                organisation=claims["org"],
                roles=claims["roles"],
            )
        except jwt.ExpiredSignatureError:
            raise TokenExpired from None
        except (jwt.InvalidTokenError, ValidationError):
            raise TokenForged from None
        if not actor.roles <= ROLES:
            raise SystemForbidden
        return actor


class Account(Message):
    """Somebody who may ask for a token. `uscc` is the code of the unit (GB 32100)."""

    id: str = Field(min_length=1)
    name: str
    organisation: str
    uscc: str
    roles: frozenset[Role]
    password_hash: str

    @property
    def actor(self) -> Actor:
        """The account as it acts."""
        return Actor(
            id=self.id,
            name=self.name,
            organisation=self.organisation,
            roles=frozenset(self.roles),
        )


class AccountsFile(Message):
    """The file of accounts; `profile` says where it may be used, `note` is for its reader."""

    profile: Literal["production", "rehearsal"]
    note: str = ""
    accounts: tuple[Account, ...] = Field(min_length=1)


class Accounts:
    """The local accounts of one installation."""

    def __init__(self, accounts: tuple[Account, ...]) -> None:
        self._accounts = {account.id: account for account in accounts}
        self._hasher = PasswordHasher.from_parameters(extract_parameters(accounts[0].password_hash))
        # a password that nobody has, so that an unknown name takes as long as a wrong password
        self._nobody = self._hasher.hash(uuid.uuid4().hex)

    @classmethod
    def read(cls, path: Path, *, rehearsal: bool) -> "Accounts":
        """The accounts in the file.

        Raises:
            UnusableAccounts: the rehearsal's accounts in production, or not a file of accounts.
        """
        try:
            file = AccountsFile.model_validate(json.loads(path.read_bytes()))
        except (OSError, ValueError) as fault:
            # not the fault's own text: pydantic's repeats what it read
            raise UnusableAccounts(f"{path} 不是可用的账号文件（{type(fault).__name__}）") from None
        if file.profile == "rehearsal" and not rehearsal:
            raise UnusableAccounts(f"{path} 是演练账号，密码公开，生产环境不予接受")
        return cls(file.accounts)

    def authenticate(self, account_id: str, password: str) -> Actor:
        """Who this is.

        Raises:
            WrongCredentials: unknown account or wrong password.
        """
        account = self._accounts.get(account_id)
        stored = self._nobody if account is None else account.password_hash
        try:
            self._hasher.verify(stored, password)
        except VerificationError:
            raise WrongCredentials from None
        if account is None:
            raise WrongCredentials
        return account.actor
