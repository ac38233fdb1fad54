"""Whose request it is, and that a request of nobody gets nothing."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from gateway.identity.tokens import LIFETIME, Tokens
from gateway.identity.viewers import RecentViewers
from tests.conftest import ADMIN, PLAIN_USER, RunningGateway
from tests.http.asking import ask, code_of

VIEWER = "{ viewer { user { email } expiresAt } }"


@pytest.fixture
def tokens(gateway: RunningGateway) -> Tokens:
    """Give what signs for the gateway."""
    return Tokens.load(gateway.house.data_dir / "keys", create=False)


@pytest.fixture
def key(gateway: RunningGateway) -> OKPKey:
    """Give the gateway's own key, to sign with it what the gateway never would."""
    (path,) = (gateway.house.data_dir / "keys").glob("*.pem")
    return OKPKey.import_key(path.read_bytes())


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def claims_of(token: str) -> dict[str, object]:
    claims: dict[str, object] = orjson.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims


def assert_refused(client: httpx.Client, headers: dict[str, str]) -> None:
    for accept in ("application/json", "application/graphql-response+json"):
        response = ask(client, VIEWER, headers={**headers, "accept": accept})
        assert response.status_code == 401, response.text
        assert response.headers["www-authenticate"] == "Bearer"
        assert code_of(response) == "UNAUTHENTICATED"


def test_tells_whose_token_it_is_and_until_when(gateway: RunningGateway, client: httpx.Client):
    token = gateway.token(ADMIN)
    response = ask(client, VIEWER, headers=bearer(token))
    expires = datetime.fromtimestamp(float(str(claims_of(token)["exp"])), UTC)
    assert response.json()["data"]["viewer"] == {
        "user": {"email": ADMIN},
        "expiresAt": f"{expires:%Y-%m-%dT%H:%M:%S}Z",
    }


def test_takes_the_scheme_in_any_case(gateway: RunningGateway, client: httpx.Client):
    assert ask(client, VIEWER, headers={"authorization": f"bearer  {gateway.token(ADMIN)}"}).is_success


def test_needs_no_token_for_introspection(client: httpx.Client):
    assert ask(client, "{ __typename __schema { queryType { name } } }").status_code == 200
    assert ask(client, "{ __typename }", headers=bearer("nonsense")).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Basic YTpi",
        "Bearer nonsense",
        "Bearer a.b.c",
        "Bearer ..",
        "Bearer " + "a" * 5_000,
    ],
)
def test_refuses_who_shows_no_token(client: httpx.Client, authorization: str):
    assert_refused(client, {})
    assert_refused(client, {"authorization": authorization})


def test_refuses_a_token_that_is_not_even_ascii(client: httpx.Client):
    headers = [(b"authorization", "Bearer é".encode())]
    assert client.post("/graphql", json={"query": VIEWER}, headers=headers).status_code == 401


def test_refuses_two_tokens_at_once(gateway: RunningGateway, client: httpx.Client):
    headers = [("authorization", f"Bearer {gateway.token(ADMIN)}"), ("authorization", "Bearer x")]
    response = client.post("/graphql", json={"query": VIEWER}, headers=headers)
    assert response.status_code == 401


def test_refuses_an_expired_token(gateway: RunningGateway, client: httpx.Client, tokens: Tokens):
    user_id = str(claims_of(gateway.token(ADMIN))["sub"])
    now = datetime.now(UTC)
    assert ask(client, VIEWER, headers=bearer(tokens.issue(user_id, now).token)).is_success
    assert_refused(client, bearer(tokens.issue(user_id, now - LIFETIME - timedelta(seconds=1)).token))


def test_forgets_a_token_that_it_knew_when_it_expires(gateway: RunningGateway, tokens: Tokens):
    user_id = str(claims_of(gateway.token(ADMIN))["sub"])
    now = datetime.now(UTC)
    issued = tokens.issue(user_id, now)
    assert tokens.verify(issued.token, now).user_id == user_id
    with pytest.raises(Exception, match="run out"):
        tokens.verify(issued.token, issued.expires_at)


def test_refuses_a_token_signed_with_another_key(gateway: RunningGateway, client: httpx.Client, tmp_path: Path):
    user_id = str(claims_of(gateway.token(ADMIN))["sub"])
    stranger = Tokens.load(tmp_path / "keys", create=True)
    assert_refused(client, bearer(stranger.issue(user_id, datetime.now(UTC)).token))


