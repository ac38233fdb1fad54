"""The environment is read once, and told in one sentence what does not fit."""

import re

import pytest
from pydantic import ValidationError

from gateway.settings import PREFIX, Mode, Settings, read_settings, unknown_variables
from gateway.setup_errors import SetupError
from tests.house.houses import ROOT

PRODUCTION = {
    "GATEWAY_MODE": "production",
    "DATABASE_URL": "postgresql://gateway@database/gateway",
    "REDIS_URL": "redis://redis",
    "GATEWAY_KEYS_DIR": "/keys",
    "SMTP_URL": "smtp://mail",
    "GATEWAY_MAIL_SENDER": "Accounts <accounts@console.example>",
    "GATEWAY_LINK_BASE": "https://console.example/",
}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    others = (
        "GATEWAY_HOST",
        "GATEWAY_PORT",
        "GATEWAY_GRAPHIQL",
        "GATEWAY_INTROSPECTION",
        "GATEWAY_DATA_DIR",
        "GATEWAY_MAILS_PER_SECOND",
    )
    for name in [*PRODUCTION, *others]:
        monkeypatch.delenv(name, raising=False)


def test_development_needs_nothing() -> None:
    settings = read_settings()
    assert settings.mode is Mode.DEVELOPMENT
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.signing_keys_dir == settings.data_dir / "keys"
    assert settings.shows_graphiql
    assert settings.allows_introspection
    assert not settings.logs_json
    assert settings.links_begin_with == "http://127.0.0.1:8000"


@pytest.mark.parametrize("days", ["0", "367", "many"])
def test_a_session_lasts_a_day_to_a_year(monkeypatch: pytest.MonkeyPatch, days: str) -> None:
    monkeypatch.setenv("GATEWAY_SESSION_DAYS", days)
    with pytest.raises(SetupError, match="GATEWAY_SESSION_DAYS"):
        read_settings()


def test_production_shows_nothing_unless_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert not settings.shows_graphiql
    assert not settings.allows_introspection
    assert settings.logs_json
    assert settings.links_begin_with == "https://console.example"
    monkeypatch.setenv("GATEWAY_GRAPHIQL", "true")
    monkeypatch.setenv("GATEWAY_INTROSPECTION", "true")
    assert read_settings().shows_graphiql
    assert read_settings().allows_introspection


