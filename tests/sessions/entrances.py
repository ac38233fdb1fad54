"""How the tests of signing in ask, and the people who sign in."""

import itertools
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from argon2 import PasswordHasher

from tests.accounts import FreshAccount
from tests.conftest import RunningGateway

PASSWORD = "bottle-garden-7"
ANOTHER = "lantern-orbit-22"

SESSION = """session {
  accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt
  viewer { role expiresAt user { id name email } account { id name } } }
  accounts { id number name } userErrors { __typename code message path }"""
SIGN_IN = f"mutation ($input: SignInInput!) {{ signIn(input: $input) {{ {SESSION} }} }}"
REFRESH = f"mutation ($input: RefreshSessionInput!) {{ refreshSession(input: $input) {{ {SESSION} }} }}"
REGISTER = f"mutation ($input: CompleteRegistrationInput!) {{ completeRegistration(input: $input) {{ {SESSION} }} }}"
RESET = f"mutation ($input: CompletePasswordResetInput!) {{ completePasswordReset(input: $input) {{ {SESSION} }} }}"
REQUEST = (
    "mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { userErrors { code } } }"
)
SIGN_OUT = "mutation ($input: SignOutInput!) { signOut(input: $input) { userErrors { code } } }"

_HOSTS = itertools.count(1)


@cache
def hash_of(password: str) -> str:
    return PasswordHasher().hash(password)


def new_host() -> str:
    """Give a network address that no other test asks from."""
    number = next(_HOSTS)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


@dataclass
class Entrance:
    """Asks a gateway without a token, from one place in the network."""

    gateway: RunningGateway
    host: str = field(default_factory=new_host)

    def post(self, query: str, *, token: str | None = None, **variables: Any) -> httpx.Response:
        headers = {"x-forwarded-for": self.host} | ({} if token is None else {"authorization": f"Bearer {token}"})
        body = {"query": query, "variables": variables}
        return self.gateway.client.post(f"{self.gateway.url}/graphql", json=body, headers=headers)

    def ask(self, query: str, **fields: Any) -> Any:
        """Ask one mutation that must be answered without an error, and give its payload."""
        answer = self.post(query, input=fields).json()
        assert "errors" not in answer, answer["errors"]
        (payload,) = answer["data"].values()
        return payload

    def sign_in(self, email: str, password: str = PASSWORD) -> Any:
        """Sign in, and give the session."""
        payload = self.ask(SIGN_IN, email=email, password=password)
        assert payload["userErrors"] == []
        assert payload["session"]
        return payload["session"]

    def works(self, access_token: str) -> bool:
        """Tell whether an access token is taken."""
        response = self.post("{ viewer { user { id } } }", token=access_token)
        assert response.status_code in {200, 401}
        return response.status_code == 200


def refusal(payload: Any) -> tuple[str, str]:
    """Give the code and path of the one error of a payload with no session."""
    assert payload["session"] is None
    assert payload["accounts"] == []
    (error,) = payload["userErrors"]
    assert error["__typename"] == "InputError"
    return error["code"], ".".join(error["path"])


async def add_registered(account: FreshAccount, email: str, password: str = PASSWORD, **columns: Any) -> str:
    """Add a registered user with a password, and give its id."""
    columns = {"name": "Ada Byron", "status": "REGISTERED"} | columns
    user_id = await account.add_user(email=email, **columns)
    await account.set_password(user_id, hash_of(password))
    return user_id
