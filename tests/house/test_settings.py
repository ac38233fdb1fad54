"""The environment is read once, and told in one sentence what does not fit."""

import pytest
from pydantic import ValidationError

from gateway.settings import Mode, Settings, read_settings
from gateway.setup_errors import SetupError

PRODUCTION = {
    "GATEWAY_MODE": "production",
    "DATABASE_URL": "postgresql://gateway@database/gateway",
    "REDIS_URL": "redis://redis",
    "GATEWAY_KEYS_DIR": "/keys",
}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*PRODUCTION, "GATEWAY_PORT", "GATEWAY_GRAPHIQL", "GATEWAY_INTROSPECTION", "GATEWAY_DATA_DIR"]:
        monkeypatch.delenv(name, raising=False)


def test_development_needs_nothing() -> None:
    settings = read_settings()
    assert settings.mode is Mode.DEVELOPMENT
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.signing_keys_dir == settings.data_dir / "keys"
    assert settings.shows_graphiql
    assert settings.allows_introspection
    assert not settings.logs_json


def test_production_shows_nothing_unless_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert not settings.shows_graphiql
    assert not settings.allows_introspection
    assert settings.logs_json
    monkeypatch.setenv("GATEWAY_GRAPHIQL", "true")
    monkeypatch.setenv("GATEWAY_INTROSPECTION", "true")
    assert read_settings().shows_graphiql
    assert read_settings().allows_introspection


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "GATEWAY_KEYS_DIR"])
def test_production_makes_nothing_up(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for other, value in PRODUCTION.items():
        monkeypatch.setenv(other, value)
    monkeypatch.setenv(name, "")
    with pytest.raises(SetupError, match=rf"GATEWAY_MODE=production needs {name} to be set\.$"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATEWAY_MODE", "staging"),
        ("GATEWAY_PORT", "eight"),
        ("GATEWAY_PORT", "70000"),
        ("GATEWAY_GRAPHIQL", "perhaps"),
        ("DATABASE_URL", "mysql://secret@database"),
        ("DATABASE_URL", "postgresql://gateway@database:secret/gateway"),
        ("REDIS_URL", "http://secret@redis"),
        ("REDIS_URL", "redis://redis:secret"),
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


@pytest.mark.parametrize("url", ["postgres://x/y", "postgresql://x/y", "postgresql+asyncpg://x/y"])
def test_every_usual_way_to_name_postgresql_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert read_settings().database_url == url


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1
