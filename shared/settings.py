"""What a process is told from outside: environment variables that begin with GONGJIANG_."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AnyHttpUrl, Field, TypeAdapter, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

Profile = Literal["production", "rehearsal"]
ServiceName = Literal["intake", "review", "publicity"]

_address = TypeAdapter(AnyHttpUrl)


def _plain(address: str) -> str:
    """The address of a service without a slash at its end.

    Raises:
        ValueError: it is not an http or https address.
    """
    _address.validate_python(address)
    return address.rstrip("/")


Address = Annotated[str, AfterValidator(_plain)]


class Settings(BaseSettings):
    """One process of one service.

    `database_url` is the service's own database under the application's role, `keys_database_url`
    the store of its personal keys (intake and publicity). `secrets` is a folder of key files,
    `accounts` and `publishers` are files that name who may act and who may send. `origin` names
    the service's ledger for ever; `port` is that of the web side. `audit_policy` is the file that
    names the keys of the logs and of the witnesses; without it this service witnesses nothing.

    `site_…` is what the foot of the portal says: 主办单位, 政府网站标识码 (zeros until the registry
    of government sites has given one), ICP备案号 and 公安备案号.
    """

    model_config = SettingsConfigDict(env_prefix="GONGJIANG_", frozen=True, extra="ignore")

    profile: Profile = "production"
    service: ServiceName
    database_url: str
    keys_database_url: str | None = None
    amqp_url: str
    partitions: int = Field(default=4, ge=1)
    secrets: Path
    publishers: Path | None = None
    accounts: Path | None = None
    audit_policy: Path | None = None
    portal_url: Address = "http://127.0.0.1:8000"
    intake_url: Address = "http://127.0.0.1:8001"
    review_url: Address = "http://127.0.0.1:8002"
    site_operator: str = ""
    site_id_code: str = Field(default="0000000000", pattern=r"^[0-9A-Za-z]{10}$")
    site_icp: str = ""
    site_police: str = ""
    host: str = "127.0.0.1"
    port: int = Field(ge=0, le=65535)
    origin: str = ""

    @model_validator(mode="before")
    @classmethod
    def _name_the_ledger(cls, values: dict[str, object]) -> dict[str, object]:
        if not values.get("origin"):
            values["origin"] = f"gongjiang/{values.get('service')}"
        return values

    @model_validator(mode="after")
    def _keys_belong_to_those_who_seal(self) -> Self:
        if self.keys_database_url is not None and self.service == "review":
            raise ValueError("review keeps no personal keys")
        return self

    def url_of(self, service: str) -> str:
        """Where the web side of a service answers."""
        return {
            "publicity": self.portal_url,
            "intake": self.intake_url,
            "review": self.review_url,
        }[service]

    @property
    def rehearsal(self) -> bool:
        """Whether fictional data, accounts and times are accepted."""
        return self.profile == "rehearsal"


class SignerSettings(BaseSettings):
    """The signer: one process for the three logs.

    `keys` is a folder that no service can read, with one private key for each log
    (`<service>.pem`); `state` a folder of its own; the databases are reached by roles that only
    read. A checkpoint is signed at most every `interval` seconds, and the last one is published
    again every `again` seconds. `tsa_url` is an RFC 3161 time-stamping authority, if there is one.
    """

    model_config = SettingsConfigDict(env_prefix="GONGJIANG_", frozen=True, extra="ignore")

    intake_database_url: str
    review_database_url: str
    publicity_database_url: str
    amqp_url: str
    keys: Path = Field(validation_alias="GONGJIANG_SIGNER_KEYS")
    state: Path = Field(validation_alias="GONGJIANG_SIGNER_STATE")
    interval: float = Field(default=2.0, gt=0, validation_alias="GONGJIANG_SIGNER_INTERVAL")
    again: float = Field(default=10.0, gt=0, validation_alias="GONGJIANG_SIGNER_AGAIN")
    tsa_url: Address | None = None

    @property
    def databases(self) -> dict[str, str]:
        """The URL of each service's database, as the signer reaches it."""
        return {
            "intake": self.intake_database_url,
            "review": self.review_database_url,
            "publicity": self.publicity_database_url,
        }
