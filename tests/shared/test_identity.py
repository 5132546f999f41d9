"""Who acts is known by a signature; who may ask for one, by a password."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from shared.identity import (
    ROLES,
    Accounts,
    Issuer,
    SystemForbidden,
    TokenExpired,
    TokenForged,
    TokenMissing,
    Unauthenticated,
    UnusableAccounts,
    Verifier,
    WrongCredentials,
)
from tests.actors import OFFICE, SYSTEM_ACTOR

REHEARSAL = Path(__file__).parents[2] / "deploy/accounts/rehearsal.json"


def key_pair() -> tuple[bytes, bytes]:
    private = Ed25519PrivateKey.generate()
    return (
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )


PRIVATE, PUBLIC = key_pair()
ISSUER, VERIFIER = Issuer(PRIVATE), Verifier(PUBLIC)


@pytest.fixture(scope="module")
def accounts() -> Accounts:
    return Accounts.read(REHEARSAL, rehearsal=True)


def claims(token: str) -> dict[str, object]:
    return jwt.decode(token, options={"verify_signature": False})


def test_a_token_says_who_acts_and_with_which_roles() -> None:
    assert VERIFIER.actor(ISSUER.token(OFFICE)) == OFFICE


def test_a_token_is_valid_for_eight_hours() -> None:
    said = claims(ISSUER.token(OFFICE))
    assert said["exp"] - said["iat"] == 8 * 3600  # type: ignore[operator]


def test_every_token_has_an_id_of_its_own() -> None:
    assert claims(ISSUER.token(OFFICE))["jti"] != claims(ISSUER.token(OFFICE))["jti"]


@pytest.mark.parametrize("token", [None, ""])
def test_without_a_token_nobody_is_known(token: str | None) -> None:
    with pytest.raises(TokenMissing):
        VERIFIER.actor(token)


def test_an_expired_token_is_told_from_a_forged_one() -> None:
    yesterday = Issuer(PRIVATE, now=lambda: datetime.now(UTC) - timedelta(hours=9))
    with pytest.raises(TokenExpired):
        VERIFIER.actor(yesterday.token(OFFICE))


def test_a_token_of_another_key_is_not_believed() -> None:
    other, _ = key_pair()
    with pytest.raises(TokenForged):
        VERIFIER.actor(Issuer(other).token(OFFICE))


def test_a_changed_token_is_not_believed() -> None:
    header, _, signature = ISSUER.token(OFFICE).split(".")
    payload = ISSUER.token(OFFICE.model_copy(update={"roles": frozenset({"auditor"})})).split(".")
    with pytest.raises(TokenForged):
        VERIFIER.actor(".".join((header, payload[1], signature)))


def test_a_token_without_signature_is_not_believed() -> None:
    unsigned = jwt.encode(claims(ISSUER.token(OFFICE)), key="", algorithm="none")
    with pytest.raises(TokenForged):
        VERIFIER.actor(unsigned)


def test_the_public_key_is_no_shared_secret() -> None:
    """The classic confusion: a token signed by HMAC with the bytes of the public key."""
    confused = jwt.api_jws.PyJWS()
    confused._algorithms["HS256"].prepare_key = lambda key: key  # type: ignore[method-assign]
    token = confused.encode(
        json.dumps(claims(ISSUER.token(OFFICE))).encode(), PUBLIC, algorithm="HS256"
    )
    with pytest.raises(TokenForged):
        VERIFIER.actor(token)


@pytest.mark.parametrize("missing", ["iss", "sub", "name", "org", "roles", "iat", "exp", "jti"])
def test_a_token_that_leaves_something_out_is_not_believed(missing: str) -> None:
    said = claims(ISSUER.token(OFFICE))
    del said[missing]
    with pytest.raises(TokenForged):
        VERIFIER.actor(jwt.encode(said, PRIVATE, algorithm="EdDSA"))


def test_a_token_of_another_issuer_is_not_believed() -> None:
    said = claims(ISSUER.token(OFFICE)) | {"iss": "elsewhere"}
    with pytest.raises(TokenForged):
        VERIFIER.actor(jwt.encode(said, PRIVATE, algorithm="EdDSA"))


def test_nobody_gets_a_token_as_a_service() -> None:
    with pytest.raises(SystemForbidden):
        ISSUER.token(SYSTEM_ACTOR)


@pytest.mark.parametrize("role", ["system", "publisher"])
def test_a_token_with_a_role_that_no_person_has_is_refused_though_signed(role: str) -> None:
    said = claims(ISSUER.token(OFFICE)) | {"roles": ["office", role]}
    with pytest.raises(SystemForbidden):
        VERIFIER.actor(jwt.encode(said, PRIVATE, algorithm="EdDSA"))


def test_each_kind_has_a_code_and_a_sentence() -> None:
    kinds = Unauthenticated.__subclasses__()
    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(str(kind()) == kind.message for kind in kinds)


def test_every_role_has_an_account_in_the_rehearsal(accounts: Accounts) -> None:
    names = [account["id"] for account in json.loads(REHEARSAL.read_text())["accounts"]]
    roles = [accounts.authenticate(name, "rehearsal-only").roles for name in names]
    assert frozenset().union(*roles) == ROLES


def test_a_wrong_password_and_an_unknown_account_look_the_same(accounts: Accounts) -> None:
    with pytest.raises(WrongCredentials) as wrong:
        accounts.authenticate("office", "guessed")
    with pytest.raises(WrongCredentials) as unknown:
        accounts.authenticate("nobody", "rehearsal-only")
    assert str(wrong.value) == str(unknown.value)


def test_the_accounts_of_the_rehearsal_are_refused_in_production() -> None:
    with pytest.raises(UnusableAccounts, match="生产环境不予接受"):
        Accounts.read(REHEARSAL, rehearsal=False)


@pytest.mark.parametrize(
    "content",
    [
        "no json",
        '{"profile": "production", "accounts": []}',
        '{"profile": "production", "accounts": [{"id": "a", "password_hash": "secret"}]}',
    ],
)
def test_what_is_no_file_of_accounts_is_said_without_repeating_it(
    content: str, tmp_path: Path
) -> None:
    file = tmp_path / "accounts.json"
    file.write_text(content)
    with pytest.raises(UnusableAccounts) as fault:
        Accounts.read(file, rehearsal=True)
    assert "secret" not in str(fault.value)


def test_no_account_can_have_the_role_of_a_service(tmp_path: Path) -> None:
    content = json.loads(REHEARSAL.read_text())
    content["accounts"][0]["roles"] = ["system"]
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps(content))
    with pytest.raises(UnusableAccounts):
        Accounts.read(file, rehearsal=True)
