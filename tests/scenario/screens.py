"""What somebody at the Users page has before them: the gateway, and a mailbox."""

import time
from dataclasses import dataclass
from typing import Any

import httpx

from tests.conftest import PARTNER, RunningGateway
from tests.mails.post_offices import PostOffice, Taken

PATIENCE_SECONDS = 30
PASSWORD = "a horse in the harbour"
OTHER_PASSWORD = "seven boats left at dawn"
SESSION = "session { accessToken refreshToken viewer { role user { email } account { number } } }"
ERRORS = "userErrors { code message path }"
OUTCOME = "outcome { matched changed unchanged skipped { reason count } }"
COUNT = "licenseCount { total assigned available }"
SHOWN = {
    "createUser": "user { id name status version }",
    "editUser": "user { name mobile version } overwrittenOnNextSync",
    "toggleAdmin": "user { role }",
    "bulkResetPasswords": f"{OUTCOME} mailing {{ id total }}",
    "bulkSendWelcomeEmails": f"{OUTCOME} mailing {{ id total }}",
    "bulkAssignLicenses": f"{OUTCOME} {COUNT} users {{ licenses {{ product {{ code }} }} }}",
    "bulkUnassignLicenses": f"{OUTCOME} {COUNT}",
    "deleteUsers": f"{OUTCOME} deletedUserIds deactivatedUsers {{ status inactiveReason }}",
    "signIn": f"{SESSION} accounts {{ id number }}",
    "refreshSession": SESSION,
    "completeRegistration": SESSION,
    "completePasswordReset": SESSION,
    "requestPasswordReset": "",
    "signOut": "",
}


@dataclass
class Screen:
    """Somebody's screen: asks the gateway whose worker sends mails, and looks into the mailbox."""

    gateway: RunningGateway
    office: PostOffice

    def ask(self, query: str, variables: dict[str, Any], token: str | None) -> Any:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        body = {"query": query, "variables": variables}
        return httpx.post(f"{self.gateway.url}/graphql", json=body, headers=headers, timeout=30).json()

    def do(self, name: str, given: dict[str, Any], *, who: str | None = PARTNER) -> Any:
        """Ask for a mutation, and give its payload."""
        kind = f"{name[0].upper()}{name[1:]}Input"
        query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {SHOWN[name]} {ERRORS} }} }}"
        answer = self.ask(query, {"input": given}, None if who is None else self.gateway.token(who))
        assert "errors" not in answer, answer
        return answer["data"][name]

    def done(self, name: str, given: dict[str, Any], *, who: str | None = PARTNER) -> Any:
        """Ask for a mutation that must be done."""
        payload = self.do(name, given, who=who)
        assert payload["userErrors"] == [], payload
        return payload

    def refusals(self, name: str, given: dict[str, Any], *, who: str | None = PARTNER) -> list[str]:
        """Ask for a mutation that must be refused, and give the codes."""
        return [error["code"] for error in self.do(name, given, who=who)["userErrors"]]

    def viewer(self, token: str) -> Any:
        """Ask who is signed in; None where nobody is."""
        answer = self.ask("{ viewer { user { email } } }", {}, token)
        return None if "errors" in answer else answer["data"]["viewer"]["user"]["email"]

    def mail(self, address: str, number: int = 1) -> Taken:
        """Wait for so many mails to an address, and give the last."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.office.to(address)) < number:
            assert time.monotonic() < deadline, f"no mail {number} to {address}"
            time.sleep(0.05)
        return self.office.to(address)[number - 1]

    def register(self, address: str, password: str = PASSWORD) -> Any:
        """Follow the link of the welcome mail to an address, and give the session."""
        token = self.mail(address).token
        return self.done("completeRegistration", {"token": token, "password": password}, who=None)["session"]