@pytest.mark.parametrize("name", [name for name in PRODUCTION if name != "GATEWAY_MODE"])
def test_production_makes_nothing_up(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for other, value in PRODUCTION.items():
        monkeypatch.setenv(other, value)
    monkeypatch.setenv(name, "")
    with pytest.raises(SetupError, match=rf"GATEWAY_MODE=production needs {name} to be set\.$"):
        read_settings()


@pytest.mark.parametrize("host", ["::", "192.0.2.1", "gateway.example"])
def test_a_forgotten_mode_opens_no_database_to_other_machines(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("GATEWAY_HOST", host)
    assert read_settings().mode is Mode.DEVELOPMENT, "the embedded database is nobody's"
    monkeypatch.setenv("DATABASE_URL", PRODUCTION["DATABASE_URL"])
    with pytest.raises(SetupError, match=r"GATEWAY_MODE has to be set: to production, or to development .+\.$"):
        read_settings()
    monkeypatch.setenv("GATEWAY_MODE", "development")
    assert read_settings().host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_a_database_of_this_machine_needs_no_mode(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("GATEWAY_HOST", host)
    monkeypatch.setenv("DATABASE_URL", PRODUCTION["DATABASE_URL"])
    assert read_settings().mode is Mode.DEVELOPMENT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATEWAY_MODE", "staging"),
        ("GATEWAY_PORT", "eight"),
        ("GATEWAY_PORT", "70000"),
        ("GATEWAY_GRAPHIQL", "perhaps"),
        ("DATABASE_URL", "mysql://secret@database"),
        ("DATABASE_URL", "postgresql://gateway@database:secret/gateway"),
        ("DATABASE_URL", "postgresql://gateway:secret@database:70000/gateway"),
        ("DATABASE_URL", "postgresql://gateway:secret@database:0/gateway"),
        ("DATABASE_URL", "postgresql:///gateway?host=database&port=70000&password=secret"),
        ("DATABASE_URL", "postgresql:///gateway?host=database,other:70000&password=secret"),
        ("DATABASE_URL", "postgresql:///gateway?host=database&port=secret"),
        ("DATABASE_URL", "postgresql:secret"),
        ("DATABASE_URL", "postgresql://gateway:secr@et@database/gateway"),
        ("DATABASE_URL", "postgresql://gate/way:secret@database/gateway"),
        ("REDIS_URL", "http://secret@redis"),
        ("REDIS_URL", "redis://redis:secret"),
        ("REDIS_URL", "redis://:secret@redis:70000"),
        ("REDIS_URL", "redis://:secret@redis:0"),
        ("REDIS_URL", "redis://redis/secret"),
        ("REDIS_URL", "rediss://:secret@redis/1/2"),
        ("SMTP_URL", "http://secret@mail"),
        ("SMTP_URL", "smtp://mail:secret"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://user:secret@:587"),
        ("SMTP_URL", "smtp://user:secret@mail?startls"),
        ("SMTP_URL", "smtp://user:secret@mail?STARTTLS"),
        ("SMTP_URL", "smtp://user:secret@mail?starttls=false"),
        ("SMTP_URL", "smtp://user:secret@mail?starttls&timeout=5"),
        ("SMTP_URL", "smtp://user:secret@mail/starttls"),
        ("SMTP_URL", "smtp://user:secret@mail#starttls"),
        ("SMTP_URL", "smtps://user:secret@mail?starttls"),
        ("GATEWAY_LINK_BASE", "secret.example"),
        ("GATEWAY_LINK_BASE", "https://console.example?secret"),
        ("GATEWAY_LINK_BASE", "https://console.example/#secret"),
        ("GATEWAY_LINK_BASE", "https://"),
        ("GATEWAY_LINK_BASE", "https:///secret"),
        ("GATEWAY_LINK_BASE", "https://:443/secret"),
        ("GATEWAY_LINK_BASE", "https:// secret.example"),
        ("GATEWAY_LINK_BASE", "https://secret.example\n"),
        ("FORWARDED_ALLOW_IPS", "secret"),
        ("FORWARDED_ALLOW_IPS", "10.0.0.1,secret.example"),
        ("FORWARDED_ALLOW_IPS", "10.0.0.1/8"),
        ("FORWARDED_ALLOW_IPS", "10.0.0.1,*"),
        ("GATEWAY_MAIL_SENDER", "secret"),
        ("GATEWAY_MAIL_SENDER", "Accounts <@secret>"),
        ("GATEWAY_MAIL_SENDER", "Accounts <a@secret>\r\nBcc: eve@secret"),
        ("GATEWAY_MAILS_PER_SECOND", "0"),
        ("GATEWAY_MAILS_PER_SECOND", "inf"),
        ("GATEWAY_STATEMENT_TIMEOUT_SECONDS", "inf"),
        ("GATEWAY_STATEMENT_TIMEOUT_SECONDS", "nan"),
        ("GATEWAY_STATEMENT_TIMEOUT_SECONDS", "3601"),
        ("GATEWAY_OPERATION_DEADLINE_SECONDS", "inf"),
        ("GATEWAY_SMTP_TIMEOUT_SECONDS", "inf"),
        ("GATEWAY_SLOW_READER_SECONDS", "inf"),
        ("GATEWAY_ALLOWED_ORIGINS", "secret.example"),
        ("GATEWAY_ALLOWED_ORIGINS", "https://console.example, https://secret.example/"),
        ("GATEWAY_ALLOWED_ORIGINS", "*"),
    ],
)
def test_a_bad_value_is_told_with_its_variable_and_without_itself(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SetupError, match=rf"^The environment does not fit: {name}: .+\.$") as refused:
        read_settings()
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DATABASE_URL", "postgresql://a:5432,b:5432/gateway", r"several hosts .+\?host=a,b&port=5432,5432"),
        ("DATABASE_URL", "postgresql://gateway:p@ss@database/gateway", "percent-encoded"),
        ("DATABASE_URL", "postgresql://x/y?target_session_attrs=bogus", "one of any, primary, .*read-write"),
        ("REDIS_URL", "redis://:pass/word@redis", "a password percent-encoded"),
        ("SMTP_URL", "smtp://user:[word@mail", "a password percent-encoded"),
    ],
)
def test_a_bad_url_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SetupError, match=told):
        read_settings()


@pytest.mark.parametrize("allowed", ["*", "10.0.0.0/8, ::1", "fd00::/8"])
def test_load_balancers_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch, allowed: str) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", allowed)
    assert read_settings().forwarded_allow_ips == allowed


@pytest.mark.parametrize(
    "url",
    [
        "postgres://x/y",
        "postgresql://x/y",
        "postgresql+asyncpg://x/y",
        "postgresql://gateway:a/b#c?d@x/y",
        "postgresql://x/y?host=a,b&port=5432,5433",
        "postgresql://x/y?host=a,b&target_session_attrs=read-write",
        "postgresql:///y?host=a:5432,[::1]:5433,/run/postgresql",
    ],
)
def test_every_usual_way_to_name_postgresql_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert read_settings().database_url == url


@pytest.mark.parametrize(
    "url",
    ["redis://redis", "redis://:a%2Fb@redis:6379/", "rediss://redis/15?protocol=3", "unix:///run/redis.sock?db=1"],
)
def test_every_way_to_name_a_redis_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    assert read_settings().redis_url == url


@pytest.mark.parametrize("url", ["smtp://mail", "smtp://user:a%40b@mail:587/?starttls", "smtps://mail", "SMTP://mail"])
def test_every_way_to_reach_a_mail_server_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("SMTP_URL", url)
    assert read_settings().smtp_url == url


def test_several_front_ends_are_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().allowed_origins == ()
    monkeypatch.setenv("GATEWAY_ALLOWED_ORIGINS", "https://console.example, http://127.0.0.1:5173,")
    assert read_settings().allowed_origins == ("https://console.example", "http://127.0.0.1:5173")


def test_knows_the_variables_that_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ["GATEWAY_METRIC_PORT", "GATEWAY_METRICS_PORT", "gateway_port", "gateway_prot", "PORT", *PRODUCTION]:
        monkeypatch.setenv(name, "secret")
    assert unknown_variables() == ["GATEWAY_METRIC_PORT", "gateway_prot"]


def test_the_readme_has_a_row_for_each_setting() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Settings\n")[2].partition("\n## ")[0]
    fields = Settings.model_fields.items()
    variables = [str(field.validation_alias or PREFIX + name.upper()) for name, field in fields]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(variables)


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1