def test_refuses_a_token_of_another_key_under_a_known_name(gateway: RunningGateway, client: httpx.Client, key: OKPKey):
    claims = claims_of(gateway.token(ADMIN))
    header = {"alg": "Ed25519", "kid": key.thumbprint()}
    forged = jwt.encode(header, claims, OKPKey.generate_key("Ed25519"), ["Ed25519"], default_type="at+jwt")
    assert_refused(client, bearer(forged))


def test_refuses_a_token_whose_claims_were_changed(gateway: RunningGateway, client: httpx.Client):
    header, _, signature = gateway.token(PLAIN_USER).split(".")
    claims = claims_of(gateway.token(PLAIN_USER)) | {"sub": claims_of(gateway.token(ADMIN))["sub"]}
    payload = base64.urlsafe_b64encode(orjson.dumps(claims)).rstrip(b"=").decode()
    assert_refused(client, bearer(f"{header}.{payload}.{signature}"))


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "EdDSA", "RS256", ""])
def test_refuses_a_token_of_any_other_algorithm(
    gateway: RunningGateway, client: httpx.Client, key: OKPKey, algorithm: str
):
    header = orjson.dumps({"alg": algorithm, "kid": key.thumbprint(), "typ": "at+jwt"})
    start = base64.urlsafe_b64encode(header).rstrip(b"=").decode()
    _, payload, signature = gateway.token(ADMIN).split(".")
    assert_refused(client, bearer(f"{start}.{payload}.{signature}"))
    assert_refused(client, bearer(f"{start}.{payload}."))


@pytest.mark.parametrize("changed", [{"crit": 5}, {"crit": [[1]]}, {"kid": 5}, {"kid": ["a"]}, {"b64": 1}, {"jku": 1}])
def test_refuses_a_token_with_a_header_that_makes_no_sense(
    gateway: RunningGateway, client: httpx.Client, key: OKPKey, changed: dict[str, object]
):
    header = orjson.dumps({"alg": "Ed25519", "kid": key.thumbprint(), "typ": "at+jwt"} | changed)
    start = base64.urlsafe_b64encode(header).rstrip(b"=").decode()
    _, payload, signature = gateway.token(ADMIN).split(".")
    assert_refused(client, bearer(f"{start}.{payload}.{signature}"))


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        ("JWT", {}),
        ("at+jwt", {"iss": "somebody"}),
        ("at+jwt", {"aud": "somewhere"}),
        ("at+jwt", {"aud": None}),
        ("at+jwt", {"sub": None}),
        ("at+jwt", {"sub": 5}),
        ("at+jwt", {"exp": None}),
        ("at+jwt", {"exp": "never"}),
        ("at+jwt", {"sid": 5}),
        ("at+jwt", {"sid": "0" * 32}),
    ],
)
def test_refuses_a_token_that_is_ours_and_no_access_token(
    gateway: RunningGateway, client: httpx.Client, key: OKPKey, kind: str, changed: dict[str, object]
):
    claims = claims_of(gateway.token(ADMIN)) | changed
    header = {"alg": "Ed25519", "kid": key.thumbprint()}
    assert_refused(client, bearer(jwt.encode(header, claims, key, ["Ed25519"], default_type=kind)))


async def test_refuses_the_token_of_a_user_who_is_gone(
    gateway: RunningGateway, client: httpx.Client, database: "asyncpg.Connection[asyncpg.Record]"
):
    headers = bearer(gateway.token(PLAIN_USER))
    user_id = claims_of(gateway.token(PLAIN_USER))["sub"]
    assert ask(client, VIEWER, headers=headers).is_success
    await database.execute(
        "UPDATE users SET status = 'INACTIVE', inactive_reason = 'ACCOUNT_REMOVED' WHERE id = $1::text::uuid", user_id
    )
    try:
        await asyncio.sleep(RecentViewers.remembers_seconds)  # P6
        assert_refused(client, headers)
    finally:
        await database.execute(
            "UPDATE users SET status = 'REGISTERED', inactive_reason = NULL WHERE id = $1::text::uuid", user_id
        )
    assert ask(client, VIEWER, headers=headers).is_success


def test_refuses_the_token_of_a_user_who_never_was(client: httpx.Client, tokens: Tokens):
    assert_refused(client, bearer(tokens.issue("0" * 32, datetime.now(UTC)).token))
