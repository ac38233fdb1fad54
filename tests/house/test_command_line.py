"""What is wrong around the gateway is told in one sentence, with exit status 1 and no traceback."""

import socket

import orjson
import pytest
from typer.testing import CliRunner

from gateway.commands import app
from gateway.embedded import embedded_postgres
from gateway.process.listening import bind
from gateway.process.preparing import check_database, check_redis
from gateway.setup_errors import SetupError
from persistence.failures import DatabaseUnavailable
from tests.house.houses import House

NOBODY_THERE = "127.0.0.1:1"


@pytest.mark.parametrize("command", [one.callback.__name__ for one in app.registered_commands if one.callback])
def test_every_command_explains_itself(command: str) -> None:
    told = CliRunner().invoke(app, [command, "--help"])
    assert told.exit_code == 0
    assert "Usage: " in told.output
    assert f" {command} [OPTIONS]" in told.output


def test_a_port_in_use(house: House) -> None:
    with socket.create_server(("127.0.0.1", house.port)):
        assert house.complaint("serve") == (
            f"Port {house.port} is in use: end the program that listens there, or set GATEWAY_PORT to another port."
        )
    assert not house.data_dir.exists(), "nothing was started for it"


def test_an_address_of_another_machine(house: House) -> None:
    house.environment["GATEWAY_HOST"] = "192.0.2.1"
    assert house.complaint("serve").endswith("set GATEWAY_HOST to an address of this machine.")


def test_a_directory_that_cannot_be_written(house: House) -> None:
    house.data_dir.parent.joinpath("file").touch()
    house.data_dir = house.data_dir.parent / "file" / "data"
    assert "set GATEWAY_DATA_DIR to a directory that you may write to." in house.complaint("serve")


@pytest.mark.parametrize(
    "command", [["serve"], ["worker"], ["migrate"], ["seed"], ["token", "--email", "a@b.example"]], ids=" ".join
)
def test_a_database_that_is_not_there(house: House, command: list[str]) -> None:
    house.environment["DATABASE_URL"] = f"postgresql://gateway:secret@{NOBODY_THERE}/gateway"
    told = house.complaint(*command)
    assert told.startswith("The database at ")
    assert "secret" not in told
    assert house.processes_left() == []


def test_a_redis_that_is_not_there(house: House) -> None:
    house.environment["REDIS_URL"] = f"redis://:secret@{NOBODY_THERE}/0"
    told = house.complaint("serve")
    assert told.startswith("Redis does not answer")
    assert "secret" not in told
    assert house.processes_left() == []


@pytest.mark.parametrize("parameter", ["ssl=true", "retry=3"])
def test_a_redis_url_with_a_parameter_of_something_else(parameter: str) -> None:
    with pytest.raises(
        SetupError, match=r"^REDIS_URL has a parameter that cannot be used \(.+\): correct it\.$"
    ) as told:
        check_redis(f"redis://:secret@{NOBODY_THERE}/0?{parameter}")
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    "place",
    [
        "gateway:secret@{}/gateway",
        "{}/gateway?user=gateway&password=secret",
        "/gateway?host={}&port=five&password=secret",
    ],
)
def test_a_password_of_the_database_is_not_told(place: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"^The database at postgresql://.*/gateway") as told:
        check_database(f"postgresql://{place.format(NOBODY_THERE)}")
    assert "secret" not in str(told.value)


def test_a_database_that_is_too_old(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.process.preparing.OLDEST_SERVER", 99)
    with (
        embedded_postgres(house.data_dir / "postgres") as url,
        pytest.raises(DatabaseUnavailable, match=r"is PostgreSQL 18: use 99 or later\.$"),
    ):
        check_database(url)


def test_a_database_url_with_parameters_as_providers_hand_it_out(house: House) -> None:
    with embedded_postgres(house.data_dir / "postgres", durable=False) as url:
        parameters = "sslmode=prefer&connect_timeout=10&keepalives=1&application_name=console&options=-c%20jit%3Doff"
        parameters += "&channel_binding=prefer&gssencmode=prefer"
        house.environment["DATABASE_URL"] = f"{url}&{parameters}"
        migrated = house.run("migrate")
        assert (migrated.returncode, migrated.stderr) == (0, "")
        house.run("key")
        told = house.complaint("token", "--email", "nobody@acme.example")
        assert told == "There is nobody with the address nobody@acme.example in any account."


@pytest.mark.parametrize("email", ["", " "])
def test_a_token_for_no_address(house: House, email: str) -> None:
    assert house.complaint("token", "--email", email) == (
        "The address after --email is empty: say whose token it is to be."
    )
    assert not house.data_dir.exists(), "nothing was started for it"


def test_a_setting_that_does_not_fit(house: House) -> None:
    house.environment["GATEWAY_MODE"] = "staging"
    assert "GATEWAY_MODE" in house.complaint("serve")


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_variable_that_is_no_setting(house: House, command: str) -> None:
    house.environment |= {"GATEWAY_METRIC_PORT": "secret", "DATABASE_URL": f"postgresql://{NOBODY_THERE}/gateway"}
    warned = house.run(command).stderr
    assert warned.count("no settings") == 1
    assert "warning" in warned
    assert "variables=GATEWAY_METRIC_PORT" in warned
    assert "secret" not in warned

    house.environment["GATEWAY_LOG_FORMAT"] = "json"
    warning, _ = house.run(command).stderr.splitlines()
    assert orjson.loads(warning)["variables"] == "GATEWAY_METRIC_PORT"


def test_production_without_anything(house: House) -> None:
    house.environment["GATEWAY_MODE"] = "production"
    told = house.complaint("serve")
    for name in (
        "DATABASE_URL",
        "REDIS_URL",
        "SMTP_URL",
        "GATEWAY_KEYS_DIR",
        "GATEWAY_MAIL_SENDER",
        "GATEWAY_LINK_BASE",
    ):
        assert name in told
    assert not house.data_dir.exists()


def test_of_two_that_start_at_once_one_gets_the_port() -> None:
    with bind("127.0.0.1", 0) as first, pytest.raises(SetupError, match=r"^Port \d+ is in use"):
        bind("127.0.0.1", first.getsockname()[1])
