"""Production makes nothing up: it says what is missing, and serves once that is there."""

import signal

import httpx

from gateway.embedded import embedded_servers
from tests.house.houses import House


def test_production_serves_only_with_tables_and_a_key_of_its_own(house: House) -> None:
    with embedded_servers(house.data_dir) as servers:
        house.environment = {
            "GATEWAY_MODE": "production",
            "GATEWAY_KEYS_DIR": str(house.data_dir / "keys"),
            "DATABASE_URL": servers.database_url,
            "REDIS_URL": servers.redis_url,
            "SMTP_URL": "smtp://127.0.0.1:1",
            "GATEWAY_MAIL_SENDER": "accounts@console.example",
            "GATEWAY_LINK_BASE": "https://console.example",
        }
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
