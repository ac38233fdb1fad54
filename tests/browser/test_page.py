"""The files of the page as any client sees them."""

import gzip
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import graphql
import httpx
import pytest
from starlette.requests import Request
from starlette.routing import Router

from gateway.http.page import FOLDER, Page, page_routes
from gateway.settings import Mode, Settings

EXAMPLES = sorted((FOLDER / "examples").glob("*.graphql"))
SDL = Path(__file__).parents[2] / "schema.graphql"


async def no_token(_request: Request) -> str | None:
    return None


async def a_token(_request: Request) -> str | None:
    return "a-token"


def client_of(
    page: Page, issue: Callable[[Request], Awaitable[str | None]] = no_token, settings: Settings | None = None
) -> httpx.AsyncClient:
    app = Router(routes=page_routes(settings or Settings(), issue, page))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")


@pytest.fixture
def folder(tmp_path: Path) -> Page:
    (tmp_path / "index.html").write_text("<p>page</p>")
    (tmp_path / "main.js").write_text("plain()")
    (tmp_path / "main.js.gz").write_bytes(gzip.compress(b"packed()"))
    return Page(tmp_path, "index.html")


@pytest.mark.parametrize("example", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_example_is_valid(example: Path) -> None:
    schema = graphql.build_schema(SDL.read_text("utf-8"))
    assert graphql.validate(schema, graphql.parse(example.read_text("utf-8"))) == []


@pytest.mark.parametrize("path", ["/", "/graphiql/main.js", "/graphiql/settings.json"])
async def test_every_file_carries_the_policy(folder: Page, path: str) -> None:
    async with client_of(folder) as client:
        headers = (await client.get(path)).headers

    policy = dict(directive.split(" ", 1) for directive in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_sends_the_packed_file_only_to_clients_that_unpack(folder: Page) -> None:
    async with client_of(folder) as client:
        plain = await client.get("/graphiql/main.js", headers={"accept-encoding": "identity"})
        packed = await client.get("/graphiql/main.js", headers={"accept-encoding": "br, gzip"})

    assert plain.text == "plain()"
    assert "content-encoding" not in plain.headers
    assert packed.text == "packed()"
    assert packed.headers["content-encoding"] == "gzip"
    assert plain.headers["content-type"] == packed.headers["content-type"] == "text/javascript; charset=utf-8"
    assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"


async def test_answers_304_to_a_client_that_has_the_file(folder: Page) -> None:
    async with client_of(folder) as client:
        first = await client.get("/")
        second = await client.get("/", headers={"if-none-match": first.headers["etag"]})

    assert first.headers["cache-control"] == second.headers["cache-control"] == "no-cache"
    assert second.status_code == 304
    assert second.content == b""


@pytest.mark.parametrize(
    "name", ["missing.js", "%2e%2e/page.py", "..%2fpage.py", "%2fetc%2fpasswd", "a%00b", "a" * 300, "main.js/x", ""]
)
async def test_finds_nothing_outside_its_folder(folder: Page, name: str) -> None:
    async with client_of(folder) as client:
        assert (await client.get(f"/graphiql/{name}")).status_code == 404


async def test_hands_out_the_examples_and_a_token_that_no_cache_keeps(folder: Page) -> None:
    async with client_of(folder, a_token) as client:
        answer = await client.get("/graphiql/settings.json")

    assert answer.json() == {"demoToken": "a-token", "examples": [path.read_text("utf-8") for path in EXAMPLES]}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


async def test_hands_out_no_token_in_production(folder: Page, tmp_path: Path) -> None:
    production = Settings(
        mode=Mode.PRODUCTION,
        database_url="postgresql://db/gateway",
        redis_url="redis://cache",
        keys_dir=tmp_path,
        smtp_url="smtp://mail",
        mail_sender="accounts@console.example",
        link_base="https://console.example",
    )
    async with client_of(folder, a_token, production) as client:
        assert (await client.get("/graphiql/settings.json")).json()["demoToken"] is None


async def test_page_from_the_cdn_holds_each_file_to_its_hash() -> None:
    page = Page.from_cdn()
    async with client_of(page) as client:
        answer = await client.get("/")
        script = await client.get("/graphiql/cdn.js")

    loads = re.findall(r"<(?:script|link)[^>]*https:[^>]*>", answer.text)
    assert len(loads) == 5
    for load in loads:
        assert f'="{page.cdn}/npm/' in load
        assert re.search(r'integrity="sha384-[\w+/]{64}"', load)
        assert 'crossorigin="anonymous"' in load
    assert f"script-src 'self' {page.cdn};" in answer.headers["content-security-policy"]
    assert script.status_code == 200


def test_lock_names_no_registry() -> None:
    packages = json.loads((FOLDER / "package-lock.json").read_text("utf-8"))["packages"]
    installed = [package for path, package in packages.items() if path]
    assert all("resolved" not in package for package in installed)
    assert all(package["integrity"].startswith("sha512-") for package in installed)
