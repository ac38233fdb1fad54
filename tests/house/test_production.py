"""Production makes nothing up: it says what is missing, and serves once that is there."""

import asyncio
import re
import signal
import time
import tomllib
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from domain.keys import account_keys, user_keys
from gateway.embedded import Servers, embedded_servers
from persistence.migrating import Tables, tables_of
from tests.house.houses import PATIENCE_SECONDS, ROOT, House
from tests.mails.post_offices import PostOffice

REGISTER = """mutation ($input: CompleteRegistrationInput!) {
  completeRegistration(input: $input) { session { viewer { role user { status } } } }
}"""


def production(house: House, servers: Servers, smtp_url: str) -> dict[str, str]:
    return {
        "GATEWAY_MODE": "production",
        "GATEWAY_KEYS_DIR": str(house.data_dir / "keys"),
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "SMTP_URL": smtp_url,
        "GATEWAY_MAIL_SENDER": "accounts@console.example",
        "GATEWAY_LINK_BASE": "https://console.example",
    }


def test_production_serves_only_with_tables_and_a_key_of_its_own(house: House) -> None:
    with embedded_servers(house.data_dir) as servers:
        house.environment = production(house, servers, "smtp://127.0.0.1:1")
        assert "run `python -m gateway migrate`" in house.complaint("serve")
        assert house.run("migrate").returncode == 0
        assert "python -m gateway key" in house.complaint("serve")
        assert house.run("key").returncode == 0
        (house.data_dir / "keys" / "links.key").unlink()
        assert "There is no links.key" in house.complaint("serve")
        assert house.run("key", "--if-none").returncode == 0

        gateway = house.serve()
        assert httpx.get(gateway.address).status_code == httpx.codes.NOT_FOUND, "no GraphiQL"
        assert gateway.end(signal.SIGTERM) == 0
        assert gateway.faults == ""
        assert "demo" not in gateway.printed
        assert "There is nobody" in house.complaint("token", "--email", "admin@acme.example")
        assert "production" in house.complaint("seed")


def test_production_starts_while_redis_is_away_and_says_so(house: House) -> None:
    with embedded_servers(house.data_dir) as servers:
        house.environment = production(house, servers, "smtp://127.0.0.1:1") | {"REDIS_URL": "redis://127.0.0.1:1"}
        assert house.run("migrate").returncode == house.run("key").returncode == 0
        gateway = house.start("serve")
        gateway.wait_until_ready("/health/live")
        answer = httpx.post(f"{gateway.address}/graphql", json={"query": "{ __typename }"})
        ready = httpx.get(f"{gateway.address}/health/ready")
        assert gateway.end(signal.SIGTERM) == 0
    assert answer.json()["data"] == {"__typename": "Query"}
    assert ready.json() == {"status": "unavailable", "database": "ok", "redis": "unavailable"}
    assert "started without Redis" in gateway.printed
    assert gateway.faults == ""


@pytest.mark.parametrize("processes", [1, 2])
def test_the_log_tells_of_the_start_and_of_the_stop(house: House, processes: int) -> None:
    with embedded_servers(house.data_dir) as servers:
        house.environment = production(house, servers, "smtp://127.0.0.1:1")
        assert house.run("migrate").returncode == house.run("key").returncode == 0
        gateway = house.serve("--workers", str(processes))
        assert gateway.end(signal.SIGTERM) == 0
    log = [orjson.loads(line) for line in gateway.printed.splitlines()]
    (start,) = [line for line in log if line["event"] == "starting"]
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    told = {name: start[name] for name in ("level", "version", "host", "port", "processes")}
    assert told == {
        "level": "info",
        "version": version,
        "host": "127.0.0.1",
        "port": house.port,
        "processes": processes,
    }
    assert [line["level"] for line in log if line["event"] == "stopping"] == ["info"]


def test_goes_on_with_a_database_that_a_newer_version_has_migrated(house: House) -> None:
    with embedded_servers(house.data_dir) as servers:
        house.environment = production(house, servers, "smtp://127.0.0.1:1")
        assert house.run("migrate").stdout == "The tables are up to date.\n"
        assert house.run("key").returncode == 0
        asyncio.run(pretend_revision(servers.database_url, "9999"))

        told = house.run("migrate")
        sentence = "The database is newer than this version of the gateway: there is nothing to migrate.\n"
        assert (told.returncode, told.stdout, told.stderr) == (0, sentence, "")
        gateway = house.serve()
        assert gateway.end(signal.SIGTERM) == 0
        (warning,) = [line for line in gateway.printed.splitlines() if "newer than this version" in line]
        assert orjson.loads(warning)["level"] == "warning"
        assert house.complaint("token", "--email", "admin@acme.example").startswith("There is nobody")


