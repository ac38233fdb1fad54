"""What the environment says, read once at the start and passed down."""

import os
from email.utils import parseaddr
from enum import StrEnum
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PositiveInt, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from gateway.setup_errors import SetupError
from gateway.urls import check_database_url, check_link_base, check_redis_url, check_smtp_url

PREFIX = "GATEWAY_"

_FEWEST_LOBBY_PLACES: Final = 10

Seconds: TypeAlias = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]
"""A time that somebody waits: of an hour at most."""


Port: TypeAlias = Annotated[int, Field(ge=1, le=65535)]
"""A port of TCP."""

DatabaseUrl: TypeAlias = Annotated[str, AfterValidator(check_database_url)]
RedisUrl: TypeAlias = Annotated[str, AfterValidator(check_redis_url)]
SmtpUrl: TypeAlias = Annotated[str, AfterValidator(check_smtp_url)]
LinkBase: TypeAlias = Annotated[str, AfterValidator(check_link_base)]


class Mode(StrEnum):
    """Tell whose gateway this is: a developer's, which brings all that it needs, or one that customers use."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Hold everything that the environment may change. All but four variables begin with GATEWAY_."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, populate_by_name=True)

    mode: Mode = Mode.DEVELOPMENT
    host: str = "127.0.0.1"
    port: Port = 8000
    metrics_port: Port | None = None
    """Where Prometheus finds `/metrics`, on the same address. None: nowhere."""
    forwarded_allow_ips: Annotated[str, Field(validation_alias="FORWARDED_ALLOW_IPS")] = "127.0.0.1,::1"
    """Load balancers whose X-Forwarded-For is believed: addresses and networks, separated by commas, or * for all."""

    database_url: Annotated[DatabaseUrl | None, Field(validation_alias="DATABASE_URL")] = None
    """PostgreSQL 15 or later. None: the embedded one, in development only."""
    redis_url: Annotated[RedisUrl | None, Field(validation_alias="REDIS_URL")] = None
    """Redis 6.2 or later, or Valkey. None: the embedded one, in development only."""
    database_pool: PositiveInt = 8
    """Connections to PostgreSQL for each process."""

    data_dir: Path = Path(".data")
    """Where development keeps its databases, keys and mails."""
    keys_dir: Path | None = None
    """Where the keys that sign access tokens are. None: in the data directory, in development only."""

    smtp_url: Annotated[SmtpUrl | None, Field(validation_alias="SMTP_URL")] = None
    """The mail server. None: mails land in the data directory, in development only."""
    smtp_timeout_seconds: Seconds = 60
    """How long the mail server may take over one mail; scanners are slow to answer."""
    mail_sender: str | None = None
    """Whom mails are from: an address, or a name with the address in angle brackets. None: in development only."""
    mails_per_second: Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)] = 20
    """Of all processes of one `serve` together."""
    link_base: LinkBase | None = None
    """What links in mails begin with. None: this gateway, in development only."""

    session_days: Annotated[int, Field(ge=1, le=366)] = 30
    """After which somebody has to sign in again who was away."""

    graphiql: bool | None = None
    """Serve GraphiQL. None: in development only."""
    introspection: bool | None = None
    """Answer introspection. None: in development only."""

    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins of the front ends on other hosts whose pages may ask, such as https://console.example."""

    operation_deadline_seconds: Seconds = 10
    """After which an operation is cancelled and its client told so."""
    bulk_deadline_seconds: Seconds = 60
    """After which one with a bulk action is cancelled, and PostgreSQL gives a statement of it up."""
    statement_timeout_seconds: Seconds = 8
    """After which PostgreSQL gives a statement up; best below the deadline, so that none outlives its operation."""
    max_body_bytes: PositiveInt = 256 * 1024
    """Of the body of an HTTP request."""
    max_operations: PositiveInt = 256
    """Queries and mutations that each process runs at once; what is more is refused."""
    max_sockets: PositiveInt = 10_000
    """WebSockets and streams of server-sent events that each process holds at once."""
    max_sockets_per_user: PositiveInt = 5_000
    """How many of them one user may have."""
    slow_reader_seconds: Seconds = 30
    """For which a client may take nothing of what was written, before it is cut off."""

    compiled_completion: bool = True
    """Complete selections by plans that are written once for each operation."""

    log_format: Literal["console", "json"] | None = None
    """None: for people in development, for machines in production."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def signing_keys_dir(self) -> Path:
        """Tell where the keys that sign access tokens are."""
        return self.keys_dir or self.data_dir / "keys"

    @property
    def sender(self) -> str:
        """Tell whom mails are from."""
        return self.mail_sender or "Accounts <accounts@gateway.example>"

    @property
    def links_begin_with(self) -> str:
        """Tell what links in mails begin with, up to the slash of their path."""
        return (self.link_base or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def operations_of_strangers(self) -> int:
        """Tell how many of its operations each process runs for those who are not signed in."""
        return max(self.max_operations // 4, 1)

    @property
    def lobby_places(self) -> int:
        """Tell how many sockets each process holds beside those that are let in: nobody knows yet whose they are."""
        return max(self.max_sockets // 10, _FEWEST_LOBBY_PLACES)

    @property
    def shows_graphiql(self) -> bool:
        """Tell whether GraphiQL is served."""
        return self.mode is Mode.DEVELOPMENT if self.graphiql is None else self.graphiql

    @property
    def allows_introspection(self) -> bool:
        """Tell whether introspection is answered."""
        return self.mode is Mode.DEVELOPMENT if self.introspection is None else self.introspection

    @property
    def logs_json(self) -> bool:
        """Tell whether log lines are JSON."""
        return self.mode is Mode.PRODUCTION if self.log_format is None else self.log_format == "json"

    @field_validator("forwarded_allow_ips")
    @classmethod
    def _check_forwarded_allow_ips(cls, allowed: str) -> str:
        """Refuse what would never be the address of a load balancer."""
        if allowed.strip() == "*":
            return "*"
        for address in allowed.split(","):
            try:
                ip_network(address.strip())
            except ValueError:
                raise ValueError("it should be addresses and networks such as 10.0.0.0/8, or * alone") from None
        return allowed

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _read_origins(cls, origins: object) -> object:
        """Read what is separated by commas, and refuse what no browser would send as an origin (RFC 6454, 6.2)."""
        if not isinstance(origins, str):
            return origins
        named = tuple(origin.strip() for origin in origins.split(",") if origin.strip())
        for origin in named:
            parts = urlsplit(origin)
            if parts.scheme not in {"https", "http"} or origin != f"{parts.scheme}://{parts.netloc}".lower():
                raise ValueError("an origin is https:// or http:// and a host in small letters, without a path")
        return named

    @field_validator("mail_sender")
    @classmethod
    def _check_mail_sender(cls, sender: str | None) -> str | None:
        """Refuse what cannot stand in a header, or names no domain."""
        if sender is None:
            return None
        _, address = parseaddr(sender)
        name, _, domain = address.rpartition("@")
        if not (name and domain and address.isascii() and sender.isprintable()):
            raise ValueError("it should be an address, or a name and then the address in angle brackets")
        return sender

    @model_validator(mode="after")
    def _check_production(self) -> Self:
        """Let production depend on nothing that development would make up."""
        needed = {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SMTP_URL": self.smtp_url,
            "GATEWAY_KEYS_DIR": self.keys_dir,
            "GATEWAY_MAIL_SENDER": self.mail_sender,
            "GATEWAY_LINK_BASE": self.link_base,
        }
        missing = [name for name, value in needed.items() if value is None]
        if self.mode is Mode.PRODUCTION and missing:
            raise ValueError(f"GATEWAY_MODE=production needs {', '.join(missing)} to be set")
        return self

    @model_validator(mode="after")
    def _check_that_development_is_meant(self) -> Self:
        """Let nobody who forgot the mode fill a database with accounts that other machines can sign in to."""
        if "mode" not in self.model_fields_set and self.database_url is not None and not _is_loopback(self.host):
            raise ValueError(
                "with DATABASE_URL and a GATEWAY_HOST that other machines reach GATEWAY_MODE has to be set: "
                "to production, or to development for demo accounts whose password everybody knows"
            )
        return self


def read_settings() -> Settings:
    """Read the environment. Raises SetupError with one sentence for all that is wrong with it."""
    try:
        return Settings()
    except ValidationError as error:
        faults = [
            ": ".join([*(_variable(str(name)) for name in fault["loc"]), fault["msg"].removeprefix("Value error, ")])
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise SetupError(f"The environment does not fit: {'; '.join(faults)}.") from error


def unknown_variables() -> list[str]:
    """Name the variables that begin as those of the gateway do, and that no setting is read from: slips."""
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    return sorted(name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known)


def _is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address; what other names stand for is not asked."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _variable(field: str) -> str:
    """Give the name of the environment variable that a field is read from."""
    return field if field.isupper() else PREFIX + field.upper()
