"""What the environment says, read once at the start and passed down."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, PositiveFloat, PositiveInt, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.setup_errors import SetupError

PREFIX = "GATEWAY_"


class Mode(StrEnum):
    """Tell whose gateway this is: a developer's, which brings all that it needs, or one that customers use."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """Hold everything that the environment may change. Variables begin with GATEWAY_, save for the two URLs."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, populate_by_name=True)

    mode: Mode = Mode.DEVELOPMENT
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000

    database_url: Annotated[str | None, Field(validation_alias="DATABASE_URL")] = None
    """PostgreSQL 15 or later. None: the embedded one, in development only."""
    redis_url: Annotated[str | None, Field(validation_alias="REDIS_URL")] = None
    """Redis 6.2 or later, or Valkey. None: the embedded one, in development only."""
    database_pool: PositiveInt = 8
    """Connections to PostgreSQL for each process."""

    data_dir: Path = Path(".data")
    """Where development keeps its databases and keys."""
    keys_dir: Path | None = None
    """Where the keys that sign access tokens are. None: in the data directory, in development only."""

    graphiql: bool | None = None
    """Serve GraphiQL. None: in development only."""
    introspection: bool | None = None
    """Answer introspection. None: in development only."""

    operation_deadline_seconds: PositiveFloat = 10
    """After which an operation is cancelled and its client told so."""
    statement_timeout_seconds: PositiveFloat = 8
    """After which PostgreSQL gives a statement up; below the deadline, so that none outlives its operation."""
    max_body_bytes: PositiveInt = 256 * 1024
    """Of the body of an HTTP request."""

    log_format: Literal["console", "json"] | None = None
    """None: for people in development, for machines in production."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def signing_keys_dir(self) -> Path:
        """Tell where the keys that sign access tokens are."""
        return self.keys_dir or self.data_dir / "keys"

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

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, url: str | None) -> str | None:
        return _check_url(url, "postgresql", "postgres", "postgresql+asyncpg")

    @field_validator("redis_url")
    @classmethod
    def _check_redis_url(cls, url: str | None) -> str | None:
        return _check_url(url, "redis", "rediss", "unix")

    @model_validator(mode="after")
    def _check_production(self) -> Self:
        """Let production depend on nothing that development would make up."""
        needed = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url, "GATEWAY_KEYS_DIR": self.keys_dir}
        missing = [name for name, value in needed.items() if value is None]
        if self.mode is Mode.PRODUCTION and missing:
            raise ValueError(f"GATEWAY_MODE=production needs {' and '.join(missing)} to be set")
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


def _variable(field: str) -> str:
    """Give the name of the environment variable that a field is read from."""
    return field if field.isupper() else PREFIX + field.upper()


def _check_url(url: str | None, *schemes: str) -> str | None:
    """Refuse a URL of something else, without repeating it: it may hold a password."""
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in schemes:
        raise ValueError(f"the URL should begin with {schemes[0]}:// or {schemes[1]}://")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError("the port in the URL should be a number") from None
    return url