def test_refuses_a_database_that_something_else_has_migrated(house: House) -> None:
    with embedded_servers(house.data_dir, durable=False) as servers:
        house.environment = production(house, servers, "smtp://127.0.0.1:1")
        assert house.run("migrate").returncode == 0
        for revisions in (["ab12cd34ef56"], ["0000"], ["99999"], ["0005", "9999"]):
            asyncio.run(pretend_revision(servers.database_url, *revisions))
            assert tables_of(servers.database_url) is Tables.FOREIGN, revisions
        for command in ("migrate", "serve", "worker"):
            told = house.complaint(command)
            assert told == "The database has the tables of something else: correct DATABASE_URL."


async def test_the_first_processes_do_not_wait_for_what_they_cannot_open(house: House) -> None:
    with embedded_servers(house.data_dir) as servers:
        house.environment = production(house, servers, "smtp://127.0.0.1:1")
        assert house.run("migrate").returncode == house.run("key").returncode == 0
        owner = await asyncpg.connect(servers.database_url)
        await owner.execute(
            "CREATE ROLE plain LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO plain;"
            "REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC"
        )
        await owner.close()
        house.environment["DATABASE_URL"] = servers.database_url.replace("//postgres@", "//plain@")
        finished = house.run("serve", "--workers", "2")
    assert finished.returncode == 1
    *log, told = finished.stderr.splitlines()
    assert told == "The gateway did not start: the log above tells why."
    events = [orjson.loads(line)["event"] for line in log]
    assert any("permission denied to create temporary tables" in event for event in events)
    assert any("failed to start" in event for event in events)


def test_the_first_person_gets_in_as_the_readme_tells(house: House) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    chapter = readme.partition("\n### An empty database\n")[2].partition("\n### ")[0]
    blocks = dict(re.findall(r"^```(sql|sh)\n(.*?)^```$", chapter, re.MULTILINE | re.DOTALL))
    office = PostOffice().open()
    with embedded_servers(house.data_dir) as servers:
        house.environment = production(house, servers, office.url)
        assert house.run("migrate").returncode == 0
        assert house.run("key").returncode == 0
        asyncio.run(write_and_check(servers.database_url, blocks["sql"]))

        gateway = house.serve()
        told, complaints = house.follow(blocks["sh"]).communicate(timeout=PATIENCE_SECONDS)
        assert complaints == ""
        sending = orjson.loads(told)["data"]["bulkSendWelcomeEmails"]
        assert sending == {"mailing": {"total": 1}, "userErrors": []}
        (token,) = tokens_sent(office, "ada@north.example")
        given = {"token": token, "password": "a horse in the harbour"}
        body = {"query": REGISTER, "variables": {"input": given}}
        answer = httpx.post(f"{gateway.address}/graphql", json=body, timeout=PATIENCE_SECONDS).json()
        viewer = {"role": "PARTNER", "user": {"status": "REGISTERED"}}
        assert answer["data"]["completeRegistration"]["session"]["viewer"] == viewer
        assert gateway.end(signal.SIGTERM) == 0
    office.close()


async def write_and_check(database_url: str, statements: str) -> None:
    """Write rows, and hold their keys against what the domain derives."""
    sql: Any = await asyncpg.connect(database_url)
    await sql.execute(statements)
    account = await sql.fetchrow("SELECT * FROM accounts")
    user = await sql.fetchrow("SELECT * FROM users")
    await sql.close()
    derived = account_keys(name=account["name"], number=account["number"])
    assert derived == (account["name_key"], account["search_text"])
    names = {name: user[name] for name in ("given_name", "first_name", "last_name", "email")}
    assert user_keys(**names) == (user["name_key"], user["email_key"], user["search_text"])


async def pretend_revision(database_url: str, *revisions: str) -> None:
    """Leave what a newer version leaves that has migrated the database, or something else that has."""
    sql: Any = await asyncpg.connect(database_url)
    await sql.execute("DELETE FROM alembic_version")
    await sql.executemany("INSERT INTO alembic_version VALUES ($1)", [(revision,) for revision in revisions])
    await sql.close()


def tokens_sent(office: PostOffice, address: str) -> list[str]:
    """Wait for a mail to an address, and give the tokens in all of them."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not office.to(address) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [mail.token for mail in office.to(address)]
