"""Front ends on other hosts ask only where they were let in."""

import httpx
import pytest
import structlog
from starlette.routing import Router

from gateway.process.app import build_app
from gateway.settings import Settings

FRONT_END = "https://console.example"
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization, content-type",
}


def client_of(app: Router) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway")


@pytest.fixture(scope="session")
def open_app() -> Router:
    """Give an application that lets the front end in; it has no database, and none of this needs one."""
    app = build_app(Settings(allowed_origins=(FRONT_END,)))
    # What an application decides for its process is not for the tests that follow in this one.
    structlog.reset_defaults()
    return app


async def test_lets_a_front_end_in(open_app: Router):
    async with client_of(open_app) as client:
        preflight = await client.options("/graphql", headers={"origin": FRONT_END, **PREFLIGHT})
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == FRONT_END
        assert "access-control-allow-credentials" not in preflight.headers
        answer = await client.put("/graphql", headers={"origin": FRONT_END})
        assert answer.headers["access-control-allow-origin"] == FRONT_END
        assert answer.headers["access-control-expose-headers"] == "x-request-id, retry-after"
        assert answer.headers["x-request-id"]


async def test_lets_no_other_front_end_in(open_app: Router):
    async with client_of(open_app) as client:
        preflight = await client.options("/graphql", headers={"origin": "https://other.example", **PREFLIGHT})
        assert preflight.status_code == 400
        assert "access-control-allow-origin" not in preflight.headers


def test_lets_nobody_in_unless_told(client: httpx.Client):
    answer = client.put("/graphql", headers={"origin": FRONT_END})
    assert "access-control-allow-origin" not in answer.headers
